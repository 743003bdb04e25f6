"""Places as analyses see them: columns of one version of the place register.

How a register is imported, changed and merged stands in `geodata.places`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.areas.area_names import AreaNames
from geodata.areas.boundaries import OUTSIDE, Boundaries, current_boundaries
from geodata.areas.boundary_checks import Shapes
from geodata.areas.vector_files import Texts
from geodata.areas.versions import current_version, read_version
from geodata.home import Home

PLACES_LAYER = "places"

LIST_SEPARATOR = "\n"
"""Between the aliases and former codes of a place in a stored version: no name holds it."""


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
        Code of the township: the one that was given, else the one that holds the point; None
        where there is none.
    aliases, former_codes : ndarray of object, shape (n,)
        Tuples of text. A former code is that of a place that was merged into this one.
    addresses, given_townships, districts : ndarray of object, shape (n,)
        Text as the register has it, or None.
    valid_from, valid_to : ndarray of object, shape (n,)
        ISO dates or None: the place takes cases received from the first day on, up to, not
        including, the last.
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
    aliases: Texts = field(default_factory=lambda: np.empty(0, dtype=object))
    former_codes: Texts = field(default_factory=lambda: np.empty(0, dtype=object))
    addresses: Texts = field(default_factory=lambda: np.empty(0, dtype=object))
    given_townships: Texts = field(default_factory=lambda: np.empty(0, dtype=object))
    districts: Texts = field(default_factory=lambda: np.empty(0, dtype=object))
    valid_from: Texts = field(default_factory=lambda: np.empty(0, dtype=object))
    valid_to: Texts = field(default_factory=lambda: np.empty(0, dtype=object))

    def __post_init__(self) -> None:
        """Fill columns that were left out: nothing is known of any place."""
        for name in ("aliases", "former_codes"):
            if len(getattr(self, name)) != len(self):
                object.__setattr__(self, name, _filled(len(self), ()))
        for name in ("addresses", "given_townships", "districts", "valid_from", "valid_to"):
            if len(getattr(self, name)) != len(self):
                object.__setattr__(self, name, _filled(len(self), None))

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.codes)

    def positions(self) -> dict[str, int]:
        """Return the position of each place by its code, and by the codes merged into it."""
        found = {str(code): i for i, codes in enumerate(self.former_codes) for code in codes}
        return found | {str(code): i for i, code in enumerate(self.codes)}


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
    if version is None and current_version(home.places, PLACES_LAYER) is None:
        return None
    name, frame = read_version(home.places, PLACES_LAYER, version)
    return places_of(name, frame, townships or current_boundaries(home, "township"))


def places_of(version: str, frame: gpd.GeoDataFrame, townships: Boundaries | None) -> Places:
    """Return the rows of a version as columns; versions from before a column came lack it."""
    shapes = frame.geometry.to_numpy()
    inner = shapely.point_on_surface(shapes)
    lng, lat = shapely.get_x(inner), shapely.get_y(inner)
    given, districts = text_values(frame, "township"), text_values(frame, "district")
    return Places(
        version=version,
        codes=frame["code"].to_numpy(dtype=object),
        names=frame["name"].to_numpy(dtype=object),
        kinds=text_values(frame, "kind"),
        households=frame["households"].to_numpy(dtype=float),
        population=frame["population"].to_numpy(dtype=float),
        geometry=shapes,
        lng=lng,
        lat=lat,
        township=township_codes(lng, lat, given, districts, townships),
        aliases=list_values(frame, "aliases"),
        former_codes=list_values(frame, "former_codes"),
        addresses=text_values(frame, "address"),
        given_townships=given,
        districts=districts,
        valid_from=text_values(frame, "valid_from"),
        valid_to=text_values(frame, "valid_to"),
    )


def township_codes(
    lng: NDArray[np.float64],
    lat: NDArray[np.float64],
    given: Texts,
    districts: Texts,
    townships: Boundaries | None,
) -> Texts:
    """Return the township of each point: the one given by name or code, else by polygon."""
    if townships is None:
        return _filled(len(lng), None)
    found = townships.locate(lng, lat)
    pairs = list(zip(given, districts, strict=True))
    asked = [pair for pair in dict.fromkeys(pairs) if pair[0] is not None]
    if asked:
        named = AreaNames(townships).find([name for name, _ in asked], [area for _, area in asked])
        known = dict(zip(asked, named.tolist(), strict=True))
        index = np.array([known.get(pair, OUTSIDE) for pair in pairs], dtype=np.int64)
        found = np.where(index != OUTSIDE, index, found)
    codes = townships.codes[found]
    codes[found == OUTSIDE] = None
    return codes


def text_values(frame: pd.DataFrame, name: str) -> Texts:
    """Return a column of texts, None where there is none or the column is missing."""
    if name not in frame:
        return _filled(len(frame), None)
    return np.array([None if pd.isna(value) else value for value in frame[name]], dtype=object)


def list_values(frame: pd.DataFrame, name: str) -> Texts:
    """Return a column of tuples of text."""
    filled = _filled(len(frame), ())
    for i, text in enumerate(text_values(frame, name)):
        if text:
            filled[i] = tuple(str(text).split(LIST_SEPARATOR))
    return filled


def _filled(length: int, value: object) -> Texts:
    values = np.empty(length, dtype=object)
    values.fill(value)
    return values
