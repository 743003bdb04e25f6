"""Coordinates against an independent file, geodesy and known cities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geodata.coordinates import (
    is_geographic,
    is_in_china,
    parse_crs,
    to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from geodata.errors import UnknownCrs

GEOD = Geod(ellps="WGS84")

CHINESE = {
    "喀什": (75.99, 39.47), "塔什库尔干": (75.23, 37.77), "霍尔果斯": (80.42, 44.21),
    "阿勒泰": (88.14, 47.85), "喀纳斯": (87.03, 48.70), "二连浩特": (111.98, 43.65),
    "满洲里": (117.43, 49.60), "漠河北极村": (122.36, 53.48), "黑河": (127.50, 50.24),
    "抚远": (134.31, 48.36), "绥芬河": (131.15, 44.40), "珲春": (130.36, 42.86),
    "延吉": (129.51, 42.91), "丹东": (124.37, 40.12), "大连": (121.61, 38.91),
    "威海": (122.12, 37.51), "上海": (121.47, 31.23), "舟山": (122.20, 30.00),
    "厦门": (118.09, 24.48), "深圳": (114.06, 22.54), "香港": (114.17, 22.30),
    "澳门": (113.54, 22.19), "三亚": (109.50, 18.25), "北海": (109.12, 21.48),
    "东兴": (107.97, 21.55), "凭祥": (106.76, 22.10), "河口": (103.95, 22.53),
    "景洪": (100.80, 22.00), "勐腊": (101.56, 21.48), "瑞丽": (97.86, 24.01),
    "腾冲": (98.49, 25.02), "林芝": (94.36, 29.65), "拉萨": (91.11, 29.65),
    "亚东": (88.91, 27.48), "樟木": (85.98, 28.00), "普兰": (81.18, 30.29),
    "狮泉河": (80.10, 32.50), "成都": (104.07, 30.57), "北京": (116.40, 39.90),
}  # fmt: skip
FOREIGN = {
    "Boston": (-71.06, 42.36), "Chicago": (-87.63, 41.88), "Seoul": (126.98, 37.57),
    "Pyongyang": (125.75, 39.03), "Tokyo": (139.69, 35.69), "Taipei": (121.56, 25.03),
    "Vladivostok": (131.89, 43.12), "Khabarovsk": (135.07, 48.48), "Chita": (113.50, 52.03),
    "Irkutsk": (104.30, 52.29), "Ulaanbaatar": (106.92, 47.92), "Almaty": (76.95, 43.24),
    "Bishkek": (74.60, 42.87), "Osh": (72.80, 40.51), "Islamabad": (73.05, 33.68),
    "Leh": (77.58, 34.16), "Delhi": (77.21, 28.61), "Kathmandu": (85.32, 27.72),
    "Thimphu": (89.64, 27.47), "Guwahati": (91.74, 26.14), "Mandalay": (96.08, 21.97),
    "Dien Bien Phu": (103.02, 21.39), "Hanoi": (105.85, 21.03), "Hai Phong": (106.68, 20.86),
    "Manila": (120.98, 14.60), "Singapore": (103.82, 1.35), "Fukuoka": (130.40, 33.59),
}  # fmt: skip


@pytest.mark.parametrize(("name", "point"), CHINESE.items())
def test_offsets_apply_in_chinese_cities(name: str, point: tuple[float, float]) -> None:
    assert is_in_china(*[[value] for value in point])[0], name


@pytest.mark.parametrize(("name", "point"), FOREIGN.items())
def test_offsets_do_not_apply_elsewhere(name: str, point: tuple[float, float]) -> None:
    lng, lat = point
    assert not is_in_china([lng], [lat])[0], name
    for crs in ("GCJ-02", "BD-09"):
        assert [float(value[0]) for value in to_wgs84([lng], [lat], crs)] == [lng, lat]


@settings(max_examples=200, deadline=None)
@given(lng=st.floats(86.0, 119.0), lat=st.floats(30.5, 41.0))
def test_round_trip_is_under_a_metre(lng: float, lat: float) -> None:
    for crs, forward in (("GCJ-02", wgs84_to_gcj02), ("BD-09", wgs84_to_bd09)):
        back_lng, back_lat = to_wgs84(*forward([lng], [lat]), crs)
        assert GEOD.inv(lng, lat, back_lng[0], back_lat[0])[2] < 0.01


def test_gcj02_agrees_with_a_map_service(shared_data: Path) -> None:
    """15,573 addresses in Shanghai with both coordinates, derived by others.

    They took the offset at the shifted point instead of inverting it, which is up to 2.3 m off.
    """
    both = pl.read_parquet(shared_data / "shanghai_gazetteer.parquet")
    lng, lat = to_wgs84(both["gcj_lon"].to_numpy(), both["gcj_lat"].to_numpy(), "GCJ-02")
    away = GEOD.inv(lng, lat, both["lon"].to_numpy(), both["lat"].to_numpy())[2]
    assert np.max(away) < 2.5


def test_published_example() -> None:
    """The point that descriptions of both offsets usually print."""
    lng, lat = wgs84_to_gcj02([116.404], [39.915])
    assert GEOD.inv(lng[0], lat[0], 116.41024449916938, 39.91640428150164)[2] < 0.01
    lng, lat = wgs84_to_bd09([116.404], [39.915])
    assert GEOD.inv(lng[0], lat[0], 116.41662724378733, 39.922699552216216)[2] < 1


def test_projected_systems_are_converted() -> None:
    """Ten degrees of web Mercator easting are a tenth of a third of its half width."""
    lng, lat = to_wgs84([20037508.342789244 / 18], [0.0], "EPSG:3857")
    assert (lng[0], lat[0]) == pytest.approx((10.0, 0.0), abs=1e-9)
    assert not is_geographic("EPSG:4547")


def test_missing_coordinates_stay_missing_and_inputs_stay_as_given() -> None:
    given_lng, given_lat = np.array([np.nan, 116.4]), np.array([39.9, 39.9])
    for crs in ("WGS84", "GCJ-02", "BD-09", "EPSG:4490", "EPSG:3857"):
        lng = to_wgs84(given_lng, given_lat, crs)[0]
        assert np.isnan(lng[0])
        assert lng is not given_lng
    assert given_lng[1] == 116.4
    assert given_lat.tolist() == [39.9, 39.9]


@pytest.mark.parametrize("spelling", ["WGS84", "wgs-84", "EPSG:4326", "4326", "CGCS2000"])
def test_wgs84_by_its_names(spelling: str) -> None:
    assert parse_crs(spelling) == "WGS84"


@pytest.mark.parametrize("name", ["", "mars", "EPSG:1", "EPSG:999999", "GCJ-03"])
def test_unknown_systems_are_refused_by_name(name: str) -> None:
    with pytest.raises(UnknownCrs, match="expected WGS84, GCJ-02, BD-09 or EPSG"):
        to_wgs84([1.0], [2.0], name)


@pytest.mark.parametrize(
    "box", [(116, 39, 117, 40), (70, 15, 140, 55), (113.8, 22, 114.5, 22.8)], ids=str
)
@pytest.mark.parametrize("system", ["GCJ-02", "BD-09"])
def test_points_that_are_there_early_are_the_same_to_the_last_digit(system: str, box) -> None:
    """All steps for all points, each asked every time whether it is in China."""
    forward = {"GCJ-02": wgs84_to_gcj02, "BD-09": wgs84_to_bd09}[system]
    rng = np.random.default_rng(8)
    lng, lat = rng.uniform(box[0], box[2], 5_000), rng.uniform(box[1], box[3], 5_000)
    guess_lng, guess_lat = lng.copy(), lat.copy()
    inside = is_in_china(lng, lat)
    for _ in range(12):
        there_lng, there_lat = forward(guess_lng[inside], guess_lat[inside])
        guess_lng[inside] += lng[inside] - there_lng
        guess_lat[inside] += lat[inside] - there_lat
    found_lng, found_lat = to_wgs84(lng, lat, system)
    assert (found_lng == guess_lng).all()
    assert (found_lat == guess_lat).all()
