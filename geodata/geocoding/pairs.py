"""What speaks for each row that an address may mean: the features of the pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from geodata.geocoding.index import UNKNOWN, Floats, Ints, NameIndex, hash_text, stem_of
from geodata.geocoding.lookups import (
    ASKS,
    LOOKS_ALIKE,
    PART,
    SEAT,
    Hits,
    Queries,
    look_up,
    unknown_names,
)

FEATURES = (
    "same_road", "same_estate", "same_community", "same_locality", "part_of_name", "alike",
    "likeness", "ratio", "same_stem", "seat", "words", "village_words", "closeness",
    "closeness_same_side",
    "relative_closeness", "rank", "nearest", "same_unit", "same_side", "both_plain",
    "same_district", "other_district", "same_township", "other_township", "same_postcode",
    "same_key", "second_name", "around",
)  # fmt: skip
FEATURE = {name: at for at, name in enumerate(FEATURES)}

_SAME = {
    "road": "same_road", "estate": "same_estate", "name": "same_estate",
    "community": "same_community", "locality": "same_locality",
}  # fmt: skip

FAR_GAP = 2_000.0
"""House numbers between two rows that count as having nothing to do with each other."""

LOW_NUMBERS = 20.0
"""Added to house numbers before their ratio is taken, so that 2 and 6 are near each other."""

LAST_RANK = 30
"""Rank that stands for rows without a number."""

VILLAGES = [ASKS.index("community"), ASKS.index("locality")]

LEAST_WORDS = -12.0
"""Log-likelihood below which words do not speak against a township any more."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of an address and a row that it may mean, sorted by address and row.

    Attributes
    ----------
    query, row, post : ndarray of int64, shape (m,)
    gap : ndarray of float, shape (m,)
        House numbers apart; NaN where one of them has none.
    number : ndarray of float, shape (m,)
        House number asked for.
    known : ndarray of bool, shape (m,)
        Whether the row bears a name of the address, not only one that looks like it.
    values : ndarray of float, shape (m, features)
        As `FEATURES` names them. Larger speaks for the pair; what speaks against is negative.
    """

    query: Ints
    row: Ints
    post: Ints
    gap: Floats
    number: Floats
    known: NDArray[np.bool_]
    values: Floats


def find_pairs(index: NameIndex, queries: Queries) -> Pairs:
    """Find the rows that each address may mean, and what speaks for them."""
    hits = look_up(index, queries)
    values = np.zeros((len(hits.query), len(FEATURES)))

    def put(name: str, value: NDArray[np.generic]) -> None:
        values[:, FEATURE[name]] = value

    _put_channels(index, hits, put)
    gap = _put_numbers(index, hits, put)
    _put_reports(index, queries, hits, put)
    _put_names(index, queries, hits, values)
    _put_words(index, queries, hits, values)
    return _merged(index, hits, gap, values)


_Put = Callable[[str, NDArray[np.generic]], None]


def _put_channels(index: NameIndex, hits: Hits, put: _Put) -> None:
    name_kind = np.array([_SAME[kind] for kind in index.name_kind] or ["same_estate"])
    kind = name_kind[index.post_name[hits.post]]
    for feature in sorted(set(_SAME.values())):
        put(feature, (kind == feature) & (hits.channel <= PART))
    put("part_of_name", hits.channel == PART)
    put("alike", hits.channel == LOOKS_ALIKE)
    put("likeness", np.where(hits.channel == LOOKS_ALIKE, hits.likeness, 0.0))
    put("seat", hits.channel == SEAT)


def _put_numbers(index: NameIndex, hits: Hits, put: _Put) -> Floats:
    """Put in how near the house numbers are; returns how far apart they are."""
    known = hits.channel <= PART
    theirs = index.post_number[hits.post]
    gap = np.where(known, np.abs(hits.number - theirs), np.nan)
    numbered = ~np.isnan(gap)
    near = np.where(numbered, -np.log1p(np.minimum(np.nan_to_num(gap), FAR_GAP)), 0.0)
    ours, theirs = np.nan_to_num(hits.number), np.nan_to_num(theirs)
    same_side = numbered & (ours % 2 == theirs % 2)
    ratio = -np.abs(np.log((theirs + LOW_NUMBERS) / (ours + LOW_NUMBERS)))
    put("closeness", np.where(known, np.where(numbered, near, -np.log1p(FAR_GAP) / 2), 0.0))
    put("closeness_same_side", near * same_side)
    put("relative_closeness", np.where(numbered, ratio, 0.0))
    put("same_side", same_side)
    put("same_unit", numbered & (hits.unit == index.post_unit[hits.post]))
    put("both_plain", known & np.isnan(hits.number) & np.isnan(index.post_number[hits.post]))
    return gap


def _put_reports(index: NameIndex, queries: Queries, hits: Hits, put: _Put) -> None:
    """Put in whether district, township, postcode and the whole text agree."""
    row = index.post_row[hits.post]
    for name, ours, theirs in (
        ("district", queries.district[hits.query], index.district[row]),
        ("township", queries.township[hits.query], index.area[row]),
    ):
        told = (ours != UNKNOWN) & (theirs != UNKNOWN)
        put(f"same_{name}", told & (ours == theirs))
        put(f"other_{name}", -(told & (ours != theirs)).astype(float))
    addresses = queries.addresses
    postcode = np.array([hash_text(each.postcode) for each in addresses], dtype=np.int64)
    ours = postcode[hits.query]
    put("same_postcode", (ours == index.row_postcode[row]) & (ours != 0))
    key = np.array([index.key_ids.get(each.key, UNKNOWN) for each in addresses], dtype=np.int64)
    put("same_key", key[hits.query] == index.row_key[row])


def _put_names(index: NameIndex, queries: Queries, hits: Hits, values: Floats) -> None:
    """Put in how alike names are that are not the same."""
    at = np.flatnonzero(hits.channel == LOOKS_ALIKE)
    if not len(at):
        return
    name = index.post_name[hits.post[at]]
    asked = hits.query[at].tolist()
    parts = {query: queries.addresses[query].parts for query in set(asked)}
    joined = {query: "".join(part.name for part in each) for query, each in parts.items()}
    ours = [joined[query] for query in asked]
    theirs = [index.names[each] for each in name.tolist()]
    values[at, FEATURE["ratio"]] = process.cpdist(ours, theirs, scorer=fuzz.ratio) / 100
    stems = {q: {hash_text(stem_of(part.name)) for part in each} for q, each in parts.items()}
    values[at, FEATURE["same_stem"]] = [
        stem in stems[query]
        for query, stem in zip(asked, index.name_stem[name].tolist(), strict=True)
    ]


def _put_words(index: NameIndex, queries: Queries, hits: Hits, values: Floats) -> None:
    """Put in what the words of unknown names say of the townships of the district."""
    at = np.flatnonzero(hits.channel >= LOOKS_ALIKE)
    if not len(at):
        return
    asked, which = np.unique(hits.query[at], return_inverse=True)
    names = ["".join(part.name for part in queries.addresses[query].parts) for query in asked]
    left_out = [unknown_names(index, queries, int(query)) for query in asked]
    likely = index.words.weigh(index.pieces(names), left_out)
    area = index.area[index.post_row[hits.post[at]]]
    value = likely[which, area]
    top = np.full(len(asked), -np.inf)
    np.maximum.at(top, which, value)
    words = np.maximum(value - top[which], LEAST_WORDS)
    villages = np.asarray(queries.asks[:, VILLAGES].any(axis=1))[hits.query[at]]
    values[at, FEATURE["words"]] = words
    values[at, FEATURE["village_words"]] = words * villages


def _merged(index: NameIndex, hits: Hits, gap: Floats, values: Floats) -> Pairs:
    """Make one pair of those that join the same address and row by several names."""
    row = index.post_row[hits.post]
    far = np.nan_to_num(gap, nan=np.inf)
    by = np.lexsort((hits.post, far, hits.channel, row, hits.query))
    hits, row, gap, values = hits.take(by), row[by], gap[by], values[by]
    new = np.ones(len(row), dtype=bool)
    new[1:] = (hits.query[1:] != hits.query[:-1]) | (row[1:] != row[:-1])
    starts = np.flatnonzero(new)
    if len(starts):
        counts = np.add.reduceat((hits.channel <= PART).astype(int), starts)
        values = np.maximum.reduceat(values, starts, axis=0)
        values[:, FEATURE["second_name"]] = counts > 1
    hits, row, gap = hits.take(starts), row[starts], gap[starts]
    _put_ranks(hits.query, gap, values)
    return Pairs(hits.query, row, hits.post, gap, hits.number, hits.channel <= PART, values)


def _put_ranks(query: Ints, gap: Floats, values: Floats) -> None:
    """Put in how many rows of the same address are nearer by number."""
    far = np.nan_to_num(gap, nan=np.inf)
    by = np.lexsort((far, query))
    rank = np.empty(len(query))
    rank[by] = np.arange(len(query)) - np.searchsorted(query[by], query[by])
    numbered = ~np.isnan(gap)
    values[:, FEATURE["rank"]] = np.where(numbered, -np.log1p(rank), -np.log(LAST_RANK))
    least = np.full(int(query.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, query, far)
    values[:, FEATURE["nearest"]] = numbered & (far == least[query])
