"""A run counts everything once, finds what is there, and comes out the same again."""

from __future__ import annotations

import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
from flask.testing import FlaskClient

from app.accounts.areas import EVERYWHERE
from app.errors import InvalidParameter, Missing, NothingToAnalyse
from app.hotspots.forms import AnalyseArguments
from app.hotspots.runs import RunSummary, list_runs, load_run, newest_run, read_table
from app.townships.choosing.analysing import analyse_and_rank
from app.townships.choosing.ranking import ranked
from geodata.home import Home
from tests.app import small_city
from tests.people import make_app


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    path = tmp_path_factory.mktemp("run") / "home"
    small_city.make_small_city(path)
    return Home.at(path)


@pytest.fixture(scope="module")
def run(home: Home) -> RunSummary:
    found = newest_run(home)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def rows(home: Home) -> pd.DataFrame:
    """The file that was imported, read by other means."""
    frame = pd.read_csv(home.path.parent / "cases.csv")
    frame["month"] = frame["received_at"].str[:7]
    return frame


def test_all_cases_are_accounted_for(run: RunSummary, rows: pd.DataFrame) -> None:
    located = int(rows["lng"].notna().sum())
    assert run.counts == {
        "all": len(rows),
        "located": located,
        "township_only": small_city.NO_PLACE_CASES,
        "unlocated": len(rows) - located,
    }
    assert run.record["left_out"] == {"outside_window": 0, "other_classes": 0}


def test_cells_agree_with_h3_itself(home: Home, run: RunSummary, rows: pd.DataFrame) -> None:
    located = rows.dropna(subset="lng")
    # The store keeps finer cells, and parents of H3 cells do not nest exactly: go the same way.
    names = [
        h3.cell_to_parent(h3.latlng_to_cell(lat, lng, 11), 9)
        for lat, lng in zip(located["lat"], located["lng"], strict=True)
    ]
    slow = located.assign(cell=[h3.str_to_int(name) for name in names])
    table = read_table(home, run.id, "cells").to_pandas()
    whole = table[table["step"] == -1].set_index("cell")["count"]
    counted = slow.groupby("cell").size()
    assert whole[whole > 0].sort_index().to_dict() == counted.sort_index().to_dict()
    for step in run.steps:
        ours = table[(table["step"] == step.index) & (table["count"] > 0)]
        theirs = slow[slow["month"] == step.label].groupby("cell").size()
        assert ours.set_index("cell")["count"].to_dict() == theirs.to_dict()


def test_expected_counts_add_up_to_the_observed(home: Home, run: RunSummary) -> None:
    table = read_table(home, run.id, "cells").to_pandas()
    known = table[table["expected"].notna()]
    sums = known.groupby("step")[["count", "expected"]].sum()
    np.testing.assert_allclose(sums["expected"], sums["count"], rtol=1e-9)


def test_the_hot_estate_is_found_and_nothing_far_from_it(home: Home, run: RunSummary) -> None:
    table = read_table(home, run.id, "cells").to_pandas()
    hot = table[(table["step"] == -1) & table["level"].between(2, 3)]
    assert len(hot) > 0
    for cell in hot["cell"]:
        lat, lng = h3.cell_to_latlng(h3.int_to_str(cell))
        assert abs(lat - small_city.HOT_LAT) < 0.01
        assert abs(lng - small_city.HOT_LNG) < 0.01
    points = read_table(home, run.id, "points").to_pylist()
    assert points[0]["name"] == "花园小区"
    assert points[0]["unusually_high"]
    assert points[0]["township"] == "T2"


def test_townships_count_located_and_named_cases(
    home: Home, run: RunSummary, rows: pd.DataFrame
) -> None:
    table = read_table(home, run.id, "townships").to_pandas()
    whole = table[table["step"] == -1].set_index("code")
    assert whole["township_only"].to_dict() == {"T1": 0, "T2": small_city.NO_PLACE_CASES, "T3": 0}
    square = np.floor((rows["lng"].dropna() - small_city.WEST) / small_city.SIDE).astype(int)
    assert whole["located"].tolist() == [int((square == i).sum()) for i in range(3)]
    by_step = table[table["step"] >= 0].groupby("code")["count"].sum()
    assert by_step.to_dict() == whole["count"].to_dict()


def test_contributions_add_up(home: Home, run: RunSummary) -> None:
    found = ranked(home, run)
    assert [each["rank"] for each in found] == sorted(each["rank"] for each in found)
    for each in found:
        assert sum(each["contributions"].values()) == pytest.approx(each["score"], abs=1e-9)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_same_run_again_gives_the_same_bytes(home: Home, run: RunSummary) -> None:
    folder = home.runs / run.id
    before = digests(folder)
    shutil.rmtree(folder)
    again = analyse_and_rank(home, AnalyseArguments(start=small_city.START, end=small_city.END))
    assert again.id == run.id
    assert digests(folder) == before


def test_two_who_make_the_same_run_at_once(home: Home, run: RunSummary) -> None:
    folder = home.runs / run.id
    before = digests(folder)
    shutil.rmtree(folder)
    arguments = AnalyseArguments(start=small_city.START, end=small_city.END)
    with ThreadPoolExecutor(2) as pool:
        made = [pool.submit(analyse_and_rank, home, arguments) for _ in range(2)]
        assert {each.result().id for each in made} == {run.id}
    assert digests(folder) == before
    assert not list(home.runs.glob(".*"))


def test_a_draft_is_no_run(home: Home, run: RunSummary) -> None:
    draft = home.runs / ".draft-killed"
    shutil.copytree(home.runs / run.id, draft)
    try:
        assert [each.id for each in list_runs(home)].count(run.id) == 1
    finally:
        shutil.rmtree(draft)


def test_other_parameters_make_another_run(home: Home, run: RunSummary) -> None:
    noise = AnalyseArguments(start=small_city.START, end=small_city.END, classes=("噪声",))
    other = analyse_and_rank(home, noise)
    assert other.id != run.id
    left = other.record["left_out"]
    assert other.counts["all"] + left["other_classes"] + left["outside_window"] == run.counts["all"]


def test_the_record_names_what_it_came_from(run: RunSummary) -> None:
    for name in (
        "case_store_version", "boundary_versions", "places_version", "parameters", "seed",
        "code_version", "library_versions", "null", "dispersion", "family",
    ):  # fmt: skip
        assert run.record[name] is not None, name


def test_without_population_the_run_says_permutation(tmp_path: Path) -> None:
    from app.cases.uploads import import_file
    from geodata.areas import import_boundaries

    home = Home.at(tmp_path / "home")
    townships = small_city.write_townships(tmp_path / "townships.geojson")
    import_boundaries(home, townships, level="township", code_field="code", name_field="name")
    import_file(home, small_city.write_cases(tmp_path / "cases.csv"), "suyuan")
    run = analyse_and_rank(home, AnalyseArguments(start=small_city.START, end=small_city.END))
    assert run.null == "permutation"
    assert all("rate" in each["missing"] for each in ranked(home, run))


def test_unknown_callers_are_not_counted_as_people(tmp_path: Path) -> None:
    from app.cases.uploads import import_file
    from app.hotspots.details import point_detail
    from app.hotspots.wording import numbers, sentence
    from geodata.areas import import_boundaries

    home = Home.at(tmp_path / "home")
    townships = small_city.write_townships(tmp_path / "townships.geojson")
    import_boundaries(home, townships, level="township", code_field="code", name_field="name")
    file = small_city.write_cases(tmp_path / "cases.csv")
    rows = pd.read_csv(file)
    at_hot = rows["lng"].sub(small_city.HOT_LNG).abs() < 5e-4
    rows.loc[at_hot, ["lng", "lat"]] = small_city.HOT_LNG, small_city.HOT_LAT
    rows["caller"] = ""
    # One address: a place with many reports, and no default point.
    rows.loc[at_hot, "address"] = "某路1号"
    rows.to_csv(file, index=False)
    import_file(home, file, "suyuan")
    run = analyse_and_rank(home, AnalyseArguments(start=small_city.START, end=small_city.END))
    point = read_table(home, run.id, "points").to_pylist()[0]
    assert (point["callers"], point["top_caller_share"]) == (None, None)
    assert point["without_caller"] == point["reports"]
    with make_app(home.path).test_request_context():
        detail = point_detail(home, EVERYWHERE, run.id, point["id"], -1)
        assert "诉求人未知" in sentence(detail)
        assert [each["value"] for each in numbers(detail) if each["label"] == "诉求人数"] == [None]


def test_nothing_to_analyse_is_told(tmp_path: Path, home: Home) -> None:
    empty = Home.at(tmp_path / "home")
    arguments = AnalyseArguments(start=small_city.START, end=small_city.END)
    with pytest.raises(NothingToAnalyse, match="boundaries"):
        analyse_and_rank(empty, arguments)
    with pytest.raises(NothingToAnalyse, match="no located case"):
        analyse_and_rank(home, AnalyseArguments.read(start="1999-01-01", end="1999-02-01"))
    with pytest.raises(NothingToAnalyse, match="with class 没有这类") as told:
        analyse_and_rank(home, arguments.model_copy(update={"classes": ("没有这类",)}))
    assert "分类为“没有这类”的共 0 件" in told.value.chinese


@pytest.mark.parametrize(
    ("population", "null"), [([0.0, 0.0, 0.0], "permutation"), ([50.0, None, None], None)]
)
def test_population_that_compares_nothing(
    tmp_path: Path, population: list[float | None], null: str | None
) -> None:
    from app.cases.uploads import import_file
    from geodata.areas import import_boundaries

    home = Home.at(tmp_path / "home")
    file = small_city.write_townships(tmp_path / "townships.geojson")
    areas = gpd.read_file(file).assign(population=population)
    areas.to_file(file)
    import_boundaries(
        home, file, level="township", code_field="code", name_field="name",
        population_field="population",
    )  # fmt: skip
    cases = small_city.write_cases(tmp_path / "cases.csv")
    rows = pd.read_csv(cases)
    rows[rows["lng"] > small_city.WEST + 1.5 * small_city.SIDE].to_csv(cases, index=False)
    import_file(home, cases, "suyuan")
    arguments = AnalyseArguments(start=small_city.START, end=small_city.END)
    if null is None:
        with pytest.raises(NothingToAnalyse, match="population is known"):
            analyse_and_rank(home, arguments)
    else:
        assert analyse_and_rank(home, arguments).null == null


@pytest.mark.parametrize("name", ["../x", "", "0123456789abcdef", "UPPER"])
def test_a_run_that_is_not_there(home: Home, name: str) -> None:
    with pytest.raises(Missing):
        load_run(home, name)


@pytest.mark.parametrize(
    "wrong", [{"resolution": 12}, {"seed": -1}, {"period": "day"}, {"end": "2020-01-01"}, {"x": 1}]
)
def test_arguments_from_outside_are_checked(wrong: dict[str, object]) -> None:
    given = {"start": "2025-01-01", "end": "2025-02-01", **wrong}
    with pytest.raises(InvalidParameter):
        AnalyseArguments.read(**given)


def test_layers_of_a_run(client: FlaskClient, city_run: RunSummary) -> None:
    base = f"/hotspots/runs/{city_run.id}"
    meta = client.get(f"{base}/meta.json").get_json()
    assert meta["totals"]["all"] == meta["totals"]["located"] + meta["totals"]["unlocated"]
    assert len(meta["steps"]) == 6
    series = client.get(f"{base}/townships.json").get_json()
    assert [sum(counts) for counts in series["counts"]] == series["whole"]
    shapes = client.get(f"{base}/townships.geojson").get_json(force=True)
    assert {each["properties"]["code"] for each in shapes["features"]} == {"T1", "T2", "T3"}
    points = client.get(f"{base}/points.json").get_json()
    assert points[0]["id"] == "P1"
    cells = client.get(f"{base}/cells.bin")
    again = client.get(f"{base}/cells.bin", headers={"If-None-Match": cells.headers["ETag"]})
    assert (cells.status_code, again.status_code) == (200, 304)


def test_details_count_their_own_cases(
    client: FlaskClient, city_home: Path, city_run: RunSummary
) -> None:
    home, run = Home.at(city_home), city_run
    base = f"/hotspots/runs/{run.id}"
    rows = [row for row in read_table(home, run.id, "cells").to_pylist() if row["step"] == -1]
    busiest = max(rows, key=lambda row: row["count"])
    name = h3.int_to_str(busiest["cell"])
    found = client.get(f"{base}/cell/{name}?step=-1").get_json()
    assert found["total"] == busiest["count"]
    assert sum(point["count"] for point in found["series"]) == found["total"]
    assert len(found["cases"]) == 20
    assert found["township"] == {"code": "T2", "name": "中街道"}
    month = client.get(f"{base}/cell/{name}?step=2").get_json()
    assert month["total"] == found["series"][2]["count"]
    township = client.get(f"{base}/township/T2?step=-1").get_json()
    assert township["total"] == sum(point["count"] for point in township["series"])
    assert sum(each["points"] for each in township["contributions"]) == pytest.approx(
        township["score"]
    )
    place = client.get(f"{base}/point/P1?step=-1").get_json()
    reports = read_table(home, run.id, "points").to_pylist()[0]["reports"]
    assert place["total"] == reports == sum(point["count"] for point in place["series"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("cell/zzz", 404),
        ("cell/8928308280fffff", 404),
        ("cell/8a28308280fffff", 404),
        ("township/T9", 404),
        ("point/P9", 404),
        ("township/T1?step=99", 400),
        ("township/T1?step=-2", 400),
        ("township/T1?step=one", 400),
    ],
)
def test_wrong_details_are_told_as_json(
    client: FlaskClient, city_run: RunSummary, path: str, status: int
) -> None:
    answer = client.get(f"/hotspots/runs/{city_run.id}/{path}")
    assert answer.status_code == status
    assert list(answer.get_json()) == ["error"]
