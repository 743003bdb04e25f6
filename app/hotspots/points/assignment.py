"""Which point each case belongs to: a place of the register, or a cluster of coordinates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.areas import Places
from spatial.points.clusters import CLUSTER_DIAMETER_M, PointClusters, cluster_coordinates

NEAR_PLACE_M = CLUSTER_DIAMETER_M
"""A case this near to a place belongs to it: gates and road sides lie outside the outlines."""

METRES_PER_DEGREE = 111_195.0
"""Length of a degree of latitude on the mean sphere (6,371,008.8 m)."""

COORDINATE_DECIMALS = 7
"""Coordinates are told apart to this (about 1 cm)."""

NO_PLACE = -1


@dataclass(frozen=True)
class CasePoints:
    """The point of each case.

    Attributes
    ----------
    point : int64[n]
        Position in the register, or `n_places` and the number of the cluster.
    lng, lat : float[n]
        Coordinates as they are told apart.
    clusters : PointClusters
        Of the coordinates that no place takes.
    n_places : int
    """

    point: NDArray[np.int64]
    lng: NDArray[np.float64]
    lat: NDArray[np.float64]
    clusters: PointClusters
    n_places: int


def assign_points(
    lng: NDArray[np.float64], lat: NDArray[np.float64], places: Places | None
) -> CasePoints:
    """Give each case its point: the place that takes it, else a cluster at most 60 m across."""
    n_places = len(places) if places is not None else 0
    east, north = distinct_coordinates(lng, lat)
    given = np.full(lng.size, NO_PLACE) if places is None else assign_places(east, north, places)
    loose = given == NO_PLACE
    clusters = cluster_coordinates(east[loose], north[loose])
    point = given.copy()
    point[loose] = n_places + clusters.cluster
    return CasePoints(point, east, north, clusters, n_places)


def distinct_coordinates(
    lng: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return coordinates as points tell them apart, always by the same rounding."""
    return np.round(lng, COORDINATE_DECIMALS), np.round(lat, COORDINATE_DECIMALS)


def assign_places(
    lng: NDArray[np.float64],
    lat: NDArray[np.float64],
    places: Places,
    among: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Give each case the place that holds it, else the nearest within `NEAR_PLACE_M`.

    Parameters
    ----------
    lng, lat : float[n]
        WGS84 degrees, none missing.
    places : Places
        The register.
    among : int64[m], optional
        Positions, ascending, of the only places that can be meant; all when not given.

    Returns
    -------
    int64[n]
        Position in the register, `NO_PLACE` where none is near. Where several hold a case, or are
        equally near, the first in the register takes it.
    """
    if lng.size == 0 or len(places.codes) == 0:
        return np.full(lng.size, NO_PLACE, dtype=np.int64)
    # One latitude scale for the whole register: within a city its error is far below the limit.
    middle = float(np.nanmean(shapely.bounds(places.geometry)[:, [1, 3]]))
    scale = np.array([METRES_PER_DEGREE * math.cos(math.radians(middle)), METRES_PER_DEGREE])
    asked = np.arange(len(places.codes)) if among is None else among
    shapes = shapely.transform(places.geometry[asked], lambda corner: corner * scale)
    tree = shapely.STRtree(shapes)
    # Cases repeat their coordinates: each distinct one is looked up once.
    distinct, back = np.unique(np.column_stack([lng, lat]), axis=0, return_inverse=True)
    cases, found = tree.query_nearest(
        shapely.points(distinct * scale), max_distance=NEAR_PLACE_M, all_matches=True
    )
    first = np.full(len(distinct), len(places.codes), dtype=np.int64)
    np.minimum.at(first, cases, asked[found])
    first[first == len(places.codes)] = NO_PLACE
    return first[back.ravel()]


def near_box(geometry: shapely.Geometry) -> tuple[float, float, float, float]:
    """Return west, south, east, north around a place that hold every case it may be given."""
    west, south, east, north = map(float, shapely.bounds(geometry))
    up = 2 * NEAR_PLACE_M / METRES_PER_DEGREE
    aside = up / math.cos(math.radians((south + north) / 2))
    return west - aside, south - up, east + aside, north + up


def places_in_reach(places: Places, box: tuple[float, float, float, float]) -> NDArray[np.int64]:
    """Return the positions of the places that can take a case from within a box."""
    bounds = shapely.bounds(places.geometry)
    west, south, east, north = near_box(shapely.box(*box))
    meets = (bounds[:, 0] <= east) & (bounds[:, 2] >= west)
    meets &= (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    return np.flatnonzero(meets)
