"""One fuzzed file from its seed, and the smallest part of it that still fails."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geodata.home import Home
from tests.geodata.fuzz import damage
from tests.geodata.fuzz.ledger import Tally, account
from tests.geodata.fuzz.rows import Record, make_records
from tests.geodata.fuzz.tables import REAL, SHIPPED, Table, made_table, real_table
from tests.geodata.fuzz.writing import SHARES, WRITERS, Written

SHRINKING_SECONDS = 60.0
"""How long a failing file is made smaller."""

_SIZES = (3, 20, 100, 100, 400, 1_000)
_SUFFIXES = (".csv", ".txt", ".xlsx", ".parquet", ".dat")


@dataclass(frozen=True)
class Trial:
    """A fuzzed file, before it is written.

    Attributes
    ----------
    seed : int
        Makes everything about the file.
    """

    seed: int
    table: Table
    records: list[Record]

    def write(self, folder: Path) -> Written:
        """Write the file; the same records give the same bytes."""
        # Not the seed itself: the first word drawn from it tells how many rows there are, and the
        # kind of the file must not follow from that.
        rng = random.Random(f"{self.seed} written")
        (writer,) = rng.choices(list(WRITERS.values()), SHARES)
        path = folder / f"cases{rng.choice(_SUFFIXES)}"
        damaged = rng.random() < damage.SHARE
        written = writer(self.table, self.records, path, rng)
        return damage.damage_file(written, rng) if damaged else written


def make_trial(seed: int, folder: Path, shared: Path | None) -> Trial:
    """Make a trial: half of them from made tables, half from real files where there are any."""
    rng = random.Random(seed)
    rows = rng.choice(_SIZES)
    if shared is None or rng.random() < 0.5:
        table = made_table(rng.choice(SHIPPED), rng, rows)
    else:
        table = real_table(rng.choice(list(REAL)), shared, folder, rng, rows)
    return Trial(seed, table, make_records(table, rng))


def run_trial(trial: Trial, template: Path) -> tuple[Tally, Written]:
    """Import the trial's file into a fresh copy of a home and account for every row."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(template, folder / "home")
        written = trial.write(folder)
        again = trial.seed % 5 == 0
        return account(Home.at(folder / "home"), trial.table, written, again=again), written


def shrink(trial: Trial, fails: Callable[[Trial], bool]) -> Trial:
    """Take rows out of a failing trial, in ever smaller pieces, as long as it fails."""
    until = time.monotonic() + SHRINKING_SECONDS
    smallest, piece = trial, max(len(trial.records) // 2, 1)
    while piece and time.monotonic() < until:
        place = 0
        while place < len(smallest.records) and time.monotonic() < until:
            left = smallest.records[:place] + smallest.records[place + piece :]
            smaller = Trial(trial.seed, trial.table, left)
            if left and fails(smaller):
                smallest = smaller
            else:
                place += piece
        piece //= 2
    return smallest
