"""The calendars of a city joined over time: each day has its rules, each cycle its place.

Rule sets follow each other, with the system's default between them. A change of calendar clips the
cycles that it cuts; one that leaves their days alone, as of weights, cuts none. A day begins at the
hour of the rules in effect on it, so the moment between two cycles is the same for both.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from sqlalchemy import select

from app.config import Settings
from app.db import Database
from app.errors import InvalidParameter
from app.townships.assessment.cycles import (
    Calendar,
    Cycle,
    CycleKind,
    cycle_of_day,
    cycles_between,
    find_cycle,
    no_cycle,
)
from app.townships.assessment.models import RuleSet
from app.townships.assessment.rules import ResultRules, Rules, Weights
from app.townships.designations.life import FIRST_DAY, LAST_DAY

CLIPPED = "~"
"""Before the first day of a clipped cycle in its id."""


@dataclass(frozen=True)
class Era:
    """Days on which the same rules are in effect.

    Attributes
    ----------
    first_day, end_day : date
        Its first day, and the day after its last; those of all time at both ends.
    rules : Rules
    set_id : int or None
        Of the rule set; None for the system's default 系统默认.
    name, source : str
        Of the rule set; empty for the default.
    """

    first_day: date
    end_day: date
    rules: Rules
    set_id: int | None = None
    name: str = ""
    source: str = ""


@dataclass(frozen=True)
class Timeline:
    """Eras from the beginning of time to its end, without gap or overlap.

    Examples
    --------
    >>> change = date(2025, 1, 10)
    >>> both = Timeline((Era(date.min, change, Rules()),
    ...                  Era(change, date.max, Rules(Calendar(start_day=19)))))
    >>> [cycle.id for cycle in both.cycles_between(date(2024, 12, 9), date(2025, 2, 1), "month")]
    ['month-2024-12', 'month-2025-01~2025-01-01', 'month-2025-01~2025-01-10', 'month-2025-02']
    """

    eras: tuple[Era, ...]

    @cached_property
    def _first_days(self) -> list[date]:
        return [era.first_day for era in self.eras]

    @cached_property
    def tag(self) -> str:
        """A short text that is another where rules or their days are others."""
        return hashlib.sha256(repr(self.eras).encode()).hexdigest()[:12]

    def era_of(self, day: date) -> Era:
        """Return what is in effect on a day."""
        return self.eras[bisect_right(self._first_days, day) - 1]

    def era_for(self, cycle: Cycle) -> Era:
        """Return what a cycle is assessed by: what is in effect on its first day."""
        return self.era_of(cycle.first_day)

    def rules_for(self, cycle: Cycle) -> Rules:
        """Return the rules that a cycle is assessed by: those in effect on its first day."""
        return self.era_for(cycle).rules

    def cut(self, day: date) -> datetime:
        """Return the moment of local time at which a day begins."""
        return self.era_of(day).rules.calendar.cut(day)

    def cycle_of_day(self, day: date, kind: CycleKind) -> Cycle:
        """Return the cycle that a day lies in."""
        calendar = self.era_of(day).rules.calendar
        cycle = replace(cycle_of_day(day, kind, calendar), tiling=self)
        first, end = self._same_calendar(day, kind)
        clipped = cycle.first_day < first or end < cycle.end_day
        return replace(
            cycle,
            first_day=max(first, cycle.first_day),
            end_day=min(end, cycle.end_day),
            clipped=clipped,
        )

    def cycles_between(self, first: date, end: date, kind: CycleKind) -> Iterator[Cycle]:
        """Give the cycles that have a day from `first` until before `end`, the earliest first."""
        return cycles_between(first, end, kind, self)

    def find(self, cycle_id: str) -> Cycle:
        """Return the cycle of an id.

        Raises
        ------
        InvalidParameter
            It names none of this timeline, or one at an end of time, which has no neighbours.
        """
        name, _, first = cycle_id.partition(CLIPPED)
        for calendar in {era.rules.calendar for era in self.eras}:
            whole = find_cycle(name, calendar)
            day = _day(first) if first else whole.first_day
            if day is not None and FIRST_DAY <= day <= LAST_DAY:
                cycle = self.cycle_of_day(day, whole.kind)
                if cycle.id == cycle_id:
                    return cycle
        raise no_cycle(cycle_id)

    def calendar_month(self, month: str) -> Cycle | None:
        """Return the cycle that is a calendar month, as ``2025-03``; None where none is.

        Examples
        --------
        >>> both = Timeline((Era(date.min, date.max, Rules()),))
        >>> both.calendar_month("2025-03").id
        'month-2025-03'
        """
        first = date.fromisoformat(f"{month}-01")
        cycle = self.cycle_of_day(first, "month")
        whole = cycle.first_day == first and cycle.end_day.day == 1
        days = first, cycle.end_day
        return cycle if whole and all(self.cut(each).hour == 0 for each in days) else None

    def known(self, cycle_ids: Iterable[str]) -> tuple[Cycle, ...]:
        """Return the cycles of those ids that are of this timeline: calendars may have changed."""
        found = []
        for each in cycle_ids:
            with suppress(InvalidParameter):
                found.append(self.find(each))
        return tuple(found)

    def _same_calendar(self, day: date, kind: CycleKind) -> tuple[date, date]:
        """Return from which day until before which one cycles of a kind are cut as on this day."""
        at = bisect_right(self._first_days, day) - 1
        cut = _cut_of(self.eras[at], kind)
        first = last = at
        while first > 0 and _cut_of(self.eras[first - 1], kind) == cut:
            first -= 1
        while last + 1 < len(self.eras) and _cut_of(self.eras[last + 1], kind) == cut:
            last += 1
        return self.eras[first].first_day, self.eras[last].end_day


def timeline(database: Database, settings: Settings) -> Timeline:
    """Return the timeline of the city: its rule sets, and the system's default between them."""
    return timeline_from(database, settings.cycle_start_day)


def timeline_from(database: Database, start_day: int) -> Timeline:
    """Return the timeline where the system's default begins months on a day of the month."""
    with database.session() as session:
        sets = list(session.scalars(select(RuleSet).order_by(RuleSet.valid_from)))
    return join(sets, start_day)


def join(sets: Sequence[RuleSet], start_day: int) -> Timeline:
    """Join rule sets, the earliest first, that do not overlap."""
    default = Rules(Calendar(start_day))
    eras, day = [], date.min
    for each in sets:
        if day < each.valid_from:
            eras.append(Era(day, each.valid_from, default))
        day = each.valid_to or date.max
        eras.append(Era(each.valid_from, day, rules_of(each), each.id, each.name, each.source))
    if day < date.max:
        eras.append(Era(day, date.max, default))
    return Timeline(tuple(eras))


def rules_of(each: RuleSet) -> Rules:
    """Return the rules of a set."""
    return Rules(
        Calendar(each.start_day, each.cut_hour),
        each.attribution,
        each.basis,
        each.ledger,
        Weights(each.response, each.resolution, each.satisfaction, each.basically_satisfied),
        ResultRules.model_validate(each.results),
    )


def _cut_of(era: Era, kind: CycleKind) -> int:
    """Return what decides on the days of cycles: half-months are those of the calendar."""
    return 1 if kind == "half_month" else era.rules.calendar.start_day


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
