"""Coordinates read once as whole numbers tell what plain queries over all cases tell."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.coordinate_checks import gather, gathering, precision
from geodata.coordinate_checks.decimals import decimals_of_points
from geodata.coordinate_checks.precision import find_coarse
from geodata.default_points import count_coordinates
from tests.geodata.coordinate_checks import slow_look

N = 4_000
RNG = np.random.default_rng(11)


def cut(decimals: int):
    return lambda lng, lat: (lng.round(decimals), lat.round(decimals))


def noisy(lng, lat):
    """As from a sum of floats: some are the neighbour of the float next to their decimals."""
    lng, lat = lng.round(6), lat.round(6)
    lng[::50] = np.nextafter(lng[::50], 0)
    return lng, lat


def tenths_of_a_nanodegree(lng, lat):
    """On both sides of what counts as equal."""
    off = RNG.choice([0, 0.9e-9, 1e-9, 1.1e-9, -1e-9, 5e-10], len(lng))
    return lng.round(3) + off, lat.round(2) - off


def grid(step: float, decimals: int = 15):
    def on_grid(lng, lat):
        lng = 116.000123 + np.rint((lng - 116) / step) * step
        return lng.round(decimals), (39.000321 + np.rint((lat - 39) / step) * step).round(decimals)

    return on_grid


def at_places(decimals: int):
    def snapped(lng, lat):
        return lng.round(decimals)[np.arange(N) % 70], lat.round(decimals)[np.arange(N) % 70]

    return snapped


def few_cut(lng, lat):
    lng, lat = lng.round(6), lat.round(6)
    lng[:60], lat[:60] = lng[:60].round(2), lat[:60].round(2)
    return lng, lat


def broken(change):
    """Values of wrong cells among good ones."""

    def changed(lng, lat):
        lng, lat = change(lng, lat)
        for start, bad in enumerate([np.nan, np.inf, 0.0, 116.0, 1e9, -123456.5, 1e300, -0.0]):
            lng[start::400] = bad
            lat[start + 20 :: 400] = bad
            lng[start + 40 :: 800] = lat[start + 40 :: 800] = bad
        lng[90:110], lat[90:110] = lat[90:110].copy(), lng[90:110].copy()
        return lng, lat

    return changed


KINDS = {
    **{f"{d} decimals": cut(d) for d in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)},
    "floats": lambda lng, lat: (lng, lat),
    "noise": noisy,
    "nearly equal": tenths_of_a_nanodegree,
    "a few cut": few_cut,
    "grid": grid(0.0025),
    "grid of 6 decimals": grid(0.0025, 6),
    "narrow grid": grid(0.0001, 6),
    "places": at_places(6),
    "finer places": at_places(9),
    "another half": lambda lng, lat: (np.where(lng > 116.2, lng.round(4), lng), lat.round(7)),
}
KINDS |= {f"broken {name}": broken(change) for name, change in KINDS.items()}


def cases_of(kind: str) -> pl.LazyFrame:
    rng = np.random.default_rng(3)
    lng, lat = KINDS[kind](rng.uniform(116, 116.4, N), rng.uniform(39, 39.4, N))
    # Some are everywhere where several are.
    lng[-40:], lat[-40:] = np.repeat(lng[-44:-40], 10), np.repeat(lat[-44:-40], 10)
    crs = pl.Series(["WGS84"] * N)
    return pl.LazyFrame({"source_lng": lng, "source_lat": lat, "source_crs": crs})


@pytest.mark.parametrize("at_once", [1 << 26, N - 1, 300])
@pytest.mark.parametrize("sampled", [100_000, 400])
@pytest.mark.parametrize("kind", KINDS)
def test_one_reading_tells_what_queries_tell(monkeypatch, kind: str, sampled, at_once) -> None:
    monkeypatch.setattr(precision, "SAMPLED_POINTS", sampled)
    monkeypatch.setattr(gathering, "_BLOCK", 512)
    cases = cases_of(kind)
    rows = slow_look.in_system(cases, "WGS84")
    read = gather(cases, at_once)["WGS84"]
    counted, expected = read.count(rows), count_coordinates(rows)
    assert counted.total == expected.total
    assert counted.shared.schema == expected.shared.schema
    keys = ["lng_key", "lat_key"]
    assert counted.shared.sort(keys).equals(expected.shared.sort(keys))
    rule = find_coarse(rows, in_degrees=True, gathered=read)
    assert rule == slow_look.coarse_rule(rows)


def test_each_system_is_read_by_itself() -> None:
    rng = np.random.default_rng(5)
    lng, lat = rng.uniform(116, 116.1, N).round(3), rng.uniform(39, 39.1, N).round(3)
    names = rng.choice(["WGS84", "GCJ-02", "EPSG:4547", None], N)
    cases = pl.LazyFrame({"source_lng": lng, "source_lat": lat, "source_crs": names.tolist()})
    for at_once in (N, 500):
        read = gather(cases, at_once)
        assert list(read) == ["EPSG:4547", "GCJ-02", "WGS84"]
        for crs, coordinates in read.items():
            rows = slow_look.in_system(cases, crs)
            expected = count_coordinates(rows)
            counted = coordinates.count(rows)
            assert counted.total == expected.total
            keys = ["lng_key", "lat_key"]
            assert counted.shared.sort(keys).equals(expected.shared.sort(keys))


def test_more_far_ones_than_are_kept_are_counted_too(monkeypatch) -> None:
    monkeypatch.setattr(gathering, "MOST_FAR", 100)
    rng = np.random.default_rng(6)
    east = rng.integers(500_000, 500_040, N) + 0.5
    cases = pl.LazyFrame({"source_lng": east, "source_lat": [4e6] * N, "source_crs": ["WGS84"] * N})
    rows = slow_look.in_system(cases, "WGS84")
    read = gather(cases)["WGS84"]
    keys = ["lng_key", "lat_key"]
    expected = count_coordinates(rows).shared.sort(keys)
    assert read.count(rows).shared.sort(keys).equals(expected)
    assert find_coarse(rows, in_degrees=True, gathered=read) == slow_look.coarse_rule(rows)


def test_nothing_is_read_of_nothing() -> None:
    empty = pl.LazyFrame({"source_lng": [None], "source_lat": [None], "source_crs": [None]},
                         {"source_lng": pl.Float64, "source_lat": pl.Float64,
                          "source_crs": pl.String})  # fmt: skip
    assert gather(empty) == {}
    known = empty.with_columns(source_crs=pl.lit("WGS84"))
    read = gather(known)["WGS84"]
    assert read.count(known.select(lng="source_lng", lat="source_lat")).total == 0
    assert find_coarse(known, in_degrees=True, gathered=read) is None


written = st.tuples(st.decimals(-180, 180, places=9), st.integers(0, 9), st.integers(-3, 3))


@given(st.lists(st.tuples(written, written), min_size=1))
def test_decimals_of_points_are_those_of_the_query(points) -> None:
    lng, lat = (
        np.array([neighbour(round(float(v), d), steps) for v, d, steps in values])
        for values in zip(*points, strict=True)
    )
    query = slow_look.row_decimals(pl.col("x"), pl.col("y"))
    told = pl.DataFrame({"x": lng, "y": lat}).select(query).to_series()
    assert decimals_of_points(lng, lat).tolist() == told.to_list()


def neighbour(value: float, steps: int) -> float:
    """Return the float some floats away."""
    for _ in range(abs(steps)):
        value = float(np.nextafter(value, np.inf * np.sign(steps)))
    return value
