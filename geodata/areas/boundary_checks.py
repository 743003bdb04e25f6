"""Whether polygons can serve as administrative boundaries: repairs told, overlaps refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from geodata.areas.vector_files import Texts
from geodata.errors import InvalidBoundaries

Shapes = NDArray[np.object_]

SMALLEST_AREA_KM2 = 1e-6
"""A square metre: nothing smaller is an administrative area."""
SLIVER_WIDTH_M = 100.0
"""Neighbours digitised apart overlap in strips, in published district files up to 61 m wide."""
SLIVER_AREA_M2 = 1000.0
"""Parts of overlaps up to this area are slivers whatever their form."""
SLIVER_SHARE = 0.02
"""Slivers together hold at most this share of the smaller area; published files: 0.3 %."""
NAMES_IN_MESSAGE = 5

_POLYGON_TYPES = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True)
class Repair:
    """What was done to one area's polygon."""

    code: str
    name: str
    what: str


def check_codes(codes: Texts, names: Texts, where: str) -> None:
    """Refuse areas without code or name, and codes given twice.

    Raises
    ------
    InvalidBoundaries
        Naming the rows or codes.

    Examples
    --------
    >>> check_codes(np.array(["1", "1"], object), np.array(["东", "西"], object), "f.geojson")
    Traceback (most recent call last):
    geodata.errors.InvalidBoundaries: f.geojson: code given twice: 1 (东, 西)
    """
    for what, values in (("code", codes), ("name", names)):
        missing = [str(row) for row, value in enumerate(values, start=1) if value is None]
        if missing:
            rows = _listed(missing)
            raise InvalidBoundaries(f"{where}: no {what} in row {rows}, expected one in each")
    twice = [code for code, times in Counter(codes).items() if times > 1]
    if twice:
        found = [f"{code} ({', '.join(names[codes == code])})" for code in twice]
        raise InvalidBoundaries(f"{where}: code given twice: {_listed(found)}")


def repair_polygons(
    shapes: Shapes, codes: Texts, names: Texts, where: str
) -> tuple[Shapes, tuple[Repair, ...]]:
    """Make every shape a valid polygon or multipolygon, and say what was done.

    Parameters
    ----------
    shapes, codes, names : ndarray of object, shape (n,)
        Shapes in degrees with the code and name of each.
    where : str
        Name of the file, for messages.

    Raises
    ------
    InvalidBoundaries
        When an area has no polygon, or one of no area.
    """
    repaired, repairs = shapes.copy(), []
    for row, shape in enumerate(shapes):
        if shape is None or shape.is_empty:
            raise InvalidBoundaries(f"{where}: {names[row]} has no polygon")
        sound, what = _repair(shape)
        if shapely.is_empty(sound) or polygon_areas_km2(np.array([sound]))[0] < SMALLEST_AREA_KM2:
            raise InvalidBoundaries(f"{where}: {names[row]} has a polygon of zero area")
        repaired[row] = sound
        if what:
            repairs.append(Repair(codes[row], names[row], what))
    return repaired, tuple(repairs)


def check_overlaps(shapes: Shapes, names: Texts, where: str) -> None:
    """Refuse areas that overlap by more than slivers.

    A part of an overlap is a sliver when its mean width (twice its area by its perimeter) is at
    most `SLIVER_WIDTH_M` or its area at most `SLIVER_AREA_M2`. Slivers that add up to more than
    `SLIVER_SHARE` of the smaller area are refused all the same.

    Raises
    ------
    InvalidBoundaries
        Naming the pairs with their overlap, largest first.
    """
    flat = to_equal_area(shapes)
    shapely.prepare(flat)
    left, right = shapely.STRtree(flat).query(flat, predicate="intersects")
    left, right = left[left < right], right[left < right]
    touching = shapely.touches(flat[left], flat[right])
    left, right = left[~touching], right[~touching]
    overlaps = np.array(
        [_beyond_slivers_km2(flat[i], flat[j]) for i, j in zip(left, right, strict=True)]
    )
    worst = [pair for pair in np.argsort(-overlaps, kind="stable") if overlaps[pair] > 0]
    if worst:
        found = [f"{names[left[p]]} and {names[right[p]]} {overlaps[p]:.3f} km²" for p in worst]
        raise InvalidBoundaries(f"{where}: areas overlap: {_listed(found)}")


def polygon_areas_km2(shapes: Shapes) -> NDArray[np.float64]:
    """Return the areas of polygons given in degrees.

    Examples
    --------
    A degree by a degree at the equator (6378.137 km · π/180 wide, 110.574 km high):

    >>> print(f"{polygon_areas_km2(np.array([shapely.box(0, 0, 1, 1)]))[0]:.0f}")
    12308
    """
    return np.asarray(shapely.area(to_equal_area(shapes)) / 1e6, dtype=float)


def to_equal_area(shapes: Shapes) -> Shapes:
    """Project shapes from degrees to metres around their common middle, keeping areas."""
    west, south, east, north = shapely.total_bounds(shapes)
    project = local_projection((west + east) / 2, (south + north) / 2)
    flat: Shapes = shapely.transform(
        shapes, lambda points: np.column_stack(project.transform(points[:, 0], points[:, 1]))
    )
    return flat


def local_projection(lng: float, lat: float) -> Transformer:
    """Return Lambert's equal-area projection around a point: degrees to metres."""
    local = f"+proj=laea +lat_0={lat:.6f} +lon_0={lng:.6f} +ellps=WGS84 +units=m"
    return Transformer.from_crs("EPSG:4326", local, always_xy=True)


def _repair(shape: shapely.Geometry) -> tuple[shapely.Geometry, str]:
    what = []
    if not shapely.is_valid(shape):
        what.append(f"made valid: {shapely.is_valid_reason(shape)}")
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    if shapely.get_type_id(shape) not in _POLYGON_TYPES:
        parts = shapely.get_parts(shape)
        polygons = parts[np.isin(shapely.get_type_id(parts), _POLYGON_TYPES)]
        shape = shapely.union_all(polygons)
        what.append(f"left out {len(parts) - len(polygons)} parts that are not polygons")
    return shape, "; ".join(what)


def _beyond_slivers_km2(first: shapely.Geometry, second: shapely.Geometry) -> float:
    parts = shapely.get_parts(shapely.intersection(first, second))
    areas, lengths = shapely.area(parts), shapely.length(parts)
    smaller = min(shapely.area(first), shapely.area(second))
    if areas.sum() > SLIVER_SHARE * smaller:
        return float(areas.sum() / 1e6)
    real = (areas > SLIVER_AREA_M2) & (2 * areas > SLIVER_WIDTH_M * lengths)
    return float(areas[real].sum() / 1e6)


def _listed(found: list[str]) -> str:
    more = len(found) - NAMES_IN_MESSAGE
    return "; ".join(found[:NAMES_IN_MESSAGE]) + (f"; and {more} more" if more > 0 else "")
