"""Which cases an application speaks of: of the last months, of its window, and in both ledgers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import polars as pl

from app.cases.reach import data_reach
from app.cases.windows import Window
from app.db import Database
from app.hotspots.geography import townships
from app.hotspots.periods import monthly_steps
from app.projects.proactive.models import ProactiveProject
from app.townships.assessment.closing import assessed, assessed_each
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.documents import read_document
from app.townships.assessment.exclusions import count_of_rule
from app.townships.assessment.labelling import matches, placed
from app.townships.assessment.left_out import CLASS_COLUMNS, ExclusionRule, LeftOut
from app.townships.assessment.models import ClosedCycle
from app.townships.assessment.near_points import is_near, points_of
from app.townships.assessment.rules import Ledger, Rules
from app.townships.assessment.sources import Source, source_of_now
from app.townships.assessment.timeline import Timeline
from geodata.home import Home

MONTHS = 12
"""Months that the preview looks back, the newest one with it."""

MOST_CYCLES = 24
"""Cycles of a window that are shown beside one another, the newest."""

POINT, RECEIVED = "point", "received_local"


@dataclass(frozen=True)
class MonthLine:
    """The matching cases of a calendar month, by point and in all."""

    label: str
    by_point: tuple[int, ...]
    total: int


@dataclass(frozen=True)
class Preview:
    """What would have been left out of the months before.

    Attributes
    ----------
    first, last : date
        Days that are counted, both in it.
    months : tuple of MonthLine
        The earliest first. A case near several points is counted at the first of them.
    by_point : tuple of int
    total, township_total : int
        Matching cases, and all of the township.
    """

    first: date
    last: date
    months: tuple[MonthLine, ...]
    by_point: tuple[int, ...]
    total: int
    township_total: int

    @property
    def share(self) -> float | None:
        """Matching cases among all of the township; None where it has none."""
        return self.total / self.township_total if self.township_total else None


@dataclass(frozen=True)
class CycleLine:
    """A township in a cycle, in both ledgers.

    Attributes
    ----------
    cycle : Cycle
    closed, touched : bool
        Whether it is closed, and whether the application's exclusion counts in it.
    raw, assessed : int
        Cases received.
    own : int
        Of these, the ones that the application speaks of.
    """

    cycle: Cycle
    closed: bool
    touched: bool
    raw: int
    assessed: int
    own: int

    @property
    def left_out(self) -> int:
        """Cases that are in the raw ledger alone, for this or another reason."""
        return self.raw - self.assessed


def rule_for(record: ProactiveProject, first: date, last: date) -> ExclusionRule:
    """Return the rule that leaves an application's cases of some days out."""
    paths = tuple(map(tuple, record.paths))
    return ExclusionRule(
        0, "", record.township, paths[0], first, last, paths[1:], points_of(record.points)
    )


def matching_cases(
    home: Home, record: ProactiveProject, first: date, last: date
) -> pl.DataFrame | None:
    """Return the cases that an application speaks of, received on some days.

    Returns
    -------
    DataFrame or None
        ``received_local, class_1, class_2, class_3, point`` (number of the first point that each is
        near); None without cases or boundaries.
    """
    rule = rule_for(record, first, last)
    source = source_of_now(home, LeftOut((rule,)))
    return None if source is None else _matching(home, source, rule)


@lru_cache(maxsize=128)
def _matching(home: Home, source: Source, rule: ExclusionRule) -> pl.DataFrame:
    days = Window(*(datetime.combine(day, time.min) for day in (rule.first, rule.end)))
    near = [pl.when(is_near(each)).then(n) for n, each in enumerate(rule.points)]
    return (
        placed(home, source, Rules().attribution)
        .filter(days.received())
        .filter(matches(rule, townships(home, source.townships)))
        .select(RECEIVED, *CLASS_COLUMNS, pl.coalesce(near).cast(pl.Int32).alias(POINT))
        .collect(engine="streaming")
        .sort(RECEIVED)
    )


def preview(home: Home, record: ProactiveProject) -> Preview | None:
    """Count the matching cases of the last months by month and point; None without any cases."""
    reach = data_reach(home)
    if reach is None:
        return None
    last = reach.newest.date()
    first = max(_months_before(last, MONTHS - 1), reach.first.date())
    found = matching_cases(home, record, first, last)
    whole = replace(rule_for(record, first, last), classes=(), also=(), points=())
    of_township = count_of_rule(home, whole)
    if found is None or of_township is None:
        return None
    n = len(record.points)
    months = []
    for step in monthly_steps(first, last + timedelta(days=1)):
        part = found.filter(pl.col(RECEIVED).dt.date().is_between(step.start, step.end, "left"))
        months.append(MonthLine(step.label, _by_point(part, n), part.height))
    return Preview(first, last, tuple(months), _by_point(found, n), found.height, of_township)


def ledgers(
    home: Home, database: Database, over_time: Timeline, record: ProactiveProject
) -> tuple[CycleLine, ...]:
    """Return the township in both ledgers, in each month of assessment that the window touches.

    Nothing before there are data of the window.
    """
    reach = data_reach(home)
    if reach is None or reach.newest.date() < record.window_start:
        return ()
    last = min(record.window_end, reach.newest.date())
    cycles = [
        each
        for each in over_time.cycles_between(record.window_start, last + timedelta(days=1), "month")
        if each.end_day > reach.first.date()
    ][-MOST_CYCLES:]
    own = matching_cases(home, record, record.window_start, record.window_end)
    if own is None or not cycles:
        return ()
    assessed_each(home, database, over_time, cycles)  # counts all that are open in one scan
    return tuple(_line(home, database, over_time, record, each, own) for each in cycles)


def _line(
    home: Home,
    database: Database,
    over_time: Timeline,
    record: ProactiveProject,
    cycle: Cycle,
    own: pl.DataFrame,
) -> CycleLine:
    counts: dict[Ledger, int] = {}
    closed: ClosedCycle | None = None
    ledgers: tuple[Ledger, ...] = ("raw", "assessed")
    for ledger in ledgers:
        found = assessed(home, database, over_time, cycle.id, _asked(ledger))
        lines = found.board.lines if found.board else ()
        counts[ledger] = next((each.cases for each in lines if each.code == record.township), 0)
        closed = found.closed
    window = cycle.window
    mine = own.filter(pl.col(RECEIVED).is_between(window.start, window.end, "left")).height
    touched = record.exclusion_id is not None and (
        closed is None or record.exclusion_id in _left_out_in(closed)
    )
    return CycleLine(cycle, closed is not None, touched, counts["raw"], counts["assessed"], mine)


def _asked(ledger: Ledger) -> Callable[[Rules], Rules]:
    return lambda rules: replace(rules, ledger=ledger)


def _left_out_in(closed: ClosedCycle) -> set[int]:
    rules = read_document(closed.document).inputs.source.left_out.exclusions
    return {rule.id for rule in rules}


def _by_point(cases: pl.DataFrame, n: int) -> tuple[int, ...]:
    found = dict(cases[POINT].value_counts().rows())
    return tuple(int(found.get(at, 0)) for at in range(n))


def _months_before(day: date, months: int) -> date:
    """Return the first day of the month that lies so many months before a day's."""
    ordinal = day.year * 12 + day.month - 1 - months
    return date(ordinal // 12, ordinal % 12 + 1, 1)
