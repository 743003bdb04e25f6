"""The three measures of one city, against plain counting; a run says which it used."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from flask.testing import FlaskClient

from app.accounts.areas import EVERYWHERE
from app.errors import InvalidParameter, NothingToAnalyse
from app.hotspots.details import cell_detail
from app.hotspots.export import render_map
from app.hotspots.forms import AnalyseArguments
from app.hotspots.measures import MEASURES, measured
from app.hotspots.method import method_notes
from app.hotspots.runs import RUN_FILE, RunSummary, load_run, read_table
from app.hotspots.wording import numbers, sentence
from app.townships.choosing.analysing import analyse_and_rank
from geodata.home import Home
from spatial.grid import cell_name, cells_of_points, parents
from tests.app import small_city
from tests.people import first_client, make_app


@pytest.fixture(scope="module")
def home(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    copy = tmp_path_factory.mktemp("measures") / "home"
    shutil.copytree(city_home, copy)
    return Home.at(copy)


@pytest.fixture(scope="module")
def runs(home: Home) -> dict[str, RunSummary]:
    return {
        measure: analyse_and_rank(
            home,
            AnalyseArguments(start=small_city.START, end=small_city.END, measure=measure),
        )
        for measure in MEASURES
    }


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Located cases as the file has them, each with its cell and month."""
    file = small_city.write_cases(tmp_path_factory.mktemp("rows") / "cases.csv")
    frame = pd.read_csv(file, dtype={"caller": str}).dropna(subset=["lng"])
    # The store keeps fine cells, which are summed upwards.
    frame["cell"] = parents(cells_of_points(frame["lat"], frame["lng"], 11), 9)
    frame["step"] = pd.to_datetime(frame["received_at"]).dt.month - 1
    return frame


def counts_of(home: Home, run: RunSummary) -> dict[tuple[int, int], int]:
    table = read_table(home, run.id, "cells", ["cell", "step", "count"]).to_pylist()
    return {(row["cell"], row["step"]): row["count"] for row in table if row["count"]}


def test_callers_count_once_in_a_month_and_once_in_the_span(
    home: Home, runs: dict[str, RunSummary], rows: pd.DataFrame
) -> None:
    expected = rows.groupby(["cell", "step"])["caller"].nunique().to_dict()
    whole = rows.groupby("cell")["caller"].nunique()
    expected |= {(cell, -1): n for cell, n in whole.items()}
    assert counts_of(home, runs["callers"]) == expected


def test_incidents_lie_between_one_and_all_reports(home: Home, runs: dict[str, RunSummary]) -> None:
    reports, incidents = (counts_of(home, runs[each]) for each in ("reports", "incidents"))
    assert reports.keys() == incidents.keys()
    assert all(1 <= incidents[key] <= reports[key] for key in reports)
    # Six months of weekly calls at one estate: far fewer things than calls.
    busiest = max((key for key in reports if key[1] < 0), key=lambda key: reports[key])
    assert incidents[busiest] < reports[busiest] / 2


@pytest.mark.parametrize("measure", MEASURES)
def test_expected_counts_add_up_to_the_measure_s_own_total(
    home: Home, runs: dict[str, RunSummary], measure: str
) -> None:
    table = read_table(home, runs[measure].id, "cells", ["step", "count", "expected"]).to_pandas()
    known = table.dropna(subset=["expected"]).groupby("step").sum()
    pd.testing.assert_series_equal(
        known["expected"], known["count"].astype(float), check_names=False
    )


def test_unknown_callers_count_one_each() -> None:
    cases = pl.DataFrame({"cell": [1, 1, 1, 1, 2, 2], "caller": ["a", "a", None, None, None, "b"]})
    assert measured(cases, ["cell"], "callers").rows() == [(1, 3), (2, 2)]
    assert measured(cases, ["cell"], "reports").rows() == [(1, 4), (2, 2)]


@pytest.mark.parametrize(
    ("measure", "zh", "unit"),
    [
        ("reports", "诉求件数", "件"),
        ("callers", "诉求人数", "人"),
        ("incidents", "问题数", "个问题"),
    ],
)
def test_everything_says_what_was_counted(
    home: Home, runs: dict[str, RunSummary], measure: str, zh: str, unit: str
) -> None:
    run = runs[measure]
    assert run.to_json()["measure"] == run.measure == measure
    counts = counts_of(home, run)
    busiest = max((key for key in counts if key[1] < 0), key=lambda key: counts[key])
    app = make_app(home.path)
    with app.test_request_context():
        assert f"按{zh}计" in method_notes(run)[0]
        detail = cell_detail(home, EVERYWHERE, run.id, cell_name(busiest[0]), -1)
        listed = {each["label"]: (each["value"], each["unit"]) for each in numbers(detail)}
        assert listed[zh] == (counts[busiest], unit)
        assert listed["诉求件数"][0] == detail.total
        assert f"本单元 {counts[busiest]:,} {unit}" in sentence(detail)
    assert zh in render_map(home, run)
    client = first_client(app)
    assert f"按{zh}计" in client.get(f"/hotspots?run={run.id}").text
    assert client.get(f"/hotspots/runs/{run.id}/meta.json").get_json()["measure"] == measure


def test_runs_that_do_not_say_counted_reports(home: Home, runs: dict[str, RunSummary]) -> None:
    name = "00000000000000aa"
    shutil.copytree(home.runs / runs["reports"].id, home.runs / name)
    file = home.runs / name / RUN_FILE
    record = json.loads(file.read_text("utf-8"))
    del record["parameters"]["measure"]
    file.write_text(json.dumps({**record, "id": name}), "utf-8")
    assert load_run(home, name).measure == "reports"
    shutil.rmtree(home.runs / name)


def test_callers_that_nobody_knows_cannot_be_counted(tmp_path: Path) -> None:
    from app.cases.uploads import import_file
    from geodata.areas import import_boundaries

    home = Home.at(tmp_path / "home")
    townships = small_city.write_townships(tmp_path / "townships.geojson")
    import_boundaries(home, townships, level="township", code_field="code", name_field="name")
    file = small_city.write_cases(tmp_path / "cases.csv")
    pd.read_csv(file).drop(columns="caller").to_csv(file, index=False)
    import_file(home, file, "suyuan")
    arguments = AnalyseArguments(start=small_city.START, end=small_city.END, measure="callers")
    with pytest.raises(NothingToAnalyse, match="no case in the window has a caller"):
        analyse_and_rank(home, arguments)


def test_a_measure_there_is_not(client: FlaskClient) -> None:
    with pytest.raises(InvalidParameter, match="measure: 'people' is not allowed"):
        AnalyseArguments.read(start="2025-01-01", end="2025-02-01", measure="people")
    form = {"start": "2025-01-01", "end": "2025-03-01", "period": "month", "resolution": "8"}
    assert client.post("/hotspots/analyse", data={**form, "measure": "x"}).status_code == 422
