"""Coordinates too coarse for a cell: cut decimals, or all of a file on one wide grid.

Three decimals of a degree are some 100 m, two a kilometre: a cell cannot be told from them. But a
full coordinate may end in zeros by chance, and a file with four decimals holds one in a hundred
with three. So decimals are judged against the rest of the file:

* a coordinate has as many *decimals* as the more exact of its two values; a file's *usual* decimals
  are those that nine tenths of its coordinates do not exceed;
* a file whose usual decimals are three or fewer is coarse wherever it has so few;
* of any other file, coordinates with three (else two, else one) decimals or fewer are coarse where
  at least `LEAST_COARSE` different ones are there and `BEYOND_CHANCE` times as many as zeros at the
  end of the others would give by chance.

A file may also lie on a *grid* whatever its decimals: where nine tenths of its coordinates share
both values with others and the shared values lie at whole steps of at least `LEAST_STEP_M` metres,
coordinates on it are coarse.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

MOST_DECIMALS = 8
COARSE_DECIMALS = 3
"""Decimals of a degree that do not tell a cell: 111 m or more."""
USUAL_SHARE = 0.9
LEAST_COARSE = 10
BEYOND_CHANCE = 10.0
GRID_SHARE = 0.9
"""Share of the coordinates, and of the steps between them, that must be on the grid."""
SHARED_BY = 3
"""Different coordinates that must share a value for it to be a line of a grid."""
LEAST_GRID_POINTS = 50
LEAST_STEP_M = 80.0
"""Cells of the maps have edges of about 200 m: a wider grid than this moves cases between them."""
GRID_TOLERANCE = 0.02
"""Of a step."""
SAMPLED_POINTS = 100_000

_METRES_PER_DEGREE = 111_195.0
_EQUAL_DEG = 1e-9
"""Degrees: what floats may be off, and finer than any decimal counted here."""


@dataclass(frozen=True)
class Grid:
    """Lines at whole steps from an origin, in the unit of the file's coordinates."""

    lng: float
    lat: float
    lng_step: float
    lat_step: float


@dataclass(frozen=True)
class CoarseRule:
    """Which coordinates of one batch are too coarse.

    Attributes
    ----------
    decimals : int or None
        Those with so many decimals or fewer.
    usual : int
        Decimals of the batch's other coordinates.
    grid : Grid or None
        Those on it.
    """

    decimals: int | None = None
    usual: int = MOST_DECIMALS
    grid: Grid | None = None


def decimals_of(values: ArrayLike) -> NDArray[np.int64]:
    """Return how many decimals each number has, at most `MOST_DECIMALS`.

    Examples
    --------
    >>> decimals_of([116.4, 39.0, 39.123456, 116.40001])
    array([1, 0, 6, 5])
    """
    given = np.asarray(values, dtype=float)
    found = np.full(given.shape, MOST_DECIMALS, dtype=np.int64)
    for decimals in range(MOST_DECIMALS - 1, -1, -1):
        scaled = given * 10.0**decimals
        found[np.abs(scaled - np.rint(scaled)) < _EQUAL_DEG * 10.0**decimals] = decimals
    return found


def row_decimals(lng: pl.Expr, lat: pl.Expr) -> pl.Expr:
    """Return the expression of a coordinate's decimals, counted up to ``MOST_DECIMALS``.

    Examples
    --------
    >>> pl.DataFrame({"x": [116.4, 116.25], "y": [39.123, 39.5]}).select(
    ...     row_decimals(pl.col("x"), pl.col("y"))).to_series().to_list()
    [3, 2]
    """

    def has_more(values: pl.Expr, decimals: int) -> pl.Expr:
        scaled = values * 10.0**decimals
        return (scaled - scaled.round()).abs() >= _EQUAL_DEG * 10.0**decimals

    beyond = [has_more(lng, d) | has_more(lat, d) for d in range(MOST_DECIMALS)]
    return pl.sum_horizontal([each.cast(pl.Int8) for each in beyond]).alias("decimals")


def find_coarse(cases: pl.LazyFrame, *, in_degrees: bool) -> CoarseRule | None:
    """Tell which coordinates of one file are too coarse, None where none are.

    Parameters
    ----------
    cases : LazyFrame
        Columns ``lng, lat`` as the file has them, in one coordinate system; none missing, zero or
        whole degrees.
    in_degrees : bool
        Decimals are judged for degrees only, grids for metres too.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> lng, lat = 116 + rng.random(1_000).round(6), 39 + rng.random(1_000).round(6)
    >>> lng[:100], lat[:100] = lng[:100].round(2), lat[:100].round(2)
    >>> find_coarse(pl.LazyFrame({"lng": lng, "lat": lat}), in_degrees=True)
    CoarseRule(decimals=3, usual=6, grid=None)
    """
    decimals, usual = _coarse_decimals(cases) if in_degrees else (None, MOST_DECIMALS)
    rest = cases
    if decimals is not None:
        rest = cases.filter(row_decimals(pl.col("lng"), pl.col("lat")) > decimals)
    grid = None if usual <= COARSE_DECIMALS else _find_grid(rest, in_degrees=in_degrees)
    return CoarseRule(decimals, usual, grid) if decimals is not None or grid else None


def is_coarse(lng: Floats, lat: Floats, rule: CoarseRule) -> NDArray[np.bool_]:
    """Return which coordinates of a batch are too coarse by its rule.

    Examples
    --------
    >>> is_coarse(np.array([116.41, 116.413211]), np.array([39.9, 39.912345]), CoarseRule(3))
    array([ True, False])
    """
    found = np.zeros(len(lng), dtype=bool)
    if rule.decimals is not None:
        found |= np.maximum(decimals_of(lng), decimals_of(lat)) <= rule.decimals
    if rule.grid is not None:
        found |= _on_lines(lng, rule.grid.lng, rule.grid.lng_step) & _on_lines(
            lat, rule.grid.lat, rule.grid.lat_step
        )
    return found


def reach_of(lng: Floats, lat: Floats, rule: CoarseRule) -> tuple[Floats, Floats]:
    """Return how far from a coarse coordinate the true one may be, each way, in its own unit."""
    step = 10.0 ** -np.maximum(decimals_of(lng), decimals_of(lat)).astype(float)
    if rule.grid is None:
        return step, step
    by_decimals = (
        np.maximum(decimals_of(lng), decimals_of(lat)) <= rule.decimals
        if rule.decimals is not None
        else np.zeros(len(lng), dtype=bool)
    )
    return (
        np.where(by_decimals, step, rule.grid.lng_step),
        np.where(by_decimals, step, rule.grid.lat_step),
    )


def _coarse_decimals(cases: pl.LazyFrame) -> tuple[int | None, int]:
    """Return the most decimals that are coarse, and those that are usual."""
    with_decimals = cases.select("lng", "lat", row_decimals(pl.col("lng"), pl.col("lat")))
    counted = with_decimals.group_by("decimals").len().collect(engine="streaming")
    rows = np.zeros(MOST_DECIMALS + 1, dtype=np.int64)
    rows[counted["decimals"].to_numpy()] = counted["len"].to_numpy()
    if not rows.sum():
        return None, MOST_DECIMALS
    usual = int(np.searchsorted(np.cumsum(rows), USUAL_SHARE * rows.sum()))
    few = with_decimals.filter(pl.col("decimals") <= COARSE_DECIMALS)
    distinct = few.unique().group_by("decimals").len().collect(engine="streaming")
    different = dict(distinct.iter_rows())
    for decimals in range(COARSE_DECIMALS, 0, -1):
        found = sum(n for each, n in different.items() if each <= decimals)
        chance = 0.0
        if usual > COARSE_DECIMALS:
            chance = float(rows[decimals + 1 :].sum()) * 100.0 ** (decimals - usual)
        if found >= max(LEAST_COARSE, BEYOND_CHANCE * chance):
            return decimals, usual
    return None, usual


def _find_grid(cases: pl.LazyFrame, *, in_degrees: bool) -> Grid | None:
    points = cases.select("lng", "lat").unique().collect(engine="streaming").sort("lng", "lat")
    points = points.gather_every(-(-points.height // SAMPLED_POINTS) or 1)
    if points.height < LEAST_GRID_POINTS:
        return None
    lines = [_shared_values(points[name].to_numpy()) for name in ("lng", "lat")]
    on_both = np.isin(points["lng"].to_numpy(), lines[0])
    on_both &= np.isin(points["lat"].to_numpy(), lines[1])
    if on_both.mean() < GRID_SHARE:
        return None
    steps = [_step(values) for values in lines]
    if steps[0] is None or steps[1] is None:
        return None
    up = _METRES_PER_DEGREE if in_degrees else 1.0
    across = up * math.cos(math.radians(float(lines[1][0]))) if in_degrees else 1.0
    if max(steps[0] * across, steps[1] * up) < LEAST_STEP_M:
        return None
    return Grid(float(lines[0][0]), float(lines[1][0]), steps[0], steps[1])


def _shared_values(values: Floats) -> Floats:
    """Return the values that several coordinates share, ascending."""
    each, times = np.unique(values, return_counts=True)
    return each[times >= SHARED_BY]


def _step(lines: Floats) -> float | None:
    """Return the step that nearly all gaps between lines are a multiple of."""
    if lines.size < SHARED_BY:
        return None
    gaps = np.diff(lines)
    step = float(np.median(gaps[gaps <= 1.5 * gaps.min()]))
    whole = np.abs(gaps / step - np.rint(gaps / step)) < GRID_TOLERANCE
    return step if whole.mean() >= GRID_SHARE else None


def _on_lines(values: Floats, origin: float, step: float) -> NDArray[np.bool_]:
    steps = (values - origin) / step
    return np.asarray(np.abs(steps - np.rint(steps)) < GRID_TOLERANCE)
