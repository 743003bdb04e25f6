"""Which known rows an address may mean: by its names, by their ends, by names that look alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.geocoding.address import Address
from geodata.geocoding.index import UNITS, UNKNOWN, Floats, Ints, NameIndex, short_area
from geodata.geocoding.words import own_names

WINDOW = 40
"""Rows of one name that are looked at on either side of a number."""

ALIKE = 60
"""Groups of names that are looked at where the name is not known."""

LIKE_A_NAME = 0.5
"""Likeness from which a text without any sign of an address is taken for a known name."""

DISTRICT_BONUS = 1.6
"""How much more alike a name counts that lies in the reported district."""

CHUNK = 1_024

ASKS = ("intersection", "road", "estate", "community", "locality")

NAMED, PART, LOOKS_ALIKE, SEAT = range(4)
"""How a row was found: by its name, by an end of it, by likeness, as a township of the district."""


@dataclass(frozen=True, eq=False)
class Queries:
    """Addresses asked, ready for look-ups.

    Attributes
    ----------
    addresses : list of Address
    district, township : ndarray of int64, shape (n,)
        As reported, in the numbers of the index; `UNKNOWN` where none, or none that is known.
    group : ndarray of int64, shape (n,)
        What is left out of the index for each; `UNKNOWN` for nothing.
    """

    addresses: list[Address]
    district: Ints
    township: Ints
    group: Ints

    def __len__(self) -> int:
        """Return the number of addresses."""
        return len(self.addresses)

    @cached_property
    def asks(self) -> NDArray[np.bool_]:
        """What is asked for, as `ASKS` names it; shape (n, kinds)."""
        rows = [
            (each.intersection, *(any(p.kind == kind for p in each.parts) for kind in ASKS[1:]))
            for each in self.addresses
        ]
        return np.array(rows, dtype=bool).reshape(len(rows), len(ASKS))


@dataclass(frozen=True, eq=False)
class Hits:
    """Postings that were looked up: one row an address, name and posting.

    Attributes
    ----------
    query, post : ndarray of int64, shape (m,)
    number : ndarray of float, shape (m,)
        House number asked for on that name; NaN for none.
    unit, channel : ndarray of int64, shape (m,)
    likeness : ndarray of float, shape (m,)
        Of the names, 0-1.
    """

    query: Ints
    post: Ints
    number: Floats
    unit: Ints
    channel: Ints
    likeness: Floats

    def take(self, keep: NDArray[Any]) -> Hits:
        """Return some of the rows."""
        return Hits(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))

    @classmethod
    def joined(cls, several: Sequence[Hits]) -> Hits:
        """Return all rows of several."""
        names = cls.__dataclass_fields__
        return cls(*(np.concatenate([getattr(each, name) for each in several]) for name in names))

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, float, int, int, float]]) -> Hits:
        """Return hits made of rows."""
        columns = zip(*rows, strict=True) if rows else ((),) * 6
        kinds = (np.int64, np.int64, np.float64, np.int64, np.int64, np.float64)
        arrays: list[Any] = [
            np.array(list(each), dtype=kind) for each, kind in zip(columns, kinds, strict=True)
        ]
        return cls(*arrays)


def read_queries(
    index: NameIndex,
    addresses: Sequence[Address],
    districts: Sequence[str | None],
    townships: Sequence[str | None],
    group: Ints | None = None,
) -> Queries:
    """Join what was reported with what the texts say; the report goes first."""
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
    nothing = np.full(len(addresses), UNKNOWN, dtype=np.int64)
    return Queries(list(addresses), district, township, nothing if group is None else group)


def look_up(index: NameIndex, queries: Queries) -> Hits:
    """Return the postings that each address may mean.

    Names that look alike are asked only where no name of the address is known in the reported
    district.
    """
    hits = _by_name(index, queries)
    hits = hits.take(is_allowed(index, queries, hits.query, hits.post))
    found = np.zeros(len(queries), dtype=bool)
    reported = queries.district[hits.query]
    here = (reported == UNKNOWN) | (reported == index.district[index.post_row[hits.post]])
    found[hits.query[here]] = True
    rest = np.flatnonzero(~found)
    alike = _by_likeness(index, queries, rest)
    vague = np.array([not _is_address(each) for each in queries.addresses], dtype=bool)
    # A text without any sign of an address must look very much like a name to be taken for one.
    alike = alike.take(~vague[alike.query] | (alike.likeness >= LIKE_A_NAME))
    return Hits.joined([hits, alike, _by_seat(index, queries, rest[~vague[rest]])])


def _is_address(address: Address) -> bool:
    """Whether anything in a text is a sign of an address: what a name is, or a number on it."""
    return any(part.kind != "name" or part.number is not None for part in address.parts)


def is_allowed(index: NameIndex, queries: Queries, query: Ints, post: Ints) -> NDArray[np.bool_]:
    """Whether each posting is not among what is left out for the address."""
    return np.asarray(queries.group[query] != index.group[index.post_row[post]])


def unknown_names(index: NameIndex, queries: Queries, query: int) -> tuple[Ints, Ints] | None:
    """Return tokens and townships of a name that is treated as unknown, if there is one."""
    group = queries.group[query]
    for part in queries.addresses[query].parts:
        name = index.name_ids.get(part.name)
        if name is not None and index.only_group[name] == group != UNKNOWN:
            return own_names(index, name)
    return None


def _by_name(index: NameIndex, queries: Queries) -> Hits:
    entries: list[tuple[int, int, float, int, int, float]] = []
    for at, address in enumerate(queries.addresses):
        for part in address.parts:
            number = np.nan if part.number is None else float(part.number)
            unit = UNITS[part.unit]
            name = index.name_ids.get(part.name)
            left_out = name is not None and index.only_group[name] == queries.group[at] != UNKNOWN
            if name is not None and not left_out:
                entries.append((at, name, number, unit, NAMED, 1.0))
            else:
                entries.extend(
                    (at, piece, number, unit, PART, 1.0) for piece in _pieces(index, part.name)
                )
    named = Hits.of(entries)
    start, end = _window(index, named.post, named.number)
    lengths = end - start
    entry = np.repeat(np.arange(len(lengths)), lengths)
    offset = np.arange(len(entry)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    found = named.take(entry)
    return Hits(
        found.query, start[entry] + offset, found.number, found.unit, found.channel, found.likeness
    )


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


def _by_likeness(index: NameIndex, queries: Queries, asked: Ints) -> Hits:
    """Look for names that look like those of an address, those of its district first."""
    parts = [(int(at), part) for at in asked for part in queries.addresses[at].parts]
    owner = np.array([at for at, _ in parts], dtype=np.int64)
    names = [part.name for _, part in parts]
    number = np.array([np.nan if p.number is None else float(p.number) for _, p in parts])
    unit = np.array([UNITS[part.unit] for _, part in parts], dtype=np.int64)
    found = []
    for begin in range(0, len(names), CHUNK):
        part, group, likeness = _most_alike(
            index, queries, owner[begin : begin + CHUNK], names[begin : begin + CHUNK]
        )
        part += begin
        channel = np.full(len(part), LOOKS_ALIKE)
        post = index.group_post[group]
        found.append(Hits(owner[part], post, number[part], unit[part], channel, likeness))
    return Hits.joined(found) if found else Hits.of([])


def _most_alike(
    index: NameIndex, queries: Queries, owner: Ints, names: Sequence[str]
) -> tuple[Ints, Ints, Floats]:
    """Return, for each name, the groups of known names most like it, and how like they are."""
    scores = (index.pieces(names) @ index.group_pieces).tocsr()
    scores.sort_indices()
    row = np.repeat(np.arange(scores.shape[0]), np.diff(scores.indptr))
    allowed = is_allowed(index, queries, owner[row], index.group_post[scores.indices])
    row, column, value = row[allowed], scores.indices[allowed], scores.data[allowed]
    reported = queries.district[owner[row]]
    there = index.district[index.post_row[index.group_post[column]]]
    rank = value * np.where((reported == there) & (reported != UNKNOWN), DISTRICT_BONUS, 1.0)
    by = np.lexsort((column, -np.round(rank, 9), row))
    row, column, value = row[by], column[by], value[by]
    top = np.arange(len(row)) - np.searchsorted(row, row) < ALIKE
    return row[top], column[top].astype(np.int64), value[top]


def _by_seat(index: NameIndex, queries: Queries, asked: Ints) -> Hits:
    """Let every township of the reported district stand for what nobody knows of it."""
    rows = [
        (int(at), int(post), np.nan, 0, SEAT, 0.0)
        for at in asked
        if queries.addresses[at].parts and queries.district[at] != UNKNOWN
        for post in index.seat_posts[int(queries.district[at])]
    ]
    return Hits.of(rows)
