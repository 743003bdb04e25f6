"""How many decimals a coordinate was written with.

A number has as few decimals as bring it within `_EQUAL_DEG` of what was given. Nearly all are told
by whole numbers, exactly and in an eighth of the time: the float next to a number of `WRITTEN`
decimals has those, less the zeros at its end.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geodata.coordinates import Floats

MOST_DECIMALS = 8
COARSE_DECIMALS = 3
"""Decimals of a degree that do not tell a cell: 111 m or more."""
WRITTEN = 6
"""Decimals as most files have them."""
LARGEST_DEG = 2_000.0
"""More than any degree; up to here the whole numbers are exact."""
_EQUAL_DEG = 1e-9
"""What floats may be off, and finer than any decimal counted here."""


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
        found[~_has_more(given, decimals)] = decimals
    return found


def decimals_of_points(lng: Floats, lat: Floats) -> NDArray[np.int8]:
    """Return the decimals of coordinates: those of the finer of their two numbers.

    Parameters
    ----------
    lng, lat : ndarray of float, shape (n,)
        Finite.

    Returns
    -------
    ndarray of int8, shape (n,)

    Examples
    --------
    >>> decimals_of_points(np.array([116.4, 116.25]), np.array([39.123, 39.5]))
    array([3, 2], dtype=int8)
    """
    found = np.empty(len(lng), dtype=np.int8)
    left = np.arange(len(lng))
    for written in (WRITTEN, MOST_DECIMALS):
        east, north, told = whole_numbers(lng[left], lat[left], written)
        told &= are_near(lng[left], lat[left])
        found[left[told]] = without_zeros(east[told], north[told], written)
        left = left[~told]
    found[left] = MOST_DECIMALS
    # Of floats between all decimals most are far from the second finest.
    left = left[~(_is_beyond(lng[left]) | _is_beyond(lat[left]))]
    found[left] = sum(
        (_has_more(lng[left], each) | _has_more(lat[left], each)).astype(np.int8)
        for each in range(MOST_DECIMALS)
    )
    return found


def whole_numbers(
    lng: Floats, lat: Floats, decimals: int
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return coordinates in units of a decimal, rounded, and which are exactly the rounded ones.

    Up to `LARGEST_DEG` an exact one has so many decimals or fewer.
    """
    one = 10.0**decimals
    with np.errstate(over="ignore"):
        east, north = np.rint(lng * one), np.rint(lat * one)
    return east, north, (east / one == lng) & (north / one == lat)


def without_zeros(east: Floats, north: Floats, decimals: int) -> NDArray[np.int8]:
    """Return the decimals of coordinates given as whole numbers, less the zeros of both."""
    found = np.full(len(east), decimals, dtype=np.int8)
    left: NDArray[np.int64] | None = None
    for fewer in range(decimals - 1, -1, -1):
        east = east / 10.0
        some = np.flatnonzero(east == np.rint(east))
        north = north[some] / 10.0
        both = north == np.rint(north)
        some, north = some[both], north[both]
        if not some.size:
            break
        left, east = some if left is None else left[some], east[some]
        found[left] = fewer
    return found


def are_near(lng: Floats, lat: Floats) -> NDArray[np.bool_] | bool:
    """Return which coordinates are at most `LARGEST_DEG`; True where all are. NaN is not."""
    ends = [
        each for values in (lng, lat) for each in (values.min(initial=0), values.max(initial=0))
    ]
    if all(abs(end) <= LARGEST_DEG for end in ends):
        return True
    near: NDArray[np.bool_] = (np.abs(lng) <= LARGEST_DEG) & (np.abs(lat) <= LARGEST_DEG)
    return near


def _is_beyond(values: Floats) -> NDArray[np.bool_]:
    """Which numbers are so far from the second finest decimal that no float's error matters."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = values * 10.0 ** (MOST_DECIMALS - 1)
        off = np.abs(scaled - np.rint(scaled)) * 10.0 ** (1 - MOST_DECIMALS)
    clear: NDArray[np.bool_] = (off >= 2 * _EQUAL_DEG) & (np.abs(values) <= LARGEST_DEG)
    return clear


def _has_more(values: Floats, decimals: int) -> NDArray[np.bool_]:
    # Garbage may overflow: it is near no number, and no reason for a warning.
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = values * 10.0**decimals
        near: NDArray[np.bool_] = np.abs(scaled - np.rint(scaled)) < _EQUAL_DEG * 10.0**decimals
    return ~near
