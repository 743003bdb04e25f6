"""How many reports one may expect of a point, and by what: people, households or area.

A place with people shares the city's cases by population. One of which only the households are
known shares the reports of all such places by households; one of which neither is known, but an
outline, those of all such places by area. Where no register names places, a cluster of coordinates
stands for the ground it may cover, and its township's people or the city's area tell what to expect
there; ground without any report belongs to the comparison as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from app.hotspots.points.assignment import METRES_PER_DEGREE
from geodata.areas import OUTSIDE, Boundaries, Places
from spatial.points.clusters import CLUSTER_DIAMETER_M, PointClusters
from spatial.points.unusual import ExpectedReports

SOURCES = ("population", "households", "area")
"""By what, in the order of preference."""

CLUSTER_AREA_KM2 = math.pi * (CLUSTER_DIAMETER_M / 2000) ** 2
"""Ground that a cluster may cover."""


@dataclass(frozen=True)
class Expectations:
    """Expected reports and, by code of the point, the position in `SOURCES` they come from."""

    reports: ExpectedReports
    source: dict[int, int]


def expect_of_places(
    place: NDArray[np.int64], townships: NDArray[np.int64], places: Places, boundaries: Boundaries
) -> Expectations | None:
    """Return what is expected of the places of a register; None where nothing is known of any.

    Parameters
    ----------
    place : int64[n]
        Position of each case's place in the register; others are no places.
    townships : int64[n]
        Position of its township, negative for none.
    """
    counts = np.bincount(place[(place >= 0) & (place < len(places))], minlength=len(places))
    area = _outline_areas(places)
    source = np.select(
        [_positive(places.population), _positive(places.households), area > 0],
        [0, 1, 2],
        default=-1,
    )
    expected = np.full(len(places), np.nan)
    known = _positive(boundaries.population)
    codes = {str(code) for code in boundaries.codes[known]}
    if known.any():
        cases = np.isin(townships, np.flatnonzero(known)).sum()
        people = source == 0
        # People of a township of which no number is known cannot be compared with the city's.
        people &= np.array([str(code) in codes for code in places.township], dtype=bool)
        rate = cases / boundaries.population[known].sum()
        expected[people] = rate * places.population[people]
    else:
        _share(expected, counts, places.population, source == 0)
    _share(expected, counts, places.households, source == 1)
    _share(expected, counts, area, source == 2)
    told = np.flatnonzero(expected > 0)
    return _expectations(told, expected[told], source[told], np.ones(told.size))


def expect_of_clusters(
    clusters: PointClusters, townships: NDArray[np.int64], boundaries: Boundaries
) -> Expectations | None:
    """Return what is expected of clusters of coordinates, and of the ground between them.

    Parameters
    ----------
    clusters : PointClusters
        The points, by their numbers.
    townships : int64[n]
        Position of each case's township, negative for none.
    """
    known = _positive(boundaries.population)
    # Without people every township's ground is worth its area.
    worth = boundaries.population if known.any() else boundaries.areas_km2
    source = 0 if known.any() else 2
    known = _positive(worth) & (boundaries.areas_km2 > 0)
    cases = np.isin(townships, np.flatnonzero(known)).sum()
    if not cases:
        return None
    pieces = boundaries.areas_km2 / CLUSTER_AREA_KM2
    each = cases * worth / worth[known].sum() / pieces
    where = boundaries.locate(clusters.lng, clusters.lat)
    told = np.flatnonzero((where != OUTSIDE) & known[where])
    taken = np.bincount(where[told], minlength=len(boundaries))
    ground = np.maximum(np.round(pieces) - taken, 0)
    empty = np.flatnonzero(known & (ground > 0))
    return _expectations(
        np.concatenate([told, np.full(empty.size, -1)]),
        np.concatenate([each[where[told]], each[empty]]),
        np.full(told.size + empty.size, source),
        np.concatenate([np.ones(told.size), ground[empty]]),
    )


def _expectations(
    point: NDArray[np.int64],
    expected: NDArray[np.float64],
    source: NDArray[np.int64],
    times: NDArray[np.float64],
) -> Expectations | None:
    if not point.size:
        return None
    by_point = {int(p): int(s) for p, s in zip(point, source, strict=True) if p >= 0}
    return Expectations(ExpectedReports.of(point, expected, source, times), by_point)


def _share(
    expected: NDArray[np.float64],
    counts: NDArray[np.int64],
    worth: NDArray[np.float64],
    which: NDArray[np.bool_],
) -> None:
    """Share the reports of these places out among them."""
    if which.any():
        expected[which] = counts[which].sum() * worth[which] / worth[which].sum()


def _positive(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which are known and above 0."""
    return np.nan_to_num(values, nan=0.0) > 0


def _outline_areas(places: Places) -> NDArray[np.float64]:
    """Areas of the places' outlines, km²; 0 for those that are a point."""
    if not len(places):
        return np.zeros(0)
    bounds = shapely.bounds(places.geometry)
    scale = np.cos(np.radians((bounds[:, 1] + bounds[:, 3]) / 2))
    return np.asarray(shapely.area(places.geometry) * scale * (METRES_PER_DEGREE / 1000) ** 2)
