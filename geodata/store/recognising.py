"""Recognise rows that the store has already, before they are placed and staged.

A row is *recognised* where the current row of its case stands in the same month, says the same in
every column that any file had, and is the only delivery of the case with values. It changes nothing
and only bears witness, so neither its place nor a staged copy is needed. Rows with a known mark are
recognised before they are parsed. Any other row, and any of which this cannot be told cheaply, goes
the whole way and comes to the same end.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from geodata.arrays import in_one
from geodata.month_files import PARTITION, hash_ids, hashes_of_staged, ids_like
from geodata.row_marks import Marks
from geodata.schema import CASE_SCHEMA, PARSED_SCHEMA, SOURCE_COLUMNS, SOURCE_ROW
from geodata.store.stored_months import Hashes, Rows, StoredMonth, said_by

MOST_ROWS = 1 << 23
"""Stored rows that are known at once, at most 48 bytes each: 403 MB."""

WORTH_KNOWING = 32
"""A month is looked at once a file has brought a row for so many that are stored."""

_WORTH_KNOWING_BESIDE_MARKS = 2
"""The same for rows whose marks are unknown there: most of them are new or changed."""

MOST_MONTHS = 4
"""Months among whose marks rows are looked for: of more, parsing the rows takes no longer."""


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
    reading : int
        Under which the file's rows are marked.
    columns : tuple of str
        Of `SOURCE_COLUMNS`, those that any file had.
    several : LazyFrame
        ``case_id`` of the cases that have several deliveries with values.
    """

    folder: Path
    stored: Mapping[str, Sequence[tuple[Path, int]]] = field(default_factory=dict)
    columns: tuple[str, ...] = SOURCE_COLUMNS
    several: pl.LazyFrame = field(default_factory=pl.LazyFrame)
    reading: int = 0
    _months: dict[str, StoredMonth] = field(default_factory=dict)
    _met: Counter[str] = field(default_factory=Counter)
    _asked: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def expecting(self) -> Iterator[Callable[[Mapping[str, int]], None]]:
        """Give what begins to look at the months that so many rows are of, and returns at once.

        Nothing is looked at any more when this has ended. A month that failed to load is loaded
        again where it is needed, and fails there.
        """
        pool = ThreadPoolExecutor(1)

        def expect(rows: Mapping[str, int]) -> None:
            for month, n in rows.items():
                pool.submit(self._prepare, month, n)

        try:
            yield expect
        finally:
            pool.shutdown(cancel_futures=True)

    def know(self, months: Mapping[str, int], source_row: Rows, marks: Marks) -> NDArray[np.bool_]:
        """Note the rows that are recognised by their marks; return which they are.

        Parameters
        ----------
        months : mapping of str to int
            About how many of the rows are of which month.
        source_row : ndarray of int64
            Numbers of the rows in the file.
        marks : ndarray of uint64
        """
        known = np.zeros(len(marks), dtype=bool)
        for name, n in months.items() if len(months) <= MOST_MONTHS else ():
            month = self._look_at(name, n)
            if month is not None and month.is_marked:
                self._asked.add(name)
                left = np.flatnonzero(~known)
                known[left] = month.recognise_marks(marks[left], source_row[left])
        return known

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
                left[rows[month.recognise(ids[rows], said[rows], source_row[rows])]] = False
        return cases if left.all() else cases.filter(pa.array(left))

    def give_back(self, staged: Sequence[Path]) -> pa.Table:
        """Return those rows whose id stands in a staged row too; they are recognised no longer.

        Which of several rows of one id counts is decided among whole rows. The columns are those
        of `geodata.schema.PARSED_SCHEMA`.
        """
        if not (months := self._told):
            return PARSED_SCHEMA.empty_table()
        hashes = np.sort(hashes_of_staged(staged))
        twice = [(month, month.told_among(hashes)) for month in months]
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

    def who_told(self) -> Iterator[tuple[str, pa.Table]]:
        """Return ``case_id, batch`` of the stored rows of each month, some at a time."""
        for month in self._told:
            for rows in month.who_told():
                yield month.name, rows

    def may_be_stored(self, staged: Sequence[Path]) -> dict[str, pl.Series]:
        """Return for each month that was looked at the staged ids that share their hash with one.

        None of the others is stored there.
        """
        if not self._months:
            return {}
        hashes = np.sort(hashes_of_staged(staged))
        found = {name: month.hashes_among(hashes) for name, month in self._months.items()}
        return {name: ids_like(staged, there) for name, there in sorted(found.items())}

    @property
    def _told(self) -> list[StoredMonth]:
        months = (self._months[name] for name in sorted(self._months))
        return [month for month in months if month.told.any()]

    @cached_property
    def _several(self) -> Hashes:
        return hash_ids(self.several.collect(engine="streaming")["case_id"].unique())

    def _known(self, name: str, rows: int) -> StoredMonth | None:
        """Return a month's stored rows, None where comparing rows with them is not worth it."""
        with self._lock:
            self._met[name] += rows
            met = self._met[name]
        month = self._look_at(name, met)
        if month is None or name not in self._asked:
            return month
        return month if len(month.source_row) <= _WORTH_KNOWING_BESIDE_MARKS * met else None

    def _look_at(self, name: str, rows: int) -> StoredMonth | None:
        """Return a month's stored rows, None where so many rows do not make it worth while."""
        with self._lock:
            stored = sum(rows for _, rows in self.stored.get(name, ()))
            if name not in self._months and 0 < stored <= WORTH_KNOWING * rows:
                at_hand = sum(len(month.source_row) for month in self._months.values())
                if at_hand + stored <= MOST_ROWS:
                    self._months[name] = StoredMonth(
                        name, self.stored[name], self.columns, self._several, self.reading
                    )
            return self._months.get(name)

    def _prepare(self, name: str, rows: int) -> None:
        if (month := self._look_at(name, rows)) is not None:
            month.prepare()


def _counted(months: pa.DictionaryArray) -> list[tuple[str, int]]:
    names = months.dictionary.to_pylist()
    counts = np.bincount(months.indices.to_numpy(), minlength=len(names))
    return list(zip(names, counts.tolist(), strict=True))
