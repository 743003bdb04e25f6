"""Circular zones: round every area, its neighbours by distance up to a size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from spatial._compiled import chunks, on_threads

# Radius of the sphere on which SaTScan measures, so that radii in kilometres can be compared.
EARTH_RADIUS_KM = 6367.0
# Squared distances that differ by less, relatively, are the same distance measured twice.
SAME_DISTANCE = 1e-9
# Rows of the distance matrix that are held at once by each thread.
ROWS = 64
# Strips of a walk are about so many areas wide.
STRIP = 6
Rows = tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.int64]]


@dataclass(frozen=True)
class Zones:
    """Nested zones round each centre, as one list of members.

    Attributes
    ----------
    members : ndarray of int32, shape (n,)
        Areas by distance from their centre, all centres one after the other.
    closes : ndarray of bool, shape (n,)
        Whether a circle ends here. It does not between areas at the same distance: a circle
        holds both or neither.
    starts : ndarray of int64, shape (areas + 1,)
        Where each centre's members begin.
    """

    members: NDArray[np.int32]
    closes: NDArray[np.bool_]
    starts: NDArray[np.int64]

    def first(self, centre: int, size: int) -> NDArray[np.int32]:
        """Return the first `size` members round a centre."""
        start = self.starts[centre]
        return self.members[start : start + size]


def points_on_sphere(lat: NDArray[np.float64], lng: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points in space, in kilometres, whose chords rank like great circles.

    Parameters
    ----------
    lat, lng : ndarray of float, shape (n,)
        Degrees.

    Returns
    -------
    ndarray of float, shape (n, 3)

    Examples
    --------
    >>> points_on_sphere(np.array([90.0]), np.array([0.0])).round(6)
    array([[   0.,    0., 6367.]])
    """
    north, east = np.radians(lat), np.radians(lng)
    flat = np.cos(north)
    return EARTH_RADIUS_KM * np.stack(
        [flat * np.cos(east), flat * np.sin(east), np.sin(north)], axis=1
    )


def arc_of_chord(chord: float) -> float:
    """Return the great-circle distance in kilometres between points a chord apart.

    Examples
    --------
    >>> round(arc_of_chord(2 * EARTH_RADIUS_KM) / EARTH_RADIUS_KM, 6)
    3.141593
    """
    return 2 * EARTH_RADIUS_KM * float(np.arcsin(min(1.0, chord / (2 * EARTH_RADIUS_KM))))


def chord_of_arc(arc: float) -> float:
    """Return the chord in kilometres under a great-circle distance.

    Examples
    --------
    >>> round(arc_of_chord(chord_of_arc(113.5)), 6)
    113.5
    """
    half = min(arc / (2 * EARTH_RADIUS_KM), np.pi / 2)
    return float(2 * EARTH_RADIUS_KM * np.sin(half))


def circular_zones(
    points: NDArray[np.float64],
    measure: NDArray[np.float64],
    most: float,
    radius: float = np.inf,
) -> Zones:
    """Return the zones round every point that hold at most so much and reach at most so far.

    Parameters
    ----------
    points : ndarray of float, shape (areas, 2 or 3)
    measure : ndarray of float, shape (areas,)
        At risk in each area, positive.
    most : float
        Largest sum of the measure in a zone.
    radius : float
        Largest straight distance from the centre, in the points' unit.

    Returns
    -------
    Zones

    Examples
    --------
    >>> zones = circular_zones(np.array([[0.0], [1.0], [3.0]]), np.ones(3), most=2)
    >>> zones.first(0, 2), zones.first(2, 2)
    (array([0, 1], dtype=int32), array([2, 1], dtype=int32))
    """
    # Rounding must not shut out a zone that holds exactly the largest share.
    most = most * (1 + 1e-12)
    reach = radius * radius * (1 + SAME_DISTANCE)
    tasks: list[Callable[[], Rows]] = [
        partial(_rows, points, measure, most, reach, first, last)
        for first, last in chunks(len(points), ROWS)
    ]
    parts = list(on_threads(tasks))
    return Zones(
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]),
        np.concatenate([[0], np.cumsum(np.concatenate([part[2] for part in parts]))]),
    )


def walking_order(points: NDArray[np.float64], scouts: int = 32) -> NDArray[np.int64]:
    """Return all places in an order that first samples the whole region, then goes strip by strip.

    Neighbouring centres have the same areas round them, which are then still at hand.

    Parameters
    ----------
    points : ndarray of float, shape (areas, dimensions)
    scouts : int
        Number of places, spread over the region, that come first.

    Returns
    -------
    ndarray of int64, shape (areas,)

    Examples
    --------
    >>> walking_order(np.array([[0.0], [3.0], [1.0], [2.0]]), scouts=2)
    array([0, 1, 2, 3])
    """
    n = len(points)
    widest = np.argsort(-np.ptp(points, axis=0), kind="stable")[:2]
    across, along = points[:, widest[-1]], points[:, widest[0]]
    width = np.ptp(across) / max(1.0, np.sqrt(n) / STRIP)
    strip = np.floor((across - across.min()) / width) if width > 0 else np.zeros(n)
    walk = np.lexsort((along, strip))
    first = np.unique(np.linspace(0, n - 1, min(scouts, n)).astype(np.int64))
    return np.concatenate([walk[first], np.delete(walk, first)])


def _rows(
    points: NDArray[np.float64],
    measure: NDArray[np.float64],
    most: float,
    reach: float,
    first: int,
    last: int,
) -> Rows:
    """Return members, circle ends and zone sizes of some centres."""
    squared = np.zeros((last - first, len(points)))
    for axis in points.T:
        squared += (axis[first:last, None] - axis) ** 2
    order = np.argsort(squared, axis=1, kind="stable").astype(np.int32)
    sorted_squared = np.take_along_axis(squared, order, axis=1)
    ends = np.ones(order.shape, dtype=bool)
    ends[:, :-1] = sorted_squared[:, 1:] > sorted_squared[:, :-1] * (1 + SAME_DISTANCE)
    allowed = (np.cumsum(measure[order], axis=1) <= most) & (sorted_squared <= reach)
    ends &= allowed
    # What follows the last circle's end is of no use.
    sizes = np.where(ends.any(axis=1), len(points) - np.argmax(ends[:, ::-1], axis=1), 0)
    used = np.arange(len(points)) < sizes[:, None]
    return order[used], ends[used], sizes.astype(np.int64)
