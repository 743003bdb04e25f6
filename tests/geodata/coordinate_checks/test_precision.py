"""Coordinates too coarse for a cell: found where they were cut, never where zeros are chance."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.coordinate_checks.decimals import decimals_of, decimals_of_points
from geodata.coordinate_checks.precision import find_coarse, is_coarse, reach_of


def rule_of(lng, lat, *, in_degrees: bool = True):
    return find_coarse(pl.LazyFrame({"lng": lng, "lat": lat}), in_degrees=in_degrees)


def city(n: int = 5_000, decimals: int = 6, seed: int = 3):
    rng = np.random.default_rng(seed)
    lng, lat = 116.2 + rng.random(n) * 0.4, 39.7 + rng.random(n) * 0.4
    return lng.round(decimals), lat.round(decimals)


@given(st.decimals(-180, 180, places=6))
def test_decimals_are_those_one_writes(value: Decimal) -> None:
    written = max(0, -value.normalize().as_tuple().exponent)
    assert decimals_of([float(value)])[0] == written


@given(
    st.lists(st.tuples(st.decimals(73, 135, places=5), st.decimals(3, 53, places=5)), min_size=1)
)
def test_both_ways_of_counting_decimals_agree(points) -> None:
    lng, lat = (np.array([float(p[i]) for p in points]) for i in (0, 1))
    expected = np.maximum(decimals_of(lng), decimals_of(lat))
    assert decimals_of_points(lng, lat).tolist() == expected.tolist()


@pytest.mark.parametrize("decimals", [4, 5, 6, 7])
def test_full_coordinates_are_not_coarse(decimals: int) -> None:
    for seed in range(3):
        assert rule_of(*city(50_000, decimals, seed)) is None


@pytest.mark.parametrize("cut", [1, 2, 3])
@pytest.mark.parametrize("decimals", [5, 6, 7])
def test_rows_cut_off_are_found_and_no_others(cut: int, decimals: int) -> None:
    lng, lat = city(5_000, decimals)
    lng[:200], lat[:200] = lng[:200].round(cut), lat[:200].round(cut)
    rule = rule_of(lng, lat)
    if cut == 1 and np.unique(lng[:200] + 1j * lat[:200]).size < 10:
        assert rule is None
        return
    assert rule is not None
    coarse = is_coarse(lng, lat, rule)
    assert coarse[:200].all()
    assert coarse[200:].sum() <= 2


def test_a_busy_place_with_round_coordinates_is_not_coarse() -> None:
    lng, lat = city()
    lng[:500], lat[:500] = 116.41, 39.92
    assert rule_of(lng, lat) is None


@pytest.mark.parametrize("decimals", [2, 3])
def test_a_whole_file_may_be_coarse(decimals: int) -> None:
    lng, lat = city(2_000, decimals)
    rule = rule_of(lng, lat)
    assert rule is not None
    assert is_coarse(lng, lat, rule).all()


@pytest.mark.parametrize("step", [0.0025, 0.005, 0.0123457])
def test_a_wide_grid_is_found_whatever_its_decimals(step: float) -> None:
    lng, lat = city(4_000)
    lng, lat = (
        116.2 + np.rint((lng - 116.2) / step) * step,
        39.7 + np.rint((lat - 39.7) / step) * step,
    )
    lng, lat = lng + 0.000123, lat + 0.000321
    rule = rule_of(lng, lat)
    assert rule is not None
    assert is_coarse(lng, lat, rule).all()
    other = city(2_000, seed=9)
    assert is_coarse(*other, rule).mean() < 0.01


def test_a_grid_in_metres() -> None:
    rng = np.random.default_rng(2)
    x, y = (
        500_000 + rng.integers(0, 60, 3_000) * 500.0,
        4_400_000 + rng.integers(0, 60, 3_000) * 500.0,
    )
    rule = rule_of(x, y, in_degrees=False)
    assert rule is not None
    assert rule.grid is not None
    assert (rule.grid.lng_step, rule.grid.lat_step) == pytest.approx((500, 500))
    fine = rng.uniform(5e5, 6e5, 3_000).round(), rng.uniform(44e5, 45e5, 3_000).round()
    assert rule_of(*fine, in_degrees=False) is None


def test_the_true_spot_is_within_reach() -> None:
    lng, lat = city(1_000)
    for cut in (np.floor, np.rint):
        x, y = cut(lng * 100) / 100, cut(lat * 100) / 100
        rule = rule_of(x, y)
        across, up = reach_of(x, y, rule)
        assert (np.abs(lng - x) <= across + 1e-9).all()
        assert (np.abs(lat - y) <= up + 1e-9).all()


def test_real_files(shared_data) -> None:
    boston = pl.read_parquet(shared_data / "boston_311_2011H2.parquet")
    chicago = pl.read_parquet(shared_data / "chicago_sanitation_2011_2013.parquet")
    for rows in (boston, chicago):
        usable = rows.drop_nulls(["lon", "lat"])
        assert rule_of(usable["lon"].to_numpy(), usable["lat"].to_numpy()) is None
