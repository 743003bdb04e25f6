"""Which known rows an address may mean, and what speaks for each: the features of the pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from geodata.geocoding.address import Address
from geodata.geocoding.index import (
    UNITS,
    UNKNOWN,
    Floats,
    Ints,
    NameIndex,
    hash_text,
    short_area,
    stem_of,
)

FEATURES = (
    "same_road", "same_name", "same_part", "alike", "likeness", "ratio", "same_stem", "closeness",
    "nearest", "same_unit", "same_side", "both_plain", "same_district", "other_district",
    "same_township", "other_township", "same_postcode", "same_key", "second_name",
)  # fmt: skip
_AT = {name: at for at, name in enumerate(FEATURES)}

WINDOW = 40
"""Rows of one name that are looked at on either side of a number."""

ALIKE = 24
"""Groups of names that are looked at where the name is not known."""

FAR_GAP = 2_000.0
"""House numbers between two rows that count as having nothing to do with each other."""

DISTRICT_BONUS = 1.6
"""How much more alike a name counts that lies in the reported district."""

CHUNK = 1_024
_ROAD, _NAME, _PART, _ALIKE = range(4)


@dataclass(frozen=True, eq=False)
class Queries:
    """Addresses asked, ready for look-ups."""

    addresses: list[Address]
    district: Ints
    """Reported district, `UNKNOWN` where none or not in the gazetteer."""
    township: Ints
    """Reported township as an area, `UNKNOWN` likewise."""
    group: Ints
    """What is left out of the gazetteer for each; `UNKNOWN` for nothing."""

    def __len__(self) -> int:
        return len(self.addresses)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of an address and a row that it may mean, sorted by address and row.

    Attributes
    ----------
    query, row, post : ndarray of int64, shape (m,)
    gap : ndarray of float, shape (m,)
        House numbers apart; NaN where one of them has none.
    values : ndarray of float, shape (m, features)
        As `FEATURES` names them; larger speaks for the pair, or against it throughout.
    """

    query: Ints
    row: Ints
    post: Ints
    gap: Floats
    number: Floats
    values: Floats


def read_queries(
    index: NameIndex,
    addresses: Sequence[Address],
    districts: Sequence[str | None],
    townships: Sequence[str | None],
    group: Ints | None = None,
) -> Queries:
    """Join what was reported with what the texts say, as numbers of the index."""
    district = np.full(len(addresses), UNKNOWN, dtype=np.int64)
    township = np.full(len(addresses), UNKNOWN, dtype=np.int64)
    for at, address in enumerate(addresses):
        for name in (districts[at], address.district):
            short = short_area(name)
            if short in index.district_ids:
                district[at] = index.district_ids[short]
                break
        for name in (townships[at], address.township):
            areas = index.area_of_short.get(short_area(name) or "", [])
            if areas:
                township[at] = areas[0]
                break
    none = np.full(len(addresses), UNKNOWN, dtype=np.int64)
    return Queries(list(addresses), district, township, none if group is None else group)


def find_pairs(index: NameIndex, queries: Queries) -> Pairs:
    """Find the rows that each address may mean, and what speaks for them."""
    query, post, number, unit, channel, likeness = _by_name(index, queries)
    keep = _allowed(index, queries, query, post)
    query, post, number, unit, channel, likeness = (
        each[keep] for each in (query, post, number, unit, channel, likeness)
    )
    found = np.zeros(len(queries), dtype=bool)
    here = (queries.district[query] == UNKNOWN) | (
        queries.district[query] == index.district[index.post_row[post]]
    )
    found[query[here]] = True
    more = _by_likeness(index, queries, np.flatnonzero(~found))
    query, post, number, unit, channel, likeness = (
        np.concatenate(both)
        for both in zip((query, post, number, unit, channel, likeness), more, strict=True)
    )
    return _features(index, queries, query, post, number, unit, channel, likeness)


def _allowed(index: NameIndex, queries: Queries, query: Ints, post: Ints) -> NDArray[np.bool_]:
    return queries.group[query] != index.group[index.post_row[post]]


def _by_name(index: NameIndex, queries: Queries) -> tuple[NDArray[np.generic], ...]:
    """Look up every name in an address, and where it is not known the longest known end of it."""
    entries: list[tuple[int, int, float, int, int, float]] = []
    for at, address in enumerate(queries.addresses):
        for part in address.parts:
            number = np.nan if part.number is None else float(part.number)
            unit = UNITS[part.unit]
            name = index.name_ids.get(part.name)
            left_out = name is not None and index.only_group[name] == queries.group[at] != UNKNOWN
            if name is not None and not left_out:
                channel = _ROAD if part.kind == "road" else _NAME
                entries.append((at, name, number, unit, channel, 1.0))
            else:
                for piece in _pieces(index, part.name):
                    entries.append((at, piece, number, unit, _PART, 1.0))
    if not entries:
        return tuple(np.empty(0, dtype=kind) for kind in (int, int, float, int, int, float))
    at, name, number, unit, channel, likeness = (
        np.array(column) for column in zip(*entries, strict=True)
    )
    start, end = _window(index, name, number)
    lengths = end - start
    entry = np.repeat(np.arange(len(at)), lengths)
    offset = np.arange(len(entry)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return (
        at[entry], start[entry] + offset, number[entry], unit[entry], channel[entry],
        likeness[entry],
    )  # fmt: skip


def _pieces(index: NameIndex, name: str) -> list[int]:
    """Return the longest known end and the longest known beginning of a name."""
    found = []
    for start in range(1, len(name) - 2):
        if (end := index.name_ids.get(name[start:])) is not None:
            found.append(end)
            break
    for stop in range(len(name) - 1, 2, -1):
        if (beginning := index.name_ids.get(name[:stop])) is not None:
            found.append(beginning)
            break
    return found


def _window(index: NameIndex, name: Ints, number: Floats) -> tuple[Ints, Ints]:
    """Return which postings of each name to look at: those about the number."""
    first, last = index.post_start[name], index.post_start[name + 1]
    start, end = first.copy(), last.copy()
    for entry in np.flatnonzero(last - first > 2 * WINDOW):
        low, high = first[entry], last[entry]
        if np.isnan(number[entry]):
            at = (low + high) // 2
        else:
            numbers = np.nan_to_num(index.post_number[low:high], nan=np.inf)
            at = low + np.searchsorted(numbers, number[entry])
        start[entry] = max(low, min(at - WINDOW, high - 2 * WINDOW))
        end[entry] = min(high, start[entry] + 2 * WINDOW)
    return start, end


def _by_likeness(
    index: NameIndex, queries: Queries, asked: Ints
) -> tuple[NDArray[np.generic], ...]:
    """Look for names that look like those of an address, near first."""
    names: list[str] = []
    of: list[int] = []
    numbers: list[float] = []
    units: list[int] = []
    for at in asked:
        for part in queries.addresses[at].parts:
            names.append(part.name)
            of.append(int(at))
            numbers.append(np.nan if part.number is None else float(part.number))
            units.append(UNITS[part.unit])
    query, group, part_at, likeness = [], [], [], []
    district = index.district[index.post_row[index.group_post]]
    owner = np.array(of, dtype=np.int64)
    for begin in range(0, len(names), CHUNK):
        scores = (index.pieces(names[begin : begin + CHUNK]) @ index.group_pieces).tocsr()
        scores.sort_indices()
        row = np.repeat(np.arange(scores.shape[0]), np.diff(scores.indptr)) + begin
        allowed = _allowed(index, queries, owner[row], index.group_post[scores.indices])
        row, column, value = row[allowed], scores.indices[allowed], scores.data[allowed]
        ours = queries.district[owner[row]]
        rank = value * np.where((ours == district[column]) & (ours != UNKNOWN), DISTRICT_BONUS, 1.0)
        by = np.lexsort((column, -np.round(rank, 9), row))
        row, column, value = row[by], column[by], value[by]
        starts = np.searchsorted(row, row)
        top = np.arange(len(row)) - starts < ALIKE
        query.append(owner[row[top]])
        part_at.append(row[top])
        group.append(column[top])
        likeness.append(value[top])
    if not query:
        return tuple(np.empty(0, dtype=kind) for kind in (int, int, float, int, int, float))
    which = np.concatenate(part_at)
    return (
        np.concatenate(query), index.group_post[np.concatenate(group)],
        np.array(numbers)[which], np.array(units)[which],
        np.full(len(which), _ALIKE), np.concatenate(likeness),
    )  # fmt: skip


def _features(
    index: NameIndex,
    queries: Queries,
    query: Ints,
    post: Ints,
    number: Floats,
    unit: Ints,
    channel: Ints,
    likeness: Floats,
) -> Pairs:
    row = index.post_row[post]
    values = np.zeros((len(query), len(FEATURES)))

    def put(name: str, value: NDArray[np.generic]) -> None:
        values[:, _AT[name]] = value

    known = channel != _ALIKE
    gap = np.where(known, np.abs(number - index.post_number[post]), np.nan)
    numbered = ~np.isnan(gap)
    closeness = np.where(numbered, -np.log1p(np.minimum(np.nan_to_num(gap), FAR_GAP)), 0.0)
    put("same_road", channel == _ROAD)
    put("same_name", channel == _NAME)
    put("same_part", channel == _PART)
    put("alike", ~known)
    put("likeness", np.where(known, 0.0, likeness))
    put("closeness", np.where(known, np.where(numbered, closeness, -np.log1p(FAR_GAP) / 2), 0.0))
    put("same_unit", numbered & (unit == index.post_unit[post]))
    put(
        "same_side",
        numbered & (np.nan_to_num(number) % 2 == np.nan_to_num(index.post_number[post]) % 2),
    )
    put("both_plain", known & np.isnan(number) & np.isnan(index.post_number[post]))
    ours, theirs = queries.district[query], index.district[row]
    put("same_district", (ours == theirs) & (ours != UNKNOWN))
    put(
        "other_district",
        -((ours != theirs) & (ours != UNKNOWN) & (theirs != UNKNOWN)).astype(float),
    )
    ours, theirs = queries.township[query], index.area[row]
    put("same_township", (ours == theirs) & (ours != UNKNOWN))
    put("other_township", -((ours != theirs) & (ours != UNKNOWN)).astype(float))
    postcode = np.array([hash_text(a.postcode) for a in queries.addresses], dtype=np.int64)
    put("same_postcode", (postcode[query] == index.row_postcode[row]) & (postcode[query] != 0))
    keys = np.array([index.key_ids.get(a.key, UNKNOWN) for a in queries.addresses], dtype=np.int64)
    put("same_key", keys[query] == index.row_key[row])
    _compare_names(index, queries, query, post, ~known, values)
    return _merge(query, row, post, gap, number, values)


def _compare_names(
    index: NameIndex,
    queries: Queries,
    query: Ints,
    post: Ints,
    alike: NDArray[np.bool_],
    values: Floats,
) -> None:
    """Put in how alike names are that are not the same."""
    at = np.flatnonzero(alike)
    if not len(at):
        return
    # The parts of one address are compared as one text: the row's name lies near one of them.
    ours = [queries.addresses[q].parts for q in query[at].tolist()]
    theirs = [index.names[name] for name in index.post_name[post[at]].tolist()]
    joined = ["".join(part.name for part in parts) for parts in ours]
    values[at, _AT["ratio"]] = process.cpdist(joined, theirs, scorer=fuzz.ratio) / 100
    stems: dict[int, set[int]] = {
        q: {hash_text(stem_of(part.name)) for part in queries.addresses[q].parts}
        for q in set(query[at].tolist())
    }
    values[at, _AT["same_stem"]] = [
        stem in stems[q]
        for q, stem in zip(
            query[at].tolist(), index.name_stem[index.post_name[post[at]]].tolist(), strict=True
        )
    ]


def _merge(
    query: Ints, row: Ints, post: Ints, gap: Floats, number: Floats, values: Floats
) -> Pairs:
    """Make one pair of those that join the same address and row by several names."""
    far = np.nan_to_num(gap, nan=np.inf)
    by = np.lexsort((post, far, row, query))
    query, row, post, gap, number, values = (
        each[by] for each in (query, row, post, gap, number, values)
    )
    new = np.ones(len(query), dtype=bool)
    new[1:] = (query[1:] != query[:-1]) | (row[1:] != row[:-1])
    starts = np.flatnonzero(new)
    if len(starts):
        counts = np.diff(np.append(starts, len(query)))
        values = np.maximum.reduceat(values, starts, axis=0)
        values[:, _AT["second_name"]] = counts > 1
    query, row, post, gap, number = (each[starts] for each in (query, row, post, gap, number))
    # Nearest by number among the rows of the same address.
    closeness = np.where(np.isnan(gap), np.inf, gap)
    best = np.full(int(query.max(initial=-1)) + 1, np.inf)
    np.minimum.at(best, query, closeness)
    values[:, _AT["nearest"]] = np.isfinite(closeness) & (closeness == best[query])
    return Pairs(query, row, post, gap, number, values)
