"""What an assessment says of data that lack something: population of a township, all callbacks."""

from __future__ import annotations

import re

import geopandas as gpd
import pytest
import shapely
from flask.testing import FlaskClient

from app.cases.uploads import import_file
from geodata.areas import import_boundaries
from geodata.home import Home
from tests.app.small_city import SIDE, SOUTH, WEST
from tests.people import first_client, make_app

PEOPLE = {"甲街道": 20_000.0, "乙街道": None, "丙镇": 10_000.0}
CASES = {"甲街道": 4, "乙街道": 3, "丙镇": 1}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The board of a month of cases that nobody called back about."""
    folder = tmp_path_factory.mktemp("lacking")
    home = Home.at(folder / "home")
    frame = gpd.GeoDataFrame(
        {"code": list(PEOPLE), "name": list(PEOPLE), "population": list(PEOPLE.values())},
        geometry=[
            shapely.box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE)
            for i in range(len(PEOPLE))
        ],
        crs=4326,
    )
    frame.to_file(folder / "towns.geojson")
    import_boundaries(
        home, folder / "towns.geojson", level="township", code_field="code", name_field="name",
        population_field="population",
    )  # fmt: skip
    rows = [
        f"{name}{number},2025-01-{10 + number} 09:00:00,{name}"
        for name, count in CASES.items()
        for number in range(count)
    ]
    cases = folder / "cases.csv"
    cases.write_text("\n".join(["case_id,received_at,reported_township", *rows]) + "\n", "utf-8")
    import_file(home, cases, "suyuan")
    client: FlaskClient = first_client(make_app(home.path))
    return client.get("/assessment?cycle=month-2025-01").text


def cells(page: str, name: str) -> dict[str, str]:
    """Return the cells of a township's row by the heads of their columns, without markup."""
    row = next(
        each for each in re.findall(r"<tr data-code.*?</tr>", page, re.DOTALL) if name in each
    )
    found = re.findall(r'data-label="([^"]+)">(.*?)</td>', row, re.DOTALL)
    return {head: re.sub(r"<[^>]+>", "", text).strip() for head, text in found}


def test_a_township_without_population_is_said_to_lack_it_and_the_others_have_their_rate(
    page: str,
) -> None:
    assert cells(page, "乙街道")["每万人"] == "缺人口"
    assert cells(page, "甲街道")["每万人"] == "2.0"  # 4 cases of 20,000 people
    assert cells(page, "丙镇")["每万人"] == "1.0"


def test_a_cycle_without_callbacks_has_no_rates_and_says_so(page: str) -> None:
    assert "这一期没有有效回访" in page
    for name, count in CASES.items():
        row = cells(page, name)
        assert row["来电诉求"] == str(count)
        assert {row[f"{rate}（%）"] for rate in ("响应率", "解决率", "满意率")} == {"—"}
        assert row["综合得分"] == "—"
        assert 'class="rank"' not in page
