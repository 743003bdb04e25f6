"""Follow a project: its cases month by month, before and since it began."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

import polars as pl

from app.accounts.access import Access
from app.accounts.areas import Area
from app.accounts.permissions import Permission
from app.cases.case_numbers import with_numbers
from app.cases.disclosure import SUPPRESSED, disclosed
from app.cases.measures import DEFAULT_MEASURE, Totals, total_of
from app.cases.selection import CaseLine, case_frame, summarise
from app.hotspots.periods import monthly_steps, next_month
from app.projects.models import Point, Project
from app.projects.points.attachment import Ground, attached, ground_of
from geodata.home import Home
from geodata.store import CaseStore

MONTHS_BEFORE = 24
"""How far back the chart goes."""

DAYS_PER_MONTH = 365.25 / 12
"""Counts of unequal spans are compared per mean month."""


@dataclass(frozen=True)
class TrackedMonth:
    """Cases of one calendar month (cut at the start of work and at the end of the data).

    ``count`` is of reports, ``callers`` and ``incidents`` stand behind them.
    """

    label: str
    start: date
    count: int
    days: int
    since: bool
    callers: int = 0
    incidents: int = 0


@dataclass(frozen=True)
class Track:
    """What became of a project's points.

    Attributes
    ----------
    months : tuple of TrackedMonth
        Oldest first, at most `MONTHS_BEFORE` back and none before the data begin.
    before_per_month, since_per_month : float or None
        Mean cases per month on each side of the start; None where there are no days.
    data_until : date or None
        The last day on which the store has a case.
    target_met : bool or None
        Whether the mean since is within the target; None without a target or without days since.
    """

    months: tuple[TrackedMonth, ...]
    before_per_month: float | None
    since_per_month: float | None
    total_before: int
    total_since: int
    cases: tuple[CaseLine, ...]
    data_until: date | None
    target_met: bool | None
    measure: str = DEFAULT_MEASURE
    totals: Totals = field(default_factory=Totals)

    def monthly(self) -> tuple[list[str], list[int | None]]:
        """Return labels and counts of whole months by the measure.

        The month in which work began is tracked in two parts. Its callers and incidents are those
        of both parts, so one who called on both sides counts twice in it.
        """
        parts: dict[str, list[int]] = {}
        column = "count" if self.measure == DEFAULT_MEASURE else self.measure
        for month in self.months:
            parts.setdefault(month.label, []).append(getattr(month, column))
        return list(parts), [_drawn(each) for each in parts.values()]


def track_shown_to(access: Access, found: Track, target: float | None = None) -> Track:
    """Return a track as this person may see it: for viewers all follows from what is told."""
    if access.may(Permission.EXACT_COUNTS):
        return found
    before, since = disclosed(found.total_before), disclosed(found.total_since)
    totals = {name: disclosed(count) for name, count in found.totals.to_json().items()}
    per_month = _per_month(since, found.months, since=True)
    return replace(
        found,
        target_met=None if target is None or per_month is None else per_month <= target,
        months=tuple(
            replace(month, **{name: disclosed(getattr(month, name)) for name in _COUNTED})
            for month in found.months
        ),
        before_per_month=_per_month(before, found.months, since=False),
        since_per_month=per_month,
        total_before=before,
        total_since=since,
        totals=Totals(**totals),
    )


_COUNTED = ("count", "callers", "incidents")


def _drawn(counts: list[int]) -> int | None:
    """Return what a chart draws of a month: a gap where a part of it is not told."""
    return sum(counts) if SUPPRESSED not in counts else None


EMPTY = Track((), None, None, 0, 0, (), None, None)


def track(
    home: Home,
    area: Area,
    project: Project,
    points: Sequence[Point],
    measure: str = DEFAULT_MEASURE,
    detached: Collection[str] = (),
) -> Track:
    """Count a project's cases before and since it began; single ones are shown of the area.

    Means, totals and target are of reports; the measure is that of `Track.monthly`. Cases that
    were `detached` from the points do not count.

    A plain before and after is no effect: points are chosen because they were high, and high ones
    fall by themselves. The figures only show what was counted.
    """
    version = CaseStore(home).version
    if version is None or not points:
        return EMPTY
    of = Attached(tuple(map(ground_of, points)), project.class_1, frozenset(detached))
    goal = _Goal(project.started_on, project.target_per_month)
    return _track(home, version, area, of, goal, measure)


@dataclass(frozen=True)
class Attached:
    """Whose cases are followed: those at some points, of one class where it is named."""

    grounds: tuple[Ground, ...]
    class_1: str | None = None
    detached: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Goal:
    """When work began, and how many cases a month shall be left."""

    started_on: date | None
    target_per_month: float | None


@lru_cache(maxsize=64)
def _track(home: Home, version: int, area: Area, of: Attached, goal: _Goal, measure: str) -> Track:
    covered = _covered_days(home, version)
    if covered is None:
        return EMPTY
    first, last = covered
    until = last + timedelta(days=1)
    start = max(first, _first_month(until))
    cases = cases_of(home, version, of, start, until)
    months = _months(cases, goal.started_on, start, until)
    before, since = (
        sum(month.count for month in months if month.since is side) for side in (False, True)
    )
    target, per_month = goal.target_per_month, _per_month(since, months, since=True)
    return Track(
        months=months,
        before_per_month=_per_month(before, months, since=False),
        since_per_month=per_month,
        total_before=before,
        total_since=since,
        cases=summarise(cases.lazy(), area).cases,
        data_until=last,
        target_met=None if target is None or per_month is None else per_month <= target,
        measure=measure,
        totals=total_of(cases.lazy()),
    )


def cases_of(home: Home, version: int, of: Attached, start: date, end: date) -> pl.DataFrame:
    """Return the cases that are followed, with ``ground`` and ``why`` they are."""
    frame = with_numbers(home, case_frame(home, start=start, end=end, version=version))
    if of.class_1:
        frame = frame.filter(pl.col("class_1") == of.class_1)
    found = attached(frame, of.grounds)
    return found.filter(~pl.col("case_id").is_in(sorted(of.detached)))


@lru_cache(maxsize=4)
def _covered_days(home: Home, version: int) -> tuple[date, date] | None:
    """Return the first and last day that the store tells of, up to its newest month.

    A month in which nobody in the city complained is a month without data: counting it as zero
    would make every project look like a rise. What lies before such a gap is left out.
    """
    received = pl.col("received_local").dt.date()
    found = (
        case_frame(home, version=version)
        .group_by("month")
        .agg(first=received.min(), last=received.max())
    )
    newest_first = found.sort("month", descending=True).collect().to_dicts()
    if not newest_first:
        return None
    first = newest_first[0]["first"]
    for month in newest_first[1:]:
        if next_month(month["first"]) != first.replace(day=1):
            break
        first = month["first"]
    return first, newest_first[0]["last"]


def _months(
    cases: pl.DataFrame, started: date | None, start: date, until: date
) -> tuple[TrackedMonth, ...]:
    spans = [(start, until, False)]
    if started is not None and started < until:
        cut = max(started, start)
        spans = [(start, cut, False), (cut, until, True)]
    months: list[TrackedMonth] = []
    for begin, end, since in spans:
        for step in monthly_steps(begin, end) if begin < end else ():
            part = cases.filter(
                pl.col("received_local").dt.date().is_between(step.start, step.end, closed="left")
            )
            n = total_of(part.lazy())
            months.append(
                TrackedMonth(
                    step.label, step.start, n.reports, step.days, since, n.callers, n.incidents
                )
            )
    return tuple(months)


def _per_month(total: int, months: tuple[TrackedMonth, ...], *, since: bool) -> float | None:
    """Return the mean of a side by month; None where it has no days, or its total is not told."""
    days = sum(month.days for month in months if month.since is since)
    return total / days * DAYS_PER_MONTH if days and total != SUPPRESSED else None


def _first_month(until: date) -> date:
    ordinal = until.year * 12 + until.month - 1 - MONTHS_BEFORE
    return date(ordinal // 12, ordinal % 12 + 1, 1)
