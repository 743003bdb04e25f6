"""The map beside the board: classes of the lines that are shown, and what each row leads to."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounts.access import operator
from app.accounts.units import UnitValues, create_unit
from app.services import services
from app.townships.assessment.colouring import CLASSES, colourings
from app.townships.assessment.lines import Line, Share
from tests.app.townships.counted_city import make_counted_city
from tests.people import client_as, first_client, make_app

NOTHING = Share(None, None, None)
CASES = {"T1": 40, "T2": 21, "T3": 12, "T4": 7, "T5": 3}
MONTH = "2025-03"
PAGE = "/assessment?cycle=month-2025-03"


def line(code: str, cases: int, rank: int | None = None) -> Line:
    return Line(code, code, "", cases, None, 0, {}, NOTHING, rank=rank)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("board-map")
    counts = {code: {MONTH: n, "2025-04": 5} for code, n in CASES.items()}
    return make_app(make_counted_city(folder, counts).path)


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=60))
def test_classes_follow_the_values(counts: list[int]) -> None:
    lines = [line(f"T{at}", n) for at, n in enumerate(counts)]
    (found,) = colourings(lines)
    assert len(found.of) == len(counts)
    assert sorted({*found.of.values()}) == list(range(len(found.spans)))
    assert len(found.spans) <= CLASSES
    for each in lines:
        least, most = found.spans[found.of[each.code]]
        assert least <= each.cases <= most
    ends = [end for span in found.spans for end in span]
    assert ends == sorted(ends)
    assert all(a < b for (_, a), (b, _) in zip(found.spans, found.spans[1:], strict=False))


def test_classes_have_as_many_townships_each() -> None:
    found = {each.key: each for each in colourings([line(f"T{n}", 0, n) for n in range(1, 11)])}
    assert found["rank"].spans == ((1, 2), (3, 5), (6, 7), (8, 10))


def test_what_is_not_told_is_in_no_class() -> None:
    found = {each.key: each for each in colourings([line("T1", -1), line("T2", 30, 1)])}
    assert found["cases"].of == {"T2": 0}
    assert found["rank"].of == {"T2": 0}
    assert not colourings([line("T1", -1)])


def colours(page: str) -> dict[str, dict[str, int]]:
    found = re.search(r'id="board-colours">(.+?)</script>', page)
    assert found
    return {each["key"]: each["of"] for each in json.loads(found[1])["columns"]}


def test_the_map_tells_a_viewer_no_more_than_the_table(app: Flask) -> None:
    exact = colours(first_client(app).get(PAGE).text)
    assert exact["cases"].keys() == CASES.keys()
    page = client_as(app, "map-viewer", ["viewer"]).get(PAGE).text
    told = colours(page)
    # T5 has 3 cases: the table says <5, and the map nothing.
    assert told["cases"].keys() == CASES.keys() - {"T5"}
    assert told["per_people"].keys() == CASES.keys() - {"T5"}
    for counts in re.findall(r'"labels": \[(.*?)\]', page):
        assert not re.search(r"\b(21|12|7|3)\b", counts)


def test_the_outlines_are_those_of_the_board(app: Flask) -> None:
    page = first_client(app).get(PAGE).text
    address = re.search(r'data-shapes="([^"]+)"', page)
    assert address
    answer = client_as(app, "map-viewer", ["viewer"]).get(address[1].replace("&amp;", "&"))
    features = answer.get_json()["features"]
    assert {each["properties"]["code"] for each in features} == CASES.keys()
    assert set(features[0]["properties"]) == {"code", "name", "district", "lng", "lat"}


def test_there_are_no_outlines_without_boundaries(tmp_path: Path) -> None:
    client = first_client(make_app(tmp_path / "home"))
    assert client.get("/assessment/townships.geojson").status_code == 404


def links(page: str) -> dict[str, str]:
    rows = re.findall(r'<tr data-code="(\w+)">(.*?)</tr>', page, re.S)
    found = {code: re.search(r'href="(/assessment/reconciliation/cases[^"]+)"', row)
             for code, row in rows}  # fmt: skip
    return {code: each[1].replace("&amp;", "&") for code, each in found.items() if each}


def test_the_count_of_a_row_leads_to_its_cases(app: Flask) -> None:
    client = first_client(app)
    found = links(client.get(PAGE).text)
    assert found.keys() == CASES.keys()
    for code, address in found.items():
        assert f"{CASES[code]} 件诉求" in client.get(address).text
    assert not links(client_as(app, "map-viewer", ["viewer"]).get(PAGE).text)


def test_only_cases_of_her_own_townships_are_led_to(app: Flask) -> None:
    values = UnitValues(name="二街道办", kind="township", area_code="T2")
    unit = create_unit(operator(services(app).database), values)
    own = client_as(app, "own-office", ["reviewer"], unit.id)
    assert links(own.get(PAGE).text).keys() == {"T2"}
