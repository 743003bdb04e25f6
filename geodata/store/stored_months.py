"""What the stored rows of a month say, and which of them a file told again.

Rows are known again by their marks (`geodata.row_marks`) or, once they are parsed, by two hashes of
64 bits: of the id, by which the stored row is found, and of what all other columns say. That a
changed row has the mark of one of ten million stored rows has a chance of 2^-40; that, parsed, it
is taken for the stored one of its id has one of 2^-64, that two rows of different ids are taken for
each other one of 2^-128 a pair. Hashes live as long as the import; only marks are kept.
"""

from __future__ import annotations

import functools
import operator
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from geodata.arrays import in_one, typed
from geodata.month_files import PARTITION
from geodata.row_marks import NO_MARK, Marks, read_marks
from geodata.schema import PARSED_SCHEMA, SOURCE_COLUMNS, SOURCE_ROW
from geodata.store.replacing import ROW, number_rows

_TOLD_OTHERWISE = ("case_id", PARTITION)
"""Columns that need no place among those that are compared: rows are found by them."""

_RUNS = 4
"""Runs of rows in the order of the stored ones that are looked for before an index is made."""

_NEVER = -1
"""In place of the row of a file, for stored rows that must not be recognised."""

_MARKED_SHARE = 0.9
"""Of the rows of a month, those with marks that make them worth looking at."""

_SIEVE_BITS = 20
_AT_ONCE = 1 << 16

Hashes = NDArray[np.uint64]
Rows = NDArray[np.int64]


class Listing:
    """Hashes of stored rows in the order of these, and where others stand among them.

    Parameters
    ----------
    hashes : ndarray of uint64

    Examples
    --------
    >>> stored = Listing(np.array([5, 7, 9], dtype=np.uint64))
    >>> stored.find(np.array([9, 1, 5], dtype=np.uint64)).tolist()
    [2, -1, 0]
    """

    def __init__(self, hashes: Hashes) -> None:
        self.hashes = hashes

    def find(self, wanted: Hashes) -> Rows:
        """Return which stored row has each hash, -1 for none.

        A month sent again is mostly the same list, so runs in the stored order are tried first.
        """
        places = np.full(len(wanted), -1)
        start = 0
        for _ in range(_RUNS):
            if start >= len(wanted):
                break
            start += self._follow(wanted[start:], places[start:])
        left = np.flatnonzero(places < 0)
        if left.size and len(self.hashes):
            left = left[np.argsort(wanted[left])]
            at = np.searchsorted(self.hashes, wanted[left], sorter=self._order)
            stored = self._order[np.minimum(at, len(self.hashes) - 1)]
            alike = self.hashes[stored] == wanted[left]
            places[left[alike]] = stored[alike]
        return places

    def _follow(self, wanted: Hashes, places: Rows) -> int:
        """Fill in the places of hashes that stand as those that are stored after the first one do.

        Returns which is the first that does not.
        """
        at = int(np.argmax(self.hashes == wanted[0])) if len(self.hashes) else 0
        there = self.hashes[at : at + len(wanted)]
        alike = there == wanted[: len(there)]
        places[: len(there)][alike] = at + np.flatnonzero(alike)
        return max(1, len(alike) if alike.all() else int(np.argmin(alike)))

    @cached_property
    def _order(self) -> Rows:
        """The stored rows sorted by their hashes, for files in another order."""
        return np.argsort(self.hashes)


class StoredMonth:
    """The stored rows of a month, in their order; may be asked by several threads.

    Parameters
    ----------
    name : str
    files : sequence of (Path, int)
        With their numbers of rows, which are counted through one file after the other.
    columns : sequence of str
        What rows say in them is compared.
    several : ndarray of uint64
        Hashes of the ids whose rows are never recognised.
    reading : int
        Marks of other readings do not count.

    Attributes
    ----------
    source_row : ndarray of int64
        The row of the file that told a stored row again, 0 for none.
    """

    def __init__(
        self,
        name: str,
        files: Sequence[tuple[Path, int]],
        columns: Sequence[str],
        several: Hashes,
        reading: int,
    ) -> None:
        self.name = name
        self.source_row: Rows = np.zeros(sum(rows for _, rows in files), dtype=np.int64)
        self._files, self._columns = [path for path, _ in files], columns
        self._several = np.sort(several)
        marks = _marks_of(files, reading)
        many = np.count_nonzero(marks) >= _MARKED_SHARE * len(marks)
        self._marks = Listing(marks) if many else None
        self._hashes: dict[str, Hashes] = {}
        self._ids = Listing(np.empty(0, dtype=np.uint64))
        self._preparing, self._noting = threading.Lock(), threading.Lock()

    @property
    def is_marked(self) -> bool:
        """Whether nearly all rows have marks."""
        return self._marks is not None

    def prepare(self) -> None:
        """Read what recognising rows needs, which takes a moment; the first that needs it waits."""
        # To compare parsed rows is the usual way only where there are no marks.
        self._read(["ids"] if self.is_marked else ["ids", "said"])

    @property
    def ids(self) -> Listing:
        """Hashes of the ids."""
        self.prepare()
        return self._ids

    @property
    def said(self) -> Hashes:
        """Hashes of what the other columns say."""
        self._read(["ids", "said"])
        return self._hashes["said"]

    def _read(self, names: Sequence[str]) -> None:
        """Read, in one call that leaves Python to others, hashes that were not read yet."""
        with self._preparing:
            missing = [name for name in names if name not in self._hashes]
            if not missing:
                return
            told = {"ids": pl.col("case_id").hash(), "said": _said(self._columns)}
            rows = number_rows(self._files).select(ROW, **{name: told[name] for name in missing})
            read = rows.collect(engine="streaming").sort(ROW)
            hashes = {name: read[name].to_numpy() for name in missing}
            if "ids" in missing:
                self._ids = Listing(hashes["ids"])
                self.source_row[rows_among(hashes["ids"], self._several)] = _NEVER
            self._hashes |= hashes

    def recognise(self, ids: Hashes, said: Hashes, source_row: Rows) -> NDArray[np.bool_]:
        """Note which parsed rows are told again, each stored row once; return which these are."""
        stored = self.ids.find(ids)
        rows = np.flatnonzero(stored >= 0)
        return self._note(stored, rows[self.said[stored[rows]] == said[rows]], source_row)

    def recognise_marks(self, marks: Marks, source_row: Rows) -> NDArray[np.bool_]:
        """As `recognise`, of rows that are not parsed; none where the stored rows have no marks."""
        if self._marks is None:
            return np.zeros(len(marks), dtype=bool)
        if len(self._several):
            self.prepare()
        stored = self._marks.find(marks)
        return self._note(stored, np.flatnonzero((stored >= 0) & (marks != NO_MARK)), source_row)

    def _note(self, stored: Rows, rows: Rows, source_row: Rows) -> NDArray[np.bool_]:
        """Note that some rows told stored ones; return which did so first."""
        found = np.zeros(len(stored), dtype=bool)
        with self._noting:
            rows = rows[self.source_row[stored[rows]] == 0]
            # A row that the file holds twice goes the whole way the second time: of values that
            # are assigned to one place the last one stays.
            self.source_row[stored[rows[::-1]]] = source_row[rows[::-1]]
            found[rows] = self.source_row[stored[rows]] == source_row[rows]
        return found

    def hashes_among(self, hashes: Hashes) -> Hashes:
        """Return those of some sorted hashes that stored ids have."""
        ids = self.ids.hashes
        there: Hashes = np.unique(ids[rows_among(ids, hashes)])
        return there

    def told_among(self, hashes: Hashes) -> Rows:
        """Return the stored rows told again whose ids have one of some sorted hashes."""
        stored = rows_among(self.ids.hashes, hashes)
        return stored[self.source_row[stored] > 0]

    @property
    def told(self) -> NDArray[np.bool_]:
        """Which stored rows were told again, as a mask."""
        return np.asarray(self.source_row > 0)

    def give_back(self, stored: Rows) -> pa.Table:
        """Return stored rows, in their order, as if parsed just now; they are told no longer."""
        rows = self._scan(stored, taken=True).select(SOURCE_COLUMNS).collect()
        numbered = rows.with_columns(pl.Series(SOURCE_ROW, self.source_row[stored]))
        self.source_row[stored] = 0
        return numbered.to_arrow().cast(PARSED_SCHEMA)

    def scan(self) -> pl.LazyFrame:
        """Return the stored rows that were told again, lazily."""
        told = self.told
        taken = bool(2 * np.count_nonzero(told) < len(told))
        return self._scan(np.flatnonzero(told == taken), taken=taken)

    def _scan(self, stored: NDArray[np.integer[Any]], *, taken: bool) -> pl.LazyFrame:
        """Return some rows, or all but these."""
        some = pl.col(ROW).is_in(pl.Series(stored, dtype=pl.UInt32).implode())
        month = pl.lit(self.name).alias(PARTITION)
        return (
            number_rows(self._files).filter(some if taken else ~some).drop(ROW).with_columns(month)
        )

    def who_told(self) -> Iterator[pa.Table]:
        """Return ``case_id, batch`` of the stored rows that were told again, some at a time."""
        told, start = self.told, 0
        for path in self._files:
            for group in _groups(path):
                in_group = told[start : start + group.rows]
                start += group.rows
                if in_group.any():
                    yield group.who_told().filter(pa.array(in_group))


@dataclass(frozen=True)
class _Group:
    """A row group of a file."""

    path: Path
    facts: pq.FileMetaData
    number: int
    rows: int

    def who_told(self) -> pa.Table:
        """Read ``case_id, batch``, the batches as a dictionary."""
        with pq.ParquetFile(self.path, metadata=self.facts, read_dictionary=["batch"]) as file:
            return file.read_row_group(self.number, ["case_id", "batch"], use_threads=False)


def _groups(path: Path) -> list[_Group]:
    facts = pq.read_metadata(path)
    return [
        _Group(path, facts, number, facts.row_group(number).num_rows)
        for number in range(facts.num_row_groups)
    ]


def _marks_of(files: Sequence[tuple[Path, int]], reading: int) -> Marks:
    """Return the marks of the rows of some files; those of another reading are none."""
    found = [np.empty(0, dtype=np.uint64)]
    for path, rows in files:
        read_by, marks = read_marks(path)
        alike = read_by == reading and len(marks) == rows
        found.append(marks if alike else np.full(rows, NO_MARK))
    return np.concatenate(found)


def rows_among(values: Hashes, few: Hashes) -> Rows:
    """Return the places of values that are among a few others, which are sorted.

    Examples
    --------
    >>> values = np.array([7, 1, 5, 1], dtype=np.uint64)
    >>> rows_among(values, np.array([1, 3], dtype=np.uint64)).tolist()
    [1, 3]
    """
    found = [np.empty(0, dtype=np.int64)]
    # Most values fall through a sieve that fits a core's cache and need not be searched for.
    sieve, shift = np.zeros(1 << _SIEVE_BITS, dtype=bool), np.uint64(64 - _SIEVE_BITS)
    sieve[few >> shift] = True
    for start in range(0, len(values) if len(few) else 0, _AT_ONCE):
        block = values[start : start + _AT_ONCE]
        maybe = np.flatnonzero(sieve[(block >> shift).astype(np.int64)])
        at = np.minimum(np.searchsorted(few, block[maybe]), len(few) - 1)
        found.append(start + maybe[few[at] == block[maybe]])
    return np.concatenate(found)


def _said(columns: Sequence[str]) -> pl.Expr:
    """As `said_by`."""
    told = [name for name in columns if name not in _TOLD_OTHERWISE]
    hashes = [pl.col(name).hash(SOURCE_COLUMNS.index(name)) for name in told]
    return functools.reduce(operator.xor, hashes, pl.lit(0, pl.UInt64))


def said_by(rows: pa.Table, columns: Sequence[str]) -> Hashes:
    """Return 64 bits of what each row says in some columns; one that it lacks is blank."""
    said = np.zeros(len(rows), dtype=np.uint64)
    for name in columns:
        if name not in _TOLD_OTHERWISE:
            said ^= _hashes(rows, name)
    return said


def _hashes(rows: pa.Table, name: str) -> Hashes | np.uint64:
    seed, kind = SOURCE_COLUMNS.index(name), PARSED_SCHEMA.field(name).type
    if name not in rows.column_names:
        return np.uint64(pl.Series(typed(pa.nulls(1, kind), _plain(kind))).hash(seed)[0])
    whole = in_one(rows[name])
    hashes: Hashes
    if not pa.types.is_dictionary(whole.type):
        hashes = pl.Series(typed(whole, _plain(kind))).hash(seed).to_numpy()
        return hashes
    # Of texts that repeat each distinct one is hashed once; the last stands for a missing one.
    texts = pa.concat_arrays([whole.dictionary, pa.nulls(1, whole.dictionary.type)])
    hashes = pl.Series(texts).hash(seed).to_numpy()
    if len(texts) == 2 and not whole.null_count:
        return np.uint64(hashes[0])  # every row says the same
    places: Rows = whole.indices.cast(pa.int64()).fill_null(len(texts) - 1).to_numpy()
    return hashes[places]


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
