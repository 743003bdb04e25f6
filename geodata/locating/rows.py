"""The location columns of cases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geodata.areas import OUTSIDE, Boundaries
from geodata.arrays import typed
from geodata.locating.area import Area
from geodata.locating.told import Texts
from geodata.locating.trying import NO_FLAG, Tried, try_coordinates
from geodata.schema import CASE_SCHEMA, FLAGS, LOCATION_COLUMNS, STORE_RESOLUTION, with_codes
from spatial.grid import cells_of_points

_METHODS = pa.array(["coordinates", "none"])
_QUALITIES = pa.array(["exact", "margin", "township", "none"])


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
    tried = try_coordinates(cases, area)
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


def _administrative(
    cases: pa.Table, tried: Tried, area: Area
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


def _as_lists(flag: NDArray[np.int8]) -> pa.ListArray:
    """Return lists of the one flag, or of none."""
    flagged = flag != NO_FLAG
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
