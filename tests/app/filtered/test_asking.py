"""What may be asked, what is refused in one line, and who may see what."""

from __future__ import annotations

import contextlib
import json

import h3
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounts.access import operator
from app.accounts.areas import EVERYWHERE, NOWHERE, Area
from app.accounts.units import UnitValues, create_unit
from app.cases.facts.table import facts_of
from app.cases.selection import case_frame
from app.errors import InvalidParameter
from app.hotspots.filtered.answers import views_json
from app.hotspots.filtered.card import selection_json
from app.hotspots.filtered.case_pages import cases_json
from app.hotspots.filtered.cells import cells_payload
from app.hotspots.filtered.forms import CasePageFilter, CountFilter
from app.hotspots.filtered.lasso import decode_lasso
from app.hotspots.filtered.narrowing import Narrowed
from app.hotspots.filtered.options import options_json
from app.hotspots.filtered.scope import Scope
from app.services import services
from tests.app.filtered.questions import encoded
from tests.app.filtered.varied_city import SIDE, SOUTH, WEST, make_varied_city
from tests.people import client_as, make_app

ANSWERS = ("cells.bin", "views.json", "selection.json", "cases.json", "options.json")


def test_the_published_polyline_is_read():
    """Example of the format's own page."""
    corners = decode_lasso("_p~iF~ps|U_ulLnnqC_mqNvxq`@").exterior.coords[:3]
    assert corners == [(-120.2, 38.5), (-120.95, 40.7), (-126.453, 43.252)]


@given(
    st.lists(
        st.tuples(st.integers(-18_000_000, 18_000_000), st.integers(-9_000_000, 9_000_000)),
        min_size=3,
        max_size=100,
    )
)
@settings(deadline=None)
def test_a_lasso_comes_back_as_it_was_drawn(corners):
    vertices = [(lng / 1e5, lat / 1e5) for lng, lat in corners]
    found = list(decode_lasso(encoded(vertices)).exterior.coords)
    assert np.array(found[: len(vertices)]) == pytest.approx(np.array(vertices))


@given(st.text(max_size=60))
def test_any_text_is_a_lasso_or_refused(text):
    with contextlib.suppress(InvalidParameter):
        assert 3 <= len(decode_lasso(text).exterior.coords) <= 101


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"from": "2024-13-01"}, "from"),
        ({"from": "2024-02-01", "to": "2024-02-01"}, "2024-02-01"),
        ({"measure": "people"}, "measure"),
        ({"attribution": "x"}, "attribution"),
        ({"resolution": "7"}, "resolution"),
        ({"resolution": "九"}, "resolution"),
        ({"period": "week"}, "period"),
        ({"month_start": "29"}, "month_start"),
        ({"cells": "zzz"}, "cells"),
        ({"cells": "892a100d2c3ffff,ffffffffffffffff"}, "cells"),
        ({"cells": "8f2a100d2c3ffff"}, "cells"),
        ({"cells": h3.latlng_to_cell(39.0, 83.0, 11)}, "cells"),
        ({"lasso": "x"}, "lasso"),
        ({"lasso": encoded([(0, 0)] * 101)}, "lasso"),
        ({"hours": "168"}, "hours"),
        ({"hours": "-1"}, "hours"),
        ({"hours": "a"}, "hours"),
        ({"periods": "2024-1"}, "periods"),
        ({"class": "x" * 201}, "class"),
        ({"channel": [str(i) for i in range(101)]}, "channel"),
    ],
)
@pytest.mark.parametrize("answer", ANSWERS[:4])
def test_bad_values_are_refused_by_name(varied_client, answer, query, named):
    response = varied_client.get(f"/hotspots/counts/{answer}", query_string=query)
    assert response.status_code == 400
    (line,) = response.get_json().values()
    assert "\n" not in line
    assert named in line or named == "lasso"


@pytest.mark.parametrize("query", [{"page": "0"}, {"size": "101"}, {"sort": "caller"}])
def test_bad_pages_are_refused(varied_client, query):
    assert varied_client.get("/hotspots/counts/cases.json", query_string=query).status_code == 400


@given(
    st.dictionaries(
        st.sampled_from(
            ["from", "to", "class", "district", "cells", "lasso", "hours", "periods", "resolution",
             "period", "month_start", "page", "size", "sort", "measure", "place", "coarser"]
        ),
        st.text(max_size=30) | st.integers().map(str),
        max_size=4,
    ),
    st.sampled_from(ANSWERS),
)  # fmt: skip
@settings(deadline=None, max_examples=150)
def test_no_query_breaks_anything(varied_client, query, answer):
    response = varied_client.get(f"/hotspots/counts/{answer}", query_string=query)
    assert response.status_code in {200, 400}


def test_values_that_no_case_has_keep_none(varied_client):
    for name in ("class", "channel", "kind", "handler", "district", "township", "status", "place"):
        answer = varied_client.get(
            "/hotspots/counts/views.json", query_string={name: "无此值"}
        ).get_json()
        assert answer["total"]["all"] == 0


def test_too_many_bins_are_refused(varied_client, monkeypatch):
    monkeypatch.setattr("app.hotspots.filtered.cells.MOST_BINS", 100)
    response = varied_client.get("/hotspots/counts/cells.bin", query_string={"period": "day"})
    assert response.status_code == 400
    assert "period" in response.get_json()["error"] or "时段" in response.get_json()["error"]


def resolution_of(payload):
    size = int.from_bytes(payload[:4], "little")
    return json.loads(payload[4 : 4 + size])["resolution"]


@pytest.mark.parametrize("limit", ["MOST_BINS", "LARGEST_UNASKED"])
def test_cells_that_are_too_many_give_way_to_coarser_ones(varied_home, monkeypatch, limit):
    def given(resolution):
        asked = CountFilter.read({"from": "2024-01-01", "to": "2025-01-01", "period": "year"})
        chosen = asked.model_copy(update={"resolution": resolution})
        now = Narrowed.of(varied_home, Scope(chosen))
        return resolution_of(cells_payload(now, coarser=True))

    n = {each: facts_of(varied_home).cells_at(each)[0].size for each in (8, 9, 10)}
    assert n[8] < n[9] < n[10]
    assert [given(each) for each in n] == [8, 9, 10]
    monkeypatch.setattr(f"app.hotspots.filtered.cells.{limit}", n[9])
    assert [given(each) for each in n] == [8, 9, 9]
    monkeypatch.setattr(f"app.hotspots.filtered.cells.{limit}", n[8])
    assert [given(each) for each in n] == [8, 8, 8]


def test_a_script_asks_for_coarser_cells_in_its_address(varied_client, monkeypatch):
    monkeypatch.setattr("app.hotspots.filtered.cells.LARGEST_UNASKED", 1)
    url = "/hotspots/counts/cells.bin?resolution=10"
    assert resolution_of(varied_client.get(f"{url}&coarser=1").data) == 8
    assert resolution_of(varied_client.get(url).data) == 10
    assert varied_client.get(f"{url}&coarser=x").status_code == 400


def test_where_the_coarsest_cells_are_too_many_none_come(varied_client, monkeypatch):
    monkeypatch.setattr("app.hotspots.filtered.cells.MOST_BINS", 1)
    url = "/hotspots/counts/cells.bin?period=half_month&resolution=10&coarser=1"
    assert varied_client.get(url).status_code == 400


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_that_the_browser_has_is_not_sent_again(varied_client, answer):
    url = f"/hotspots/counts/{answer}?class=%E5%99%AA%E5%A3%B0"
    first = varied_client.get(url)
    tag = first.headers["ETag"]
    assert varied_client.get(url, headers={"If-None-Match": tag}).status_code == 304
    other = f"/hotspots/counts/{answer}?attribution=handler"
    changed = varied_client.get(other, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.headers["ETag"] != tag) == (200, True)


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_empty_home_answers_with_nothing(empty_client, answer):
    response = empty_client.get(f"/hotspots/counts/{answer}")
    assert response.status_code == 200
    if answer == "views.json":
        assert response.get_json()["total"]["all"] == 0


AREAS = [
    Area(districts=frozenset({"D1"}), townships=frozenset({"T1", "T2"})),
    Area(townships=frozenset({"T3"}), names=frozenset({"西镇"})),
    Area(names=frozenset({"甲区"}), handlers=frozenset({"市水务局"})),
    Area(handlers=frozenset({"中街道", "无此单位"})),
    NOWHERE,
]


@pytest.mark.parametrize("area", AREAS)
def test_nobody_counts_beyond_their_area(varied_home, area):
    own = area.keep_cases(case_frame(varied_home)).collect()
    now = Narrowed.of(varied_home, Scope(CountFilter(), area))
    views = views_json(now)
    assert views["total"]["all"] == own.height
    assert {row["code"] for row in views["townships"]["rows"]} == area.townships
    assert selection_json(now)["reports"] == own.height
    offered = options_json(now)
    assert sum(each["count"] for each in offered["channel"]) == own.height
    page = CasePageFilter(size=100)
    shown = cases_json(Narrowed.of(varied_home, Scope(page, area)), page, lambda *_: "")
    assert shown["total"] == own.height
    assert {row["case_id"] for row in shown["rows"]} <= set(own["case_id"])


def test_the_filter_does_not_widen_the_area(varied_home):
    area = AREAS[0]
    own = area.keep_cases(case_frame(varied_home)).collect()
    asked = CountFilter.model_validate({"channel": ["电话"]})
    found = views_json(Narrowed.of(varied_home, Scope(asked, area)))["total"]["all"]
    assert found == own.filter(pl.col("channel") == "电话").height > 0


def test_answers_for_other_areas_have_other_marks():
    marks = {Scope(CountFilter(), area).mark for area in (*AREAS, EVERYWHERE)}
    assert len(marks) == len(AREAS) + 1


def test_a_district_sees_the_city_counted_and_the_cases_of_its_own(varied_home, varied_client):
    app = make_app(varied_home.path)
    database = services(app).database
    unit = create_unit(operator(database), UnitValues(name="甲区", kind="district", area_code="D1"))
    planner = client_as(app, "甲区规划", ["planner"], unit.id)
    everyone = varied_client.get("/hotspots/counts/views.json").get_json()["total"]
    assert planner.get("/hotspots/counts/views.json").get_json()["total"] == everyone
    shown = planner.get("/hotspots/counts/cases.json?size=100").get_json()
    names = frozenset({"甲区", "东街道", "中街道"})
    area = Area(townships=frozenset({"T1", "T2"}), districts=frozenset({"D1"}), names=names)
    own = area.keep_cases(case_frame(varied_home)).collect()
    assert 0 < shown["total"] == own.height < everyone["all"]


def test_the_query_cannot_name_a_limit(varied_client):
    everyone = varied_client.get("/hotspots/counts/views.json").get_json()["total"]
    for name in ("limit", "townships", "districts"):
        asked = varied_client.get("/hotspots/counts/views.json", query_string={name: "T1"})
        assert asked.get_json()["total"] == everyone


def test_what_is_offered_keeps_what_it_says(varied_client):
    offered = varied_client.get("/hotspots/counts/options.json").get_json()
    for name in ("channel", "kind", "status", "handler", "township", "district"):
        for each in offered[name]:
            answer = varied_client.get(
                "/hotspots/counts/views.json", query_string={name: each["value"]}
            ).get_json()
            assert answer["total"]["all"] == each["count"], (name, each)
    districts = {each["value"] for each in offered["district"]}
    assert {each["district"] for each in offered["township"] if each["name"]} <= districts
    nodes = list(offered["class"])
    while nodes:
        node = nodes.pop()
        answer = varied_client.get(
            "/hotspots/counts/views.json", query_string={"class": node["path"]}
        ).get_json()
        assert answer["total"]["all"] == node["count"], node
        nodes += node["children"]


def test_lines_of_cases_are_masked_and_lead_to_the_case(varied_client):
    rows = varied_client.get("/hotspots/counts/cases.json").get_json()["rows"]
    assert "13900001234" not in str(rows)
    page = varied_client.get(rows[0]["url"])
    assert page.status_code == 200
    assert rows[0]["case_id"] in page.get_data(as_text=True)


def test_without_boundaries_cases_belong_to_no_township(tmp_path):
    home = make_varied_city(tmp_path / "home")
    for path in home.boundaries.iterdir():
        path.unlink()
    for attribution in ("location", "reported", "handler"):
        asked = Scope(CountFilter(attribution=attribution))
        answer = views_json(Narrowed.of(home, asked))
        assert answer["townships"]["rows"] == []
        assert answer["townships"]["none"]["count"] == answer["total"]["all"] > 0


def test_a_lasso_selects_the_cells_whose_centre_it_holds(varied_client, oracle):
    corners = [(WEST, SOUTH), (WEST + SIDE, SOUTH), (WEST + SIDE, SOUTH + SIDE)]
    answer = varied_client.get(
        "/hotspots/counts/selection.json", query_string={"lasso": encoded(corners)}
    ).get_json()
    assert 0 < answer["reports"] < len(oracle.cases)
    assert answer["parts"]["unlocated"] == 0
