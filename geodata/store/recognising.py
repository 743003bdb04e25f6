"""Recognise rows that the store has already, before they are placed and staged.

A row is *recognised* where the current row of its case stands in the same month, says the same in
every column that any file had, and is the only delivery of the case with values. It changes nothing
and only bears witness, so neither its place nor a staged copy is needed. Any other row, and any of
which this cannot be told cheaply, goes the whole way and comes to the same end.

Rows are compared by two hashes of 64 bits: of the id, by which the stored row is found, and of what
all other columns say. That a changed row is taken for the stored one of its id has a chance of
2^-64, that two rows of different ids are taken for each other one of 2^-128 a pair: a store would
have to be sent a billion changed rows twenty billion times over to overlook one. Hashes live as
long as the import; none is stored.
"""

from __future__ import annotations

import functools
import operator
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from geodata.arrays import in_one
from geodata.month_files import PARTITION, hash_ids, hashes_of_staged
from geodata.schema import CASE_SCHEMA, PARSED_SCHEMA, SOURCE_COLUMNS, SOURCE_ROW
from geodata.store.replacing import ROW, number_rows

MOST_ROWS = 1 << 23
"""Stored rows that are known at once, 28 bytes each: 235 MB."""

WORTH_KNOWING = 32
"""A month is looked at once a file has brought a row for so many that are stored."""

_TOLD_OTHERWISE = ("case_id", PARTITION)
"""Columns that need no place among those that are compared: rows are found by them."""

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class _StoredMonth:
    """What the stored rows of a month say, and which of them the file told again.

    Attributes
    ----------
    name : str
    files : tuple of Path
        Their rows are counted through, one file after the other.
    ids, said : ndarray of uint64
        Sorted by the hash of the id; only rows that may be recognised.
    position : ndarray of uint32
        Which stored row each is.
    source_row : ndarray of int64
        By stored row: the row of the file that told it again, 0 for none.
    """

    name: str
    files: tuple[Path, ...]
    ids: Hashes
    said: Hashes
    position: NDArray[np.uint32]
    source_row: NDArray[np.int64]

    def recognise(
        self, ids: Hashes, said: Hashes, source_row: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Note which rows are told again, each stored row once; return which rows these are."""
        found = np.zeros(len(ids), dtype=bool)
        if not len(self.ids):
            return found
        order = np.argsort(ids)
        at = np.minimum(np.searchsorted(self.ids, ids[order]), len(self.ids) - 1)
        alike = (self.ids[at] == ids[order]) & (self.said[at] == said[order])
        at, rows = at[alike], order[alike]
        # A row that the file holds twice goes the whole way the second time.
        first = np.ones(len(at), dtype=bool)
        first[1:] = at[1:] != at[:-1]
        stored, rows = self.position[at[first]], rows[first]
        fresh = self.source_row[stored] == 0
        stored, rows = stored[fresh], rows[fresh]
        self.source_row[stored] = source_row[rows]
        found[rows] = True
        return found

    def told_ids(self, hashes: Hashes) -> NDArray[np.uint32]:
        """Return the stored rows told again whose ids have one of some sorted hashes."""
        if not len(self.ids):
            return self.position
        at = np.minimum(np.searchsorted(self.ids, hashes), len(self.ids) - 1)
        stored: NDArray[np.uint32] = np.unique(self.position[at[self.ids[at] == hashes]])
        told: NDArray[np.uint32] = stored[self.source_row[stored] != 0]
        return told

    def give_back(self, stored: NDArray[np.uint32]) -> pa.Table:
        """Return stored rows, in their order, as if parsed just now; they are told no longer."""
        rows = self._scan(stored, taken=True).select(SOURCE_COLUMNS).collect()
        numbered = rows.with_columns(pl.Series(SOURCE_ROW, self.source_row[stored]))
        self.source_row[stored] = 0
        return numbered.to_arrow().cast(PARSED_SCHEMA)

    def scan(self) -> pl.LazyFrame:
        """Return the stored rows that were told again, lazily."""
        told = self.source_row != 0
        taken = bool(2 * np.count_nonzero(told) < len(told))
        return self._scan(np.flatnonzero(told == taken), taken=taken)

    def _scan(self, stored: NDArray[np.integer[Any]], *, taken: bool) -> pl.LazyFrame:
        """Return some rows, or all but these."""
        some = pl.col(ROW).is_in(pl.Series(stored, dtype=pl.UInt32).implode())
        month = pl.lit(self.name).alias(PARTITION)
        return (
            number_rows(self.files).filter(some if taken else ~some).drop(ROW).with_columns(month)
        )


@dataclass(eq=False)
class RowsToldAgain:
    """The rows of one file that the store has already.

    Attributes
    ----------
    folder : Path
        For files that are staged.
    stored : mapping of str to sequence of (Path, int)
        Files of the current rows by month, each with its number of rows; they stay as they are
        while this is in use. Where there are none, no row is recognised.
    columns : tuple of str
        Of `SOURCE_COLUMNS`, those that any file had.
    several : LazyFrame
        ``case_id`` of the cases that have several deliveries with values.
    """

    folder: Path
    stored: Mapping[str, Sequence[tuple[Path, int]]] = field(default_factory=dict)
    columns: tuple[str, ...] = SOURCE_COLUMNS
    several: pl.LazyFrame = field(default_factory=pl.LazyFrame)
    _months: dict[str, _StoredMonth] = field(default_factory=dict)
    _met: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sift(self, cases: pa.Table) -> pa.Table:
        """Note the rows that are recognised and return the others; called from any thread.

        Parameters
        ----------
        cases : pyarrow.Table
            Columns of `geodata.schema.PARSED_SCHEMA`.
        """
        months = in_one(cases[PARTITION]).dictionary_encode()
        codes = months.indices.to_numpy()
        known = [self._known(name, n) for name, n in _counted(months)]
        if not any(known):
            return cases
        ids, said = hash_ids(cases["case_id"]), said_by(cases, self.columns)
        source_row = cases[SOURCE_ROW].to_numpy()
        left = np.ones(len(cases), dtype=bool)
        for code, month in enumerate(known):
            if month is not None:
                rows = np.flatnonzero(codes == code)
                with self._lock:
                    told = month.recognise(ids[rows], said[rows], source_row[rows])
                left[rows[told]] = False
        return cases if left.all() else cases.filter(pa.array(left))

    def give_back(self, staged: Sequence[Path]) -> pa.Table:
        """Return those rows whose id stands in a staged row too; they are recognised no longer.

        Which of several rows of one id counts is decided among whole rows. The columns are those
        of `geodata.schema.PARSED_SCHEMA`.
        """
        if not (months := self._told):
            return PARSED_SCHEMA.empty_table()
        hashes = np.sort(hashes_of_staged(staged))
        twice = [(month, month.told_ids(hashes)) for month in months]
        given = [month.give_back(stored) for month, stored in twice if len(stored)]
        return pa.concat_tables([PARSED_SCHEMA.empty_table(), *given])

    @property
    def months(self) -> list[str]:
        """Months that rows are recognised in."""
        return [month.name for month in self._told]

    def scan(self, batch: str) -> pl.LazyFrame:
        """Return the stored rows as those of a batch, lazily: they say what the file says."""
        empty = pl.LazyFrame(pl.from_arrow(CASE_SCHEMA.empty_table()))
        rows = pl.concat([empty, *(m.scan().select(CASE_SCHEMA.names) for m in self._told)])
        return rows.with_columns(batch=pl.lit(batch))

    def by_month(self) -> Iterator[tuple[str, pl.LazyFrame]]:
        """Return the stored rows of each month, lazily."""
        for month in self._told:
            yield month.name, month.scan()

    @property
    def _told(self) -> list[_StoredMonth]:
        months = (self._months[name] for name in sorted(self._months))
        return [month for month in months if month.source_row.any()]

    @cached_property
    def _several(self) -> Hashes:
        return hash_ids(self.several.collect(engine="streaming")["case_id"].unique())

    def _known(self, name: str, rows: int) -> _StoredMonth | None:
        """Return a month's stored rows, None where knowing them is not worth it or too much."""
        with self._lock:
            self._met[name] += rows
            stored = sum(rows for _, rows in self.stored.get(name, ()))
            if name not in self._months and 0 < stored <= WORTH_KNOWING * self._met[name]:
                at_hand = sum(len(month.source_row) for month in self._months.values())
                if at_hand + stored <= MOST_ROWS:
                    self._months[name] = self._load(name)
            return self._months.get(name)

    def _load(self, name: str) -> _StoredMonth:
        files = tuple(path for path, _ in self.stored[name])
        told = [n for n in self.columns if n not in _TOLD_OTHERWISE]
        hashes = [pl.col(n).hash(SOURCE_COLUMNS.index(n)) for n in told]
        said = functools.reduce(operator.xor, hashes, pl.lit(0, pl.UInt64))
        rows = number_rows(files).select(ROW, ids=pl.col("case_id").hash(), said=said)
        loaded = rows.collect(engine="streaming").sort("ids")
        ids, words, position = (loaded[each].to_numpy() for each in ("ids", "said", ROW))
        kept = ~_among(ids, self._several)
        nothing = np.zeros(len(ids), dtype=np.int64)
        return _StoredMonth(name, files, ids[kept], words[kept], position[kept], nothing)


def _among(values: Hashes, few: Hashes) -> NDArray[np.bool_]:
    """Return which of many sorted values are among a few others."""
    first, end = (np.searchsorted(values, few, side) for side in ("left", "right"))
    steps = np.zeros(len(values) + 1, dtype=np.int64)
    np.add.at(steps, first, 1)
    np.add.at(steps, end, -1)
    return np.asarray(np.cumsum(steps)[:-1] > 0)


def said_by(rows: pa.Table, columns: Sequence[str]) -> Hashes:
    """Return 64 bits of what each row says in some columns."""
    said = np.zeros(len(rows), dtype=np.uint64)
    for name in columns:
        if name not in _TOLD_OTHERWISE:
            said ^= _hashes(rows[name], SOURCE_COLUMNS.index(name))
    return said


def _hashes(column: pa.ChunkedArray, seed: int) -> Hashes:
    whole = in_one(column)
    if not pa.types.is_dictionary(whole.type):
        return pl.Series(whole).hash(seed).to_numpy()
    # Of texts that repeat each distinct one is hashed once; the last stands for a missing one.
    texts = pa.concat_arrays([whole.dictionary, pa.nulls(1, whole.dictionary.type)])
    places = whole.indices.cast(pa.int64()).fill_null(len(texts) - 1).to_numpy()
    hashes: Hashes = pl.Series(texts).hash(seed).to_numpy()[places]
    return hashes


def _counted(months: pa.DictionaryArray) -> list[tuple[str, int]]:
    names = months.dictionary.to_pylist()
    counts = np.bincount(months.indices.to_numpy(), minlength=len(names))
    return list(zip(names, counts.tolist(), strict=True))
