"""Lists of values in which each keeps its place for good, so that a code once given stays right."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geodata.arrays import in_one

Entry = tuple[str | None, ...]

_TABLE_SIZE = 1 << 22
"""Possible numbers up to which a table of them all is made."""


class Words:
    """The entries of one column of codes; new ones are put at the end.

    Parameters
    ----------
    entries : sequence of tuple of str or None
        As they were kept; the first is that of no value.
    width : int
        Texts of an entry.
    """

    def __init__(self, entries: Sequence[Entry], width: int) -> None:
        self.entries: list[Entry] = list(entries) or [(None,) * width]
        self._places = {entry: place for place, entry in enumerate(self.entries)}

    def encode(self, columns: Sequence[pa.ChunkedArray]) -> NDArray[np.uint32]:
        """Return the code of each row's texts, which are dictionaries of Arrow."""
        coded = [in_one(column) for column in columns]
        lists: list[list[str | None]] = [[None, *each.dictionary.to_pylist()] for each in coded]
        mixed = np.zeros(len(coded[0]), dtype=np.int64)
        for texts, each in zip(lists, coded, strict=True):
            mixed = mixed * len(texts) + each.indices.cast(pa.int64()).fill_null(-1).to_numpy() + 1
        distinct, of_row = _distinct(mixed, math.prod(map(len, lists)))
        codes = [self._place(_entry(int(number), lists)) for number in distinct]
        found: NDArray[np.uint32] = np.array(codes, dtype=np.uint32)[of_row]
        return found

    def _place(self, entry: Entry) -> int:
        place = self._places.setdefault(entry, len(self.entries))
        if place == len(self.entries):
            self.entries.append(entry)
        return place


class Numbers:
    """Whole numbers of 64 bits in the order in which they were met; code 0 is none of them.

    Parameters
    ----------
    values : ndarray
        As they were kept.
    """

    def __init__(self, values: NDArray[np.int64]) -> None:
        self._parts = [values]
        self._sorted = np.sort(values)
        self._codes = (np.argsort(values) + 1).astype(np.uint32)

    @property
    def values(self) -> NDArray[np.int64]:
        """All of them, the one with code 1 first."""
        return np.concatenate(self._parts)

    def encode(self, values: NDArray[np.int64], missing: NDArray[np.bool_]) -> NDArray[np.uint32]:
        """Return the code of each value, 0 where it is missing."""
        codes = np.zeros(values.size, dtype=np.uint32)
        distinct, of_row = np.unique(values[~missing], return_inverse=True)
        self._add(distinct)
        codes[~missing] = self._codes[np.searchsorted(self._sorted, distinct)][of_row]
        return codes

    def _add(self, distinct: NDArray[np.int64]) -> None:
        at = np.searchsorted(self._sorted, distinct)
        there = at < self._sorted.size
        there[there] = self._sorted[at[there]] == distinct[there]
        new = distinct[~there]
        codes = np.arange(new.size, dtype=np.uint32) + np.uint32(self._sorted.size + 1)
        self._sorted = np.insert(self._sorted, at[~there], new)
        self._codes = np.insert(self._codes, at[~there], codes)
        self._parts.append(new)


def _distinct(
    numbers: NDArray[np.int64], below: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As `numpy.unique` with inverse; of few possible numbers a table is quicker than sorting."""
    if below > _TABLE_SIZE:
        return np.unique(numbers, return_inverse=True)
    met = np.zeros(below, dtype=bool)
    met[numbers] = True
    return np.flatnonzero(met), (np.cumsum(met) - 1)[numbers]


def _entry(number: int, lists: list[list[str | None]]) -> Entry:
    texts: list[str | None] = []
    for each in reversed(lists):
        number, place = divmod(number, len(each))
        texts.append(each[place] or None)
    return tuple(reversed(texts))
