"""A city without plants: people are the right denominator, everywhere and in every month."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import shapely
from scipy.stats import chi2, chisquare

from geodata.sample import City
from geodata.sample.positions import Scatter
from tests.geodata.sample.sample_cities import null_city

LEAST_P = 1e-4
"""A true null falls below it once in ten thousand runs; seeds are fixed, so it stays as it is."""


def located(city: City) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return longitude, latitude and month of the cases that an import would place."""
    lng, lat = (city.cases[name].to_numpy() for name in ("lng", "lat"))
    point = city.truth["default_point"]
    inside = shapely.contains_xy(shapely.union_all(city.layout.outlines), lng, lat)
    usable = inside & ~((lng == point["lng"]) & (lat == point["lat"]))
    usable &= (lng != lng.round()) | (lat != lat.round())
    month = city.cases["received_at"].to_numpy().astype("M8[M]").astype(int)
    return lng[usable], lat[usable], month[usable] - month.min()


def where(polygons: np.ndarray, lng: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return the polygon of each point, -1 for none, by a search that the product does not use."""
    point, polygon = shapely.STRtree(polygons).query(shapely.points(lng, lat), "within")
    found = np.full(len(lng), -1)
    found[point] = polygon
    return found


def test_townships_get_cases_in_proportion_to_people() -> None:
    city = null_city()
    lng, lat, _ = located(city)
    township = where(city.layout.outlines, lng, lat)
    counts = np.bincount(township[township >= 0], minlength=len(city.layout.codes))
    people = city.settlements.township_people
    assert chisquare(counts, counts.sum() * people / people.sum()).pvalue > LEAST_P


def test_places_get_cases_in_proportion_to_people_and_their_share_of_the_scattered() -> None:
    city = null_city()
    lng, lat, _ = located(city)
    settlements = city.settlements
    place = where(settlements.footprints, lng, lat)
    counts = np.bincount(place[place >= 0], minlength=len(settlements.codes))
    share = shapely.area(settlements.footprints) / shapely.area(
        city.layout.outlines[settlements.township]
    )
    people = settlements.people + share * settlements.scattered[settlements.township]
    expected = len(lng) * people / settlements.township_people.sum()
    large = expected >= 5
    statistic = ((counts - expected)[large] ** 2 / expected[large]).sum()
    assert large.sum() > 1_000
    assert chi2.sf(statistic, large.sum()) > LEAST_P
    assert chi2.cdf(statistic, large.sum()) > LEAST_P  # not more even than chance, either


def test_seasons_are_the_same_everywhere() -> None:
    city = null_city()
    lng, lat, month = located(city)
    township = where(city.layout.outlines, lng, lat)
    district = city.layout.district[township]
    table = np.zeros((16, month.max() + 1))
    np.add.at(table, (district[township >= 0], month[township >= 0]), 1)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    statistic = ((table - expected) ** 2 / expected).sum()
    assert chi2.sf(statistic, (table.shape[0] - 1) * (table.shape[1] - 1)) > LEAST_P
    assert table.sum(axis=0).max() > 1.2 * table.sum(axis=0).min()  # there are seasons


def test_losing_coordinates_does_not_depend_on_the_place() -> None:
    city = null_city()
    addresses = city.cases["address"].to_pylist()
    has = pc.is_valid(city.cases["lng"]).to_numpy()
    point = city.truth["default_point"]
    at_default = (city.cases["lng"].to_numpy() == point["lng"]) & has
    lost = ~has | at_default
    names = city.layout.district_names
    of_district = np.array(
        [
            -1 if text is None else next(i for i, n in enumerate(names) if n in text[:8])
            for text in addresses
        ]
    )
    known = of_district >= 0
    totals = np.bincount(of_district[known], minlength=16)
    losses = np.bincount(of_district[known & lost], minlength=16)
    share = losses.sum() / totals.sum()
    statistic = ((losses - share * totals) ** 2 / (share * (1 - share) * totals)).sum()
    assert chi2.sf(statistic, 15) > LEAST_P
    assert 0.05 < lost.mean() < 0.08


def test_nobody_calls_twice_about_the_same_thing() -> None:
    counts = null_city().truth["counts"]
    assert counts["repeats"] == counts["duplicates"] == 0
    assert counts["incidents"] == counts["cases"] == 60_000


def test_points_are_even_over_a_polygon_with_a_bay() -> None:
    bay = shapely.Polygon([(0, 0), (4, 0), (4, 4), (3, 4), (3, 1), (1, 1), (1, 4), (0, 4)])
    scatter = Scatter.over(np.array([shapely.box(9, 9, 10, 10), bay]))
    points = scatter.draw(np.ones(20_000, dtype=np.int64), np.random.default_rng(2))
    assert shapely.contains_xy(bay.buffer(1e-6), points).all()
    parts = [shapely.box(0, 0, 4, 1), shapely.box(0, 1, 1, 4), shapely.box(3, 1, 4, 4)]
    counts = [int(shapely.contains_xy(part, points).sum()) for part in parts]
    assert chisquare(counts, 20_000 * np.array([0.4, 0.3, 0.3])).pvalue > LEAST_P
