"""Administrative boundaries: imported once, kept in versions, asked where a point lies."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from geodata.areas.boundary_checks import (
    Repair,
    Shapes,
    check_codes,
    check_overlaps,
    local_projection,
    polygon_areas_km2,
    repair_polygons,
)
from geodata.areas.population import PopulationReport, read_population_file, report_population
from geodata.areas.raster import UNDECIDED, AreaRaster
from geodata.areas.vector_files import Texts, number_column, read_vector_file, text_column
from geodata.areas.versions import current_version, read_version, save_version
from geodata.errors import InvalidBoundaries, NotFound
from geodata.home import Home
from geodata.prepared_shapes import prepare_for_threads
from spatial._compiled import compiled

Level = Literal["township", "district"]
LEVELS: tuple[Level, ...] = ("township", "district")

OUTSIDE = -1

MARGIN_M = 1000.0
"""Distance from the areas within which a point still belongs to the nearest one."""

RASTER_PAYS = 20_000
"""Points asked at once from which making a raster costs less than it saves."""


@dataclass(frozen=True)
class BoundaryReport:
    """What an import of boundaries did."""

    version: str
    level: Level
    areas: int
    repaired: tuple[Repair, ...]
    population: PopulationReport
    districts: int
    """Areas whose district is known."""

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """Return plain values for a JSON line; what was repaired in the given language."""
        repaired = [{**vars(each), "what": each.what.text(language)} for each in self.repaired]
        return {**dataclasses.asdict(self), "repaired": repaired}


@dataclass(frozen=True, eq=False)
class Boundaries:
    """Areas of one level, in the order of their codes.

    Attributes
    ----------
    version : str
        Names the content; equal content has equal versions.
    codes, names : ndarray of object, shape (n,)
        Text of each area.
    district_codes, district_names : ndarray of object, shape (n,)
        Text, or None where the district is not known.
    population : ndarray of float, shape (n,)
        NaN where it is not known.
    geometry : ndarray of object, shape (n,)
        Valid polygons and multipolygons in WGS84 degrees.
    areas_km2 : ndarray of float, shape (n,)

    Examples
    --------
    >>> west, east = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    >>> both = Boundaries.of(["a", "b"], ["West", "East"], [west, east])
    >>> both.locate([0.5, 1.5, 3.0], [0.5, 0.5, 0.5])
    array([ 0,  1, -1])
    """

    version: str
    codes: Texts
    names: Texts
    district_codes: Texts
    district_names: Texts
    population: NDArray[np.float64]
    geometry: Shapes
    areas_km2: NDArray[np.float64]

    @classmethod
    def of(cls, codes: list[str], names: list[str], geometry: list[Any]) -> Boundaries:
        """Return boundaries made in memory, without districts or population."""
        order = np.argsort(np.array(codes, dtype=object), kind="stable")
        shapes = np.array(geometry, dtype=object)[order]
        unknown = np.full(len(codes), None, dtype=object)
        return cls(
            version="unsaved",
            codes=np.array(codes, dtype=object)[order],
            names=np.array(names, dtype=object)[order],
            district_codes=unknown,
            district_names=unknown,
            population=np.full(len(codes), np.nan),
            geometry=shapes,
            areas_km2=polygon_areas_km2(shapes),
        )

    def __len__(self) -> int:
        """Return the number of areas."""
        return len(self.codes)

    def locate(self, lng: Any, lat: Any) -> NDArray[np.int64]:
        """Return which area each point lies in.

        A point on the edge of several areas belongs to the one whose code sorts first.

        Parameters
        ----------
        lng, lat : array_like of float, shape (n,)
            WGS84 degrees; NaN lies nowhere.

        Returns
        -------
        ndarray of int64, shape (n,)
            Index of the area, `OUTSIDE` (-1) for none.
        """
        lng, lat = np.asarray(lng, dtype=float), np.asarray(lat, dtype=float)
        if len(lng) < RASTER_PAYS:
            return self._locate_exactly(lng, lat)
        found = self._raster.look_up(lng, lat)
        undecided = np.flatnonzero(found == UNDECIDED)
        found[undecided] = self._locate_exactly(lng[undecided], lat[undecided])
        return found

    def prepare(self) -> None:
        """Make now what the first question about many points would have to wait for."""
        _ = self._raster, self._flat_tree

    def _locate_exactly(
        self, lng: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        # Tests on coordinates need no geometry object a point; sorted, each area sees its strip.
        order = np.argsort(lng, kind="stable")
        east, north = lng[order], lat[order]
        bounds = shapely.bounds(self._asked)
        starts = np.searchsorted(east, bounds[:, 0], side="left")
        ends = np.searchsorted(east, bounds[:, 2], side="right")
        asked, edges = _points_in_boxes(north, bounds, starts, ends)
        east, north = east[asked], north[asked]
        inside = np.zeros(len(asked), dtype=bool)
        for area in np.flatnonzero(np.diff(edges)):
            near = slice(edges[area], edges[area + 1])
            inside[near] = shapely.intersects_xy(self._asked[area], east[near], north[near])
        # Of several areas the first counts, so that it is written last.
        area_of = np.repeat(np.arange(len(self)), np.diff(edges))[inside][::-1]
        found = np.full(len(lng), OUTSIDE, dtype=np.int64)
        found[order[asked[inside][::-1]]] = area_of
        return found

    def nearest(self, lng: Any, lat: Any, within_m: float) -> NDArray[np.int64]:
        """Return the nearest area of each point no farther than `within_m` metres.

        Parameters
        ----------
        lng, lat : array_like of float, shape (n,)
            WGS84 degrees; NaN is near nothing.
        within_m : float
            Largest distance, metres.

        Returns
        -------
        ndarray of int64, shape (n,)
            Index of the area (of equally near ones the first code), `OUTSIDE` (-1) for none.
        """
        easting, northing = self._flat(np.asarray(lng, float), np.asarray(lat, float))
        asked = np.flatnonzero(np.isfinite(easting) & np.isfinite(northing))
        east, north = easting[asked], northing[asked]
        around = shapely.box(east - within_m, north - within_m, east + within_m, north + within_m)
        point, area = self._flat_tree.query(around)
        # Areas stand first: prepared, they keep an index of their edges.
        shapes, points = self._flat_tree.geometries[area], shapely.points(east, north)[point]
        distance = shapely.distance(shapes, points)
        order = np.lexsort((area, distance, point))
        order = order[distance[order] <= within_m]
        points_near, first = np.unique(point[order], return_index=True)
        found = np.full(len(easting), OUTSIDE, dtype=np.int64)
        found[asked[points_near]] = area[order][first]
        return found

    def _flat(self, lng: NDArray[np.float64], lat: NDArray[np.float64]) -> Any:
        """Local metres; NaN for points beyond any use of the projection."""
        west, south, east, north = shapely.total_bounds(self.geometry)
        near = (lng > west - 1) & (lng < east + 1) & (lat > south - 1) & (lat < north + 1)
        easting, northing = np.full(len(lng), np.nan), np.full(len(lng), np.nan)
        easting[near], northing[near] = self._projection.transform(lng[near], lat[near])
        return easting, northing

    @cached_property
    def _projection(self) -> Transformer:
        west, south, east, north = shapely.total_bounds(self.geometry)
        return local_projection((west + east) / 2, (south + north) / 2)

    @cached_property
    def _asked(self) -> Shapes:
        return prepare_for_threads(self.geometry)

    @cached_property
    def _raster(self) -> AreaRaster:
        return AreaRaster(self.geometry, self._locate_exactly, outside=OUTSIDE)

    @cached_property
    def _flat_tree(self) -> shapely.STRtree:
        flat = shapely.transform(
            self.geometry, lambda points: np.column_stack(self._flat(points[:, 0], points[:, 1]))
        )
        return shapely.STRtree(prepare_for_threads(flat))


def import_boundaries(
    home: Home,
    file: str | Path,
    *,
    level: Level,
    code_field: str,
    name_field: str,
    district_field: str | None = None,
    population_field: str | None = None,
    population_file: str | Path | None = None,
    crs: str | None = None,
) -> BoundaryReport:
    """Check a vector file and make it the boundaries of a level; earlier versions stay.

    Parameters
    ----------
    home : Home
    file : path
        Any vector file.
    level : {"township", "district"}
    code_field, name_field : str
        Columns that identify and name the areas.
    district_field : str, optional
        Column with each township's district, by code or name. Without it townships lie in the
        imported district that holds their inner point, if districts were imported before.
    population_field : str, optional
        Column of the file, or of `population_file` when one is given.
    population_file : path, optional
        Table with populations by code or name.
    crs : str, optional
        Coordinate system, where the file tells none or a wrong one.

    Raises
    ------
    UnreadableFile, MissingColumn, UnknownCrs
        When a file cannot be read as described.
    InvalidBoundaries
        When areas lack a code, a name or a polygon, share a code, or overlap beyond slivers.
    """
    path = Path(file)
    if level not in LEVELS:
        raise InvalidBoundaries(
            f"unknown level {level!r}: expected {' or '.join(LEVELS)}",
            f"没有“{level}”这个边界级别；应为 {' 或 '.join(LEVELS)}",
        )
    frame = read_vector_file(path, crs)
    codes, names = (text_column(frame, field, path) for field in (code_field, name_field))
    check_codes(codes, names, path.name)
    frame = frame.iloc[np.argsort(codes, kind="stable")]
    codes, names = (text_column(frame, field, path) for field in (code_field, name_field))
    shapes, repaired = repair_polygons(frame.geometry.to_numpy(), codes, names, path.name)
    check_overlaps(shapes, names, path.name)
    population, report = _population(frame, path, codes, names, population_field, population_file)
    given = text_column(frame, district_field, path) if district_field else None
    with home.writing():
        district_codes, district_names = _districts(home, level, shapes, given)
        layer: dict[str, Any] = {"code": codes, "name": names, "district_code": district_codes}
        layer |= {"district_name": district_names, "population": population}
        stored = gpd.GeoDataFrame(layer, geometry=shapes, crs="EPSG:4326")
        version = save_version(home.boundaries, level, stored)
    known = int(sum(code is not None for code in district_codes))
    return BoundaryReport(version, level, len(codes), repaired, report, known)


def load_boundaries(home: Home, level: Level, version: str | None = None) -> Boundaries:
    """Return a version of a level's boundaries, the current one when `version` is None.

    Raises
    ------
    NotFound
        When the level has no such version, or nothing was imported.
    """
    name, frame = read_version(home.boundaries, level, version)
    shapes = frame.geometry.to_numpy()
    return Boundaries(
        version=name,
        codes=_texts(frame["code"]),
        names=_texts(frame["name"]),
        district_codes=_texts(frame["district_code"]),
        district_names=_texts(frame["district_name"]),
        population=frame["population"].to_numpy(dtype=float),
        geometry=shapes,
        areas_km2=polygon_areas_km2(shapes),
    )


def boundary_version(home: Home, level: Level) -> str | None:
    """Return the version of a level's boundaries in use, None when none were imported."""
    return current_version(home.boundaries, level)


def current_boundaries(home: Home, level: Level) -> Boundaries | None:
    """Return a level's boundaries in use, None when none were imported."""
    if boundary_version(home, level) is None:
        return None
    return load_boundaries(home, level)


def current_extent(home: Home) -> Boundaries | None:
    """Return the areas beyond which no case can be: townships in use, else districts."""
    known = (current_boundaries(home, level) for level in LEVELS)
    return next((areas for areas in known if areas is not None), None)


def _population(
    frame: gpd.GeoDataFrame,
    path: Path,
    codes: Texts,
    names: Texts,
    field: str | None,
    table: str | Path | None,
) -> tuple[NDArray[np.float64], PopulationReport]:
    if table is not None:
        return read_population_file(Path(table), codes, names, field)
    unknown = np.full(len(codes), np.nan)
    population = unknown if field is None else number_column(frame, field, path)
    return population, report_population(population, names, field)


def _districts(
    home: Home, level: Level, shapes: Shapes, given: Texts | None
) -> tuple[Texts, Texts]:
    """Code and name of each area's district; None where it is not known."""
    nothing = np.full(len(shapes), None, dtype=object)
    if level == "district":
        return nothing, nothing
    try:
        districts = load_boundaries(home, "district")
    except NotFound:
        return (nothing, nothing) if given is None else (given, given)
    if given is None:
        inner = shapely.point_on_surface(shapes)
        found = districts.locate(shapely.get_x(inner), shapely.get_y(inner))
        codes, names = districts.codes[found], districts.names[found]
        codes[found == OUTSIDE] = names[found == OUTSIDE] = None
        return codes, names
    by_code = dict(zip(districts.codes, districts.names, strict=True))
    by_name = dict(zip(districts.names, districts.codes, strict=True))
    codes = np.array([by_name.get(text, text) for text in given], dtype=object)
    return codes, np.array([by_code.get(code, code) for code in codes], dtype=object)


def _texts(column: Any) -> Texts:
    return np.array([None if pd.isna(value) else value for value in column], dtype=object)


@compiled
def _points_in_boxes(north: Any, bounds: Any, starts: Any, ends: Any) -> Any:
    """Points of each area's strip that lie in its box, and where each area's begin and end."""
    edges = np.zeros(starts.size + 1, dtype=np.int64)
    for area in range(starts.size):
        south, top = bounds[area, 1], bounds[area, 3]
        edges[area + 1] = edges[area]
        for point in range(starts[area], ends[area]):
            edges[area + 1] += south <= north[point] <= top
    points = np.empty(edges[-1], dtype=np.int64)
    place = 0
    for area in range(starts.size):
        south, top = bounds[area, 1], bounds[area, 3]
        for point in range(starts[area], ends[area]):
            if south <= north[point] <= top:
                points[place] = point
                place += 1
    return points, edges
