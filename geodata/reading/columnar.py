"""Parquet files, read with the types that they have."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from geodata.errors import UnreadableFile
from geodata.profiles import Profile
from geodata.reading.archives import COMPRESSION_LIMIT, UNPACKED_LIMIT, check_growth
from geodata.reading.headers import Header, find_header, missing_column
from geodata.reading.tables import RawBatch, TableSource, make_rows, no_rejects

_BATCH_ROWS = 131_072

_BATCH_BYTES = 1 << 24
"""Bytes of a batch beyond which it is handed on in parts."""

_BYTES_OF_A_TEXT = 8
"""Bytes that a text takes in a column that is no dictionary: its length and some letters."""

_HARMLESS_GROUP = 1 << 29
"""Bytes of a group of rows that memory holds, however well they packed."""

_HARMLESS_ROWS = 1_000_000
"""Rows that any file may have; in a longer one each has to take up some bytes."""

# Names that are no UTF-8 raise a decoding error of Python's own.
DAMAGE = (pa.ArrowException, OSError, UnicodeDecodeError)


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
    except DAMAGE as error:
        raise damaged_parquet(path, error) from error
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
    done = unpacked = 0
    try:
        metadata = pq.read_metadata(path)
        _check_declared(path, metadata)
        with pq.ParquetFile(path, read_dictionary=_packed(metadata, names)) as file:
            total = max(metadata.num_rows, 1)
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=names):
                # Damaged pages may decode to text that is no UTF-8, which nothing later checks.
                batch.validate(full=True)
                for part in _parts(batch.select(names)):
                    numbers = pa.array(range(done + 1, done + part.num_rows + 1), pa.int64())
                    columns = dict(zip(used, map(_plain, part.columns), strict=True))
                    done += part.num_rows
                    unpacked += sum(column.nbytes for column in columns.values())
                    # Columns that hardly vary pack to nothing: any ratio is honest in little.
                    if unpacked > max(UNPACKED_LIMIT, path.stat().st_size * COMPRESSION_LIMIT):
                        check_growth(path, unpacked)
                    yield RawBatch(make_rows(header, numbers, columns), no_rejects(), done / total)
    except DAMAGE as error:
        raise damaged_parquet(path, error) from error


def _check_declared(path: Path, metadata: pq.FileMetaData) -> None:
    """Refuse what a file says of itself; what it does not say shows in the reading."""
    size = path.stat().st_size
    if metadata.num_rows > max(_HARMLESS_ROWS, size * COMPRESSION_LIMIT):
        raise UnreadableFile(
            f"{path.name}: declares {metadata.num_rows:,} rows in {size / 1e6:.1f} MB; "
            f"at most {COMPRESSION_LIMIT} a byte are read",
            f"{path.name}：{size / 1e6:.1f} MB 的文件声明有 {metadata.num_rows:,} 行；"
            f"每字节最多读取 {COMPRESSION_LIMIT} 行",
        )
    groups = (metadata.row_group(index) for index in range(metadata.num_row_groups))
    largest = max((group.total_byte_size for group in groups), default=0)
    if largest > _HARMLESS_GROUP:
        check_growth(path, largest)


def _packed(metadata: pq.FileMetaData, names: list[str]) -> list[str]:
    """Return the columns that take fewer bytes a row than any text does.

    They repeat a few texts, which may be long: they stay a dictionary until their rows are counted.
    Of a column without repetition a dictionary would cost more time than all other reading.
    """
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    columns = [group.column(index) for group in groups for index in range(group.num_columns)]
    return sorted(
        {
            column.path_in_schema
            for column in columns
            if column.total_uncompressed_size < column.num_values * _BYTES_OF_A_TEXT
        }
        & set(names)
    )


def _parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Cut a batch so that no part holds much more than `_BATCH_BYTES` once written out."""
    weights = sum(map(_row_bytes, batch.columns), np.zeros(batch.num_rows, dtype=np.int64))
    bins = np.cumsum(weights) // _BATCH_BYTES
    edges = [0, *(np.flatnonzero(np.diff(bins)) + 1).tolist(), batch.num_rows]
    for start, end in pairwise(edges):
        yield batch.slice(start, end - start)


def _row_bytes(column: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Bytes that each row of a dictionary column stands for; other columns are written out."""
    if not pa.types.is_dictionary(column.type) or pa.types.is_primitive(column.type.value_type):
        return np.zeros(len(column), dtype=np.int64)
    lengths = pc.fill_null(pc.binary_length(column.dictionary), 0).to_numpy(zero_copy_only=False)
    indices = pc.fill_null(column.indices, 0).to_numpy(zero_copy_only=False)
    return lengths.astype(np.int64)[indices] if len(lengths) else np.zeros(len(column), np.int64)


def damaged_parquet(path: Path, error: BaseException) -> UnreadableFile:
    """Make the error for a Parquet file that cannot be read."""
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
