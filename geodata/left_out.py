"""Columns that month files leave out, for none of their rows can fill them, and how they are read.

An imported file delivers some twenty of the forty columns that a case may have. To write nothing
into the others takes time at the import, at every copy of the file and at every look at its footer.
The table's schema has them all, so to readers a column that a file lacks is empty there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from geodata.schema import CASE_SCHEMA, LOCATION_COLUMNS, with_codes


def written_columns(delivered: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that rows of a file may fill in the store.

    Parameters
    ----------
    delivered : sequence of str
        Of `geodata.schema.SOURCE_COLUMNS`, those that the file has.

    Examples
    --------
    >>> written_columns(["case_id", "title"])[:4]
    ('case_id', 'title', 'lng', 'lat')
    """
    return (*delivered, *LOCATION_COLUMNS, "batch")


def filled(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return rows with all columns of a schema, in its order; those that they lack are empty.

    Examples
    --------
    >>> wanted = pa.schema([("title", pa.string()), ("case_id", pa.string())])
    >>> filled(pa.table({"case_id": ["a"]}), wanted).to_pylist()
    [{'title': None, 'case_id': 'a'}]
    """
    there = set(rows.column_names)
    columns = {
        field.name: rows[field.name] if field.name in there else pa.nulls(len(rows), field.type)
        for field in schema
    }
    return pa.table(columns).cast(schema)


def scan_files(files: Sequence[Path | str], schema: pa.Schema, **options: Any) -> pl.LazyFrame:
    """Return the rows of month files, lazily.

    Parameters
    ----------
    files : sequence of path
    schema : pyarrow.Schema
        Columns that a file may have.
    **options
        Of `polars.scan_parquet`.
    """
    columns = pl.DataFrame(pl.from_arrow(schema.empty_table())).schema
    paths = [str(file) for file in files]
    return pl.scan_parquet(paths, glob=False, schema=columns, missing_columns="insert", **options)


def read_columns(path: Path, names: Sequence[str], *, coded: bool = False) -> pa.Table:
    """Read some columns of `CASE_SCHEMA` from a month file; if asked, as `with_codes` has them."""
    wanted = pa.schema([CASE_SCHEMA.field(name) for name in names])
    wanted = with_codes(wanted) if coded else wanted
    written = set(pq.read_schema(path).names)
    there = [name for name in names if name in written]
    repeated = [name for name in there if pa.types.is_dictionary(wanted.field(name).type)]
    with pq.ParquetFile(path, read_dictionary=repeated) as file:
        rows = file.read(there)
    return filled(rows, wanted)


def read_rows(path: Path, names: Sequence[str], rows: NDArray[np.int64]) -> pa.Table:
    """Read some columns of a few rows of a month file, by their places in it, in that order.

    Only the row groups that hold them are read.
    """
    wanted = pa.schema([CASE_SCHEMA.field(name) for name in names])
    with pq.ParquetFile(path) as file:
        there = [name for name in names if name in file.schema_arrow.names]
        groups = file.metadata.num_row_groups
        sizes = [file.metadata.row_group(group).num_rows for group in range(groups)]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        of_row = np.searchsorted(starts, rows, side="right") - 1
        parts = [
            file.read_row_group(group, there).take(rows[of_row == group] - starts[group])
            for group in np.unique(of_row)
        ]
    order = np.argsort(np.argsort(of_row, kind="stable"), kind="stable")
    return filled(pa.concat_tables(parts).take(order), wanted)
