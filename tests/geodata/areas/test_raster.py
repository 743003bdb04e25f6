"""The raster's answers against shapely, point by point."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from geodata.areas import OUTSIDE, Boundaries
from geodata.areas.boundaries import RASTER_PAYS
from geodata.areas.raster import UNDECIDED, AreaRaster

POINTS = RASTER_PAYS + 10_000


def flower(lng: float, lat: float, radius: float, petals: int, vertices: int) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    reach = radius * (1 + 0.3 * np.sin(petals * angle))
    return shapely.Polygon(
        np.column_stack([lng + reach * np.cos(angle), lat + reach * np.sin(angle)])
    )


def wiggly_tiles() -> list[shapely.Geometry]:
    """Tiles that share wiggly edges, as townships do."""
    squares = [
        shapely.segmentize(shapely.box(x, y, x + 0.1, y + 0.1), 0.0005)
        for x in np.arange(83, 83.6, 0.1)
        for y in np.arange(39, 39.5, 0.1)
    ]
    return [
        shapely.transform(s, lambda p: p + 0.01 * np.sin(60 * np.pi * p[:, ::-1])) for s in squares
    ]


def islands_and_holes() -> list[shapely.Geometry]:
    ring = shapely.difference(shapely.box(0, 0, 1, 1), flower(0.5, 0.5, 0.25, 5, 400))
    far = shapely.MultiPolygon([flower(3, 1, 0.001, 3, 50), flower(-2, 0, 0.01, 7, 90)])
    return [ring, shapely.box(0.45, 0.45, 0.55, 0.55), far]


def overlapping_slivers() -> list[shapely.Geometry]:
    return [shapely.box(0, 0, 1, 1), shapely.box(1 - 1e-7, 0, 2, 1), shapely.box(2 + 1e-7, 0, 3, 1)]


def asked(shapes: list[shapely.Geometry]) -> NDArray[np.float64]:
    """Points all over and around, on every kind of edge, beside edges, and nowhere."""
    rng = np.random.default_rng(1)
    west, south, east, north = shapely.total_bounds(shapes)
    margin = 0.1 * (east - west)
    anywhere = rng.uniform(
        [west - margin, south - margin], [east + margin, north + margin], (POINTS, 2)
    )
    vertices = shapely.get_coordinates(shapes)
    beside = vertices + rng.normal(0, 1e-9, vertices.shape)
    ticks = np.stack(np.meshgrid(np.linspace(west, east, 50), np.linspace(south, north, 50)), -1)
    nowhere = [[np.nan, south], [np.inf, south], [1e300, -1e300]]
    return np.concatenate([anywhere, vertices, beside, ticks.reshape(-1, 2), nowhere])


@pytest.mark.parametrize("draw", [wiggly_tiles, islands_and_holes, overlapping_slivers])
def test_every_point_is_where_shapely_says(draw) -> None:
    shapes = draw()
    points = asked(shapes)
    codes = [f"{number:03d}" for number in range(len(shapes))]
    found = Boundaries.of(codes, codes, shapes).locate(points[:, 0], points[:, 1])
    expected = np.full(len(points), OUTSIDE)
    for number in reversed(range(len(shapes))):
        shapely.prepare(shapes[number])
        expected[shapely.intersects_xy(shapes[number], points[:, 0], points[:, 1])] = number
    assert np.array_equal(found, expected)
    assert set(expected) == {OUTSIDE, *range(len(shapes))}


def test_most_points_need_no_polygon() -> None:
    shapes = np.array(wiggly_tiles())
    calls: list[int] = []

    def locate(lng: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        calls.append(len(lng))
        return np.zeros(len(lng), dtype=np.int64)

    raster = AreaRaster(shapes, locate, outside=OUTSIDE)
    lng, lat = np.random.default_rng(1).uniform([83, 39], [83.6, 39.5], (10_000, 2)).T
    assert (raster.look_up(lng, lat) == UNDECIDED).mean() < 0.1
    assert len(calls) == 1
    assert calls[0] < 1_000
