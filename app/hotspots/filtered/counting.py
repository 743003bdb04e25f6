"""Counting the kept cases by any two axes, in any of the three measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.cases.facts.table import Month
from app.hotspots.filtered.narrowing import Narrowed
from app.hotspots.filtered.periods import Step, hours_of_week, steps_of_slots
from geodata.counting import CALLERS, INCIDENTS, REPORTS
from spatial._compiled import chunks, on_threads
from spatial.coded_counts import (
    LEFT_OUT,
    Grouping,
    SplitRows,
    add_counts,
    count_distinct,
    pair_groups,
    split_rows,
)

HOURS_A_WEEK = 168

_WHO = {CALLERS: "caller", INCIDENTS: "incident"}
"""Measure → column whose distinct codes it counts."""


class Axis(Protocol):
    """Puts the cases of a month into groups."""

    @property
    def n(self) -> int:
        """Return the number of groups."""

    def grouping(self, month: Month) -> Grouping:
        """Return the groups of a month's cases."""


@dataclass(frozen=True, eq=False)
class CodeAxis:
    """Groups by a table over the codes of a column."""

    column: str
    group: NDArray[np.int32]
    n: int

    def grouping(self, month: Month) -> Grouping:
        """Return the groups of a month's cases."""
        return Grouping(month.columns[self.column], self.group, self.n)


@dataclass(frozen=True)
class TimeAxis:
    """Groups by steps, which do not overlap; the cases of all others are left out."""

    steps: tuple[Step, ...]

    @property
    def n(self) -> int:
        """Return the number of steps."""
        return len(self.steps)

    def grouping(self, month: Month) -> Grouping:
        """Return the groups of a month's cases."""
        return Grouping(month.columns["slot"], steps_of_slots(month, self.steps), self.n)


@dataclass(frozen=True)
class SpanAxis:
    """One group: the cases of all steps."""

    steps: tuple[Step, ...]
    n: int = 1

    def grouping(self, month: Month) -> Grouping:
        """Return the groups of a month's cases."""
        of_slot = np.minimum(steps_of_slots(month, self.steps), 0)
        return Grouping(month.columns["slot"], of_slot, 1)


@dataclass(frozen=True)
class HourAxis:
    """Groups by the hours of the week."""

    n: int = HOURS_A_WEEK

    def grouping(self, month: Month) -> Grouping:
        """Return the groups of a month's cases."""
        return Grouping(month.columns["slot"], hours_of_week(month), self.n)


def every_case() -> CodeAxis:
    """Return the axis with all cases in one group."""
    return CodeAxis("state", np.zeros(3, dtype=np.int32), 1)


def by_state() -> CodeAxis:
    """Return the axis of located, township only and unlocated."""
    return CodeAxis("state", np.arange(3, dtype=np.int32), 3)


Table = tuple[Axis, Axis]
Counts = NDArray[np.int32]
Split = tuple[Month, SplitRows]

CODES_AT_ONCE = 1 << 19
"""Callers or incidents that are counted at once: what is kept of them fits a core's cache."""


def count_tables(narrowed: Narrowed, tables: Sequence[Table], measure: str) -> list[Counts]:
    """Count the kept cases by pairs of axes.

    Parameters
    ----------
    narrowed : Narrowed
    tables : sequence of (Axis, Axis)
    measure : str
        Callers and incidents count once in each pair of groups, so groups need not add up.

    Returns
    -------
    list of ndarray of int32, shape (groups of the first axis, groups of the second)
    """
    months = [month for month in narrowed.facts.months if _concerns(month, tables)]
    if measure == REPORTS:
        return _reports(narrowed, months, tables)
    return _distinct(narrowed, months, tables, _WHO[measure])


def _reports(narrowed: Narrowed, months: list[Month], tables: Sequence[Table]) -> list[Counts]:
    """Count on two threads, each over its own months into its own tables."""
    parts = on_threads([partial(_add_up, narrowed, months[at::2], tables) for at in range(2)])
    return [first + second for first, second in zip(*parts, strict=True)]


def _add_up(narrowed: Narrowed, months: list[Month], tables: Sequence[Table]) -> list[Counts]:
    counts = [np.zeros((first.n, second.n), dtype=np.int32) for first, second in tables]
    for month in months:
        kept = narrowed.keep(month)
        for into, (first, second) in zip(counts, tables, strict=True):
            add_counts(into, kept, first.grouping(month), second.grouping(month))
    return counts


def _distinct(
    narrowed: Narrowed, months: list[Month], tables: Sequence[Table], column: str
) -> list[Counts]:
    """Count a range of codes at a time: what is to be remembered of them stays small."""
    facts = narrowed.facts
    n_codes = facts.n_callers if column == "caller" else facts.n_incidents

    def split(month: Month) -> Split:
        kept, who = narrowed.keep(month), month.columns[column]
        return month, split_rows(kept, who, n_codes, CODES_AT_ONCE)

    splits = list(on_threads([partial(split, month) for month in months]))
    ranges = range(len(chunks(n_codes, CODES_AT_ONCE)))
    parts = on_threads([partial(_distinct_of, splits, tables, number) for number in ranges])
    totals = [np.zeros((first.n, second.n), dtype=np.int32) for first, second in tables]
    for part in parts:
        for total, counts in zip(totals, part, strict=True):
            total += counts.reshape(total.shape)
    return totals


def _distinct_of(splits: list[Split], tables: Sequence[Table], number: int) -> list[Counts]:
    picked = [(month, *rows.of_range(number)) for month, rows in splits]
    who = np.concatenate([np.empty(0, dtype=np.uint32), *(codes for _, _, codes in picked)])
    found = []
    for first, second in tables:
        groups = [
            pair_groups(rows, first.grouping(month), second.grouping(month))
            for month, rows, _ in picked
        ]
        group = np.concatenate([np.empty(0, dtype=np.int32), *groups])
        found.append(count_distinct(group, who, first.n * second.n, CODES_AT_ONCE + 1))
    return found


def _concerns(month: Month, tables: Sequence[Table]) -> bool:
    """Tell whether a month can have cases in any of the tables."""
    return any(
        all((axis.grouping(month).group != LEFT_OUT).any() for axis in table) for table in tables
    )
