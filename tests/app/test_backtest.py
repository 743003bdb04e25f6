"""The forecast check from the form and the command line to the page, on a small city."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from app.cli import main
from app.errors import InvalidParameter, NothingToAnalyse
from app.hotspots.backtesting.forms import BacktestArguments
from app.hotspots.backtesting.making import make_backtest
from app.hotspots.backtesting.page import _compared, _figure
from app.hotspots.backtesting.stored import (
    HITS_FILE,
    RECORD_FILE,
    StoredBacktest,
    backtests_folder,
    list_backtests,
)
from app.services import services
from geodata.home import Home
from spatial.backtesting.backtest import SHARES
from spatial.backtesting.forecasts import METHODS
from tests.people import first_client


def check(home: Path, **arguments: object) -> StoredBacktest:
    return make_backtest(Home.at(home), BacktestArguments.read(**arguments))


def suyuan(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"SUYUAN_HOME": str(home)})


@pytest.fixture(scope="module")
def made(city_home: Path) -> StoredBacktest:
    return check(city_home)


def test_the_record_says_what_came_out_and_what_it_came_from(made: StoredBacktest) -> None:
    record = made.record
    assert {"case_store_version", "boundary_versions", "seed", "code_version", "parameters",
            "library_versions"} <= set(record)  # fmt: skip
    counts = record["counts"]
    assert counts["located"] + counts["unlocated"] == counts["all"] == 2_160
    assert record["short_history"]
    assert record["left_out"] == {"same_28_days_last_year": 365, "seasonal": 365}
    assert (made.start, made.end) == (date(2025, 1, 1), date(2025, 7, 1))
    assert record["windows"][-1]["to"] == "2025-07-01"
    assert record["next"]["from"] == "2025-07-01"
    for method in (*record["methods"].values(), record["picked"]):
        assert len(method["hit_rate"]) == len(SHARES)
        for share, rate, pai in zip(SHARES, method["hit_rate"], method["pai"], strict=True):
            assert pai["value"] == pytest.approx(rate["value"] / share)


def test_hits_are_kept_window_by_window(city_home: Path, made: StoredBacktest) -> None:
    table = pq.read_table(backtests_folder(Home.at(city_home)) / made.id / HITS_FILE)
    rows = [row for row in table.to_pylist() if row["method"] == "last_365_days"]
    assert len(rows) == len(made.record["windows"]) * len(SHARES)
    for i, share in enumerate(SHARES):
        hits = sum(row["hits"] for row in rows if row["share"] == share)
        assert hits == pytest.approx(made.record["methods"]["last_365_days"]["hits"][i], abs=1e-5)
        possible = sum(row["possible"] for row in rows if row["share"] == share)
        pei = made.record["methods"]["last_365_days"]["pei"][i]["value"]
        assert pei == pytest.approx(hits / possible)


def test_the_same_check_is_the_same_bytes(city_home: Path, made: StoredBacktest) -> None:
    folder = backtests_folder(Home.at(city_home)) / made.id
    before = [(folder / name).read_bytes() for name in (RECORD_FILE, HITS_FILE)]
    shutil.rmtree(folder)
    again = check(city_home, start="2025-01-01", end="2025-07-01")
    assert again.id == made.id
    assert [(folder / name).read_bytes() for name in (RECORD_FILE, HITS_FILE)] == before
    assert check(city_home, seed=2).id != made.id


def test_one_class_alone(city_home: Path) -> None:
    found = check(city_home, classes=("噪声",), resolution=8)
    assert found.record["counts"]["all"] < 1_000
    assert found.label.endswith("噪声")


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"start": "2025-05-01"}, NothingToAnalyse, "61 days; a forecast check needs 168 or more"),
        ({"end": "2020-01-01"}, NothingToAnalyse, "no located case in this window"),
        ({"classes": ("没有",)}, NothingToAnalyse, "no located case in the windows to score"),
        ({"start": "2025-02-01", "end": "2025-01-01"}, InvalidParameter, "the window is empty"),
        ({"resolution": 12}, InvalidParameter, "resolution: 12 is not allowed"),
        ({"start": "soon"}, InvalidParameter, "start: 'soon' is not allowed"),
    ],
)
def test_what_cannot_be_checked_is_told(city_home: Path, arguments, error, words: str) -> None:
    with pytest.raises(error) as told:
        check(city_home, **arguments)
    assert words in told.value.english
    assert told.value.chinese


def test_the_command_prints_one_line_or_a_table(city_home: Path, made: StoredBacktest) -> None:
    ended = suyuan(city_home, "backtest", "--json")
    assert ended.exit_code == 0, ended.output
    (line,) = ended.stdout.splitlines()
    report = json.loads(line)
    assert report["backtest"] == made.id
    assert list(report["methods"]) == [name for name in METHODS if name not in report["left_out"]]
    assert report["seconds"] > 0
    table = suyuan(city_home, "backtest").stdout
    for words in ("1 % of the area", "hit rate %", "PAI", "PEI", "RRI", "power_decay", "picked"):
        assert words in table


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [((), 1), (("--from", "soon"), 2), (("--resolution", "12"), 2), (("--seed", "-1"), 2)],
)
def test_the_command_on_an_empty_home(
    tmp_path: Path, arguments: tuple[str, ...], exit_code: int
) -> None:
    ended = suyuan(tmp_path / "home", "backtest", *arguments)
    assert ended.exit_code == exit_code
    assert ended.stdout == ""
    assert "Traceback" not in ended.output


def test_an_empty_page_says_what_to_do(empty_client: FlaskClient) -> None:
    page = empty_client.get("/hotspots/backtest").text
    assert "还没有诉求可以检验" in page
    assert "/cases/import" in page


def test_the_page_shows_the_newest_check(client: FlaskClient, made: StoredBacktest) -> None:
    for language, words in (("zh_Hans", "逐期择优"), ("en", "Best so far")):
        client.post("/language", data={"language": language})
        for share in range(len(SHARES)):
            page = client.get(f"/hotspots/backtest?check={made.id}&share={share}").text
            assert words in page
            rate = 100 * made.record["methods"]["gi_star"]["hit_rate"][share]["value"]
            assert f'<strong class="figure">{rate:.2f}</strong>' in page


@pytest.mark.parametrize(
    ("query", "status"),
    [("check=zzz", 400), ("check=0123456789abcdef", 404), ("share=3", 400), ("share=x", 400)],
)
def test_wrong_addresses_are_told(client: FlaskClient, query: str, status: int) -> None:
    assert client.get(f"/hotspots/backtest?{query}").status_code == status


def test_starting_a_check_from_the_page(city_app: Flask) -> None:
    client = first_client(city_app)
    answer = client.post("/hotspots/backtest", data={"resolution": "8", "classes": ["噪声"]})
    assert answer.status_code == 302
    job = services(city_app).jobs.get(answer.headers["Location"].split("/")[2])
    assert job.state == "done", job.message
    assert client.get(job.result_url or "").status_code == 200
    assert client.get(answer.headers["Location"]).status_code == 200
    newest = list_backtests(services(city_app).home)[0]
    assert (newest.resolution, newest.classes) == (8, ["噪声"])


@pytest.mark.parametrize(
    "form",
    [
        {"resolution": "9", "classes": ["没有"]},
        {"resolution": "9", "start": "2025-02-01", "end": "2025-02-01"},
        {"resolution": "3"},
    ],
)
def test_a_wrong_form_is_shown_again(client: FlaskClient, form: dict[str, object]) -> None:
    assert client.post("/hotspots/backtest", data=form).status_code == 422


def test_a_check_that_cannot_be_made_ends_its_job(empty_app: Flask) -> None:
    client = first_client(empty_app)
    answer = client.post("/hotspots/backtest", data={"resolution": "9"})
    job = services(empty_app).jobs.get(answer.headers["Location"].split("/")[2])
    assert job.state == "failed"
    assert "boundaries" in job.message
    assert client.get(answer.headers["Location"]).status_code == 200


def test_the_form_needs_its_token(city_app: Flask) -> None:
    city_app.config["WTF_CSRF_ENABLED"] = True
    assert first_client(city_app).post("/hotspots/backtest", data={}).status_code == 400


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (0.041, 0.012, 0.07, "比近 365 天总量多命中 4.1％（差别的 95％ 区间 +1.2 至 +7.0）"),
        (-0.03, -0.05, -0.01, "比近 365 天总量少命中 3.0％（差别的 95％ 区间 −5.0 至 −1.0）"),
        (0.0001, -0.02, 0.02, "分不出高下（命中数相差 0.0％，95％ 区间 −2.0 至 +2.0）"),
        (0.05, None, None, "相差 +5.0％；窗口太少，给不出区间，还分不出高下"),
    ],
)
def test_one_sentence_says_whether_picking_paid(
    empty_app: Flask, value: float, low: float | None, high: float | None, said: str
) -> None:
    known = {"value": value, "low": low, "high": high}
    with empty_app.test_request_context():
        assert said in _compared(_figure("gain", known), known, "1")
