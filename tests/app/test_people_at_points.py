"""Cases that stand at their place's point are compared with people at that point."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest
import shapely

from app.hotspots.cell_tests import assess_cells
from app.hotspots.people_at_points import count_at_points, people_where_reports_are
from geodata.areas import Boundaries, Places, expected_surface, study_cells
from geodata.schema import STORE_RESOLUTION
from spatial.grid import cells_of_points, parents

SIDE = 0.012
"""Degrees; an estate of it covers eight or nine cells."""
ROWS = 8
TOWNSHIP = shapely.box(83.0, 39.0, 83.0 + ROWS * SIDE, 39.0 + ROWS * SIDE)
BUSY, TIMES = 27, 4


def city() -> Boundaries:
    areas = Boundaries.of(["1"], ["东街道"], [TOWNSHIP])
    return dataclasses.replace(areas, population=people().sum() * np.ones(1))


def people() -> np.ndarray:
    return np.random.default_rng(3).uniform(500, 5000, ROWS**2)


def estates() -> Places:
    """Estates side by side over the whole township."""
    corners = [(83 + x * SIDE, 39 + y * SIDE) for y in range(ROWS) for x in range(ROWS)]
    shapes = np.array([shapely.box(x, y, x + SIDE, y + SIDE) for x, y in corners], dtype=object)
    inner = shapely.get_coordinates(shapely.point_on_surface(shapes))
    names = np.array([f"e{i:02d}" for i in range(ROWS**2)], dtype=object)
    ones = np.full(ROWS**2, "1", dtype=object)
    return Places("v", names, names, ones, people(), people(), shapes, *inner.T, ones)


def cases(of: np.ndarray, at_point: np.ndarray) -> pl.DataFrame:
    """Make cases of estates, at their point or anywhere in them."""
    places, rng = estates(), np.random.default_rng(5)
    west, south, *_ = shapely.bounds(places.geometry[of]).T
    lng = np.where(at_point, places.lng[of], west + SIDE * rng.random(of.size))
    lat = np.where(at_point, places.lat[of], south + SIDE * rng.random(of.size))
    return pl.DataFrame({"place": places.codes[of].astype(str), "lng": lng, "lat": lat})


def counted_in(lng: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return the cells as runs count: by way of the store's finer ones."""
    return parents(cells_of_points(lat, lng, STORE_RESOLUTION), 9)


def surface(places: Places) -> np.ndarray:
    found = expected_surface(study_cells(city(), 9), city(), places, 9)
    assert found is not None
    return found


def test_cases_with_coordinates_leave_people_where_they_live() -> None:
    spread = cases(np.arange(ROWS**2), np.zeros(ROWS**2, dtype=bool))
    assert people_where_reports_are(estates(), spread) is not None
    assert np.array_equal(surface(people_where_reports_are(estates(), spread)), surface(estates()))
    assert count_at_points(estates(), spread) == 0
    assert count_at_points(None, spread) == 0


def test_a_quarter_at_points_puts_a_quarter_of_the_people_there() -> None:
    of = np.repeat(np.arange(ROWS**2), 4)
    mixed = cases(of, np.arange(of.size) % 4 == 0).vstack(
        pl.DataFrame({"place": [None, "gone"], "lng": [83.01, 83.02], "lat": [39.01, 39.02]})
    )
    at_points = np.zeros(study_cells(city(), 9).size)
    own = counted_in(estates().lng, estates().lat)
    np.add.at(at_points, np.searchsorted(study_cells(city(), 9), own), people())
    found = surface(people_where_reports_are(estates(), mixed))
    assert count_at_points(estates(), mixed) == ROWS**2
    assert np.allclose(found, 0.75 * surface(estates()) + 0.25 * at_points)


def test_shares_are_those_of_each_township() -> None:
    places = estates()
    east = np.arange(ROWS**2) % ROWS >= ROWS // 2
    places = dataclasses.replace(places, township=np.where(east, "2", "1").astype(object))
    found = people_where_reports_are(places, cases(np.arange(ROWS**2), east))
    assert np.array_equal(found.population[: ROWS**2], np.where(east, 0, people()))
    assert np.array_equal(found.population[ROWS**2 :], people()[east])
    assert set(shapely.get_type_id(found.geometry[ROWS**2 :])) == {0}


def test_places_that_are_points_stay_as_they_are() -> None:
    places = estates()
    places = dataclasses.replace(places, geometry=shapely.points(places.lng, places.lat))
    at_points = cases(np.arange(ROWS**2), np.ones(ROWS**2, dtype=bool))
    assert people_where_reports_are(places, at_points) is places
    assert count_at_points(places, at_points) == 0


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_busy_estate_is_found_however_its_cases_are_placed(share: float) -> None:
    rng = np.random.default_rng(8)
    rate = people() / 20
    rate[BUSY] *= TIMES
    of = np.repeat(np.arange(ROWS**2), rng.poisson(rate))
    found = cases(of, rng.random(of.size) < share)
    cells = study_cells(city(), 9)
    own = counted_in(found["lng"].to_numpy(), found["lat"].to_numpy())
    cells = np.union1d(cells, own)
    counts = np.bincount(np.searchsorted(cells, own), minlength=cells.size)
    both = np.column_stack([counts, counts])
    tested = assess_cells(cells, both, city(), people_where_reports_are(estates(), found), 9, 1)
    middle = np.searchsorted(cells, counted_in(estates().lng[[BUSY]], estates().lat[[BUSY]])[0])
    assert tested.q_hot[middle, 0] < 0.01
    assert tested.dispersion["whole"] < 0.1
    if share == 1:
        # Spread over outlines, the same people explain nothing: all is taken for scatter.
        assert assess_cells(cells, both, city(), estates(), 9, 1).dispersion["whole"] > 1
