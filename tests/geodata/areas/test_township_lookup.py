"""A city's townships: every point lies where shapely says, on borders and corners too."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely

from geodata.areas.boundaries import OUTSIDE, RASTER_PAYS, Boundaries

WEST, SOUTH, SIDE = 121.0, 30.8, 1.0


def draw_city(columns: int, rows: int, vertices: int) -> np.ndarray:
    """Townships that share wiggling borders vertex by vertex; some are islands or have holes."""
    x_ticks, y_ticks = (np.linspace(0, SIDE, number + 1) for number in (columns, rows))
    boxes = [
        shapely.segmentize(shapely.box(west, south, east, north), (east - west) * 4 / vertices)
        for south, north in pairwise(y_ticks)
        for west, east in pairwise(x_ticks)
    ]
    middle = shapely.centroid(boxes[len(boxes) // 2])
    boxes[len(boxes) // 2] = boxes[len(boxes) // 2].difference(middle.buffer(SIDE / columns / 5))
    island = shapely.box(SIDE + 0.05, 0, SIDE + 0.07, 0.02)
    boxes[0] = shapely.union(boxes[0], island)

    def wiggle(points: np.ndarray) -> np.ndarray:
        east = WEST + points[:, 0] + 0.01 * np.sin(37 * points[:, 1])
        return np.column_stack([east, SOUTH + points[:, 1] + 0.008 * np.sin(41 * points[:, 0])])

    return np.asarray(shapely.transform(np.array(boxes, dtype=object), wiggle))


def points_of(shapes: np.ndarray, rng: np.random.Generator, anywhere: int) -> np.ndarray:
    """Points all over, at vertices, on edges, and a rounding beside either."""
    corners = shapely.get_coordinates(shapely.boundary(shapes))
    edges = (corners + np.roll(corners, 1, axis=0)) / 2
    at = np.concatenate([corners, edges])
    at = at[rng.permutation(len(at))[: 2 * anywhere]]
    beside = at + rng.choice([-1, 1], at.shape) * 10.0 ** rng.uniform(-15, -4, (len(at), 1))
    spread = np.column_stack(
        [
            WEST + rng.uniform(-0.1, SIDE + 0.1, anywhere),
            SOUTH + rng.uniform(-0.1, SIDE + 0.1, anywhere),
        ]
    )
    return np.concatenate([spread, at, beside])


def by_shapely(shapes: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Ask shapely's tree; of several areas the first counts."""
    found = np.full(len(points), len(shapes))
    point, area = shapely.STRtree(shapes).query(shapely.points(points), predicate="intersects")
    np.minimum.at(found, point, area)
    return np.where(found == len(shapes), OUTSIDE, found)


@pytest.mark.parametrize(
    ("columns", "rows", "vertices", "anywhere"),
    [(6, 5, 200, 30_000), (20, 15, 2_000, 15_000)],
)
def test_every_point_is_where_shapely_says(
    columns: int, rows: int, vertices: int, anywhere: int
) -> None:
    shapes = draw_city(columns, rows, vertices)
    assert np.median(shapely.get_num_coordinates(shapes)) >= vertices
    codes = [f"{number:04d}" for number in range(len(shapes))]
    city = Boundaries.of(codes, codes, list(shapes))
    points = points_of(shapes, np.random.default_rng(11), anywhere)
    assert len(points) > RASTER_PAYS
    expected = by_shapely(shapes, points)
    assert 0.5 < (expected != OUTSIDE).mean() < 0.99
    assert (city.locate(points[:, 0], points[:, 1]) == expected).all()
