"""One place of the register as a record, and the stored table that records make."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.areas.places import LIST_SEPARATOR

KINDS = ("小区", "村", "道路门牌", "POI", "公共空间")
"""The kinds that pages offer; a file may bring others, which are kept as delivered."""

BY_FILE, BY_HAND = "file", "hand"

EDITABLE = (
    "name", "aliases", "kind", "address", "township", "district", "households", "population",
    "valid_from", "valid_to", "geometry",
)  # fmt: skip
"""Fields of a place that a file or a person may give; the code stays what it is."""

_LISTS = ("aliases", "former_codes", "edited")
_NUMBERS = ("households", "population")

COORDINATE_DIGITS = 4
"""Decimals (about 11 m) of the coordinates that go into a code made from content."""

CODE_DIGITS = 10


@dataclass(frozen=True, eq=False)
class Place:
    """A named location.

    Attributes
    ----------
    code : str
    name : str
    geometry : shapely geometry
        Point or polygon in WGS84 degrees.
    aliases : tuple of str
        Other names and addresses by which it is meant.
    kind, address, township, district : str or None
        As given; the township by name or code.
    households, population : float or None
    valid_from, valid_to : str or None
        ISO dates; the last day is exclusive.
    former_codes : tuple of str
        Codes of the places that were merged into this one.
    origin : {"file", "hand"}
    edited : tuple of str
        Fields that a person has set, which a later import leaves as they are.
    """

    code: str
    name: str
    geometry: shapely.Geometry
    aliases: tuple[str, ...] = ()
    kind: str | None = None
    address: str | None = None
    township: str | None = None
    district: str | None = None
    households: float | None = None
    population: float | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    former_codes: tuple[str, ...] = ()
    origin: str = BY_FILE
    edited: tuple[str, ...] = ()

    @property
    def lng_lat(self) -> tuple[float, float]:
        """A point inside."""
        inner = shapely.point_on_surface(self.geometry)
        return float(inner.x), float(inner.y)

    def plain(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them, the shape as WKT to about a centimetre."""
        values = {name: getattr(self, name) for name in FIELDS}
        values["geometry"] = shapely.to_wkt(self.geometry, rounding_precision=7)
        return {name: list(each) if name in _LISTS else each for name, each in values.items()}

    def fingerprint(self) -> str:
        """Return what the content is called, to tell whether someone changed it meanwhile."""
        text = json.dumps(self.plain(), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


FIELDS = tuple(each.name for each in dataclasses.fields(Place))


def places_from(frame: gpd.GeoDataFrame) -> dict[str, Place]:
    """Return the records of a stored version by code; columns that came later may be missing."""
    names = [name for name in FIELDS if name in frame]
    columns = [frame[name].tolist() for name in names]
    rows = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
    return {row["code"]: Place(**_read(row)) for row in rows}


def frame_of(places: Iterable[Place]) -> gpd.GeoDataFrame:
    """Return the table that is stored, in the order of the codes."""
    ordered = sorted(places, key=lambda place: place.code)
    columns: dict[str, Any] = {}
    for name in FIELDS:
        values: list[Any] = [getattr(place, name) for place in ordered]
        if name in _LISTS:
            values = [LIST_SEPARATOR.join(each) or None for each in values]
        if name in _NUMBERS:
            columns[name] = np.array([math.nan if v is None else v for v in values], dtype=float)
        elif name != "geometry":
            columns[name] = np.array(values, dtype=object)
    shapes = np.array([place.geometry for place in ordered], dtype=object)
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


def merge_texts(*groups: Sequence[str | None]) -> tuple[str, ...]:
    """Return texts in order, each once, told apart as `plain_text` writes them.

    Examples
    --------
    >>> merge_texts(["甲小区", None], ["甲 小区", "乙村"])
    ('甲小区', '乙村')
    """
    kept: dict[str, str] = {}
    for text in (text for group in groups for text in group if text and text.strip()):
        kept.setdefault(plain_text(text), text.strip())
    return tuple(kept.values())


def plain_text(text: str | None) -> str:
    """Fold width, case and spaces.

    Examples
    --------
    >>> plain_text("Ａ座 3 号")
    'a座3号'
    """
    return "".join(unicodedata.normalize("NFKC", text or "").casefold().split())


def make_code(place: Place) -> str:
    """Return the code of a place that was given none: the same content has the same code.

    It is ``p`` and ten digits of a hash of district, township, name and address, and for a place
    without an address of its coordinates to four decimals too. Folding width, case and spaces
    keeps it the same when only those change.

    Examples
    --------
    >>> first = Place("", "甲小区", shapely.Point(116.1, 39.1), address="东路1号")
    >>> make_code(first) == make_code(dataclasses.replace(first, address="东路１号"))
    True
    """
    parts = [plain_text(t) for t in (place.district, place.township, place.name, place.address)]
    if not place.address:
        parts += [f"{value:.{COORDINATE_DIGITS}f}" for value in place.lng_lat]
    return "p" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:CODE_DIGITS]


def _read(row: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in row.items():
        if name in _LISTS:
            read[name] = tuple(value.split(LIST_SEPARATOR)) if isinstance(value, str) else ()
        elif name == "geometry":
            read[name] = value
        else:
            read[name] = None if pd.isna(value) else value
    return read
