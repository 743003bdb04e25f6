"""Points made from coordinates, where no register names the places: clusters at most 60 m across.

First the busiest coordinate takes every coordinate within half the limit, then the busiest one
left, and so on. Then clusters, in the same order, take in later ones whole, the nearest first (to
the millimetre; of equally near ones the earlier), wherever both together stay within the limit. So
no cluster is wider than the limit, no two could be put together without breaking it, and the
outcome depends on the coordinates and how often each occurs, never on the order of the rows.
Chaining, by which single linkage makes one point of a whole street, cannot happen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_finite, check_same_length
from spatial._compiled import compiled

CLUSTER_DIAMETER_M = 60.0
"""Widest cluster: about a housing block with its gates, and the error of its coordinates."""

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the sphere on which distances are measured."""

SMALLEST_VOXEL_M = 7.0
"""Below it the three numbers of a voxel would not fit into one 64-bit integer."""

MILLIMETRES = 1000.0
"""In a metre: distances that differ by less are equal, or rounding would decide between them."""

_AXIS = 1 << 21

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PointClusters:
    """Clusters of coordinates, by longitude and then latitude of their anchors.

    Attributes
    ----------
    cluster : ndarray of int64, shape (n,)
        Number of each coordinate's cluster.
    lng, lat : ndarray of float, shape (clusters,)
        The anchor: its busiest coordinate (of equally busy ones the westernmost, then the
        southernmost), which also serves as the cluster's identity; degrees.
    size : ndarray of int64, shape (clusters,)
        How many of the given coordinates it holds.
    """

    cluster: Ints
    lng: Floats
    lat: Floats
    size: Ints


def cluster_coordinates(
    lng: ArrayLike, lat: ArrayLike, *, diameter_m: float = CLUSTER_DIAMETER_M
) -> PointClusters:
    """Put coordinates into clusters no wider than a limit.

    Parameters
    ----------
    lng, lat : array_like of float, shape (n,)
        WGS84 degrees, repeated as often as they occur.
    diameter_m : float
        Largest distance of any two coordinates of one cluster, metres on the mean sphere.

    Returns
    -------
    PointClusters

    Raises
    ------
    ValueError
        If lengths differ, a coordinate is missing or outside its range, or the limit is not a
        positive number of metres below 100 km.

    References
    ----------
    The greedy rule is the product's own: docs/METHODS.md.

    Examples
    --------
    Three coordinates 50 m apart in a row: the end that is busiest takes its neighbour.

    >>> found = cluster_coordinates([116.0] * 4, [40.0, 40.00045, 40.0009, 40.0])
    >>> found.cluster, found.size
    (array([0, 0, 1, 0]), array([3, 1]))
    """
    east, north = check_finite("lng", lng), check_finite("lat", lat)
    check_same_length(lng=east, lat=north)
    _check_ranges(east, north, diameter_m)
    # One complex number a coordinate: numpy sorts those by both parts, and fast.
    places, back, times = np.unique(
        east.ravel() + 1j * north.ravel(), return_inverse=True, return_counts=True
    )
    anchor = np.arange(places.size)
    if places.size:
        # Stable: of equally busy coordinates the first in the order of longitude and latitude.
        busiest = np.argsort(-times, kind="stable")
        xyz = _on_sphere(places.real, places.imag)
        anchor = _cluster(xyz, busiest, diameter_m)
    anchors, cluster = np.unique(anchor, return_inverse=True)
    return PointClusters(
        cluster=cluster[back.ravel()],
        lng=places.real[anchors],
        lat=places.imag[anchors],
        size=np.bincount(cluster, weights=times, minlength=anchors.size).astype(np.int64),
    )


def _check_ranges(lng: Floats, lat: Floats, diameter_m: float) -> None:
    for name, values, bound in (("lng", lng, 180.0), ("lat", lat, 90.0)):
        wrong = np.abs(values) > bound
        if wrong.any():
            raise ValueError(
                f"{name}: degrees must lie within ±{bound:g}, found {values[wrong].flat[0]}"
            )
    if not 0 < diameter_m < 1e5:
        raise ValueError(
            f"diameter_m: must be above 0 and below 100,000 metres, found {diameter_m}"
        )


def _on_sphere(lng: Floats, lat: Floats) -> Floats:
    """Return places in space, metres: near ones are as far apart as on the ground (to 1e-9)."""
    across, up = np.radians(lng), np.radians(lat)
    flat = np.cos(up)
    return EARTH_RADIUS_M * np.column_stack(
        [flat * np.cos(across), flat * np.sin(across), np.sin(up)]
    )


def _cluster(xyz: Floats, busiest: Ints, diameter_m: float) -> Ints:
    """Return each coordinate's anchor."""
    anchor = np.full(len(xyz), -1)
    _take_near(*_grid(xyz, diameter_m / 2), xyz, busiest, (diameter_m / 2) ** 2, anchor)
    begun = busiest[anchor[busiest] == busiest]
    number = np.empty(len(xyz), dtype=np.int64)
    number[begun] = np.arange(begun.size)
    cluster = number[anchor]
    # Members stand behind one another, cluster by cluster in the order in which they were begun.
    members = np.argsort(cluster, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(cluster, minlength=begun.size))])
    reach = np.zeros(begun.size)
    np.maximum.at(reach, cluster, np.sqrt(((xyz - xyz[anchor]) ** 2).sum(axis=1)))
    head = np.full(begun.size, -1)
    _join(*_grid(xyz[begun], diameter_m), xyz[begun], xyz[members], starts, reach, diameter_m, head)
    anchors: Ints = begun[head[cluster]]
    return anchors


def _grid(xyz: Floats, reach_m: float) -> tuple[Ints, Ints, Ints]:
    """Sort places by voxels so wide that whatever is in reach lies in the same or the next one.

    Returns
    -------
    voxel : int64[n, 3]
    key : int64[n], ascending
        One number a voxel; voxels that follow along the third axis have numbers that follow.
    by_key : int64[n]
        The places in that order.
    """
    voxel = np.floor(xyz / max(reach_m, SMALLEST_VOXEL_M)).astype(np.int64) + _AXIS // 2
    key = (voxel[:, 0] * _AXIS + voxel[:, 1]) * _AXIS + voxel[:, 2]
    by_key = np.argsort(key, kind="stable")
    return voxel, key[by_key], by_key


@compiled
def _apart(one: Floats, other: Floats) -> float:
    """Squared distance of two places in space."""
    x, y, z = one[0] - other[0], one[1] - other[1], one[2] - other[2]
    squared: float = x * x + y * y + z * z
    return squared


@compiled
def _take_near(
    voxel: Ints, key: Ints, by_key: Ints, xyz: Floats, order: Ints, limit: float, anchor: Ints
) -> None:
    """Let each coordinate of the order, if not taken, take all within reach that are not."""
    for i in order:
        if anchor[i] >= 0:
            continue
        anchor[i] = i
        for dx in range(-1, 2):
            for dy in range(-1, 2):
                row = ((voxel[i, 0] + dx) * _AXIS + voxel[i, 1] + dy) * _AXIS + voxel[i, 2]
                at = np.searchsorted(key, row - 1)
                while at < key.size and key[at] <= row + 1:
                    j = by_key[at]
                    at += 1
                    if anchor[j] < 0 and _apart(xyz[i], xyz[j]) <= limit:
                        anchor[j] = i


@compiled
def _later_near(
    voxel: Ints, key: Ints, by_key: Ints, centre: Floats, i: int, limit: float, head: Ints
) -> list[int]:
    """Return the clusters within reach that no other has taken in, the nearest first."""
    # Empty lists of whole numbers and of floats.
    found, distance = [i][:0], [0.0][:0]
    for dx in range(-1, 2):
        for dy in range(-1, 2):
            row = ((voxel[i, 0] + dx) * _AXIS + voxel[i, 1] + dy) * _AXIS + voxel[i, 2]
            at = np.searchsorted(key, row - 1)
            while at < key.size and key[at] <= row + 1:
                j = by_key[at]
                at += 1
                if head[j] < 0:
                    square = _apart(centre[i], centre[j])
                    if square <= limit:
                        away = np.rint(math.sqrt(square) * MILLIMETRES)
                        # Insert behind all that are nearer, or as near and earlier.
                        k = len(found)
                        while k and (distance[k - 1], found[k - 1]) > (away, j):
                            k -= 1
                        found.insert(k, j)
                        distance.insert(k, away)
    return found


@compiled
def _all_within(members: Floats, starts: Ints, parts: Ints, j: int, limit: float) -> bool:
    """Tell whether every member of the parts is within the limit of every member of `j`."""
    for i in parts:
        for a in range(starts[i], starts[i + 1]):
            for b in range(starts[j], starts[j + 1]):
                if _apart(members[a], members[b]) > limit:
                    return False
    return True


@compiled
def _join(
    voxel: Ints,
    key: Ints,
    by_key: Ints,
    centre: Floats,
    members: Floats,
    starts: Ints,
    reach: Floats,
    diameter: float,
    head: Ints,
) -> None:
    """Let each cluster, in order, take in later ones whole, the nearest first, while it may."""
    part = np.empty(head.size, dtype=np.int64)
    for i in range(head.size):
        if head[i] >= 0:
            continue
        head[i], part[0], n_parts = i, i, 1
        near = _later_near(voxel, key, by_key, centre, i, diameter**2, head)
        for j in near:
            # Within both reaches of both centres nothing needs to be measured.
            bound = math.sqrt(_apart(centre[i], centre[j])) + reach[j]
            fits = bound + reach[i] <= diameter
            if not fits:
                fits = _all_within(members, starts, part[:n_parts], j, diameter**2)
            if fits:
                head[j], part[n_parts] = i, j
                n_parts += 1
                reach[i] = max(reach[i], bound)
