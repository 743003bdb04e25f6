"""Put rows in place of stored ones where these lie, writing only the columns that change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from geodata.month_files import PARTITION, file_name
from geodata.parquet_splicing import copy_with_columns

MOST_ROWS = 200_000
"""Rows that are replaced in place; of more, all columns are soon written anew anyway."""

MOST_FILES = 8
"""Files of a month; a month of more is better written as one."""

_ROW = "_row"


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


def replace_in_place(
    stored: Mapping[str, Sequence[Path]], new: pl.DataFrame, key: Sequence[str], folder: Path
) -> InPlace | None:
    """Stage the files of some months with rows replaced.

    Parameters
    ----------
    stored : mapping of str to sequence of Path
        Files of the months in which rows are replaced.
    new : polars.DataFrame
        All columns of the table.
    key : sequence of str
        Columns that tell a row, the id first.
    folder : Path
        For the staged files.

    Returns
    -------
    InPlace or None
        None where a row is new, leaves its month, or lies in a file that must be written anew.
    """
    if new.select(key).is_duplicated().any():
        return None
    found = 0
    gone, made = [], []
    for month, files in stored.items():
        for file in files:
            old = _rows_like(file, new, key)
            rows = old.select(key).join(new, on=key, how="inner", maintain_order="left")
            if not (rows[PARTITION] == month).all():
                return None
            found += rows.height
            differing = [n for n in old.columns[1:] if not rows.select(n).equals(old.select(n))]
            if differing:
                target = folder / f"{PARTITION}={month}" / f"{file_name('replaced')}.parquet"
                target.parent.mkdir(exist_ok=True)
                replacement = _Replacement(old[_ROW].to_numpy(), rows.select(differing).to_arrow())
                if not copy_with_columns(file, target, differing, replacement.in_group):
                    return None
                gone.append(file)
                made.append(target)
    return InPlace(tuple(gone), tuple(made)) if found == new.height else None


def _rows_like(file: Path, new: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Return the file's rows with the keys of new ones, each with its number in the file."""
    rows = pl.scan_parquet(file, hive_partitioning=False, glob=False, row_index_name=_ROW)
    alike = rows.filter(pl.col(key[0]).is_in(new[key[0]].implode())).collect()
    return alike.join(new.select(key), on=key, how="semi", maintain_order="left").sort(_ROW)


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
            pa.concat_arrays(
                [column.combine_chunks(), values[name].combine_chunks().cast(column.type)]
            ).take(pa.array(places))
            for name, column in zip(rows.column_names, rows.columns, strict=True)
        ]
        return pa.table(columns, schema=rows.schema)
