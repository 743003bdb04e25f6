"""What is counted: reports, the distinct people behind them, or the things they tell of."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from app.cases.measures import (
    DEFAULT_MEASURE,
    MEASURES,
    Measure,
    measure_name,
    measure_unit,
)
from app.errors import NothingToAnalyse
from app.hotspots.incident_numbers import with_incidents
from geodata.areas import Places
from geodata.counting import CALLERS, INCIDENTS, REPORTS, count_cases

__all__ = [
    "DEFAULT_MEASURE",
    "MEASURES",
    "Measure",
    "check_measurable",
    "measurable",
    "measure_name",
    "measure_unit",
    "measured",
]

COUNT = "count"


def measured(cases: pl.DataFrame, by: Sequence[str], measure: str) -> pl.DataFrame:
    """Count cases by a measure.

    Parameters
    ----------
    cases : DataFrame
        Columns of `by`, and ``caller``; ``incident`` too where those are counted.
    by : sequence of str
        Columns whose values make the groups.
    measure : str
        ``reports``; ``callers``: each known caller counts once in a group, and reports of unknown
        callers, which cannot be told apart, one each; ``incidents``: each counts once in every
        group in which it has a report.

    Returns
    -------
    DataFrame
        Columns of `by`, then ``count`` (int64), in the order of `by`.
    """
    counted = count_cases(cases, by).with_columns(pl.col(measure).alias(COUNT))
    if measure == CALLERS:
        unknown = count_cases(cases.filter(pl.col("caller").is_null()), by)
        counted = counted.join(
            unknown.select(*by, unknown=REPORTS), on=list(by), how="left"
        ).with_columns(pl.col(COUNT) + pl.col("unknown").fill_null(0))
    return counted.select(*by, COUNT).sort(*by)


def measurable(located: pl.DataFrame, measure: str, places: Places | None) -> pl.DataFrame:
    """Return located cases with what counting them by the measure needs.

    Raises
    ------
    NothingToAnalyse
        See `check_measurable`.
    """
    check_measurable(located, measure)
    return with_incidents(located, places) if measure == INCIDENTS else located


def check_measurable(cases: pl.DataFrame, measure: str) -> None:
    """Refuse a measure that the cases cannot be counted in.

    Raises
    ------
    NothingToAnalyse
        Callers are asked for and no case has one.
    """
    if measure == CALLERS and not cases["caller"].is_not_null().any():
        raise NothingToAnalyse(
            "measure callers: no case in the window has a caller; count reports instead",
            "按人数计：时间范围内没有一件诉求带有诉求人，请改为按件数计",
        )
