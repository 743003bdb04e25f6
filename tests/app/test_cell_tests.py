"""Cells whose population cannot be known are counted and not tested, in every row alike."""

from __future__ import annotations

import dataclasses

import numpy as np
import shapely

from app.hotspots.cell_tests import assess_cells, assess_separately
from app.hotspots.courses.cells import find_categories
from app.hotspots.significance import NOT_TESTED
from geodata.areas import Boundaries, Places, expected_surface, study_cells

TOWNSHIP = shapely.box(83.0, 39.0, 83.04, 39.04)
ESTATE = shapely.box(83.005, 39.005, 83.03, 39.03)


def city() -> Boundaries:
    """A township all of whose people live in its only estate."""
    areas = Boundaries.of(["1"], ["东街道"], [TOWNSHIP])
    return dataclasses.replace(areas, population=np.array([5000.0]))


def estate() -> Places:
    one, inside = np.array(["1"], dtype=object), shapely.point_on_surface(ESTATE)
    people, where = np.array([5000.0]), np.array([ESTATE], dtype=object)
    lng, lat = np.array([inside.x]), np.array([inside.y])
    return Places("places-x", one, one, one, people, people, where, lng, lat, one)


def test_cases_where_nobody_lives_are_counted_and_not_tested() -> None:
    cells = study_cells(city(), 9)
    population = expected_surface(cells, city(), estate(), 9)
    assert population is not None
    road, field = np.flatnonzero(population == 0)[[0, -1]]
    counts = np.random.default_rng(4).poisson(population[:, None] / 10, (cells.size, 4))
    counts[road, 2] = 9
    counts = np.column_stack([counts.sum(axis=1), counts])
    found = assess_cells(cells, counts, city(), estate(), 9, seed=1)
    assert np.array_equal(found.counts, counts)
    assert np.isnan(found.expected[road]).all()
    assert (found.level[road] == NOT_TESTED).all()
    assert (found.expected[field] == 0).all()
    assert np.isfinite(np.delete(found.expected, road, axis=0)).all()
    others = np.delete(counts, road, axis=0).sum(axis=0)
    assert np.allclose(np.nansum(found.expected, axis=0), others)
    assert find_categories(found, seed=1).record["emerging"]["not_tested"] >= 1


def test_areas_where_nobody_lives_are_not_tested() -> None:
    counts = np.array([[9, 4, 5], [7, 3, 4], [5, 0, 5], [0, 0, 0]])
    level = assess_separately(counts, np.array([100.0, 80.0, 0.0, 0.0]))
    assert (level[2] == NOT_TESTED).all()
    assert (level[:2] != NOT_TESTED).all()
