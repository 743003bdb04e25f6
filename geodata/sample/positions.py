"""Points spread evenly over polygons, many polygons at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.sample.plane import COORDINATE_DECIMALS, Points


@dataclass(frozen=True)
class Scatter:
    """Polygons cut into triangles, ready for drawing points.

    Attributes
    ----------
    corners : ndarray of float, shape (triangles, 3, 2)
        Longitude and latitude.
    area_before : ndarray of float, shape (triangles + 1,)
        Running total of the triangles' areas.
    first : ndarray of int64, shape (polygons + 1,)
        First triangle of each polygon.
    """

    corners: NDArray[np.float64]
    area_before: NDArray[np.float64]
    first: NDArray[np.int64]

    @classmethod
    def over(cls, polygons: NDArray[Any]) -> Scatter:
        """Cut polygons into triangles.

        Parameters
        ----------
        polygons : ndarray of shapely polygons, shape (polygons,)
        """
        triangles, polygon = shapely.get_parts(
            shapely.constrained_delaunay_triangles(polygons), return_index=True
        )
        corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3]
        area_before = np.concatenate([[0.0], np.cumsum(shapely.area(triangles))])
        first = np.searchsorted(polygon, np.arange(len(polygons) + 1))
        return cls(corners, area_before, first.astype(np.int64))

    def draw(self, polygon: NDArray[np.int64], rng: np.random.Generator) -> Points:
        """Draw one point, evenly over the area, in each polygon asked for.

        Parameters
        ----------
        polygon : ndarray of int64, shape (n,)
            Index of a polygon for each point.
        rng : numpy Generator

        Returns
        -------
        ndarray of float, shape (n, 2)
            Rounded longitude and latitude.

        Examples
        --------
        >>> scatter = Scatter.over(np.array([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 7)]))
        >>> points = scatter.draw(np.array([1, 1, 0]), np.random.default_rng(1))
        >>> (points > 5).all(axis=1).tolist()
        [True, True, False]
        """
        start = self.area_before[self.first[polygon]]
        end = self.area_before[self.first[polygon + 1]]
        hit = rng.uniform(start, end)
        triangle = np.searchsorted(self.area_before, hit, side="right") - 1
        triangle = np.clip(triangle, self.first[polygon], self.first[polygon + 1] - 1)
        u, v = rng.random((2, len(polygon)))
        folded = u + v > 1
        u, v = np.where(folded, 1 - u, u)[:, None], np.where(folded, 1 - v, v)[:, None]
        a, b, c = np.moveaxis(self.corners[triangle], 1, 0)
        points: Points = a + u * (b - a) + v * (c - a)
        return points.round(COORDINATE_DECIMALS)
