"""Which rows say the same: fingerprints of what a source delivered, and its own time."""

from __future__ import annotations

import functools
import operator
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
    return _hash(columns)


def location_fingerprint() -> pl.Expr:
    """Return 64 bits of where a row was placed."""
    return _hash(LOCATION_COLUMNS)


def _hash(columns: Sequence[str]) -> pl.Expr:
    # Hashing column by column is several times as fast as hashing a structure of all.
    hashes = [pl.col(name).hash(seed) for seed, name in enumerate(columns)]
    return functools.reduce(operator.xor, hashes)
