"""Counting cases: one expression for every engine.

`count_cases` is written with narwhals, so that a frame of Polars, of Spark or of any other engine
is counted by the same code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import narwhals as nw

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
