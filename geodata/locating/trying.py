"""The rules of coordinates, tried one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geodata.areas import MARGIN_M, OUTSIDE
from geodata.coordinates import Floats, LngLat
from geodata.default_points import is_default_point
from geodata.locating.area import Area
from geodata.locating.systems import RowSystems, floats
from geodata.locating.told import Texts, coarse_rows, told_areas
from geodata.schema import FLAGS

NO_FLAG = -1
"""In place of a flag, where the coordinates can be used."""


@dataclass(frozen=True)
class Tried:
    """What became of the coordinates of each case.

    Attributes
    ----------
    lng, lat : ndarray of float
        WGS84 degrees; NaN where they cannot be used.
    flag : ndarray of int8
        Why they cannot, as a place in `FLAGS`; -1 where they can.
    index : ndarray of int64
        The area they lie in, `OUTSIDE` for none.
    near : ndarray of bool
        Usable, but only within the margin of that area.
    told : ndarray of int64
        The area that coordinates of no use for a cell still tell, `OUTSIDE` for none.
    told_district : ndarray of object
        The code of the district that they tell where they tell no township, else None.
    """

    lng: Floats
    lat: Floats
    flag: NDArray[np.int8]
    index: NDArray[np.int64]
    near: NDArray[np.bool_]
    told: NDArray[np.int64]
    told_district: Texts

    @property
    def located(self) -> NDArray[np.bool_]:
        """Whether coordinates can be used, shape (n,)."""
        return np.asarray(self.flag == NO_FLAG)


def try_coordinates(cases: pa.Table, area: Area) -> Tried:
    """Try the rules on the coordinates of each case; columns as for `locate`."""
    first, second = (floats(cases[name]) for name in ("source_lng", "source_lat"))
    systems = RowSystems(cases["source_crs"])
    lng, lat = systems.to_wgs84(first, second)
    index, inside, near = _in_extent(lng, lat, area)
    missing = np.isnan(first) | np.isnan(second)
    zero = (first == 0) & (second == 0)
    whole = (first == np.rint(first)) & (second == np.rint(second)) & systems.in_degrees
    whole &= _on_earth(lng, lat)
    # Rising precedence: a later assignment overrides an earlier one.
    flag = np.full(len(cases), NO_FLAG, dtype=np.int8)
    flag[coarse_rows(cases, area.coarse)] = FLAGS.index("coarse")
    flag[is_default_point(lng, lat, area.pins)] = FLAGS.index("area_centre")
    flag[is_default_point(lng, lat, area.default_points)] = FLAGS.index("default_point")
    flag[~inside] = FLAGS.index("outside_area")
    if len(stray := np.flatnonzero(~inside & ~missing)):
        exchanged = systems.to_wgs84(second[stray], first[stray], stray)
        swapped = _is_swapped(lng[stray], lat[stray], exchanged, area)
        flag[stray[swapped]] = FLAGS.index("swapped")
    flag[whole] = FLAGS.index("whole_degree")
    flag[zero] = FLAGS.index("zero")
    flag[missing] = FLAGS.index("no_coordinates")
    told, told_district = told_areas(cases, area, systems, (lng, lat), flag, index)
    usable = flag == NO_FLAG
    lng[~usable] = lat[~usable] = np.nan
    return Tried(lng, lat, flag, index, near & usable, told, told_district)


def _in_extent(
    lng: Floats, lat: Floats, area: Area
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return each point's area, whether it can be in the city, and if only by the margin."""
    on_earth = _on_earth(lng, lat)
    extent = area.extent
    if extent is None:
        return np.full(len(lng), OUTSIDE, dtype=np.int64), on_earth, np.zeros(len(lng), dtype=bool)
    index = extent.locate(lng, lat)
    index[~on_earth] = OUTSIDE
    stray = on_earth & (index == OUTSIDE)
    index[stray] = extent.nearest(lng[stray], lat[stray], MARGIN_M)
    return index, index != OUTSIDE, stray & (index != OUTSIDE)


def _on_earth(lng: Floats, lat: Floats) -> NDArray[np.bool_]:
    return np.asarray((np.abs(lng) <= 180) & (np.abs(lat) <= 90))


def _is_swapped(lng: Floats, lat: Floats, exchanged: LngLat, area: Area) -> NDArray[np.bool_]:
    """Return whether coordinates that are not in the city are in it when exchanged."""
    if area.extent is not None:
        return np.asarray(area.extent.locate(*exchanged) != OUTSIDE, dtype=bool)
    # Without boundaries only an impossible latitude gives the exchange away.
    return np.asarray((np.abs(lng) <= 90) & (np.abs(lat) > 90) & (np.abs(lat) <= 180))
