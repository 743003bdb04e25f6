"""Candidates of a run: what each criterion counts, other weights, intervals, what viewers see."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.errors import InvalidParameter
from app.hotspots.runs import RunSummary, load_run
from app.townships.choosing.criteria import CRITERIA, DEFAULT_WEIGHTS, GROUPS
from app.townships.choosing.disclosing import disclosed_rows
from app.townships.choosing.measuring import Evidence, months_on_top
from app.townships.choosing.ranking import board, ranked
from app.townships.choosing.stored import _under, evidence_of, intervals_of
from app.townships.choosing.uncertainty import CERTAIN, drawn_standings, intervals
from app.townships.choosing.weights import parse_weights, weight_args
from app.townships.choosing.why import Standing
from geodata.home import Home
from geodata.store import CaseStore
from spatial import score_candidates
from tests.app.small_city import make_small_city
from tests.people import client_as, make_app

DIRECTIONS = {each.key: each.direction for each in CRITERIA}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunSummary:
    return make_small_city(tmp_path_factory.mktemp("choosing") / "home")


@pytest.fixture(scope="module")
def home(run: RunSummary, tmp_path_factory: pytest.TempPathFactory) -> Home:
    found = next(tmp_path_factory.getbasetemp().glob(f"choosing*/home/runs/{run.id}"))
    return Home.at(found.parents[1])


@pytest.fixture(scope="module")
def app(home: Home) -> Flask:
    return make_app(home.path)


@pytest.fixture(scope="module")
def planner(app: Flask) -> FlaskClient:
    return client_as(app, "planner", ["planner"])


def test_default_weights_add_up_and_every_group_has_criteria() -> None:
    assert sum(DEFAULT_WEIGHTS.values()) == pytest.approx(1, abs=1e-12)
    assert {each.group for each in CRITERIA} == {each.key for each in GROUPS}


def test_criteria_are_what_the_cases_say(home: Home, run: RunSummary) -> None:
    cases = CaseStore(home).scan().collect()
    for row in ranked(home, run):
        own = cases.filter(pl.col("township") == row["code"])
        values = row["values"]
        assert values["volume"] == own.height
        asked = own.filter(pl.col("resolved").is_not_null())
        unsolved = asked.filter(~pl.col("resolved")).height
        assert values["unresolved"] == pytest.approx(100 * unsolved / asked.height)
        assert values["repeat"] == pytest.approx(100 * (1 - row["incidents"] / own.height))
        # Three townships: each is among the ten in every month in which it has five cases.
        months = own.group_by("month").len().filter(pl.col("len") >= 5).height
        assert values["top_months"] == months
        # No case of this city is ever closed, rated or due: nothing is made up of that.
        assert {"backlog", "satisfaction", "response"} <= set(row["missing"])
        # A square of .04 degrees at 39 degrees north, 111.0 by 86.6 km a degree.
        assert values["area"] == pytest.approx(0.04**2 * 111.01 * 86.6, rel=0.01)


def test_months_on_top_share_the_tenth_place() -> None:
    counts = np.array([[20 - i] for i in range(12)])
    assert months_on_top(counts).tolist() == [1.0] * 10 + [0.0] * 2
    counts[10] = counts[9]
    assert months_on_top(counts).sum() == 11
    assert months_on_top(np.array([[4], [5]])).tolist() == [0.0, 1.0]


def test_points_add_up_to_the_score_under_any_weights(home: Home, run: RunSummary) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        drawn = rng.dirichlet(np.ones(len(CRITERIA)) / 3)
        weights = dict(zip(DEFAULT_WEIGHTS, drawn.tolist(), strict=True))
        found = board(home, run, "zh", weights)
        values = {key: [row["values"][key] for row in found.candidates] for key in weights}
        columns = {key: np.array(each, dtype=float) for key, each in values.items()}
        codes = [row["code"] for row in found.candidates]
        again = score_candidates(codes, columns, weights, DIRECTIONS)
        for at, row in enumerate(found.candidates):
            assert sum(row["contributions"].values()) == pytest.approx(row["score"], abs=1e-9)
            assert sum(row["points"].values()) == pytest.approx(row["score"], abs=1e-9)
            assert row["score"] == pytest.approx(again.score[at], abs=1e-9)
            assert row["rank"] == again.rank[at]


def test_intervals_on_demand_are_those_of_the_run(home: Home, run: RunSummary) -> None:
    stored = intervals_of(home, run.id)
    again = _under(home, run.id, tuple(DEFAULT_WEIGHTS.items()), 10)
    assert stored is not None
    assert stored == again


def test_how_many_are_first_moves_no_interval(home: Home, run: RunSummary) -> None:
    ten, two = (intervals_of(home, run.id, n_first=n) for n in (10, 2))
    assert ten is not None
    assert two is not None
    assert {code: each[:2] for code, each in ten.by_code.items()} == {
        code: each[:2] for code, each in two.by_code.items()
    }
    assert sum(each[2] for each in two.by_code.values()) == pytest.approx(2, abs=0.1)


def test_other_weights_are_drawn_by_the_law_of_the_run(
    home: Home, run: RunSummary, tmp_path: Path
) -> None:
    other = Home.at(tmp_path / "home")
    shutil.copytree(home.runs, other.runs, dirs_exist_ok=True)
    path = other.runs / run.id / "run.json"
    record = json.loads(path.read_text("utf-8"))
    law = {"draws": 50, "level": 0.5, "certain": 0.8, "concentration": 10.0}
    record["rank_uncertainty"].update(law)
    path.write_text(json.dumps(record), "utf-8")
    found = intervals_of(other, run.id, DEFAULT_WEIGHTS, 2)
    assert found is not None
    assert {name: getattr(found, name) for name in law} == law
    shares = [each[2] * 50 for each in found.by_code.values()]
    assert shares == pytest.approx([round(each) for each in shares])


def test_an_earlier_run_opens_without_what_it_lacks(
    home: Home, run: RunSummary, tmp_path: Path
) -> None:
    earlier = Home.at(tmp_path / "home")
    shutil.copytree(home.runs, earlier.runs, dirs_exist_ok=True)
    folder = earlier.runs / run.id
    record = json.loads((folder / "run.json").read_text("utf-8"))
    del record["rank_uncertainty"]
    kept = ("volume", "rate", "hot_share")
    record["criteria"] = [
        {name: value for name, value in each.items() if name not in ("group", "direction")}
        for each in record["criteria"]
        if each["key"] in kept
    ]
    (folder / "run.json").write_text(json.dumps(record), "utf-8")
    table = pl.read_parquet(folder / "candidates.parquet")
    table.drop(
        "rank_low", "rank_high", "first_share", "undominated", "^part_.*$", "^whole_.*$"
    ).write_parquet(folder / "candidates.parquet")
    for weights in (None, {"volume": 0.5, "rate": 0.5, "hot_share": 0.0}):
        found = board(earlier, load_run(earlier, run.id), "en", weights)
        assert len(found.candidates) == 3
        assert found.sure is None
        assert found.candidates[0]["rank_low"] is None
        assert {each["key"] for each in found.groups} == {"demand", "space"}


def test_weights_of_an_address(run: RunSummary) -> None:
    criteria = run.record["criteria"]
    assert parse_weights({}, criteria) is None
    assert parse_weights({"w_volume": "12"}, criteria) is None
    changed = parse_weights({"w_volume": "112"}, criteria)
    assert changed is not None
    assert changed["volume"] == pytest.approx(112 / 200)
    assert parse_weights(weight_args(changed), criteria) == pytest.approx(changed, abs=1e-11)
    nothing = {f"w_{key}": "0" for key in DEFAULT_WEIGHTS}
    for wrong in ({"w_volume": "x"}, {"w_rate": "-1"}, {"w_rate": "nan"}, {"w_odd": "1"}, nothing):
        with pytest.raises(InvalidParameter):
            parse_weights(wrong, criteria)


def test_the_page_ranks_by_the_weights_of_its_address(planner: FlaskClient) -> None:
    by_area = "&".join(f"w_{key}=0" for key in DEFAULT_WEIGHTS if key != "population")
    page = planner.get(f"/townships?{by_area}&n=1").get_data(as_text=True)
    assert re.findall(r'data-code="(\w+)"', page) == ["T1", "T2", "T3"]
    assert "进入前 1 名：东街道；退出：中街道" in page
    assert planner.get("/townships?w_volume=x").status_code == 400
    assert planner.get("/townships?n=0").status_code == 400


def test_why_names_both_sides_and_what_is_missing(planner: FlaskClient) -> None:
    page = planner.get("/townships/T2/why").get_data(as_text=True)
    for text in (
        "支持纳入的",
        "不支持的和要当心的",
        "缺少数据：响应率、满意率、积压率",
        "map-extract",
    ):
        assert text in page
    assert planner.get("/townships/none/why").status_code == 404


def test_no_township_stands_above_all_townships() -> None:
    standings = (np.arange(1, 233) - 0.5) / 232
    above = [Standing({}, "", "", each, 1.0, None).above for each in standings]
    assert (above[0], above[-1]) == (0, 99)
    # By whole numbers: 100 (2 rank − 1) / (2 · 232), rounded down.
    assert above == [100 * (2 * rank - 1) // 464 for rank in range(1, 233)]


def test_two_sets_stand_side_by_side(planner: FlaskClient, run: RunSummary) -> None:
    other = ",".join(f"{key}=0" for key in DEFAULT_WEIGHTS if key != "population")
    page = planner.get(f"/townships/compare?a={run.id}&b={run.id}:{other}&n=1")
    text = page.get_data(as_text=True)
    assert "两组前 1 名共有 0 个" in text
    assert planner.get(f"/townships/compare?a={run.id}:volume").status_code == 400
    assert planner.get("/townships/compare?a=0123456789abcdef").status_code == 404


def test_viewers_cannot_tell_small_counts_from_standings(home: Home, run: RunSummary) -> None:
    true = board(home, run, "zh").candidates
    shown = board(home, run, "zh", exact=False)
    assert all(row["parts"] == {} for row in shown.candidates)
    assert all(row["rank_low"] is None for row in shown.candidates)
    counts = {row["code"]: row["count"] for row in true}
    for row in shown.candidates:
        assert row["values"]["volume"] == row["count"]
        assert row["count"] % 5 == 0
        assert abs(row["count"] - counts[row["code"]]) <= 2
    # Weights cannot get behind what is shown: two small counts stand alike.
    rows = [{**row, "count": n, "code": str(n)} for row, n in zip(true, (1, 4, 900), strict=True)]
    told = disclosed_rows(tuple(rows))
    assert told[0]["values"]["volume"] == told[1]["values"]["volume"] == 2.5


def _dealt(seed: int) -> Evidence:
    """Cases of 200 townships dealt over them by population alone."""
    rng = np.random.default_rng(seed)
    n, months = 200, 12
    people = rng.lognormal(10.3, 0.4, n)
    monthly = rng.multinomial(60_000 // months, people / people.sum(), months).T
    total = monthly.sum(axis=1).astype(float)
    rates = {"unresolved": 0.35, "response": 0.95, "satisfaction": 0.7, "backlog": 0.02}
    parts = {
        key: (rng.binomial(monthly.sum(axis=1), share).astype(float), total)
        for key, share in {"repeat": 0.15, **rates}.items()
    }
    cells = rng.integers(50, 200, n).astype(float)
    parts |= {"hot_share": (np.zeros(n), cells), "emerging": (np.zeros(n), cells)}
    values = {
        "volume": total,
        "rate": total / people * 10_000,
        "top_months": months_on_top(monthly),
        "points": rng.poisson(people / people.mean() * 3).astype(float),
        "population": people,
        "area": rng.lognormal(2, 0.8, n),
        "mix": rng.uniform(0, 1, n),
        **{key: 100 * part / whole for key, (part, whole) in parts.items()},
    }
    codes = np.array([f"{i:03d}" for i in range(n)])
    ordered = {key: values[key] for key in DEFAULT_WEIGHTS}
    return Evidence(codes, ordered, parts, monthly, people)


@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_is_certain_where_cases_fall_by_population_alone(seed: int) -> None:
    evidence = _dealt(seed)
    found = intervals(drawn_standings(evidence, DIRECTIONS, 1), DEFAULT_WEIGHTS, 1)
    assert found.first_share.max() < CERTAIN
    assert found.first_share.sum() == pytest.approx(10, abs=0.1)


def test_a_township_that_stands_out_in_all_is_certain() -> None:
    evidence = _dealt(3)
    evidence.monthly[0] *= 5
    evidence.values["volume"][0] *= 5
    evidence.values["rate"][0] *= 5
    evidence.values["points"][0] = 60
    for key in ("repeat", "unresolved", "backlog", "hot_share", "emerging"):
        evidence.parts[key][0][0] = 0.8 * evidence.parts[key][1][0]
    for key in ("response", "satisfaction"):
        evidence.parts[key][0][0] = 0.2 * evidence.parts[key][1][0]
    found = intervals(drawn_standings(evidence, DIRECTIONS, 1), DEFAULT_WEIGHTS, 1)
    assert found.first_share[0] > CERTAIN
    assert found.high[0] <= 10


def test_evidence_is_read_as_it_was_measured(home: Home, run: RunSummary) -> None:
    evidence = evidence_of(home, run.id)
    assert evidence.codes.tolist() == ["T1", "T2", "T3"]
    assert evidence.monthly.sum(axis=1).tolist() == evidence.values["volume"].tolist()
