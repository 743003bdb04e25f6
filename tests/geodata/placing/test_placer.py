"""Cases with and without coordinates get their place: from import to relocation."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely

from geodata.areas import import_boundaries
from geodata.coordinate_checks import decide as decide_point
from geodata.home import Home
from geodata.intake import import_cases, relocate_cases
from geodata.places import (
    Place,
    TextKey,
    add_place,
    applied_state,
    change_place,
    decide,
    find_place,
    import_places,
    merge_places,
    place_state,
    read_register,
    undo_decision,
)
from geodata.placing import text_key
from geodata.store import CaseStore
from spatial.grid import cells_of_points

NOW = datetime(2025, 6, 1, tzinfo=UTC)
WEST, SOUTH, SIDE = 83.0, 39.0, 0.04
TOWNS = ("东街道", "中街道", "西镇")


def number(road: str, house: int, town: int, row: int) -> dict[str, Any]:
    lng = WEST + town * SIDE + 0.004 + house * 0.0003
    return {
        "name": f"{road}{house}号",
        "lng": lng,
        "lat": SOUTH + 0.004 + row * 0.004,
        "kind": "道路门牌",
    }


def register() -> pl.DataFrame:
    """Three townships with streets of their own, and estates with names."""
    rows = [
        number(road, house, town, row)
        for town in range(3)
        for row, road in enumerate(["和平路", "新华街", "建设路", "河滨路"])
        for house in range(1 + 20 * town, 21 + 20 * town, 2)
    ]
    rows += [
        {"name": name, "lng": WEST + (town + 0.5) * SIDE, "lat": SOUTH + 0.03, "kind": "小区"}
        for town, name in enumerate(["荷香花园", "柳岸家园", "松涛新村"])
    ]
    return pl.DataFrame(rows)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("ready")
    home = Home.at(folder / "home")
    squares = [
        shapely.box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE) for i in range(3)
    ]
    frame = gpd.GeoDataFrame(
        {"code": ["T1", "T2", "T3"], "name": list(TOWNS)}, geometry=squares, crs=4326
    )
    frame.to_file(folder / "towns.geojson")
    import_boundaries(
        home, folder / "towns.geojson", level="township", code_field="code", name_field="name"
    )
    register().write_csv(folder / "places.csv")
    import_places(home, folder / "places.csv")
    return home


@pytest.fixture
def home(ready: Home, tmp_path: Path) -> Home:
    return Home.at(shutil.copytree(ready.path, tmp_path / "home"))


def bring_in(
    home: Home, folder: Path, *cases: dict[str, Any], name: str = "cases"
) -> dict[str, dict[str, Any]]:
    """Import cases and return the stored ones by id."""
    rows = [
        {"case_id": f"{name}{i}", "received_at": "2025-03-01 09:00:00", "class_1": "噪声", **case}
        for i, case in enumerate(cases)
    ]
    path = folder / f"{name}.csv"
    pl.DataFrame(rows, infer_schema_length=None).write_csv(path)
    import_cases(home, path, "suyuan", now=NOW)
    return stored(home)


def stored(home: Home) -> dict[str, dict[str, Any]]:
    return {row["case_id"]: row for row in CaseStore(home).scan().collect().to_dicts()}


def code_of(home: Home, name: str) -> str:
    return next(code for code, place in read_register(home).items() if place.name == name)


def check_locations(cases: dict[str, dict[str, Any]]) -> None:
    """What must hold of every stored case, however it came to its place."""
    for case in cases.values():
        assert case["located"] == (case["cell"] is not None) == (case["lng"] is not None)
        assert not (case["located"] and case["township_only"])
        assert case["township_only"] <= (case["township"] is not None)
        if case["located"]:
            cell = cells_of_points(np.array([case["lat"]]), np.array([case["lng"]]), 11)[0]
            assert case["cell"] == cell
        if case["location_method"] in ("geocoded", "decided"):
            assert case["flags"], "why the coordinates were not used stays told"


def test_addresses_become_places(home: Home, tmp_path: Path) -> None:
    cases = bring_in(
        home,
        tmp_path,
        {"address": "和平路５号302室", "reported_township": "东街道"},
        {"reported_place": "荷香花园", "address": ""},
        {"title": "反映荷香花园噪声扰民", "content": "每晚施工"},
        {"address": "火星大道999号"},
        {"address": "", "reported_township": "中街道"},
    )
    check_locations(cases)
    first = cases["cases0"]
    assert (first["location_method"], first["location_quality"]) == ("geocoded", "place")
    assert first["place"] == code_of(home, "和平路5号")
    assert (first["township"], first["located"], first["flags"]) == ("T1", True, ["no_coordinates"])
    assert cases["cases1"]["place"] == cases["cases2"]["place"] == code_of(home, "荷香花园")
    lost = cases["cases3"]
    assert (lost["place"], lost["located"], lost["location_method"]) == (None, False, "none")
    assert (cases["cases4"]["township"], cases["cases4"]["location_method"]) == ("T2", "none")


def test_a_name_borne_twice_needs_the_township(home: Home, tmp_path: Path) -> None:
    add_place(home, Place("E", "东风新村", shapely.Point(WEST + 0.01, SOUTH + 0.01)))
    add_place(home, Place("W", "东风新村", shapely.Point(WEST + 2.5 * SIDE, SOUTH + 0.01)))
    cases = bring_in(
        home,
        tmp_path,
        {"address": "东风新村3号楼", "reported_township": "西镇"},
        {"address": "东风新村", "reported_township": "东街道"},
        {"address": "东风新村"},
        {"address": "无名路11号", "reported_township": "东街道"},
    )
    check_locations(cases)
    assert [cases[f"cases{i}"]["place"] for i in range(3)] == ["W", "E", None]
    unknown = cases["cases3"]
    assert (unknown["location_method"], unknown["location_quality"]) == ("none", "township"), (
        "that it lies in the reported township is nothing new"
    )


def test_coordinates_come_before_texts(home: Home, tmp_path: Path) -> None:
    near = find_place(home, code_of(home, "荷香花园")).lng_lat
    cases = bring_in(
        home,
        tmp_path,
        {"lng": near[0], "lat": near[1] + 0.0001, "address": "和平路5号"},
        {"lng": near[0], "lat": near[1] - 0.008, "address": "和平路5号"},
        {"lng": 0.0, "lat": 0.0, "address": "和平路5号"},
    )
    check_locations(cases)
    assert cases["cases0"]["place"] == code_of(home, "荷香花园")
    assert (cases["cases0"]["location_method"], cases["cases0"]["location_quality"]) == (
        "coordinates",
        "exact",
    )
    assert cases["cases1"]["place"] is None
    assert cases["cases1"]["location_method"] == "coordinates"
    assert (cases["cases2"]["place"], cases["cases2"]["flags"]) == (
        code_of(home, "和平路5号"),
        ["zero"],
    )


def test_without_a_register_nothing_is_asked(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    cases = bring_in(home, tmp_path, {"address": "和平路5号"}, {"lng": 83.01, "lat": 39.01})
    assert [case["location_method"] for _, case in sorted(cases.items())] == ["none", "coordinates"]
    assert not (home.places / "models").exists()


def test_address_and_place_far_apart_tell_nothing(home: Home, tmp_path: Path) -> None:
    cases = bring_in(
        home,
        tmp_path,
        {"address": "和平路5号", "reported_place": "松涛新村"},
        {"address": "和平路5号", "reported_place": "和平路7号"},
    )
    assert cases["cases0"]["location_method"] == "none"
    assert cases["cases1"]["place"] == code_of(home, "和平路5号")


def test_a_decision_serves_stored_and_later_cases_and_can_be_undone(
    home: Home, tmp_path: Path
) -> None:
    text = "火星大道999号"
    bring_in(home, tmp_path, {"address": text, "reported_township": "东街道"}, {"address": text})
    assert applied_state(home) == place_state(home), "the first import follows all there is"
    target = code_of(home, "柳岸家园")
    key = TextKey.of(text_key(text), None, "东街道")
    decision = decide(home, key, example=text, place=target, how="search")
    assert applied_state(home) != place_state(home)
    assert relocate_cases(home).changed == 1
    assert applied_state(home) == place_state(home)
    cases = bring_in(
        home, tmp_path, {"address": "火星大道９９９号", "reported_township": "东街道"}, name="later"
    )
    check_locations(cases)
    for name in ("cases0", "later0"):
        assert (cases[name]["place"], cases[name]["location_method"]) == (target, "decided")
        assert (cases[name]["township"], cases[name]["located"]) == ("T2", True)
    assert cases["cases1"]["place"] is None, (
        "the same text reported without the township may mean another"
    )
    undo_decision(home, decision.number)
    assert relocate_cases(home).changed == 2
    assert stored(home)["later0"]["place"] is None
    assert relocate_cases(home).changed == 0


def test_cases_follow_an_edit_and_a_merge(home: Home, tmp_path: Path) -> None:
    cases = bring_in(
        home, tmp_path, {"address": "荷香花园"}, {"address": "柳岸家园"}, {"address": "红房子大院"}
    )
    one, other = cases["cases0"]["place"], cases["cases1"]["place"]
    assert cases["cases2"]["place"] is None
    merge_places(home, one, other)
    change_place(
        home, one, {"aliases": ("柳岸家园", "红房子大院")}, find_place(home, one).fingerprint()
    )
    relocate_cases(home)
    assert {case["place"] for case in stored(home).values()} == {one}
    check_locations(stored(home))


def test_a_place_takes_cases_of_its_time_only(home: Home, tmp_path: Path) -> None:
    code = code_of(home, "荷香花园")
    change_place(home, code, {"valid_to": "2025-03-15"}, find_place(home, code).fingerprint())
    cases = bring_in(
        home,
        tmp_path,
        {"address": "荷香花园", "received_at": "2025-03-14 23:00:00"},
        {"address": "荷香花园", "received_at": "2025-03-15 00:00:00"},
    )
    assert cases["cases0"]["place"] == code
    assert (cases["cases1"]["place"], cases["cases1"]["located"]) == (None, True)


def test_a_place_at_a_default_point_keeps_its_cases(home: Home, tmp_path: Path) -> None:
    """The pin of a system is often the town hall's; who writes the town hall's address means it."""
    spot = 83.0512, 39.0223
    add_place(home, Place("hall", "市民大厅", shapely.Point(*spot)))
    decide_point(home, *spot, "default_point", datetime(2026, 1, 1, tzinfo=UTC))
    cases = bring_in(home, tmp_path, {"lng": spot[0], "lat": spot[1]}, {"address": "市民大厅"})
    assert cases["cases0"]["flags"] == ["default_point"]
    assert (cases["cases1"]["place"], cases["cases1"]["location_method"]) == ("hall", "geocoded")
    before = CaseStore(home).version
    bring_in(home, tmp_path, {"lng": 83.01, "lat": 39.01}, name="other")
    assert stored(home)["cases1"]["located"]
    assert CaseStore(home).version == before + 1, "nothing to take off the map again"


def test_the_model_is_trained_once_a_file(home: Home, tmp_path: Path) -> None:
    bring_in(home, tmp_path, {"address": "和平路6号"})
    (kept,) = (home.places / "models").glob("*.json")
    when = kept.stat().st_mtime_ns
    add_place(home, Place("new", "云杉里", shapely.Point(83.01, 39.01)))
    cases = bring_in(home, tmp_path, {"address": "云杉里"}, {"address": "和平路8号"}, name="later")
    assert cases["later0"]["place"] == "new"
    assert [path.stat().st_mtime_ns for path in (home.places / "models").glob("*.json")] == [when]
