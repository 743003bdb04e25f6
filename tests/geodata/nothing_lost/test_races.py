"""Two imports at once in two processes: both land, one after the other."""

from __future__ import annotations

import json
from pathlib import Path

from geodata.home import Home
from geodata.store import CaseStore
from tests.geodata.nothing_lost.conftest import start_import, write_cases

ROWS = 8_000


def race(home: Home, *files: Path) -> list[dict]:
    racers = [start_import(home.path, file) for file in files]
    ended = [racer.communicate(timeout=300) for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * len(racers), ended
    return [json.loads(out) for out, _ in ended]


def test_two_files_at_once_both_land(home: Home, tmp_path: Path) -> None:
    files = [write_cases(tmp_path / f"{n}.csv", ROWS, prefix=n, seed=ord(n)) for n in "ab"]
    reports = race(home, *files)
    assert [report["accepted"] for report in reports] == [ROWS, ROWS]
    counts = CaseStore(home).count()
    assert (counts.cases, counts.distinct_ids, counts.batches) == (2 * ROWS, 2 * ROWS, 2)


def test_one_file_twice_at_once_lands_once(home: Home, tmp_path: Path) -> None:
    file = write_cases(tmp_path / "a.csv", ROWS)
    first, second = sorted(race(home, file, file), key=lambda report: -report["accepted"])
    assert (first["accepted"], second["accepted"], second["unchanged"]) == (ROWS, 0, ROWS)
    assert CaseStore(home).count().cases == ROWS
    assert len(CaseStore(home).batches()) == 1


def test_two_states_of_the_same_cases_at_once(home: Home, tmp_path: Path) -> None:
    """Whoever waits, the newer rows stay and both deliveries are kept."""
    old = write_cases(tmp_path / "old.csv", ROWS)
    new = write_cases(tmp_path / "new.csv", ROWS, changed=0.1)
    race(home, old, new)
    store = CaseStore(home)
    titles = store.scan(columns=["case_id", "title"]).collect()
    changed = titles.filter(titles["title"] == "办结")
    assert titles.height == ROWS
    assert changed.height == lines_closed(new)
    assert len(store.history_of(changed["case_id"][0]).deliveries) == 2


def lines_closed(file: Path) -> int:
    return sum(",办结," in line for line in file.read_text("utf-8").splitlines())
