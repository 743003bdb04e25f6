"""Make, change and move projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.audit import history_of
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.errors import Conflict, Forbidden, InvalidParameter
from app.projects.models import DRAFT, Point, Project, ProjectPoint
from app.projects.points.register import (
    PointValues,
    add_point,
    make_point,
    require_same_township,
)
from app.projects.states import (
    NOT_SUBMITTED,
    ProjectMove,
    check_move,
    days_of,
    is_above,
    require_ground,
    require_open,
    require_step,
)
from app.succession import lineage_in
from app.townships.governing.items import ITEM
from app.townships.governing.models import TOWNSHIP_PLAN
from app.townships.governing.plans import PLAN, is_within
from geodata.home import Home

PROJECT = Kind(Project, "project", "project", "项目", untold=frozenset({"note"}))

LARGEST_TARGET = 1_000_000
LARGEST_COST = 10**12
"""Yuan."""

MEASURES = ("facility", "renewal", "management", "cleaning", "enforcement", "service", "other")
"""Kinds of work, by which effects are put together."""

PROGRESS = ("solved", "scheduled", "speeding", "other")
"""The offices' own words beside the status: 基本解决, 有方案和时间表, 有方案加快推进, 其它."""


class ProjectValues(BaseModel):
    """What a person may write into a project."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=200)
    owner: str = Field(min_length=1, max_length=100)
    township: str | None = Field(default=None, max_length=64)
    item_id: int | None = None
    measure: str = Field(default="", max_length=40)
    class_1: str | None = Field(default=None, max_length=200)
    planned_start: date | None = None
    planned_end: date | None = None
    target_per_month: float | None = Field(default=None, ge=0, le=LARGEST_TARGET)
    cost_yuan: int | None = Field(default=None, ge=0, le=LARGEST_COST)
    progress: str = Field(default="", max_length=16)
    note: str = Field(default="", max_length=10_000)

    @model_validator(mode="after")
    def _fits(self) -> ProjectValues:
        if self.planned_start and self.planned_end and self.planned_end < self.planned_start:
            raise ValueError(f"planned end {self.planned_end} is before start {self.planned_start}")
        for name, known in (("measure", MEASURES), ("progress", PROGRESS)):
            written = getattr(self, name)
            if written and written not in known:
                raise ValueError(f"{name} {written!r} is none of {', '.join(known)}")
        return self


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
        project = PROJECT.find(session, project_id)
    access.require_township(permission, project.township)
    return project


def create(
    access: Access, home: Home, values: ProjectValues, points: Sequence[PointValues]
) -> Project:
    """Make a draft with its points; a township that was left open is that of the first point.

    Raises
    ------
    InvalidParameter
        A point lies in another township, there is none, or its item is not of this township.
    Forbidden
        It would be outside the person's area.
    """
    made = [make_point(home, each) for each in points]
    if not made:
        raise InvalidParameter("points: a project needs one", "项目至少要有一个点位", field="lng")
    townships = (each.township for each in made if each.township)
    township = values.township or next(townships, None)
    for permitted in {township, *(each.township or township for each in made)}:
        access.require_township(Permission.WORK_PROJECTS, permitted)
    for each in made:
        require_same_township(home, township, each)
    now = datetime.now(UTC)
    columns = values.model_dump() | {"township": township}
    project = Project(**columns, status=DRAFT, created_at=now, updated_at=now)
    with access.database.session() as session:
        _check_item(access, session, project.township, values.item_id)
        PROJECT.create(access, session, project, **columns)
        for each in made:
            add_point(access, session, project, each)
    return project


def add(access: Access, home: Home, project_id: int, values: PointValues) -> Point:
    """Make a point and hang it on a project.

    Raises
    ------
    InvalidParameter
        It lies in another township.
    Forbidden
        The project is outside the person's area, or closed.
    """
    made = make_point(home, values)
    with access.database.session() as session:
        project = PROJECT.find(session, project_id)
        require_open(access, home, project)
        require_ground(access, home, [project])
        require_same_township(home, project.township, made)
        return add_point(access, session, project, made)


def change(
    access: Access, home: Home, project_id: int, values: ProjectValues, version: int
) -> Project:
    """Write changed values, if nobody else wrote since ``version``.

    Raises
    ------
    Conflict
        Someone did.
    Forbidden
        It is outside the person's area, or would be; or the change is for those above who does
        the work: a later end or none, another target or class once it was submitted, or any of a
        project that is closed or cancelled.
    """
    if values.township:
        access.require_township(Permission.WORK_PROJECTS, values.township)

    def write(session: Session, project: Project) -> Mapping[str, Any]:
        require_open(access, home, project)
        if not is_above(access, home, project.township):
            _require_own(access, project, values)
        kept = values if values.township else values.model_copy(
            update={"township": project.township}
        )  # fmt: skip
        own = select(Point).join(ProjectPoint).where(ProjectPoint.project_id == project_id)
        for point in session.scalars(own):
            require_same_township(home, kept.township, point)
        _check_item(access, session, kept.township, kept.item_id)
        project.updated_at = datetime.now(UTC)
        return kept.model_dump()

    return PROJECT.change(access, project_id, version, write)


def move(
    access: Access, home: Home, project_id: int, version: int, to: ProjectMove,
    session: Session | None = None,
) -> Project:  # fmt: skip
    """Take a project a step further or back, in a session of other changes where one is given.

    Raises
    ------
    Conflict
        The step may not follow, or somebody else changed the project meanwhile.
    InvalidParameter
        It leads back and has no words, or lies before the step before it.
    Forbidden
        It is not this person's to take.
    """

    def step(_session: Session, project: Project) -> Mapping[str, Any]:
        require_step(access, home, project, to.status)
        check_move(project, to)
        project.updated_at = datetime.now(UTC)
        return {"status": to.status, "since": to.on, **days_of(project, to)}

    told: dict[str, Any] = {"act": "move", "words": to.words}
    if session is not None:
        return PROJECT.change_in(access, session, project_id, version, step, **told)
    return PROJECT.change(access, project_id, version, step, **told)


def _require_own(access: Access, project: Project, values: ProjectValues) -> None:
    """Refuse what would make a project look better than it is, to who does its work."""
    end = project.planned_end
    if end and (values.planned_end is None or values.planned_end > end):
        raise Forbidden(
            f"{access.who} may not put off project {project.id}, due {end}, to "
            f"{values.planned_end or 'no day'}: this is for the district or the city",
            f"项目 {project.id} 的计划完成日期 {end} 改为 {values.planned_end or '不设'}"
            "须由区级或市级办理",
        )
    judged_by = ("target_per_month", "class_1")
    if project.status not in NOT_SUBMITTED and any(
        getattr(values, name) != getattr(project, name) for name in judged_by
    ):
        raise Forbidden(
            f"{access.who} may not change target or class of project {project.id}, which is "
            f"{project.status}: this is for the district or the city",
            f"项目 {project.id} 提交后，目标和问题分类的改动须由区级或市级办理",
        )


def _check_item(
    access: Access, session: Session, township: str | None, item_id: int | None
) -> None:
    """Check that an item is one that the person sees, and of the project's township."""
    if item_id is None:
        return
    plan = PLAN.find(session, ITEM.find(session, item_id).plan_id)
    own = lineage_in(session).followed(plan.area_code)
    if not is_within(access, Permission.READ, plan) or (
        plan.level == TOWNSHIP_PLAN and township not in own
    ):
        raise InvalidParameter(
            f"item_id: item {item_id} is of the plan of {plan.name}, not of township {township}",
            f"事项 {item_id} 属于“{plan.name}”的方案，不是本项目所属街乡镇的",
            field="item_id",
        )


def undo(access: Access, home: Home, project_id: int, version: int) -> Project:
    """Take the last change of a project back, as a change of its own.

    Raises
    ------
    Conflict
        The last thing that was done to it is no change of what is written of it, or somebody did
        something since the person looked.
    """
    acts = history_of(access.database, PROJECT.key, project_id)
    last = acts[-1] if acts else None
    if last is None or last.act != "change":
        raise Conflict(
            f"the last act on project {project_id} is no change: nothing to take back",
            f"项目 {project_id} 最近一次操作不是修改，无可撤销",
        )
    former = {name: sides[0] for name, sides in last.changes.items() if name != "note"}
    if last.changes.get("note", ("", ""))[0] != last.changes.get("note", ("", ""))[1]:
        raise Conflict(
            f"the note of project {project_id} changed, and what it said before is not kept",
            f"项目 {project_id} 最近一次修改改了备注，原来的备注没有保留，不能撤销",
        )
    project = get(access, project_id, Permission.WORK_PROJECTS)
    kept = {name: getattr(project, name) for name in ProjectValues.model_fields}
    values = ProjectValues.model_validate(kept | former)
    return change(access, home, project_id, values, version)
