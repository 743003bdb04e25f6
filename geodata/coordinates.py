"""Coordinates as files give them → WGS84.

China's map services publish GCJ-02, WGS84 moved by a smooth offset of up to 700 m, or BD-09, GCJ-02
moved once more. Both apply inside China only; elsewhere they equal WGS84. Any other system is named
by its EPSG code.

Sources: the GCJ-02 and BD-09 offsets as published in the public record (eviltransform, 2013, and
the articles citing it); accuracy of these against the services is about a metre.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geodata.errors import UnknownCrs
from geodata.prepared_shapes import prepare_for_threads

Floats = NDArray[np.float64]
LngLat = tuple[Floats, Floats]

WGS84 = "WGS84"
GCJ02 = "GCJ-02"
BD09 = "BD-09"

_ALIASES = {
    "WGS84": WGS84, "WGS1984": WGS84, "EPSG4326": WGS84, "4326": WGS84, "CRS84": WGS84,
    "CGCS2000": WGS84, "EPSG4490": WGS84, "国家2000": WGS84, "大地2000": WGS84,
    "GCJ02": GCJ02, "火星坐标": GCJ02, "火星坐标系": GCJ02, "高德": GCJ02, "腾讯": GCJ02,
    "BD09": BD09, "BD09LL": BD09, "百度": BD09, "百度坐标": BD09, "百度坐标系": BD09,
}  # fmt: skip
"""Spellings, as `_key` writes them. CGCS2000 differs from WGS84 by centimetres."""

SEMI_MAJOR_AXIS = 6378245.0
"""Of the Krasovsky 1940 ellipsoid, which the GCJ-02 offset uses; metres."""
ECCENTRICITY_SQUARED = 0.00669342162296594323
"""Of the same ellipsoid."""
BD09_LNG_SHIFT, BD09_LAT_SHIFT = 0.0065, 0.006
"""Constant part of BD-09's offset from GCJ-02; degrees."""

_INVERSE_STEPS = 12
"""The offset changes by less than 1 % over its own length: each step gains two digits."""

_FARTHEST_SHIFT = 0.05
"""Degrees: several times what any of the offsets moves a point."""

# Where the offset is applied: mainland, Hainan, Hong Kong and Macao with their waters, not Taiwan.
# Generalised by hand to some tens of kilometres, on the outer side where nobody near lives; it is
# meant for telling coordinate systems apart and says nothing about borders.
_OUTLINE_LNG_LAT = (
    (73.3, 39.6), (73.8, 40.2), (75.5, 40.8), (76.8, 41.2), (78.3, 41.6), (79.9, 42.3),
    (80.1, 43.2), (80.2, 45.2), (82.2, 45.4), (82.8, 47.3), (85.4, 47.3), (85.6, 48.5),
    (86.7, 49.3), (88.1, 49.3), (90.2, 48.0), (91.2, 46.9), (91.3, 45.3), (95.3, 44.5),
    (96.5, 42.9), (101.5, 42.8), (105.0, 41.8), (107.5, 42.6), (110.0, 42.9), (111.5, 43.7),
    (111.4, 44.4), (112.0, 45.2), (113.7, 45.0), (115.8, 45.8), (116.2, 46.6), (117.7, 46.7),
    (119.5, 46.9), (118.2, 47.9), (115.5, 47.5), (115.3, 48.2), (116.5, 50.0), (117.7, 49.8),
    (119.1, 50.3), (119.0, 51.5), (120.0, 52.9), (121.2, 53.5), (123.5, 53.7), (125.8, 53.2),
    (127.2, 51.5), (127.9, 50.2), (128.3, 49.75), (130.3, 49.1), (131.2, 47.9), (133.0, 48.4),
    (134.9, 48.6), (134.9, 47.7), (133.9, 46.0), (133.3, 44.9), (131.6, 44.9), (131.4, 43.4),
    (131.0, 42.5), (130.5, 42.4), (129.6, 42.3), (128.4, 41.8), (126.9, 41.5), (126.0, 40.8),
    (124.6, 40.0), (124.2, 39.6), (123.6, 38.6), (122.6, 37.6), (123.2, 36.2), (121.9, 34.2),
    (123.5, 31.5), (123.8, 29.5), (122.6, 27.7), (120.8, 26.3), (119.4, 25.0), (118.9, 24.2),
    (117.5, 22.9), (115.0, 21.8), (113.0, 20.9), (111.6, 19.6), (110.6, 17.9), (108.7, 17.9),
    (108.2, 19.0), (108.5, 20.8), (107.9, 21.45), (107.2, 21.6), (106.6, 21.9), (106.5, 22.6),
    (105.4, 23.1), (104.6, 22.75), (103.6, 22.4), (102.4, 22.3), (101.7, 22.3), (101.9, 21.2),
    (101.1, 21.4), (100.0, 21.4), (99.1, 22.1), (98.7, 23.6), (97.5, 23.7), (97.5, 24.5),
    (98.0, 25.4), (98.6, 26.2), (98.6, 27.5), (97.5, 28.1), (96.0, 28.8), (94.5, 28.9),
    (92.2, 27.7), (91.5, 27.85), (90.0, 28.1), (89.2, 27.6), (88.95, 27.25),
    (88.7, 27.45), (88.6, 27.9), (87.0, 27.8),
    (85.9, 27.85), (84.5, 28.5), (82.0, 30.0), (81.0, 30.0), (79.0, 31.1), (78.5, 32.5),
    (79.0, 34.0), (78.0, 35.4), (76.0, 35.9), (74.6, 37.0), (74.7, 38.3), (73.3, 39.6),
)  # fmt: skip


def parse_crs(name: str) -> str:
    """Return the one name of a coordinate reference system.

    Parameters
    ----------
    name : str
        ``WGS84``, ``GCJ-02`` or ``BD-09`` in any usual spelling, or ``EPSG:`` and a code.

    Returns
    -------
    str
        ``"WGS84"``, ``"GCJ-02"``, ``"BD-09"`` or ``"EPSG:<code>"``.

    Raises
    ------
    UnknownCrs
        When no system has this name.

    Examples
    --------
    >>> parse_crs("gcj02"), parse_crs("百度"), parse_crs("epsg:4547")
    ('GCJ-02', 'BD-09', 'EPSG:4547')
    """
    key = re.sub(r"[\s:_\-]", "", name).upper()
    if key in _ALIASES:
        return _ALIASES[key]
    epsg = re.fullmatch(r"(?:EPSG)?(\d{4,6})", key)
    if epsg is None or not _is_known_epsg(int(epsg[1])):
        raise UnknownCrs(
            f"unknown coordinate system {name!r}: expected WGS84, GCJ-02, BD-09 or EPSG:<code>",
            f"没有名为“{name}”的坐标系；应为 WGS84、GCJ-02、BD-09 或 EPSG:<编号>",
        )
    return f"EPSG:{epsg[1]}"


def is_geographic(crs: str) -> bool:
    """Return whether coordinates of `crs` are degrees.

    Examples
    --------
    >>> is_geographic("BD-09"), is_geographic("EPSG:3857")
    (True, False)
    """
    name = parse_crs(crs)
    return name in (WGS84, GCJ02, BD09) or bool(CRS(name).is_geographic)


def to_wgs84(lng: ArrayLike, lat: ArrayLike, crs: str) -> LngLat:
    """Convert coordinates of any system to WGS84.

    Parameters
    ----------
    lng, lat : array_like of float, shape (n,)
        Degrees, or eastings and northings in the unit of a projected system. NaN stays NaN.
    crs : str
        Name as `parse_crs` takes it.

    Returns
    -------
    lng, lat : ndarray of float, shape (n,)
        Degrees. NaN where the system cannot be converted (outside its domain).

    Raises
    ------
    UnknownCrs
        When no system has this name.

    Examples
    --------
    The offset at Tiananmen is half a kilometre:

    >>> lng, lat = to_wgs84([116.404], [39.915], "GCJ-02")
    >>> print(f"{lng[0]:.4f} {lat[0]:.4f}")
    116.3978 39.9136
    """
    given = np.array(lng, dtype=float), np.array(lat, dtype=float)
    name = parse_crs(crs)
    if name == WGS84:
        return given
    if name == GCJ02:
        return _invert(_to_gcj02, *given)
    if name == BD09:
        return _invert(_to_bd09, *given)
    converted = _transformer(name).transform(*given)
    easting, northing = (np.asarray(values, dtype=float) for values in converted)
    usable = np.isfinite(easting) & np.isfinite(northing)
    return np.where(usable, easting, np.nan), np.where(usable, northing, np.nan)


def wgs84_to_gcj02(lng: ArrayLike, lat: ArrayLike) -> LngLat:
    """Convert WGS84 to GCJ-02; points outside China stay as they are.

    Parameters
    ----------
    lng, lat : array_like of float, shape (n,)
        Degrees.

    Returns
    -------
    lng, lat : ndarray of float, shape (n,)
        Degrees.

    Examples
    --------
    >>> lng, lat = wgs84_to_gcj02([116.397, -71.0587], [39.909, 42.3594])
    >>> [f"{value:.4f}" for value in [*lng, *lat]]
    ['116.4032', '-71.0587', '39.9104', '42.3594']
    """
    lng, lat = np.array(lng, dtype=float), np.array(lat, dtype=float)
    return _moved(_to_gcj02, lng, lat, is_in_china(lng, lat))


def wgs84_to_bd09(lng: ArrayLike, lat: ArrayLike) -> LngLat:
    """Convert WGS84 to BD-09; points outside China stay as they are.

    Parameters
    ----------
    lng, lat : array_like of float, shape (n,)
        Degrees.

    Returns
    -------
    lng, lat : ndarray of float, shape (n,)
        Degrees.

    Examples
    --------
    >>> lng, lat = wgs84_to_bd09([116.397], [39.909])
    >>> print(f"{lng[0]:.3f} {lat[0]:.3f}")
    116.410 39.917
    """
    lng, lat = np.array(lng, dtype=float), np.array(lat, dtype=float)
    return _moved(_to_bd09, lng, lat, is_in_china(lng, lat))


def is_in_china(lng: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Return where China's offsets apply, by a generalised outline.

    The usual bounding box would move Seoul, Hanoi, Kathmandu and Taipei by half a kilometre.

    Parameters
    ----------
    lng, lat : array_like of float, shape (n,)
        Degrees.

    Returns
    -------
    ndarray of bool, shape (n,)
        False for NaN.

    Examples
    --------
    >>> is_in_china([116.4, 126.98, 105.85], [39.9, 37.57, 21.03])  # Beijing, Seoul, Hanoi
    array([ True, False, False])
    """
    inside = shapely.intersects_xy(_outline(), np.asarray(lng, float), np.asarray(lat, float))
    return np.asarray(inside, dtype=bool)


def _to_gcj02(lng: Floats, lat: Floats) -> LngLat:
    """WGS84 to GCJ-02 inside China; degrees."""
    x, y = lng - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    common = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (common + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (common + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    latitude = np.radians(lat)
    squeeze = 1 - ECCENTRICITY_SQUARED * np.sin(latitude) ** 2
    meridian_radius = SEMI_MAJOR_AXIS * (1 - ECCENTRICITY_SQUARED) / squeeze**1.5
    parallel_radius = SEMI_MAJOR_AXIS / np.sqrt(squeeze) * np.cos(latitude)
    return lng + np.degrees(east / parallel_radius), lat + np.degrees(north / meridian_radius)


def _to_bd09(lng: Floats, lat: Floats) -> LngLat:
    """WGS84 to BD-09 inside China; degrees."""
    east, north = _to_gcj02(lng, lat)
    radius = np.hypot(east, north) + 2e-5 * np.sin(north * np.pi * 3000 / 180)
    angle = np.arctan2(north, east) + 3e-6 * np.cos(east * np.pi * 3000 / 180)
    return radius * np.cos(angle) + BD09_LNG_SHIFT, radius * np.sin(angle) + BD09_LAT_SHIFT


def _moved(
    move: Callable[[Floats, Floats], LngLat], lng: Floats, lat: Floats, inside: NDArray[np.bool_]
) -> LngLat:
    if inside.all():
        return move(lng, lat)
    lng, lat = lng.copy(), lat.copy()
    lng[inside], lat[inside] = move(lng[inside], lat[inside])
    return lng, lat


def _invert(move: Callable[[Floats, Floats], LngLat], lng: Floats, lat: Floats) -> LngLat:
    """Find the WGS84 points that `move` takes to `lng, lat`."""
    found_lng, found_lat = lng.copy(), lat.copy()
    inside = is_in_china(lng, lat)
    # Only near the outline can a guess be on the other side of it.
    deep = shapely.intersects_xy(_outline(beyond_deg=_FARTHEST_SHIFT), lng, lat)
    moving = np.flatnonzero(inside)
    for _ in range(_INVERSE_STEPS):
        guess_lng, guess_lat = found_lng[moving], found_lat[moving]
        unsure = np.flatnonzero(~deep[moving])
        here = np.ones(len(moving), dtype=bool)
        here[unsure] = is_in_china(guess_lng[unsure], guess_lat[unsure])
        there_lng, there_lat = _moved(move, guess_lng, guess_lat, here)
        found_lng[moving] += lng[moving] - there_lng
        found_lat[moving] += lat[moving] - there_lat
        # A point that a step leaves where it was is there for good.
        stays = (found_lng[moving] == guess_lng) & (found_lat[moving] == guess_lat)
        moving = moving[~stays]
    return found_lng, found_lat


@lru_cache(maxsize=2)
def _outline(*, beyond_deg: float = 0.0) -> shapely.Polygon:
    """Return where the offsets apply, without a strip along the edge."""
    outline = shapely.Polygon(_OUTLINE_LNG_LAT)
    if beyond_deg:
        outline = outline.buffer(-beyond_deg)
    prepared: shapely.Polygon = prepare_for_threads([outline])[0]
    return prepared


@lru_cache(maxsize=32)
def _is_known_epsg(code: int) -> bool:
    try:
        CRS.from_epsg(code)
    except CRSError:
        return False
    return True


@lru_cache(maxsize=32)
def _transformer(name: str) -> Transformer:
    return Transformer.from_crs(name, "EPSG:4326", always_xy=True)
