"""Departments are asked to take something into their work plans, and answer 纳入 or 不纳入.

A request has one answer. A department that changes its mind is asked again: what it said stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.areas import Area
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.errors import Conflict, Forbidden, InvalidParameter
from app.townships.adopting.models import (
    ADOPTED,
    ASKED,
    NOT_ADOPTED,
    WITHDRAWN,
    AdoptionRequest,
)
from app.townships.adopting.subjects import Asked, Subject, askable_units, find_subject
from app.townships.governing.models import DISTRICT_PLAN, TOWNSHIP_PLAN
from app.townships.governing.plans import LAST_YEAR
from app.townships.steps import Steps
from app.townships.supervising.words import required_words
from geodata.home import Home

REQUESTS = Kind(
    AdoptionRequest, "adoption", "request", "纳入提请", untold=frozenset({"text", "reason"})
)

STEPS = Steps(
    {ASKED: (ADOPTED, NOT_ADOPTED, WITHDRAWN), ADOPTED: (), NOT_ADOPTED: (), WITHDRAWN: ()},
    {ASKED: "待答复", ADOPTED: "已纳入计划", NOT_ADOPTED: "不纳入", WITHDRAWN: "已撤回"},
)

ANSWER_DAYS = 15
"""Days that a department has to answer where nobody says otherwise: our default."""

MOST_UNITS = 30
"""Departments that are asked by one form."""


class AskValues(BaseModel):
    """What a person writes when departments are asked."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=200)
    text: str = Field(default="", max_length=10_000)
    due_on: date
    units: tuple[int, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a department says: the year and project that it adopts it in, or why not."""

    adopted: bool
    year: int | None = None
    project: str = ""
    reason: str = ""


def default_due(today: date) -> date:
    """Return until when departments answer, where nobody says otherwise."""
    return today + timedelta(days=ANSWER_DAYS)


def seen_requests(access: Access) -> Select[AdoptionRequest]:
    """Return the query of the requests of a person's area, and of those put to units of hers."""
    area = access.area(Permission.READ)
    if area.whole:
        return select(AdoptionRequest)
    return select(AdoptionRequest).where(
        or_(_lies_in(area), AdoptionRequest.unit_id.in_(access.answering))
    )


def is_within(access: Access, permission: Permission, request: AdoptionRequest) -> bool:
    """Tell whether a request lies in the area where a person may do something."""
    area = access.reach(permission)
    if request.level == TOWNSHIP_PLAN:
        return area.has_township(request.area_code)
    return area.whole or request.area_code in area.districts


def find_request(access: Access, number: int) -> tuple[AdoptionRequest, Unit]:
    """Return a request and who was asked.

    Raises
    ------
    Missing
        None has this id.
    Forbidden
        It is outside the person's area and put to no unit of hers.
    """
    with access.database.session() as session:
        found = REQUESTS.find(session, number)
        unit = session.get_one(Unit, found.unit_id)
    if not is_within(access, Permission.READ, found) and not access.answers_for(found.unit_id):
        raise _outside(access, number)
    return found, unit


def ask(
    access: Access, home: Home, asked: Asked, values: AskValues, today: date
) -> list[AdoptionRequest]:
    """Ask departments to adopt something, each by a request of its own: all or none.

    Raises
    ------
    InvalidParameter
        No department is chosen, too many are, one cannot be asked from there, or the day is over.
    Conflict
        A department has been asked already and has not answered.
    Forbidden, Missing
        See `subjects.find_subject`.
    """
    subject = find_subject(access, home, asked)
    units = _checked_units(access, home, subject, values.units, today)
    if values.due_on < today:
        raise InvalidParameter(
            f"due_on: {values.due_on} is over already; expected {today} or later",
            f"答复期限 {values.due_on} 早于今天（{today}）",
            field="due_on",
        )
    with access.database.session() as session:
        return [_put(access, session, subject, values, unit, today) for unit in units]


def answer(access: Access, number: int, version: int, said: Answer, today: date) -> AdoptionRequest:
    """Answer for a department that was asked.

    Raises
    ------
    Forbidden
        It is none of the person's units.
    Conflict
        It has been answered or withdrawn, or somebody else changed it since ``version``.
    InvalidParameter
        A year or a project is missing where it is adopted, or the reason where it is not.
    """
    access.area(Permission.ANSWER)

    def change(_session: Session, request: AdoptionRequest) -> Mapping[str, Any]:
        access.require_unit(request.unit_id)
        state = ADOPTED if said.adopted else NOT_ADOPTED
        STEPS.require(request.state, state)
        told = _adopted(said, today) if said.adopted else _not_adopted(said)
        return {"state": state, "answered_on": today, **told}

    return REQUESTS.change(access, number, version, change, act="answer")


def withdraw(access: Access, number: int, version: int, words: str, today: date) -> AdoptionRequest:
    """Take a request back, with the reason.

    Raises
    ------
    Conflict
        It has been answered or withdrawn, or somebody else changed it since ``version``.
    Forbidden
        It lies outside the person's area.
    InvalidParameter
        There is no reason.
    """

    def change(_session: Session, request: AdoptionRequest) -> Mapping[str, Any]:
        access.area(Permission.WORK_PLANS)
        if not is_within(access, Permission.WORK_PLANS, request):
            raise _outside(access, number)
        STEPS.require(request.state, WITHDRAWN)
        said = required_words(words, english="reason", chinese="撤回原因")
        return {"state": WITHDRAWN, "reason": said, "answered_on": today}

    return REQUESTS.change(access, number, version, change, act="withdraw")


def _lies_in(area: Area) -> Any:
    table = AdoptionRequest
    return or_(
        and_(table.level == TOWNSHIP_PLAN, table.area_code.in_(sorted(area.townships))),
        and_(table.level == DISTRICT_PLAN, table.area_code.in_(sorted(area.districts))),
    )


def _checked_units(
    access: Access, home: Home, subject: Subject, chosen: tuple[int, ...], today: date
) -> list[Unit]:
    units = list(dict.fromkeys(chosen))
    if not units:
        raise InvalidParameter(
            "units: no department is chosen", "请至少选一个部门或单位", field="units"
        )
    if len(units) > MOST_UNITS:
        raise InvalidParameter(
            f"units: {len(units)} are chosen; at most {MOST_UNITS} are asked at once",
            f"一次最多提请 {MOST_UNITS} 个单位，选了 {len(units)} 个",
            field="units",
        )
    known = {unit.id: unit for unit in askable_units(access.database, home, subject, today)}
    for number in units:
        if number not in known:
            raise InvalidParameter(
                f"units: unit {number} cannot be asked from {subject.area_name}",
                f"编号为 {number} 的单位不存在，或不能由{subject.area_name}提请",
                field="units",
            )
    return [known[number] for number in units]


def _put(
    access: Access,
    session: Session,
    subject: Subject,
    values: AskValues,
    unit: Unit,
    today: date,
) -> AdoptionRequest:
    request = AdoptionRequest(
        source_kind=subject.kind,
        source_id=subject.id,
        title=values.title,
        level=subject.level,
        area_code=subject.area_code,
        area_name=subject.area_name,
        unit_id=unit.id,
        text=values.text,
        asked_on=today,
        due_on=values.due_on,
        state=ASKED,
    )
    try:
        return REQUESTS.create(access, session, request)
    except IntegrityError as error:
        raise Conflict(
            f"{unit.name} has been asked about this already and has not answered: nothing was sent",
            f"{unit.name}已收到同一问题的提请，尚未答复；这次没有提请任何单位",
        ) from error


def _adopted(said: Answer, today: date) -> dict[str, Any]:
    if said.year is None or not today.year <= said.year <= LAST_YEAR:
        raise InvalidParameter(
            f"year: {said.year} is not a year from {today.year} to {LAST_YEAR}",
            f"纳入年度应为 {today.year} 至 {LAST_YEAR} 之间的年份",
            field="year",
        )
    project = required_words(said.project, english="project", chinese="项目名称")
    return {"year": said.year, "project": project}


def _not_adopted(said: Answer) -> dict[str, Any]:
    return {"reason": required_words(said.reason, english="reason", chinese="不纳入的理由")}


def _outside(access: Access, number: int) -> Forbidden:
    return Forbidden(
        f"{access.who} may not: request {number} is outside the area of this account",
        f"纳入提请 {number} 不在您的辖区内，如有需要请联系管理员",
    )
