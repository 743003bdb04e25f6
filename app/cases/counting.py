"""Count the store in one of the three measures, whole or by one of its columns."""

from __future__ import annotations

from typing import Any

import polars as pl

from app.cases.case_numbers import with_numbers
from app.cases.measures import totals
from app.cases.selection import case_frame
from geodata.home import Home

NOTHING = ""
"""Stands for cases without a value of the column that is counted by."""


def count_in(home: Home, measure: str) -> dict[str, Any]:
    """Count the store in a measure.

    Returns
    -------
    dict
        ``measure``, ``count``, and the count of ``located, township_only, unlocated`` cases. A
        caller or an incident may have cases of several of these, so they need not add up.
    """
    frame = _frame(home)
    parts = {
        "count": pl.lit(value=True),
        "located": pl.col("located"),
        "township_only": pl.col("township_only"),
        "unlocated": ~pl.col("located"),
    }
    counted = {
        name: int(frame.filter(kept).select(totals()[measure]).collect().item())
        for name, kept in parts.items()
    }
    unknown = frame.select(totals()["unknown_callers"]).collect().item()
    return {"measure": measure, **counted, "unknown_callers": int(unknown)}


def count_by(home: Home, measure: str, by: str) -> dict[str, int]:
    """Count each value of a column (of ``flag`` the one that a case has) in a measure."""
    key = pl.col("flags").list.first() if by == "flag" else pl.col(by)
    counted = (
        _frame(home)
        .group_by(key.fill_null(NOTHING).alias("key"))
        .agg(totals()[measure].alias("n"))
        .collect()
        .sort("key")
    )
    return {str(name): int(n) for name, n in counted.iter_rows()}


def _frame(home: Home) -> pl.LazyFrame:
    return with_numbers(home, case_frame(home))
