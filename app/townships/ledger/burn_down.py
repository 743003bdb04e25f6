"""Open items by half-month, against the course that their due days plan."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from app.accounts.access import Access
from app.succession import lineage
from app.townships.assessment.cycles import Calendar, Cycle, cycles_between
from app.townships.governing.models import CLOSED, VERIFIED, ListItem
from app.townships.ledger.asking import LedgerQuery, conditions, not_cancelled
from app.townships.ledger.listing import joined
from app.translation import _

MOST_HALF_MONTHS = 48
"""Of a chart: two years, the newest and what is to come within a year."""

YEAR_DAYS = 366


@dataclass(frozen=True)
class BurnDown:
    """How many items were open at the end of each half-month.

    Attributes
    ----------
    halves : tuple of Cycle
        The half-months; that of today too.
    open : tuple of int or None
        None for half-months after today's.
    planned : tuple of int
        Those without a due day, and those due later.
    """

    halves: tuple[Cycle, ...]
    open: tuple[int | None, ...]
    planned: tuple[int, ...]

    @property
    def labels(self) -> list[str]:
        """Return how the chart names each half-month."""
        return [_named(half) for half in self.halves]


def burn_down(access: Access, asked: LedgerQuery, today: date) -> BurnDown | None:
    """Return the course of the items that are asked for, the cancelled ones left out.

    All items count from the beginning. One is done from the day on which it was verified, of those
    that were closed since from that day: the record keeps no other. None where no item has any day.
    """
    where = conditions(access, asked, lineage(access.database), today)
    done_on = case(
        (ListItem.state == VERIFIED, ListItem.since),
        (ListItem.state == CLOSED, ListItem.closed_on),
    )
    with access.database.session() as session:
        due, done = (
            [(day, int(n)) for day, n in session.execute(_by_day(each, where))]
            for each in (ListItem.due_on, done_on)
        )
    return course(_days(due), _days(done), sum(n for _day, n in due), today)


def course(due: Sequence[date], done: Sequence[date], total: int, today: date) -> BurnDown | None:
    """Return the course of some items.

    Parameters
    ----------
    due, done : sequence of date
        A day for each item that has one.
    total : int
        All of them.
    today : date
        Nothing is told of what was open later.

    Examples
    --------
    >>> due = [date(2025, 1, 10), date(2025, 2, 3)]
    >>> found = course(due, [date(2025, 1, 20)], 3, date(2025, 2, 1))
    >>> found.planned, found.open
    ((3, 2, 2, 1), (3, 3, 2, 2))
    """
    days = sorted([*due, *done])
    if not days:
        return None
    first = min(max(days[0], today - timedelta(days=YEAR_DAYS)), today)
    last = max(min(days[-1], today + timedelta(days=YEAR_DAYS)), today)
    calendar = Calendar()
    begin = calendar.cycle_of_day(first, "half_month").previous.first_day
    halves = list(cycles_between(begin, last + timedelta(days=1), "half_month", calendar))
    halves = halves[-MOST_HALF_MONTHS:]
    dues, dones = sorted(due), sorted(done)
    return BurnDown(
        tuple(halves),
        tuple(
            total - bisect_right(dones, min(half.last_day, today))
            if half.first_day <= today
            else None
            for half in halves
        ),
        tuple(total - bisect_right(dues, half.last_day) for half in halves),
    )


def _by_day(day: Any, where: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Count items by a day of theirs."""
    days = joined(select(day.label("day")).select_from(ListItem))
    kept = days.where(*where, not_cancelled()).subquery()
    return select(kept.c.day, func.count()).group_by(kept.c.day)


def _days(counted: Sequence[tuple[date | None, int]]) -> list[date]:
    return [day for day, n in counted if day is not None for _ in range(n)]


def _named(half: Cycle) -> str:
    year, month = half.year, f"{half.month:02}"
    if half.half == 1:
        return _("%(year)s-%(month)s 上", year=year, month=month)
    return _("%(year)s-%(month)s 下", year=year, month=month)
