"""The one door to H3: points, polygons, parents and neighbours of hexagonal cells.

Cells are H3 identifiers held as signed 64-bit integers, because Delta Lake has no unsigned ones;
H3 leaves the top bit unused, so the value is the same either way. `NO_CELL` (-1) stands for "none".
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import Any

import h3.api.numpy_int as h3
import numpy as np
import polars as pl
import polars_h3
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import MultiPolygon, Polygon

from spatial._checks import check_codes, check_same_length, check_whole
from spatial.face_lattice import FaceLattice

NO_CELL = -1
MAX_RESOLUTION = 15
LATTICE_PAYS = 20_000
"""Points from which reckoning their cells on a lattice is faster than asking H3 for each."""
CELL_NAME = re.compile("[0-9a-f]{15}", re.IGNORECASE)


def cells_of_points(lat: ArrayLike, lng: ArrayLike, resolution: int) -> NDArray[np.int64]:
    """Return the cell that holds each point.

    Parameters
    ----------
    lat, lng : array_like of float, shape (n,)
        WGS84 degrees. NaN, infinite and impossible values (latitude beyond 90, longitude beyond
        180 degrees) have no cell.
    resolution : int
        H3 resolution, 0 to 15.

    Returns
    -------
    ndarray of int64, shape (n,)
        Cells; `NO_CELL` where there is none.

    Raises
    ------
    ValueError
        If the lengths differ or the resolution does not exist.

    Examples
    --------
    >>> cells_of_points([39.0, float("nan")], [83.0, 83.0], 9)
    array([617570985847554047,                 -1])
    """
    check_resolution(resolution)
    lat, lng = np.asarray(lat, dtype=float), np.asarray(lng, dtype=float)
    check_same_length(lat=lat, lng=lng)
    known = (np.abs(lat) <= 90) & (np.abs(lng) <= 180)
    cells = np.full(lat.shape, NO_CELL, dtype=np.int64)
    if known.sum() < LATTICE_PAYS:
        cells[known] = _ask_h3(lat[known], lng[known], resolution)
    else:
        cells[known] = _lattice(resolution).cells(lat[known], lng[known])
    return cells


def _ask_h3(
    lat: NDArray[np.float64], lng: NDArray[np.float64], resolution: int
) -> NDArray[np.int64]:
    points = pl.DataFrame({"lat": lat, "lng": lng})
    found = polars_h3.latlng_to_cell("lat", "lng", resolution, return_dtype=pl.Int64)
    return points.select(found).to_series().to_numpy().astype(np.int64)


@lru_cache(maxsize=MAX_RESOLUTION + 1)
def _lattice(resolution: int) -> FaceLattice:
    lat, lng = np.radians([h3.cell_to_latlng(cell) for cell in h3.get_pentagons(0)]).T
    vertices = [np.cos(lat) * np.cos(lng), np.cos(lat) * np.sin(lng), np.sin(lat)]
    ask = partial(_ask_h3, resolution=resolution)
    return FaceLattice(resolution, np.column_stack(vertices), ask)


def parents(cells: ArrayLike, resolution: int) -> NDArray[np.int64]:
    """Return each cell's ancestor at a coarser (or the same) resolution.

    Parameters
    ----------
    cells : array_like of int64, shape (n,)
        Cells; `NO_CELL` stays `NO_CELL`.
    resolution : int
        H3 resolution of the ancestors.

    Returns
    -------
    ndarray of int64, shape (n,)

    Raises
    ------
    ValueError
        If a value is no cell or is already coarser than `resolution`.

    Examples
    --------
    >>> fine = cells_of_points([39.0], [83.0], 11)
    >>> parents(fine, 9) == cells_of_points([39.0], [83.0], 9)
    array([ True])
    """
    check_resolution(resolution)
    cells = np.asarray(cells, dtype=np.int64)
    known = cells != NO_CELL
    found = np.full(cells.shape, NO_CELL, dtype=np.int64)
    series = _valid_frame(cells[known]).select(polars_h3.cell_to_parent("cell", resolution))
    if series.to_series().null_count():
        raise ValueError(f"cells: every cell must be of resolution {resolution} or finer")
    found[known] = series.to_series().to_numpy()
    return found


def cells_of_polygon(geometry: Polygon | MultiPolygon, resolution: int) -> NDArray[np.int64]:
    """Return the cells whose centre lies inside a polygon, in ascending order.

    Parameters
    ----------
    geometry : shapely Polygon or MultiPolygon
        WGS84, longitude first. Holes are respected. Edges are straight in degrees, as in shapely.
    resolution : int
        H3 resolution.

    Returns
    -------
    ndarray of int64, shape (m,)
        Empty where the polygon is smaller than a cell and holds no centre.

    Raises
    ------
    ValueError
        If the geometry is no polygon.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> cells_of_polygon(box(83.0, 39.0, 83.1, 39.1), 7).size
    17
    """
    check_resolution(resolution)
    if not isinstance(geometry, Polygon | MultiPolygon):
        found_type = type(geometry).__name__
        raise ValueError(f"geometry: expected a polygon, found {found_type}")  # noqa: TRY004
    if geometry.is_empty:
        return np.empty(0, dtype=np.int64)
    found = h3.h3shape_to_cells(h3.geo_to_h3shape(geometry), resolution)
    return np.unique(np.asarray(found).astype(np.int64))


def cell_areas_km2(cells: ArrayLike) -> NDArray[np.float64]:
    """Return each cell's own area on the sphere in square kilometres, shape (n,).

    H3's average is no stand-in: cells around Beijing have 0.71 of it.

    Examples
    --------
    >>> cell_areas_km2(cells_of_points([39.0], [83.0], 9)).round(4)
    array([0.1202])
    """
    frame = _valid_frame(cells).select(polars_h3.cell_area("cell", "km^2"))
    return frame.to_series().to_numpy().astype(float)


def cell_centres(cells: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return latitude and longitude of each cell's centre in WGS84 degrees, each of shape (n,).

    Examples
    --------
    >>> lat, lng = cell_centres(cells_of_points([39.0], [83.0], 9))
    >>> round(float(lat[0]), 2), round(float(lng[0]), 2)
    (39.0, 83.0)
    """
    frame = _valid_frame(cells).select(
        polars_h3.cell_to_lat("cell").alias("lat"), polars_h3.cell_to_lng("cell").alias("lng")
    )
    return frame["lat"].to_numpy().astype(float), frame["lng"].to_numpy().astype(float)


def cell_polygons(cells: ArrayLike) -> NDArray[Any]:
    """Return each cell's outline as a shapely polygon, WGS84, longitude first, shape (n,).

    Examples
    --------
    >>> (outline,) = cell_polygons(cells_of_points([39.0], [83.0], 9))
    >>> len(outline.exterior.coords)
    7
    """
    frame = _valid_frame(cells).select(polars_h3.cell_to_boundary("cell"))
    rings = frame.to_series()
    # H3 gives latitude first and leaves rings open; a few cells have more than six corners.
    corners = rings.list.len().to_numpy().astype(np.int64)
    flat = rings.explode(empty_as_null=False).explode(empty_as_null=False).to_numpy()
    points = flat.reshape(-1, 2)[:, ::-1]
    if not corners.size:
        return np.empty(0, dtype=object)
    ring_of_point = np.repeat(np.arange(corners.size), corners)
    return np.asarray(shapely.polygons(shapely.linearrings(points, indices=ring_of_point)))


def cell_resolution(cell: int) -> int:
    """Return the resolution of one cell.

    Examples
    --------
    >>> cell_resolution(617570985847554047)
    9
    """
    return int(h3.get_resolution(_check_cell(cell)))


def cell_name(cell: int) -> str:
    """Return a cell's hexadecimal name, as H3 tools and URLs write it.

    Examples
    --------
    >>> cell_name(617570985847554047)
    '8920d8a2307ffff'
    """
    return str(h3.int_to_str(_check_cell(cell)))


def cell_from_name(name: str) -> int:
    """Return the cell of a hexadecimal name.

    Raises
    ------
    ValueError
        If the text names no cell.

    Examples
    --------
    >>> cell_from_name("8920d8a2307ffff")
    617570985847554047
    """
    if not CELL_NAME.fullmatch(name) or not h3.is_valid_cell(int(name, 16)):
        raise ValueError(f"cell name: expected an H3 cell in hexadecimal, found {name[:40]!r}")
    return int(name, 16)


def neighbours(cells: ArrayLike, k: int = 1) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all pairs of given cells that are at most `k` steps apart, each cell with itself too.

    Parameters
    ----------
    cells : array_like of int64, shape (n,)
        Distinct cells of one resolution, in any order.
    k : int
        Steps on the grid, 0 or more.

    Returns
    -------
    index_i, index_j : ndarray of int64, shape (pairs,)
        Positions in `cells`, ordered by i, then j; both directions are listed.

    Raises
    ------
    ValueError
        If a value is no cell, is repeated, or resolutions differ.

    Examples
    --------
    >>> pair = cells_of_points([39.0, 39.003], [83.0, 83.0], 9)
    >>> neighbours(pair, 1)
    (array([0, 0, 1, 1]), array([0, 1, 0, 1]))
    """
    k = check_whole("k", k, 0)
    cells = check_codes("cells", cells)
    _check_one_grid(cells)
    disk = _valid_frame(cells).select(polars_h3.grid_disk("cell", k).alias("cell")).to_series()
    index_i = np.repeat(np.arange(cells.size), disk.list.len().to_numpy().astype(np.int64))
    reached = disk.explode(empty_as_null=False).to_numpy().astype(np.int64)
    order = np.argsort(cells)
    slot = np.searchsorted(cells, reached, sorter=order).clip(max=max(cells.size - 1, 0))
    index_j = order[slot] if cells.size else np.empty(0, dtype=np.int64)
    inside = cells[index_j] == reached
    index_i, index_j = index_i[inside], index_j[inside]
    ordered = np.lexsort((index_j, index_i))
    return index_i[ordered], index_j[ordered]


def check_resolution(resolution: int) -> None:
    """Raise ValueError unless H3 has this resolution.

    Examples
    --------
    >>> check_resolution(9)
    """
    if not 0 <= resolution <= MAX_RESOLUTION:
        raise ValueError(f"resolution: expected 0 to {MAX_RESOLUTION}, found {resolution}")


def _check_cell(cell: int) -> int:
    if cell < 0 or not h3.is_valid_cell(int(cell)):
        raise ValueError(f"cell: {cell} is no H3 cell")
    return int(cell)


def _valid_frame(cells: ArrayLike) -> pl.DataFrame:
    """Return the cells as a column `cell`, all of them checked."""
    frame = pl.DataFrame({"cell": np.asarray(cells, dtype=np.int64)})
    valid = frame.select(polars_h3.is_valid_cell("cell")).to_series()
    if not valid.all():
        wrong = frame["cell"].filter(~valid)[0]
        raise ValueError(f"cells: {wrong} is no H3 cell")
    return frame


def _check_one_grid(cells: NDArray[np.int64]) -> None:
    if np.unique(cells).size != cells.size:
        raise ValueError("cells: every cell may be given only once")
    resolutions = _valid_frame(cells).select(polars_h3.get_resolution("cell")).to_series()
    if resolutions.n_unique() > 1:
        found = sorted(resolutions.unique().to_list())
        raise ValueError(f"cells: all must have one resolution, found {found}")
