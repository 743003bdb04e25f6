"""What the criteria are in a run, and the counts behind them that say how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.cases.disclosure import SUPPRESSION_THRESHOLD
from app.hotspots.significance import NOT_TESTED, SIGNIFICANT_LEVEL
from app.hotspots.tables import RunTables
from app.townships.choosing.settlement import urban_rural_mix

Floats = NDArray[np.float64]
Parts = dict[str, tuple[Floats, Floats]]

N_TOP = 10
"""Townships with as large a count in a month are among its first."""

BASICALLY_SATISFIED = 0.9
"""What 基本满意 counts 系统默认, as in the assessment's default rules."""

FORMING_OR_LASTING = (1, 2, 3, 4)
"""New, consecutive, intensifying and persistent hot: see `app.hotspots.courses.categories`."""

PER_CENT = 100.0

AREA_DECIMALS = 4
"""Of square kilometres: 100 m²."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of each township, in one order.

    Attributes
    ----------
    codes : ndarray of str, shape (n,)
    values : dict of str to ndarray of float
        By criterion; NaN where it cannot be measured.
    parts : dict of str to (ndarray, ndarray)
        Of criteria that are shares: the part and the whole, in cases or cells.
    monthly : ndarray of int64, shape (n, steps)
        Cases by step.
    population : ndarray of float
        NaN where it is not known.
    """

    codes: NDArray[Any]
    values: dict[str, Floats]
    parts: Parts
    monthly: NDArray[np.int64]
    population: Floats


def measure(tables: RunTables) -> Evidence:
    """Measure the townships of a run in the making, in the order of ``tables.boundaries.codes``."""
    townships, boundaries = tables.townships, tables.boundaries
    parts = {
        "repeat": _repeats(tables),
        "hot_share": _hot(tables),
        "emerging": _emerging(tables),
        **_callbacks(tables),
        "backlog": _backlog(tables),
    }
    monthly = townships.count[:, 1:]
    values = {
        "volume": townships.count[:, 0].astype(float),
        "rate": townships.rate[:, 0],
        "top_months": months_on_top(monthly),
        "points": _points(tables),
        "population": townships.population,
        # Equal areas differ by rounding after a projection.
        "area": boundaries.areas_km2.round(AREA_DECIMALS),
        "mix": urban_rural_mix(tables),
        **{key: PER_CENT * ratio(*each) for key, each in parts.items()},
    }
    codes = np.array([str(code) for code in boundaries.codes])
    return Evidence(codes, values, parts, monthly, townships.population)


def months_on_top(monthly: NDArray[Any]) -> Floats:
    """Count the steps in which a township is among the ten largest and has 5 cases or more.

    Parameters
    ----------
    monthly : ndarray, shape (n, steps)

    Examples
    --------
    >>> months_on_top(np.array([[9, 2], [7, 4]]))
    array([1., 1.])
    """
    return np.asarray(on_top(monthly.T).sum(axis=0), float)


def on_top(counts: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which of the counts in each row are among the ten largest and no small ones."""
    at = max(counts.shape[1] - N_TOP, 0)
    tenth = np.partition(counts, at, axis=1)[:, at : at + 1]
    return np.asarray((counts >= tenth) & (counts >= SUPPRESSION_THRESHOLD))


def ratio(top: NDArray[Any], bottom: NDArray[Any]) -> Floats:
    """Divide; nothing over nothing, and something over nothing, cannot be measured."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom > 0, top / bottom, np.nan)


def _repeats(tables: RunTables) -> tuple[Floats, Floats]:
    count = tables.townships.count[:, 0].astype(float)
    return count - tables.townships.incidents[:, 0], count


def _hot(tables: RunTables) -> tuple[Floats, Floats]:
    level = tables.cells.level[:, 0]
    tested = level != NOT_TESTED
    return _cells(tables, tested & (level >= SIGNIFICANT_LEVEL)), _cells(tables, tested)


def _emerging(tables: RunTables) -> tuple[Floats, Floats]:
    if not tables.emerging.table.num_rows:
        nothing = np.zeros(len(tables.boundaries))
        return nothing, nothing
    category = tables.emerging.table["category"].to_numpy()
    kind = np.isin(category, FORMING_OR_LASTING)
    return _cells(tables, kind), _cells(tables, category != NOT_TESTED)


def _cells(tables: RunTables, chosen: NDArray[np.bool_]) -> Floats:
    """Count the chosen cells of each township."""
    index = tables.cells.township[chosen & (tables.cells.township >= 0)]
    return np.bincount(index, minlength=len(tables.boundaries)).astype(float)


def _points(tables: RunTables) -> Floats:
    high = tables.points.filter(pl.col("rules").list.len() > 0)
    index = high["township_index"].to_numpy()
    return np.bincount(index[index >= 0], minlength=len(tables.boundaries)).astype(float)


def _callbacks(tables: RunTables) -> Parts:
    valid = pl.col("valid").fill_null(value=True)
    satisfied = pl.col("satisfaction")
    points = (satisfied == "满意") + BASICALLY_SATISFIED * (satisfied == "基本满意")
    asked = {
        "unresolved": (~pl.col("resolved"), pl.col("resolved").is_not_null()),
        "response": (pl.col("responded"), pl.col("responded").is_not_null()),
        "satisfaction": (points, satisfied.is_not_null() & (satisfied != "未评价")),
    }
    cases = tables.cases.filter(valid)
    return {key: _sums(tables, cases, *each) for key, each in asked.items()}


def _backlog(tables: RunTables) -> tuple[Floats, Floats]:
    """Count cases due by the end of the span; where no case is ever closed, nothing is known."""
    cases = tables.cases
    if cases["closed_at"].null_count() == cases.height:
        nothing = np.zeros(len(tables.boundaries))
        return nothing, nothing
    last, zone = tables.steps[-1].end, ZoneInfo(cases["zone"][0])
    end = datetime(last.year, last.month, last.day, tzinfo=zone).astimezone(UTC)
    still_open = pl.col("closed_at").is_null() | (pl.col("closed_at") >= end)
    return _sums(tables, cases, still_open, (pl.col("due_at") < end).fill_null(value=False))


def _sums(
    tables: RunTables, cases: pl.DataFrame, part: pl.Expr, whole: pl.Expr
) -> tuple[Floats, Floats]:
    """Add up what each township has of those cases that make the whole."""
    found = cases.filter(whole).group_by("township").agg(n=pl.len(), part=part.sum())
    by_code = {code: (part, n) for code, n, part in found.iter_rows()}
    pairs = [by_code.get(str(code), (0, 0)) for code in tables.boundaries.codes]
    counts = np.array(pairs, dtype=float).reshape(-1, 2)
    return counts[:, 0], counts[:, 1]
