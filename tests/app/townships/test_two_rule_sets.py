"""Twelve townships in two months under two rule sets; the arithmetic is here, in fractions."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import geopandas as gpd
import polars as pl
import pytest
import shapely

from app.accounts.access import Access
from app.cases.uploads import import_file
from app.config import Settings
from app.townships.assessment.closing import assessed
from app.townships.assessment.rule_sets import create
from app.townships.assessment.timeline import timeline
from geodata.areas import import_boundaries
from geodata.home import Home
from tests.app.small_city import SIDE, SOUTH, WEST
from tests.app.townships.test_rule_sets import values
from tests.people import operator_of

TOWNSHIPS = range(1, 13)
CALLBACKS = 20


def answers(number: int) -> tuple[int, int, int, int]:
    """Of twenty callbacks: how many said responded, resolved, 满意 and 基本满意."""
    return 20 - number // 3, 20 - number, 2 + number, 12 - number


def make_city(folder: Path) -> Home:
    """Thirteen townships: the last has no callback, and nobody knows how many people live there."""
    home = Home.at(folder / "home")
    codes = [f"T{number:02}" for number in (*TOWNSHIPS, 13)]
    boxes = [shapely.box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE)
             for i in range(13)]  # fmt: skip
    frame = gpd.GeoDataFrame(
        {"code": codes, "name": [f"{code}街道" for code in codes],
         "people": [*[10_000.0] * 12, None]},
        geometry=boxes, crs=4326,
    )  # fmt: skip
    frame.to_file(folder / "townships.geojson")
    import_boundaries(
        home, folder / "townships.geojson", level="township", code_field="code",
        name_field="name", population_field="people",
    )  # fmt: skip
    rows = []
    for month in ("01", "02"):
        for number in TOWNSHIPS:
            responded, resolved, satisfied, basically = answers(number)
            for at in range(CALLBACKS):
                said = "满意" if at < satisfied else "不满意"
                said = "基本满意" if satisfied <= at < satisfied + basically else said
                rows.append((f"{month}-{number}-{at}", f"T{number:02}街道", month,
                             str(at < responded), str(at < resolved), said))  # fmt: skip
        rows.append((f"{month}-13", "T13街道", month, None, None, None))
    pl.DataFrame(
        [
            {"case_id": case_id, "received_at": f"2025-{month}-10 09:00:00",
             "callback_at": None if told is None else f"2025-{month}-12 09:00:00",
             "reported_township": name, "class_1": "噪声",
             "valid": None if told is None else "True", "responded": told,
             "resolved": resolved, "satisfaction": said}
            for case_id, name, month, told, resolved, said in rows
        ]
    ).write_csv(folder / "cases.csv")  # fmt: skip
    import_file(home, folder / "cases.csv", "suyuan")
    return home


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Access]:
    home = make_city(tmp_path_factory.mktemp("twelve"))
    access = operator_of(home)
    create(access, values("甲", "2025-01-01", "2025-01-31"), 1)
    create(access, values("乙", "2025-02-01", response=0, resolution=30, satisfaction=70,
                          basically_satisfied=0.5), 1)  # fmt: skip
    return home, access


# 甲: 10 × response + 50 × resolution + 40 × satisfaction, 基本满意 counting 0.9.
# 乙:  0 × response + 30 × resolution + 70 × satisfaction, 基本满意 counting 0.5.
BY_SET = {
    "month-2025-01": ("甲", (10, 50, 40), Fraction(9, 10)),
    "month-2025-02": ("乙", (0, 30, 70), Fraction(1, 2)),
}


@pytest.mark.parametrize("cycle_id", BY_SET)
def test_scores_and_ranks_follow_from_the_rule_set_of_the_month(city, cycle_id) -> None:
    home, access = city
    name, weights, basically = BY_SET[cycle_id]
    expected = {}
    for number in TOWNSHIPS:
        responded, resolved, satisfied, half = answers(number)
        parts = (responded, resolved, satisfied + basically * half)
        expected[f"T{number:02}"] = sum(
            weight * Fraction(part) / CALLBACKS for weight, part in zip(weights, parts, strict=True)
        )
    found = assessed(home, access.database, timeline(access.database, Settings()), cycle_id)
    assert found.era.name == name
    lines = {line.code: line for line in found.board.lines}
    for code, score in expected.items():
        assert lines[code].score.value == pytest.approx(float(score), abs=1e-9)
        assert lines[code].rank == 1 + sum(other > score for other in expected.values())
    mean = sum(expected.values()) / len(expected)
    assert found.board.city.score.value == pytest.approx(float(mean), abs=1e-9)


def test_the_two_sets_rank_the_other_way_round(city) -> None:
    """甲 weighs resolution, of which T01 has most; 乙 satisfaction, of which T12 has most."""
    home, access = city
    now = timeline(access.database, Settings())
    first, second = (
        [line.code for line in assessed(home, access.database, now, each).board.lines]
        for each in BY_SET
    )
    assert (first[0], second[0]) == ("T01", "T12")


def test_no_callback_is_no_score_and_no_result_and_missing_people_are_said(city) -> None:
    home, access = city
    found = assessed(home, access.database, timeline(access.database, Settings()), "month-2025-01")
    last = found.board.lines[-1]
    assert (last.code, last.valid, last.rank, last.score.value) == ("T13", 0, None, None)
    assert (last.cases, last.people, last.per_people, last.results) == (1, None, None, ())


def test_a_cycle_without_any_callback_has_no_score_at_all(city) -> None:
    home, access = city
    march = assessed(home, access.database, timeline(access.database, Settings()), "month-2025-03")
    assert all(line.score.value is None and not line.results for line in march.board.lines)
    assert march.board.city.score.value is None
    assert march.board.city.cases == 0
