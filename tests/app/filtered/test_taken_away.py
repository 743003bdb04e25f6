"""What is taken away of a filter is what the page's own answers say of it, for whoever asks."""

from __future__ import annotations

import csv
import io
import json
import re

import geopandas as gpd
import pyogrio
import pytest
from hypothesis import HealthCheck, given, settings
from python_calamine import CalamineWorkbook

from app.accounts.access import operator
from app.accounts.units import UnitValues, create_unit
from app.services import services
from app.takeaway.counted import page as page_module
from app.takeaway.counted import question as asked
from geodata.spreadsheets import neutralise
from tests.app.filtered.payloads import read_cells
from tests.app.filtered.questions import questions
from tests.conftest import SLOW
from tests.people import client_as

SOME = settings(
    max_examples=100 if SLOW else 15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
BASE = "/hotspots/counts"
UNITS = {"reports": "件", "callers": "人", "incidents": "个问题"}
WITHOUT_CELL = "未定位"


@pytest.fixture(scope="module")
def viewer(varied_client):
    return client_as(varied_client.application, "viewer", ["viewer"])


def sent(query):
    return {name: value for name, value in query.items() if name != "polygon"}


def take(client, kind, query):
    answer = client.get(f"{BASE}/take-away/{kind}", query_string=sent(query))
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return answer.data


def table(client, query):
    """The rows of a CSV, by the heads of its columns."""
    text = take(client, "csv", query).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def views(client, query):
    return client.get(f"{BASE}/views.json", query_string=sent(query)).get_json()


def written(count, untold=None):
    """A count as a table has it: what is not told is empty."""
    return "" if count is None or count < 0 or count == untold else str(count)


@pytest.mark.parametrize("who", ["varied_client", "viewer"])
@given(query=questions())
@SOME
def test_cells_are_those_of_the_map(request, who, query):
    client = request.getfixturevalue(who)
    if who == "viewer" and ("cells" in query or "lasso" in query):
        refused = client.get(f"{BASE}/take-away/csv", query_string=sent(query))
        assert refused.status_code == 403
        return
    told = read_cells(client.get(f"{BASE}/cells.bin", query_string=sent(query)).data)
    untold, unit = told.header.get("suppressed"), UNITS[query["measure"]]
    rows = {row["单元"]: row for row in table(client, query)}
    rest = rows.pop(WITHOUT_CELL, None)
    assert list(rows) == told.cells
    for cell, row in rows.items():
        assert row[f"合计 ({unit})"] == written(told.whole[cell], untold)
        for period in told.header["periods"]:
            count = told.by_period.get((cell, period["label"]), 0)
            assert row[f"{period['label']} ({unit})"] == written(count, untold)
    if query["measure"] == "reports":
        for period, parts in zip(told.header["periods"], told.header["totals"], strict=True):
            shown = rest[f"{period['label']} ({unit})"] if rest else "0"
            assert shown == written(parts["unlocated"])


def test_cells_are_of_the_size_that_the_map_draws(varied_client):
    """By zoom: the size stands beside the filter and selects nothing; a chosen one goes before."""
    drawn = {row["H3 精度"] for row in table(varied_client, {"size": 8})}
    chosen = {row["H3 精度"] for row in table(varied_client, {"size": 8, "resolution": 10})}
    assert (drawn, chosen) == ({"8"}, {"10"})
    told = read_cells(varied_client.get(f"{BASE}/cells.bin?resolution=8").data)
    assert [row["单元"] for row in table(varied_client, {"size": 8})][:-1] == told.cells
    assert varied_client.get(f"{BASE}/take-away/csv?size=7").status_code == 400


@pytest.mark.parametrize("sent", ["7", "9" * 5000, "x", "9.0"])
@pytest.mark.parametrize("name", ["size", "resolution"])
def test_a_size_that_is_none_is_refused(varied_client, name, sent):
    answer = varied_client.get(f"{BASE}/take-away/csv", query_string={name: sent})
    assert answer.status_code == 400


@given(query=questions())
@SOME
def test_no_case_vanishes(varied_client, query):
    """Reports add up to the total of the page: in cells, beside them, in townships, in none."""
    query = {**query, "measure": "reports"}
    total = views(varied_client, query)["total"]["count"]
    for ground in ("counts", "rate"):
        rows = table(varied_client, {**query, "of": ground})
        assert sum(int(row["合计 (件)"]) for row in rows) == total


@pytest.mark.parametrize("who", ["varied_client", "viewer"])
@given(query=questions())
@SOME
def test_townships_are_those_of_the_ranking(request, who, query):
    client = request.getfixturevalue(who)
    if who == "viewer" and ("cells" in query or "lasso" in query):
        return
    told, unit = views(client, query)["townships"], UNITS[query["measure"]]
    rows = table(client, {**query, "of": "rate"})
    if told["none"]["count"]:
        none = rows.pop()
        assert (none["代码"], none[f"合计 ({unit})"]) == ("", written(told["none"]["count"]))
    assert len(rows) == len(told["rows"])
    for row, wanted in zip(rows, told["rows"], strict=True):
        assert (row["代码"], row["名称"]) == (wanted["code"], wanted["name"])
        assert row["位次"] == str(wanted["rank"])
        for head, name in (("合计", "count"), ("最近一期", "latest"), ("上一期", "previous")):
            assert row[f"{head} ({unit})"] == written(wanted[name])
        assert row["人口 (人)"] == written(wanted["population"])
        rate = wanted["rate"]
        assert row[f"每万人 ({unit}/万人)"] == ("" if rate is None else str(rate))


def test_a_viewer_reads_no_small_count(viewer):
    counts = [
        value for row in table(viewer, {}) for head, value in row.items() if head.endswith("(件)")
    ]
    assert "" in counts
    assert {int(value) % 5 for value in counts if value} == {0}
    rows = table(viewer, {"of": "rate"})
    assert {row["日均环比"] for row in rows} == {""}
    callers = table(viewer, {"measure": "callers"})
    assert WITHOUT_CELL not in {row["单元"] for row in callers}, "no page tells these callers"


def test_without_a_denominator_there_is_no_rate(varied_client):
    (row, *_) = table(varied_client, {"of": "rate", "denominator": "none"})
    assert not [head for head in row if "万人" in head or "人口" in head]


def test_what_is_shown_is_taken_when_nothing_is_named(varied_client):
    shown = {name: take(varied_client, "csv", {"layer": name}) for name in ("rate", "counts")}
    assert shown["rate"] == take(varied_client, "csv", {"of": "rate"})
    assert shown["counts"] == take(varied_client, "csv", {"of": "counts"})


def book_of(client, query):
    return CalamineWorkbook.from_filelike(io.BytesIO(take(client, "xlsx", query)))


def test_the_workbook_says_the_filter_in_words(varied_client):
    query = {
        "class": ["噪声/施工", "噪声/~"], "channel": ["电话", "~"], "district": "D1",
        "from": "2024-03-16", "to": "2024-04-01", "measure": "callers", "period": "half_month",
        "attribution": "reported", "place": "P1", "hours": "8,9,30", "layer": "rate",
    }  # fmt: skip
    book = book_of(varied_client, query)
    assert book.sheet_names == ["六边形单元", "各街乡镇", "列的说明", "来源与方法"]
    said = dict(book.get_sheet_by_name("来源与方法").to_python()[1:])
    assert said["时段"] == "2024-03-16 至 2024-03-31"
    assert said["问题分类"] == "噪声 / 施工、噪声 / 未细分"
    assert said["受理渠道"] == "电话、（无）"
    assert (said["区"], said["点位"]) == ("甲区", "花园小区")
    assert said["钟点"] == "周一 8 9 时、周二 6 时"
    assert said["计量"] == "诉求人数 (人)"
    assert (said["归属口径"], said["分母"]) == ("被反映地", "人口（每万人）")
    assert said["合计"] == f"{views(varied_client, query)['total']['count']} 人"
    assert "不能相加" in said
    assert said["数据版本"] == str(views(varied_client, query)["version"])
    again = varied_client.get(said["打开同一画面"].replace("/hotspots?", f"{BASE}/views.json?"))
    assert again.get_json() == views(varied_client, query)
    explained = {tuple(row[:2]) for row in book.get_sheet_by_name("列的说明").to_python()[1:]}
    for name in ("六边形单元", "各街乡镇"):
        heads = [head.split(" (")[0] for head in book.get_sheet_by_name(name).to_python()[0]]
        assert {(name, head) for head in heads} <= explained


def test_what_the_filter_leaves_open_is_not_listed(varied_client):
    said = dict(book_of(varied_client, {}).get_sheet_by_name("来源与方法").to_python()[1:])
    assert said.keys().isdisjoint({"问题分类", "受理渠道", "区", "点位", "钟点", "圈选范围"})


def test_a_place_elsewhere_is_told_by_its_code(varied_client):
    """As on the page, which names places of the reader's own area alone."""
    app = varied_client.application
    values = UnitValues(name="北乡", kind="township", area_code="T4")
    unit = create_unit(operator(services(app).database), values)
    elsewhere = client_as(app, "of-t4", ["planner"], unit.id)
    book = book_of(elsewhere, {"place": "P1"})
    assert dict(book.get_sheet_by_name("来源与方法").to_python()[1:])["点位"] == "P1"


def test_formulas_stay_text(varied_client, monkeypatch):
    real = asked.views_json

    def hostile(narrowed):
        answer = real(narrowed)
        for row in answer["townships"]["rows"]:
            row["name"] = "=1+1"
        return answer

    monkeypatch.setattr(asked, "views_json", hostile)
    rows = table(varied_client, {"of": "rate"})
    assert {row["名称"] for row in rows[:-1]} == {"'=1+1"}
    book = book_of(varied_client, {"class": "@SUM(A1)", "handler": "=1+1"})
    cells = [
        cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()
        for cell in row
    ]  # fmt: skip
    assert {"'@SUM(A1)", "'=1+1"} <= set(cells)
    assert all(neutralise(cell) == cell for cell in cells)


@pytest.mark.parametrize("ground", ["counts", "rate"])
def test_geojson_opens_in_a_gis(varied_client, tmp_path, ground):
    query = {"of": ground, "class": "噪声", "period": "year"}
    path = tmp_path / "taken.geojson"
    path.write_bytes(take(varied_client, "geojson", query))
    found = pyogrio.read_dataframe(path)
    placed = found[found.geometry.notna()]
    assert placed.contains(gpd.GeoSeries.from_xy(placed["lng"], placed["lat"], crs=4326)).all()
    assert [written(n) for n in found["count"]] == [
        row["合计 (件)"] for row in table(varied_client, query)
    ]
    said = json.loads(path.read_text("utf-8"))
    assert set(said["fields"]) == set(found.columns) - {"geometry"}
    assert said["source"]["问题分类"] == "噪声"
    if ground == "counts":
        assert {"2023", "2024", "2025"} <= set(found.columns)


def test_a_geopackage_is_made_in_the_background(varied_client, viewer, tmp_path):
    query = {"class": "噪声", "measure": "incidents", "period": "year", "hours": "8,9"}
    begun = varied_client.post(f"{BASE}/take-away/gpkg", query_string=query)
    job = begun.headers["Location"].split("/")[-2]
    state = varied_client.get(f"/jobs/{job}").get_json()
    assert state["state"] == "done", state
    page = varied_client.get(state["result_url"]).text
    assert "hours=8,9" in page
    path = tmp_path / "taken.gpkg"
    path.write_bytes(varied_client.get(f"{state['result_url']}/file").data)
    assert {name for name, _kind in pyogrio.list_layers(path)} == {
        "cells", "townships", "fields", "source",
    }  # fmt: skip
    for layer, ground in (("cells", "counts"), ("townships", "rate")):
        found = pyogrio.read_dataframe(path, layer=layer)
        rows = table(varied_client, {**query, "of": ground})
        assert [str(n) for n in found["count"]] == [row["合计 (个问题)"] for row in rows]
    said = pyogrio.read_dataframe(path, layer="source").set_index("label")["text"]
    assert said["钟点"] == "周一 8 9 时"
    assert viewer.get(f"{state['result_url']}/file").status_code == 404


def page_of(client, query):
    begun = client.post(f"{BASE}/take-away/html", query_string=sent(query))
    state = client.get(f"/jobs/{begun.headers['Location'].split('/')[-2]}").get_json()
    assert state["state"] == "done", state
    return client.get(f"{state['result_url']}/file").data.decode()


def drawn_in(page, column):
    """Areas of a page with their counts, as the page's own script has them, by a column."""
    data = re.findall(r"_add\((\{.*\})\);", page)
    rows = [each["properties"] for text in data for each in json.loads(text)["features"]]
    return {row[column]: row["件"] for row in rows if column in row}


@pytest.mark.parametrize("who", ["varied_client", "viewer"])
def test_an_offline_map_tells_what_the_tables_tell(request, who):
    client, query = request.getfixturevalue(who), {"class": "噪声", "layer": "rate"}
    page = page_of(client, query)
    assert not re.search(r"(src|href)=[\"'](https?:)?//", page)
    for column, ground in (("单元", "counts"), ("街乡镇", "rate")):
        rows = table(client, {**query, "of": ground})
        told = {row["单元" if ground == "counts" else "名称"]: row["合计 (件)"] for row in rows}
        shown = {name: "" if text.startswith("<") else text.replace(",", "")
                 for name, text in drawn_in(page, column).items()}  # fmt: skip
        assert shown
        assert shown == {name: told[name] for name in shown}
        assert any(text for text in shown.values())


def test_an_offline_map_of_nothing_still_shows_the_city(varied_client):
    page = page_of(varied_client, {"district": "nosuch", "layer": "rate"})
    bounds = page.rpartition(".fitBounds(")[2][:200]
    assert re.search(r"\[\[\d", bounds.replace(" ", "").replace("\n", "")), bounds


def test_an_offline_map_of_too_many_cells_is_refused(varied_client, monkeypatch):
    monkeypatch.setattr(page_module, "MOST_CELLS", 3)
    begun = varied_client.post(f"{BASE}/take-away/html")
    state = varied_client.get(f"/jobs/{begun.headers['Location'].split('/')[-2]}").get_json()
    assert state["state"] == "failed"
    assert "更粗的精度" in state["message"]


def test_every_take_away_is_in_the_audit(varied_client):
    answer = varied_client.get(f"{BASE}/take-away/csv?class=噪声&from=2024-01-01&of=rate")
    name = answer.headers["Content-Disposition"].partition("filename=")[2]
    assert name.startswith("suyuan-counts-")
    assert "townships-20240101-" in name
    rows = varied_client.get("/audit/audit.csv").data.decode("utf-8-sig")
    (row,) = [line for line in rows.splitlines() if name in line]
    assert "from=2024-01-01" in row, "the filter is told, too"


def test_files_of_one_filter_carry_one_mark(varied_client):
    def mark(kind, query):
        answer = varied_client.get(f"{BASE}/take-away/{kind}?class=噪声&{query}")
        return re.search(r"v\d+-[0-9a-f]{8}", answer.headers["Content-Disposition"]).group()

    assert mark("csv", "of=rate") == mark("csv", "of=counts") == mark("xlsx", "layer=rate")
    assert mark("csv", "of=rate") != mark("csv", "of=rate&channel=电话")


@pytest.mark.parametrize("kind", ["csv", "xlsx", "geojson", "png"])
@pytest.mark.parametrize(
    "query",
    [
        {"from": "2024-13-01"}, {"from": "2024-02-01", "to": "2024-02-01"}, {"measure": "people"},
        {"denominator": "area"}, {"of": "cells"}, {"layer": "<b>"}, {"cells": "zzz"},
        {"lasso": "x"}, {"periods": "2024-1"}, {"class": "x" * 201},
    ],
)  # fmt: skip
def test_bad_filters_are_told_in_one_line(varied_client, kind, query):
    answer = varied_client.get(
        f"{BASE}/take-away/{kind}", query_string=query, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 400
    (line,) = answer.get_json().values()
    assert line
    assert "\n" not in line


@pytest.mark.parametrize("limit", ["MOST_NUMBERS", "MOST_PERIODS"])
def test_a_table_that_is_too_large_is_refused(varied_client, monkeypatch, limit):
    monkeypatch.setattr(f"app.takeaway.counted.layers.{limit}", 10)
    answer = varied_client.get(f"{BASE}/take-away/csv", headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert "时段" in answer.get_json()["error"]


@pytest.mark.parametrize("kind", ["csv", "csv?of=rate", "xlsx", "geojson", "geojson?of=rate"])
def test_an_empty_home_gives_empty_tables(empty_client, kind):
    assert empty_client.get(f"{BASE}/take-away/{kind}").status_code == 200
