"""Whistles 吹哨: raised by a township, open until it rates them 评价.

A whistle belongs to the township, not to its designation: it stays open when the township leaves
governance, and others may be raised afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.access import Access
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import Database
from app.errors import Conflict, Forbidden, InvalidParameter, changed_meanwhile
from app.succession import followed, lineage_in
from app.townships.assessment.governance_rules import in_effect
from app.townships.duties.proposing import Proposal, Register, who_must_come
from app.townships.governing.models import TOWNSHIP_PLAN, ListItem, Plan
from app.townships.steps import Steps
from app.townships.supervising.models import Whistle, WhistleCall
from app.townships.supervising.words import required_words

WHISTLES = Kind(Whistle, "whistle", "whistle", "吹哨", untold=frozenset({"text", "rating_words"}))

OPEN, RATED, WITHDRAWN = "open", "rated", "withdrawn"
STEPS = Steps(
    {OPEN: (RATED, WITHDRAWN), RATED: (), WITHDRAWN: ()},
    {OPEN: "办理中", RATED: "已评价", WITHDRAWN: "已撤回"},
)

Rating = Literal["good", "fair", "poor"]
RATINGS: tuple[Rating, ...] = ("good", "fair", "poor")

LEVELS_ZH = {"city": "市", "district": "区", "township": "街乡镇"}


class WhistleValues(BaseModel):
    """What a township writes when it blows."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    township: str = Field(min_length=1, max_length=64)
    title: str = Field(min_length=1, max_length=200)
    text: str = Field(default="", max_length=10_000)
    classes: tuple[str, ...] = Field(default=(), max_length=3)
    scenario: str = Field(default="", max_length=200)
    item_id: int | None = None
    deadline: date
    lead: int | None = None
    cooperating: tuple[int, ...] = ()

    def units(self) -> dict[int, bool]:
        """Return who is called: id of the unit → whether it leads."""
        return called_units(self.lead, self.cooperating)


@dataclass(frozen=True)
class WhistleFile:
    """A whistle with all that its page shows: who was called, the item that it is of."""

    whistle: Whistle
    calls: tuple[tuple[WhistleCall, Unit], ...]
    item: ListItem | None

    @property
    def stage(self) -> str:
        """How far it is; see `stage_of`."""
        return stage_of(self.whistle, [call for call, _unit in self.calls])


def stage_of(whistle: Whistle, calls: Iterable[WhistleCall]) -> str:
    """Return how far a whistle is: ``raised, reported`` (all came), ``handled`` or its end."""
    if whistle.state != OPEN:
        return whistle.state
    called = list(calls)
    if all(call.handled_on for call in called):
        return "handled"
    return "reported" if all(call.reported_on for call in called) else "raised"


def called_units(lead: int | None, cooperating: Sequence[int]) -> dict[int, bool]:
    """Return id of the unit → whether it leads; one that leads does not cooperate as well.

    Raises
    ------
    InvalidParameter
        Nobody is called.
    """
    units = {**dict.fromkeys(cooperating, False), **({lead: True} if lead else {})}
    if not units:
        raise InvalidParameter(
            "lead: nobody is called; a whistle needs at least one unit",
            "请至少选一个报到单位",
            field="lead",
        )
    return units


def seen_whistles(access: Access) -> Select[Whistle]:
    """Return the query of the whistles that a person may see.

    They are those of her area and those by which a unit was called that she answers for.
    """
    area = access.area(Permission.READ)
    if area.whole:
        return select(Whistle)
    called = select(WhistleCall.whistle_id).where(WhistleCall.unit_id.in_(access.answering))
    return select(Whistle).where(
        or_(Whistle.township.in_(sorted(area.townships)), Whistle.id.in_(called))
    )


def get_whistle(access: Access, whistle_id: int) -> WhistleFile:
    """Return one whistle.

    Raises
    ------
    Missing
        There is none.
    Forbidden
        It is neither of the person's area nor does it call a unit of hers.
    """
    with access.database.session() as session:
        whistle = WHISTLES.find(session, whistle_id)
        if session.scalar(seen_whistles(access).where(Whistle.id == whistle_id)) is None:
            raise Forbidden(
                f"{access.who} may not: whistle {whistle_id} is outside the area of this account",
                "这不在您的辖区内，如有需要请联系管理员",
            )
        calls = calls_of(session, [whistle_id])
        item = session.get(ListItem, whistle.item_id) if whistle.item_id else None
    return WhistleFile(whistle, tuple(calls.get(whistle_id, ())), item)


def calls_of(
    session: Session, whistles: Collection[int]
) -> dict[int, list[tuple[WhistleCall, Unit]]]:
    """Return the calls of each whistle with their units, the lead first."""
    query = (
        select(WhistleCall, Unit)
        .join(Unit, Unit.id == WhistleCall.unit_id)
        .where(WhistleCall.whistle_id.in_(whistles))
        .order_by(WhistleCall.leads.desc(), Unit.name, Unit.id)
    )
    found: dict[int, list[tuple[WhistleCall, Unit]]] = {}
    for call, unit in session.execute(query):
        found.setdefault(call.whistle_id, []).append((call, unit))
    return found


def raise_whistle(access: Access, values: WhistleValues, today: date | None = None) -> Whistle:
    """Call units to a problem of a township.

    Raises
    ------
    Forbidden
        The township is outside the person's area.
    InvalidParameter
        Nobody is called, a unit cannot be called from there, the deadline is over, or the item is
        not of this township's plan.
    """
    access.require_township(Permission.WORK_PLANS, values.township)
    day = today or date.today()
    _check_deadline(values.deadline, day)
    units = values.units()
    _check_units(access.database, values.township, units, day)
    said = who_must_come(access.database, values.classes, values.scenario, values.township, day)
    with access.database.session() as session:
        _check_item(session, values.township, values.item_id)
        kept = values.model_dump(exclude={"scenario", "lead", "cooperating"})
        kept |= {"classes": list(values.classes), "basis": basis_of(said)}
        whistle = Whistle(**kept, raised_on=day, state=OPEN)
        told = {name: kept[name] for name in ("township", "title", "classes", "deadline")}
        WHISTLES.create(access, session, whistle, **told, units=_told(units))
        session.add_all(
            WhistleCall(whistle_id=whistle.id, unit_id=unit, leads=leads)
            for unit, leads in units.items()
        )
    return whistle


def recall(
    access: Access,
    whistle_id: int,
    version: int,
    units: dict[int, bool],
    deadline: date,
) -> None:
    """Change who is called and until when; who has come already stays called.

    Raises
    ------
    Conflict
        It is not open any more, or someone else changed it since `version`.
    InvalidParameter
        Nobody is called, a unit that has come is left out, one cannot be called from there, or a
        new deadline is over.
    """
    meanwhile = changed_meanwhile(f"whistle {whistle_id}", f"吹哨 {whistle_id} ")
    try:
        with access.database.session() as session:
            whistle = WHISTLES.find(session, whistle_id)
            access.require_township(Permission.WORK_PLANS, whistle.township)
            require_open(whistle)
            if whistle.row_version != version:
                raise meanwhile
            until = whistle.deadline
            if deadline != until:
                _check_deadline(deadline, date.today())
            called = _replace_calls(access.database, session, whistle, units)
            before = {"units": called, "deadline": until}
            whistle.deadline = deadline
            flag_modified(whistle, "deadline")
            after = {"units": _told(units), "deadline": deadline}
            subject = ("whistle", whistle_id)
            access.record("whistle.recall", subject, before, after, session=session)
    except StaleDataError:
        raise meanwhile from None


def rate(access: Access, whistle_id: int, version: int, rating: Rating, words: str) -> Whistle:
    """Rate what was done, which ends the whistle.

    Raises
    ------
    Conflict
        It is not open any more, or someone else changed it since `version`.
    InvalidParameter
        A unit has not handled it and no reason is given for ending it.
    """

    def end(session: Session, whistle: Whistle) -> dict[str, Any]:
        access.require_township(Permission.WORK_PLANS, whistle.township)
        STEPS.require(whistle.state, RATED)
        missing = [
            unit.name
            for call, unit in calls_of(session, [whistle.id]).get(whistle.id, ())
            if call.handled_on is None
        ]
        if missing and not words.strip():
            raise InvalidParameter(
                f"words: {len(missing)} of the units called have not handled it; say why it ends",
                f"{'、'.join(missing)}尚未处置；此时评价请写明原因",
                field="words",
            )
        day = date.today()
        return {"state": RATED, "rating": rating, "rating_words": words.strip(), "rated_on": day}

    return WHISTLES.change(access, whistle_id, version, end, act="rate")


def withdraw(access: Access, whistle_id: int, version: int, words: str) -> Whistle:
    """Take a whistle back, with the reason.

    Raises
    ------
    Conflict
        It is not open any more, a unit has handled it (then it is rated), or someone else changed
        it since `version`.
    InvalidParameter
        There is no reason.
    """
    said = required_words(words, chinese="撤回原因")

    def end(session: Session, whistle: Whistle) -> dict[str, Any]:
        access.require_township(Permission.WORK_PLANS, whistle.township)
        STEPS.require(whistle.state, WITHDRAWN)
        calls = calls_of(session, [whistle.id]).get(whistle.id, ())
        handled = [unit.name for call, unit in calls if call.handled_on]
        if handled:
            raise Conflict(
                f"whistle {whistle.id} has been handled by {len(handled)} of the units called: "
                "rate it instead",
                f"{'、'.join(handled)}已处置，不能撤回，请评价后办结",
            )
        return {"state": WITHDRAWN, "rating_words": said, "rated_on": date.today()}

    return WHISTLES.change(access, whistle_id, version, end, act="withdraw", words=said)


def require_open(whistle: Whistle) -> None:
    """Check that a whistle has not ended.

    Raises
    ------
    Conflict
        It has.
    """
    if whistle.state != OPEN:
        raise Conflict(
            f"whistle {whistle.id} is {whistle.state}: it cannot be changed any more",
            f"这次吹哨{STEPS.zh[whistle.state]}，不能再改动",
        )


def basis_of(proposals: Iterable[Proposal]) -> str:
    """Return in words what the duty list says; empty where it says nothing.

    A line a duty: 批次 · 场景或分类 · 层级：牵头、配合（依据）.
    """
    lines = []
    for duty in dict.fromkeys(each.duty for each in proposals):
        what = " / ".join([part for part in (duty.scenario, *duty.classes) if part])
        who = f"{duty.lead}牵头" + (
            f"，{'、'.join(duty.cooperating)}配合" if duty.cooperating else ""
        )
        head = " · ".join(part for part in (duty.batch, what) if part)
        basis = f"（{duty.basis}）" if duty.basis else ""
        lines.append(f"{head} · {LEVELS_ZH[duty.level]}：{who}{basis}")
    return "\n".join(lines)


def items_of(database: Database, township: str) -> list[ListItem]:
    """Return the items of a township's plans that are not closed, by title."""
    query = (
        select(ListItem)
        .join(Plan, Plan.id == ListItem.plan_id)
        .where(Plan.level == TOWNSHIP_PLAN, Plan.area_code.in_(followed(database, township)))
        .where(ListItem.state.not_in(("closed", "cancelled")))
        .order_by(ListItem.title, ListItem.id)
    )
    with database.session() as session:
        return list(session.scalars(query))


def default_deadline(database: Database, today: date) -> date:
    """Return until when units have, where nothing else is said."""
    return today + timedelta(days=in_effect(database, today).rules.desk.whistle_days)


def _check_deadline(deadline: date, today: date) -> None:
    if deadline < today:
        raise InvalidParameter(
            f"deadline: {deadline} is over already; expected {today} or later",
            f"期限 {deadline} 早于今天（{today}）",
            field="deadline",
        )


def _check_units(database: Database, township: str, units: Collection[int], day: date) -> None:
    known = {unit.id for unit in Register(database, township, day).callable_units()}
    for unit in units:
        if unit not in known:
            raise InvalidParameter(
                f"units: unit {unit} cannot be called from township {township}",
                f"编号为 {unit} 的单位不存在，或不能由这个街乡镇吹哨",
            )


def _check_item(session: Session, township: str, item_id: int | None) -> None:
    if item_id is None:
        return
    codes = lineage_in(session).followed(township)
    query = (
        select(ListItem.id)
        .join(Plan, Plan.id == ListItem.plan_id)
        .where(ListItem.id == item_id, Plan.level == TOWNSHIP_PLAN, Plan.area_code.in_(codes))
    )
    if session.scalar(query) is None:
        raise InvalidParameter(
            f"item: {item_id} is no item of this township's plans", "所选清单事项不属于这个街乡镇"
        )


def _replace_calls(
    database: Database, session: Session, whistle: Whistle, units: dict[int, bool]
) -> list[str]:
    """Write who is called; return who was, as the audit tells it."""
    calls = {call.unit_id: call for call, _unit in calls_of(session, [whistle.id])[whistle.id]}
    before = _told({number: call.leads for number, call in calls.items()})
    _check_units(database, whistle.township, units.keys() - calls.keys(), date.today())
    for number, call in calls.items():
        if number in units:
            call.leads = units[number]
        elif call.reported_on is not None:
            raise InvalidParameter(
                f"units: unit {number} has come already: it stays called",
                "已报到的单位不能去掉",
            )
        else:
            session.delete(call)
    session.add_all(
        WhistleCall(whistle_id=whistle.id, unit_id=number, leads=leads)
        for number, leads in units.items()
        if number not in calls
    )
    return before


def _told(units: dict[int, bool]) -> list[str]:
    """Return who is called as the audit keeps it: ids of units, the lead marked."""
    return [f"{number}{' leads' if leads else ''}" for number, leads in sorted(units.items())]
