"""Projects in lists: filtered, sorted and paged by the tables; by state, and by the day due."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, func, select

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.projects.models import Point, Project, ProjectPoint
from app.projects.states import NOT_BEGUN, NOT_DONE, STATUSES

PER_PAGE = 50
ON_BOARD = 30
"""Cards of a state that the board shows; its list has the rest."""

SOON = timedelta(days=14)
"""A project whose planned end is this near is due soon."""

Lateness = Literal["soon", "overdue", "not_begun"]
Order = Literal["changed", "due", "name"]


@dataclass(frozen=True)
class Wanted:
    """Which projects to list; each part may be left out."""

    status: str | None = None
    due: Lateness | None = None
    township: str | None = None
    owner: str | None = None
    measure: str | None = None
    item: int | None = None
    text: str | None = None
    order: Order = "changed"


@dataclass(frozen=True)
class Page:
    """One page of a list.

    Attributes
    ----------
    projects : list of Project
    total : int
        Of all pages.
    number, last : int
        Of this page and of the last, from 1 on.
    """

    projects: list[Project]
    total: int
    number: int
    last: int


@dataclass(frozen=True)
class Column:
    """One state on the board: how many projects are in it, and the first of them."""

    status: str
    total: int
    projects: list[Project]


def list_projects(access: Access, wanted: Wanted, page: int = 1) -> Page:
    """Return a page of the projects of a person's area."""
    query = _seen(access).where(*_rules(wanted))
    with access.database.session() as session:
        total = int(session.scalar(query.with_only_columns(func.count(Project.id))) or 0)
        last = max(1, -(-total // PER_PAGE))
        number = min(max(page, 1), last)
        ordered = query.order_by(*_order(wanted.order))
        part = ordered.limit(PER_PAGE).offset((number - 1) * PER_PAGE)
        return Page(list(session.scalars(part)), total, number, last)


def any_project(access: Access) -> Project | None:
    """Return the first project of a person's area; None without any."""
    with access.database.session() as session:
        return session.scalar(_seen(access).order_by(Project.id).limit(1))


def board(access: Access, wanted: Wanted) -> list[Column]:
    """Return the projects by state, those due first before the others."""
    counts = count_by_status(access, wanted)
    query = _seen(access).where(*_rules(wanted)).order_by(*_order("due")).limit(ON_BOARD)
    with access.database.session() as session:
        return [
            Column(
                status,
                counts[status],
                list(session.scalars(query.where(Project.status == status)))
                if counts[status]
                else [],
            )
            for status in STATUSES
        ]


def due_between(access: Access, start: date, end: date) -> list[Project]:
    """Return the projects whose planned end lies in a span of days, by that day."""
    query = _seen(access).where(Project.planned_end >= start, Project.planned_end < end)
    with access.database.session() as session:
        return list(session.scalars(query.order_by(Project.planned_end, Project.id)))


def owners(access: Access) -> list[str]:
    """Return who is responsible for a project, by name."""
    query = _seen(access).with_only_columns(Project.owner).distinct().order_by(Project.owner)
    with access.database.session() as session:
        return list(session.scalars(query))


def count_by_status(access: Access, wanted: Wanted | None = None) -> dict[str, int]:
    """Count the projects of each status."""
    kept = _seen(access).where(*_rules(wanted or Wanted()))
    query = kept.with_only_columns(Project.status, func.count()).group_by(Project.status)
    with access.database.session() as session:
        found = session.execute(query)
        counts = {str(status): int(count) for status, count in found}
    return {status: counts.get(status, 0) for status in STATUSES}


def count_due(access: Access, wanted: Wanted | None = None) -> dict[Lateness, int]:
    """Count the projects of a person's area that are due soon, late, or not begun in time."""
    rules = _due_rules(datetime.now().date())
    counts = [func.count(Project.id).filter(*rule) for rule in rules.values()]
    kept = _seen(access).where(*_rules(wanted or Wanted()))
    with access.database.session() as session:
        found = session.execute(kept.with_only_columns(*counts)).one()
    return dict(zip(rules, map(int, found), strict=True))


def days_late(project: Project, today: date) -> int:
    """Return by how many days a project is late; 0 where it is not."""
    if project.planned_end is None or project.status not in NOT_DONE:
        return 0
    return max(0, (today - project.planned_end).days)


def worked_points(access: Access, statuses: Iterable[str] | None = None) -> list[Any]:
    """Return (project, point) of a person's area, of some statuses, in one query."""
    query = (
        _seen(access)
        .with_only_columns(Project, Point)
        .join(ProjectPoint, ProjectPoint.project_id == Project.id)
        .join(Point, ProjectPoint.point_id == Point.id)
    )
    if statuses is not None:
        query = query.where(Project.status.in_(tuple(statuses)))
    with access.database.session() as session:
        return list(session.execute(query.order_by(Project.id, Point.id)).tuples())


def _seen(access: Access) -> Select[Project]:
    area = access.area(Permission.READ)
    every = select(Project)
    return every if area.whole else every.where(Project.township.in_(sorted(area.townships)))


def _rules(wanted: Wanted) -> list[ColumnElement[bool]]:
    exact = {
        Project.status: wanted.status,
        Project.township: wanted.township,
        Project.owner: wanted.owner,
        Project.measure: wanted.measure,
        Project.item_id: wanted.item,
    }
    rules: list[ColumnElement[bool]] = [column == value for column, value in exact.items() if value]
    if wanted.text:
        rules.append(Project.name.icontains(wanted.text, autoescape=True))
    if wanted.due:
        rules += _due_rules(datetime.now().date())[wanted.due]
    return rules


def _order(order: Order) -> tuple[Any, ...]:
    if order == "due":
        # What has no end comes last on SQLite and PostgreSQL alike.
        return (Project.planned_end.is_(None), Project.planned_end, Project.id)
    if order == "name":
        return (Project.name, Project.id)
    return (Project.updated_at.desc(), Project.id.desc())


def _due_rules(today: date) -> dict[Lateness, tuple[ColumnElement[bool], ...]]:
    """Return what makes a project due soon, late, or not begun in time."""
    end, start = Project.planned_end, Project.planned_start
    not_done = Project.status.in_(NOT_DONE)
    return {
        "soon": (not_done, end >= today, end <= today + SOON),
        "overdue": (not_done, end < today),
        "not_begun": (Project.status.in_(NOT_BEGUN), start < today),
    }


def weeks_of(first: date, due: Iterable[Project]) -> list[list[tuple[date, list[Project]]]]:
    """Return the weeks of a month from Monday on, each day with the projects due on it."""
    by_day: dict[date | None, list[Project]] = {}
    for project in due:
        by_day.setdefault(project.planned_end, []).append(project)
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    return [[(day, by_day.get(day, [])) for day in week] for week in weeks]


def month_before(first: date) -> date:
    """Return the first day of the month before."""
    return (first - timedelta(days=1)).replace(day=1)
