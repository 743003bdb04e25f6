"""All deliveries of the cases that have more than one, in a table beside the current rows.

The two tables act as one. Rows of the history are written first; the commit of the cases that
follows names the version of the history that belongs to it, and readers use that one. What lies
beyond it was left by a writer that was killed, and the next writer takes it back.

A row whose values another batch had delivered already is a light *witness*: it names that batch
under ``same_as`` and holds no values.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from geodata.schema import SOURCE_SCHEMA
from geodata.store.tables import Facts, MonthTable

_NAMED = ("case_id", "month")

HISTORY_SCHEMA = pa.schema(
    [
        *(field if field.name in _NAMED else field.with_nullable(True) for field in SOURCE_SCHEMA),
        pa.field("batch", pa.string(), nullable=False),
        pa.field("same_as", pa.string()),
    ]
)
"""`SOURCE_COLUMNS` as delivered, which batch delivered them, and for a witness which batch has the
values. The month of a witness is that of its values."""

RESTORED = {"kind": "restored"}


@dataclass(frozen=True)
class History:
    """The history as one version of the cases sees it.

    Attributes
    ----------
    table : MonthTable
    version : int or None
        None while no case has a second delivery.
    """

    table: MonthTable
    version: int | None

    def rows(self) -> pl.LazyFrame:
        """Return the rows of the version, lazily, as `HISTORY_SCHEMA`."""
        if self.version is None:
            return pl.LazyFrame(pl.from_arrow(HISTORY_SCHEMA.empty_table()))
        return self.table.scan(self.version)

    def append(self, paths: Sequence[Path], facts: Facts) -> int | None:
        """Add rows and return the version that has them; the same one where there are none."""
        if not paths:
            return self.version
        self.take_back()
        self.table.append(paths, facts)
        return self.table.version

    def merge(self, paths: Sequence[Path], months: Sequence[str], facts: Facts) -> int | None:
        """Put rows in place of those of the same case and batch; return the new version."""
        if not paths:
            return self.version
        self.take_back()
        self.table.merge(paths, months, facts)
        return self.table.version

    def take_back(self) -> None:
        """Undo what a killed writer left beyond the version."""
        if self.version is None:
            shutil.rmtree(self.table.path, ignore_errors=True)
        elif self.table.version != self.version:
            self.table.restore(self.version, RESTORED)


def history_table(folder: Path) -> MonthTable:
    """Return the table of deliveries in a folder."""
    return MonthTable(folder, HISTORY_SCHEMA, ("case_id", "batch"))
