"""Talks 约谈: proposed by a rule and confirmed by a person, or arranged by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.areas import Area
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import row_of
from app.errors import Forbidden, InvalidParameter
from app.townships.designations.life import require_past
from app.townships.steps import Steps
from app.townships.supervising.models import Talk
from app.townships.supervising.reaching import reaches
from app.townships.supervising.warnings import mark_talked
from app.townships.supervising.words import required_words
from geodata.areas import current_boundaries
from geodata.home import Home

TALKS = Kind(Talk, "talk", "talk", "约谈", untold=frozenset({"demands", "recheck"}))

PROPOSED, CONFIRMED, HELD = "proposed", "confirmed", "held"
RECHECKED, DROPPED = "rechecked", "dropped"
STEPS = Steps(
    {
        PROPOSED: (CONFIRMED, DROPPED),
        CONFIRMED: (HELD, DROPPED),
        HELD: (RECHECKED,),
        RECHECKED: (),
        DROPPED: (),
    },
    {
        PROPOSED: "待确认",
        CONFIRMED: "已确认",
        HELD: "已约谈",
        RECHECKED: "已复查",
        DROPPED: "不约谈",
    },
)
STATES = tuple(STEPS.following)
UNDER_WAY = (CONFIRMED, HELD)
"""In which something is owed until the deadline."""
State = Literal["proposed", "confirmed", "held", "rechecked", "dropped"]
Which = Literal["proposed", "confirmed", "held", "rechecked", "dropped", "overdue"]

TalkKind = Literal["last", "collective", "warning", "other"]
KINDS: tuple[TalkKind, ...] = get_args(TalkKind)
"""末位, 集体, 预警, and others that a person arranges."""

SubjectKind = Literal["district", "township", "unit"]
SUBJECT_KINDS: tuple[SubjectKind, ...] = get_args(SubjectKind)


class Arrangement(BaseModel):
    """Who talks with whom, and until when things are to be mended."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    talkers: str = Field(default="", max_length=400)
    joint_units: str = Field(default="", max_length=400)
    attendees: str = Field(default="", max_length=400)
    demands: str = Field(default="", max_length=10_000)
    deadline: date | None = None


class Holding(Arrangement):
    """What there is to say of a talk that was held."""

    held_on: date


class NewTalk(Arrangement):
    """A talk that a person arranges."""

    kind: TalkKind
    cycle_id: str = Field(default="", max_length=60)
    subject_kind: SubjectKind
    subject: str = Field(min_length=1, max_length=64)
    reason: str = Field(min_length=1, max_length=2_000)


def arrange(access: Access, home: Home, values: NewTalk) -> Talk:
    """Arrange a talk by hand; it is confirmed already.

    Raises
    ------
    Forbidden
        Its subject is not in the person's area.
    InvalidParameter
        There is no such district, township or unit.
    """
    given = values.model_dump(exclude={"reason"})
    talk = Talk(**given, facts={"reason": values.reason}, state=CONFIRMED, subject_name="")
    with access.database.session() as session:
        talk.subject_name = _name_of(session, home, values.subject_kind, values.subject)
        _require(access, session, talk)
        return TALKS.create(access, session, talk)


def confirm(access: Access, number: int, version: int, values: Arrangement) -> Talk:
    """Confirm that a talk is to be held.

    Raises
    ------
    Forbidden
        It is not in the person's area, or a rule of the city proposed it and she is not the city's.
    Conflict
    """

    def write(session: Session, talk: Talk) -> Mapping[str, Any]:
        _require_to(access, session, talk, CONFIRMED)
        STEPS.require(talk.state, CONFIRMED)
        return {"state": CONFIRMED, **values.model_dump()}

    return TALKS.change(access, number, version, write, act="confirm")


def drop(access: Access, number: int, version: int, words: str) -> Talk:
    """Say why a talk is not held; the audit keeps the words.

    Raises
    ------
    Forbidden
        As for `confirm`.
    InvalidParameter, Conflict
    """
    said = required_words(words)

    def write(session: Session, talk: Talk) -> Mapping[str, Any]:
        _require_to(access, session, talk, DROPPED)
        STEPS.require(talk.state, DROPPED)
        return {"state": DROPPED}

    return TALKS.change(access, number, version, write, act="drop", words=said)


def hold(access: Access, number: int, version: int, values: Holding) -> Talk:
    """Say that a talk was held, and what was demanded; the warning that it is of is talked of.

    Raises
    ------
    Forbidden, Conflict
    InvalidParameter
        Things are to be mended before the talk, or its day is yet to come.
    """
    required_words(values.talkers, "talkers", "约谈人")
    required_words(values.demands, "demands", "整改要求")
    require_past(values.held_on, "held_on")
    if values.deadline and values.deadline < values.held_on:
        raise InvalidParameter(
            f"deadline: {values.deadline} is before the day of the talk {values.held_on}",
            f"整改时限 {values.deadline} 早于约谈日期 {values.held_on}",
            field="deadline",
        )

    def write(session: Session, talk: Talk) -> Mapping[str, Any]:
        _require(access, session, talk)
        STEPS.require(talk.state, HELD)
        mark_talked(access, session, talk.id)
        return {"state": HELD, **values.model_dump()}

    return TALKS.change(access, number, version, write, act="hold")


def recheck(access: Access, number: int, version: int, words: str, on: date) -> Talk:
    """Say what a look afterwards found 复查结果.

    Raises
    ------
    Forbidden, Conflict
    InvalidParameter
        It says nothing, or its day is before that of the talk or yet to come.
    """
    require_past(on)

    def write(session: Session, talk: Talk) -> Mapping[str, Any]:
        _require(access, session, talk)
        STEPS.require(talk.state, RECHECKED)
        if talk.held_on and on < talk.held_on:
            raise InvalidParameter(
                f"on: {on} is before the day of the talk {talk.held_on}",
                f"复查日期 {on} 早于约谈日期 {talk.held_on}",
                field="on",
            )
        said = required_words(words, "recheck", "复查结果")
        return {"state": RECHECKED, "recheck": said, "rechecked_on": on}

    return TALKS.change(access, number, version, write, act="recheck")


def days_late(talk: Talk, today: date) -> int:
    """Return by how many days what a talk demands is late: not rechecked by its deadline."""
    if talk.deadline is None or talk.state not in UNDER_WAY:
        return 0
    return max(0, (today - talk.deadline).days)


def list_talks(
    access: Access,
    today: date,
    which: Which | None = None,
    kind: TalkKind | None = None,
    cycle_id: str | None = None,
) -> list[Talk]:
    """Return the talks of a person's area and with her own units.

    The newest cycle comes first, within it they stand as they were proposed; overdue ones alone
    stand by their deadline.

    Parameters
    ----------
    access : Access
    today : date
        On which they may be overdue.
    which : str, optional
        A state, or ``overdue``: confirmed or held, and not rechecked by the deadline.
    kind, cycle_id : str, optional
    """
    query = select(Talk).order_by(Talk.cycle_id.desc(), Talk.id)
    if which == "overdue":
        query = select(Talk).order_by(Talk.deadline, Talk.id)
        query = query.where(Talk.state.in_(UNDER_WAY), Talk.deadline < today)
    elif which:
        query = query.where(Talk.state == which)
    equal = {Talk.kind: kind, Talk.cycle_id: cycle_id}
    query = query.where(*(column == value for column, value in equal.items() if value))
    area = access.area(Permission.READ)
    with access.database.session() as session:
        units = _units(session) if not area.whole else {}
        return [
            talk
            for talk in session.scalars(query)
            if _lies_in(area, talk, units) or _is_own(access, talk)
        ]


def count_talks(access: Access, today: date) -> dict[str, int]:
    """Count the talks of a person's area by state; ``overdue`` are not rechecked and late."""
    found = list_talks(access, today)
    states = [talk.state for talk in found]
    counts = {state: states.count(state) for state in STATES}
    return counts | {"overdue": sum(days_late(talk, today) > 0 for talk in found)}


def get_talk(access: Access, number: int) -> Talk:
    """Return a talk of a person's area, or with a unit of hers.

    Raises
    ------
    Missing, Forbidden
    """
    with access.database.session() as session:
        talk = TALKS.find(session, number)
        _require(access, session, talk, Permission.READ)
    return talk


def next_states(access: Access, talk: Talk) -> tuple[str, ...]:
    """Return the states that a person may take a talk to."""
    if not access.may(Permission.SUPERVISE):
        return ()
    with access.database.session() as session:
        if not _is_hers(access, session, talk, Permission.SUPERVISE):
            return ()
    return tuple(each for each in STEPS.after(talk.state) if not _is_for_city(access, talk, each))


def _is_for_city(access: Access, talk: Talk, state: str) -> bool:
    """Tell whether only the city takes a talk to a state, and a person is not the city's.

    The rules are the city's: whether what they propose is held is not for a district to say.
    """
    decides = talk.rule is not None and state in (CONFIRMED, DROPPED)
    return decides and not access.area(Permission.SUPERVISE).whole


def _require_to(access: Access, session: Session, talk: Talk, state: str) -> None:
    _require(access, session, talk)
    if _is_for_city(access, talk, state):
        raise Forbidden(
            f"{access.who} may not: a talk that a rule proposed is confirmed or dropped by the "
            "city",
            "规则提出的约谈由市级确认或取消",
        )


def _require(
    access: Access, session: Session, talk: Talk, permission: Permission = Permission.SUPERVISE
) -> None:
    if not _is_hers(access, session, talk, permission):
        raise Forbidden(
            f"{access.who} may not: {talk.subject_name} is outside the area of this account",
            "这不在您的辖区内，如有需要请联系管理员",
        )


def _is_hers(access: Access, session: Session, talk: Talk, permission: Permission) -> bool:
    """Tell whether a talk is a person's to see or, with another permission, to take further.

    A talk with a district is the city's: the district does not talk with itself.
    """
    area = access.area(permission)
    if talk.subject_kind == "district" and permission is not Permission.READ:
        return area.whole
    if permission is Permission.READ and _is_own(access, talk):
        return True
    return _lies_in(area, talk, _units(session))


def _is_own(access: Access, talk: Talk) -> bool:
    """Tell whether a talk is with a unit that a person answers for."""
    return talk.subject_kind == "unit" and access.answers_for(int(talk.subject))


def _lies_in(area: Area, talk: Talk, units: Mapping[str, Unit]) -> bool:
    if talk.subject_kind == "township":
        return area.has_township(talk.subject)
    if talk.subject_kind == "district":
        return area.whole or talk.subject in area.districts
    return reaches(area, units.get(talk.subject))


def _units(session: Session) -> dict[str, Unit]:
    return {str(unit.id): unit for unit in session.scalars(select(Unit))}


def _name_of(session: Session, home: Home, kind: SubjectKind, subject: str) -> str:
    """Return what a subject is called.

    Raises
    ------
    InvalidParameter
        There is none.
    """
    name = None
    if kind == "unit":
        unit = row_of(session, Unit, int(subject)) if subject.isdecimal() else None
        name = unit and unit.name
    else:
        name = subjects(home, kind).get(subject)
    if not name:
        raise InvalidParameter(
            f"subject: no {kind} {subject[:40]!r}", f"没有编号为“{subject[:40]}”的约谈对象"
        )
    return name


def subjects(home: Home, kind: SubjectKind) -> dict[str, str]:
    """Return code and name of the townships, or the districts, that the boundaries have."""
    areas = current_boundaries(home, "township")
    if areas is None:
        return {}
    if kind == "township":
        pairs = zip(areas.codes, areas.names, strict=True)
    else:
        pairs = zip(areas.district_codes, areas.district_names, strict=True)
    return {str(code): str(name or code) for code, name in pairs if code}
