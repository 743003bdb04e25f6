"""The counts that every engine hands back, in one order, as one Parquet file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from geodata.engines.indexing import UNKNOWN_CLASS, UNKNOWN_PERIOD, CellJob
from spatial.grid import NO_CELL


@dataclass(frozen=True)
class CellCounts:
    """Counts of reports, callers and (where numbered) incidents.

    Attributes
    ----------
    table : polars.DataFrame
        ``cell`` (int64; null: not located), ``period`` (first day; null: no time), ``class`` where
        asked (null: none), ``reports``, ``callers`` and ``incidents``; in ascending order.
    """

    table: pl.DataFrame

    @classmethod
    def of(cls, counted: pa.Table | pl.DataFrame, job: CellJob) -> CellCounts:
        """Take an engine's counts, in whatever order they come."""
        frame = pl.DataFrame(pl.from_arrow(counted) if isinstance(counted, pa.Table) else counted)
        known = {
            "cell": pl.col("cell") != NO_CELL,
            "period": pl.col("period") != UNKNOWN_PERIOD,
            "class": pl.col("class") != UNKNOWN_CLASS,
        }
        shown = [pl.when(known[name]).then(name).alias(name) for name in job.groups]
        return cls(frame.with_columns(shown).sort(*job.groups))

    @property
    def cases(self) -> int:
        """All rows that were counted."""
        return int(self.table["reports"].sum())

    @property
    def located(self) -> int:
        """Those in a cell."""
        return int(self.table.filter(pl.col("cell").is_not_null())["reports"].sum())

    @property
    def cells(self) -> int:
        """Cells that hold a case."""
        return self.table["cell"].drop_nulls().n_unique()

    def write(self, path: Path) -> None:
        """Write the table; the same counts give the same bytes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.table.write_parquet(path, compression="zstd")
