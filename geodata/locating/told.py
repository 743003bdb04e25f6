"""The areas that coordinates of no use for a cell still tell: pins, and coarse ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from geodata.areas import OUTSIDE
from geodata.arrays import in_one
from geodata.coordinate_checks import CoarseRule, is_coarse, reach_of
from geodata.coordinates import LngLat
from geodata.default_points import is_default_point
from geodata.locating.area import Area
from geodata.locating.systems import RowSystems, floats
from geodata.schema import FLAGS

Texts = NDArray[np.object_]


def coarse_rows(cases: pa.Table, coarse: Mapping[str, CoarseRule]) -> NDArray[np.bool_]:
    """Return which cases have coordinates that are too coarse by the rule of their batch."""
    found = np.zeros(len(cases), dtype=bool)
    if not coarse or "batch" not in cases.column_names:
        return found
    for batch, rows in _rows_by_batch(cases, coarse).items():
        first, second = (floats(cases[name])[rows] for name in ("source_lng", "source_lat"))
        found[rows] = is_coarse(first, second, coarse[batch])
    return found


def told_areas(
    cases: pa.Table,
    area: Area,
    systems: RowSystems,
    points: LngLat,
    flag: NDArray[np.int8],
    index: NDArray[np.int64],
) -> tuple[NDArray[np.int64], Texts]:
    """Return the area, else the district, that pins and coarse coordinates still tell."""
    told = np.full(len(cases), OUTSIDE, dtype=np.int64)
    district = np.full(len(cases), None, dtype=object)
    pinned = np.flatnonzero(flag == FLAGS.index("area_centre"))
    for pin in area.pins if pinned.size else ():
        rows = pinned[is_default_point(points[0][pinned], points[1][pinned], (pin,))]
        if pin.level == "township" or area.townships is None:
            told[rows] = index[rows]
        else:
            district[rows] = pin.code
    if area.extent is not None and (flag == FLAGS.index("coarse")).any():
        for batch, rows in _rows_by_batch(cases, area.coarse).items():
            rows = rows[(flag[rows] == FLAGS.index("coarse")) & (index[rows] != OUTSIDE)]
            boxes = _boxes(cases, systems, area.coarse[batch], rows)
            whole = shapely.covers(area.extent.geometry[index[rows]], boxes)
            told[rows[whole]] = index[rows[whole]]
    return told, district


def _rows_by_batch(
    cases: pa.Table, coarse: Mapping[str, CoarseRule]
) -> dict[str, NDArray[np.int64]]:
    encoded = pc.dictionary_encode(in_one(cases["batch"]))
    which = encoded.indices.to_numpy(zero_copy_only=False)
    names = encoded.dictionary.to_pylist()
    return {name: np.flatnonzero(which == i) for i, name in enumerate(names) if name in coarse}


def _boxes(
    cases: pa.Table, systems: RowSystems, rule: CoarseRule, rows: NDArray[np.int64]
) -> NDArray[np.object_]:
    """Return the boxes of WGS84 degrees in which coarse coordinates may truly lie."""
    lng, lat = (floats(cases[name])[rows] for name in ("source_lng", "source_lat"))
    across, up = reach_of(lng, lat, rule)
    west, south = systems.to_wgs84(lng - across, lat - up, rows)
    east, north = systems.to_wgs84(lng + across, lat + up, rows)
    boxes: NDArray[np.object_] = shapely.box(west, south, east, north)
    return boxes
