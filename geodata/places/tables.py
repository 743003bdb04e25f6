"""Files of places → rows: any vector file, or any table with longitude and latitude."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geodata.areas.boundary_checks import Shapes
from geodata.areas.vector_files import no_column, read_vector_file
from geodata.coordinates import WGS84, parse_crs, to_wgs84
from geodata.errors import UnreadableFile
from geodata.places.columns import place_columns
from geodata.places.problems import Problem
from geodata.reading.archives import check_growth
from geodata.reading.headers import match_header
from geodata.reading.readers import open_table
from geodata.schema import SOURCE_ROW

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".et")

_WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".et")

Row = dict[str, Any]


@dataclass(frozen=True)
class PlaceTable:
    """Rows of a file as they stand in it.

    Attributes
    ----------
    rows : list of dict
        Field → text or number, None for an empty cell; only fields that the file has.
    numbers : list of int
        The row of the file that each stands in; rows of a vector file are counted from 1.
    geometry : ndarray of object, shape (n,)
        Shapes in WGS84; None where there is none.
    problems : tuple of Problem
        Of rows that could not be read.
    columns : dict of str
        Field → header by which it was told.
    """

    rows: list[Row]
    numbers: list[int]
    geometry: Shapes
    problems: tuple[Problem, ...]
    columns: dict[str, str]


def read_places_file(
    path: Path, chosen: Mapping[str, str | None], crs: str | None = None
) -> PlaceTable:
    """Read a file of places.

    Parameters
    ----------
    path : Path
    chosen : mapping
        Field → header named for it.
    crs : str, optional
        Coordinate system of the file; a table's is WGS84 when not given.

    Raises
    ------
    UnreadableFile, MissingColumn, UnknownCrs
        When the file cannot be read as described.
    """
    if is_table(path):
        return _read_table(path, chosen, parse_crs(crs or WGS84))
    return _read_vector(path, chosen, crs)


def headers_of(path: Path) -> tuple[str, ...]:
    """Return the headers of a file of places, whether any of them is known or not.

    Raises
    ------
    UnreadableFile
        When it is neither a table nor a vector file. Systems export texts under a workbook's
        name, so that is a table too, unless it has one column.
    """
    if is_table(path):
        source = open_table(path, place_columns({}, required=()))
        names = source.header.names
        is_workbook = source.kind == "excel" or path.suffix.lower() not in _WORKBOOK_SUFFIXES
        if len(names) < 2 and not is_workbook:
            raise UnreadableFile(
                f"{path.name}: neither an Excel workbook nor a text with columns",
                f"{path.name}：既不是 Excel 工作簿，也不是有多列的文本表格",
            )
        return tuple(shown for name in names if (shown := " ".join(name.split())))
    frame = _read_shapes(path, WGS84)
    return tuple(str(name) for name in frame.columns if name != frame.geometry.name)


def usual_columns(headers: Sequence[str]) -> dict[str, str]:
    """Return which fields the usual headers tell: field → header.

    Examples
    --------
    >>> usual_columns(["小区名称", "经度", "物业电话"])
    {'name': '小区名称', 'lng': '经度'}
    """
    found = match_header(headers, place_columns({}, required=()))
    return {field: headers[at] for field, at in found.items()}


def is_table(path: Path) -> bool:
    """Tell whether a file is a table rather than a vector file."""
    if path.suffix.lower() in TABLE_SUFFIXES:
        return True
    if path.suffix.lower() != ".parquet" or not path.is_file():
        return False
    try:
        return b"geo" not in (pq.read_schema(path).metadata or {})
    except (pa.ArrowException, OSError):
        return False


def _read_table(path: Path, chosen: Mapping[str, str | None], crs: str) -> PlaceTable:
    source = open_table(path, place_columns(chosen, required=("lng", "lat")))
    rows: list[Row] = []
    problems: list[Problem] = []
    for batch in source.batches():
        rows += [row for row in batch.rows.to_pylist() if _is_filled(row)]
        problems += [
            Problem(row["source_row"], row["field"] or "", row["value"] or "",
                    row["reason_en"], row["reason_zh"])
            for row in batch.rejects.to_pylist()
        ]  # fmt: skip
    numbers = [row.pop(SOURCE_ROW) for row in rows]
    if not rows and not problems:
        raise UnreadableFile(
            f"{path.name}: no rows below the header", f"{path.name}：表头以下没有数据行"
        )
    shapes = _points(rows, numbers, crs, problems)
    cleaned = [_cleaned(row) for row in rows]
    return PlaceTable(cleaned, numbers, shapes, tuple(problems), source.header.headers())


def _points(rows: list[Row], numbers: list[int], crs: str, problems: list[Problem]) -> Shapes:
    """Return the points of rows; a row whose coordinates are none is told."""
    lng, lat = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for i, row in enumerate(rows):
        for name, axis in (("lng", lng), ("lat", lat)):
            value = row.pop(name, None)
            axis[i] = _number(value)
            if np.isnan(axis[i]):
                problems.append(Problem.of(numbers[i], name, value, "not_a_coordinate"))
    east, north = to_wgs84(lng, lat, crs)
    wrong = np.isfinite(lng) & np.isfinite(lat)
    wrong &= ~((np.abs(east) <= 180) & (np.abs(north) <= 90)) | ((lng == 0) & (lat == 0))
    problems += [
        Problem.of(numbers[i], "lng", f"{lng[i]:g}, {lat[i]:g}", "not_on_earth")
        for i in np.flatnonzero(wrong)
    ]
    return np.asarray(shapely.points(east, north), dtype=object)


def _read_vector(path: Path, chosen: Mapping[str, str | None], crs: str | None) -> PlaceTable:
    frame = _read_shapes(path, crs)
    names = [str(name) for name in frame.columns if name != "geometry"]
    for header in chosen.values():
        if header and header not in names:
            raise no_column(path.name, header, names)
    columns = match_header(names, place_columns(chosen, required=()))
    fields = {field: names[at] for field, at in columns.items() if field not in ("lng", "lat")}
    plain = pd.DataFrame(frame[list(fields.values())])
    rows = [
        _cleaned(dict(zip(fields, values, strict=True)))
        for values in plain.itertuples(index=False, name=None)
    ]
    if not fields:
        rows = [{} for _ in range(len(frame))]
    numbers = list(range(1, len(frame) + 1))
    return PlaceTable(rows, numbers, frame.geometry.to_numpy(), (), fields)


def _read_shapes(path: Path, crs: str | None) -> gpd.GeoDataFrame:
    """Read a vector file; an archive that declares to unpack to too much is refused before."""
    if zipfile.is_zipfile(path):
        # A damaged archive is refused by the reader, as no vector file.
        with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
            check_growth(path, sum(member.file_size for member in archive.infolist()))
    return read_vector_file(path, crs)


def _is_filled(row: Row) -> bool:
    return any(_plain(value) is not None for name, value in row.items() if name != SOURCE_ROW)


def _cleaned(row: Row) -> Row:
    return {field: _plain(value) for field, value in row.items()}


def _plain(value: Any) -> Any:
    """Return a cell as text, None where it is empty; whole numbers without a point."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, (float, np.floating)):
        if np.isnan(value):
            return None
        value = int(value) if float(value).is_integer() else float(value)
    return str(value).strip() or None


def _number(value: Any) -> float:
    try:
        return float(str(value).strip()) if value is not None else np.nan
    except ValueError:
        return np.nan
