"""The place of a case that has coordinates: the one it lies in, or the only one it can mean.

1. Inside the polygon of one place: that place.
2. Inside several, or within `NEAR_M` of some: the one that the case names (in the place, address or
   title it reports); of several named ones the longest name.
3. Named none: of polygons the smallest; of places around the nearest, if it is alone within
   `NEAR_M` or at most `CLEARLY_NEARER` as far as the next.
4. Else the place that the case reports by its exact name, if it lies within `NAMED_M`.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geodata.areas import Places
from geodata.places.records import plain_text
from geodata.prepared_shapes import prepare_for_threads

NEAR_M = 60.0
"""Gates and road sides lie outside outlines; the same reach as that of points on the map."""

NAMED_M = 300.0
"""How far from a place of a city block's size a report that names it may be pinned."""

CLEARLY_NEARER = 0.5
"""Share of the next one's distance within which the nearest place is unambiguous."""

METRES_PER_DEGREE = 111_195.0
"""Length of a degree of latitude on the mean sphere (6,371,008.8 m)."""

NO_PLACE = -1
Floats = NDArray[np.float64]
Index = NDArray[np.int64]


class NearbyPlaces:
    """The register as seen from coordinates.

    Parameters
    ----------
    places : Places
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        # One latitude scale for the whole register: within a city its error is below a metre.
        middle = float(np.nanmean(places.lat)) if len(places) else 0.0
        self._scale = np.array(
            [METRES_PER_DEGREE * math.cos(math.radians(middle)), METRES_PER_DEGREE]
        )
        flat = shapely.transform(places.geometry, lambda corners: corners * self._scale)
        self._tree = shapely.STRtree(prepare_for_threads(flat))
        # Equal outlines differ in the last digits; of these the first in the register counts.
        self._sizes = np.round(shapely.area(flat), 1)
        self._points = np.column_stack([places.lng, places.lat]) * self._scale

    def place(self, lng: Floats, lat: Floats, named: pl.DataFrame) -> Index:
        """Return the place of each case, `NO_PLACE` where none can be told.

        Parameters
        ----------
        lng, lat : ndarray of float, shape (n,)
            WGS84 degrees, none missing.
        named : DataFrame
            ``reported_place, address, title`` of the cases.
        """
        distinct, back = np.unique(np.column_stack([lng, lat]), axis=0, return_inverse=True)
        back = back.ravel()
        spot, place, distance = self._around(distinct)
        sure, open_spots = self._unambiguous(len(distinct), spot, place, distance)
        found = sure[back]
        if open_spots.any():
            self._ask_names(found, back, open_spots, (spot, place), named)
        unplaced = np.flatnonzero(found == NO_PLACE)
        if unplaced.size:
            flat = np.column_stack([lng[unplaced], lat[unplaced]]) * self._scale
            found[unplaced] = self._by_exact_name(flat, named[unplaced.tolist()])
        return found

    def _around(self, distinct: Floats) -> tuple[Index, Index, Floats]:
        """Return pairs of spot and place within reach, by spot and distance.

        Of a spot that lies inside polygons only these are given.
        """
        points = shapely.points(distinct * self._scale)
        spot, place = self._tree.query(points, predicate="dwithin", distance=NEAR_M)
        distance = shapely.distance(self._tree.geometries[place], points[spot])
        # Of polygons that hold the spot the smallest is the most exact.
        order = np.lexsort((place, np.where(distance == 0, self._sizes[place], 0), distance, spot))
        spot, place, distance = spot[order], place[order], distance[order]
        holds = (distance == 0) & (self._sizes[place] > 0)
        held = np.zeros(len(distinct), dtype=bool)
        held[spot[holds]] = True
        kept = holds | ~held[spot]
        return spot[kept], place[kept], distance[kept]

    def _unambiguous(
        self, n: int, spot: Index, place: Index, distance: Floats
    ) -> tuple[Index, NDArray[np.bool_]]:
        """Return the place of each spot by distance alone, and the spots with several around."""
        sure = np.full(n, NO_PLACE, dtype=np.int64)
        many = np.zeros(n, dtype=bool)
        if not spot.size:
            return sure, many
        first = np.flatnonzero(np.r_[True, spot[1:] != spot[:-1]])
        counts = np.diff(np.r_[first, spot.size])
        many[spot[first]] = counts > 1
        following = np.minimum(first + 1, spot.size - 1)
        inside = (distance[first] == 0) & (self._sizes[place[first]] > 0)
        nearer = distance[first] <= CLEARLY_NEARER * distance[following]
        clear = (counts == 1) | inside | (nearer & (distance[following] > 0))
        sure[spot[first[clear]]] = place[first[clear]]
        return sure, many

    def _ask_names(
        self,
        found: Index,
        back: Index,
        open_spots: NDArray[np.bool_],
        around: tuple[Index, Index],
        named: pl.DataFrame,
    ) -> None:
        """Let what a case names decide between the places around it."""
        spot, place = around
        starts = np.searchsorted(spot, np.arange(len(open_spots)), side="left")
        ends = np.searchsorted(spot, np.arange(len(open_spots)), side="right")
        rows = np.flatnonzero(open_spots[back])
        texts = named[rows.tolist()].select(_folded("reported_place", "address", "title"))
        known: dict[tuple[int, str], int] = {}
        for row, text in zip(rows, texts.to_series().to_list(), strict=True):
            at = int(back[row])
            if (at, text) not in known:
                known[at, text] = self._named_in(text, place[starts[at] : ends[at]])
            if known[at, text] != NO_PLACE:
                found[row] = known[at, text]

    def _named_in(self, text: str, among: Index) -> int:
        """Return which of some places a text names, by the longest of their names."""
        longest, chosen = 0, NO_PLACE
        for place in among.tolist():
            for name in self._names[place]:
                if len(name) > longest and name in text:
                    longest, chosen = len(name), place
        return chosen

    def _by_exact_name(self, flat: Floats, named: pl.DataFrame) -> Index:
        """Return the nearest place that bears the reported name, within `NAMED_M`."""
        asked = named.select(pl.int_range(pl.len()).alias("row"), _folded("reported_place"))
        pairs = asked.join(self._by_name, left_on="text", right_on="name", how="inner")
        found = np.full(len(flat), NO_PLACE, dtype=np.int64)
        if pairs.is_empty():
            return found
        row, place = pairs["row"].to_numpy(), pairs["place"].to_numpy()
        distance = np.hypot(*(flat[row] - self._points[place]).T)
        order = np.lexsort((place, distance, row))
        order = order[distance[order] <= NAMED_M]
        rows, first = np.unique(row[order], return_index=True)
        found[rows] = place[order][first]
        return found

    @cached_property
    def _names(self) -> list[tuple[str, ...]]:
        """Names, aliases and addresses of each place as `plain_text` writes them."""
        columns = zip(self._places.names, self._places.aliases, self._places.addresses, strict=True)
        return [
            tuple(
                folded for text in (name, *aliases, address) if len(folded := plain_text(text)) > 1
            )
            for name, aliases, address in columns
        ]

    @cached_property
    def _by_name(self) -> pl.DataFrame:
        pairs = [(name, i) for i, names in enumerate(self._names) for name in names]
        return pl.DataFrame(pairs, schema={"name": pl.String, "place": pl.Int64}, orient="row")


def _folded(*names: str) -> pl.Expr:
    """Texts as `plain_text` writes them, several parted by a line."""
    whole = pl.concat_str([pl.col(name).fill_null("") for name in names], separator="\n")
    folded = whole.str.normalize("NFKC").str.to_lowercase()
    return folded.str.replace_all(r"[ \t\u3000\u00a0]+", "").alias("text")
