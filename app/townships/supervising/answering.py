"""What units that a whistle called owe: to come 报到, and to handle it 处置."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.errors import InvalidParameter
from app.succession import lineage
from app.townships.steps import Steps
from app.townships.supervising.models import Whistle, WhistleCall
from app.townships.supervising.whistles import (
    OPEN,
    calls_of,
    require_open,
    seen_whistles,
    stage_of,
)

CALLS = Kind(WhistleCall, "whistle_call", "call", "报到", untold=frozenset({"words"}))

CALLED, REPORTED, HANDLED = "called", "reported", "handled"
STEPS = Steps(
    {CALLED: (REPORTED, HANDLED), REPORTED: (HANDLED,), HANDLED: ()},
    {CALLED: "待报到", REPORTED: "已报到", HANDLED: "已处置"},
)


@dataclass(frozen=True)
class Owed:
    """An answer that a unit owes to an open whistle.

    Attributes
    ----------
    unit : Unit
    whistle : Whistle
    step : {"reported", "handled"}
        What it owes: to come, or to handle.
    days : int
        Since it was called.
    overdue : int
        Days beyond the deadline, 0 within it.
    """

    unit: Unit
    whistle: Whistle
    step: str
    days: int
    overdue: int


@dataclass(frozen=True)
class Debtor:
    """A unit with all that it owes, the longest overdue first."""

    unit: Unit
    owed: tuple[Owed, ...]

    @property
    def overdue(self) -> int:
        """How many of them are overdue."""
        return sum(each.overdue > 0 for each in self.owed)


@dataclass(frozen=True)
class WhistleLine:
    """A whistle as a list shows it."""

    whistle: Whistle
    calls: tuple[tuple[WhistleCall, Unit], ...]
    stage: str
    overdue: int

    @property
    def owing(self) -> tuple[Unit, ...]:
        """Who has not handled it, while it is open."""
        if self.whistle.state != OPEN:
            return ()
        return tuple(unit for call, unit in self.calls if call.handled_on is None)


def state_of(call: WhistleCall) -> str:
    """Return where a unit that was called stands."""
    if call.handled_on:
        return HANDLED
    return REPORTED if call.reported_on else CALLED


def report(access: Access, call_id: int, version: int, words: str) -> WhistleCall:
    """Say that a unit has come.

    Raises
    ------
    Forbidden
        The unit is none of the person's.
    Conflict
        It has come before, the whistle has ended, or someone else changed it since `version`.
    """
    return _step(access, call_id, version, REPORTED, words)


def handle(access: Access, call_id: int, version: int, words: str) -> WhistleCall:
    """Say what a unit did; one that had not said that it came has come today.

    Raises
    ------
    Forbidden, Conflict
        As `report`.
    InvalidParameter
        It does not say what was done.
    """
    if not words.strip():
        raise InvalidParameter("words: say what was done", "请写明处置情况", field="words")
    return _step(access, call_id, version, HANDLED, words)


def _step(access: Access, call_id: int, version: int, step: str, words: str) -> WhistleCall:
    access.area(Permission.ANSWER)

    def write(session: Session, call: WhistleCall) -> dict[str, Any]:
        access.require_unit(call.unit_id)
        require_open(session.get_one(Whistle, call.whistle_id))
        STEPS.require(state_of(call), step)
        today = date.today()
        values: dict[str, Any] = {"reported_on": call.reported_on or today}
        if step == HANDLED:
            values["handled_on"] = today
        if words.strip():
            values["words"] = words.strip()
        return values

    act = "report" if step == REPORTED else "handle"
    return CALLS.change(access, call_id, version, write, act=act)


def list_whistles(
    access: Access,
    today: date,
    *,
    state: str | None = None,
    townships: Collection[str] | None = None,
) -> list[WhistleLine]:
    """Return the whistles that a person may see, overdue first, then the nearest deadline.

    Parameters
    ----------
    access : Access
    today : date
    state : {"open", "rated", "withdrawn"}, optional
    townships : collection of str, optional
        Codes, each standing for all that its township had; all when not given.
    """
    query = seen_whistles(access).order_by(Whistle.raised_on.desc(), Whistle.id.desc())
    if state:
        query = query.where(Whistle.state == state)
    if townships is not None:
        codes = lineage(access.database).all_of(townships)
        query = query.where(Whistle.township.in_(sorted(codes)))
    with access.database.session() as session:
        found = list(session.scalars(query))
        calls = calls_of(session, [each.id for each in found])
    lines = [_line(each, calls.get(each.id, []), today) for each in found]
    return sorted(lines, key=lambda line: (line.whistle.state != OPEN, -line.overdue, _due(line)))


def count_by_state(access: Access) -> dict[str, int]:
    """Count the whistles that a person may see, by state."""
    query = seen_whistles(access).with_only_columns(Whistle.state, func.count())
    with access.database.session() as session:
        return {str(state): int(n) for state, n in session.execute(query.group_by(Whistle.state))}


def debtors(access: Access, today: date) -> list[Debtor]:
    """Return which units owe an answer, those with the most overdue days first."""
    owed: dict[int, list[Owed]] = {}
    for line in list_whistles(access, today, state=OPEN):
        for call, unit in line.calls:
            if call.handled_on is None:
                owed.setdefault(unit.id, []).append(_owed(line, call, unit, today))
    found = [
        Debtor(each[0].unit, tuple(sorted(each, key=lambda one: (-one.overdue, -one.days))))
        for each in owed.values()
    ]
    return sorted(found, key=lambda each: (-each.owed[0].overdue, -each.overdue, each.unit.name))


def count_owed(access: Access, today: date) -> tuple[int, int]:
    """Count what a person's own units owe, and how much of it is overdue."""
    query = (
        select(func.count(), func.count().filter(Whistle.deadline < today))
        .select_from(WhistleCall)
        .join(Whistle, Whistle.id == WhistleCall.whistle_id)
        .where(Whistle.state == OPEN, WhistleCall.handled_on.is_(None))
        .where(WhistleCall.unit_id.in_(access.answering))
    )
    with access.database.session() as session:
        count, overdue = session.execute(query).one()
    return int(count), int(overdue)


def count_to_rate(access: Access) -> int:
    """Count the open whistles of a person's townships that every unit has handled."""
    area = access.reach(Permission.WORK_PLANS)
    waits = select(WhistleCall.whistle_id).where(WhistleCall.handled_on.is_(None))
    query = select(func.count()).select_from(Whistle)
    query = query.where(Whistle.state == OPEN, Whistle.id.not_in(waits))
    if not area.whole:
        query = query.where(Whistle.township.in_(sorted(area.townships)))
    with access.database.session() as session:
        return int(session.scalar(query) or 0)


def _line(whistle: Whistle, calls: list[tuple[WhistleCall, Unit]], today: date) -> WhistleLine:
    stage = stage_of(whistle, [call for call, _unit in calls])
    late = 0
    if whistle.state == OPEN and stage != HANDLED and whistle.deadline is not None:
        late = max(0, (today - whistle.deadline).days)
    return WhistleLine(whistle, tuple(calls), stage, late)


def _owed(line: WhistleLine, call: WhistleCall, unit: Unit, today: date) -> Owed:
    step = HANDLED if call.reported_on else REPORTED
    return Owed(unit, line.whistle, step, (today - line.whistle.raised_on).days, line.overdue)


def _due(line: WhistleLine) -> date:
    return line.whistle.deadline or date.max
