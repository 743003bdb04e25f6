"""Make, change and list projects."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.db import row_of
from app.errors import Conflict, Missing, changed_meanwhile
from app.projects.models import DEFAULT_RADIUS_M, DONE, PLANNED, STATUSES, UNDER_WAY, Project
from geodata.areas import current_boundaries
from geodata.home import Home

__all__ = ["STATUSES", "ProjectValues", "StatusChange", "change", "create", "get"]

SMALLEST_RADIUS_M, LARGEST_RADIUS_M = 20, 5000
LARGEST_TARGET = 1_000_000

Lateness = Literal["soon", "overdue", "not_begun"]

SOON = timedelta(days=14)
"""A project whose planned end is this near is due soon."""

NEXT = {PLANNED: (UNDER_WAY,), UNDER_WAY: (DONE, PLANNED), DONE: (UNDER_WAY,)}
"""Steps that may follow each status; back is allowed, since people click wrongly."""


class ProjectValues(BaseModel):
    """What a person may write into a project."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=200)
    owner: str = Field(min_length=1, max_length=100)
    lng: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-85, le=85)
    radius_m: int = Field(default=DEFAULT_RADIUS_M, ge=SMALLEST_RADIUS_M, le=LARGEST_RADIUS_M)
    township: str | None = Field(default=None, max_length=64)
    class_1: str | None = Field(default=None, max_length=200)
    planned_start: date | None = None
    planned_end: date | None = None
    target_per_month: float | None = Field(default=None, ge=0, le=LARGEST_TARGET)
    note: str = Field(default="", max_length=10_000)

    @model_validator(mode="after")
    def _end_after_start(self) -> ProjectValues:
        if self.planned_start and self.planned_end and self.planned_end < self.planned_start:
            raise ValueError(f"planned end {self.planned_end} is before start {self.planned_start}")
        return self


class StatusChange(BaseModel):
    """A move to another status on a day."""

    model_config = ConfigDict(frozen=True)

    status: str
    on: date
    row_version: int


def list_projects(
    access: Access, status: str | None = None, due: Lateness | None = None
) -> list[Project]:
    """Return the projects of a person's area, those changed last first.

    Parameters
    ----------
    access : Access
    status : str, optional
        Keep those of this status.
    due : {"soon", "overdue", "not_begun"}, optional
        Keep those that are not done and due soon, or late, or not begun when they should be.
    """
    query = _seen(access).order_by(Project.updated_at.desc(), Project.id.desc())
    if status:
        query = query.where(Project.status == status)
    if due:
        query = query.where(*_due_rules(datetime.now().date())[due])
    with access.database.session() as session:
        return list(session.scalars(query))


def count_by_status(access: Access) -> dict[str, int]:
    """Count the projects of each status."""
    query = _seen(access).with_only_columns(Project.status, func.count())
    query = query.group_by(Project.status)
    with access.database.session() as session:
        found = session.execute(query)
        counts = {str(status): int(count) for status, count in found}
    return {status: counts.get(status, 0) for status in STATUSES}


def count_due(access: Access) -> dict[Lateness, int]:
    """Count the projects of a person's area that are due soon, late, or not begun in time."""
    rules = _due_rules(datetime.now().date())
    counts = [func.count().filter(*rule) for rule in rules.values()]
    with access.database.session() as session:
        found = session.execute(_seen(access).with_only_columns(*counts)).one()
    return dict(zip(rules, map(int, found), strict=True))


def get(access: Access, project_id: int, permission: Permission = Permission.READ) -> Project:
    """Return one project, for somebody with a permission in its township.

    Raises
    ------
    Missing
        No project has this id.
    Forbidden
        It is outside her area.
    """
    with access.database.session() as session:
        project = _get(session, project_id)
    access.require_township(permission, project.township)
    return project


def create(access: Access, home: Home, values: ProjectValues) -> Project:
    """Make a planned project; a township that was left open is that of its point.

    Raises
    ------
    Forbidden
        It would be outside the person's area.
    """
    placed = _placed(access, home, values)
    now = datetime.now(UTC)
    project = Project(**placed.model_dump(), status=PLANNED, created_at=now, updated_at=now)
    with access.database.session() as session:
        session.add(project)
        session.flush()
        subject = ("project", project.id)
        access.record("project.create", subject, None, placed.model_dump(), session=session)
    return project


def change(
    access: Access, home: Home, project_id: int, values: ProjectValues, version: int
) -> Project:
    """Write changed values, if nobody else wrote since ``version``.

    Raises
    ------
    Conflict
        Someone did.
    Forbidden
        It is outside the person's area, or would be.
    """
    placed = _placed(access, home, values)
    return _write(access, "project.change", project_id, version, placed.model_dump())


def set_status(access: Access, project_id: int, move: StatusChange) -> Project:
    """Move a project to another status and keep the day.

    Raises
    ------
    Conflict
        The step is not allowed from where it stands, it would end before it began, or someone
        else changed the project meanwhile.
    """
    project = get(access, project_id, Permission.WORK_PROJECTS)
    if move.status not in NEXT[project.status]:
        raise Conflict(
            f"project {project_id} is {project.status}: it cannot become {move.status}",
            f"项目 {project_id} 当前状态不能改为所选状态",
        )
    dates = _dates(project, move)
    return _write(access, "project.move", project_id, move.row_version, dates)


def next_statuses(status: str) -> tuple[str, ...]:
    """Statuses that may follow."""
    return NEXT[status]


def map_layer(access: Access) -> list[dict[str, Any]]:
    """Return what the map draws of each project."""
    return [
        {
            "id": project.id,
            "name": project.name,
            "status": project.status,
            "lng": project.lng,
            "lat": project.lat,
            "radius_m": project.radius_m,
            "owner": project.owner,
        }
        for project in list_projects(access)
    ]


def _seen(access: Access) -> Select[Project]:
    area = access.area(Permission.READ)
    every = select(Project)
    return every if area.whole else every.where(Project.township.in_(sorted(area.townships)))


def _due_rules(today: date) -> dict[Lateness, tuple[ColumnElement[bool], ...]]:
    """Return what makes a project due soon, late, or not begun in time."""
    end, start = Project.planned_end, Project.planned_start
    return {
        "soon": (Project.status != DONE, end >= today, end <= today + SOON),
        "overdue": (Project.status != DONE, end < today),
        "not_begun": (Project.status == PLANNED, start < today),
    }


def _placed(access: Access, home: Home, values: ProjectValues) -> ProjectValues:
    """Add the township in which the point lies, where none was chosen: whose it is follows from it.

    A point outside all townships leaves it open, and then it is the whole city's. Both the point
    and the township that was chosen must be in the person's area.
    """
    townships = current_boundaries(home, "township")
    index = -1 if townships is None else int(townships.locate([values.lng], [values.lat])[0])
    located = None if townships is None or index < 0 else str(townships.codes[index])
    for township in {located or values.township, values.township or located}:
        access.require_township(Permission.WORK_PROJECTS, township)
    return values if values.township else values.model_copy(update={"township": located})


def _dates(project: Project, move: StatusChange) -> dict[str, Any]:
    """Return what a move does to the days: going back clears those that no longer hold."""
    if move.status == PLANNED:
        return {"status": PLANNED, "started_on": None, "finished_on": None}
    if move.status == DONE:
        if project.started_on and move.on < project.started_on:
            raise Conflict(
                f"project {project.id} began on {project.started_on}: it cannot end on {move.on}",
                f"完成日期 {move.on} 早于开工日期 {project.started_on}",
            )
        return {"status": DONE, "finished_on": move.on}
    started = project.started_on if project.status == DONE else move.on
    return {"status": UNDER_WAY, "started_on": started, "finished_on": None}


def _write(
    access: Access, action: str, project_id: int, version: int, values: dict[str, Any]
) -> Project:
    changed = changed_meanwhile(f"project {project_id}", f"项目 {project_id} ")
    try:
        with access.database.session() as session:
            project = _get(session, project_id)
            access.require_township(Permission.WORK_PROJECTS, project.township)
            if project.row_version != version:
                raise changed
            before = {name: getattr(project, name) for name in values}
            for name, value in values.items():
                setattr(project, name, value)
            project.updated_at = datetime.now(UTC)
            access.record(action, ("project", project_id), before, values, session=session)
    except StaleDataError:
        raise changed from None
    return project


def _get(session: Session, project_id: int) -> Project:
    project = row_of(session, Project, project_id)
    if project is None:
        raise Missing(f"no project {project_id}", f"没有编号为 {project_id} 的项目")
    return project
