"""Place register: estates, villages and public spaces, as polygons or points, in versions."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.areas.boundaries import OUTSIDE, Boundaries, current_boundaries
from geodata.areas.boundary_checks import Shapes, check_codes
from geodata.areas.vector_files import Texts, number_column, read_vector_file, text_column
from geodata.areas.versions import current_version, read_version, save_version
from geodata.errors import InvalidBoundaries, InvalidPlaces
from geodata.home import Home

LAYER = "places"

_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
_USABLE = (*_POLYGONS, shapely.GeometryType.POINT)


@dataclass(frozen=True)
class PlaceReport:
    """What an import of places did."""

    version: str
    places: int
    polygons: int
    points: int
    repaired: int
    population: int
    """Places whose population is known."""
    outside: int
    """Places in no township; 0 when no townships were imported."""

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON line."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, eq=False)
class Places:
    """Places in the order of their codes.

    Attributes
    ----------
    version : str
    codes, names : ndarray of object, shape (n,)
    kinds : ndarray of object, shape (n,)
        Text, or None.
    households, population : ndarray of float, shape (n,)
        NaN where it is not known.
    geometry : ndarray of object, shape (n,)
        Polygons, multipolygons and points in WGS84 degrees.
    lng, lat : ndarray of float, shape (n,)
        A point inside each place; degrees.
    township : ndarray of object, shape (n,)
        Code of the township that holds that point, None where there is none.
    """

    version: str
    codes: Texts
    names: Texts
    kinds: Texts
    households: NDArray[np.float64]
    population: NDArray[np.float64]
    geometry: Shapes
    lng: NDArray[np.float64]
    lat: NDArray[np.float64]
    township: Texts

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.codes)


def import_places(
    home: Home,
    file: str | Path,
    *,
    code_field: str,
    name_field: str,
    kind_field: str | None = None,
    households_field: str | None = None,
    population_field: str | None = None,
    crs: str | None = None,
) -> PlaceReport:
    """Check a vector file and make it the place register; earlier versions stay.

    Parameters
    ----------
    home : Home
    file : path
        Any vector file of polygons and points.
    code_field, name_field : str
        Columns that identify and name the places.
    kind_field, households_field, population_field : str, optional
        Columns of the kind, and of numbers used as denominators of rates.
    crs : str, optional
        Coordinate system, where the file tells none or a wrong one.

    Raises
    ------
    UnreadableFile, MissingColumn, UnknownCrs
        When the file cannot be read as described.
    InvalidPlaces
        When places lack a code, a name or a usable shape, or share a code.
    """
    path = Path(file)
    frame = read_vector_file(path, crs)
    frame = frame.iloc[np.argsort(_checked_codes(frame, path, code_field, name_field))]
    names = text_column(frame, name_field, path)
    shapes, repaired = _usable_shapes(frame.geometry.to_numpy(), names, path)
    unknown = np.full(len(frame), np.nan)
    layer: dict[str, Any] = {
        "code": text_column(frame, code_field, path),
        "name": names,
        "kind": text_column(frame, kind_field, path) if kind_field else None,
        "households": number_column(frame, households_field, path) if households_field else unknown,
        "population": number_column(frame, population_field, path) if population_field else unknown,
    }
    stored = gpd.GeoDataFrame(layer, geometry=shapes, crs="EPSG:4326")
    with home.writing():
        version = save_version(home.places, LAYER, stored)
    townships = current_boundaries(home, "township")
    polygons = int(np.isin(shapely.get_type_id(shapes), _POLYGONS).sum())
    outside = 0 if townships is None else int(sum(t is None for t in _townships(shapes, townships)))
    return PlaceReport(
        version=version,
        places=len(stored),
        polygons=polygons,
        points=len(stored) - polygons,
        repaired=repaired,
        population=int(stored["population"].notna().sum()),
        outside=outside,
    )


def load_places(
    home: Home, version: str | None = None, townships: Boundaries | None = None
) -> Places | None:
    """Return a version of the place register, None when none was imported.

    Parameters
    ----------
    home : Home
    version : str, optional
        The current one when not given.
    townships : Boundaries, optional
        Boundaries that say in which township a place lies; those in use when not given.

    Raises
    ------
    NotFound
        When there is no such version.
    """
    if version is None and current_version(home.places, LAYER) is None:
        return None
    name, frame = read_version(home.places, LAYER, version)
    shapes = frame.geometry.to_numpy()
    inner = shapely.point_on_surface(shapes)
    return Places(
        version=name,
        codes=frame["code"].to_numpy(dtype=object),
        names=frame["name"].to_numpy(dtype=object),
        kinds=np.array([None if pd.isna(kind) else kind for kind in frame["kind"]], dtype=object),
        households=frame["households"].to_numpy(dtype=float),
        population=frame["population"].to_numpy(dtype=float),
        geometry=shapes,
        lng=shapely.get_x(inner),
        lat=shapely.get_y(inner),
        township=_townships(shapes, townships or current_boundaries(home, "township")),
    )


def _townships(shapes: Shapes, townships: Boundaries | None) -> Texts:
    if townships is None:
        return np.full(len(shapes), None, dtype=object)
    inner = shapely.point_on_surface(shapes)
    found = townships.locate(shapely.get_x(inner), shapely.get_y(inner))
    codes = townships.codes[found]
    codes[found == OUTSIDE] = None
    return codes


def _checked_codes(frame: gpd.GeoDataFrame, path: Path, code_field: str, name_field: str) -> Texts:
    codes, names = (text_column(frame, field, path) for field in (code_field, name_field))
    try:
        check_codes(codes, names, path.name)
    except InvalidBoundaries as error:
        raise InvalidPlaces(error.english, error.chinese) from error
    return codes


def _usable_shapes(shapes: Shapes, names: Texts, path: Path) -> tuple[Shapes, int]:
    """Return valid polygons and points, and how many had to be repaired."""
    usable = shapes.copy()
    invalid = np.flatnonzero(~shapely.is_valid(shapes) & shapely.is_geometry(shapes))
    usable[invalid] = shapely.make_valid(shapes[invalid], method="structure", keep_collapsed=False)
    wrong = ~np.isin(shapely.get_type_id(usable), _USABLE) | shapely.is_empty(usable)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InvalidPlaces(
            f"{path.name}: {names[row]} has no polygon or point",
            f"{path.name}：“{names[row]}”没有面或点的图形",
        )
    return usable, len(invalid)
