"""A run says how cells developed and where cases cluster; the map gets both, with definitions."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path

import h3
import numpy as np
import pandas as pd
import pytest
import shapely
from flask.testing import FlaskClient

from app.accounts.areas import EVERYWHERE
from app.hotspots.clusters.details import cluster_detail
from app.hotspots.clusters.scanning import find_clusters
from app.hotspots.courses.categories import BILINGUAL, CATEGORIES, category_key, category_meaning
from app.hotspots.courses.categories import category_name as name_of
from app.hotspots.courses.cells import find_categories
from app.hotspots.courses.wording import cluster_numbers, cluster_sentence, course_sentence
from app.hotspots.definitions import layer_definitions
from app.hotspots.details import cell_detail
from app.hotspots.export import render_map
from app.hotspots.forms import AnalyseArguments
from app.hotspots.layers import cells_payload, clusters_geojson
from app.hotspots.palette import CATEGORY_COLOURS
from app.hotspots.runs import RunSummary, cluster_table, emerging_table, read_table
from app.hotspots.significance import NOT_TESTED
from app.hotspots.tables import CellResults
from app.townships.choosing.analysing import analyse_and_rank
from geodata.home import Home
from spatial.grid import parents
from tests.app import small_city
from tests.app.test_cells_payload import decode
from tests.people import first_client, make_app

LAYERS = {
    "counts", "rate", "cells", "emerging", "townships", "clusters", "points", "unusual",
    "projects",
    "warnings",
}  # fmt: skip


@pytest.fixture(scope="module")
def home(city_home: Path) -> Home:
    return Home.at(city_home)


@pytest.fixture(scope="module")
def cells(home: Home, city_run: RunSummary) -> pd.DataFrame:
    return read_table(home, city_run.id, "cells").to_pandas()


@pytest.fixture(scope="module")
def courses(home: Home, city_run: RunSummary) -> pd.DataFrame:
    table = emerging_table(home, city_run)
    assert table is not None
    return table.to_pandas()


@pytest.fixture(scope="module")
def clusters(home: Home, city_run: RunSummary) -> pd.DataFrame:
    table = cluster_table(home, city_run)
    assert table is not None
    return table.to_pandas()


def near_the_estate(cell: int) -> bool:
    lat, lng = h3.cell_to_latlng(h3.int_to_str(cell))
    return abs(lat - small_city.HOT_LAT) < 0.015 and abs(lng - small_city.HOT_LNG) < 0.015


def test_every_cell_has_one_course_and_they_are_counted(
    city_run: RunSummary, cells: pd.DataFrame, courses: pd.DataFrame
) -> None:
    assert courses["cell"].tolist() == cells.loc[cells["step"] == -1, "cell"].tolist()
    record = city_run.record["emerging"]
    counted = courses["category"].value_counts()
    assert record["not_tested"] == counted.get(NOT_TESTED, 0)
    assert record["counts"] == {category_key(c): int(counted.get(c, 0)) for c in CATEGORIES}
    assert sum(record["counts"].values()) + record["not_tested"] == len(courses)
    line = city_run.to_json()
    assert line["emerging"] == record["counts"]
    assert line["scan_clusters"] == city_run.record["scan"]["significant"]


def test_months_of_a_course_are_those_that_were_counted(courses: pd.DataFrame) -> None:
    levels = np.array(courses["levels"].tolist())
    assert levels.shape == (len(courses), 6)
    assert (levels > 0).sum(axis=1).tolist() == courses["hot_steps"].tolist()
    assert (levels < 0).sum(axis=1).tolist() == courses["cold_steps"].tolist()


def test_only_the_estate_was_hot_all_the_time(courses: pd.DataFrame) -> None:
    """It has its 300 cases spread over all six months."""
    hot = courses[courses["category"].between(1, 8)]
    assert len(hot) > 0
    assert all(near_the_estate(cell) for cell in hot["cell"])
    assert set(hot["category"]) & {3, 4, 5}, "steadily hot, whatever its trend"


def test_the_strongest_cluster_is_the_estate(
    home: Home, city_run: RunSummary, clusters: pd.DataFrame, cells: pd.DataFrame
) -> None:
    record = city_run.record["scan"]
    assert record["model"] == "poisson"
    assert record["dispersion"]["units"] >= 0
    first = clusters.iloc[0]
    assert first["rank"] == 1
    assert near_the_estate(h3.str_to_int(h3.latlng_to_cell(first["lat"], first["lng"], 9)))
    assert (first["p_value"] < 0.05) & (first["relative_risk"] > 2)
    assert first["end_step"] - first["start_step"] < record["max_steps"]
    # Its figures are sums over its own cells and months, by other means.
    members = {int(member) for member in first["members"]}
    inside = cells[
        cells["step"].between(first["start_step"], first["end_step"])
        & np.isin(parents(cells["cell"].to_numpy(), record["unit_resolution"]), list(members))
        & cells["expected"].notna()
    ]
    assert inside["count"].sum() == first["observed"]
    assert inside["expected"].sum() == pytest.approx(first["expected"], rel=1e-9)
    total = cells.loc[(cells["step"] >= 0) & cells["expected"].notna(), "count"].sum()
    outside = (total - first["observed"]) / (total - first["expected"])
    risk = first["observed"] / first["expected"] / outside
    assert first["relative_risk"] == pytest.approx(risk, rel=1e-6)


def test_no_two_clusters_share_a_cell(clusters: pd.DataFrame) -> None:
    members = [member for each in clusters["members"] for member in each]
    assert len(members) == len(set(members))
    assert clusters["log_likelihood_ratio"].is_monotonic_decreasing
    assert clusters["rank"].tolist() == list(range(1, len(clusters) + 1))


def test_outlines_hold_the_cells_they_are_made_of(
    home: Home, city_run: RunSummary, clusters: pd.DataFrame
) -> None:
    features = json.loads(clusters_geojson(home, city_run.id))["features"]
    assert [each["properties"]["rank"] for each in features] == clusters["rank"].tolist()
    for feature, members in zip(features, clusters["members"], strict=True):
        outline = shapely.geometry.shape(feature["geometry"])
        assert outline.is_valid
        for member in members:
            lat, lng = h3.cell_to_latlng(h3.int_to_str(int(member)))
            assert outline.contains(shapely.Point(lng, lat))


def test_the_payload_has_one_byte_more_for_each_cell(
    home: Home, city_run: RunSummary, courses: pd.DataFrame
) -> None:
    header, columns = decode(cells_payload(home, city_run.id))
    assert columns["category"].tolist() == courses["category"].tolist()
    described = next(each for each in header["columns"] if each["name"] == "category")
    assert (described["dtype"], described["length"]) == ("int8", len(courses))


def test_a_viewers_payload_tells_no_small_count(home: Home, city_run: RunSummary) -> None:
    true, columns = decode(cells_payload(home, city_run.id))
    told, shown = decode(cells_payload(home, city_run.id, exact=False))
    counts = columns["count"].astype(int)
    small = (counts > 0) & (counts < 5)
    assert told["suppressed"] is True
    assert ((shown["count"] == np.iinfo(shown["count"].dtype).max) == small).all()
    for figures in (shown["count"][~small], told["totals"], shown["expected"]):
        figures = np.asarray(figures, dtype=float)
        assert (figures[~np.isnan(figures)] % 5 == 0).all()
    assert (shown["level"] == columns["level"]).all()
    assert "suppressed" not in true


def test_a_clusters_detail_counts_its_own_cases(
    client: FlaskClient, city_run: RunSummary, clusters: pd.DataFrame
) -> None:
    base = f"/hotspots/runs/{city_run.id}"
    first = clusters.iloc[0]
    found = client.get(f"{base}/cluster/1?step=-1").get_json()
    months = found["series"][first["start_step"] : first["end_step"] + 1]
    assert found["total"] == first["observed"] == sum(each["count"] for each in months)
    assert sum(each["expected"] for each in months) == pytest.approx(first["expected"])
    assert city_run.steps[first["start_step"]].label in found["period"]
    assert found["township"]["code"] == "T2"
    assert f"{first['observed']:,}" in found["sentence"]
    assert client.get(f"{base}/cluster/99").status_code == 404
    assert client.get(f"{base}/cluster/x").status_code == 404


def test_a_cell_says_why_it_has_its_course(
    client: FlaskClient, city_run: RunSummary, courses: pd.DataFrame
) -> None:
    base = f"/hotspots/runs/{city_run.id}"
    hot = courses[courses["category"] > 0].iloc[0]
    found = client.get(f"{base}/cell/{h3.int_to_str(hot['cell'])}?step=-1").get_json()["course"]
    assert found["category"] == hot["category"]
    assert found["name"] == BILINGUAL[hot["category"]].split(" ")[0]
    assert found["steps"] == hot["levels"].tolist()
    assert f"{hot['hot_steps']} 个月显著偏多" in found["sentence"]
    assert f"z = {hot['trend_z']:.2f}" in found["sentence"]


def test_every_layer_is_defined_in_both_languages(
    city_app_context: None, city_run: RunSummary
) -> None:
    defined = layer_definitions(city_run)
    assert set(defined) == LAYERS
    for definition in defined.values():
        assert definition["title"]
        assert definition["text"]
        assert definition["missing"] is None
    terms = defined["emerging"]["terms"]
    assert [term["key"] for term in terms] == [str(code) for code in (*CATEGORIES, NOT_TESTED)]
    assert len({term["text"] for term in terms}) == len(terms) == 18
    scan = city_run.record["scan"]
    spoken = " ".join(fact["value"] for fact in defined["clusters"]["facts"])
    assert f"{scan['units']:,}" in spoken
    assert str(scan["n_replicas"]) in spoken


@pytest.fixture
def city_app_context(city_home: Path) -> object:
    with make_app(city_home).test_request_context():
        yield None


def test_a_run_from_before_says_so_and_opens(
    city_app_context: None, home: Home, city_run: RunSummary
) -> None:
    record = {
        key: value for key, value in city_run.record.items() if key not in ("emerging", "scan")
    }
    old = dataclasses.replace(city_run, record=record)
    assert emerging_table(home, old) is None
    assert cluster_table(home, old) is None
    defined = layer_definitions(old)
    for layer in ("emerging", "clusters"):
        assert "重新分析" in defined[layer]["missing"]
        assert defined[layer]["facts"] == ()
    assert old.to_json()["emerging"] is None


def test_two_months_have_no_course_but_clusters_in_space(home: Home) -> None:
    run = analyse_and_rank(home, AnalyseArguments(start=small_city.START, end=date(2025, 3, 1)))
    assert run.record["emerging"] == {"left_out": "too_few_steps"}
    assert run.record["scan"]["analysis"] == "spatial"
    assert emerging_table(home, run) is None
    clusters = cluster_table(home, run)
    assert clusters is not None
    assert clusters["start_step"].to_pylist()[:1] == [0]
    assert clusters["end_step"].to_pylist()[:1] == [1]
    app = make_app(home.path)
    with app.test_request_context():
        defined = layer_definitions(run)
        assert "不足三个月" in defined["emerging"]["missing"]
        assert defined["clusters"]["missing"] is None
    page = first_client(app).get(f"/hotspots?run={run.id}&layer=emerging,clusters")
    assert page.status_code == 200
    _, columns = decode(cells_payload(home, run.id))
    assert "category" not in columns


def random_cells(seed: int, n_steps: int = 5) -> CellResults:
    """A disk of cells without population, counts of which somewhere rise at the end."""
    rng = np.random.default_rng(seed)
    names = h3.grid_disk(h3.latlng_to_cell(39.0, 83.0, 9), 6)
    cells = np.sort([h3.str_to_int(name) for name in names])
    counts = rng.poisson(3, (len(cells), n_steps))
    middle = [h3.str_to_int(name) for name in h3.grid_disk(h3.latlng_to_cell(39.0, 83.0, 9), 1)]
    counts[np.isin(cells, middle), -1] += 30
    full = np.column_stack([counts.sum(axis=1), counts])
    nothing = np.full(full.shape, np.nan)
    return CellResults(
        cells=cells, township=np.zeros(len(cells), np.int64), counts=full, expected=nothing,
        neighbourhood_counts=nothing, neighbourhood_expected=nothing, z=nothing, p_hot=nothing,
        p_cold=nothing, q_hot=nothing, q_cold=nothing, level=np.zeros(full.shape, np.int8),
        null="permutation", dispersion={}, family=0,
    )  # fmt: skip


def test_without_population_time_and_place_together_are_found() -> None:
    made = random_cells(1)
    clusters = find_clusters(made, 9, seed=1)
    assert clusters.record["scan"]["model"] == "space_time_permutation"
    first = clusters.table.to_pylist()[0]
    assert (first["start_step"], first["end_step"]) == (4, 4)
    assert first["relative_risk"] is None
    courses = find_categories(made, seed=1)
    assert courses.record["emerging"]["null"] == "permutation"
    assert courses.record["emerging"]["counts"]["new_hot"] > 0


def test_the_same_seed_gives_the_same_tables() -> None:
    for make in (
        lambda seed: find_clusters(random_cells(2), 9, seed),
        lambda seed: find_categories(random_cells(2), seed),
    ):
        assert make(3).table.equals(make(3).table)
        assert make(3).record == make(3).record


@pytest.mark.parametrize("value", [0, 4])
def test_counts_that_are_all_equal_are_no_error(value: int) -> None:
    made = random_cells(1)
    flat = dataclasses.replace(made, counts=np.full(made.counts.shape, value))
    assert find_categories(flat, 1).record["emerging"] == {"left_out": "nothing_varies"}
    assert find_clusters(flat, 9, 1).table.num_rows == 0


def test_every_category_has_words_and_a_colour(city_app_context: None) -> None:
    codes = {*CATEGORIES, NOT_TESTED}
    assert codes == set(CATEGORY_COLOURS) == set(BILINGUAL)
    assert len(set(CATEGORY_COLOURS.values())) == 18
    assert len({category_meaning(code) for code in codes}) == 18
    for code in codes:
        assert BILINGUAL[code].startswith(name_of(code) + " ")
        assert "热点" not in name_of(code)


def test_sentences_name_the_months_and_the_trend(
    city_app_context: None, home: Home, city_run: RunSummary
) -> None:
    table = read_table(home, city_run.id, "cells").to_pandas()
    cell = int(table.loc[table["step"] == -1].sort_values("count")["cell"].iloc[-1])
    detail = cell_detail(home, EVERYWHERE, city_run.id, h3.int_to_str(cell), -1)
    row = {
        "category": 6, "levels": [0, 1, -1, 0, 1, 1], "hot_steps": 3, "cold_steps": 1,
        "tested_steps": 6, "trend_z": -2.5, "trend_p": 0.00001,
    }  # fmt: skip
    said = course_sentence(detail, row)
    for words in ("6 个月中 3 个月显著偏多、1 个月显著偏少", "2025-02、2025-05、2025-06 偏多",
                  "2025-03 偏少", "显著下降趋势（z = -2.50，p < 0.0001）"):  # fmt: skip
        assert words in said
    always = course_sentence(detail, row | {"levels": [1] * 6})
    assert "最近 6 个月都偏多。" in always
    flat = course_sentence(detail, row | {"trend_z": None, "trend_p": None})
    assert "无法判断趋势" in flat
    assert "未作检验" in course_sentence(detail, row | {"category": NOT_TESTED})
    cluster = cluster_sentence(cluster_detail(home, EVERYWHERE, city_run.id, "1"))
    assert "相对风险" in cluster


def test_a_cluster_of_one_unit_has_an_area_in_place_of_a_radius(
    city_app_context: None, home: Home, city_run: RunSummary
) -> None:
    found = cluster_detail(home, EVERYWHERE, city_run.id, "1")
    alone = {**found.row, "members": found.row["members"][:1], "radius_km": 0.0}
    single = dataclasses.replace(found, row=alone)
    resolution = city_run.record["scan"]["unit_resolution"]
    assert f"单个扫描单位 H3-{resolution}，约 " in cluster_sentence(single)
    assert "半径" not in cluster_sentence(single)
    assert "半径" not in [label for label, _value, _unit in cluster_numbers(single)]


def test_the_exported_page_has_the_new_layers(
    home: Home, city_run: RunSummary, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.hotspots import offline_page

    monkeypatch.setattr(offline_page, "_library", lambda: "")
    page = render_map(home, city_run)
    for name in ("course over time", "scan clusters", "high-frequency points", "unusually high"):
        assert name in page
    counts = city_run.record["emerging"]["counts"]
    for code in CATEGORIES:
        if code and counts[category_key(code)]:
            assert BILINGUAL[code].partition(" ")[0] in page
