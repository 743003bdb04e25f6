"""Population on cells: nothing lost, nothing invented, borders shared."""

from __future__ import annotations

import dataclasses

import h3
import numpy as np
import pytest
import shapely

from geodata.areas.at_risk import expected_surface
from geodata.areas.boundaries import Boundaries
from geodata.areas.places import Places
from geodata.areas.study_area import study_cells
from spatial.grid import cell_areas_km2, cells_of_points

WEST, EAST = shapely.box(116.30, 39.90, 116.33, 39.94), shapely.box(116.33, 39.90, 116.36, 39.94)


def city(*population: float) -> Boundaries:
    areas = Boundaries.of(["1", "2"], ["西街道", "东街道"], [WEST, EAST])
    return dataclasses.replace(areas, population=np.array(population, dtype=float))


def register(*places: tuple[shapely.Geometry, float]) -> Places:
    shapes = np.array([shape for shape, _ in places], dtype=object)
    inner = shapely.point_on_surface(shapes)
    names = np.array([str(i) for i in range(len(places))], dtype=object)
    people = np.array([persons for _, persons in places], dtype=float)
    return Places(
        "places-x", names, names, names, people, people, shapes,
        shapely.get_x(inner), shapely.get_y(inner), names,
    )  # fmt: skip


def test_cells_are_those_with_a_part_in_the_city() -> None:
    areas = city(1, 1)
    expected = {
        int(h3.cell_to_parent(cell, 9), 16)
        for shape in (WEST, EAST)
        for cell in h3.geo_to_cells(shape, 11)
    }
    cells = study_cells(areas, 9)
    assert set(cells.tolist()) == expected
    assert np.array_equal(cells, np.sort(cells))
    rng = np.random.default_rng(1)
    lng, lat = rng.uniform(116.301, 116.359, 5000), rng.uniform(39.901, 39.939, 5000)
    assert np.isin(cells_of_points(lat, lng, 9), cells).all()


def test_population_without_places_is_even_by_area() -> None:
    areas = city(2000, 500)
    cells = study_cells(areas, 9)
    persons = expected_surface(cells, areas, None, 9)
    assert persons.sum() == pytest.approx(2500)
    inside = shapely.contains(WEST, _polygons(cells))
    density = persons[inside] / cell_areas_km2(cells[inside])
    assert density == pytest.approx(2000 / (areas.areas_km2[0]), rel=0.03)


def test_border_cells_have_a_part_of_each_side() -> None:
    areas = city(2000, 0)
    cells = study_cells(areas, 9)
    persons = expected_surface(cells, areas, None, 9)
    polygons = _polygons(cells)
    share = shapely.area(shapely.intersection(polygons, WEST)) / shapely.area(polygons)
    whole = 2000 / shapely.area(WEST) * shapely.area(polygons)
    assert persons == pytest.approx(whole * share, abs=0.05 * whole.max())


def test_places_come_first_and_the_rest_is_spread() -> None:
    estate = shapely.box(116.310, 39.915, 116.313, 39.918)
    village = shapely.Point(116.345, 39.92)
    areas = city(1000, 300)
    cells = study_cells(areas, 9)
    persons = expected_surface(cells, areas, register((estate, 900), (village, 250)), 9)
    assert persons.sum() == pytest.approx(1300)
    covering = cells_of_points(
        *np.array(
            [[y, x] for x in (116.310, 116.3115, 116.313) for y in (39.915, 39.9165, 39.918)]
        ).T,
        9,
    )
    there = persons[np.isin(cells, covering)].sum()
    assert 900 < there < 930
    of_village = persons[cells == cells_of_points([39.92], [116.345], 9)[0]][0]
    assert of_village == pytest.approx(250 + 50 / len(cells) * 2, abs=2)


def test_places_beyond_their_township_are_scaled_down() -> None:
    estate = shapely.box(116.310, 39.915, 116.313, 39.918)
    areas = city(1000, 300)
    persons = expected_surface(study_cells(areas, 9), areas, register((estate, 5000)), 9)
    assert persons.sum() == pytest.approx(1300)


def test_nobody_lives_between_places_that_hold_everyone() -> None:
    estate = shapely.box(116.305, 39.905, 116.313, 39.918)
    for people in (0.7 * 1000, 1000, 5000):
        areas = city(1000, 300)
        within = register((estate, people), (shapely.Point(116.32, 39.93), 1000 - 0.7 * 1000))
        persons = expected_surface(study_cells(areas, 9), areas, within, 9)
        assert persons.sum() == pytest.approx(1300)
        assert (persons == 0).sum() > 20


def test_unknown_population_makes_its_cells_unknown() -> None:
    areas = city(1000, np.nan)
    cells = study_cells(areas, 9)
    persons = expected_surface(cells, areas, None, 9)
    touches_east = np.isin(cells, study_cells(Boundaries.of(["2"], ["x"], [EAST]), 9))
    assert np.array_equal(np.isnan(persons), touches_east)
    assert expected_surface(cells, city(np.nan, np.nan), None, 9) is None
    assert expected_surface(cells, city(0, np.nan), None, 9) is None


def test_order_and_strangers_among_the_asked_cells() -> None:
    areas = city(1000, 300)
    cells = study_cells(areas, 9)
    stranger = cells_of_points([40.5], [117.0], 9)
    asked = np.concatenate([cells[::-1], stranger])
    persons = expected_surface(asked, areas, None, 9)
    assert np.isnan(persons[-1])
    assert np.array_equal(persons[:-1][::-1], expected_surface(cells, areas, None, 9))


def _polygons(cells: np.ndarray) -> np.ndarray:
    return np.array(
        [
            shapely.Polygon([(lng, lat) for lat, lng in h3.cell_to_boundary(f"{cell:x}")])
            for cell in cells
        ],
        dtype=object,
    )
