"""The part of the city that a map shows, in pixels: web mercator, as the browser's map has it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

WORLD_PIXELS = 512
"""Width of the world at zoom 0, as MapLibre counts zooms."""

EARTH_CIRCUMFERENCE_M = 40_075_016.686
CLOSEST_FIT = 15.0
ROOM_AROUND = 0.94
"""Share of the window that a fitted extent takes."""


@dataclass(frozen=True)
class Screen:
    """A window onto the map.

    Attributes
    ----------
    zoom, lat, lng : float
        Of its middle.
    width, height : int
        In CSS pixels.

    Examples
    --------
    >>> screen = Screen(10.0, 39.0, 83.0, 800, 600)
    >>> [float(each) for each in screen.pixels([83.0], [39.0])[0].round(6)]
    [400.0, 300.0]
    """

    zoom: float
    lat: float
    lng: float
    width: int
    height: int

    @classmethod
    def fitting(cls, bounds: tuple[float, float, float, float], width: int, height: int) -> Self:
        """Return the window that shows an extent (west, south, east, north) as large as it goes."""
        west, south, east, north = bounds
        (left, bottom), (right, top) = mercator([west, east], [south, north])
        shares = ((right - left) / width, (bottom - top) / height)
        largest = max(*shares, 2.0**-CLOSEST_FIT / WORLD_PIXELS * ROOM_AROUND)
        zoom = float(np.log2(ROOM_AROUND / (WORLD_PIXELS * largest)))
        lat = _latitude((bottom + top) / 2)
        return cls(zoom, lat, (west + east) / 2, width, height)

    @property
    def scale(self) -> float:
        """Pixels from the world's west to its east."""
        return float(WORLD_PIXELS * 2.0**self.zoom)

    @property
    def metres_per_pixel(self) -> float:
        """On the ground at the middle."""
        return float(EARTH_CIRCUMFERENCE_M * np.cos(np.radians(self.lat)) / self.scale)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of what is seen."""
        ((x, y),) = mercator([self.lng], [self.lat])
        across, down = self.width / self.scale / 2, self.height / self.scale / 2
        return (
            (x - across) * 360 - 180,
            _latitude(y + down),
            (x + across) * 360 - 180,
            _latitude(y - down),
        )

    def moved(self, right: float, down: float, closer: float) -> Screen:
        """Return the window after a move by shares of its size, and then a change of zoom."""
        ((x, y),) = mercator([self.lng], [self.lat])
        lng = (x + right * self.width / self.scale) * 360 - 180
        lat = _latitude(y + down * self.height / self.scale)
        return replace(self, zoom=self.zoom + closer, lat=lat, lng=float(lng))

    def pixels(self, lng: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
        """Return where places stand: right and down from the upper left corner, shape (n, 2)."""
        middle = mercator([self.lng], [self.lat])
        return (mercator(lng, lat) - middle) * self.scale + (self.width / 2, self.height / 2)

    def sees(self, lng: ArrayLike, lat: ArrayLike, margin: float = 0.0) -> NDArray[np.bool_]:
        """Tell which places are in the window, or at most `margin` pixels outside."""
        at = self.pixels(lng, lat)
        far = np.array([self.width + margin, self.height + margin])
        return np.asarray(((at >= -margin) & (at <= far)).all(axis=1))

    def drawn(self, geometry: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return geometries in pixels of the window."""
        moved = shapely.transform(geometry, lambda points: self.pixels(points[:, 0], points[:, 1]))
        return np.asarray(moved)


def mercator(lng: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
    """Return spherical web mercator: the world is 0–1 from west to east and north to south."""
    east = (np.asarray(lng, dtype=float) + 180) / 360
    angle = np.radians(np.asarray(lat, dtype=float))
    south = (1 - np.arcsinh(np.tan(angle)) / np.pi) / 2
    return np.column_stack([east, south])


def _latitude(south: float) -> float:
    return float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * south)))))
