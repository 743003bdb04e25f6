"""Coordinates that stand for a whole area, and how their cases still count in it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely

from geodata.areas import Boundaries, import_boundaries
from geodata.coordinate_checks import area_pins, decide, false_coordinates, find_area_pins, known
from geodata.coordinate_checks.area_pins import SAMPLED_CASES
from geodata.default_points import count_coordinates
from geodata.errors import InvalidDecision, NotFound, UnknownCrs
from geodata.home import Home
from geodata.intake import import_cases, relocate_cases
from geodata.redeclaring import redeclare_batch
from geodata.store import CaseStore

NOW = datetime(2025, 6, 1, tzinfo=UTC)
SIDE = 0.05
TOWNS = ("东风街道", "西河镇", "南山乡", "北桥镇")
BOXES = [
    shapely.box(116 + i * SIDE, 39 + j * SIDE, 116 + (i + 1) * SIDE, 39 + (j + 1) * SIDE)
    for i in range(2)
    for j in range(2)
]
ROADS = "长青平安胜利解放人民建设文化和平光明朝阳新华团结友谊幸福振兴工业青年学府滨河中山"


def street(k: int) -> str:
    return f"{ROADS[2 * (k % 20)]}{ROADS[(7 * k + 3) % 40]}{ROADS[2 * (k // 20) % 40]}路{k}号"


def townships() -> Boundaries:
    return Boundaries.of(["1", "2", "3", "4"], list(TOWNS), BOXES)


def districts() -> Boundaries:
    return Boundaries.of(["d"], ["云桥区"], [shapely.union_all(BOXES)])


def frame(at: tuple[float, float], n: int, towns, *, address=street, spread: int = 300):
    """Return `n` cases at one coordinate and others all over the city."""
    rng = np.random.default_rng(4)
    lng = np.r_[np.full(n, at[0]), rng.uniform(116, 116 + 2 * SIDE, spread)].round(6)
    lat = np.r_[np.full(n, at[1]), rng.uniform(39, 39 + 2 * SIDE, spread)].round(6)
    return pl.LazyFrame(
        {
            "lng": lng,
            "lat": lat,
            "address": [address(k) for k in range(n)] + [street(k) for k in range(spread)],
            "reported_township": [towns(k) for k in range(n)] + [None] * spread,
            "reported_district": ["云桥区"] * n + [None] * spread,
            "case_id": [str(k) for k in range(n + spread)],
        },
        schema_overrides={"reported_township": pl.String, "address": pl.String},
    )


def pins_of(cases: pl.LazyFrame):
    return find_area_pins(cases, count_coordinates(cases), "WGS84", townships(), districts())


CENTRE = (116 + SIDE / 2, 39 + SIDE / 2)
OFF_CENTRE = (116 + SIDE / 2 + 0.008, 39 + SIDE / 2)


def test_a_township_s_centre_with_some_streets_is_its_pin() -> None:
    (pin,) = pins_of(frame(CENTRE, 6, lambda k: None))
    assert (pin.level, pin.name, pin.by, pin.cases) == ("township", "东风街道", "centre", 6)


def test_many_streets_of_one_township_near_its_centre_are_a_pin() -> None:
    (pin,) = pins_of(frame(OFF_CENTRE, 40, lambda k: "东风街道"))
    assert (pin.level, pin.name, pin.by, pin.streets) == ("township", "东风街道", "look", 40)


def test_an_area_named_in_the_address_counts() -> None:
    cases = frame(OFF_CENTRE, 40, lambda k: None, address=lambda k: f"东风街道{street(k)}")
    (pin,) = pins_of(cases)
    assert (pin.level, pin.name) == ("township", "东风街道")


def test_streets_of_several_townships_of_a_district_are_its_pin() -> None:
    middle = (116 + SIDE - 0.003, 39 + SIDE - 0.002)
    (pin,) = pins_of(frame(middle, 60, lambda k: TOWNS[k % 4]))
    assert (pin.level, pin.name) == ("district", "云桥区")


@pytest.mark.parametrize(
    "cases",
    [
        pytest.param(
            frame(OFF_CENTRE, 40, lambda k: "东风街道", address=lambda k: f"大路1号梅园小区{k}栋"),
            id="an estate names itself",
        ),
        pytest.param(
            frame(OFF_CENTRE, 40, lambda k: "东风街道", address=lambda k: f"长青路{k}号"),
            id="one street",
        ),
        pytest.param(frame(OFF_CENTRE, 40, lambda k: "西河镇"), id="another township"),
        pytest.param(frame((116.004, 39.003), 40, lambda k: "东风街道"), id="far from the centre"),
        pytest.param(frame(OFF_CENTRE, 6, lambda k: "东风街道"), id="too few"),
        pytest.param(frame(CENTRE, 4, lambda k: None), id="too few at the centre"),
    ],
)
def test_what_is_no_pin(cases: pl.LazyFrame) -> None:
    assert [pin for pin in pins_of(cases) if pin.level == "township"] == []


def test_a_crowded_pin_is_judged_by_a_sample() -> None:
    (pin,) = pins_of(frame(OFF_CENTRE, 3 * SAMPLED_CASES + 7, lambda k: TOWNS[0]))
    assert (pin.cases, pin.name) == (3 * SAMPLED_CASES + 7, TOWNS[0])
    assert 6 <= pin.streets <= SAMPLED_CASES


def test_only_the_most_crowded_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a large city every estate's point is shared; looking at each would take hours."""
    off = (OFF_CENTRE[0] + 0.001, OFF_CENTRE[1])
    both = pl.concat(
        [
            frame(OFF_CENTRE, 40, lambda k: TOWNS[0]),
            frame(off, 60, lambda k: TOWNS[0], spread=0).with_columns(pl.col("case_id") + "x"),
        ]
    )
    assert {pin.cases for pin in pins_of(both)} == {40, 60}
    monkeypatch.setattr(area_pins, "LOOKED_AT", 1)
    assert [pin.cases for pin in pins_of(both)] == [60]


def test_real_cities_have_none(shared_data: Path) -> None:
    shapes = gpd.read_file(shared_data / "boston_neighborhoods.geojson").to_crs(4326)
    names = shapes["neighborhood"].tolist()
    areas = Boundaries.of(names, names, list(shapes.geometry.make_valid()))
    cases = pl.read_parquet(shared_data / "boston_311_2011H2.parquet").select(
        "address",
        case_id=pl.col("id").cast(pl.String),
        lng=pl.col("lon").cast(pl.Float64),
        lat=pl.col("lat").cast(pl.Float64),
        reported_township="neighborhood",
        reported_district=pl.lit(None, pl.String),
    )
    lazy = cases.lazy()
    assert find_area_pins(lazy, count_coordinates(lazy), "WGS84", areas, None) == ()


# Through the doors of an office: import, decide, locate anew.

HEADER = (
    "case_id",
    "received_at",
    "address",
    "reported_township",
    "reported_district",
    "lng",
    "lat",
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home.at(tmp_path / "home")
    for level, areas in (("district", districts()), ("township", townships())):
        columns = {"code": areas.codes, "name": areas.names}
        gpd.GeoDataFrame(columns, geometry=areas.geometry, crs=4326).to_file(
            tmp_path / f"{level}.geojson"
        )
        import_boundaries(
            home, tmp_path / f"{level}.geojson", level=level, code_field="code", name_field="name"
        )  # fmt: skip
    return home


def bring(home: Home, path: Path, cases: pl.LazyFrame, first: int = 0):
    rows = cases.collect().iter_rows(named=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        for number, row in enumerate(rows, start=first):
            writer.writerow({**row, "case_id": f"c{number}", "received_at": "2025-01-02 10:00:00"})
    return import_cases(home, path, "suyuan", now=NOW)


def rows_with(home: Home, flag: str) -> pl.DataFrame:
    return CaseStore(home).scan().filter(pl.col("flags").list.contains(flag)).collect()


def test_cases_at_a_pin_count_in_its_area_and_in_no_cell(home: Home, tmp_path: Path) -> None:
    report = bring(home, tmp_path / "a.csv", frame(CENTRE, 20, lambda k: None))
    assert report.flags["area_centre"] == 20
    rows = rows_with(home, "area_centre")
    assert set(rows["township"]) == {"1"}
    assert set(rows["district"]) == {"d"}
    assert rows["township_only"].all()
    assert rows["cell"].is_null().all()
    assert report.located + report.unlocated == report.accepted


def test_cases_at_a_district_s_pin_keep_their_township_where_they_name_one(
    home: Home, tmp_path: Path
) -> None:
    middle = (116 + SIDE - 0.003, 39 + SIDE - 0.002)
    bring(home, tmp_path / "a.csv", frame(middle, 60, lambda k: (*TOWNS, None)[k % 5]))
    rows = rows_with(home, "area_centre")
    assert rows.height == 60
    assert set(rows["district"]) == {"d"}
    assert rows["township"].null_count() == 12
    assert rows.filter(pl.col("township").is_not_null())["township_only"].all()


def test_coarse_cases_count_where_all_of_the_spot_is_one_township(
    home: Home, tmp_path: Path
) -> None:
    cases = frame((0.0, 0.0), 0, lambda k: None, spread=400).collect()
    cut = pl.int_range(400) < 100
    cases = cases.with_columns(
        pl.when(cut).then(pl.col(name).round(2)).otherwise(pl.col(name)) for name in ("lng", "lat")
    )
    report = bring(home, tmp_path / "a.csv", cases.lazy())
    rows = rows_with(home, "coarse")
    assert report.flags["coarse"] == rows.height >= 98
    assert any("decimals" in str(note) for note in report.notes)
    for row in rows.iter_rows(named=True):
        box = shapely.box(*(row["source_lng"] - 0.01, row["source_lat"] - 0.01),
                          *(row["source_lng"] + 0.01, row["source_lat"] + 0.01))  # fmt: skip
        holds = [str(k + 1) for k, shape in enumerate(BOXES) if shape.covers(box)]
        assert row["township"] == (holds[0] if holds else None)
        assert row["township_only"] is bool(holds)
    before = CaseStore(home).scan().sort("case_id").collect()
    relocate_cases(home)
    assert CaseStore(home).scan().sort("case_id").collect().equals(before)


def test_decisions_by_hand_hold_and_can_be_taken_back(home: Home, tmp_path: Path) -> None:
    bring(home, tmp_path / "a.csv", frame(CENTRE, 20, lambda k: None))
    decide(home, *CENTRE, "real_place", NOW)
    assert false_coordinates(home, known(home)).pins == ()
    relocate_cases(home)
    assert rows_with(home, "area_centre").is_empty()
    other = frame(CENTRE, 30, lambda k: None, spread=5)
    assert bring(home, tmp_path / "b.csv", other, 1000).flags["area_centre"] == 0
    decide(home, *CENTRE, "default_point", NOW)
    relocate_cases(home)
    assert rows_with(home, "default_point").height == 50
    decide(home, *CENTRE, "undecided", NOW)
    relocate_cases(home)
    assert rows_with(home, "default_point").is_empty()
    assert rows_with(home, "area_centre").height == 50
    log = (home.coordinate_checks / "decisions.jsonl").read_text("utf-8").splitlines()
    assert len(log) == 3


@pytest.mark.parametrize(("lng", "lat", "meaning"), [(200, 0, "real_place"), (1, 1, "maybe")])
def test_decisions_that_cannot_be(home: Home, lng: float, lat: float, meaning: str) -> None:
    with pytest.raises(InvalidDecision):
        decide(home, lng, lat, meaning, NOW)


def test_a_batch_in_another_system_is_read_anew_when_asked(home: Home, tmp_path: Path) -> None:
    cases = frame((0.0, 0.0), 0, lambda k: None, spread=300)
    report = bring(home, tmp_path / "a.csv", cases)
    before = CaseStore(home).scan().sort("case_id").collect()
    done = redeclare_batch(home, report.batch, "gcj02")
    after = CaseStore(home).scan().sort("case_id").collect()
    assert done.changed == 300
    assert set(after["source_crs"]) == {"GCJ-02"}
    moved = (after["lng"] - before["lng"]).abs().drop_nulls()
    assert moved.min() > 1e-3
    assert after["source_lng"].equals(before["source_lng"])
    redeclare_batch(home, report.batch, "WGS84")
    assert CaseStore(home).scan().sort("case_id").collect().equals(before)
    with pytest.raises(NotFound):
        redeclare_batch(home, "none", "WGS84")
    with pytest.raises(UnknownCrs):
        redeclare_batch(home, report.batch, "mars")
    with pytest.raises(InvalidDecision):
        redeclare_batch(home, report.batch, "EPSG:4547")
