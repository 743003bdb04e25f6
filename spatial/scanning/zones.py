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
# Centres that one thread looks at in one go, and the fewest neighbours that are sorted.
CENTRES_AT_ONCE = 64
FEWEST_NEAR = 64
# Strips of a walk are about so many areas wide.
STRIP = 6
Part = tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.int64]]


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
    tasks: list[Callable[[], Part]] = [
        partial(_round_centres, points, measure, most, reach, first, last)
        for first, last in chunks(len(points), CENTRES_AT_ONCE)
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


def _round_centres(
    points: NDArray[np.float64],
    measure: NDArray[np.float64],
    most: float,
    reach: float,
    first: int,
    last: int,
) -> Part:
    """Return members, circle ends and number of members of some centres."""
    parts, wanted = [], FEWEST_NEAR
    for centre in range(first, last):
        squared = ((points - points[centre]) ** 2).sum(axis=1)
        near, wanted = _near(squared, measure, most, reach, wanted)
        order = near[np.argsort(squared[near], kind="stable")]
        apart = squared[order]
        ends = np.append(apart[1:] > apart[:-1] * (1 + SAME_DISTANCE), True)
        ends &= (np.cumsum(measure[order]) <= most) & (apart <= reach)
        # What follows the last circle's end is of no use.
        size = int(np.flatnonzero(ends)[-1]) + 1 if ends.any() else 0
        parts.append((order[:size].astype(np.int32), ends[:size], size))
    return (
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]),
        np.array([part[2] for part in parts], dtype=np.int64),
    )


def _near(
    squared: NDArray[np.float64],
    measure: NDArray[np.float64],
    most: float,
    reach: float,
    wanted: int,
) -> tuple[NDArray[np.intp], int]:
    """Return all areas that a zone may hold and a few more, and how many were asked for.

    Sorting the nearest alone is much less work than sorting all.
    """
    while wanted < squared.size:
        bound = np.partition(squared, wanted)[wanted] * (1 + SAME_DISTANCE)
        near = np.flatnonzero(squared <= bound)
        if bound > reach or measure[near].sum() > most:
            return near, wanted
        wanted *= 2
    return np.arange(squared.size), wanted
