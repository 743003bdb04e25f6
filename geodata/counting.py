"""Counting cases: one expression for every engine.

`count_cases` is written with narwhals, so that a frame of Polars, of Spark or of any other engine
is counted by the same code. `cell_steps` prepares the local frame for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any, TypeVar

import narwhals as nw
import polars as pl

from spatial.grid import parents

REPORTS, CALLERS = "reports", "callers"
STEP = "step"
CLASS_COLUMNS = ("class_1", "class_2", "class_3")


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


def cell_steps(
    cases: pl.LazyFrame,
    edges: Sequence[date],
    *,
    resolution: int,
    classes: Sequence[str] = (),
) -> pl.LazyFrame:
    """Return located cases with their cell and step, ready for `count_cases`.

    Parameters
    ----------
    cases : LazyFrame
        Cases of the store.
    edges : sequence of date, length m + 1
        Ascending; step i has the cases received from ``edges[i]`` up to but not on ``edges[i + 1]``
        by the clock of their place.
    resolution : int
        H3 resolution of the cells.
    classes : sequence of str
        Only cases one of whose classes, of any level, is among these; all when empty.

    Returns
    -------
    LazyFrame
        Columns ``cell`` (int64), ``step`` (int64, 0 … m - 1) and ``caller``.

    Raises
    ------
    ValueError
        When the edges do not ascend.
    """
    if len(edges) < 2 or any(a >= b for a, b in pairwise(edges)):
        raise ValueError("edges: at least two dates are needed, in ascending order")
    moments = [datetime.combine(edge, time.min) for edge in edges]
    at = pl.col("received_local")
    chosen = cases.filter("located", at >= moments[0], at < moments[-1])
    if classes:
        has_class = (pl.col(name).is_in(list(classes)) for name in CLASS_COLUMNS)
        chosen = chosen.filter(pl.any_horizontal(*has_class).fill_null(value=False))
    passed = [(at >= moment).cast(pl.Int64) for moment in moments[1:-1]]
    step = pl.sum_horizontal(*passed) if passed else pl.lit(0, pl.Int64)
    return chosen.select(_coarser(resolution), step.cast(pl.Int64).alias(STEP), "caller")


def _coarser(resolution: int) -> pl.Expr:
    def to_parents(cells: pl.Series) -> pl.Series:
        return pl.Series(cells.name, parents(cells.to_numpy(), resolution), dtype=pl.Int64)

    column: Any = pl.col("cell")
    coarser: pl.Expr = column.map_batches(to_parents, return_dtype=pl.Int64, is_elementwise=True)
    return coarser
