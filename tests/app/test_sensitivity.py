"""How stable the hot areas of a small city are: one hot estate whose cases are of many people."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.cases.uploads import import_file
from app.errors import Missing
from app.hotspots.forms import AnalyseArguments
from app.hotspots.runs import RUN_FILE, RunSummary, load_run, read_table
from app.hotspots.sensitivity import variants
from app.hotspots.sensitivity.assessing import (
    FILE_PREFIX,
    RESOLUTIONS_PREFIX,
    assess_sensitivity,
    at_other_resolutions,
    load_sensitivity,
)
from app.hotspots.sensitivity.page import shown_share
from app.services import services
from app.townships.choosing.analysing import analyse_and_rank
from geodata.areas import import_boundaries
from geodata.home import Home
from spatial.grid import cell_from_name, cell_name, parents
from tests.app import small_city
from tests.conftest import run_suyuan
from tests.people import first_client, make_app

HALF_YEAR = {"start": small_city.START, "end": small_city.END}


@pytest.fixture(scope="module")
def home(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The small city's home, of which nothing is kept."""
    copy = tmp_path_factory.mktemp("sensitivity") / "home"
    shutil.copytree(city_home, copy)
    return Home.at(copy)


@pytest.fixture(scope="module")
def run(home: Home, city_run: RunSummary) -> RunSummary:
    return load_run(home, city_run.id)


@pytest.fixture(scope="module")
def record(home: Home, run: RunSummary) -> dict[str, Any]:
    return assess_sensitivity(home, run.id).record


@pytest.fixture(scope="module")
def app(home: Home, record: dict[str, Any]) -> Flask:
    return make_app(home.path)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return first_client(app)


def hot_cells(home: Home, run: RunSummary, step: int) -> set[int]:
    table = read_table(home, run.id, "cells", ["cell", "step", "level"]).to_pylist()
    return {row["cell"] for row in table if row["step"] == step and 2 <= row["level"] < 127}


def test_areas_are_the_hot_cells_of_every_step(
    home: Home, run: RunSummary, record: dict[str, Any]
) -> None:
    for step in range(-1, len(run.steps)):
        named = [
            cell_from_name(name)
            for area in record["areas"]
            if area["step"] == step
            for name in area["cells"]
        ]
        assert len(named) == len(set(named))
        assert set(named) == hot_cells(home, run, step)


def test_the_variants_are_what_was_asked_for(record: dict[str, Any]) -> None:
    found = [(each["name"], each["measure"], each["resolution"]) for each in record["variants"]]
    assert found == [
        ("callers", "callers", 9), ("incidents", "incidents", 9), ("coarser", "reports", 8),
        ("finer", "reports", 10), ("township", "reports", None),
    ]  # fmt: skip
    assert not [each["reason"] for each in record["variants"] if each["reason"]]


def test_a_variant_is_the_run_that_one_would_make_by_hand(
    home: Home, run: RunSummary, record: dict[str, Any]
) -> None:
    """Analyse again with the variant's own parameters, and lay its hot cells over the areas."""
    by_hand: dict[str, dict[str, Any]] = {
        "callers": {"measure": "callers"},
        "incidents": {"measure": "incidents"},
        "coarser": {"resolution": 8},
        "finer": {"resolution": 10},
    }
    counts = read_table(home, run.id, "cells", ["cell", "step", "count"]).to_pandas()
    for name, change in by_hand.items():
        other = analyse_and_rank(home, AnalyseArguments.read(**{**HALF_YEAR, **change}))
        for area in record["areas"]:
            cells = {cell_from_name(each) for each in area["cells"]}
            hot = hot_cells(home, other, area["step"])
            if name == "finer":
                own = read_table(home, other.id, "cells", ["cell", "step", "count"]).to_pandas()
                own = own[own["step"] == area["step"]]
                own = own[np.isin(parents(own["cell"].to_numpy(), 9), list(cells))]
                lit = own["cell"].isin(hot)
            else:
                own = counts[(counts["step"] == area["step"]) & counts["cell"].isin(cells)]
                level = 8 if name == "coarser" else 9
                lit = np.isin(parents(own["cell"].to_numpy(), level), list(hot))
            share = own["count"][lit].sum() / own["count"].sum()
            needed = 0.5 / 7 if name == "finer" else 0.5
            outcome = area["variants"][name]
            assert outcome["share"] == pytest.approx(share, abs=1e-4)
            assert outcome["status"] == (share >= needed)


def test_the_hot_estate_is_found_by_people_and_by_cells(record: dict[str, Any]) -> None:
    """300 calls of 300 people at one place; as things they are few."""
    (area,) = [each for each in record["areas"] if each["step"] == -1]
    status = {name: outcome["status"] for name, outcome in area["variants"].items()}
    assert {name: status[name] for name in ("callers", "coarser", "finer")} == {
        "callers": 1, "coarser": 1, "finer": 1,
    }  # fmt: skip
    assert area["townships"][0]["name"] == "中街道"
    assert area["count"] >= small_city.HOT_CASES


def test_townships_are_tested_each_by_itself(home: Home, record: dict[str, Any]) -> None:
    (township,) = [each for each in record["variants"] if each["kind"] == "township"]
    assert township["units"] == len(small_city.NAMES)


def test_one_caller_makes_an_area_that_depends_on_the_measure(tmp_path: Path) -> None:
    home = city_without_population(tmp_path, one_caller=True, population=True)
    run = analyse_and_rank(home, AnalyseArguments(**HALF_YEAR))
    found = assess_sensitivity(home, run.id)
    (area,) = found.areas()
    assert area["variants"]["callers"]["status"] == 0
    assert area["verdict"] in ("measure", "both")
    # By callers the base has nothing that reports would take away.
    callers = analyse_and_rank(home, AnalyseArguments(**HALF_YEAR, measure="callers"))
    again = assess_sensitivity(home, callers.id)
    assert not again.areas()
    assert [each["name"] for each in again.record["variants"]][:2] == ["reports", "incidents"]
    assert again.record["variants"][0]["elsewhere"][0] > 0


def city_without_population(
    folder: Path, *, one_caller: bool = False, population: bool = False, known: bool = True
) -> Home:
    home = Home.at(folder / "home")
    import_boundaries(
        home,
        small_city.write_townships(folder / "townships.geojson"),
        level="township",
        code_field="code",
        name_field="name",
        population_field="population" if population else None,
    )
    file = small_city.write_cases(folder / "cases.csv")
    rows = pd.read_csv(file, dtype={"caller": str})
    if one_caller:
        rows["caller"] = rows["case_id"]
        at_hot = rows["lng"].sub(small_city.HOT_LNG).abs() < 5e-4
        rows.loc[at_hot & (rows["lat"].sub(small_city.HOT_LAT).abs() < 5e-4), "caller"] = "one"
    if not known:
        rows = rows.drop(columns="caller")
    rows.to_csv(file, index=False)
    import_file(home, file, "suyuan")
    return home


def test_without_population_and_callers(tmp_path: Path) -> None:
    home = city_without_population(tmp_path, known=False)
    run = analyse_and_rank(home, AnalyseArguments(**HALF_YEAR))
    assert run.null == "permutation"
    found = assess_sensitivity(home, run.id)
    reasons = {each["name"]: each["reason"] for each in found.record["variants"]}
    assert reasons["callers"] == "no_callers"
    assert [name for name, reason in reasons.items() if reason] == ["callers"]
    for area in found.areas():
        assert area["variants"]["callers"] == {"status": -1, "share": None}
    client = first_client(make_app(home.path))
    assert "没有诉求人信息，未做" in client.get(f"/hotspots/sensitivity?run={run.id}").text


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_same_inputs_give_the_same_bytes_and_leave_the_run(
    home: Home, run: RunSummary, record: dict[str, Any]
) -> None:
    folder = home.runs / run.id
    before = digests(folder)
    made = [each for each in before if each.startswith((FILE_PREFIX, RESOLUTIONS_PREFIX))]
    assert len(made) == 2
    for name in made:
        (folder / name).unlink()
    assert assess_sensitivity(home, run.id).record == record
    assert digests(folder) == before


def test_the_record_names_what_it_came_from(run: RunSummary, record: dict[str, Any]) -> None:
    determinants = record["determinants"]
    for name in ("case_store_version", "boundary_versions", "places_version", "parameters", "seed"):
        assert determinants[name] == run.record[name]
    assert determinants["run"] == run.id
    assert {"code_version", "library_versions", "variants"} <= determinants.keys()


def test_later_cases_and_boundaries_change_nothing(
    home: Home, run: RunSummary, tmp_path: Path
) -> None:
    """The variants are made of what the run was made of, whatever came in since."""
    copy = Home.at(shutil.copytree(home.path, tmp_path / "home"))
    folder = copy.runs / run.id
    before = digests(folder)
    for file in folder.glob(f"{FILE_PREFIX}*"):
        file.unlink()
    townships = small_city.write_townships(tmp_path / "townships.geojson")
    moved = gpd.read_file(townships).assign(population=[1.0, 2.0, 3.0])
    moved.to_file(townships)
    import_boundaries(
        copy, townships, level="township", code_field="code", name_field="name",
        population_field="population",
    )  # fmt: skip
    rows = pd.read_csv(small_city.write_cases(tmp_path / "more.csv", seed=8))
    rows["case_id"] = "D" + rows["case_id"]
    rows.to_csv(tmp_path / "more.csv", index=False)
    import_file(copy, tmp_path / "more.csv", "suyuan")
    assess_sensitivity(copy, run.id)
    assert digests(folder) == before


def test_what_another_version_made_still_opens(home: Home, run: RunSummary, tmp_path: Path) -> None:
    copy = Home.at(shutil.copytree(home.path, tmp_path / "home"))
    (file,) = (copy.runs / run.id).glob(f"{FILE_PREFIX}*")
    old = json.loads(file.read_text("utf-8"))
    old["determinants"]["code_version"] = "0.0.1"
    file.unlink()
    (file.parent / f"{FILE_PREFIX}{'0' * 16}.json").write_text(json.dumps(old), "utf-8")
    found = load_sensitivity(copy, run.id)
    assert found is not None
    assert not found.current
    client = first_client(make_app(copy.path))
    assert "重新检验" in client.get(f"/hotspots/sensitivity?run={run.id}").text


def test_runs_of_before_measures_are_examined_by_reports(
    home: Home, run: RunSummary, tmp_path: Path
) -> None:
    copy = Home.at(shutil.copytree(home.path, tmp_path / "home"))
    file = copy.runs / run.id / RUN_FILE
    old = json.loads(file.read_text("utf-8"))
    del old["parameters"]["measure"]
    file.write_text(json.dumps(old), "utf-8")
    found = assess_sensitivity(copy, run.id)
    assert found.record["base"] == {"measure": "reports", "resolution": 9}


def test_a_variant_of_too_many_cells_is_told(
    home: Home, run: RunSummary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Home.at(shutil.copytree(home.path, tmp_path / "home"))
    for file in (copy.runs / run.id).glob(f"{FILE_PREFIX}*"):
        file.unlink()
    monkeypatch.setattr(variants, "LARGEST_VARIANT", 100)
    found = assess_sensitivity(copy, run.id)
    (finer,) = [each for each in found.record["variants"] if each["name"] == "finer"]
    assert (finer["reason"], finer["units"]) == ("too_many_cells", 0)
    assert all(area["variants"]["finer"]["status"] == -1 for area in found.record["areas"])


@pytest.mark.parametrize("resolution", [8, 10])
def test_other_resolutions_have_theirs(home: Home, resolution: int) -> None:
    month = {"start": date(2025, 1, 1), "end": date(2025, 2, 1)}
    run = analyse_and_rank(home, AnalyseArguments(**month, resolution=resolution))
    found = assess_sensitivity(home, run.id)
    levels = {each["name"]: each["resolution"] for each in found.record["variants"]}
    assert (levels["coarser"], levels["finer"]) == (resolution - 1, resolution + 1)
    assert not [each["reason"] for each in found.record["variants"] if each["reason"]]


def test_progress_names_every_variant(home: Home, run: RunSummary) -> None:
    for file in (home.runs / run.id).glob(f"{FILE_PREFIX}*"):
        file.unlink()
    told: list[tuple[int, int, str]] = []
    assess_sensitivity(home, run.id, lambda *step: told.append(step))
    assert [name for *_, name in told] == ["callers", "incidents", "coarser", "finer", "township"]
    assert {total for _, total, _ in told} == {5}


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_the_page_shows_every_area(
    client: FlaskClient, run: RunSummary, record: dict[str, Any], language: str
) -> None:
    client.post("/language", data={"language": language})
    for step in (-1, 2):
        answer = client.get(f"/hotspots/sensitivity?run={run.id}&step={step}")
        assert answer.status_code == 200
        linked = re.findall(rf"step={step}&amp;selected=cell:(\w+)", answer.text)
        wanted = [area["busiest"] for area in record["areas"] if area["step"] == step]
        assert sorted(linked) == sorted(wanted) != []


def test_a_hot_cell_s_panel_says_the_verdict_on_its_area(
    client: FlaskClient, home: Home, run: RunSummary, record: dict[str, Any]
) -> None:
    words = {
        "stable": "稳定", "local": "只在局部", "measure": "取决于计量方式", "scale": "取决于尺度",
        "both": "取决于计量方式和尺度", "untested": "未能检验",
    }  # fmt: skip
    for area in record["areas"]:
        for cell in area["cells"][:2]:
            address = f"/hotspots/runs/{run.id}/cell/{cell}?step={area['step']}"
            (said,) = [
                each["value"]
                for each in client.get(address).get_json()["numbers"]
                if each["label"] == "聚集区稳定性"
            ]
            assert said == words[area["verdict"]]
    table = read_table(home, run.id, "cells", ["cell", "step", "level"]).to_pylist()
    plain = next(row["cell"] for row in table if (row["step"], row["level"]) == (-1, 0))
    told = client.get(f"/hotspots/runs/{run.id}/cell/{cell_name(plain)}?step=-1").get_json()
    assert "聚集区稳定性" not in [each["label"] for each in told["numbers"]]


def test_a_cell_says_what_its_parent_and_children_show(
    client: FlaskClient, home: Home, run: RunSummary, record: dict[str, Any]
) -> None:
    """Against runs of the same cases at the resolutions above and below."""
    above, below = (
        analyse_and_rank(home, AnalyseArguments.read(**HALF_YEAR, resolution=level))
        for level in (8, 10)
    )
    columns = ["cell", "step", "level"]
    levels = {
        each.resolution: read_table(home, each.id, "cells", columns).to_pandas()
        for each in (above, below)
    }
    own = read_table(home, run.id, "cells", columns).to_pandas()
    finer_parents = parents(levels[10]["cell"].to_numpy(), 9)
    for step in (-1, 2):
        rows = own[own["step"] == step]
        hot = rows[rows["level"].between(2, 126)].head(4)
        for cell in [*hot["cell"], *rows["cell"].iloc[::60]]:
            found = at_other_resolutions(home, run.id, cell_name(cell), step)
            assert found is not None
            parent = parents(np.array([cell]), 8)[0]
            coarse = levels[8]
            told = coarse[(coarse["cell"] == parent) & (coarse["step"] == step)]["level"]
            assert found.coarser == told.item()
            mine = levels[10][(finer_parents == cell) & (levels[10]["step"] == step)]["level"]
            assert found.finer_tested == (mine != 127).sum()
            assert found.finer_hot == mine.between(2, 126).sum()
            assert found.finer_low == (mine <= -2).sum()
    name = cell_name(int(own[own["level"].between(2, 126)]["cell"].iloc[0]))
    answer = client.get(f"/hotspots/runs/{run.id}/cell/{name}?step=-1").get_json()
    told = {each["label"]: each["value"] for each in answer["numbers"]}
    assert told["大一级六边形（H3 8）"] in ("显著聚集", "显著偏低", "不显著", "未检验")
    assert re.search(r"^\d+ 个中 \d+ 个显著聚集|^未检验", told["小一级六边形（H3 10）"])


def test_a_run_that_nobody_examined_says_nothing_of_other_resolutions(
    unexamined: Flask, run: RunSummary, record: dict[str, Any]
) -> None:
    cell = record["areas"][0]["cells"][0]
    answer = first_client(unexamined).get(f"/hotspots/runs/{run.id}/cell/{cell}?step=-1")
    assert not [each for each in answer.get_json()["numbers"] if "六边形" in each["label"]]


def test_the_map_leads_to_it(client: FlaskClient, run: RunSummary) -> None:
    assert f"/hotspots/sensitivity?run={run.id}" in client.get(f"/hotspots?run={run.id}").text


@pytest.fixture
def unexamined(home: Home, run: RunSummary, tmp_path: Path) -> Iterator[Flask]:
    copy = Home.at(shutil.copytree(home.path, tmp_path / "home"))
    for file in (copy.runs / run.id).glob(f"{FILE_PREFIX}*"):
        file.unlink()
    return make_app(copy.path)


def test_from_the_button_to_the_table(unexamined: Flask, run: RunSummary) -> None:
    client = first_client(unexamined)
    page = f"/hotspots/sensitivity?run={run.id}"
    assert "检验稳定性" in client.get(page).text
    answer = client.post("/hotspots/sensitivity", data={"run": run.id})
    assert answer.status_code == 302
    watch = answer.headers["Location"]
    job = services(unexamined).jobs.get(watch.split("/")[2])
    assert (job.state, job.result_url) == ("done", page)
    assert "检验稳定性" in client.get(watch).text
    assert "怎样判断" in client.get(page).text


def test_an_empty_home_says_what_to_do(empty_client: FlaskClient) -> None:
    answer = empty_client.get("/hotspots/sensitivity")
    assert answer.status_code == 200
    assert "/hotspots/analyse" in answer.text


@pytest.mark.parametrize(
    ("query", "status"),
    [("run=zzz", 400), ("run=0123456789abcdef", 404), ("step=6", 400), ("step=x", 400)],
)
def test_wrong_parameters_are_told(client: FlaskClient, query: str, status: int) -> None:
    assert client.get(f"/hotspots/sensitivity?{query}").status_code == status


@pytest.mark.parametrize(("form", "status"), [({}, 404), ({"run": "../x"}, 400)])
def test_a_wrong_start_is_told(client: FlaskClient, form: dict[str, str], status: int) -> None:
    assert client.post("/hotspots/sensitivity", data=form).status_code == status


def test_the_button_needs_its_token(home: Home, run: RunSummary) -> None:
    app = make_app(home.path)
    app.config["WTF_CSRF_ENABLED"] = True
    answer = first_client(app).post("/hotspots/sensitivity", data={"run": run.id})
    assert answer.status_code == 400


def test_a_run_that_is_not_there(home: Home) -> None:
    for ask in (assess_sensitivity, load_sensitivity):
        with pytest.raises(Missing):
            ask(home, "0123456789abcdef")


def test_the_command_reports_one_line(home: Home, run: RunSummary, record: dict[str, Any]) -> None:
    told = run_suyuan(home.path, "sensitivity", "--run", run.id)
    assert told.pop("seconds") > 0
    assert told.keys() == {"run", *record}
    assert [told[name] for name in ("areas", "base", "variants")] == [
        record[name] for name in ("areas", "base", "variants")
    ]


@pytest.mark.parametrize(
    ("share", "shown"),
    [(None, None), (1.0, "100%"), (0.4999, "49%"), (0.0714, "7.1%"), (0.0, "0%"), (0.1, "10%")],
)
def test_shares_are_cut_not_rounded(share: float | None, shown: str | None) -> None:
    assert shown_share(share) == shown
