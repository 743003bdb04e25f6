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
from numpy.typing import NDArray

from geodata.coordinate_checks.decimals import (
    COARSE_DECIMALS,
    MOST_DECIMALS,
    decimals_of,
    decimals_of_points,
)
from geodata.coordinate_checks.gathering import Gathered, gather
from geodata.coordinates import WGS84, Floats

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


def find_coarse(
    cases: pl.LazyFrame, *, in_degrees: bool, gathered: Gathered | None = None
) -> CoarseRule | None:
    """Tell which coordinates of one file are too coarse, None where none are.

    Parameters
    ----------
    cases : LazyFrame
        Columns ``lng, lat`` as the file has them, in one coordinate system; none missing, zero or
        whole degrees.
    in_degrees : bool
        Decimals are judged for degrees only, grids for metres too.
    gathered : Gathered, optional
        The same coordinates by `gather`, where they were read already.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> lng, lat = 116 + rng.random(1_000).round(6), 39 + rng.random(1_000).round(6)
    >>> lng[:100], lat[:100] = lng[:100].round(2), lat[:100].round(2)
    >>> find_coarse(pl.LazyFrame({"lng": lng, "lat": lat}), in_degrees=True)
    CoarseRule(decimals=3, usual=6, grid=None)
    """
    if not in_degrees:
        grid = _grid_of(*_evenly(*_different(cases)), in_degrees=False)
        return CoarseRule(grid=grid) if grid else None
    read = gathered or _gathered(cases)
    if read is None:
        return None
    decimals, usual = _coarse_decimals(read)
    grid = None if usual <= COARSE_DECIMALS else _grid_beyond(decimals, read, cases)
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


def _gathered(cases: pl.LazyFrame) -> Gathered | None:
    system = pl.lit(WGS84).alias("source_crs")
    named = cases.select(pl.col("lng", "lat").name.prefix("source_"), system)
    return gather(named).get(WGS84)


def _coarse_decimals(read: Gathered) -> tuple[int | None, int]:
    """Return the most decimals that are coarse, and those that are usual."""
    rows, different = read.decimals, read.different_few()
    if not rows.sum():
        return None, MOST_DECIMALS
    usual = int(np.searchsorted(np.cumsum(rows), USUAL_SHARE * rows.sum()))
    for decimals in range(COARSE_DECIMALS, 0, -1):
        found = int(different[: decimals + 1].sum())
        chance = 0.0
        if usual > COARSE_DECIMALS:
            chance = float(rows[decimals + 1 :].sum()) * 100.0 ** (decimals - usual)
        if found >= max(LEAST_COARSE, BEYOND_CHANCE * chance):
            return decimals, usual
    return None, usual


def _grid_beyond(decimals: int | None, read: Gathered, cases: pl.LazyFrame) -> Grid | None:
    """Find the grid of the coordinates that have more decimals."""
    beyond = -1 if decimals is None else decimals
    if read.is_whole:
        return _grid_of(*read.sample(beyond, SAMPLED_POINTS), in_degrees=True)
    if not read.may_lie_on_lines(beyond, SAMPLED_POINTS, GRID_SHARE):
        return None
    lng, lat = _different(cases)
    finer = decimals_of_points(lng, lat) > beyond
    return _grid_of(*_evenly(lng[finer], lat[finer]), in_degrees=True)


def _different(cases: pl.LazyFrame) -> tuple[Floats, Floats]:
    """Bring the different coordinates to memory, sorted."""
    points = cases.select("lng", "lat").unique().collect(engine="streaming").sort("lng", "lat")
    return points["lng"].to_numpy(), points["lat"].to_numpy()


def _evenly(lng: Floats, lat: Floats) -> tuple[Floats, Floats]:
    step = -(-len(lng) // SAMPLED_POINTS) or 1
    return lng[::step], lat[::step]


def _grid_of(lng: Floats, lat: Floats, *, in_degrees: bool) -> Grid | None:
    """Find the grid of some different coordinates, ascending."""
    if len(lng) < LEAST_GRID_POINTS:
        return None
    lines, on_both = [], np.ones(len(lng), dtype=bool)
    for values in (lng, lat):
        lines.append(_shared_values(values))
        on_both &= np.isin(values, lines[-1])
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
