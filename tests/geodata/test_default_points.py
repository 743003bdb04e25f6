"""Default points in real files, and busy real places that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from geodata.coordinate_checks import Shown, known_default_points, remember
from geodata.default_points import (
    find_default_points,
    is_default_point,
    merge_default_points,
)
from geodata.home import Home


def spread(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(116, 117, n), rng.uniform(39, 40, n)


def test_boston_has_one(shared_data: Path) -> None:
    cases = pl.read_parquet(shared_data / "boston_311_2011H2.parquet")
    (point,) = find_default_points(cases["lon"], cases["lat"], cases["address"])
    assert (point.lng, point.lat, point.cases) == (-71.0587, 42.3594, 4775)
    assert point.share == pytest.approx(0.082, abs=0.0005)


def test_chicago_has_none(shared_data: Path) -> None:
    cases = pl.read_parquet(shared_data / "chicago_sanitation_2011_2013.parquet")
    assert find_default_points(cases["lon"], cases["lat"], cases["address"]) == ()


def test_gazetteer_has_none(shared_data: Path) -> None:
    places = pl.read_parquet(shared_data / "shanghai_gazetteer.parquet")
    assert find_default_points(places["lon"], places["lat"], places["address"]) == ()


def chinese_addresses(shared_data: Path, n: int) -> list[str]:
    places = pl.read_parquet(shared_data / "shanghai_gazetteer.parquet")
    return places["address"].sample(n, seed=1, with_replacement=True).to_list()


def test_chinese_addresses_at_one_point(shared_data: Path) -> None:
    lng, lat = spread(3000)
    lng[:90], lat[:90] = 116.5, 39.5
    (point,) = find_default_points(lng, lat, chinese_addresses(shared_data, 3000))
    assert (point.lng, point.lat, point.cases) == (116.5, 39.5, 90)


def test_a_busy_estate_is_none(shared_data: Path) -> None:
    """Half a small file from one estate, each caller describing it in their own words."""
    lng, lat = spread(1000)
    lng[:500], lat[:500] = 116.5, 39.5
    words = chinese_addresses(shared_data, 1000)
    estate = [f"安和市东区幸福里小区{i}号楼{words[i][-9:]}附近" for i in range(500)]
    assert find_default_points(lng, lat, estate + words[500:]) == ()


def test_a_busy_building_is_none() -> None:
    lng, lat = spread(1000)
    lng[:300], lat[:300] = 116.5, 39.5
    addresses = ["1 City Hall Plz"] * 300 + [
        f"{i} Street {chr(97 + i % 26)}{i}" for i in range(700)
    ]
    assert find_default_points(lng, lat, addresses) == ()


def test_cases_without_address_at_one_point() -> None:
    lng, lat = spread(1000)
    lng[:50], lat[:50] = 116.5, 39.5
    addresses = [None] * 40 + [" "] * 10 + [f"{i} Main Street" for i in range(950)]
    (point,) = find_default_points(lng, lat, addresses)
    assert (point.cases, point.addresses) == (50, 0)
    nobody_has_one = find_default_points(lng, lat, [None] * 1000)
    assert nobody_has_one == ()


def test_input_may_be_empty_or_unusable() -> None:
    assert find_default_points([], [], []) == ()
    assert (
        find_default_points([np.nan] * 50, [np.nan] * 50, [f"street {i}" for i in range(50)]) == ()
    )


def test_known_points_are_recognised_later(tmp_path: Path, shared_data: Path) -> None:
    home = Home.at(tmp_path)
    assert known_default_points(home) == ()
    cases = pl.read_parquet(shared_data / "boston_311_2011H2.parquet")
    found = find_default_points(cases["lon"], cases["lat"], cases["address"])
    remember(home, Shown(default_points=found))
    known = known_default_points(home)
    assert known == found == merge_default_points(known, found)
    flagged = is_default_point(cases["lon"].to_numpy(), cases["lat"].to_numpy(), known)
    assert flagged.sum() == 4775
