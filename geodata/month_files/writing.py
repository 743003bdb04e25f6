"""Cases into month files."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from geodata.left_out import filled
from geodata.month_files.beside import BESIDE, append_beside
from geodata.month_files.layout import (
    CODED,
    COMPRESSION,
    GROUP_ROWS,
    PARTITION,
    RANGED,
    WRITTEN_SCHEMA,
)
from geodata.month_files.sorting import SortedCases
from geodata.row_marks import MARK, NO_MARK, append_marks
from geodata.schema import CASE_SCHEMA

WAITING_BYTES = 1 << 27
"""Bytes of rows that wait to be written together, each month's in row groups of its own."""

_THREADS = 2


class MonthWriter:
    """Write cases, given piece by piece, to one file a month; several threads encode them.

    Parameters
    ----------
    folder : Path
        Where the months' folders are made.
    name : str
        Name of the files, unique in the store.
    columns : collection of str
        Of `CASE_SCHEMA`, those that rows may fill; the others are left out of the files. Required
        columns need not be named.
    reading : int
        Under which marks of the rows were made, if they have any.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        columns: Collection[str] = CASE_SCHEMA.names,
        reading: int = 0,
    ) -> None:
        self._folder, self._name, self._reading = folder, name, reading
        self._schema = pa.schema(
            field for field in WRITTEN_SCHEMA if field.name in columns or not field.nullable
        )
        self._waiting: list[SortedCases] = []
        self._bytes = 0
        self._files: dict[str, _MonthFile] = {}
        self._encoding: list[Future[None]] = []
        self._pool = ThreadPoolExecutor(_THREADS)

    def add(self, cases: SortedCases) -> None:
        """Take some cases; the rows of a month keep the order in which they come.

        Raises
        ------
        ValueError
            A column that is to be left out has values.
        """
        lost = set(cases.rows.column_names) - set(self._schema.names) - {*BESIDE, MARK}
        if lost:
            raise ValueError(f"{', '.join(sorted(lost))}: left out of the file, but with values")
        self._waiting.append(cases)
        self._bytes += cases.rows.nbytes
        if self._bytes >= WAITING_BYTES:
            self._write()

    def close(self) -> list[Path]:
        """Write what waits; return the files, the earliest month first."""
        self._write()
        self._finish()
        self._pool.shutdown()
        return [self._files[month].close() for month in sorted(self._files)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        for file in self._files.values():
            file.close()

    def _write(self) -> None:
        # A month's next rows must not overtake its last ones, nor memory hold more than two lots.
        self._finish()
        months: dict[str, list[pa.Table]] = {}
        for cases in self._waiting:
            starts = (0, *cases.ends)
            for month, start, end in zip(cases.months, starts, cases.ends, strict=False):
                months.setdefault(month, []).append(cases.rows.slice(start, end - start))
        self._waiting, self._bytes = [], 0
        for month, tables in months.items():
            if month not in self._files:
                path = self._folder / f"{PARTITION}={month}" / f"{self._name}.parquet"
                self._files[month] = _MonthFile(path, self._schema, self._reading)
            self._encoding.append(self._pool.submit(self._files[month].write, tables))

    def _finish(self) -> None:
        for encoding in self._encoding:
            encoding.result()
        self._encoding = []


class _MonthFile:
    """One month's file being written, with what stands beside it."""

    def __init__(self, path: Path, schema: pa.Schema, reading: int) -> None:
        self._path, self._schema, self._reading = path, schema, reading
        self._rows = self._marked = 0
        self._path.parent.mkdir(exist_ok=True)
        self._writer = pq.ParquetWriter(
            self._path,
            schema,
            compression={name: COMPRESSION[name] for name in schema.names},
            use_dictionary=[name for name in CODED if name in schema.names],
            write_statistics=[name for name in RANGED if name in schema.names],
            store_schema=False,
            write_batch_size=GROUP_ROWS,
        )

    def write(self, tables: list[pa.Table]) -> None:
        """Write tables as row groups of their own."""
        rows = pa.concat_tables(tables, promote_options="default").unify_dictionaries()
        append_beside(self._path, rows)
        if MARK in rows.column_names:
            self._fill_up_marks()
            append_marks(self._path, self._reading, rows[MARK].fill_null(0).to_numpy())
            self._marked += len(rows)
        self._rows += len(rows)
        self._writer.write_table(filled(rows, self._schema), row_group_size=GROUP_ROWS)

    def close(self) -> Path:
        """Finish the file; return its path."""
        if self._marked:
            self._fill_up_marks()
        self._writer.close()
        return self._path

    def _fill_up_marks(self) -> None:
        """Tell that the rows since the last ones with a mark have none."""
        if missing := self._rows - self._marked:
            append_marks(self._path, self._reading, np.full(missing, NO_MARK))
            self._marked = self._rows
