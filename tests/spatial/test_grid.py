"""Cells against h3's own functions, polygons against shapely."""

from __future__ import annotations

import h3
import numpy as np
import pytest
import shapely
from shapely.geometry import MultiPolygon, Point, box

from spatial.grid import (
    cell_areas_km2,
    cell_centres,
    cell_from_name,
    cell_name,
    cell_polygons,
    cell_resolution,
    cells_of_points,
    cells_of_polygon,
    neighbours,
    parents,
)

CITY = box(83.0, 39.0, 83.1, 39.06)


def test_points_fall_in_the_cells_h3_names() -> None:
    rng = np.random.default_rng(3)
    lat, lng = rng.uniform(-80, 80, 200), rng.uniform(-180, 180, 200)
    for resolution in (0, 7, 11, 15):
        found = cells_of_points(lat, lng, resolution)
        assert found.dtype == np.int64
        assert [cell_name(cell) for cell in found] == [
            h3.latlng_to_cell(a, b, resolution) for a, b in zip(lat, lng, strict=True)
        ]


@pytest.mark.parametrize(
    ("lat", "lng"), [(np.nan, 83), (39, np.nan), (np.inf, 83), (91, 83), (39, 181), (39, -500)]
)
def test_impossible_points_have_no_cell(lat: float, lng: float) -> None:
    assert cells_of_points([lat, 39.0], [lng, 83.0], 9)[0] == -1


def test_no_points_give_no_cells() -> None:
    none = cells_of_points([], [], 9)
    assert none.dtype == np.int64
    assert none.size == parents(none, 7).size == cell_polygons(none).size == 0
    assert neighbours(none)[0].size == cell_areas_km2(none).size == 0


def test_parents_are_h3s_and_keep_missing_cells() -> None:
    cells = cells_of_polygon(CITY, 10)[:50]
    expected = [h3.str_to_int(h3.cell_to_parent(cell_name(cell), 8)) for cell in cells]
    assert parents(np.append(cells, -1), 8).tolist() == [*expected, -1]


def test_a_polygons_cells_are_those_with_their_centre_inside() -> None:
    hollow = box(83.0, 39.0, 83.1, 39.06).difference(box(83.03, 39.02, 83.06, 39.04))
    two = MultiPolygon([hollow, box(83.12, 39.0, 83.15, 39.03)])
    found = cells_of_polygon(two, 9)
    around = cells_of_polygon(two.envelope.buffer(0.02), 9)
    lat, lng = cell_centres(around)
    inside = shapely.contains_xy(two, lng, lat)
    assert found.tolist() == around[inside].tolist()
    assert (np.diff(found) > 0).all()


def test_a_polygon_smaller_than_a_cell_may_have_none() -> None:
    assert cells_of_polygon(Point(83, 39).buffer(1e-6), 5).size == 0
    assert cells_of_polygon(shapely.Polygon(), 9).size == 0


def test_outlines_and_areas_are_h3s() -> None:
    cells = cells_of_polygon(CITY, 9)[:30]
    # A pentagon has five corners, some cells more than six: rings differ in length.
    cells = np.append(cells, cell_from_name(h3.get_pentagons(9)[3]))
    for cell, outline in zip(cells, cell_polygons(cells), strict=True):
        corners = [(lng, lat) for lat, lng in h3.cell_to_boundary(cell_name(cell))]
        assert np.allclose(outline.exterior.coords[:-1], corners, atol=1e-9)
    areas = [h3.cell_area(cell_name(cell), unit="km^2") for cell in cells]
    assert np.allclose(cell_areas_km2(cells), areas, rtol=1e-9)


def test_neighbours_are_those_at_that_grid_distance() -> None:
    cells = np.random.default_rng(0).permutation(cells_of_polygon(CITY, 8))
    names = [cell_name(cell) for cell in cells]
    for k in (0, 1, 2):
        expected = [
            (i, j)
            for i, one in enumerate(names)
            for j, other in enumerate(names)
            if h3.grid_distance(one, other) <= k
        ]
        assert list(zip(*(side.tolist() for side in neighbours(cells, k)), strict=True)) == expected


def test_names_go_both_ways() -> None:
    (cell,) = cells_of_points([39.0], [83.0], 9)
    assert cell_from_name(cell_name(cell)) == cell
    assert cell_resolution(cell) == 9


@pytest.mark.parametrize("name", ["", "zz", "8928308280fffff0", "12", "-1"])
def test_names_of_no_cell_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cell name: expected an H3 cell"):
        cell_from_name(name)


def test_wrong_cells_are_refused_by_name() -> None:
    (cell,) = cells_of_points([39.0], [83.0], 9)
    with pytest.raises(ValueError, match="17 is no H3 cell"):
        cell_areas_km2([17])
    with pytest.raises(ValueError, match="resolution 10 or finer"):
        parents([cell], 10)
    with pytest.raises(ValueError, match="only once"):
        neighbours([cell, cell])
    with pytest.raises(ValueError, match="one resolution"):
        neighbours([cell, int(parents([cell], 8)[0])])
    with pytest.raises(ValueError, match="expected 0 to 15, found 16"):
        cells_of_points([39.0], [83.0], 16)
    with pytest.raises(ValueError, match="lng: expected as many entries as lat"):
        cells_of_points([39.0], [83.0, 84.0], 9)
    with pytest.raises(ValueError, match="expected a polygon, found Point"):
        cells_of_polygon(Point(83, 39), 9)  # type: ignore[arg-type]
