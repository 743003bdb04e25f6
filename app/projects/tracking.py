"""Follow a project: its cases month by month, before and since it began."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from app.accounts.access import Access
from app.accounts.areas import Area
from app.accounts.permissions import Permission
from app.cases.case_numbers import with_numbers
from app.cases.disclosure import SUPPRESSED, disclosed
from app.cases.measures import DEFAULT_MEASURE, Totals, total_of
from app.cases.selection import CaseLine, case_frame, summarise
from app.hotspots.periods import monthly_steps, next_month
from app.hotspots.points.assignment import METRES_PER_DEGREE
from app.projects.models import Project
from geodata.home import Home
from geodata.store import CaseStore

MONTHS_BEFORE = 24
"""How far back the chart goes."""

DAYS_PER_MONTH = 365.25 / 12
"""Counts of unequal spans are compared per mean month."""

EARTH_RADIUS_M = 6_371_008.8


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
    """What became of a project's point.

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

    def to_json(self) -> list[dict[str, Any]]:
        """Series for the chart."""
        return [
            {
                "label": month.label,
                **{name: _drawn([getattr(month, name)]) for name in _COUNTED},
                "since": month.since,
            }
            for month in self.months
        ]

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


def track_shown_to(access: Access, found: Track) -> Track:
    """Return a track as this person may see it: for viewers all follows from what is told."""
    if access.may(Permission.EXACT_COUNTS):
        return found
    before, since = disclosed(found.total_before), disclosed(found.total_since)
    totals = {name: disclosed(count) for name, count in found.totals.to_json().items()}
    return replace(
        found,
        months=tuple(
            replace(month, **{name: disclosed(getattr(month, name)) for name in _COUNTED})
            for month in found.months
        ),
        before_per_month=_per_month(before, found.months, since=False),
        since_per_month=_per_month(since, found.months, since=True),
        total_before=before,
        total_since=since,
        totals=Totals(**totals),
    )


_COUNTED = ("count", "callers", "incidents")


def _drawn(counts: list[int]) -> int | None:
    """Return what a chart draws of a month: a gap where a part of it is not told."""
    return sum(counts) if SUPPRESSED not in counts else None


EMPTY = Track((), None, None, 0, 0, (), None, None)


def track(home: Home, area: Area, project: Project, measure: str = DEFAULT_MEASURE) -> Track:
    """Count a project's cases before and since it began; single ones are shown of the area.

    Means, totals and target are of reports; the measure is that of `Track.monthly`.

    A plain before and after is no effect: points are chosen because they were high, and high ones
    fall by themselves. The figures only show what was counted.
    """
    version = CaseStore(home).version
    if version is None:
        return EMPTY
    spot = _Spot(project.lng, project.lat, project.radius_m, project.class_1)
    goal = _Goal(project.started_on, project.target_per_month)
    return _track(home, version, area, spot, goal, measure)


@dataclass(frozen=True)
class _Spot:
    """Whose cases are followed: those around a point, of its class where it names one."""

    lng: float
    lat: float
    radius_m: float
    class_1: str | None


@dataclass(frozen=True)
class _Goal:
    """When work began, and how many cases a month shall be left."""

    started_on: date | None
    target_per_month: float | None


@lru_cache(maxsize=64)
def _track(home: Home, version: int, area: Area, spot: _Spot, goal: _Goal, measure: str) -> Track:
    covered = _covered_days(home, version)
    if covered is None:
        return EMPTY
    first, last = covered
    until = last + timedelta(days=1)
    start = max(first, _first_month(until))
    cases = _cases_of(home, version, spot, start, until)
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


def _cases_of(home: Home, version: int, spot: _Spot, start: date, end: date) -> pl.DataFrame:
    """Return the cases located within the spot's radius."""
    up = spot.radius_m / METRES_PER_DEGREE
    aside = up / np.cos(np.radians(spot.lat))
    frame = with_numbers(home, case_frame(home, start=start, end=end, version=version)).filter(
        pl.col("located"),
        pl.col("lng").is_between(spot.lng - aside, spot.lng + aside),
        pl.col("lat").is_between(spot.lat - up, spot.lat + up),
    )
    if spot.class_1:
        frame = frame.filter(pl.col("class_1") == spot.class_1)
    boxed = frame.collect()
    metres = distances_m(boxed["lng"].to_numpy(), boxed["lat"].to_numpy(), spot.lng, spot.lat)
    return boxed.filter(pl.Series(metres <= spot.radius_m, dtype=pl.Boolean))


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


def distances_m(lngs: Any, lats: Any, lng: float, lat: float) -> Any:
    """Great-circle distances in metres (haversine, mean radius)."""
    lat_1, lat_2 = np.radians(lats), np.radians(lat)
    half = np.sin((lat_1 - lat_2) / 2) ** 2
    half += np.cos(lat_1) * np.cos(lat_2) * np.sin(np.radians(lngs - lng) / 2) ** 2
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half))
