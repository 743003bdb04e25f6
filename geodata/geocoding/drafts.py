"""One answer an address from its pairs: township by votes, point by the rows that weigh most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.geocoding.index import UNKNOWN, Floats, Ints, NameIndex
from geodata.geocoding.lookups import ASKS
from geodata.geocoding.model import linear, shares
from geodata.geocoding.pairs import FEATURE, Pairs

BETWEEN_AT_MOST = 1_500.0
"""Metres between two known numbers within which a number between them is interpolated."""

NOWHERE = 20_000.0
"""Metres that stand for a spread that is not known."""

MEASURES = (
    "certainty", "margin", "spread", "between", "is_between", "gap", "numbered", "rows",
    "same_road", "same_estate", "same_community", "same_locality", "part_of_name", "alike",
    "likeness", "ratio", "seat", "words", "unsure", "rank", "around",
    "same_district", "other_district",
    "same_township", "same_postcode", "same_key", "areas",
    "certainty_squared", *(f"asks_{kind}" for kind in ASKS),
)  # fmt: skip
"""What the certainty of an answer is judged by."""


@dataclass(frozen=True, eq=False)
class Drafts:
    """The best answer to each address, before it is decided whether it is good enough.

    Attributes
    ----------
    area : ndarray of int64, shape (n,)
        Township, `UNKNOWN` where nothing was found at all.
    pair : ndarray of int64, shape (n,)
        The pair whose row is the best match in that township; `UNKNOWN` likewise.
    easting, northing : ndarray of float, shape (n,)
        NaN where no name of the address is known.
    measures : ndarray of float, shape (n, measures)
        As `MEASURES` names them.
    """

    area: Ints
    pair: Ints
    easting: Floats
    northing: Floats
    measures: Floats
    share: Floats
    """Of the pairs: how likely each row is the one meant, adding up to 1 for an address."""


def likely_points(
    index: NameIndex, pairs: Pairs, n: int, point_weights: Floats
) -> tuple[Floats, Floats]:
    """Return a first guess of each point, whatever the township; NaN where no name is known."""
    near = shares(linear(pairs.values, point_weights), pairs.query, n)
    pair = _heaviest(pairs.query, near * np.where(pairs.known, 1.0, 1e-9), n)
    east, north, _ = _points(index, pairs, pair, n)
    unknown = np.ones(n, dtype=bool)
    has = pair != UNKNOWN
    unknown[has] = ~pairs.known[pair[has]]
    east[unknown] = north[unknown] = np.nan
    return east, north


def draft_answers(
    index: NameIndex, pairs: Pairs, n: int, area_weights: Floats, point_weights: Floats,
    asks: NDArray[np.bool_],
) -> Drafts:  # fmt: skip
    """Choose township and point for each of `n` addresses."""
    share = shares(linear(pairs.values, area_weights), pairs.query, n)
    area, mass, second = _vote(index, pairs, share, n)
    near = shares(linear(pairs.values, point_weights), pairs.query, n)
    inside = index.area[pairs.row] == area[pairs.query]
    known = pairs.known
    weight = near * np.where(inside, 1.0, 1e-6) * np.where(known, 1.0, 1e-9)
    pair = _heaviest(pairs.query, weight, n)
    east, north, between = _points(index, pairs, pair, n)
    _cross(index, pairs, asks[:, 0], known, east, north)
    has = pair != UNKNOWN
    pointed = np.zeros(n, dtype=bool)
    pointed[has] = known[pair[has]] & ~index.is_seat[pairs.row[pair[has]]]
    spread = _spread(index, pairs, near * known, east, north, n)
    measures = _measures(index, pairs, pair, n, mass, second, spread, between, inside & known, asks)
    east[~pointed] = north[~pointed] = np.nan
    return Drafts(area, pair, east, north, measures, share)


def _vote(index: NameIndex, pairs: Pairs, share: Floats, n: int) -> tuple[Ints, Floats, Floats]:
    """Return the township with the largest share of each address, its share and the next one's."""
    n_areas = len(index.area_names) + 1
    ballots, ballot = np.unique(pairs.query * n_areas + index.area[pairs.row], return_inverse=True)
    votes = np.bincount(ballot, share, minlength=len(ballots))
    query, area = np.divmod(ballots, n_areas)
    by = np.lexsort((area, -np.round(votes, 12), query))
    query, area, votes = query[by], area[by], votes[by]
    first = np.searchsorted(query, np.arange(n))
    last = np.searchsorted(query, np.arange(n), side="right")
    top, mass, second = np.full(n, UNKNOWN), np.zeros(n), np.zeros(n)
    some, more = first < last, first + 1 < last
    top[some], mass[some] = area[first[some]], votes[first[some]]
    second[more] = votes[first[more] + 1]
    return top, mass, second


def _heaviest(query: Ints, weight: Floats, n: int) -> Ints:
    by = np.lexsort((np.arange(len(query)), -weight, query))
    first = np.searchsorted(query[by], np.arange(n))
    found = np.full(n, UNKNOWN, dtype=np.int64)
    some = np.isin(np.arange(n), query)
    found[some] = by[first[some]]
    return found


def _points(index: NameIndex, pairs: Pairs, pair: Ints, n: int) -> tuple[Floats, Floats, Floats]:
    """Return the point of the best row, or one between its road's nearest numbers on both sides."""
    east, north, between = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    has = np.flatnonzero(pair != UNKNOWN)
    east[has], north[has] = (
        index.easting[pairs.row[pair[has]]],
        index.northing[pairs.row[pair[has]]],
    )
    name = np.full(n, UNKNOWN)
    name[has] = index.post_name[pairs.post[pair[has]]]
    number = index.post_number[pairs.post]
    usable = (index.post_name[pairs.post] == name[pairs.query]) & ~np.isnan(pairs.gap)
    same = np.zeros(n, dtype=bool)
    same[has] = pairs.gap[pair[has]] == 0
    ends = []
    for side in (number <= pairs.number, number >= pairs.number):
        at = np.flatnonzero(usable & side)
        ends.append(_heaviest_of(pairs.query[at], -pairs.gap[at], at, n))
    low, high = ends
    both = np.flatnonzero((low != UNKNOWN) & (high != UNKNOWN) & ~same)
    low, high = low[both], high[both]
    rows_low, rows_high = pairs.row[low], pairs.row[high]
    apart = np.hypot(
        index.easting[rows_low] - index.easting[rows_high],
        index.northing[rows_low] - index.northing[rows_high],
    )
    between[both] = apart
    fine = apart <= BETWEEN_AT_MOST
    both, low, high = both[fine], low[fine], high[fine]
    part = pairs.gap[low] / np.maximum(pairs.gap[low] + pairs.gap[high], 1.0)
    for target, values in ((east, index.easting), (north, index.northing)):
        target[both] = values[pairs.row[low]] * (1 - part) + values[pairs.row[high]] * part
    return east, north, between


def _heaviest_of(query: Ints, weight: Floats, at: Ints, n: int) -> Ints:
    found = _heaviest(query, weight, n)
    found[found != UNKNOWN] = at[found[found != UNKNOWN]]
    return found


def _cross(
    index: NameIndex, pairs: Pairs, crossing: NDArray[np.bool_], known: NDArray[np.bool_],
    east: Floats, north: Floats,
) -> None:  # fmt: skip
    """Put an intersection where its two roads come nearest to each other."""
    for query in np.flatnonzero(crossing).tolist():
        start, end = np.searchsorted(pairs.query, [query, query + 1])
        at = np.arange(start, end)[known[start:end]]
        names = index.post_name[pairs.post[at]]
        roads = np.unique(names)
        if len(roads) < 2:
            continue
        first, second = (pairs.row[at[names == road]] for road in roads[:2])
        apart = np.hypot(
            index.easting[first][:, None] - index.easting[second],
            index.northing[first][:, None] - index.northing[second],
        )
        one, other = np.unravel_index(int(np.argmin(apart)), apart.shape)
        east[query] = (index.easting[first[one]] + index.easting[second[other]]) / 2
        north[query] = (index.northing[first[one]] + index.northing[second[other]]) / 2


def _spread(
    index: NameIndex, pairs: Pairs, weight: Floats, east: Floats, north: Floats, n: int
) -> Floats:
    """Return how far the rows that may be meant lie from the point, on average by their weight."""
    off = np.hypot(
        index.easting[pairs.row] - east[pairs.query], index.northing[pairs.row] - north[pairs.query]
    )
    total = np.bincount(pairs.query, weight, minlength=n)
    mean = np.bincount(pairs.query, weight * np.nan_to_num(off), minlength=n)
    return np.where(total > 0, mean / np.maximum(total, 1e-300), NOWHERE)


def _measures(
    index: NameIndex, pairs: Pairs, pair: Ints, n: int, mass: Floats, second: Floats,
    spread: Floats, between: Floats, voters: NDArray[np.bool_], asks: NDArray[np.bool_],
) -> Floats:  # fmt: skip
    found = np.zeros((n, len(MEASURES)))
    has = np.flatnonzero(pair != UNKNOWN)
    best = pair[has]

    def put(name: str, values: Floats) -> None:
        found[has, MEASURES.index(name)] = values

    put("certainty", np.log((mass[has] + 0.005) / (1.005 - mass[has])))
    put("unsure", found[has, 0] * ~pairs.known[best])
    put("certainty_squared", found[has, 0] ** 2)
    put("margin", (mass - second)[has])
    put("spread", np.log1p(spread[has]))
    put("is_between", ~np.isnan(between[has]))
    put("between", np.log1p(np.nan_to_num(between[has])))
    put("numbered", ~np.isnan(pairs.gap[best]))
    put("gap", np.log1p(np.nan_to_num(pairs.gap[best])))
    put("rows", np.log1p(np.bincount(pairs.query[voters], minlength=n)[has]))
    for at, kind in enumerate(ASKS):
        put(f"asks_{kind}", asks[has, at])
    areas = np.unique(pairs.query * (len(index.area_names) + 1) + index.area[pairs.row])
    put("areas", np.log(np.bincount(areas // (len(index.area_names) + 1), minlength=n)[has]))
    for name in MEASURES:
        if name in FEATURE:
            put(name, pairs.values[best, FEATURE[name]])
    return found
