"""What is expected of points: each by the best that is known of it, by hand."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import shapely

from app.hotspots.points.expectations import (
    CLUSTER_AREA_KM2,
    SOURCES,
    Expectations,
    expect_of_clusters,
    expect_of_places,
)
from geodata.areas import Boundaries, Places
from spatial import cluster_coordinates

SIDE = 0.01


def towns(*population: float) -> Boundaries:
    n = len(population)
    boxes = [shapely.box(83 + i * SIDE, 39, 83 + (i + 1) * SIDE, 39 + SIDE) for i in range(n)]
    made = Boundaries.of([f"T{i}" for i in range(n)], [f"Town {i}" for i in range(n)], boxes)
    return dataclasses.replace(made, population=np.array(population))


def register(
    population: list[float], households: list[float], sides: list[float], township: list[str]
) -> Places:
    """Squares of the given sides (degrees), 0 for a mere point."""
    shapes = [
        shapely.box(83, 39, 83 + side, 39 + side) if side else shapely.Point(83, 39)
        for side in sides
    ]
    codes = np.array([f"P{i}" for i in range(len(sides))], dtype=object)
    return Places(
        version="v", codes=codes, names=codes, kinds=codes,
        households=np.array(households), population=np.array(population),
        geometry=np.array(shapes, dtype=object),
        lng=np.full(len(sides), 83.0), lat=np.full(len(sides), 39.0),
        township=np.array(township, dtype=object),
    )  # fmt: skip


def told(found: Expectations | None) -> dict[int, tuple[str, float]]:
    assert found is not None
    reports = found.reports
    return {
        int(point): (SOURCES[source], float(expected))
        for point, source, expected in zip(
            reports.point, reports.source, reports.expected, strict=True
        )
        if point >= 0
    }


def test_a_place_is_compared_by_the_best_that_is_known_of_it() -> None:
    nan = math.nan
    places = register(
        population=[100, 300, nan, nan, nan, nan, nan, 50],
        households=[40, 90, 10, 30, nan, nan, nan, 20],
        sides=[0.001, 0.001, 0.001, 0, 0.001, 0.002, 0, 0.001],
        township=["T0", "T0", "T0", "T0", "T1", "T1", "T1", "T1"],
    )
    place = np.repeat(np.arange(8), [9, 1, 6, 2, 4, 1, 3, 2])
    township = np.where(place < 4, 0, 1)
    found = told(expect_of_places(place, township, places, towns(1000.0, nan)))
    # 18 cases in the town of 1,000: that of which nothing is known takes no part.
    assert found[0] == ("population", pytest.approx(1.8))
    assert found[1] == ("population", pytest.approx(5.4))
    # Eight reports over forty households; five over one part and four of ground.
    assert found[2] == ("households", pytest.approx(2.0))
    assert found[3] == ("households", pytest.approx(6.0))
    assert found[4] == ("area", pytest.approx(1.0, rel=1e-4))
    assert found[5] == ("area", pytest.approx(4.0, rel=1e-4))
    # A point without people or households, and people of a town without a number: nothing.
    assert set(found) == {0, 1, 2, 3, 4, 5}


def test_without_townships_people_places_share_their_own_reports() -> None:
    places = register([100, 300], [math.nan] * 2, [0.001] * 2, ["T0", "T0"])
    place = np.array([0, 0, 0, 1, -1])
    found = told(expect_of_places(place, np.zeros(5, int), places, towns(math.nan)))
    assert found == {0: ("population", pytest.approx(1.0)), 1: ("population", pytest.approx(3.0))}


def test_a_cluster_is_worth_the_ground_it_may_cover() -> None:
    lng, lat = [83.005] * 3 + [83.015, 84.0], [39.005] * 3 + [39.005, 39.0]
    clusters = cluster_coordinates(lng, lat)
    township = np.array([0, 0, 0, 1, -1])
    city = towns(3000.0, 1000.0)
    by_people = expect_of_clusters(clusters, township, city)
    found = told(by_people)
    share = CLUSTER_AREA_KM2 / city.areas_km2
    assert found[0] == ("population", pytest.approx(4 * 0.75 * share[0]))
    assert found[1] == ("population", pytest.approx(4 * 0.25 * share[1]))
    assert 2 not in found
    by_area = told(expect_of_clusters(clusters, township, towns(math.nan, math.nan)))
    assert by_area[0] == ("area", pytest.approx(4 * CLUSTER_AREA_KM2 / city.areas_km2.sum()))
    assert by_people is not None
    reports = by_people.reports
    # With the ground between the points everything expected adds up to everything there is.
    assert (reports.expected * reports.times).sum() == pytest.approx(4.0, rel=1e-2)


def test_nothing_known_is_nothing_expected() -> None:
    clusters = cluster_coordinates([83.005], [39.005])
    assert expect_of_clusters(clusters, np.array([-1]), towns(10.0)) is None
    places = register([math.nan], [math.nan], [0], ["T0"])
    assert expect_of_places(np.array([0]), np.array([0]), places, towns(10.0)) is None
    empty = register([], [], [], [])
    assert expect_of_places(np.array([], int), np.array([], int), empty, towns(10.0)) is None
