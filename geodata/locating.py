"""From a case's coordinates and reported names to a cell, a township, or an honest flag.

A case is *located* when its coordinates can be used; it then has a cell and, with boundaries, a
township. A case without usable coordinates has exactly one flag that says why. It still counts in a
township (*township only*) when the file names one that the boundaries know. With a place register
its texts are asked too (`geodata.placing`): a case that they place is located, by another method
than coordinates, and keeps the flag that says why its coordinates were not used.

Coordinates are tried in the order of these rules; the first that applies is the flag:

``no_coordinates``  one of the two is missing;
``zero``            both are 0;
``whole_degree``    both are whole degrees: rounded beyond use;
``swapped``         not in the area as given, in the area when exchanged. They are not exchanged
                    silently: a file with swapped columns is for its sender to mend;
``outside_area``    farther than `MARGIN_M` from every area, or no coordinates of this Earth;
``default_point``   at a default point;
``area_centre``     at the pin of an area (`geodata.coordinate_checks.area_pins`);
``coarse``          too few decimals, or on a wide grid (`geodata.coordinate_checks.precision`).

The last two still tell an area: a pin its own, a coarse coordinate the one that holds all of where
the true one may be. A case with no name that the boundaries know counts in that area.

Points within the margin but in no area (quays, bridges, generalised borders) are located in the
nearest one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from geodata.areas import OUTSIDE, AreaNames, Boundaries
from geodata.arrays import in_one, typed
from geodata.coordinate_checks import AreaPin, CoarseRule, is_coarse, reach_of
from geodata.coordinates import WGS84, Floats, LngLat, is_geographic, to_wgs84
from geodata.default_points import DefaultPoint, is_default_point
from geodata.schema import CASE_SCHEMA, FLAGS, LOCATION_COLUMNS, STORE_RESOLUTION, with_codes
from spatial.grid import cells_of_points

MARGIN_M = 1000.0
"""Distance from the areas within which a point still belongs to the nearest one."""

_METHODS = pa.array(["coordinates", "none"])
_QUALITIES = pa.array(["exact", "margin", "township", "none"])

_NO_FLAG = -1

Texts = NDArray[np.object_]


class GivesPlaces(Protocol):
    """Tells the place of cases from their coordinates or texts: `geodata.placing.Placer`."""

    def place(self, cases: pa.Table, columns: dict[str, Any]) -> dict[str, Any]:
        """Return the location columns with places, and with what texts tell of the unlocated."""


@dataclass(frozen=True, eq=False)
class Area:
    """What is known of the city when cases are located.

    Attributes
    ----------
    townships, districts : Boundaries or None
        None where none were imported.
    default_points : tuple of DefaultPoint
    placer : GivesPlaces or None
        None where there is no place register.
    pins : tuple of AreaPin
        Coordinates that stand for a whole area.
    coarse : mapping of str to CoarseRule
        Which coordinates of a batch are too coarse.
    """

    townships: Boundaries | None = None
    districts: Boundaries | None = None
    default_points: tuple[DefaultPoint, ...] = ()
    placer: GivesPlaces | None = None
    pins: tuple[AreaPin, ...] = ()
    coarse: Mapping[str, CoarseRule] = field(default_factory=dict)

    @property
    def false_coordinates(self) -> tuple[Any, ...]:
        """All that coordinates are refused for; equal where the same ones are refused."""
        return self.default_points, self.pins, dict(self.coarse)

    @property
    def extent(self) -> Boundaries | None:
        """Areas beyond which no case can be: townships, else districts."""
        return self.townships if self.townships is not None else self.districts

    def find_township(
        self, names: list[str | None], districts: list[str | None]
    ) -> NDArray[np.int64]:
        """Return the index of each township reported by name, `OUTSIDE` where it means none."""
        if self._township_names is None:
            return np.full(len(names), OUTSIDE, dtype=np.int64)
        return self._township_names.find(names, districts)

    def find_district(self, names: list[str | None]) -> NDArray[np.int64]:
        """Return the index of each district reported by name, `OUTSIDE` where it means none."""
        if self._district_names is None:
            return np.full(len(names), OUTSIDE, dtype=np.int64)
        return self._district_names.find(names, [None] * len(names))

    @cached_property
    def _township_names(self) -> AreaNames | None:
        return None if self.townships is None else AreaNames(self.townships)

    @cached_property
    def _district_names(self) -> AreaNames | None:
        return None if self.districts is None else AreaNames(self.districts)


def locate(cases: pa.Table, area: Area, *, coded: bool = False) -> pa.Table:
    """Add the location columns to cases.

    Parameters
    ----------
    cases : pyarrow.Table
        At least ``source_lng, source_lat, source_crs, reported_township, reported_district``.
        Location columns already there are replaced.
    area : Area
    coded : bool
        Give texts that repeat as dictionaries (`geodata.schema.with_codes`).

    Returns
    -------
    pyarrow.Table
        The given columns, then `LOCATION_COLUMNS`. Rows keep their order.

    Raises
    ------
    UnknownCrs
        When a row names no coordinate system.

    Examples
    --------
    >>> cases = pa.table({"source_lng": [116.391, 0.0], "source_lat": [39.907, 0.0],
    ...     "source_crs": ["WGS84", "WGS84"], "reported_township": ["东风", "东风"],
    ...     "reported_district": pa.nulls(2, pa.string())})
    >>> located = locate(cases, Area())
    >>> located["located"].to_pylist(), located["flags"].to_pylist()
    ([True, False], [[], ['zero']])
    """
    tried = _try_coordinates(cases, area)
    township, district = _administrative(cases, tried, area)
    township_only = ~tried.located & township.is_valid().to_numpy(zero_copy_only=False)
    quality = np.where(tried.located, np.where(tried.near, 1, 0), np.where(township_only, 2, 3))
    cells = cells_of_points(tried.lat, tried.lng, STORE_RESOLUTION)
    columns = {
        "lng": pa.array(tried.lng, mask=~tried.located),
        "lat": pa.array(tried.lat, mask=~tried.located),
        "location_method": _coded(_METHODS, np.where(tried.located, 0, 1)),
        "location_quality": _coded(_QUALITIES, quality),
        "flags": _as_lists(tried.flag),
        "located": tried.located,
        "township_only": township_only,
        "cell": pa.array(cells, mask=~tried.located),
        "township": township,
        "district": district,
        "place": pa.nulls(len(cases), pa.string()),
    }
    if area.placer is not None:
        written_out = {name: _written_out(column) for name, column in columns.items()}
        columns = area.placer.place(cases, written_out)
    return _with_columns(cases, columns, with_codes(CASE_SCHEMA) if coded else CASE_SCHEMA)


@dataclass(frozen=True)
class _Tried:
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
        return np.asarray(self.flag == _NO_FLAG)


def _try_coordinates(cases: pa.Table, area: Area) -> _Tried:
    first, second = (_floats(cases[name]) for name in ("source_lng", "source_lat"))
    systems = _Systems(cases["source_crs"])
    lng, lat = systems.to_wgs84(first, second)
    index, inside, near = _in_extent(lng, lat, area)
    missing = np.isnan(first) | np.isnan(second)
    zero = (first == 0) & (second == 0)
    whole = (first == np.rint(first)) & (second == np.rint(second)) & systems.in_degrees
    whole &= _on_earth(lng, lat)
    # Rising precedence: a later assignment overrides an earlier one.
    flag = np.full(len(cases), _NO_FLAG, dtype=np.int8)
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
    told, told_district = _told_areas(cases, area, systems, (lng, lat), flag, index)
    usable = flag == _NO_FLAG
    lng[~usable] = lat[~usable] = np.nan
    return _Tried(lng, lat, flag, index, near & usable, told, told_district)


def coarse_rows(cases: pa.Table, coarse: Mapping[str, CoarseRule]) -> NDArray[np.bool_]:
    """Return which cases have coordinates that are too coarse by the rule of their batch."""
    found = np.zeros(len(cases), dtype=bool)
    if not coarse or "batch" not in cases.column_names:
        return found
    for batch, rows in _rows_by_batch(cases, coarse).items():
        first, second = (_floats(cases[name])[rows] for name in ("source_lng", "source_lat"))
        found[rows] = is_coarse(first, second, coarse[batch])
    return found


def _rows_by_batch(
    cases: pa.Table, coarse: Mapping[str, CoarseRule]
) -> dict[str, NDArray[np.int64]]:
    encoded = pc.dictionary_encode(in_one(cases["batch"]))
    which = encoded.indices.to_numpy(zero_copy_only=False)
    names = encoded.dictionary.to_pylist()
    return {name: np.flatnonzero(which == i) for i, name in enumerate(names) if name in coarse}


def _told_areas(
    cases: pa.Table,
    area: Area,
    systems: _Systems,
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


def _boxes(
    cases: pa.Table, systems: _Systems, rule: CoarseRule, rows: NDArray[np.int64]
) -> NDArray[np.object_]:
    """Return the boxes of WGS84 degrees in which coarse coordinates may truly lie."""
    lng, lat = (_floats(cases[name])[rows] for name in ("source_lng", "source_lat"))
    across, up = reach_of(lng, lat, rule)
    west, south = systems.to_wgs84(lng - across, lat - up, rows)
    east, north = systems.to_wgs84(lng + across, lat + up, rows)
    boxes: NDArray[np.object_] = shapely.box(west, south, east, north)
    return boxes


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


def _administrative(
    cases: pa.Table, tried: _Tried, area: Area
) -> tuple[pa.DictionaryArray, pa.DictionaryArray]:
    """Return codes of township and district, by polygon or else by the reported names."""
    index = np.where(tried.located, tried.index, OUTSIDE)
    lost = np.flatnonzero(~tried.located)
    if not lost.size or area.extent is None:
        return _codes_of(area, index)
    reported = cases.select(["reported_township", "reported_district"]).take(pa.array(lost))
    districts = reported["reported_district"].to_pylist()
    named = area.find_district(districts)
    if area.townships is None:
        index[lost] = np.where(named == OUTSIDE, tried.told[lost], named)
        return _codes_of(area, index)
    found = area.find_township(reported["reported_township"].to_pylist(), districts)
    index[lost] = np.where(found == OUTSIDE, tried.told[lost], found)
    township, district = _codes_of(area, index)
    told = pa.array(tried.told_district[lost], pa.string())
    otherwise = pc.coalesce(_codes(area.districts, named).dictionary_decode(), told)
    return township, _filled(district, lost, otherwise)


def _codes_of(
    area: Area, index: NDArray[np.int64]
) -> tuple[pa.DictionaryArray, pa.DictionaryArray]:
    """Return the codes of areas of the extent, and of their districts."""
    if area.townships is None:
        return _codes(None, np.full(len(index), OUTSIDE)), _codes(area.districts, index)
    return _codes(area.townships, index), _take(area.townships.district_codes, index)


def _filled(
    column: pa.DictionaryArray, rows: NDArray[np.int64], values: pa.Array
) -> pa.DictionaryArray:
    """Return a column with values in those of the rows in which it has none."""
    empty = column.is_null().take(pa.array(rows))
    filled = pc.and_(empty, values.is_valid()).to_numpy(zero_copy_only=False)
    if not filled.any():
        return column
    mask = np.zeros(len(column), dtype=bool)
    mask[rows[filled]] = True
    written = column.dictionary_decode()
    return pc.replace_with_mask(written, mask, values.filter(pa.array(filled))).dictionary_encode()


class _Systems:
    """Coordinate systems of a table's rows; rows that name none are in WGS84."""

    def __init__(self, names: pa.ChunkedArray) -> None:
        encoded = in_one(names).dictionary_encode()
        self._names: list[str] = encoded.dictionary.to_pylist()
        unnamed = self._names.index(WGS84) if WGS84 in self._names else len(self._names)
        if encoded.null_count and unnamed == len(self._names):
            self._names.append(WGS84)
        self._which = encoded.indices.fill_null(unnamed).to_numpy(zero_copy_only=False)

    @property
    def in_degrees(self) -> NDArray[np.bool_]:
        geographic = np.array([is_geographic(name) for name in self._names], dtype=bool)
        return np.asarray(geographic[self._which], dtype=bool)

    def to_wgs84(self, lng: Floats, lat: Floats, only: NDArray[np.int64] | None = None) -> LngLat:
        """Convert coordinates of all rows, or of `only` some."""
        which = self._which if only is None else self._which[only]
        if len(self._names) == 1:
            return to_wgs84(lng, lat, self._names[0])
        converted = np.full(len(lng), np.nan), np.full(len(lng), np.nan)
        for number, name in enumerate(self._names):
            rows = which == number
            converted[0][rows], converted[1][rows] = to_wgs84(lng[rows], lat[rows], name)
        return converted


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.array(column.cast(pa.float64()).to_numpy(), dtype=float)


def _as_lists(flag: NDArray[np.int8]) -> pa.ListArray:
    """Return lists of the one flag, or of none."""
    flagged = flag != _NO_FLAG
    offsets = np.concatenate([[0], np.cumsum(flagged)])
    return pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), pa.array(FLAGS).take(pa.array(flag[flagged]))
    )


def _codes(areas: Boundaries | None, index: NDArray[np.int64]) -> pa.Array:
    """Return codes of areas by index, null for `OUTSIDE` and where there are no areas."""
    return _take(np.empty(0, dtype=object) if areas is None else areas.codes, index)


def _take(values: Texts, index: NDArray[np.int64]) -> pa.DictionaryArray:
    return _coded(pa.array(values, pa.string()), index, mask=index == OUTSIDE)


def _coded(
    texts: pa.Array, index: NDArray[np.int64], mask: NDArray[np.bool_] | None = None
) -> pa.DictionaryArray:
    indices = pa.array(index.astype(np.int32), mask=mask)
    # Several areas may share a text, and some have none.
    distinct = texts.dictionary_encode()
    return pa.DictionaryArray.from_arrays(distinct.indices.take(indices), distinct.dictionary)


def _with_columns(cases: pa.Table, columns: dict[str, Any], schema: pa.Schema) -> pa.Table:
    table = cases.drop_columns([name for name in LOCATION_COLUMNS if name in cases.column_names])
    for name in LOCATION_COLUMNS:
        field = schema.field(name)
        table = table.append_column(field, typed(columns[name], field.type))
    return table


def _written_out(column: Any) -> Any:
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column
