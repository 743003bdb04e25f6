"""The page of data quality: everything counted, listed, exported, and decided by hand."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.cases.quality import quality_of
from app.cases.uploads import import_file
from app.hotspots.runs import RunSummary
from geodata.areas import import_boundaries
from geodata.coordinate_checks.rules import RULES
from geodata.home import Home
from geodata.schema import FLAGS
from tests.app import small_city
from tests.conftest import run_suyuan
from tests.people import first_client, make_app

EVIL = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A city with a default point, in which one file has a formula for a title."""
    home = Home.at(tmp_path / "home")
    townships = small_city.write_townships(tmp_path / "townships.geojson")
    import_boundaries(home, townships, level="township", code_field="code", name_field="name")
    rng = np.random.default_rng(3)
    lines = ["case_id,received_at,class_1,title,address,lng,lat"]
    for i in range(300):
        at = (83.015, 39.011) if i < 60 else (rng.uniform(83, 83.12), rng.uniform(39, 39.04))
        title = f'"{EVIL.replace(chr(34), chr(34) * 2)}"' if i == 5 else f"第{i}件"
        road = f"{chr(0x4E10 + i)}{chr(0x5E10 + 3 * i)}路{i}号"
        when = f"2025-0{1 + i % 3}-03 08:00:00"
        lines.append(f"c{i},{when},噪声,{title},{road},{at[0]:.6f},{at[1]:.6f}")
    (tmp_path / "a.csv").write_text("\n".join(lines), "utf-8")
    import_file(home, tmp_path / "a.csv", "suyuan")
    return home


@pytest.fixture
def visitor(home: Home) -> FlaskClient:

    app: Flask = make_app(home.path)
    return first_client(app)


def test_every_flag_has_its_rule() -> None:
    assert list(RULES) == list(FLAGS)
    for note in RULES.values():
        assert note.english
        assert note.chinese


def test_everything_adds_up(home: Home) -> None:
    found = quality_of(home, "en")
    assert found is not None
    assert found.cases == found.located + found.unlocated == 300
    assert {each.flag: each.cases for each in found.flags if each.cases} == {"default_point": 60}
    (point,) = found.points
    assert (point.lng, point.lat, point.cases, point.addresses) == (83.015, 39.011, 60, 60)
    assert found.months == ("2025-01", "2025-02", "2025-03")
    assert found.unlocated_by_month == pytest.approx((0.2, 0.2, 0.2))
    (batch,) = found.batches
    part = quality_of(home, "en", batch.batch)
    assert part is not None
    assert part.cases == batch.cases == 300
    assert batch.coordinate_system is not None
    assert batch.note is None


def test_a_decision_takes_effect_and_can_be_taken_back(home: Home, visitor: FlaskClient) -> None:
    page = visitor.get("/cases/quality").text
    assert "83.015000, 39.011000" in page
    assert "small-map" in page
    form = {"lng": "83.015", "lat": "39.011", "meaning": "real_place"}
    answer = visitor.post("/cases/quality/decide", data=form)
    assert "/jobs/" in answer.headers["Location"]
    found = quality_of(home, "en")
    assert found is not None
    assert found.located == 300
    assert "人工认定：真实地点" in visitor.get("/cases/quality").text
    visitor.post("/cases/quality/decide", data={**form, "meaning": "undecided"})
    again = quality_of(home, "en")
    assert again is not None
    assert again.located == 240
    assert len(again.decisions) == 2


@pytest.mark.parametrize(
    "form",
    [
        {"lng": "x", "lat": "39", "meaning": "default_point"},
        {"lng": "83", "lat": "99", "meaning": "default_point"},
        {"lng": "83", "lat": "39", "meaning": "nothing"},
        {},
    ],
)
def test_wrong_decisions_are_told(visitor: FlaskClient, form: dict[str, str]) -> None:
    assert visitor.post("/cases/quality/decide", data=form).status_code == 400


def test_the_list_of_a_point_and_its_file(home: Home, visitor: FlaskClient) -> None:
    page = visitor.get("/cases?at=83.015,39.011").text
    assert "60 件诉求" in page
    assert re.search(r"<strong>60 件</strong> · 60 人 · 60 个问题", page)
    answer = visitor.get("/cases/list.csv?flag=default_point")
    assert answer.text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == 60
    assert all(row["flags"] == "default_point" for row in rows)
    evil = next(row for row in rows if row["case_id"] == "c5")
    assert evil["title"] == f"'{EVIL}"
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]


def test_a_batch_can_be_read_in_another_system(home: Home, visitor: FlaskClient) -> None:
    (report,) = (home.path / "batches").glob("*.json")
    batch = json.loads(report.read_text("utf-8"))["batch"]
    assert "坐标系" in visitor.get(f"/cases/batches/{batch}").text
    wrong = visitor.post(f"/cases/batches/{batch}/system", data={"crs": "EPSG:4547"})
    assert wrong.status_code == 400
    visitor.post(f"/cases/batches/{batch}/system", data={"crs": "GCJ-02"})
    rows = list(csv.DictReader(io.StringIO(visitor.get("/cases/list.csv").text)))
    assert {row["source_crs"] for row in rows} == {"GCJ-02"}
    assert visitor.post("/cases/batches/none/system", data={"crs": "GCJ-02"}).status_code == 404


def test_an_empty_home_says_what_it_needs(empty_client: FlaskClient) -> None:
    assert "导入诉求以后" in empty_client.get("/cases/quality").text


def test_it_says_of_which_coordinates_it_counts(empty_client: FlaskClient, tmp_path: Path) -> None:
    home, file = Home.at(tmp_path / "home"), tmp_path / "a.csv"
    file.write_text("case_id,received_at,address\na,2025-01-03,东路1号\nb,2025-01-03,东路1号\n")
    import_file(home, file, "suyuan")
    page = empty_client.get("/cases/quality").text
    assert "没有一件诉求带有文件给出的坐标" in page
    assert "按地址或点位定位的诉求不在其中" in page
    file.write_text("case_id,received_at,lng,lat\nc,2025-01-03,83.012345,39.012345\n")
    import_file(home, file, "suyuan")
    page = empty_client.get("/cases/quality").text
    assert "文件给出的坐标中，没有两件已定位的诉求在同一坐标上" in page
    empty_client.post("/language", data={"language": "en"})
    page = empty_client.get("/cases/quality").text
    assert "Of the coordinates that files give, none has more than one located case" in page


def test_commands(home: Home, tmp_path: Path) -> None:
    quality = run_suyuan(home.path, "cases", "quality")
    assert quality["cases"] == 300
    assert {"flags", "points", "batches", "months", "exact_duplicates"} <= set(quality)
    counts = run_suyuan(home.path, "cases", "count", "--measure", "incidents")
    assert counts["count"] == counts["located"] + counts["unlocated"]
    by = run_suyuan(home.path, "cases", "count", "--by", "month", "--measure", "callers")
    assert sum(by["counts"].values()) == 300
    file = tmp_path / "list.csv"
    listed = run_suyuan(home.path, "cases", "list", "--csv", file, "--flag", "default_point")
    assert listed["cases"] == 60
    decided = run_suyuan(home.path, "cases", "decide", "83.015", "39.011", "--as", "real_place")
    assert (decided["changed"], decided["located"]) == (60, 300)
    batch = quality["batches"][0]["batch"]
    assert run_suyuan(home.path, "cases", "set-crs", batch, "--crs", "BD-09")["changed"] == 300


@pytest.mark.parametrize("measure", ["reports", "callers", "incidents"])
def test_sheets_count_in_the_measure_asked_for(
    client: FlaskClient, city_run: RunSummary, measure: str
) -> None:
    page = client.get(f"/townships/T2?run={city_run.id}&measure={measure}").text
    name = {"reports": "诉求件数", "callers": "诉求人数", "incidents": "问题数"}[measure]
    assert re.search(rf'class="btn btn-sm active"[^>]*>{name}<', page)
    assert client.get(f"/townships/T2?run={city_run.id}&measure=x").status_code == 400
