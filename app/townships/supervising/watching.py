"""The rebound monitor's round: each half-month of each township that has left is judged once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.access import operator
from app.accounts.records import Kind
from app.db import Database
from app.jobs import RunningJob
from app.succession import lineage
from app.townships.assessment.governance_rules import in_effect
from app.townships.assessment.sources import Source, source_of_now
from app.townships.assessment.timeline import timeline_from
from app.townships.designations.models import EXITED, Designation
from app.townships.supervising.courses import DEFAULT_DESIGN, Course, Design, WhyNot, course_of
from app.townships.supervising.half_months import half_months
from app.townships.supervising.models import Alert, Watch
from geodata.home import Home
from spatial import rebound_monitor, share_found

OPEN, CLOSED = "open", "closed"

ALERT = Kind(Alert, "alert", "rebound alert", "反弹提醒")

WITHIN = (1, 2, 3, 4, 6, 12)
"""Half-months for which the share of rebounds found is told."""


@dataclass(frozen=True)
class Due:
    """What of a designation waits to be judged, or why it cannot be."""

    designation: Designation
    course: Course | WhyNot
    steps: tuple[int, ...] = ()
    attribution: str = ""
    design: Design = DEFAULT_DESIGN


def due(home: Home, database: Database, start_day: int, today: date) -> Iterator[Due]:
    """Give each township that has left, with the half-months that were not judged yet.

    Parameters
    ----------
    home : Home
    database : Database
    start_day : int
        On which the months of the system's default begin.
    today : date
        What ends later is not over, whatever the data say.
    """
    with database.session() as session:
        left = list(session.scalars(select(Designation).where(Designation.state == EXITED)))
        judged = session.execute(select(Watch.township, Watch.half_month)).all()
    source = source_of_now(home)
    if not left or source is None:
        return
    line, changes = timeline_from(database, start_day), lineage(database)
    known = {(changes.current(code), half_month) for code, half_month in judged}
    months = in_effect(database, today).rules.watch.months
    for each in sorted(left, key=lambda designation: designation.id):
        if each.exited_on is None or each.designated_on is None:
            continue
        # One account for the whole watch, whatever rules come meanwhile.
        attribution = line.era_of(each.exited_on).rules.attribution
        table = half_months(home, source, line, attribution)
        if table is None:
            continue
        design = Design(in_effect(database, each.exited_on).rules.monitor, months)
        course = course_of(table, each, line, changes, today, design)
        if not isinstance(course, Course):
            yield Due(each, course)
            continue
        current = changes.current(each.township)
        steps = tuple(
            step
            for step, cycle in enumerate(course.cycles)
            if np.isfinite(course.observed[step]) and (current, cycle.id) not in known
        )
        yield Due(each, course, steps, attribution, design)


def is_due(home: Home, start_day: int, database: Database, today: date) -> bool:
    """Tell whether a half-month has become whole that was not judged yet."""
    return any(each.steps for each in due(home, database, start_day, today))


def monitor_job(home: Home, start_day: int, job: RunningJob, /) -> dict[str, Any]:
    """Do the work of a ``monitor`` job."""
    return watch(home, start_day, job, datetime.now().astimezone().date())


def watch(home: Home, start_day: int, job: RunningJob, today: date) -> dict[str, Any]:
    """Judge what is due and write it down; what another round wrote meanwhile stays."""
    waiting = [each for each in due(home, job.database, start_day, today) if each.steps]
    source = source_of_now(home)
    watched = alerts = 0
    for at, each in enumerate(waiting):
        job.report(at, len(waiting), f"watching {each.designation.name}",
                   f"正在监测{each.designation.name}")  # fmt: skip
        if source is not None:
            written = _judge(job.database, each, source, today)
            watched, alerts = watched + written[0], alerts + written[1]
    return {"url": "/supervision/follow-up", "watched": watched, "alerts": alerts}


def _judge(database: Database, item: Due, source: Source, today: date) -> tuple[int, int]:
    """Write what the monitor says of the half-months of a township; return how many, and alerts."""
    course = item.course
    if not isinstance(course, Course):
        return 0, 0
    facts = _facts(item, course)
    watched = alerts = 0
    for step in item.steps:
        row = Watch(
            half_month=course.cycles[step].id,
            township=item.designation.township,
            designation_id=item.designation.id,
            case_store_version=source.cases,
            observed=int(course.observed[step]),
            facts=facts[step],
            made_at=datetime.now(UTC),
        )
        try:
            with database.session() as session:
                session.add(row)
                session.flush()
                alerts += bool(facts[step]["alarm"]) and _raise(database, session, row, today)
        except IntegrityError:
            continue  # another round was faster
        watched += 1
    return watched, alerts


def _raise(database: Database, session: Session, row: Watch, today: date) -> bool:
    """Write an alert, unless one of this designation is open: the same rebound is told once."""
    of_it = select(Alert.id).join(Watch, Watch.id == Alert.watch_id)
    query = of_it.where(Watch.designation_id == row.designation_id, Alert.state == OPEN)
    if session.scalar(query.limit(1)) is not None:
        return False
    alert = Alert(watch_id=row.id, township=row.township, state=OPEN, raised_on=today)
    ALERT.create(operator(database), session, alert)
    return True


def _facts(item: Due, course: Course) -> list[dict[str, Any]]:
    """Return what is kept of each half-month: all that its verdict was made of."""
    known, monitor = course.known, item.design.monitor
    rules: dict[str, Any] = {
        "dispersion": known.dispersion, "accuracy": known.accuracy, "shift": monitor.shift,
    }  # fmt: skip
    found = rebound_monitor(
        course.observed[None], known.expected[None],
        false_alarms=item.design.false_alarms, **rules,
    )  # fmt: skip
    threshold = float(found.threshold[0])
    shares = share_found(known.expected, threshold, rebound=monitor.shift, **rules)
    common = {
        "threshold": threshold,
        "reference": float(found.reference[0]),
        "shift": monitor.shift,
        "false_alarms": monitor.false_alarms / 100,
        "watch_months": item.design.watch_months,
        "dispersion": known.dispersion,
        "level_cases": known.accuracy.level_cases,
        "found": [float(shares[n - 1]) for n in WITHIN if n <= shares.size],
        "median_delay": int(np.searchsorted(shares, 0.5)) + 1 if shares[-1] >= 0.5 else None,
        "attribution": item.attribution,
        "baseline": [list(each) for each in course.baseline],
    }
    return [
        {
            **common,
            "days": cycle.days,
            "expected": float(known.expected[step]),
            "cusum": float(found.cusum[0, step]),
            "alarm": bool(found.alarm[0, step]),
        }
        for step, cycle in enumerate(course.cycles)
    ]
