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
from geodata.notes import Note

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

_FAULTS_ZH = {
    "Self-intersection": "边线自相交",
    "Ring Self-intersection": "环自相交",
    "Hole lies outside shell": "内洞在外圈之外",
    "Holes are nested": "内洞互相嵌套",
    "Nested shells": "外圈互相嵌套",
    "Interior is disconnected": "内部不连通",
    "Duplicate Rings": "环重复",
    "Too few points in geometry component": "点数过少",
    "Invalid Coordinate": "坐标无效",
    "Ring not closed": "环未闭合",
}
"""What GEOS calls the faults of a polygon."""

_POLYGON_TYPES = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True)
class Repair:
    """What was done to one area's polygon."""

    code: str
    name: str
    what: Note


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
    for what, what_zh, values in (("code", "编码", codes), ("name", "名称", names)):
        missing = [str(row) for row, value in enumerate(values, start=1) if value is None]
        if missing:
            raise InvalidBoundaries(
                f"{where}: no {what} in row {_listed(missing)}, expected one in each",
                f"{where}：以下各行没有{what_zh}，每行都应有：{_listed_zh(missing)}",
            )
    twice = [code for code, times in Counter(codes).items() if times > 1]
    if twice:
        found = [f"{code} ({', '.join(names[codes == code])})" for code in twice]
        found_zh = [f"{code}（{'、'.join(names[codes == code])}）" for code in twice]
        raise InvalidBoundaries(
            f"{where}: code given twice: {_listed(found)}",
            f"{where}：编码重复：{_listed_zh(found_zh)}",
        )


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
            raise InvalidBoundaries(
                f"{where}: {names[row]} has no polygon", f"{where}：“{names[row]}”没有面状图形"
            )
        sound, what = _repair(shape)
        if shapely.is_empty(sound) or polygon_areas_km2(np.array([sound]))[0] < SMALLEST_AREA_KM2:
            raise InvalidBoundaries(
                f"{where}: {names[row]} has a polygon of zero area",
                f"{where}：“{names[row]}”的图形面积为零",
            )
        repaired[row] = sound
        if what is not None:
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
        pairs = [(names[left[p]], names[right[p]], f"{overlaps[p]:.3f}") for p in worst]
        found = [f"{one} and {other} {km2} km²" for one, other, km2 in pairs]
        found_zh = [f"{one}与{other}重叠 {km2} 平方公里" for one, other, km2 in pairs]
        raise InvalidBoundaries(
            f"{where}: areas overlap: {_listed(found)}",
            f"{where}：区域互相重叠：{_listed_zh(found_zh)}",
        )


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


def _repair(shape: shapely.Geometry) -> tuple[shapely.Geometry, Note | None]:
    what = []
    if not shapely.is_valid(shape):
        what.append(_made_valid(shapely.is_valid_reason(shape)))
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    if shapely.get_type_id(shape) not in _POLYGON_TYPES:
        parts = shapely.get_parts(shape)
        polygons = parts[np.isin(shapely.get_type_id(parts), _POLYGON_TYPES)]
        shape = shapely.union_all(polygons)
        left_out = len(parts) - len(polygons)
        what.append(
            Note(
                f"left out {left_out} parts that are not polygons",
                f"去掉了 {left_out} 个不是面的部分",
            )
        )
    return shape, _joined(what)


def _made_valid(reason: str) -> Note:
    """Say what GEOS found; its reasons read ``Self-intersection[116.3 39.9]``."""
    kind, bracket, place = reason.partition("[")
    chinese = _FAULTS_ZH.get(kind.strip(), kind.strip()) + bracket + place
    return Note(f"made valid: {reason}", f"已修正图形：{chinese}")


def _joined(notes: list[Note]) -> Note | None:
    if not notes:
        return None
    return Note("; ".join(n.english for n in notes), "；".join(n.chinese for n in notes))


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


def _listed_zh(found: list[str]) -> str:
    more = f"等 {len(found)} 处" if len(found) > NAMES_IN_MESSAGE else ""
    return "、".join(found[:NAMES_IN_MESSAGE]) + more
