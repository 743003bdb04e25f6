"""A point's sheet shows the run's own cases of it, and says what stands behind the number."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from flask.testing import FlaskClient

from app.hotspots.details import cases_at_point
from app.hotspots.forms import AnalyseArguments
from app.hotspots.runs import RunSummary, read_table
from app.townships.choosing.analysing import analyse_and_rank
from geodata.home import Home
from tests.app import small_city
from tests.people import first_client, make_app

METRE = 1 / 111_195


@pytest.fixture(scope="module")
def street_city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, RunSummary]:
    """No register: houses every 15 m along a street, some told of by one person only."""
    from app.cases.uploads import import_file
    from geodata.areas import import_boundaries

    folder = tmp_path_factory.mktemp("street")
    home = Home.at(folder / "home")
    townships = small_city.write_townships(folder / "townships.geojson")
    import_boundaries(
        home, townships, level="township", code_field="code", name_field="name",
        population_field="population",
    )  # fmt: skip
    file = small_city.write_cases(folder / "cases.csv")
    rows = pd.read_csv(file)
    rng = np.random.default_rng(12)
    street = rows["lng"].sub(small_city.HOT_LNG).abs() < 5e-4
    house = rng.integers(0, 40, street.sum())
    rows.loc[street, "lng"] = small_city.HOT_LNG
    # More digits than points tell apart, and more than one spelling of one house.
    rows.loc[street, "lat"] = (
        small_city.HOT_LAT + house * 15 * METRE + rng.choice([0, 4e-9], len(house))
    )
    rows.loc[street, "address"] = [f"长街{number}号" for number in house]
    alone = street & (rows["lat"] < small_city.HOT_LAT + 60 * METRE)
    rows.loc[alone, "caller"] = 19912345678
    rows.to_csv(file, index=False)
    import_file(home, file, "suyuan")
    return home, analyse_and_rank(
        home, AnalyseArguments(start=small_city.START, end=small_city.END)
    )


def check_every_point(home: Home, run: RunSummary) -> list[dict[str, object]]:
    points = read_table(home, run.id, "points").to_pylist()
    taken: set[str] = set()
    for point in points:
        cases = cases_at_point(home, run, point, None).collect()
        assert cases.height == point["reports"], point["id"]
        assert not taken & set(cases["case_id"])
        taken |= set(cases["case_id"])
        by_step = [cases_at_point(home, run, point, step).collect().height for step in run.steps]
        assert sum(by_step) == point["reports"]
    return points


def test_every_point_of_a_register_shows_its_own_cases(
    city_home: Path, city_run: RunSummary
) -> None:
    points = check_every_point(Home.at(city_home), city_run)
    assert {bool(point["place"]) for point in points} >= {True}


def test_every_cluster_shows_its_own_cases(street_city: tuple[Home, RunSummary]) -> None:
    points = check_every_point(*street_city)
    assert all(point["place"] is None for point in points)
    assert max(len(point["member_lng"]) for point in points) > 1
    for point in points:
        north = np.array(point["member_lat"]) / METRE
        assert north.max() - north.min() <= 60.01
        assert point["lat"] in point["member_lat"]
        assert point["expected_by"] == "population"
    assert points[0]["name"].startswith("长街")


def test_a_cluster_is_named_by_its_busiest_coordinate(street_city: tuple[Home, RunSummary]) -> None:
    home, run = street_city
    busiest = read_table(home, run.id, "points").to_pylist()[0]
    lng, lat = map(float, busiest["id"].split(","))
    assert (lng, lat) == (busiest["lng"], busiest["lat"])


def sheet(home: Home, run: RunSummary, point: str, language: str = "zh_Hans") -> dict[str, object]:
    client = first_client(make_app(home.path))
    with client.session_transaction() as session:
        session["language"] = language
    return client.get(f"/hotspots/runs/{run.id}/point/{point}?step=-1").get_json()


def test_a_point_of_one_caller_says_so(street_city: tuple[Home, RunSummary]) -> None:
    home, run = street_city
    points = read_table(home, run.id, "points").to_pylist()
    alone = next(point for point in points if point["one_caller"])
    assert (alone["callers"], alone["top_caller_share"]) == (1, 1.0)
    assert "全部诉求来自同一名诉求人" in str(sheet(home, run, alone["id"])["sentence"])
    assert "all cases come from one caller" in str(sheet(home, run, alone["id"], "en")["sentence"])
    other = next(point for point in points if not point["one_caller"])
    assert "同一名诉求人" not in str(sheet(home, run, other["id"])["sentence"])
    client = first_client(make_app(home.path))
    listed = client.get(f"/hotspots/runs/{run.id}/points.json").get_json()
    assert {each["id"] for each in listed if each["one_caller"]} == {
        point["id"] for point in points if point["one_caller"]
    }


def test_the_sheet_tells_all_that_is_known(street_city: tuple[Home, RunSummary]) -> None:
    home, run = street_city
    point = read_table(home, run.id, "points").to_pylist()[0]
    found = sheet(home, run, point["id"])
    numbers = {each["label"]: each for each in found["numbers"]}  # type: ignore[attr-defined]
    assert numbers["全期问题数（合并诉求）"]["value"] == point["incidents"]
    assert point["incidents"] <= point["reports"]
    assert numbers["按人口应有（全期）"]["value"] == round(point["expected"], 1)
    assert numbers["近期显著偏多的月数"] == {
        "label": "近期显著偏多的月数",
        "value": point["months_hot"],
        "unit": "共 6 个月",
    }
    assert numbers["近期达到高频规则的月数"]["value"] == point["months_met"]
    assert "p = " in numbers["月度趋势"]["value"]
    assert "达到高频规则“同类 7 天 3 件”" in found["sentence"]  # type: ignore[operator]
    assert "Meets the rule “Same class, 3 in 7 days”" in str(
        sheet(home, run, point["id"], "en")["sentence"]
    )


def test_the_definition_prints_the_rules_of_the_run(client: FlaskClient) -> None:
    page = client.get("/hotspots").text
    found = re.search(r'id="map-config">(.*?)</script>', page, re.DOTALL)
    assert found
    definition = json.loads(found.group(1))["definitions"]["points"]
    texts = {term["name"]: term["text"] for term in definition["terms"]}
    assert "任意连续 7 天（168 小时）内不少于 3 件" in texts["同类 7 天 3 件"]
    assert "前 20 名（并列的都算），且不少于 3 件" in texts["每月前 20 名"]
    assert definition["more"]["value"] == "/hotspots/rules"
    assert 'href="/hotspots/rules"' in page
