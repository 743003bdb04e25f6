"""Cases sorted by month, as month files take them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geodata.arrays import in_one
from geodata.month_files.beside import ID_HASH
from geodata.month_files.layout import CODED, NULLABLE, PARTITION


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
    columns = {ID_HASH: pa.array(hash_ids(cases["case_id"]))}
    for name in cases.column_names:
        column = cases[name]
        if name in NULLABLE and column.null_count == len(column):
            continue
        is_coded = name in CODED
        # Chunks would make every later look at a row search for its chunk.
        column = in_one(column)
        if is_coded:
            column = column.dictionary_encode()  # as it is, where it is a dictionary already
        elif pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        columns[name] = column
    return pa.table(columns)
