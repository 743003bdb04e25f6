"""The places of a table of cases: what `geodata.locating` asks after it has tried coordinates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from geodata.areas import (
    LEVELS,
    OUTSIDE,
    AreaNames,
    Boundaries,
    Places,
    current_boundaries,
)
from geodata.areas.places import PLACES_LAYER
from geodata.areas.versions import current_version
from geodata.geocoding import Geocoder
from geodata.home import Home
from geodata.places import Decisions, places_of_version, read_decisions
from geodata.placing.by_coordinates import NO_PLACE, NearbyPlaces
from geodata.placing.by_text import Answer, TextPlaces
from geodata.placing.geocoders import register_geocoder
from geodata.placing.texts import TEXT_COLUMNS
from geodata.schema import STORE_RESOLUTION, written_out
from spatial.grid import cells_of_points

Columns = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Placer:
    """Register, geocoder and decisions of a home.

    Attributes
    ----------
    places : Places
    geocoder : callable
        Returns the `Geocoder` of the register; asked only when a case has no coordinates.
    decisions : Decisions
    townships, districts : Boundaries or None
    """

    places: Places
    geocoder: Callable[[], Geocoder]
    decisions: Decisions
    townships: Boundaries | None = None
    districts: Boundaries | None = None

    def place(self, cases: pa.Table, columns: Columns) -> Columns:
        """Return the location columns with the places, and with what texts tell of the unlocated.

        Parameters
        ----------
        cases : pyarrow.Table
        columns : dict
            Location columns, as coordinates and reported names alone give them.
        """
        located = np.asarray(columns["located"], dtype=bool)
        names = [name for name in (*TEXT_COLUMNS, "received_local") if name in cases.column_names]
        texts = pl.DataFrame(pl.from_arrow(written_out(cases.select(names))))
        missing = [pl.lit(None, pl.String).alias(n) for n in TEXT_COLUMNS if n not in names]
        texts = texts.with_columns(missing)
        place = np.full(len(cases), NO_PLACE, dtype=np.int64)
        here = np.flatnonzero(located)
        if here.size:
            lng, lat = (np.asarray(columns[name], dtype=float)[here] for name in ("lng", "lat"))
            named = texts[here.tolist()].select("reported_place", "address", "title")
            place[here] = self._nearby.place(lng, lat, named)
        made = {**columns}
        lost = np.flatnonzero(~located)
        if lost.size:
            answers = self._texts.find(texts[lost.tolist()].select(TEXT_COLUMNS))
            made = self._take_answers(made, lost, answers, place)
        made["place"] = self._codes(place, texts)
        return made

    def _take_answers(
        self, columns: Columns, lost: NDArray[np.int64], answers: list[Answer | None], place: Any
    ) -> Columns:
        """Put what texts tell into the columns; what lies outside the city tells nothing."""
        told = [(row, a) for row, a in zip(lost.tolist(), answers, strict=True) if a is not None]
        if not told:
            return columns
        rows = np.array([row for row, _ in told])
        lng = np.array([answer.lng for _, answer in told])
        lat = np.array([answer.lat for _, answer in told])
        index = self._area_of(lng, lat)
        fine = np.isfinite(lng) & ((index != OUTSIDE) | (self._extent is None))
        parts = _Writable(columns)
        parts.locate(rows[fine], lng[fine], lat[fine])
        for i in np.flatnonzero(fine):
            row, answer = told[i]
            place[row] = self._positions.get(answer.place or "", NO_PLACE)
            parts.say(row, answer.method, answer.level)
        self._take_polygons(parts, rows[fine], index[fine])
        coarse = [told[i] for i in np.flatnonzero(~np.isfinite(lng))]
        self._take_townships(parts, coarse)
        return parts.columns()

    def _take_polygons(
        self, parts: _Writable, rows: NDArray[np.int64], index: NDArray[np.int64]
    ) -> None:
        if self.townships is not None:
            codes, districts = self.townships.codes[index], self.townships.district_codes[index]
            for row, code, district in zip(rows, codes, districts, strict=True):
                parts.township[row], parts.district[row] = code, district or parts.district[row]
        elif self.districts is not None:
            for row, code in zip(rows, self.districts.codes[index], strict=True):
                parts.district[row] = code

    def _take_townships(self, parts: _Writable, told: list[tuple[int, Answer]]) -> None:
        """Give those that only a township is known of that township, where none was reported."""
        if self.townships is None or self._township_names is None or not told:
            return
        names = [answer.township for _, answer in told]
        found = self._township_names.find(names, [None] * len(names))
        for (row, answer), index in zip(told, found, strict=True):
            if parts.township[row] is None and index != OUTSIDE:
                parts.township[row] = self.townships.codes[index]
                parts.district[row] = self.townships.district_codes[index] or parts.district[row]
                parts.township_only[row] = True
                parts.say(row, answer.method, answer.level)
            elif parts.township[row] is not None and answer.level != "township":
                # The township alone was known before: such a text still waits for review.
                parts.say(row, answer.method, answer.level)

    def _codes(self, place: NDArray[np.int64], texts: pl.DataFrame) -> pa.Array:
        """Return the codes of places, null where there is none or none yet at the case's time."""
        kept = place.copy()
        if "received_local" in texts.columns and self._any_validity:
            day = texts["received_local"].dt.strftime("%Y-%m-%d").to_list()
            for row in np.flatnonzero(place != NO_PLACE):
                begins, ends = self.places.valid_from[place[row]], self.places.valid_to[place[row]]
                if (begins and day[row] < begins) or (ends and day[row] >= ends):
                    kept[row] = NO_PLACE
        codes = pa.array(self.places.codes, pa.string())
        return codes.take(pa.array(kept, mask=kept == NO_PLACE))

    @property
    def _extent(self) -> Boundaries | None:
        return self.townships if self.townships is not None else self.districts

    def _area_of(self, lng: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        if self._extent is None:
            return np.full(len(lng), OUTSIDE, dtype=np.int64)
        return self._extent.locate(lng, lat)

    @cached_property
    def _any_validity(self) -> bool:
        return any(self.places.valid_from) or any(self.places.valid_to)

    @cached_property
    def _positions(self) -> dict[str, int]:
        return self.places.positions()

    @cached_property
    def _nearby(self) -> NearbyPlaces:
        return NearbyPlaces(self.places)

    @cached_property
    def _texts(self) -> TextPlaces:
        return TextPlaces(self.geocoder, self.places, self.decisions, self.townships)

    @cached_property
    def _township_names(self) -> AreaNames | None:
        return None if self.townships is None else AreaNames(self.townships)


class _Writable:
    """Location columns in a form that single rows can be written in."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self.lng, self.lat = (np.array(columns[n], dtype=float) for n in ("lng", "lat"))
        self.located = np.array(columns["located"], dtype=bool)
        self.township_only = np.array(columns["township_only"], dtype=bool)
        self.township, self.district = _listed(columns["township"]), _listed(columns["district"])
        self._method = _listed(columns["location_method"])
        self._quality = _listed(columns["location_quality"])

    def locate(
        self, rows: NDArray[np.int64], lng: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> None:
        self.lng[rows], self.lat[rows] = lng, lat
        self.located[rows] = True
        self.township_only[rows] = False

    def say(self, row: int, method: str, quality: str) -> None:
        self._method[row], self._quality[row] = method, quality

    def columns(self) -> Columns:
        cells = cells_of_points(self.lat, self.lng, STORE_RESOLUTION)
        return {
            **self._columns,
            "lng": pa.array(self.lng, mask=~self.located),
            "lat": pa.array(self.lat, mask=~self.located),
            "location_method": self._method,
            "location_quality": self._quality,
            "located": self.located,
            "township_only": self.township_only,
            "cell": pa.array(cells, mask=~self.located),
            "township": self.township,
            "district": self.district,
        }


def _listed(column: Any) -> list[Any]:
    listed: list[Any] = column.to_pylist()
    return listed


def known_placer(home: Home) -> Placer | None:
    """Return what places the cases of a home, None where there is no register."""
    version = current_version(home.places, PLACES_LAYER)
    if version is None:
        return None
    townships, districts = (current_boundaries(home, level) for level in LEVELS)
    places = places_of_version(home, version)
    # A file with coordinates in every row needs no geocoder.
    geocoder = cache(lambda: register_geocoder(home, version))
    return Placer(places, geocoder, read_decisions(home), townships, districts)
