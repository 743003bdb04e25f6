"""A raster over areas: which one a point lies in, told without a polygon for most points.

Boxes that no border comes near lie wholly in one area or wholly outside, so one exact test tells
for all points in them, and one test tells for all such boxes that hang together. Only points in
the boxes along borders need an exact test of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from spatial._compiled import compiled

Locate = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.int64]]

BOXES_A_SIDE = 2048
"""For a city of 100 km a box is 50 m wide, and few points lie in boxes along borders."""

UNDECIDED = -2
"""Look-up of a point in a box along a border."""

_STEPS_A_BOX = 4
"""Vertices along a border: more of them mark fewer boxes that no border crosses."""

_PADDING = 2
"""Boxes around all areas, so that points beyond the raster are surely outside."""


class AreaRaster:
    """Boxes over the extent of areas, each decided or along a border.

    Parameters
    ----------
    geometry : ndarray of object, shape (n,)
        Polygons and multipolygons.
    locate : callable
        Exact answer for points ``lng, lat``.
    outside : int
        What `locate` returns for points in no area.

    Examples
    --------
    >>> def locate(lng, lat):
    ...     return np.where((abs(lng) <= 1) & (abs(lat) <= 1), 0, -1)
    >>> raster = AreaRaster(np.array([shapely.box(-1, -1, 1, 1)]), locate, outside=-1)
    >>> raster.look_up(np.array([0.0, 1.0, 3.0, np.nan]), np.zeros(4))
    array([ 0, -2, -1, -1])
    """

    def __init__(self, geometry: NDArray[Any], locate: Locate, *, outside: int) -> None:
        west, south, east, north = shapely.total_bounds(geometry)
        inner = BOXES_A_SIDE - 2 * _PADDING
        self._width, self._height = (east - west) / inner, (north - south) / inner
        self._west, self._south = west - _PADDING * self._width, south - _PADDING * self._height
        self._outside = outside
        # Every point of a border is at most half a step from a vertex, so it lies in a box that a
        # corner of the square of two steps around the vertex lies in, with half a step to spare for
        # rounding.
        step = min(self._width, self._height) / _STEPS_A_BOX
        borders = shapely.get_coordinates(shapely.segmentize(shapely.boundary(geometry), step))
        crossed = np.zeros((BOXES_A_SIDE, BOXES_A_SIDE), dtype=bool)
        for right, up in product((-step, step), repeat=2):
            row, column = self._boxes(borders[:, 0] + right, borders[:, 1] + up)
            crossed[row.astype(np.int64), column.astype(np.int64)] = True
        self._found = self._decide(crossed, locate)

    def look_up(self, lng: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the area of each point, or that of none, or `UNDECIDED`, shape (n,)."""
        frame = self._west, self._south, self._width, self._height
        found: NDArray[np.int64] = _look_up(lng, lat, *frame, self._found, self._outside)
        return found

    def _boxes(
        self, lng: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Row and column of points as floats, which keep NaN and points far away apart."""
        row = np.floor((lat - self._south) / self._height)
        return row, np.floor((lng - self._west) / self._width)

    def _decide(self, crossed: NDArray[np.bool_], locate: Locate) -> NDArray[np.int32]:
        """Locate one box of each part that borders cut out."""
        part, parts = ndimage.label(~crossed)
        box = np.zeros(parts + 1, dtype=np.int64)
        box[part.ravel()] = np.arange(part.size)
        row, column = np.divmod(box[1:], BOXES_A_SIDE)
        lng = self._west + (column + 0.5) * self._width
        lat = self._south + (row + 0.5) * self._height
        found = np.array([UNDECIDED, *locate(lng, lat)], dtype=np.int32)
        return found[part]


@compiled
def _look_up(
    lng: Any,
    lat: Any,
    west: float,
    south: float,
    width: float,
    height: float,
    found: Any,
    outside: int,
) -> Any:
    side = float(BOXES_A_SIDE)
    areas = np.full(lng.size, outside, dtype=np.int64)
    for point in range(lng.size):
        row, column = (lat[point] - south) / height, (lng[point] - west) / width
        # NaN is in no range.
        if 0.0 <= row < side and 0.0 <= column < side:
            areas[point] = found[int(row), int(column)]
    return areas
