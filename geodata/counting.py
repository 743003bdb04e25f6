"""Counting cases: one expression for every engine.

`count_cases` is written with narwhals, so that a frame of Polars, of Spark or of any other engine
is counted by the same code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import narwhals as nw
import polars as pl

REPORTS, CALLERS, INCIDENTS = "reports", "callers", "incidents"

Frame = TypeVar("Frame")


def count_cases(frame: Frame, by: Sequence[str]) -> Frame:
    """Count reports, distinct callers and incidents of each group.

    Parameters
    ----------
    frame : any frame that narwhals knows
        With the columns of `by` and ``caller``; ``incident`` too where incidents are to be
        counted (`spatial.find_incidents` numbers them).
    by : sequence of str
        Columns whose values make the groups; rows without a value in one of them are left out.

    Returns
    -------
    frame of the same kind
        Columns of `by`, then ``reports``, ``callers`` and, if there is an ``incident``,
        ``incidents`` (int64). Callers are distinct known ones. An incident counts once in every
        group in which it has a report; a report without one counts as one of its own.

    Examples
    --------
    >>> import polars as pl
    >>> cases = pl.DataFrame({"cell": [1, 1, 1, 2], "caller": ["a", "a", None, "b"]})
    >>> count_cases(cases, ["cell"]).sort("cell").rows()
    [(1, 3, 1), (2, 1, 1)]
    """
    native: Any = frame
    rows = nw.from_native(native).filter(*(~nw.col(name).is_null() for name in by))
    counted = _distinct(rows, by, "caller", CALLERS)
    columns = [*by, REPORTS, CALLERS]
    if "incident" in rows.collect_schema().names():
        told = _distinct(rows, by, "incident", INCIDENTS, unknown=True).select(*by, INCIDENTS)
        counted = counted.join(told, on=list(by), how="inner")
        columns.append(INCIDENTS)
    result: Frame = counted.select(*columns).to_native()
    return result


def count_by_month(cases: pl.LazyFrame, by: Sequence[str]) -> pl.DataFrame:
    """Count cases of the store by month and other columns, one month after the other.

    The store lies in files by month, so only one month's callers are held in memory at a time.

    Parameters
    ----------
    cases : polars.LazyFrame
        As `CaseStore.scan` returns them, with ``month``, ``caller`` and the columns of `by`.
    by : sequence of str
        Columns besides ``month`` whose values make the groups.

    Returns
    -------
    polars.DataFrame
        As `count_cases` by ``month`` and `by` returns it, the earliest month first.

    Examples
    --------
    >>> months = ["2024-02", "2024-01"]
    >>> cases = pl.LazyFrame({"month": months, "cell": [1, 1], "caller": ["a", None]})
    >>> count_by_month(cases, ["cell"]).rows()
    [('2024-01', 1, 1, 0), ('2024-02', 1, 1, 1)]
    """
    months = cases.select("month").unique().collect(engine="streaming")["month"]
    counted = []
    for month in months.drop_nulls().sort():
        # Callers are told apart by 64 bits of their hash: two share them once in 10^19.
        known = pl.when(pl.col("caller").is_not_null())
        rows = cases.filter(pl.col("month") == month).with_columns(
            known.then(pl.col("caller").hash()).alias("caller")
        )
        counts = count_cases(rows.drop("month"), by).collect(engine="streaming")
        counted.append(counts.select(pl.lit(month).alias("month"), pl.all()))
    if not counted:
        return count_cases(cases, ["month", *by]).collect()
    return pl.concat(counted)


def _distinct(
    rows: Any, by: Sequence[str], column: str, name: str, *, unknown: bool = False
) -> Any:
    """Count rows and the distinct values of a column; each row without one too, if asked."""
    # Distinct values are counted by grouping twice: engines differ in whether null is a value.
    pairs = rows.group_by(*by, column).agg(nw.len().alias(REPORTS))
    missing = nw.col(REPORTS) if unknown else nw.lit(0)
    each = nw.when(nw.col(column).is_null()).then(missing).otherwise(nw.lit(1))
    known = pairs.with_columns(nw.col(REPORTS).cast(nw.Int64), each.cast(nw.Int64).alias(name))
    return known.group_by(*by).agg(nw.col(REPORTS).sum(), nw.col(name).sum())
