"""Where rows come from, and what an engine does with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
from deltalake import DeltaTable, Schema

from geodata.engines.counts import CellCounts
from geodata.engines.indexing import READ_COLUMNS, CellJob
from geodata.errors import MissingColumn, NotFound, UnreadableFile
from geodata.home import Home
from geodata.locating import Area
from geodata.store import CaseStore

PARQUET, CSV = "parquet", "csv"

BATCH_ROWS = 1 << 17
"""Rows located at once, on every engine: enough to make the boundaries' raster pay."""

_UNREAD_BY_SPARK = {"deletionVectors", "columnMapping"}
"""Features of Delta by which files alone do not tell the rows."""


@dataclass(frozen=True)
class RowSource:
    """Files of one kind.

    Attributes
    ----------
    name : str
        What was asked for, for messages.
    format : {"parquet", "csv"}
    files : tuple of str
        Paths, or URLs that only a cluster reads.
    columns : tuple of str
        Columns of the files that a job may read.
    schema : deltalake.Schema or None
        Of a Delta table: its files may lack columns, which are empty there.
    """

    name: str
    format: str
    files: tuple[str, ...]
    columns: tuple[str, ...]
    schema: Schema | None = None

    @property
    def is_remote(self) -> bool:
        """Whether the files are URLs: their columns are known only when they are read."""
        return any("://" in file for file in self.files)

    def tables(self) -> Iterator[pa.Table]:
        """Read all rows in tables of at most `BATCH_ROWS` rows."""
        for file in self.files:
            read = _csv_batches if self.format == CSV else _parquet_batches
            for batch in read(file, self):
                yield self._completed(pa.Table.from_batches([batch]))

    def _completed(self, rows: pa.Table) -> pa.Table:
        """Give rows what their file lacks: a job must not read other columns in its place."""
        if self.schema is None:
            return rows
        types = pa.schema(self.schema.to_arrow())
        for name in self.columns:
            if name not in rows.column_names:
                rows = rows.append_column(name, pa.nulls(len(rows), types.field(name).type))
        return rows


class Engine(Protocol):
    """Locates, indexes and counts rows."""

    def count_cells(
        self,
        source: RowSource,
        job: CellJob,
        area: Area,
        progress: Callable[[int], None] | None = None,
    ) -> CellCounts:
        """Count a source's rows; `progress` hears of rows done, where the engine knows."""
        ...

    def close(self) -> None:
        """Give back what the engine holds."""
        ...


def open_source(path: str) -> RowSource:
    """Find the files that a path means.

    Parameters
    ----------
    path : str
        A Parquet or CSV file, a folder of them, a Delta table (its newest version; with
        ``@VERSION`` at the end that one), or a URL of Parquet for a cluster.

    Raises
    ------
    NotFound
        There is nothing.
    UnreadableFile
        Neither Parquet nor CSV nor a Delta table whose files can be read as they are.
    MissingColumn
        No coordinates or no times.
    """
    if "://" in path:
        return RowSource(path, PARQUET, (path,), READ_COLUMNS)
    table, version = _delta_version(path)
    if Path(table).is_dir() and DeltaTable.is_deltatable(table):
        return _delta_source(table, version)
    found = Path(path)
    if not found.exists():
        raise NotFound(f"{path}: no such file or folder", f"{path}：没有这个文件或文件夹")
    files = (
        sorted(found.rglob("*.parquet")) or sorted(found.rglob("*.csv"))
        if found.is_dir()
        else [found]
    )
    kinds = {file.suffix.lower().removeprefix(".") for file in files}
    if len(kinds) != 1 or not kinds <= {PARQUET, CSV}:
        raise UnreadableFile(
            f"{path}: expected Parquet or CSV files or a Delta table",
            f"{path}：应为 Parquet 或 CSV 文件，或 Delta 表",
        )
    return _source(path, kinds.pop(), [str(file) for file in files])


def store_source(home: Home, version: int | None = None) -> RowSource:
    """Return the files of a home's case store.

    Raises
    ------
    NotFound
        Nothing was imported yet.
    """
    if CaseStore(home).version is None:
        raise NotFound(
            "no cases: import some, or name others with --source",
            "还没有诉求：请先导入，或用 --source 指定数据",
        )
    return _delta_source(str(home.cases), version)


def _delta_version(path: str) -> tuple[str, int | None]:
    table, at, version = path.rpartition("@")
    return (table, int(version)) if at and version.isdigit() else (path, None)


def _delta_source(path: str, version: int | None) -> RowSource:
    table = DeltaTable(path, version=version)
    unread = _UNREAD_BY_SPARK & set(table.protocol().reader_features or ())
    if unread:
        raise UnreadableFile(
            f"{path}: this Delta table uses {', '.join(sorted(unread))}, which cannot be read "
            "from its files alone; write it anew without",
            f"{path}：该 Delta 表使用了 {'、'.join(sorted(unread))}，无法直接读取其文件；"
            "请去掉后重写",
        )
    parted = table.metadata().partition_columns
    schema = Schema([each for each in table.schema().fields if each.name not in parted])
    return _source(path, PARQUET, sorted(table.file_uris()), schema)


def _source(name: str, kind: str, files: list[str], schema: Schema | None = None) -> RowSource:
    if not files:
        raise NotFound(f"{name}: holds no rows", f"{name}：没有数据")
    if schema is not None:
        names = [field.name for field in schema.fields]
    else:
        names = _csv_header(files[0]) if kind == CSV else pq.read_schema(files[0]).names
    for one, other in (
        ("source_lng", "lng"),
        ("source_lat", "lat"),
        ("received_local", "received_at"),
    ):
        if not {one, other} & set(names):
            raise MissingColumn(
                f"{name}: no column '{one}' or '{other}'", f"{name}：没有“{one}”或“{other}”列"
            )
    return RowSource(
        name, kind, tuple(files), tuple(each for each in READ_COLUMNS if each in names), schema
    )


def _csv_header(file: str) -> list[str]:
    with pcsv.open_csv(file) as reader:
        names: list[str] = reader.schema.names
    return names


def _csv_batches(file: str, source: RowSource) -> Iterator[pa.RecordBatch]:
    """Read text as text: which types it means is decided in one place for all engines."""
    convert = pcsv.ConvertOptions(
        include_columns=source.columns,
        column_types=dict.fromkeys(source.columns, pa.string()),
        strings_can_be_null=True,
        null_values=[""],
    )
    parse = pcsv.ParseOptions(newlines_in_values=True)
    with pcsv.open_csv(file, convert_options=convert, parse_options=parse) as reader:
        yield from reader


def _parquet_batches(file: str, source: RowSource) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(file) as parquet:
        names = [name for name in source.columns if name in parquet.schema_arrow.names]
        yield from parquet.iter_batches(batch_size=BATCH_ROWS, columns=names)
