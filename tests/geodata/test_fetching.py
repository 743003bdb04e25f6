"""Fetching from Open311 and Socrata: paging, faults, resuming, data that moves, what is refused."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from geodata.errors import FetchFailed, InvalidUrl
from geodata.fetching import Fetched, FetchRequest, client, fetching
from geodata.home import Home
from geodata.profiles import load_profile
from tests.conftest import ROOT
from tests.geodata.fake_311 import Fake, Rows, body, serving, status

NOW = datetime(2025, 6, 1, tzinfo=UTC)
START = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def server(fake: Fake) -> Iterator[str]:
    with serving(fake) as url:
        yield url


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.01)


def requests(n: int, *, days: float = 120) -> Rows:
    step = timedelta(days=days) / n
    return [
        {
            "service_request_id": f"r{number}",
            "requested_datetime": (START + number * step).isoformat(),
            "updated_datetime": (START + number * step).isoformat(),
            "service_name": "Pothole", "lat": 42.1, "long": -71.1,
        }
        for number in range(n)
    ]  # fmt: skip


def rows(n: int) -> Rows:
    return [
        {
            ":id": f"row-{number:06d}", ":updated_at": f"2025-02-01T00:00:{number % 60:02d}.000Z",
            "unique_key": str(number),
            "created_date": f"2025-01-{number % 28 + 1:02d}T08:00:00.000",
        }
        for number in range(n)
    ]  # fmt: skip


def open311(server: str, **changed: Any) -> FetchRequest:
    request = FetchRequest(
        f"{server}/requests.json?jurisdiction_id=x", "open311", load_profile("open311"),
        start=START, end=NOW, page_size=100, pause=0,
    )  # fmt: skip
    return replace(request, **changed)


def socrata(server: str, **changed: Any) -> FetchRequest:
    url = f"{server}/resource/abcd-1234.json"
    return replace(
        FetchRequest(url, "socrata", load_profile("socrata"), page_size=100, pause=0), **changed
    )


def fetch(home: Home, request: FetchRequest, **options: Any) -> tuple[Rows, Fetched]:
    with fetching(home, request, now=NOW, **options) as fetched:
        lines = fetched.file.read_text().splitlines() if fetched.file.exists() else []
        return [json.loads(line) for line in lines], fetched


def ids(records: Rows) -> list[str]:
    return [record.get("service_request_id") or record["unique_key"] for record in records]


def test_open311_is_paged_by_windows(home: Home, fake: Fake, server: str) -> None:
    fake.rows = requests(1_050)
    records, fetched = fetch(home, open311(server))
    assert ids(records) == ids(fake.rows)
    assert (fetched.notes, fetched.resumed) == ((), False)
    assert {query["jurisdiction_id"] for query in fake.asked} == {"x"}


def test_a_server_that_turns_no_pages_is_asked_by_shorter_windows(
    home: Home, fake: Fake, server: str
) -> None:
    fake.rows, fake.cap, fake.turns_pages = requests(1_050), 60, False
    records, fetched = fetch(home, open311(server))
    assert sorted(ids(records)) == sorted(ids(fake.rows))
    assert fetched.notes == ()


def test_what_a_capped_server_cannot_give_is_told(home: Home, fake: Fake, server: str) -> None:
    fake.rows, fake.cap, fake.turns_pages = requests(500, days=0.01), 60, False
    _, fetched = fetch(home, open311(server))
    assert "the server may have left out more" in fetched.notes[0].english


def test_open311_xml_gives_the_same_records(home: Home, fake: Fake, server: str) -> None:
    fake.rows = requests(3)
    plain, _ = fetch(home, open311(server), full=True)
    tags = [
        "<request>" + "".join(f"<{k}>{v}</{k}>" for k, v in row.items()) + "</request>"
        for row in fake.rows
    ]
    xml = f"<?xml version='1.0'?><service_requests>{''.join(tags)}</service_requests>".encode()
    fake.moods[len(fake.asked)] = body(xml)
    again, _ = fetch(home, open311(server), full=True)
    assert again == plain


def test_socrata_is_paged_to_its_last_row_even_under_a_cap(
    home: Home, fake: Fake, server: str
) -> None:
    fake.rows, fake.cap = rows(530), 70
    records, fetched = fetch(home, socrata(server))
    assert sorted(ids(records), key=int) == ids(fake.rows)
    assert fetched.notes == ()


def test_a_period_is_asked_by_the_time_of_receipt(home: Home, fake: Fake, server: str) -> None:
    fake.rows = rows(280)
    request = socrata(server, start=datetime(2025, 1, 3), end=datetime(2025, 1, 5))
    records, _ = fetch(home, request)
    assert {record["created_date"][:10] for record in records} == {"2025-01-03", "2025-01-04"}


def test_the_next_fetch_asks_only_for_what_changed(home: Home, fake: Fake, server: str) -> None:
    fake.rows = rows(130)
    fetch(home, socrata(server))
    fake.rows[5] |= {":updated_at": "2025-05-01T00:00:00.000Z", "status": "Closed"}
    records, _ = fetch(home, socrata(server))
    assert "5" in ids(records)
    assert len(records) < 10
    everything, _ = fetch(home, socrata(server), full=True)
    assert len(everything) == 130


def test_the_next_open311_fetch_looks_back_ninety_days(home: Home, fake: Fake, server: str) -> None:
    fake.rows = requests(240)
    fetch(home, open311(server))
    records, _ = fetch(home, open311(server))
    assert ids(records) == [f"r{number}" for number in range(59, 240)]


def test_passing_faults_cost_nothing(home: Home, fake: Fake, server: str) -> None:
    fake.rows = rows(530)
    fake.moods = {
        1: status(429, Retry_After="1"), 2: status(500), 3: status(503), 5: body(b'[{"a": 1', 4000),
        7: body(b'[{"unique_key": '), 9: body(b"<html>busy</html>"),
    }  # fmt: skip
    started = time.monotonic()
    records, _ = fetch(home, socrata(server))
    assert ids(records) == ids(fake.rows)
    assert time.monotonic() - started >= 1


def test_a_fetch_goes_on_where_it_was_given_up(home: Home, fake: Fake, server: str) -> None:
    fake.rows = rows(530)
    fake.moods = {number: status(500) for number in range(4, 4 + client.TRIES)}
    with pytest.raises(FetchFailed, match="HTTP 500 after 6 tries; the next fetch goes on"):
        fetch(home, socrata(server))
    asked = len(fake.asked)
    records, fetched = fetch(home, socrata(server))
    assert fetched.resumed
    assert fake.asked[asked]["$offset"] == "300"
    assert ids(records) == ids(fake.rows)


def test_an_import_that_fails_leaves_the_records_for_the_next(
    home: Home, fake: Fake, server: str
) -> None:
    fake.rows = rows(30)
    with pytest.raises(RuntimeError), fetching(home, socrata(server), now=NOW):
        raise RuntimeError
    asked = len(fake.asked)
    records, fetched = fetch(home, socrata(server))
    assert (len(records), fetched.resumed, len(fake.asked)) == (30, True, asked)


def test_data_that_move_between_pages_are_told(home: Home, fake: Fake, server: str) -> None:
    fake.rows = rows(300)

    def move(number: int) -> None:
        if number == 2:  # a row is put before those read: the rest shift by one
            fake.rows.insert(0, {**fake.rows[0], ":id": "a", "unique_key": "new"})
        if number == 3:
            fake.rows[-1] = {**fake.rows[-1], ":id": "zzz"}

    fake.before = move
    records, fetched = fetch(home, socrata(server))
    told = [note.english for note in fetched.notes]
    assert "300 rows at first, 301 at the end" in told[0]
    assert "1 records came twice, 0 of them changed" in told[1]
    assert len(ids(records)) == len(set(ids(records)))


@pytest.mark.parametrize(
    "url", ["ftp://x/y", "file:///etc/passwd", "x", "http://", "http://u:geheim@x/", "http://x:y/"]
)
def test_other_addresses_are_refused(home: Home, url: str) -> None:
    with pytest.raises(InvalidUrl) as refusal:
        fetch(home, socrata("", url=url))
    assert "geheim" not in str(refusal.value)


def test_redirects_are_followed_to_the_web_only(home: Home, fake: Fake, server: str) -> None:
    fake.rows = rows(3)
    fake.moods = {0: status(302, Location="/resource/efgh-5678.json?$select=count(*)")}
    assert len(fetch(home, socrata(server))[0]) == 3
    for target in ("file:///etc/passwd", "ftp://127.0.0.1/x"):
        fake.moods = {len(fake.asked): status(302, Location=target)}
        with pytest.raises(FetchFailed, match="which is not followed"):
            fetch(home, socrata(server), full=True)
    fake.moods = dict.fromkeys(range(len(fake.asked), 100), status(302, Location=server))
    with pytest.raises(FetchFailed, match="more than 5 redirects"):
        fetch(home, socrata(server), full=True)


def test_refusals_and_too_much_are_told_in_one_line(
    home: Home, fake: Fake, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.moods = {0: status(404)}
    with pytest.raises(FetchFailed, match="answers HTTP 404 for /resource/abcd-1234"):
        fetch(home, socrata(server))
    fake.moods = dict.fromkeys(range(1, 9), body(b'{"error": true}'))
    with pytest.raises(FetchFailed, match="the answer is no list of records"):
        fetch(home, socrata(server))
    fake.moods = {}
    monkeypatch.setattr(client, "LARGEST_PAGE", 1000)
    fake.rows = rows(100)
    with pytest.raises(FetchFailed, match="page-size"):
        fetch(home, socrata(server), full=True)


def test_nobody_there_is_told(home: Home, server: str) -> None:
    nowhere = open311("http://127.0.0.1:9")
    with pytest.raises(FetchFailed, match="no connection after 6 tries"):
        fetch(home, nowhere)


def test_two_at_once_do_not_mix(home: Home, fake: Fake, server: str) -> None:
    fake.rows = rows(3)
    with (
        fetching(home, socrata(server), now=NOW),
        pytest.raises(FetchFailed, match="another process"),
    ):
        fetch(home, socrata(server))


def run(home: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "SUYUAN_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", "cases", *arguments, "--json"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_a_killed_fetch_goes_on_and_is_imported_once(
    tmp_path: Path, fake: Fake, server: str
) -> None:
    fake.rows = rows(1_000)
    command = ("fetch", socrata(server).url, "--source", "socrata", "--page-size", "50")
    fetching_command = run(tmp_path, *command, "--pause", "0.05")
    while len(fake.asked) < 8:
        time.sleep(0.01)
    fetching_command.send_signal(signal.SIGKILL)
    fetching_command.wait()
    asked = len(fake.asked)
    line, errors = run(tmp_path, *command, "--pause", "0").communicate()
    report = json.loads(line)
    assert errors == ""
    assert (report["resumed"], report["fetched"], report["accepted"]) == (True, 1_000, 1_000)
    assert int(fake.asked[asked]["$offset"]) >= 200
    assert not list((tmp_path / "fetches").rglob("*.jsonl"))
    count, _ = run(tmp_path, "count").communicate()
    assert json.loads(count)["cases"] == 1_000
