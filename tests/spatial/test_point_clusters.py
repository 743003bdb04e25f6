"""Clusters against their definition, measured on the sphere by another formula."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial import cluster_coordinates
from spatial.points.clusters import EARTH_RADIUS_M

METRE = 180 / (np.pi * EARTH_RADIUS_M)
"""Degrees of latitude."""

spot = st.tuples(st.integers(-8, 8), st.integers(-8, 8))


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Haversine."""
    (lng1, lat1), (lng2, lat2) = np.radians(a), np.radians(b)
    half = np.sin((lat2 - lat1) / 2) ** 2
    half += np.cos(lat1) * np.cos(lat2) * np.sin((lng2 - lng1) / 2) ** 2
    return float(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half)))


def degrees(spots: list[tuple[int, int]], step_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Lay spots on a lattice in the north, where a degree of longitude is half as long."""
    grid = np.array(spots, dtype=float).reshape(-1, 2) * step_m * METRE
    return 30 + 2 * grid[:, 0], 60 + grid[:, 1]


def slowly(lng: np.ndarray, lat: np.ndarray, limit: float) -> set[frozenset[tuple[float, float]]]:
    """Follow the definition word by word."""
    times: dict[tuple[float, float], int] = defaultdict(int)
    for place in zip(lng.tolist(), lat.tolist(), strict=True):
        times[place] += 1
    left = sorted(times, key=lambda place: (-times[place], place))
    groups = []
    while left:
        taken = [place for place in left if metres(left[0], place) <= limit / 2]
        groups.append(taken)
        left = [place for place in left if place not in taken]
    joined = []
    while groups:
        first, *groups = groups
        for other in sorted(groups, key=lambda group: round(metres(first[0], group[0]), 3)):
            if all(metres(a, b) <= limit for a in first for b in other):
                first = first + other
                groups.remove(other)
        joined.append(frozenset(first))
    return set(joined)


def as_sets(lng: np.ndarray, lat: np.ndarray, cluster: np.ndarray) -> set[frozenset[object]]:
    groups = defaultdict(set)
    for place, number in zip(zip(lng.tolist(), lat.tolist(), strict=True), cluster, strict=True):
        groups[int(number)].add(place)
    return {frozenset(group) for group in groups.values()}


@settings(deadline=None)
@given(st.lists(spot, min_size=1, max_size=60), st.sampled_from([7.3, 13.1, 29.0]))
def test_as_defined(spots: list[tuple[int, int]], step_m: float) -> None:
    lng, lat = degrees(spots, step_m)
    found = cluster_coordinates(lng, lat)
    clusters = as_sets(lng, lat, found.cluster)
    assert clusters == slowly(lng, lat, 60.0)
    for cluster in clusters:
        assert max(metres(a, b) for a in cluster for b in cluster) <= 60.0 + 1e-6


@settings(deadline=None)
@given(st.lists(spot, min_size=2, max_size=50))
def test_no_two_clusters_could_be_one(spots: list[tuple[int, int]]) -> None:
    lng, lat = degrees(spots, 11.7)
    clusters = [list(each) for each in as_sets(lng, lat, cluster_coordinates(lng, lat).cluster)]
    for i, one in enumerate(clusters):
        for other in clusters[:i]:
            assert max(metres(a, b) for a in one for b in other) > 60.0


@settings(deadline=None)
@given(st.lists(spot, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_rows_means_nothing(spots: list[tuple[int, int]], random: object) -> None:
    lng, lat = degrees(spots, 13.0)
    order = list(range(len(spots)))
    random.shuffle(order)  # type: ignore[attr-defined]
    plain, shuffled = cluster_coordinates(lng, lat), cluster_coordinates(lng[order], lat[order])
    assert shuffled.cluster.tolist() == plain.cluster[order].tolist()
    assert shuffled.lng.tolist() == plain.lng.tolist()
    assert shuffled.size.tolist() == plain.size.tolist()


@pytest.mark.parametrize(("apart", "clusters"), [(59.9, 1), (60.1, 2)])
@pytest.mark.parametrize("lat", [0.0, 40.0, -75.0, 89.9])
@pytest.mark.parametrize("lng", [116.4, 179.9999999])
def test_two_places_are_one_point_up_to_the_limit(
    apart: float, clusters: int, lat: float, lng: float
) -> None:
    # Eastwards, across the meridian where longitudes jump; at the pole that is a long way round.
    east = lng + apart * METRE / np.cos(np.radians(lat))
    east = east - 360 if east > 180 else east
    found = cluster_coordinates([lng, east], [lat, lat])
    assert found.lng.size == clusters


def test_the_poles_are_one_place() -> None:
    found = cluster_coordinates([0.0, 90.0, -120.0], [90.0, 89.9999, 89.9999])
    assert found.lng.size == 1


def test_a_street_is_no_single_point() -> None:
    lng, lat = degrees([(0, i) for i in range(400)], 10.0)
    found = cluster_coordinates(lng, lat)
    assert found.lng.size >= 400 / 7
    assert found.size.sum() == 400


def test_the_busiest_coordinate_is_the_anchor() -> None:
    lng, lat = degrees([(0, 0), (2, 0), (2, 0), (1, 1), (1, 1)], 10.0)
    found = cluster_coordinates(lng, lat)
    # Of two as busy the western one.
    assert (found.lng[0], found.lat[0]) == (lng[3], lat[3])
    assert found.cluster.tolist() == [0] * 5


def test_another_limit() -> None:
    lng, lat = degrees([(0, 0), (0, 1)], 10.0)
    assert cluster_coordinates(lng, lat, diameter_m=9.9).lng.size == 2
    assert cluster_coordinates(lng, lat, diameter_m=10.1).lng.size == 1


def test_inputs_stay_as_they_are() -> None:
    lng, lat = np.array([116.0, 116.0, 115.9]), np.array([40.0, 40.0001, 40.0])
    before = lng.copy(), lat.copy()
    cluster_coordinates(lng, lat)
    assert (lng.tolist(), lat.tolist()) == (before[0].tolist(), before[1].tolist())
    empty = cluster_coordinates([], [])
    assert (empty.cluster.size, empty.lng.size) == (0, 0)


@pytest.mark.parametrize(
    ("lng", "lat", "diameter", "message"),
    [
        ([1.0], [1.0, 2.0], 60.0, "lat: expected as many entries as lng"),
        ([np.nan], [1.0], 60.0, "lng: every value must be finite, found nan"),
        ([1.0], [90.5], 60.0, "lat: degrees must lie within ±90, found 90.5"),
        ([181.0], [0.0], 60.0, "lng: degrees must lie within ±180, found 181.0"),
        ([1.0], [1.0], 0.0, "diameter_m: must be above 0 and below 100,000 metres, found 0.0"),
        ([1.0], [1.0], np.nan, "diameter_m: must be above 0"),
    ],
)
def test_wrong_input_is_refused(
    lng: list[float], lat: list[float], diameter: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        cluster_coordinates(lng, lat, diameter_m=diameter)
