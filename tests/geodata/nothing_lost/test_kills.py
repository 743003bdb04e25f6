"""kill -9 at random moments of real imports: the whole batch or none, and no growing waste."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

from geodata.home import Home
from geodata.store import CaseStore
from tests.conftest import SLOW
from tests.geodata.nothing_lost.conftest import data_files, marked_files, start_import, write_cases

KILLS = 50 if SLOW else 6
ROWS = 60_000 if SLOW else 10_000


def test_kills_at_random_moments(home: Home, tmp_path: Path) -> None:
    """Each new state of a file is imported, killed, looked at, and imported again to the end."""
    rng = random.Random(20250601)
    first = write_cases(tmp_path / "0.csv", ROWS)
    _, seconds = _finish_timed(home, first)
    # A file that updates known cases takes less time than one of new ones.
    usual = {0: seconds, 1: seconds}
    killed = landed = number = 0
    # An import that had just ended was not killed: it is one more.
    while killed < KILLS and number < 2 * KILLS:
        # Half of the files update known cases (two tables change), half bring new ones.
        file = tmp_path / "next.csv"
        if number % 2:
            write_cases(file, ROWS, prefix=f"k{number}-", seed=number)
        else:
            write_cases(file, ROWS, seed=number + 2, changed=0.02)
        before = _state(home)
        victim = start_import(home.path, file)
        time.sleep(rng.uniform(0.25, 1.0) * usual[number % 2])
        victim.kill()
        died = victim.wait() == -9
        victim.stdout.close()
        victim.stderr.close()
        after = _state(home)
        killed, landed = killed + died, landed + (died and after != before)
        report, seconds = _finish_timed(home, file)
        usual[number % 2] = seconds  # the store grows, and commits come at the very end
        assert after in (before, _state(home))
        told = [report[n] for n in ("accepted", "updated", "unchanged", "outdated", "rejected")]
        assert report["read"] == sum(told) == ROWS
        if after != before:
            assert report["unchanged"] + report["outdated"] == ROWS
        counts = CaseStore(home).count()
        assert counts.cases == counts.distinct_ids
        assert list(home.staging.iterdir()) == []
        assert CaseStore(home).delete_orphans() == 0
        assert marked_files(home) <= data_files(home)
        number += 1
    print(f"{number} imports: {killed} killed, {landed} of them after the commit")
    assert killed == KILLS
    CaseStore(home).clean((), 0)
    newest = {*_current_files(home)}
    assert data_files(home) == newest
    assert marked_files(home) <= newest


def _finish_timed(home: Home, file: Path) -> tuple[dict, float]:
    started = time.monotonic()
    return _finish(home, file), time.monotonic() - started


def _finish(home: Home, file: Path) -> dict:
    done = start_import(home.path, file)
    out, err = done.communicate(timeout=300)
    assert done.returncode == 0, err
    return json.loads(out)


def _state(home: Home) -> tuple:
    """Everything that readers can see: current rows and lives, by their hashes."""
    store = CaseStore(home)
    rows = store.scan().drop("batch").collect().sort("case_id")
    history = store._history(store.log()).rows().collect().drop("batch", "same_as")
    return (
        rows.height,
        int(rows.hash_rows().sum()),
        history.height,
        int(history.hash_rows().sum()) if history.height else 0,
    )


def _current_files(home: Home) -> list[Path]:
    store = CaseStore(home)
    tables = [store._cases, store._deliveries]
    return [table.path / name for table in tables for name in table.files()]
