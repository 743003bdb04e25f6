"""Which rows say the same: fingerprints of what a source delivered, and its own time."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from geodata.schema import LOCATION_COLUMNS, SOURCE_COLUMNS

SOURCE_TIMES = ("updated_at", "closed_at", "callback_at", "received_at")
"""A row tells of the latest of these moments."""


def source_time() -> pl.Expr:
    """Return the source's own time of a row."""
    return pl.max_horizontal(*SOURCE_TIMES)


def source_fingerprint(columns: Sequence[str] = SOURCE_COLUMNS) -> pl.Expr:
    """Return 64 bits of what the source says; two different rows share them once in 10^19.

    Parameters
    ----------
    columns : sequence of str
        Those that may hold anything; columns that no file ever had take time and tell nothing.
    """
    return pl.struct(columns).hash()


def location_fingerprint() -> pl.Expr:
    """Return 64 bits of where a row was placed."""
    return pl.struct(LOCATION_COLUMNS).hash()


def repeated_ids(cases: pl.LazyFrame) -> pl.Series:
    """Return the ids that stand in several rows, each once.

    Eight bytes an id are held in memory, however long the ids are.

    Examples
    --------
    >>> repeated_ids(pl.LazyFrame({"case_id": ["a", "b", "a"]})).to_list()
    ['a']
    """
    hashed = pl.col("case_id").hash()
    hashes = cases.select(hashed).collect(engine="streaming").to_series().sort()
    twice = hashes.filter(hashes == hashes.shift()).unique()
    if twice.is_empty():
        return pl.Series("case_id", [], dtype=pl.String)
    # Two ids may share a hash, so the few that do are compared themselves.
    alike = (
        cases.select("case_id").filter(hashed.is_in(twice.implode())).collect(engine="streaming")
    )
    return alike.filter(alike.is_duplicated()).to_series().unique()
