"""Every answer is what plain loops over the store say, whatever is asked."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.app.filtered import oracle as told
from tests.app.filtered.payloads import read_cells
from tests.app.filtered.questions import questions
from tests.app.filtered.varied_city import POPULATION, TOWNSHIPS
from tests.conftest import SLOW

MANY = settings(
    max_examples=300 if SLOW else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def ask(client, answer, query):
    sent = {name: value for name, value in query.items() if name != "polygon"}
    response = client.get(f"/hotspots/counts/{answer}", query_string=sent)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json() if answer.endswith(".json") else response.data


def add_up(parts):
    assert parts["located"] + parts["unlocated"] == parts["all"]
    assert parts["township_only"] <= parts["unlocated"]


def state_counts(cases):
    located = sum(case["located"] for case in cases)
    return {
        "all": len(cases),
        "located": located,
        "township_only": sum(case["township_only"] for case in cases),
        "unlocated": len(cases) - located,
    }


def flattened(nodes):
    for node in nodes:
        yield node["path"], node["count"]
        yield from flattened(node["children"])


@given(query=questions())
@MANY
def test_cells(varied_client, oracle, query):
    read = read_cells(ask(varied_client, "cells.bin", query))
    kept, resolution = oracle.kept(query), query.get("resolution", 9)

    def bin_of(case):
        return (told.cell_of(case, resolution), told.period_of(case, query))

    located = [case for case in kept if case["located"]]
    assert read.by_period == told.grouped(located, bin_of, query["measure"])
    assert read.whole == told.grouped(
        located, lambda case: told.cell_of(case, resolution), query["measure"]
    )
    assert read.cells == sorted(read.cells)
    for period, totals in zip(read.header["periods"], read.header["totals"], strict=True):
        mine = [case for case in kept if told.period_of(case, query) == period["label"]]
        assert totals == state_counts(mine)
        add_up(totals)


@given(query=questions())
@MANY
def test_views(varied_client, oracle, query):
    answer, measure = ask(varied_client, "views.json", query), query["measure"]
    kept = oracle.kept(query)
    assert answer["total"] == {"count": told.measured(kept, measure), **state_counts(kept)}

    periods = answer["series"]["periods"]
    by_period = told.grouped(kept, lambda case: told.period_of(case, query), measure)
    assert {each["label"]: each["count"] for each in periods if each["count"]} == by_period
    assert sum(each["all"] for each in periods) == len(kept)
    for each in periods:
        add_up(each)
        assert each["from"] < each["to"]

    assert dict(flattened(answer["classes"])).items() <= told.by_class(kept, measure).items()
    roots = {node["path"]: node["count"] for node in answer["classes"]}
    assert roots == {path: n for path, n in told.by_class(kept, measure).items() if "/" not in path}

    hours = told.grouped(
        kept, lambda case: (case["received_local"].weekday(), case["received_local"].hour), measure
    )
    shown = {(d, h): n for d, row in enumerate(answer["hours"]) for h, n in enumerate(row) if n}
    assert shown == hours
    if measure == "reports":
        assert sum(each["count"] for each in periods) == len(kept)
        assert sum(roots.values()) == sum(shown.values()) == len(kept)


@given(query=questions())
@MANY
def test_townships(varied_client, oracle, query):
    answer = ask(varied_client, "views.json", query)["townships"]
    measure, kept = query["measure"], oracle.kept(query)

    def township(case):
        return told.area_of(case, query.get("attribution", "location"))[0]

    counts = told.grouped(kept, township, measure)
    rows = {row["code"]: row for row in answer["rows"]}
    assert {code: row["count"] for code, row in rows.items() if row["count"]} == counts
    assert answer["none"]["count"] == told.measured(
        [case for case in kept if township(case) is None], measure
    )
    for code, row in rows.items():
        people = POPULATION[code]
        rate = None if people is None else row["count"] / people * 10_000
        assert row["rate"] == pytest.approx(rate)
        assert row["rank"] == 1 + sum(other["count"] > row["count"] for other in answer["rows"])
    if measure == "reports":
        assert sum(counts.values()) + answer["none"]["count"] == len(kept)
    for when in ("latest", "previous"):
        if answer[when]:
            days = oracle.of_all_times(query)
            mine = [
                case
                for case in days
                if answer[when]["from"] <= str(case["received_local"].date()) < answer[when]["to"]
            ]
            found = told.grouped(mine, township, measure)
            assert {code: row[when] for code, row in rows.items() if row[when]} == {
                code: n for code, n in found.items() if code in rows
            }


@given(query=questions())
@MANY
def test_selection(varied_client, oracle, query):
    answer, kept = ask(varied_client, "selection.json", query), oracle.kept(query)
    for measure in ("reports", "callers", "incidents"):
        assert answer[measure] == told.measured(kept, measure)
    assert answer["parts"] == state_counts(kept)
    assert answer["top_caller_reports"] == told.top_caller(kept)
    assert answer["unknown_callers"] == sum(case["caller"] is None for case in kept)
    assert answer["rates"] == pytest.approx(told.rates(kept))
    by_path = told.grouped(kept, lambda case: told.class_paths(case)[-1], query["measure"])
    assert {each["path"]: each["count"] for each in answer["classes"]} == by_path
    resolution = query.get("resolution", 9)
    assert answer["cells"] == len(told.grouped(kept, lambda case: told.cell_of(case, resolution)))
    places = told.grouped(kept, lambda case: case["place"], query["measure"])
    assert {each["code"]: each["count"] for each in answer["places"]} == places


@given(
    query=questions(),
    sort=st.sampled_from(["received", "-received", "class", "-class", "township", "status"]),
    size=st.integers(1, 100),
)
@MANY
def test_case_pages_hold_each_case_once_in_order(varied_client, oracle, query, sort, size):
    kept = oracle.kept(query)
    first = ask(varied_client, "cases.json", {**query, "sort": sort, "size": size})
    assert first["total"] == len(kept)
    assert first["pages"] == max(1, -(-len(kept) // size))
    numbers = sorted({1, first["pages"] // 2 or 1, first["pages"]})
    rows = []
    for number in numbers:
        page = ask(
            varied_client, "cases.json", {**query, "sort": sort, "size": size, "page": number}
        )
        rows.append(page["rows"])
    key = sort.removeprefix("-")
    received = {case["case_id"]: case for case in kept}
    shown = [row for page in rows for row in page]
    assert len({row["case_id"] for row in shown}) == len(shown)
    assert {row["case_id"] for row in shown} <= set(received)
    if key == "received":
        ordered = sorted(kept, key=lambda case: case["received_local"])
        ordered = ordered[::-1] if sort.startswith("-") else ordered
        for number, page in zip(numbers, rows, strict=True):
            part = ordered[(number - 1) * size : number * size]
            assert [f"{c['received_local']:%Y-%m-%d %H:%M}" for c in part] == [
                row["received"] for row in page
            ]
    elif key == "class":
        classes = [(row["class_1"] is None, row["class_1"] or "") for row in shown]
        assert classes == sorted(classes, reverse=sort.startswith("-"))


def test_townships_of_other_areas_are_not_listed(varied_client):
    rows = ask(varied_client, "views.json", {"district": "D1"})["townships"]["rows"]
    assert {row["code"] for row in rows} == {c for c, (_, d) in TOWNSHIPS.items() if d == "D1"}
