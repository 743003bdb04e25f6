"""Counting cases: one expression for every engine.

`count_cases` is written with narwhals, so that a frame of Polars, of Spark or of any other engine
is counted by the same code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import narwhals as nw

REPORTS, CALLERS = "reports", "callers"

Frame = TypeVar("Frame")


def count_cases(frame: Frame, by: Sequence[str]) -> Frame:
    """Count reports and distinct callers of each group.

    Parameters
    ----------
    frame : any frame that narwhals knows
        With the columns of `by` and ``caller``.
    by : sequence of str
        Columns whose values make the groups; rows without a value in one of them are left out.

    Returns
    -------
    frame of the same kind
        Columns of `by`, then ``reports`` and ``callers`` (int64): distinct known callers.

    Examples
    --------
    >>> import polars as pl
    >>> cases = pl.DataFrame({"cell": [1, 1, 1, 2], "caller": ["a", "a", None, "b"]})
    >>> count_cases(cases, ["cell"]).sort("cell").rows()
    [(1, 3, 1), (2, 1, 1)]
    """
    native: Any = frame
    rows = nw.from_native(native).filter(*(~nw.col(name).is_null() for name in by))
    # Distinct values are counted by grouping twice: engines differ in whether null is a value.
    pairs = rows.group_by(*by, "caller").agg(nw.len().alias(REPORTS))
    known = pairs.with_columns(
        nw.col(REPORTS).cast(nw.Int64), (~nw.col("caller").is_null()).cast(nw.Int64).alias(CALLERS)
    )
    counted = known.group_by(*by).agg(nw.col(REPORTS).sum(), nw.col(CALLERS).sum())
    result: Frame = counted.select(*by, REPORTS, CALLERS).to_native()
    return result
