"""How many cases each day brings, cut into batches of bounded size, and numbers by counting.

What an incident is about follows from its day and its number in that day by a hash, not from a
generator's state: a report of it in a later batch finds the same place, class and caller without
anything being kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.sample.calendar import Calendar
from geodata.sample.demand import DUPLICATE_SHARE, REPEAT_SHARE, Integers

BATCH_ROWS = 1 << 17
"""Rows that are made and held at once; part of what a seed means, so it never changes."""

Keys = NDArray[np.uint64]

_DAY_BITS = np.uint64(40)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True)
class Batch:
    """Rows made at once: parts of consecutive days of one month.

    Attributes
    ----------
    number : int
    first_row : int
        Rows of the sample before it.
    month : str
    spans : tuple of (day, first, last)
        Rows first ≤ i < last of the day.
    """

    number: int
    first_row: int
    month: str
    spans: tuple[tuple[int, int, int], ...]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(last - first for _, first, last in self.spans)

    def days(self) -> tuple[Integers, Integers]:
        """Return each row's day and its number in the day, in order."""
        sizes = [last - first for _, first, last in self.spans]
        day = np.repeat([day for day, _, _ in self.spans], sizes)
        return day, np.concatenate([np.arange(first, last) for _, first, last in self.spans])


@dataclass(frozen=True)
class Schedule:
    """Cases of every day.

    Attributes
    ----------
    seed : int
    calendar : Calendar
    rows, first_reports : ndarray of int64, shape (days,)
        Cases of each day, and those among them that are the first to tell of something.
    """

    seed: int
    calendar: Calendar
    rows: Integers
    first_reports: Integers

    @classmethod
    def of(cls, calendar: Calendar, cases: int, seed: int) -> Schedule:
        """Deal all cases to the days, by the days' weights; they add up exactly."""
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
        rows = rng.multinomial(cases, calendar.weight)
        again = np.rint(rows * (REPEAT_SHARE + DUPLICATE_SHARE)).astype(np.int64)
        return cls(seed, calendar, rows, rows - again)

    def batches(self) -> Iterator[Batch]:
        """Cut the days into batches of at most `BATCH_ROWS`, none over two months."""
        months = np.datetime_as_string(self.calendar.days, unit="M").tolist()
        number = done = held = 0
        spans: list[tuple[int, int, int]] = []
        month = months[0]
        for day, n in enumerate(self.rows.tolist()):
            for first in range(0, n, BATCH_ROWS):
                last = min(first + BATCH_ROWS, n)
                if spans and (months[day] != month or held + last - first > BATCH_ROWS):
                    yield Batch(number, done, month, tuple(spans))
                    number, done, held, spans = number + 1, done + held, 0, []
                month = months[day]
                spans.append((day, first, last))
                held += last - first
        if spans:
            yield Batch(number, done, month, tuple(spans))

    def generator(self, batch: Batch) -> np.random.Generator:
        """Return the generator of what concerns a batch's own rows alone."""
        sequence = np.random.SeedSequence(self.seed, spawn_key=(2, batch.number))
        return np.random.Generator(np.random.SFC64(sequence))

    def keys(self, day: Integers, number: Integers) -> Keys:
        """Return a key for each incident, by its day and its number in the day."""
        place = (day.astype(np.uint64) << _DAY_BITS) + number.astype(np.uint64)
        start = _mixed(np.full(1, self.seed, dtype=np.uint64))
        return _mixed(place * _GOLDEN + start)


def uniform(keys: Keys, field: int) -> NDArray[np.float64]:
    """Return a number in [0, 1) for each key; another one for each field.

    Examples
    --------
    >>> keys = np.arange(100_000, dtype=np.uint64)
    >>> drawn = uniform(keys, 1)
    >>> bool(abs(drawn.mean() - 0.5) < 0.005), bool((drawn == uniform(keys, 1)).all())
    (True, True)
    >>> bool(abs(np.corrcoef(drawn, uniform(keys, 2))[0, 1]) < 0.02)
    True
    """
    shift = np.full(1, field + 1, dtype=np.uint64) * _GOLDEN
    drawn: NDArray[np.float64] = (_mixed(keys + shift) >> np.uint64(11)).astype(np.float64)
    return drawn * 2.0**-53


def _mixed(keys: Keys) -> Keys:
    """Mix 64 bits well (the finaliser of splitmix64; Steele, Lea & Flood 2014)."""
    keys = (keys ^ (keys >> np.uint64(30))) * _MIX_1
    keys = (keys ^ (keys >> np.uint64(27))) * _MIX_2
    return keys ^ (keys >> np.uint64(31))
