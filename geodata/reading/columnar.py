"""Parquet files, read with the types that they have."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from geodata.errors import UnreadableFile
from geodata.profiles import Profile
from geodata.reading.headers import Header, find_header, missing_column
from geodata.reading.tables import RawBatch, TableSource, make_rows, no_rejects

_BATCH_ROWS = 131_072

# Names that are no UTF-8 raise a decoding error of Python's own.
_DAMAGE = (pa.ArrowException, OSError, UnicodeDecodeError)


def open_columnar(path: Path, profile: Profile) -> TableSource:
    """Open a Parquet file as a table; its rows are numbered from 1, names are no row.

    Raises
    ------
    UnreadableFile
        When the file is damaged or a mapped column holds lists or structures.
    MissingColumn
        When a required column is missing.
    """
    try:
        schema = pq.read_schema(path)
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    found = find_header([schema.names], profile)
    if found is None:
        raise missing_column(path.name, [schema.names], profile)
    header = Header(0, found.columns, found.names)
    for index in header.columns.values():
        if pa.types.is_nested(schema.field(index).type):
            raise UnreadableFile(
                f"{path.name}: column '{schema.names[index]}' holds {schema.field(index).type}; "
                "expected single values",
                f"{path.name}：“{schema.names[index]}”列的每一格是 {schema.field(index).type}；"
                "应为单个值",
            )
    return TableSource(path.name, "parquet", header, lambda: _read(path, header))


def _read(path: Path, header: Header) -> Iterator[RawBatch]:
    used = sorted(set(header.columns.values()))
    names = [header.names[index] for index in used]
    done = 0
    try:
        with pq.ParquetFile(path) as file:
            total = max(file.metadata.num_rows, 1)
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=names):
                # Damaged pages may decode to text that is no UTF-8, which nothing later checks.
                batch.validate(full=True)
                numbers = pa.array(range(done + 1, done + batch.num_rows + 1), pa.int64())
                columns = {
                    index: _plain(batch.column(name))
                    for index, name in zip(used, names, strict=True)
                }
                done += batch.num_rows
                yield RawBatch(make_rows(header, numbers, columns), no_rejects(), done / total)
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: BaseException) -> UnreadableFile:
    reason = " ".join(str(error).split())[:80]
    return UnreadableFile(
        f"{path.name}: damaged Parquet file ({reason})",
        f"{path.name}：Parquet 文件已损坏，请重新导出（技术信息：{reason}）",
    )


def _plain(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return column.cast(pa.string())
    if pa.types.is_decimal256(column.type):
        return column.cast(pa.string())  # more digits than Polars has
    return column
