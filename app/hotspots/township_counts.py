"""Counts and rates of each township, by step and over the whole span."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from app.hotspots.measures import measured
from app.hotspots.periods import WHOLE_SPAN
from geodata.areas import Boundaries
from geodata.counting import CALLERS, INCIDENTS, REPORTS, count_cases
from spatial.rates import empirical_bayes

PER = 10_000
"""Residents that a rate refers to (万人诉求比)."""


@dataclass(frozen=True)
class TownshipCounts:
    """Counts by township and row; row 0 is the whole span, then each step.

    Attributes
    ----------
    located, township_only : int64[townships, rows]
        Cases with a place in the township, and cases that only name it.
    population : float[townships]
        NaN where it is not known.
    raw_rate, rate : float[townships, rows]
        Cases per `PER` residents as they are, and shrunk by empirical Bayes; NaN without
        population.
    callers, incidents : int64[townships, rows]
        Distinct callers and incidents behind all cases; months do not add up to the span.
    expected : float[townships, rows]
        The city's cases shared out by population, over the townships that have one.
    """

    located: NDArray[np.int64]
    township_only: NDArray[np.int64]
    population: NDArray[np.float64]
    raw_rate: NDArray[np.float64]
    rate: NDArray[np.float64]
    expected: NDArray[np.float64]
    callers: NDArray[np.int64]
    incidents: NDArray[np.int64]

    @property
    def count(self) -> NDArray[np.int64]:
        """All cases of a township."""
        return self.located + self.township_only


def count_townships(cases: pl.DataFrame, boundaries: Boundaries, n_steps: int) -> TownshipCounts:
    """Count the cases of a window by township.

    Parameters
    ----------
    cases : DataFrame
        Columns ``township, located, township_only, step, caller, incident``.
    boundaries : Boundaries
        The townships; cases of others are not counted.
    n_steps : int
        Number of steps.
    """
    located = _grid(cases.filter("located"), boundaries, n_steps)
    named = _grid(cases.filter("township_only"), boundaries, n_steps)
    population = np.where(boundaries.population > 0, boundaries.population, np.nan)
    count = (located + named).astype(float)
    with np.errstate(invalid="ignore"):
        raw = count / population[:, None] * PER
    known = np.isfinite(population)
    share = population / population[known].sum() if known.any() else population
    return TownshipCounts(
        located=located,
        township_only=named,
        population=population,
        raw_rate=raw,
        rate=_shrunk(count, population),
        expected=share[:, None] * count[known].sum(axis=0),
        callers=_distinct(cases, boundaries, n_steps, CALLERS),
        incidents=_distinct(cases, boundaries, n_steps, INCIDENTS),
    )


def township_table(
    counts: TownshipCounts, boundaries: Boundaries, district: list[str | None]
) -> pa.Table:
    """Return the counts as a table, all townships of the whole span first, then step by step."""
    n, rows = counts.located.shape
    labels = shapely.point_on_surface(boundaries.geometry)
    return pa.table(
        {
            "code": pa.array(list(boundaries.codes) * rows, pa.string()),
            "name": pa.array(list(boundaries.names) * rows, pa.string()),
            "district": pa.array(district * rows, pa.string()),
            "step": pa.array(np.repeat(np.arange(rows) + WHOLE_SPAN, n).astype(np.int16)),
            "count": pa.array(counts.count.T.ravel()),
            "located": pa.array(counts.located.T.ravel()),
            "township_only": pa.array(counts.township_only.T.ravel()),
            "callers": pa.array(counts.callers.T.ravel()),
            "incidents": pa.array(counts.incidents.T.ravel()),
            "population": _nullable(np.tile(counts.population, rows)),
            "raw_rate": _nullable(counts.raw_rate.T.ravel()),
            "rate": _nullable(counts.rate.T.ravel()),
            "expected": _nullable(counts.expected.T.ravel()),
            "lng": pa.array(np.tile(shapely.get_x(labels).round(6), rows)),
            "lat": pa.array(np.tile(shapely.get_y(labels).round(6), rows)),
        }
    )


def _grid(cases: pl.DataFrame, boundaries: Boundaries, n_steps: int) -> NDArray[np.int64]:
    """Return counts of shape (townships, 1 + steps), the whole span first."""
    counted = count_cases(cases, ["township", "step"])
    position = {str(code): index for index, code in enumerate(boundaries.codes)}
    grid = np.zeros((len(boundaries.codes), n_steps + 1), dtype=np.int64)
    for township, step, reports in counted.select("township", "step", REPORTS).iter_rows():
        if township in position:
            grid[position[township], step + 1] = reports
    grid[:, 0] = grid[:, 1:].sum(axis=1)
    return grid


def _distinct(
    cases: pl.DataFrame, boundaries: Boundaries, n_steps: int, measure: str
) -> NDArray[np.int64]:
    """Count by a measure whose months do not add up; shape (townships, 1 + steps)."""
    position = {str(code): index for index, code in enumerate(boundaries.codes)}
    grid = np.zeros((len(boundaries.codes), n_steps + 1), dtype=np.int64)
    counted = cases.filter(pl.col("located") | pl.col("township_only"))
    for township, step, n in measured(counted, ["township", "step"], measure).iter_rows():
        if township in position:
            grid[position[township], step + 1] = n
    for township, n in measured(counted, ["township"], measure).iter_rows():
        if township in position:
            grid[position[township], 0] = n
    return grid


def _shrunk(count: NDArray[np.float64], population: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shrink each row's rates towards that row's mean over the townships with population."""
    known = np.isfinite(population)
    rates = np.full(count.shape, np.nan)
    if known.sum() > 1:
        for row in range(count.shape[1]):
            rates[known, row] = empirical_bayes(count[known, row], population[known]).rate * PER
    else:
        rates[known] = count[known] / population[known, None] * PER
    return rates


def _nullable(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, mask=~np.isfinite(values))
