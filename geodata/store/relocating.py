"""Write rows that were placed anew; what the sources say stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from geodata.month_files import PARTITION
from geodata.store.matching import location_fingerprint
from geodata.store.tables import Facts, MonthTable


def relocate(cases: MonthTable, staged: Sequence[Path], facts: Facts) -> int:
    """Put rows in place of the stored ones where they lie elsewhere; return how many do.

    Parameters
    ----------
    cases : MonthTable
    staged : sequence of Path
        Arrow IPC files of stored cases with their columns, placed anew.
    facts : dict
        Of the commit; none is made where nothing changes.
    """
    if not staged:
        return 0
    new = pl.scan_ipc(list(staged))
    moved = moved_cases(cases, new)
    if moved.is_empty():
        return 0
    target = staged[0].with_name("moved.arrow")
    rows = new.join(moved.lazy().select("case_id"), on="case_id", how="semi")
    rows.sink_ipc(target, compression="lz4", compat_level=pl.CompatLevel.oldest())
    cases.merge([target], moved[PARTITION].unique().sort().to_list(), facts)
    return moved.height


def moved_cases(cases: MonthTable, new: pl.LazyFrame) -> pl.DataFrame:
    """Return id and month of the stored cases that lie elsewhere than the new rows say."""
    there = cases.scan().select("case_id", PARTITION, there=location_fingerprint())
    here = new.select("case_id", here=location_fingerprint())
    both = there.join(here, on="case_id").filter(pl.col("there") != pl.col("here"))
    return both.select("case_id", PARTITION).collect(engine="streaming")
