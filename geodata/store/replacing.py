"""Put rows in place of stored ones where these lie, writing only the columns that change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from geodata.arrays import in_one
from geodata.left_out import scan_files
from geodata.month_files import FILE_SCHEMA, PARTITION, file_name
from geodata.parquet_splicing import copy_with_columns
from geodata.row_marks import carry_marks
from geodata.schema import SOURCE_COLUMNS

MOST_ROWS = 200_000
"""Rows that are replaced in place; of more, all columns are soon written anew anyway."""

MOST_FILES = 8
"""Files of a month; a month of more is better written as one."""

FILE, ROW = "_file", "_row"
"""Extra columns: in which file a stored row lies, and which of its rows it is."""


@dataclass(frozen=True)
class InPlace:
    """Files that take the place of others.

    Attributes
    ----------
    gone : tuple of Path
    made : tuple of Path
        Staged month files.
    """

    gone: tuple[Path, ...]
    made: tuple[Path, ...]


def number_rows(files: Sequence[Path], schema: pa.Schema = FILE_SCHEMA) -> pl.LazyFrame:
    """Return the rows of month files, lazily, counted through one file after the other (`ROW`)."""
    return scan_files(files, schema, hive_partitioning=False, row_index_name=ROW)


def replace_in_place(
    there: pl.DataFrame,
    new: pl.DataFrame,
    key: Sequence[str],
    schema: pa.Schema,
    folder: Path,
) -> InPlace | None:
    """Stage files with rows replaced.

    Parameters
    ----------
    there : polars.DataFrame
        All columns of the rows that are replaced, `FILE` and `ROW`; other rows do no harm.
    new : polars.DataFrame
        All columns of the rows to put in their place.
    key : sequence of str
        Columns that tell a row.
    schema : pyarrow.Schema
        Columns that a file may have.
    folder : Path
        For the staged files.

    Returns
    -------
    InPlace or None
        None where a row is new, leaves its month, or lies in a file that must be written anew.
    """
    old = there.join(new.select(key), on=key, how="semi")
    if new.select(key).is_duplicated().any() or old.height != new.height:
        return None
    gone, made = [], []
    for (file,), before in old.sort(ROW).partition_by(FILE, as_dict=True).items():
        rows = before.select(key).join(new, on=key, how="inner", maintain_order="left")
        if not rows[PARTITION].equals(before[PARTITION]):
            return None
        differing = [n for n in new.columns if not rows.select(n).equals(before.select(n))]
        if not differing:
            continue
        path = Path(str(file))
        target = folder / path.parent.name / f"{file_name('replaced')}.parquet"
        target.parent.mkdir(exist_ok=True)
        replacement = _Replacement(before[ROW].to_numpy(), rows.select(differing).to_arrow())
        fields = pa.schema([schema.field(name) for name in differing])
        if not copy_with_columns(path, target, fields, replacement.in_group):
            return None
        told = any(name in SOURCE_COLUMNS for name in differing)
        carry_marks(path, target, before[ROW].to_numpy() if told else np.empty(0, np.uint32))
        gone.append(path)
        made.append(target)
    return InPlace(tuple(gone), tuple(made))


@dataclass(frozen=True)
class _Replacement:
    """Rows of a file, and what some columns say there from now on."""

    at: NDArray[np.uint32]
    values: pa.Table

    def in_group(self, start: int, rows: pa.Table) -> pa.Table:
        """Replace the rows of a row group."""
        first, end = np.searchsorted(self.at, [start, start + len(rows)])
        places = np.arange(len(rows))
        places[self.at[first:end].astype(np.int64) - start] = len(rows) + np.arange(end - first)
        values = self.values.slice(first, end - first)
        columns = [
            pa.concat_arrays([in_one(column), in_one(values[name]).cast(column.type)]).take(
                pa.array(places)
            )
            for name, column in zip(rows.column_names, rows.columns, strict=True)
        ]
        return pa.table(columns, schema=rows.schema)
