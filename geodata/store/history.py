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
from types import TracebackType
from typing import Self

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from geodata.arrays import in_one, repeated, typed
from geodata.month_files import DISTINCT, PARTITION, file_name, without_month
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

_BATCH = pa.dictionary(pa.int32(), pa.string())

WITNESS_SCHEMA = pa.schema(
    [
        pa.field("case_id", pa.string(), nullable=False),
        pa.field("batch", _BATCH, nullable=False),
        pa.field("same_as", _BATCH),
    ]
)
"""What a witness says; Parquet makes text of a dictionary."""

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

    def append(self, files: Sequence[Path], facts: Facts) -> int | None:
        """Take over files of a `HistoryWriter`; return the version that has them.

        That is the version there was where there are none.
        """
        if not files:
            return self.version
        self.take_back()
        self.table.take_over(files, facts)
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


class HistoryWriter:
    """Write rows of the history to files by month, in the layout of the table.

    Witnesses stand in files of their own, which lack the columns that they leave blank: to write
    nothing into forty columns takes several times as long as to write what there is.

    Parameters
    ----------
    folder : Path
        Where the months' folders are made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._name = folder / "told", file_name("told")
        self._files: dict[Path, pq.ParquetWriter] = {}

    def add(self, rows: pl.DataFrame) -> None:
        """Write deliveries, each with all columns of `HISTORY_SCHEMA`."""
        schema = without_month(HISTORY_SCHEMA)
        for (month,), part in rows.partition_by(PARTITION, as_dict=True).items():
            told = part.select(schema.names).to_arrow().cast(schema)
            self._write(str(month), told, self._name)

    def add_witnesses(self, month: str, batch: str, like: pa.Table) -> None:
        """Write witnesses of a batch.

        Parameters
        ----------
        like : pyarrow.Table
            ``case_id, same_as``.
        """
        values = {name: in_one(like[name]) for name in like.column_names}
        values["batch"] = repeated(batch, len(like))
        columns = [typed(values[field.name], field.type) for field in WITNESS_SCHEMA]
        told = pa.table(columns, schema=WITNESS_SCHEMA)
        self._write(month, told, f"{self._name}-again")

    def close(self) -> list[Path]:
        """Finish the files and return them."""
        for file in self._files.values():
            file.close()
        return sorted(self._files)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _write(self, month: str, rows: pa.Table, name: str) -> None:
        path = self._folder / f"{PARTITION}={month}" / f"{name}.parquet"
        if path not in self._files:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._files[path] = _open(path, rows.schema)
        self._files[path].write_table(rows)


def _open(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    texts = [f.name for f in schema if f.type in (pa.string(), _BATCH)]
    return pq.ParquetWriter(
        path, schema, compression="snappy",
        use_dictionary=[name for name in texts if name not in DISTINCT],
        write_statistics=False, store_schema=False,
    )  # fmt: skip


def history_table(folder: Path) -> MonthTable:
    """Return the table of deliveries in a folder."""
    return MonthTable(folder, HISTORY_SCHEMA, ("case_id", "batch"))
