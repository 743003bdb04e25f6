"""Checks against gaming an exclusion window: each a sentence with its numbers, none a verdict.

The bounds are the system's defaults 系统默认: no public rule names any.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl
from scipy.stats import binomtest
from sqlalchemy import select

from app.cases.reach import data_reach
from app.db import Database
from app.projects.points.attachment import distances_m
from app.projects.proactive.matching import Preview, matching_cases
from app.projects.proactive.models import (
    APPROVED,
    DRAFT,
    ENDED,
    REFUSED,
    WITHDRAWN,
    ProactiveProject,
)
from app.townships.assessment.left_out import CLASS_COLUMNS
from app.townships.assessment.near_points import NamedPoint, points_of
from geodata.home import Home
from geodata.store import CaseStore

SLACK_DAYS = 15
"""A window may reach so many days beyond the work: complaints of it come in a little later."""

WIDE_SHARE = 0.2
"""Matching cases of other classes than the source cases have, from which classes are too wide."""

LARGE_SHARE = 0.3
"""Part of the township's cases from which an application takes too many out."""

SOON_DAYS = 90
"""Two windows at the same point with fewer days between them follow right after one another."""

MOVED_M = 20
"""A point that lies nearer to where it was has not moved: coordinates are written by hand."""

ATTRACTED = 1.3
"""Cases a day in the window over those before, from which the window attracts cases."""

ALPHA = 0.05
"""Chance, one-sided, that so many or more come in without any rise."""

LEVEL_DAYS = 365
"""Days before the window that its level is taken from."""


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes
    ----------
    key : str
        Names it; the page has its sentence.
    flagged : bool
        Whether it is over its bound.
    facts : dict
        Numbers and names of the sentence.
    counted : bool
        Whether they follow from counts of cases, which not everybody may see as they are.
    """

    key: str
    flagged: bool
    facts: dict[str, Any] = field(default_factory=dict)
    counted: bool = False


def checks_of(
    home: Home, database: Database, record: ProactiveProject, ahead: Preview | None
) -> tuple[Check, ...]:
    """Return the checks of an application, those over their bound first.

    Parameters
    ----------
    home : Home
    database : Database
    record : ProactiveProject
    ahead : Preview or None
        What it would leave out; None without cases.
    """
    found = [
        window_and_work(record),
        begun_before(record, date.today()),
        classes_and_sources(home, record, ahead),
        share_of_township(ahead),
        attracting(home, record),
        against_former(database, record),
        *again(database, record),
        same_person(record),
    ]
    return tuple(sorted((each for each in found if each), key=lambda each: not each.flagged))


def window_and_work(record: ProactiveProject) -> Check:
    """Compare the days of the window with those of the work."""
    window = _days(record.window_start, record.window_end)
    both = _days(
        max(record.window_start, record.work_start), min(record.window_end, record.work_end)
    )
    outside = window - max(both, 0)
    facts = {"window": window, "work": _days(record.work_start, record.work_end),
             "outside": outside, "bound": SLACK_DAYS}  # fmt: skip
    return Check("window", outside > SLACK_DAYS, facts)


def begun_before(record: ProactiveProject, today: date) -> Check | None:
    """Tell how long the window had run when it was applied for."""
    applied = record.applied_on or today
    days = (applied - record.window_start).days
    if days <= 0:
        return None
    return Check("begun", True, {"days": days, "start": record.window_start, "applied": applied})


def classes_and_sources(
    home: Home, record: ProactiveProject, ahead: Preview | None
) -> Check | None:
    """Tell which part of the matching cases is of other classes than the source cases."""
    if not record.source_cases:
        return Check("no_sources", True)
    if ahead is None:
        return None
    classes = _classes_of(home, record.source_cases)
    found = matching_cases(home, record, ahead.first, ahead.last)
    if found is None or not found.height:
        return Check("no_matching", False, {"first": ahead.first, "last": ahead.last})
    other = found.join(classes, on=list(CLASS_COLUMNS), how="anti", nulls_equal=True).height
    facts = {"n": found.height, "other": other, "share": 100 * other / found.height,
             "sources": len(record.source_cases), "bound": 100 * WIDE_SHARE}  # fmt: skip
    return Check("classes", other > WIDE_SHARE * found.height, facts, counted=True)


def share_of_township(ahead: Preview | None) -> Check | None:
    """Tell how large a part of the township's cases would be left out."""
    if ahead is None or ahead.share is None:
        return None
    facts = {"n": ahead.total, "of": ahead.township_total, "share": 100 * ahead.share,
             "bound": 100 * LARGE_SHARE}  # fmt: skip
    return Check("share", ahead.share > LARGE_SHARE, facts, counted=True)


def attracting(home: Home, record: ProactiveProject) -> Check | None:
    """Compare the cases a day in an approved window with those of the year before it.

    The share of the window among both is tested against its share of the days (binomial, given
    the sum): without a rise, so many or more come in by chance in `ALPHA` of windows.
    """
    reach = data_reach(home)
    if reach is None or record.state not in (APPROVED, ENDED):
        return None
    last = min(record.ended_on or record.window_end, record.window_end, reach.newest.date())
    first = max(record.window_start - timedelta(days=LEVEL_DAYS), reach.first.date())
    days, before_days = _days(record.window_start, last), (record.window_start - first).days
    found = matching_cases(home, record, first, last)
    if days <= 0 or before_days <= 0 or found is None:
        return None
    inside = found.filter(pl.col("received_local").dt.date() >= record.window_start).height
    before = found.height - inside
    rate, level = inside / days, before / before_days
    p_value = 1.0
    if found.height:
        share = days / (days + before_days)
        p_value = float(binomtest(inside, found.height, share, alternative="greater").pvalue)
    facts = {"n": inside, "days": days, "rate": rate, "before": before, "before_days": before_days,
             "level": level, "p_value": p_value,
             "bound": 100 * (ATTRACTED - 1), "alpha": 100 * ALPHA}  # fmt: skip
    over = rate >= ATTRACTED * level and p_value <= ALPHA
    return Check("attracting", over, facts, counted=True)


def against_former(database: Database, record: ProactiveProject) -> Check | None:
    """Tell what an application changes in the approved one whose place it is to take."""
    if record.former_id is None:
        return None
    with database.session() as session:
        former = session.get_one(ProactiveProject, record.former_id)
    changed = differences(points_of(former.points), points_of(record.points))
    paths = {tuple(path) for path in former.paths}
    wider = [list(path) for path in record.paths if not _is_below(tuple(path), paths)]
    longer = _days(record.window_start, record.window_end) - _days(
        former.window_start, former.window_end
    )
    flagged = bool(wider) or longer > 0 or any(kind != "removed" for kind, _n, _m in changed)
    facts = {"former": former.id, "points": changed, "paths": wider, "longer": longer}
    return Check("changed", flagged, facts)


def differences(
    before: Sequence[NamedPoint], now: Sequence[NamedPoint]
) -> list[tuple[str, str, int]]:
    """Return how points differ from those of before: what happened, to which, by how many metres.

    Points are the same by their names: moved (by), enlarged (by), added (its radius) or removed.

    Examples
    --------
    >>> differences([NamedPoint("甲", 83.0, 39.0, 100)], [NamedPoint("甲", 83.0, 39.0, 150)])
    [('enlarged', '甲', 50)]
    """
    known = {point.name: point for point in before}
    found = []
    for point in now:
        was = known.get(point.name)
        if was is None:
            found.append(("added", point.name, point.radius_m))
            continue
        metres = _metres(was, point)
        if metres > MOVED_M:
            found.append(("moved", point.name, round(metres)))
        if point.radius_m > was.radius_m:
            found.append(("enlarged", point.name, point.radius_m - was.radius_m))
    names = {point.name for point in now}
    return found + [("removed", point.name, 0) for point in before if point.name not in names]


def again(database: Database, record: ProactiveProject) -> list[Check]:
    """Tell which other applications of the township have the same points, right before or after."""
    left = (DRAFT, REFUSED, WITHDRAWN)
    query = select(ProactiveProject).where(
        ProactiveProject.township == record.township,
        ProactiveProject.id != record.id,
        ProactiveProject.id != (record.former_id or 0),
        ProactiveProject.state.not_in(left),
    )
    with database.session() as session:
        others = list(session.scalars(query.order_by(ProactiveProject.id)))
    return [each for other in others if other.former_id != record.id
            for each in _again(record, other)]  # fmt: skip


def _again(record: ProactiveProject, other: ProactiveProject) -> list[Check]:
    gap = (
        max(
            (record.window_start - other.window_end).days,
            (other.window_start - record.window_end).days,
        )
        - 1
    )
    if gap >= SOON_DAYS:
        return []
    pairs = [
        (_metres(own, theirs), own, theirs)
        for own in points_of(record.points)
        for theirs in points_of(other.points)
    ]
    near = [each for each in pairs if each[0] < each[1].radius_m + each[2].radius_m]
    if not near:
        return []
    metres, own, theirs = min(near, key=lambda each: each[0])
    facts = {"other": other.id, "title": other.title, "start": other.window_start,
             "end": other.window_end, "gap": gap, "point": own.name, "theirs": theirs.name,
             "metres": round(metres), "n": len({each[1].name for each in near}),
             "bound": SOON_DAYS}  # fmt: skip
    return [Check("overlapping" if gap < 0 else "again", True, facts)]


def same_person(record: ProactiveProject) -> Check | None:
    """Tell where one account took two of the three steps."""
    who = [each for each in (record.applied_by, record.reviewed_by, record.approved_by) if each]
    twice = sorted({each for each in who if who.count(each) > 1})
    return Check("same_person", True, {"who": "、".join(twice)}) if twice else None


def _days(first: date, last: date) -> int:
    return (last - first).days + 1


def _metres(one: NamedPoint, other: NamedPoint) -> float:
    metres = float(distances_m(one.lng, one.lat, other.lng, other.lat))
    return metres if math.isfinite(metres) else 0.0


def _is_below(path: tuple[str, ...], paths: set[tuple[str, ...]]) -> bool:
    return any(path[:depth] in paths for depth in range(1, len(path) + 1))


def _classes_of(home: Home, ids: Sequence[str]) -> pl.DataFrame:
    cases = CaseStore(home).scan(columns=["case_id", *CLASS_COLUMNS])
    kept = cases.filter(pl.col("case_id").is_in(list(ids)))
    return kept.select(CLASS_COLUMNS).unique().collect()
