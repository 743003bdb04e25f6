"""Applications for proactive projects: written, changed, found and listed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.areas import AREA_COLUMNS
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import Database, row_of
from app.errors import Conflict, InvalidParameter
from app.projects.proactive.models import APPROVED, DRAFT, ENDED, ProactiveProject
from app.projects.proactive.steps import OPEN_TO_CHANGE, STATES
from app.succession import lineage
from app.townships.assessment.class_paths import known_paths, path_text
from app.townships.assessment.near_points import NamedPoint
from app.townships.designations.life import FIRST_DAY, LAST_DAY
from app.townships.governing.plans import district_of
from geodata.areas import current_boundaries
from geodata.home import Home
from geodata.store import CaseStore

PROACTIVE = Kind(
    ProactiveProject, "proactive", "application", "主动治理申请",
    untold=frozenset({"root_cause", "problems", "measures", "points", "source_cases"}),
)  # fmt: skip

SMALLEST_RADIUS_M, LARGEST_RADIUS_M, USUAL_RADIUS_M = 20, 2_000, 150
MOST_POINTS, MOST_PATHS, MOST_SOURCES = 20, 10, 200
LONGEST_TEXT = 10_000
SHOWN_IDS = 3

Path = tuple[str, ...]


class PointValues(BaseModel):
    """A named point of an application."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=100)
    lng: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-85, le=85)
    radius_m: int = Field(default=USUAL_RADIUS_M, ge=SMALLEST_RADIUS_M, le=LARGEST_RADIUS_M)

    def named(self) -> NamedPoint:
        """Return it as an exclusion has it."""
        return NamedPoint(self.name, self.lng, self.lat, self.radius_m)


class ProactiveValues(BaseModel):
    """What a person may write into an application."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=200)
    township: str = Field(min_length=1, max_length=64)
    unit_id: int | None = None
    root_cause: str = Field(default="", max_length=LONGEST_TEXT)
    problems: str = Field(default="", max_length=LONGEST_TEXT)
    measures: str = Field(default="", max_length=LONGEST_TEXT)
    points: tuple[PointValues, ...] = Field(min_length=1, max_length=MOST_POINTS)
    paths: tuple[Path, ...] = Field(min_length=1, max_length=MOST_PATHS)
    source_cases: tuple[str, ...] = Field(default=(), max_length=MOST_SOURCES)
    window_start: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    window_end: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    work_start: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    work_end: date = Field(ge=FIRST_DAY, le=LAST_DAY)

    def columns(self) -> dict[str, Any]:
        """Return the columns of the record."""
        return self.model_dump() | {
            "points": [point.named().to_json() for point in self.points],
            "paths": [list(path) for path in self.paths],
            "source_cases": list(self.source_cases),
        }


def values_of(record: ProactiveProject) -> ProactiveValues:
    """Return what is written in a record."""
    return ProactiveValues(**{name: getattr(record, name) for name in ProactiveValues.model_fields})


def list_projects(
    access: Access, state: str | None = None, townships: frozenset[str] | None = None
) -> list[ProactiveProject]:
    """Return the applications of a person's area, those changed last by a step first.

    Parameters
    ----------
    access : Access
    state : str, optional
    townships : frozenset of str, optional
        Codes of those to keep.
    """
    query = _seen(access, townships).order_by(ProactiveProject.id.desc())
    if state:
        query = query.where(ProactiveProject.state == state)
    with access.database.session() as session:
        return list(session.scalars(query))


def count_by_state(access: Access, townships: frozenset[str] | None = None) -> dict[str, int]:
    """Count the applications of each state."""
    query = _seen(access, townships).with_only_columns(ProactiveProject.state, func.count())
    with access.database.session() as session:
        rows = session.execute(query.group_by(ProactiveProject.state)).all()
    found = {str(state): int(n) for state, n in rows}
    return {state: found.get(state, 0) for state in STATES}


def find(access: Access, number: int, permission: Permission = Permission.READ) -> ProactiveProject:
    """Return one application, for somebody with a permission in its township.

    Raises
    ------
    Missing
        None has this id.
    Forbidden
        It is outside her area.
    """
    with access.database.session() as session:
        record = PROACTIVE.find(session, number)
    access.require_township(permission, record.township)
    return record


def create(
    access: Access, home: Home, values: ProactiveValues, former_id: int | None = None
) -> ProactiveProject:
    """Write a draft; one that is to take the place of an approved one names it.

    Raises
    ------
    Forbidden
        The township is outside the person's area.
    InvalidParameter
        Something in it cannot be: see `check_values`.
    """
    access.require_township(Permission.WORK_PLANS, values.township)
    check_values(access, home, values)
    if former_id is not None:
        check_former(access, former_id, values.township)
    record = ProactiveProject(**values.columns(), state=DRAFT, former_id=former_id)
    with access.database.session() as session:
        return PROACTIVE.create(access, session, record)


def change(
    access: Access, home: Home, number: int, values: ProactiveValues, version: int
) -> ProactiveProject:
    """Write an application anew, while it is a draft or was returned.

    Raises
    ------
    Conflict
        It is under review or decided, or someone else wrote since `version`.
    Forbidden
        It is outside the person's area, or would be.
    InvalidParameter
        Something in it cannot be.
    """
    access.require_township(Permission.WORK_PLANS, values.township)
    check_values(access, home, values)

    def step(_session: Session, record: ProactiveProject) -> Mapping[str, Any]:
        access.require_township(Permission.WORK_PLANS, record.township)
        require_open(record)
        if record.former_id is not None:
            check_former(access, record.former_id, values.township)
        return values.columns()

    return PROACTIVE.change(access, number, version, step)


def require_open(record: ProactiveProject) -> None:
    """Check that an application may be written anew.

    Raises
    ------
    Conflict
        It may not: what is under review, or approved, is frozen.
    """
    if record.state not in OPEN_TO_CHANGE:
        raise Conflict(
            f"application {record.id} is {record.state}: only a draft or a returned one can be "
            "changed; a change of an approved one is a new application",
            f"申请 {record.id} 现为“{STATES[record.state]}”，不能修改；只有草稿和退回的可以修改，"
            "已批准的如需变更，请另提申请",
        )


def check_values(access: Access, home: Home, values: ProactiveValues) -> None:
    """Check an application against the boundaries, classes, units and cases in use.

    Raises
    ------
    InvalidParameter
        Names what is wrong and at which field.
    """
    _check_days(values)
    _check_points(home, values)
    for path in values.paths:
        if path not in known_paths(home):
            text = path_text(path)
            raise InvalidParameter(
                f"paths: {text!r} is no path of classes of the stored cases",
                f"问题分类“{text}”在库中不存在",
                field="paths",
            )
    with access.database.session() as session:
        if values.unit_id is not None and row_of(session, Unit, values.unit_id) is None:
            raise InvalidParameter(
                f"unit_id: there is no unit {values.unit_id}",
                f"没有编号为 {values.unit_id} 的单位",
                field="unit_id",
            )
    _check_sources(access, home, values)


def district_code(database: Database, home: Home, township: str) -> str:
    """Return the code of a township's district; empty where no boundaries tell it."""
    found = district_of(home, lineage(database).followed(township))
    return found.code if found else ""


def _seen(access: Access, townships: frozenset[str] | None) -> Select[ProactiveProject]:
    area, query = access.area(Permission.READ), select(ProactiveProject)
    if not area.whole:
        query = query.where(ProactiveProject.township.in_(sorted(area.townships)))
    if townships is not None:
        query = query.where(ProactiveProject.township.in_(sorted(townships)))
    return query


def check_former(access: Access, former_id: int, township: str) -> None:
    """Check that an application may take the place of another.

    Raises
    ------
    InvalidParameter
        The other is neither approved nor ended, or of another township.
    """
    former = find(access, former_id)
    if former.state not in (APPROVED, ENDED) or former.township != township:
        raise InvalidParameter(
            f"former: application {former_id} is {former.state}, of township {former.township}: "
            "only an approved or ended one of the same township can be changed",
            f"申请 {former_id} 现为“{STATES[former.state]}”，"
            "只能变更同一街乡镇已批准或已结束的申请",
            field="township",
        )


def _check_days(values: ProactiveValues) -> None:
    spans = {
        "window_end": (values.window_start, values.window_end, "window", "窗口"),
        "work_end": (values.work_start, values.work_end, "work", "治理工作"),
    }
    for field, (first, last, english, chinese) in spans.items():
        if last < first:
            raise InvalidParameter(
                f"{field}: the {english} ends on {last}, before it begins on {first}",
                f"{chinese}的止日 {last} 早于起日 {first}",
                field=field,
            )


def _check_points(home: Home, values: ProactiveValues) -> None:
    townships = current_boundaries(home, "township")
    codes = [] if townships is None else [str(code) for code in townships.codes]
    if townships is None or values.township not in codes:
        raise InvalidParameter(
            f"township: {values.township!r} is no code of the boundaries in use",
            f"街乡镇“{values.township}”不在现行边界中",
            field="township",
        )
    names = [point.name for point in values.points]
    for name in names:
        if names.count(name) > 1:
            raise InvalidParameter(
                f"points: {name!r} stands there {names.count(name)} times",
                f"点位“{name}”重复了 {names.count(name)} 次，请合并或改名",
                field="points",
            )
    found = townships.locate(
        [point.lng for point in values.points], [point.lat for point in values.points]
    )
    for point, at in zip(values.points, found, strict=True):
        if at < 0 or codes[int(at)] != values.township:
            own = str(townships.names[codes.index(values.township)])
            where = str(townships.names[int(at)]) if at >= 0 else ""
            raise InvalidParameter(
                f"points: {point.name!r} at {point.lng:.5f}, {point.lat:.5f} lies in "
                f"{where or 'no township'}, not in {own}",
                f"点位“{point.name}”（{point.lng:.5f}，{point.lat:.5f}）"
                + (f"在{where}" if where else "不在任何街乡镇内")
                + f"，应在{own}内",
                field="points",
            )


def _check_sources(access: Access, home: Home, values: ProactiveValues) -> None:
    """Check that the cases exist, among those that the person may read."""
    if not values.source_cases:
        return
    version = CaseStore(home).version
    known: set[str] = set()
    if version is not None:
        cases = CaseStore(home).scan(version, columns=["case_id", *AREA_COLUMNS])
        kept = cases.filter(pl.col("case_id").is_in(list(values.source_cases)))
        kept = access.reach(Permission.READ_CASES).keep_cases(kept)
        known = set(kept.select("case_id").collect()["case_id"].to_list())
    missing = [each for each in values.source_cases if each not in known]
    if missing:
        shown = "、".join(each[:40] for each in missing[:SHOWN_IDS])
        raise InvalidParameter(
            f"source_cases: {len(missing)} of {len(values.source_cases)} are no cases that you may "
            f"read: {shown}",
            f"源诉求中有 {len(missing)} 个编号在您可查看的诉求里找不到：{shown}",
            field="source_cases",
        )
