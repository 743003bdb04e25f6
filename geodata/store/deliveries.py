"""Deliveries of a set of cases, gathered from the current rows and the history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import feather

from geodata.schema import CASE_SCHEMA, SOURCE_COLUMNS
from geodata.store.matching import source_fingerprint

Locate = Callable[[pa.Table], pa.Table]
"""Adds the location columns to rows of the source columns and ``batch``."""

CASES_AT_ONCE = 200_000
"""Cases whose deliveries are in memory at once."""

DELIVERY = [*SOURCE_COLUMNS, "batch", "same_as"]
"""Columns of a delivery, as the history has them."""


def portions(ids: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Cut a frame of cases (``case_id``) into parts whose deliveries fit into memory."""
    for start in range(0, ids.height, CASES_AT_ONCE):
        yield ids.slice(start, CASES_AT_ONCE)


def rows_of(frame: pl.LazyFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of some cases."""
    # Unlike a join, a filter reads the other columns only where ids are wanted.
    wanted = frame.filter(pl.col("case_id").is_in(ids["case_id"].implode()))
    return wanted.collect(engine="streaming")


def current_rows(cases: pl.LazyFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Return the current rows of cases whose months (``month``) are known."""
    months = ids["month"].unique().to_list()
    return rows_of(cases.filter(pl.col("month").is_in(months)), ids)


def cases_told_by(cases: pl.LazyFrame, history: pl.LazyFrame, batch: str) -> pl.DataFrame:
    """Return id and current month of the cases that a batch tells of, or whose values it has."""
    told = history.filter((pl.col("batch") == batch) | (pl.col("same_as") == batch))
    stored = cases.select("case_id", "month", "batch")
    own = stored.filter(pl.col("batch") == batch)
    others = stored.join(told.select("case_id"), on="case_id", how="semi")
    both = pl.concat([own, others]).select("case_id", "month").unique()
    return both.collect(engine="streaming").sort("case_id")


def known_deliveries(current: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """Return every delivery of some cases, as rows of the history.

    A case without values in the history has one delivery with values: its current row.
    """
    own = history.filter(pl.col("same_as").is_null())
    only = current.join(own, on="case_id", how="anti")
    first = only.select(*SOURCE_COLUMNS, "batch", pl.lit(None, pl.String).alias("same_as"))
    return pl.concat([first, history.select(DELIVERY)])


def differing(rows: pl.DataFrame, current: pl.DataFrame, *, batches: bool = False) -> pl.DataFrame:
    """Return the rows that say something else than the current ones, or that are new.

    Parameters
    ----------
    rows, current : polars.DataFrame
        `SOURCE_COLUMNS` and ``batch``.
    batches : bool
        Whether a row of another batch differs, whatever it says.
    """
    there = current.select("case_id", there=source_fingerprint(), batch_there="batch")
    joined = rows.with_columns(here=source_fingerprint()).join(there, on="case_id", how="left")
    changed = pl.col("here").ne_missing(pl.col("there"))
    if batches:
        changed |= pl.col("batch") != pl.col("batch_there")
    return joined.filter(changed).select(rows.columns)


def write_located(rows: pl.DataFrame, locate: Locate, target: Path) -> Path:
    """Locate rows of the source columns and ``batch``, and stage them."""
    table = rows.select(*SOURCE_COLUMNS, "batch").to_arrow()
    source = pa.schema([CASE_SCHEMA.field(name) for name in table.column_names])
    located = locate(table.cast(source)).select(CASE_SCHEMA.names).cast(CASE_SCHEMA)
    feather.write_feather(located, target, compression="lz4")
    return target
