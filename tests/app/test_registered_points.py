"""The place that a point's cases were given, against a plain count, and where pages say it."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from flask.testing import FlaskClient

from app.accounts.areas import EVERYWHERE
from app.hotspots import layers
from app.hotspots.details import cases_at_point, point_detail
from app.hotspots.forms import AnalyseArguments
from app.hotspots.points.registered import with_case_places
from app.hotspots.runs import RunSummary, read_table
from app.townships.choosing.analysing import analyse_and_rank
from geodata.areas import Places, load_places
from geodata.home import Home
from geodata.places import find_place, import_places, merge_places
from tests.app import small_city
from tests.people import first_client, make_app


@pytest.fixture
def places(tmp_path: Path) -> Places:
    home = Home.at(tmp_path / "home")
    rows = "\n".join(f"P{i},村{i},83.{i},39" for i in range(6))
    (tmp_path / "places.csv").write_text(f"code,name,lng,lat\n{rows}\n", "utf-8")
    import_places(home, tmp_path / "places.csv")
    merge_places(home, "P0", "P5")
    found = load_places(home)
    assert found is not None
    return found


def test_the_commonest_place_against_a_plain_count(places: Places) -> None:
    rng = np.random.default_rng(4)
    codes = [None, "P1", "P2", "P3", "P0", "P5", "gone"]
    cases = pl.DataFrame(
        {
            "point": rng.integers(0, 40, 600),
            "place": [codes[i] for i in rng.integers(0, len(codes), 600)],
        }
    )
    table = pl.DataFrame({"point": [39, 7, 99, *range(5)], "reports": 1})
    found = with_case_places(table, cases, places)
    assert found.select("point", "reports").equals(table)
    for point, _, code, name, share in found.iter_rows():
        mine = cases.filter(pl.col("point") == point)["place"].to_list()
        kept = ["P0" if each == "P5" else each for each in mine if each not in (None, "gone")]
        counts = Counter(kept)
        best = min(counts, key=lambda each: (-counts[each], each), default=None)
        assert code == best
        assert name == (best and best.replace("P", "村"))
        assert share == (best and counts[best] / len(mine))


def test_without_a_register_or_places_nothing_is_told(places: Places) -> None:
    table = pl.DataFrame({"point": [1]})
    cases = pl.DataFrame({"point": [1], "place": ["P1"]})
    for given, register in ((cases, None), (cases.drop("place"), places)):
        found = with_case_places(table, given, register)
        assert found.row(0) == (1, None, None, None)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, RunSummary]:
    """Cases 200 m from an estate, which they name: a cluster of coordinates of its own."""
    from app.cases.uploads import import_file
    from geodata.areas import import_boundaries

    folder = tmp_path_factory.mktemp("gate")
    home = Home.at(folder / "home")
    import_boundaries(
        home, small_city.write_townships(folder / "t.geojson"), level="township",
        code_field="code", name_field="name", population_field="population",
    )  # fmt: skip
    lng, lat = small_city.HOT_LNG, small_city.HOT_LAT
    (folder / "p.csv").write_text(f"code,name,lng,lat\nP1,花园小区,{lng},{lat + 0.0018}\n", "utf-8")
    import_places(home, folder / "p.csv")
    named = [i % 5 != 0 for i in range(60)]
    pl.DataFrame(
        {
            "case_id": [f"G{i}" for i in range(60)],
            "received_at": [f"2025-0{1 + i % 6}-1{i % 10} 10:00:00" for i in range(60)],
            "lng": lng,
            "lat": lat,
            "class_1": "噪声",
            "reported_place": ["花园小区" if each else None for each in named],
        }
    ).write_csv(folder / "c.csv")
    import_file(home, folder / "c.csv", "suyuan")
    run = analyse_and_rank(home, AnalyseArguments(start=small_city.START, end=small_city.END))
    return home, run


@pytest.fixture
def client(gate: tuple[Home, RunSummary], tmp_path: Path) -> FlaskClient:
    home = shutil.copytree(gate[0].path, tmp_path / "copy")
    return first_client(make_app(home))


def test_a_cluster_is_told_by_the_place_of_its_cases(gate: tuple[Home, RunSummary]) -> None:
    home, run = gate
    (point,) = read_table(home, run.id, "points").to_pylist()
    assert point["place"] is None, "200 m are too far for coordinates alone"
    assert (point["case_place"], point["case_place_name"]) == ("P1", "花园小区")
    stored = cases_at_point(home, run, point, None).collect()
    assert point["reports"] == stored.height
    assert point["case_place_share"] == 0.8
    assert layers.points(home, EVERYWHERE, run.id)[0]["registered_as"] == "花园小区"


def test_pages_name_the_place_and_lead_to_it(
    gate: tuple[Home, RunSummary], client: FlaskClient
) -> None:
    run = gate[1]
    (point,) = client.get(f"/hotspots/runs/{run.id}/points.json").get_json()
    assert point["registered_as"] == "花园小区"
    told = client.get(f"/hotspots/runs/{run.id}/point/{point['id']}").get_json()
    assert told["registered"] == {"code": "P1", "name": "花园小区"}
    assert {"label": "归到点位库“花园小区”的诉求", "value": 80, "unit": "%"} in told["numbers"]


def test_a_place_that_is_gone_leads_nowhere_a_merged_one_to_the_kept(
    gate: tuple[Home, RunSummary], tmp_path: Path
) -> None:
    home, run = Home.at(shutil.copytree(gate[0].path, tmp_path / "copy")), gate[1]
    point = read_table(home, run.id, "points")["id"][0].as_py()
    (tmp_path / "p.csv").write_text("code,name,lng,lat\nP9,新苑,83.06,39.021\n", "utf-8")
    import_places(home, tmp_path / "p.csv", update=True)
    merge_places(home, "P9", "P1")
    assert find_place(home, "P1").code == "P9"
    assert point_detail(home, EVERYWHERE, run.id, point, -1).registered == ("P9", "新苑")
    other = tmp_path / "q.csv"
    other.write_text("code,name,lng,lat\nP8,别处,83.06,39.021\n", "utf-8")
    import_places(home, other)
    assert point_detail(home, EVERYWHERE, run.id, point, -1).registered is None
