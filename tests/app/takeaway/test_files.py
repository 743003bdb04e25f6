"""What is taken away is opened again by other readers and compared with the run's own tables."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pyogrio
import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from app.hotspots import layers
from app.hotspots.runs import RunSummary
from app.services import services
from geodata.spreadsheets import neutralise
from spatial.grid import cell_name
from tests.people import client_as, first_client, township_unit

STEP = 2


def table(home: Path, run: RunSummary, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(
        home / "runs" / run.id / f"{name}.parquet"
    ).to_pylist()
    return rows


def at_step(rows: list[dict[str, Any]], step: int = STEP) -> list[dict[str, Any]]:
    return [row for row in rows if row["step"] == step]


def take(client: FlaskClient, run: RunSummary, kind: str, query: str) -> bytes:
    answer = client.get(f"/hotspots/runs/{run.id}/take-away/{kind}?{query}")
    assert answer.status_code == 200, answer.text
    name = answer.headers["Content-Disposition"]
    assert name.startswith("attachment")
    assert run.id in name
    return answer.data


def export(client: FlaskClient, run: RunSummary, kind: str, query: str = "") -> bytes:
    """Make a file in the background, which tests run at once, and take it from its page."""
    begun = client.post(f"/hotspots/runs/{run.id}/take-away/{kind}?{query}")
    job = begun.headers["Location"].split("/")[-2]
    state = client.get(f"/jobs/{job}").get_json()
    assert state["state"] == "done", state
    assert client.get(state["result_url"]).status_code == 200
    return client.get(f"{state['result_url']}/file").data


def test_csv_of_cells_is_the_runs_table(
    client: FlaskClient, city_home: Path, city_run: RunSummary
) -> None:
    data = take(client, city_run, "csv", f"step={STEP}&layer=cells,points")
    heads, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    wanted = at_step(table(city_home, city_run, "cells"))
    assert [row[0] for row in rows] == [cell_name(row["cell"]) for row in wanted]
    assert [int(row[heads.index("数量 (件)")]) for row in rows] == [row["count"] for row in wanted]
    q = heads.index("偏多 q 值")
    assert [float(row[q] or "nan") for row in rows] == pytest.approx(
        [np.nan if row["q_hot"] is None else row["q_hot"] for row in wanted], nan_ok=True
    )


def test_workbook_has_a_sheet_for_each_layer_and_says_what_columns_mean(
    client: FlaskClient, city_home: Path, city_run: RunSummary
) -> None:
    data = take(client, city_run, "xlsx", f"step={STEP}&layer=townships,points,projects")
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.sheet_names == ["街乡镇诉求比", "高频点位", "列的说明", "来源与方法"]
    heads, *rows = book.get_sheet_by_name("街乡镇诉求比").to_python()
    wanted = at_step(table(city_home, city_run, "townships"))
    assert [row[heads.index("数量 (件)")] for row in rows] == [row["count"] for row in wanted]
    assert [row[heads.index("万人诉求比 (件/万人)")] for row in rows] == pytest.approx(
        [row["rate"] for row in wanted]
    )
    explained = {tuple(row[:2]) for row in book.get_sheet_by_name("列的说明").to_python()[1:]}
    assert explained >= {("街乡镇诉求比", "万人诉求比"), ("高频点位", "达到的规则")}
    source = str(book.get_sheet_by_name("来源与方法").to_python())
    assert city_run.id in source
    assert "2025-06-30" in source


def test_geojson_opens_in_a_gis_with_the_runs_figures(
    client: FlaskClient, city_home: Path, city_run: RunSummary, tmp_path: Path
) -> None:
    path = tmp_path / "cells.geojson"
    path.write_bytes(take(client, city_run, "geojson", f"step={STEP}&of=cells"))
    found = pyogrio.read_dataframe(path)
    wanted = at_step(table(city_home, city_run, "cells"))
    assert found.crs == 4326
    assert list(found["count"]) == [row["count"] for row in wanted]
    assert list(found["level"]) == [row["level"] for row in wanted]
    assert found.contains(gpd.GeoSeries.from_xy(found["lng"], found["lat"], crs=4326)).all()
    said = json.loads(path.read_text("utf-8"))
    assert set(said["fields"]) == set(found.columns) - {"geometry"}
    assert said["fields"]["count"]["unit"] == "件"
    assert city_run.id in said["source"].values()


def test_geopackage_holds_layers_months_and_what_columns_mean(
    client: FlaskClient, city_home: Path, city_run: RunSummary, tmp_path: Path
) -> None:
    path = tmp_path / "map.gpkg"
    path.write_bytes(export(client, city_run, "gpkg", "layer=cells,clusters,points,unusual"))
    assert {name for name, _kind in pyogrio.list_layers(path)} == {
        "cells", "clusters", "points", "unusual", "cells_by_month", "fields", "source",
    }  # fmt: skip
    cells = table(city_home, city_run, "cells")
    whole = pyogrio.read_dataframe(path, layer="cells")
    assert list(whole["count"]) == [row["count"] for row in at_step(cells, -1)]
    months = pyogrio.read_dataframe(path, layer="cells_by_month")
    assert len(months) == len(cells) - len(whole)
    assert months["count"].sum() == whole["count"].sum()
    frequent = pyogrio.read_dataframe(path, layer="points")
    points = [row for row in table(city_home, city_run, "points") if row["rules"]]
    assert sorted(frequent["reports"]) == sorted(row["reports"] for row in points)
    notes = pyogrio.read_dataframe(path, layer="fields")
    for layer in ("cells", "clusters", "points"):
        columns = set(pyogrio.read_info(path, layer=layer)["fields"])
        assert columns == set(notes.loc[notes["layer"] == layer, "field"])


def test_html_is_the_command_lines_page(client: FlaskClient, city_run: RunSummary) -> None:
    text = export(client, city_run, "html").decode()
    assert "诉求聚集地图" in text
    assert city_run.id in text


def test_every_take_away_is_in_the_audit(client: FlaskClient, city_run: RunSummary) -> None:
    take(client, city_run, "csv", "of=unusual&step=1")
    rows = client.get("/audit/audit.csv").data.decode("utf-8-sig")
    assert f"suyuan-{city_run.id}-unusual-step1.csv" in rows


def test_formulas_in_names_stay_text(
    client: FlaskClient, city_run: RunSummary, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = layers.points

    def hostile(*arguments: Any) -> list[dict[str, Any]]:
        return [{**point, "name": "=1+1"} for point in real(*arguments)]

    monkeypatch.setattr(layers, "points", hostile)
    data = take(client, city_run, "csv", "of=points")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert {row[1] for row in rows[1:]} == {"'=1+1"}
    assert all(neutralise(cell) == cell for row in rows for cell in row)
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(take(client, city_run, "xlsx", "layer=points"))
    )
    sheet = book.get_sheet_by_name("高频点位").to_python()
    assert {row[1] for row in sheet[1:]} == {"'=1+1"}


@pytest.fixture
def of_east(city_app: Flask) -> FlaskClient:
    """Somebody of the first township of the row, called T1."""
    unit = township_unit(services(city_app).database, "T1", "东街道")
    return client_as(city_app, "of-east", ["planner"], unit)


def test_points_are_those_of_the_persons_area(
    of_east: FlaskClient, client: FlaskClient, city_home: Path, city_run: RunSummary, tmp_path: Path
) -> None:
    rows = [row for row in table(city_home, city_run, "points") if row["rules"]]
    mine = {row["id"] for row in rows if row["township"] == "T1"}
    assert len(mine) < len(rows)
    features = json.loads(take(of_east, city_run, "geojson", "of=points"))["features"]
    assert {each["properties"]["id"] for each in features} == mine
    path = tmp_path / "points.gpkg"
    path.write_bytes(export(of_east, city_run, "gpkg", "layer=points"))
    assert set(pyogrio.read_dataframe(path, layer="points")["id"]) == mine
    _heads, *lines = csv.reader(
        io.StringIO(take(of_east, city_run, "csv", "of=points").decode("utf-8-sig"), newline="")
    )
    assert {line[0] for line in lines} == mine
    assert "花园小区" not in export(of_east, city_run, "html").decode()
    assert "花园小区" in export(client, city_run, "html").decode()


def test_who_may_see_no_small_counts_takes_disclosed_ones(
    city_app: Flask, city_home: Path, city_run: RunSummary, tmp_path: Path
) -> None:
    viewer = client_as(city_app, "viewer", ["viewer"])
    data = take(viewer, city_run, "csv", f"step={STEP}&of=cells")
    heads, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    shown = [row[heads.index("数量 (件)")] for row in rows]
    true = [row["count"] for row in at_step(table(city_home, city_run, "cells"))]
    assert shown == ["" if 0 < each < 5 else str(round(each / 5) * 5) for each in true]
    assert {row[heads.index("z 值")] for row in rows} == {""}
    path = tmp_path / "cells.gpkg"
    path.write_bytes(export(viewer, city_run, "gpkg", "layer=cells,points"))
    assert "cells_by_month" not in {name for name, _kind in pyogrio.list_layers(path)}
    reports = pyogrio.read_dataframe(path, layer="points")["reports"].dropna()
    assert set(reports % 5) <= {0}
    base = f"/hotspots/runs/{city_run.id}/take-away"
    assert viewer.post(f"{base}/html").status_code == 403


def test_a_file_is_for_who_asked(
    city_app: Flask, of_east: FlaskClient, city_run: RunSummary
) -> None:
    begun = first_client(city_app).post(f"/hotspots/runs/{city_run.id}/take-away/gpkg")
    job = begun.headers["Location"].split("/")[-2]
    assert first_client(city_app).get(f"/hotspots/taken/{job}/file").status_code == 200
    assert of_east.get(f"/hotspots/taken/{job}/file").status_code == 404


def test_a_file_is_gone_after_a_week(
    client: FlaskClient, city_home: Path, city_run: RunSummary
) -> None:
    begun = client.post(f"/hotspots/runs/{city_run.id}/take-away/gpkg")
    job = begun.headers["Location"].split("/")[-2]
    (path,) = (city_home / "exports").glob(f"{job}.*")
    week = path.stat().st_mtime - 7 * 24 * 3600 - 60
    os.utime(path, (week, week))
    answer = client.get(f"/hotspots/taken/{job}/file")
    assert answer.status_code == 404
    assert not path.exists()


@pytest.mark.parametrize(
    "query",
    ["step=99", "step=x", "width=5", "view=1/2", "view=99/0/0", "layer=<script>", "of=projects"],
)
def test_bad_states_are_told(client: FlaskClient, city_run: RunSummary, query: str) -> None:
    for kind in ("png", "csv", "xlsx", "geojson"):
        answer = client.get(f"/hotspots/runs/{city_run.id}/take-away/{kind}?{query}")
        assert answer.status_code in (400, 422), (kind, query)
