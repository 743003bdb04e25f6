"""Vector files of any kind → rows in WGS84, with refusals a user understands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from geodata.coordinates import parse_crs, to_wgs84
from geodata.errors import MissingColumn, UnreadableFile

Texts = NDArray[np.object_]

_GEOPARQUET_SUFFIXES = {".parquet", ".geoparquet"}
_ZIP_SUFFIX = ".zip"
_UNREADABLE = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    ValueError,
    OSError,
)


def read_vector_file(path: Path, crs: str | None = None) -> gpd.GeoDataFrame:
    """Read the first layer of a vector file, in WGS84 longitude and latitude.

    Parameters
    ----------
    path : Path
        Any file pyogrio reads (GeoJSON, GeoPackage, Shapefile, zipped Shapefile, …) or GeoParquet.
    crs : str, optional
        Coordinate system that overrides what the file says, for files in GCJ-02 or BD-09.

    Raises
    ------
    UnreadableFile
        When there is no such file, it is no vector file, has no shapes, or does not tell its
        coordinate system.
    UnknownCrs
        When `crs` names no system.
    """
    frame = _read(path)
    if frame.empty or frame.geometry.isna().all():
        raise UnreadableFile(
            f"{path.name}: no shapes in it, expected at least one",
            f"{path.name}：文件里没有图形，至少应有一个",
        )
    shapes = shapely.force_2d(frame.geometry.to_numpy())
    source = crs or _crs_of(frame, path)
    if parse_crs(source) != "WGS84":
        shapes = shapely.transform(shapes, lambda points: _points_to_wgs84(points, source))
    if not np.isfinite(shapely.bounds(shapes[shapely.is_geometry(shapes)])).any():
        raise UnreadableFile(
            f"{path.name}: coordinates do not fit coordinate system {source}",
            f"{path.name}：坐标与坐标系 {source} 不符",
        )
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs="EPSG:4326"))


def text_column(frame: pd.DataFrame, field: str, path: Path) -> Texts:
    """Return a column as trimmed text, None where it is empty; 35.0 is read as ``"35"``.

    Raises
    ------
    MissingColumn
        When the file has no such column.

    Examples
    --------
    >>> frame = pd.DataFrame({"code": [35.0, None], "name": [" 安和 ", ""]})
    >>> text_column(frame, "code", Path("f")).tolist()
    ['35', None]
    >>> text_column(frame, "name", Path("f")).tolist()
    ['安和', None]
    """
    texts = [_text(value) for value in _column(frame, field, path)]
    return np.array(texts, dtype=object)


def number_column(frame: pd.DataFrame, field: str, path: Path) -> NDArray[np.float64]:
    """Return a column as numbers, NaN where it holds none; ``"12,345"`` is a number.

    Raises
    ------
    MissingColumn
        When the file has no such column.

    Examples
    --------
    >>> number_column(pd.DataFrame({"people": ["12,345", "n/a"]}), "people", Path("f"))
    array([12345.,    nan])
    """
    return parse_numbers([_text(value) for value in _column(frame, field, path)])


def parse_numbers(texts: list[str | None]) -> NDArray[np.float64]:
    """Read numbers with or without thousands separators; NaN for anything else.

    Examples
    --------
    >>> parse_numbers(["1,200", "3.5", "many", None, "-4"])
    array([1200. ,    3.5,    nan,    nan,    nan])
    """
    plain = [text.replace(",", "").replace("，", "") if text else None for text in texts]
    numbers = pd.to_numeric(pd.Series(plain, dtype=object), errors="coerce").to_numpy(float)
    return np.where(np.isfinite(numbers) & (numbers >= 0), numbers, np.nan)


def no_column(file: str, column: str, found: list[str]) -> MissingColumn:
    """Say that a column asked for is not in the file, and which there are."""
    return MissingColumn(
        f"{file}: no column {column!r}, found {', '.join(found)}",
        f"{file}：没有名为“{column}”的列；现有的列是{'、'.join(found)}",
    )


def _read(path: Path) -> gpd.GeoDataFrame:
    if not path.is_file():
        raise UnreadableFile(f"{path.name}: no such file", f"{path.name}：没有这个文件")
    try:
        if path.suffix.lower() in _GEOPARQUET_SUFFIXES:
            return gpd.read_parquet(path)
        # pyogrio would follow a name such as "x.zip!inner" or a URL; only plain files are read.
        source = f"/vsizip/{path.resolve()}" if path.suffix.lower() == _ZIP_SUFFIX else path
        frame = pyogrio.read_dataframe(source)
    except _UNREADABLE as error:
        raise UnreadableFile(
            f"{path.name}: not a vector file, expected GeoJSON, GeoPackage, Shapefile or "
            "GeoParquet",
            f"{path.name}：不是矢量文件；应为 GeoJSON、GeoPackage、Shapefile 或 GeoParquet",
        ) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise UnreadableFile(
            f"{path.name}: a table without shapes, expected a vector file",
            f"{path.name}：只有表格、没有图形；应为矢量文件",
        )
    return frame


def _crs_of(frame: gpd.GeoDataFrame, path: Path) -> str:
    if frame.crs is None:
        raise UnreadableFile(
            f"{path.name}: does not tell its coordinate system, expected a .prj or an option",
            f"{path.name}：没有写明坐标系；请附上 .prj 文件，或在导入时指定坐标系",
        )
    code = CRS(frame.crs).to_epsg(min_confidence=70)
    return f"EPSG:{code}" if code else CRS(frame.crs).to_wkt()


def _points_to_wgs84(points: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    return np.column_stack(to_wgs84(points[:, 0], points[:, 1], crs))


def _column(frame: pd.DataFrame, field: str, path: Path) -> list[Any]:
    columns = [name for name in frame.columns if name != "geometry"]
    if field not in columns:
        raise no_column(path.name, field, columns)
    return list(frame[field])


def _text(value: object) -> str | None:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, (float, np.floating)):
        if np.isnan(value):
            return None
        value = int(value) if float(value).is_integer() else value
    return str(value).strip() or None
