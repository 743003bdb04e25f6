"""What came back at points: told once, answered by a person, and worked at again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.access import Access, operator
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import Database
from app.errors import InvalidParameter
from app.jobs import RunningJob
from app.projects.following.watching import (
    Repeat,
    Watched,
    find_repeats,
    verified_points,
    watch_points,
)
from app.projects.models import UNDER_WAY, Point, PointAlert, Project
from app.projects.projects import PROJECT, move
from app.projects.states import ProjectMove
from app.townships.steps import Steps
from geodata.home import Home

ALERT = Kind(PointAlert, "point_alert", "point alert", "点位提醒")

OPEN, CLOSED, REOPENED = "open", "closed", "reopened"
STEPS = Steps(
    {OPEN: (CLOSED, REOPENED), CLOSED: (), REOPENED: ()},
    {OPEN: "待复查", CLOSED: "已关闭", REOPENED: "已重新整治"},
)

REBOUND, REPEAT = "rebound", "repeat"
LONGEST_WORDS = 2_000
SHOWN = 200


@dataclass(frozen=True)
class Told:
    """An alert with the project and the point that it is of."""

    alert: PointAlert
    project: Project
    point: Point


def follow_job(home: Home, job: RunningJob) -> dict[str, Any]:
    """Watch all verified points, and write down what came back."""
    return follow(home, job, datetime.now().astimezone().date())


def follow(home: Home, job: RunningJob, today: date) -> dict[str, Any]:
    """Do the same on a day."""
    work, raised = verified_points(job.database), 0
    for at, found in enumerate(watch_points(home, work)):
        job.report(at, len(work), f"{at} of {len(work)} points watched",
                   f"已监测 {at}／{len(work)} 个点位")  # fmt: skip
        raised += sum(_raise(job.database, each, today) for each in _rebounds(found))
    for repeat in find_repeats(home, work):
        raised += _raise(job.database, _repeat(repeat), today)
    return {"url": "/projects/follow-up", "points": len(work), "alerts": raised}


def alerts(access: Access, state: str = OPEN) -> list[Told]:
    """Return the alerts of a person's area in a state, the newest first."""
    area = access.area(Permission.READ)
    query = select(PointAlert, Project, Point)
    query = query.join(Project, PointAlert.project_id == Project.id)
    query = query.join(Point, PointAlert.point_id == Point.id).where(PointAlert.state == state)
    if not area.whole:
        query = query.where(Project.township.in_(sorted(area.townships)))
    query = query.order_by(PointAlert.seen_on.desc(), PointAlert.id.desc()).limit(SHOWN)
    with access.database.session() as session:
        return [Told(*row) for row in session.execute(query).tuples()]


def alerts_of(access: Access, project: int) -> list[PointAlert]:
    """Return the alerts of a project's points, the newest first."""
    query = select(PointAlert).where(PointAlert.project_id == project)
    with access.database.session() as session:
        return list(session.scalars(query.order_by(PointAlert.id.desc())))


def count_open(access: Access) -> int:
    """Count the alerts that wait for an answer in a person's area."""
    area = access.area(Permission.READ)
    query = select(func.count(PointAlert.id)).where(PointAlert.state == OPEN)
    if not area.whole:
        query = query.join(Project, PointAlert.project_id == Project.id)
        query = query.where(Project.township.in_(sorted(area.townships)))
    with access.database.session() as session:
        return int(session.scalar(query) or 0)


def answer(
    access: Access, home: Home, number: int, version: int, state: str, words: str
) -> PointAlert:
    """Close an alert with words, or take the work at its point up again.

    Raises
    ------
    InvalidParameter
        There are no words.
    Conflict
        It was answered already.
    Forbidden
        The project is outside the person's area, or taking it up again is not hers.
    """
    if not 0 < len(words.strip()) <= LONGEST_WORDS:
        raise InvalidParameter(
            f"words: an answer needs 1 to {LONGEST_WORDS} characters",
            f"处理意见须为 1 到 {LONGEST_WORDS} 字",
            field="words",
        )

    def change(session: Session, alert: PointAlert) -> Mapping[str, Any]:
        project = PROJECT.find(session, alert.project_id)
        access.require_township(Permission.WORK_PROJECTS, project.township)
        STEPS.require(alert.state, state)
        return {"state": state, "words": words.strip(), "closed_on": date.today()}

    try:
        with access.database.session() as session:
            told: dict[str, Any] = {"act": state, "words": words.strip()}
            alert = ALERT.change_in(access, session, number, version, change, **told)
            if state == REOPENED:
                _work_again(access, home, session, alert, words.strip())
    except StaleDataError:
        raise ALERT.meanwhile(number) from None
    return alert


def _work_again(
    access: Access, home: Home, session: Session, alert: PointAlert, words: str
) -> None:
    """Take the project of an alert back to work, where it is not at work already."""
    project = PROJECT.find(session, alert.project_id)
    if project.status != UNDER_WAY:
        step = ProjectMove(UNDER_WAY, date.today(), words)
        move(access, home, project.id, project.row_version, step, session)


def _rebounds(found: Watched) -> Iterable[PointAlert]:
    for at in found.alarms:
        facts = {
            "cases": sum(found.observed[: at + 1]),
            "expected": round(sum(found.expected[: at + 1]), 1),
            "beyond": round(found.cusum[at], 1),
            "threshold": round(found.threshold, 1),
            "half_months": at + 1,
            "until": found.cycles[at].last_day.isoformat(),
        }
        seen_on = found.cycles[at].first_day
        yield PointAlert(
            project_id=found.project, point_id=found.point, kind=REBOUND, seen_on=seen_on,
            facts=facts,
        )  # fmt: skip


def _repeat(repeat: Repeat) -> PointAlert:
    facts = {"class": repeat.class_name, "cases": repeat.cases, "until": repeat.last.isoformat()}
    return PointAlert(
        project_id=repeat.project, point_id=repeat.point, kind=REPEAT, seen_on=repeat.first,
        facts=facts,
    )  # fmt: skip


def _raise(database: Database, alert: PointAlert, today: date) -> bool:
    """Write an alert, unless it was told already or one of its kind is open at the point."""
    same = (
        PointAlert.project_id == alert.project_id,
        PointAlert.point_id == alert.point_id,
        PointAlert.kind == alert.kind,
    )
    told = (PointAlert.state == OPEN) | (PointAlert.seen_on == alert.seen_on)
    alert.state, alert.raised_on = OPEN, today
    try:
        with database.session() as session:
            if session.scalar(select(PointAlert.id).where(*same, told).limit(1)) is not None:
                return False
            ALERT.create(operator(database), session, alert, kind=alert.kind)
    except IntegrityError:
        return False  # another round was faster
    return True
