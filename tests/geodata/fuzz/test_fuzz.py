"""Fuzzed files: every row ends in the store or in the rejects, and no file ends in a traceback."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest

from tests.conftest import SHARED, SLOW
from tests.geodata.fuzz.campaign import Trial, make_trial, run_trial, shrink
from tests.geodata.fuzz.ledger import Tally

ROWS = 100_000 if SLOW else 5_000
"""Rows that must be accounted for; those of refused files do not count."""

FIRST_SEED = int(os.environ.get("SUYUAN_FUZZ_SEED", "1"))
"""Where the seeds begin; a failing seed is repeated by naming it."""

EXPECTED_RULES = (
    "missing_value", "unreadable_date", "unreadable_number", "ragged_row", "broken_json",
    "superseded",
    *(("future_date", "too_early_date", "id_lost_digits", "field_too_long") if SLOW else ()),
)  # fmt: skip


def test_every_fuzzed_row_is_accounted_for(template: Path, tmp_path: Path) -> None:
    shared = SHARED / "data" if (SHARED / "data").is_dir() else None
    tally, seed = Tally(), FIRST_SEED
    while _accounted(tally) < ROWS:
        trial = make_trial(seed, tmp_path, shared)
        try:
            tally.update(run_trial(trial, template)[0])
        except Exception as error:  # noqa: BLE001 -- whatever it is, its file is what helps
            pytest.fail(_explain(trial, error, template, tmp_path), pytrace=False)
        seed += 1
    print(f"{seed - FIRST_SEED} files, {_accounted(tally)} rows: {dict(tally.most_common())}")
    # A fuzzer that gets everything refused, or nothing, would prove nothing.
    assert tally["stored"] > ROWS * 0.4
    assert tally["refused"] < tally["stored"]
    assert all(tally[rule] for rule in EXPECTED_RULES), tally


def _accounted(tally: Tally) -> int:
    return tally.total() - tally["refused"]


def _explain(trial: Trial, error: Exception, template: Path, folder: Path) -> str:
    """Save the smallest file that still fails in the same way, and tell how to get there."""

    def fails(smaller: Trial) -> bool:
        try:
            run_trial(smaller, template)
        except Exception as other:  # noqa: BLE001
            return type(other) is type(error)
        return False

    smallest = shrink(trial, fails)
    kept = folder / f"seed-{trial.seed}"
    kept.mkdir()
    written = smallest.write(kept)
    trace = "".join(traceback.format_exception(error, limit=-6))
    return (
        f"seed {trial.seed} ({trial.table.name}, {written.style}) fails; its smallest file "
        f"({len(smallest.records)} rows): {written.path}\n"
        f"repeat with SUYUAN_FUZZ_SEED={trial.seed}\n{trace}"
    )
