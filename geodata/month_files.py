"""Staged cases as Parquet files by month, laid out as the case store wants them.

Rows are written once: a staged month lies in ``month=2024-01/NAME.parquet``, and the store takes
the file over by a rename and one entry in its log. Beside it stand, in the order of its rows, the
hash of each id and the number of the row in the file that was imported, for which the store has no
use, and perhaps marks (`geodata.row_marks`), which it keeps. Columns that the rows cannot fill are
left out (`geodata.left_out`).

Rows come in any order of months, so they wait in memory until enough are together for row groups of
some size.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from geodata.arrays import in_one
from geodata.left_out import filled, read_columns, scan_files
from geodata.row_marks import MARK, NO_MARK, append_marks, marks_beside, read_marks, reading_beside
from geodata.schema import CASE_SCHEMA, SOURCE_ROW, with_codes

PARTITION = "month"

GROUP_ROWS = 1 << 16
"""Rows of a row group, the unit in which Parquet is written and skipped."""

WAITING_BYTES = 1 << 27
"""Bytes of rows that wait to be written together, each month's in row groups of its own."""

IDS_AT_ONCE = 1 << 25
"""Hashes of ids that are sorted at once: 256 MB."""

_THREADS = 2

_ID_HASH = "id_hash"
_BESIDE = {_ID_HASH: np.dtype(np.uint64), SOURCE_ROW: np.dtype(np.int64)}


def without_month(schema: pa.Schema) -> pa.Schema:
    """Return the columns of a table's files; Delta tells the month by the folder.

    Examples
    --------
    >>> without_month(pa.schema([("case_id", pa.string()), ("month", pa.string())])).names
    ['case_id']
    """
    return schema.remove(schema.get_field_index(PARTITION))


FILE_SCHEMA = without_month(CASE_SCHEMA)
"""Columns of a file of cases."""

_INCOMPRESSIBLE = ("caller", "received_at", "received_local", "cell")
"""Snappy saves a tenth of them and takes a third of the time of writing."""

_RANGED = ("received_at", "received_local", "updated_at")
"""Columns whose range in a row group may let a reader skip it."""

_WRITTEN_SCHEMA = with_codes(FILE_SCHEMA)
"""As `FILE_SCHEMA`, the texts that repeat as dictionaries; Parquet makes text of both."""

_CODED = [field.name for field in _WRITTEN_SCHEMA if pa.types.is_dictionary(field.type)]
DISTINCT = tuple(
    field.name
    for field in FILE_SCHEMA
    if field.name not in _CODED and not pa.types.is_boolean(field.type)
)
"""Values that hardly ever repeat: a dictionary of them costs time and saves nothing."""

_COMPRESSION = {
    field.name: "none" if field.name in _INCOMPRESSIBLE else "snappy" for field in FILE_SCHEMA
}
_NULLABLE = {field.name for field in FILE_SCHEMA if field.nullable}


def file_name(kind: str) -> str:
    """Return a name for files that no other file of the store has."""
    return f"{kind}-{uuid.uuid4().hex}"


def hash_ids(ids: pa.ChunkedArray | pl.Series) -> NDArray[np.uint64]:
    """Return 64 bits of each id, alike within one process only."""
    hashes: NDArray[np.uint64] = pl.Series(ids).hash().to_numpy()
    return hashes


@dataclass(frozen=True)
class SortedCases:
    """Cases sorted by month, ready for `MonthWriter.add`.

    Attributes
    ----------
    months : tuple of str
        In the order of the rows.
    ends : tuple of int
        Where each month's rows end.
    rows : pyarrow.Table
        Columns without any value are left out, texts that repeat are dictionaries.
    """

    months: tuple[str, ...]
    ends: tuple[int, ...]
    rows: pa.Table


def sort_by_month(cases: pa.Table) -> SortedCases:
    """Sort cases by month; the rows of a month keep their order.

    Parameters
    ----------
    cases : pyarrow.Table
        Columns of `CASE_SCHEMA` and perhaps the number of the row.
    """
    months = in_one(cases[PARTITION]).dictionary_encode()
    rows = _compact(cases.drop_columns([PARTITION]))
    codes = months.indices.to_numpy().astype(np.int16)
    counts = np.bincount(codes, minlength=len(months.dictionary))
    present = np.flatnonzero(counts)  # a dictionary may name months that no case is of
    names = tuple(months.dictionary.take(pa.array(present)).to_pylist())
    if len(names) > 1:
        order = pa.array(np.argsort(codes, kind="stable"))
        rows = pc.take(rows, order, boundscheck=False)
    return SortedCases(names, tuple(np.cumsum(counts[present]).tolist()), rows)


def _compact(cases: pa.Table) -> pa.Table:
    columns = {_ID_HASH: pa.array(hash_ids(cases["case_id"]))}
    for name in cases.column_names:
        column = cases[name]
        if name in _NULLABLE and column.null_count == len(column):
            continue
        is_coded = name in _CODED
        # Chunks would make every later look at a row search for its chunk.
        column = in_one(column)
        if is_coded:
            column = column.dictionary_encode()  # as it is, where it is a dictionary already
        elif pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        columns[name] = column
    return pa.table(columns)


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
            field for field in _WRITTEN_SCHEMA if field.name in columns or not field.nullable
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
        lost = set(cases.rows.column_names) - set(self._schema.names) - {*_BESIDE, MARK}
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
            compression={name: _COMPRESSION[name] for name in schema.names},
            use_dictionary=[name for name in _CODED if name in schema.names],
            write_statistics=[name for name in _RANGED if name in schema.names],
            store_schema=False,
            write_batch_size=GROUP_ROWS,
        )

    def write(self, tables: list[pa.Table]) -> None:
        """Write tables as row groups of their own."""
        rows = pa.concat_tables(tables, promote_options="default").unify_dictionaries()
        for name in _BESIDE:
            if name in rows.column_names:
                # Opened each time: of many months at once only so many files may be open.
                with _beside(self._path, name).open("ab") as file:
                    file.write(rows[name].to_numpy().tobytes())
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


def _beside(path: Path, name: str) -> Path:
    return path.with_suffix(f".{name}")


def read_beside(path: Path, name: str) -> NDArray[Any]:
    """Return what stands beside a staged file: `SOURCE_ROW` of its rows, in their order."""
    beside = _beside(path, name)
    return np.fromfile(beside if beside.exists() else os.devnull, dtype=_BESIDE[name])


def hashes_of_staged(paths: Sequence[Path]) -> NDArray[np.uint64]:
    """Return the hashes of all ids in staged files."""
    none = np.empty(0, dtype=np.uint64)
    return np.concatenate([none, *(read_beside(path, _ID_HASH) for path in paths)])


def month_of(path: Path) -> str:
    """Return the month of a staged file.

    Examples
    --------
    >>> month_of(Path("staging/month=2024-05/a.parquet"))
    '2024-05'
    """
    return path.parent.name.removeprefix(f"{PARTITION}=")


def scan_months(paths: Sequence[Path]) -> pl.LazyFrame:
    """Return the cases of staged files, lazily."""
    if not paths:
        return pl.LazyFrame(pl.from_arrow(CASE_SCHEMA.empty_table()))
    frames = [
        scan_files([path], FILE_SCHEMA, hive_partitioning=False).with_columns(
            pl.lit(month_of(path)).alias(PARTITION)
        )
        for path in paths
    ]
    return pl.concat(frames).select(CASE_SCHEMA.names)


def read_month(path: Path) -> Iterator[pa.Table]:
    """Read a staged file a row group at a time.

    The columns are those of `CASE_SCHEMA` and, where they stand beside it, the number of the row
    and its mark.
    """
    beside = {SOURCE_ROW: read_beside(path, SOURCE_ROW), MARK: read_marks(path)[1]}
    start = 0
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            month = pa.repeat(pa.scalar(month_of(path)), len(rows))
            rows = filled(rows.append_column(PARTITION, month), CASE_SCHEMA)
            for name, values in beside.items():
                if len(values):
                    rows = rows.append_column(name, pa.array(values[start : start + len(rows)]))
            start += len(rows)
            yield rows


def rewrite_month(path: Path, change: Callable[[pa.Table], pa.Table]) -> list[Path]:
    """Write a staged file anew, a row group at a time; nothing is left of one without rows."""
    columns = pq.read_schema(path).names
    reading = reading_beside(path)
    with MonthWriter(path.parent.parent, file_name("settled"), columns, reading) as writer:
        for rows in read_month(path):
            changed = change(rows)
            if len(changed):
                writer.add(sort_by_month(changed))
        written = writer.close()
    for each in (path, marks_beside(path), *(_beside(path, name) for name in _BESIDE)):
        each.unlink(missing_ok=True)
    return written


def without_ids(paths: Sequence[Path], ids: pl.Series) -> list[Path]:
    """Write the cases without some of them; the files given stay."""
    gone = pa.array(ids.to_arrow(), pa.string())
    columns = {name for path in paths for name in pq.read_schema(path).names}
    reading = max(map(reading_beside, paths))  # that of one import, where there are marks
    with MonthWriter(paths[0].parent.parent, file_name("changes"), columns, reading) as writer:
        for path in paths:
            stays = pc.invert(pc.is_in(read_columns(path, ["case_id"])["case_id"], gone))
            start = 0
            for rows in read_month(path):
                left = rows.filter(stays.slice(start, len(rows)))
                start += len(rows)
                if len(left):
                    writer.add(sort_by_month(left))
        return writer.close()


def rows_of(paths: Sequence[Path], ids: pl.Series, columns: Sequence[pl.Expr]) -> pl.DataFrame:
    """Return columns of the rows with certain ids, after the number of the row."""
    found = []
    for path in paths:
        rows = scan_months([path]).with_row_index(SOURCE_ROW)
        rows = rows.filter(pl.col("case_id").is_in(ids.implode())).select(SOURCE_ROW, *columns)
        places = rows.collect()
        numbers = read_beside(path, SOURCE_ROW)[places[SOURCE_ROW].to_numpy()]
        found.append(places.with_columns(pl.Series(SOURCE_ROW, numbers)))
    return pl.concat(found)


def repeated_ids(paths: Sequence[Path]) -> pl.Series:
    """Return the ids that stand in several rows of staged files, each once.

    In bounded memory: hashes are sorted a slice of their range at a time.
    """
    rows = sum(_beside(path, _ID_HASH).stat().st_size for path in paths) // 8
    slices = max(1, -(-rows // IDS_AT_ONCE))
    twice = np.concatenate([_repeated_hashes(paths, number, slices) for number in range(slices)])
    if not len(twice):
        return pl.Series("case_id", [], dtype=pl.String)
    # Two ids may share a hash, so the few that do are compared themselves.
    alike = ids_like(paths, twice)
    return alike.filter(alike.is_duplicated()).unique()


def _repeated_hashes(paths: Sequence[Path], number: int, slices: int) -> NDArray[np.uint64]:
    parts = [np.empty(0, dtype=np.uint64)]
    for path in paths:
        hashes = read_beside(path, _ID_HASH)
        parts.append(hashes[hashes % np.uint64(slices) == number] if slices > 1 else hashes)
    hashes = np.concatenate(parts)
    hashes.sort()
    return np.unique(hashes[1:][hashes[1:] == hashes[:-1]])


def ids_like(paths: Sequence[Path], hashes: NDArray[np.uint64]) -> pl.Series:
    """Return the ids in staged files that have one of some hashes."""
    found = [pl.Series("case_id", [], dtype=pl.String)]
    for path in paths:
        rows = np.flatnonzero(np.isin(read_beside(path, _ID_HASH), hashes))
        if len(rows):
            ids = read_columns(path, ["case_id"])["case_id"]
            found.append(pl.Series("case_id", pc.take(ids, pa.array(rows)), dtype=pl.String))
    return pl.concat(found)
