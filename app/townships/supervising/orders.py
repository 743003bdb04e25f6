"""Supervision orders 督办单: open until what they demand is solved 销号."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import row_of
from app.errors import Conflict, Forbidden, InvalidParameter
from app.townships.designations.life import require_past
from app.townships.steps import Steps
from app.townships.supervising.models import SupervisionOrder
from app.townships.supervising.reaching import reaches, reaches_unit, require_reach
from app.townships.supervising.words import required_words

ORDERS = Kind(
    SupervisionOrder,
    "order",
    "supervision order",
    "督办单",
    untold=frozenset({"demand", "feedback", "closing"}),
)

OPEN, ANSWERED, CLOSED = "open", "answered", "closed"
STEPS = Steps(
    {OPEN: (ANSWERED,), ANSWERED: (ANSWERED, CLOSED), CLOSED: ()},
    {OPEN: "待反馈", ANSWERED: "已反馈", CLOSED: "已销号"},
)
STATES = tuple(STEPS.following)

Source = Literal["media", "frequent", "monthly"]
SOURCES: tuple[Source, ...] = get_args(Source)
"""媒体, 高频共性, 每月一题."""

Level = Literal["city", "district"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""By which supervision office 督查室 it was issued."""

Which = Literal["open", "answered", "to_close", "closed", "overdue"]
WHICH: tuple[Which, ...] = get_args(Which)
"""``to_close`` are answered, and the reader's to close: a district does not close the city's."""


class OrderValues(BaseModel):
    """What a new order says."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    number: str = Field(min_length=1, max_length=60)
    source: Source
    level: Level
    title: str = Field(min_length=1, max_length=200)
    demand: str = Field(min_length=1, max_length=10_000)
    unit_id: int
    township: str | None = Field(default=None, max_length=64)
    issued_on: date
    deadline: date


@dataclass(frozen=True)
class OrderLine:
    """An order with its unit.

    ``late`` are days past the deadline while it is not closed, ``to_close`` tells whether it is
    answered and the reader's to close.
    """

    order: SupervisionOrder
    unit: Unit
    late: int
    to_close: bool


def create(access: Access, values: OrderValues) -> SupervisionOrder:
    """Issue an order.

    Raises
    ------
    Forbidden
        The unit or township is not in the person's area, or the order is the city's and she is not.
    InvalidParameter
        The deadline lies before the day of issue, or that day is yet to come.
    Conflict
        Another order has this number.
    """
    require_past(values.issued_on, "issued_on")
    if values.deadline < values.issued_on:
        raise InvalidParameter(
            f"deadline: {values.deadline} is before the day of issue {values.issued_on}",
            f"办理时限 {values.deadline} 早于下发日期 {values.issued_on}",
            field="deadline",
        )
    order = SupervisionOrder(**values.model_dump(), state=OPEN, extensions=[])
    try:
        with access.database.session() as session:
            _require(access, session, order)
            ORDERS.create(access, session, order)
    except IntegrityError:
        raise Conflict(
            f"number: order {values.number} exists",
            f"督办单编号“{values.number}”已存在",
            field="number",
        ) from None
    return order


def give_feedback(
    access: Access, number: int, version: int, words: str, today: date
) -> SupervisionOrder:
    """Answer an order for its unit; a later answer takes the place of an earlier one.

    Raises
    ------
    Forbidden
        The person does not answer for the unit.
    InvalidParameter, Conflict
    """

    def write(_session: Session, order: SupervisionOrder) -> Mapping[str, Any]:
        if not access.answers_for(order.unit_id):
            raise Forbidden(
                f"{access.who} may not: the unit of the order answers it", "督办单由承办单位反馈"
            )
        STEPS.require(order.state, ANSWERED)
        return {"state": ANSWERED, "feedback": required_words(words), "answered_on": today}

    return ORDERS.change(access, number, version, write, act="answer")


def extend(
    access: Access, number: int, version: int, until: date, reason: str, today: date
) -> SupervisionOrder:
    """Give an order more time 延期.

    Raises
    ------
    Forbidden
    InvalidParameter
        The new deadline is not after the old one, or there is no reason.
    Conflict
        The order is closed, or someone else changed it since `version`.
    """

    def write(session: Session, order: SupervisionOrder) -> Mapping[str, Any]:
        _require(access, session, order)
        if order.state == CLOSED:
            raise Conflict(f"order {order.number} is closed", f"督办单 {order.number} 已销号")
        if until <= order.deadline:
            raise InvalidParameter(
                f"until: {until} is not after the deadline {order.deadline}",
                f"延期日期 {until} 应晚于现有时限 {order.deadline}",
                field="until",
            )
        given = {"until": str(until), "reason": required_words(reason), "on": str(today),
                 "before": str(order.deadline)}  # fmt: skip
        return {"deadline": until, "extensions": [*order.extensions, given]}

    return ORDERS.change(access, number, version, write, act="extend")


def close(access: Access, number: int, version: int, words: str, today: date) -> SupervisionOrder:
    """Close an order 销号 that has an answer, with words.

    Raises
    ------
    Forbidden, InvalidParameter
    Conflict
        It has no answer yet, or someone else changed it since `version`.
    """

    def write(session: Session, order: SupervisionOrder) -> Mapping[str, Any]:
        _require(access, session, order)
        STEPS.require(order.state, CLOSED)
        return {"state": CLOSED, "closing": required_words(words), "closed_on": today}

    return ORDERS.change(access, number, version, write, act="close")


def list_orders(
    access: Access, today: date, which: Which | None = None, source: Source | None = None
) -> list[OrderLine]:
    """Return the orders that a person may see: overdue ones first, then by deadline, then closed.

    They are those of her area, and of the units that she answers for.
    """
    found = _seen(access, today)
    kept = [
        line
        for line in found
        if (source is None or line.order.source == source) and _is(line, which)
    ]
    return sorted(
        kept, key=lambda line: (line.order.state == CLOSED, line.order.deadline, line.order.number)
    )


def count_orders(access: Access, today: date) -> dict[str, int]:
    """Count the orders that a person may see by state; ``overdue`` are not closed and late."""
    found = _seen(access, today)
    return {name: sum(_is(line, name) for line in found) for name in WHICH}


def count_owed(access: Access, today: date) -> tuple[int, int]:
    """Count the orders that a person's own units have not answered, and those of them overdue."""
    own = [
        line
        for line in _seen(access, today)
        if line.order.state == OPEN and line.order.unit_id in access.answering
    ]
    return len(own), sum(line.late > 0 for line in own)


def get_order(access: Access, number: int, today: date) -> OrderLine:
    """Return an order that a person may see.

    Raises
    ------
    Missing, Forbidden
    """
    with access.database.session() as session:
        order = ORDERS.find(session, number)
        unit = session.get_one(Unit, order.unit_id)
        if not _may_see(access, order, unit):
            require_reach(access, Permission.READ, unit, order.township)
        return _line(access, session, order, unit, today)


def may_supervise(access: Access, line: OrderLine) -> bool:
    """Tell whether a person may extend and close an order."""
    with access.database.session() as session:
        return _is_hers(access, session, line.order, line.unit)


def _require(access: Access, session: Session, order: SupervisionOrder) -> None:
    unit = row_of(session, Unit, order.unit_id)
    if unit is None:
        raise InvalidParameter(
            f"unit_id: no unit {order.unit_id}", "请选择承办单位", field="unit_id"
        )
    area = access.area(Permission.SUPERVISE)
    if order.level == "city" and not area.whole:
        raise Forbidden(
            f"{access.who} may not: an order of the city is issued, extended and closed by the "
            "city",
            "市级督办单由市级下发、延期和销号",
        )
    if not _is_hers(access, session, order, unit):
        raise Forbidden(
            f"{access.who} may not: {unit.name} or its township is outside the area of this "
            "account",
            "承办单位或街乡镇不在您的辖区内，如有需要请联系管理员",
        )


def _is_hers(access: Access, session: Session, order: SupervisionOrder, unit: Unit) -> bool:
    """Tell whether an order is a person's to issue, extend and close.

    A district's is put to the district's own units, whatever the township that it is of.
    """
    area = access.reach(Permission.SUPERVISE)
    if area.whole or order.level == "city":
        return area.whole
    inside = order.township is None or area.has_township(order.township)
    return inside and reaches_unit(session, area, unit)


def _seen(access: Access, today: date) -> list[OrderLine]:
    query = select(SupervisionOrder, Unit).join(Unit, Unit.id == SupervisionOrder.unit_id)
    with access.database.session() as session:
        found = [(order, unit) for order, unit in session.execute(query)]
        return [_line(access, session, *each, today) for each in found if _may_see(access, *each)]


def _may_see(access: Access, order: SupervisionOrder, unit: Unit) -> bool:
    return access.answers_for(order.unit_id) or reaches(
        access.area(Permission.READ), unit, order.township
    )


def _line(
    access: Access, session: Session, order: SupervisionOrder, unit: Unit, today: date
) -> OrderLine:
    late = 0 if order.state == CLOSED else max(0, (today - order.deadline).days)
    to_close = order.state == ANSWERED and _is_hers(access, session, order, unit)
    return OrderLine(order, unit, late, to_close)


def _is(line: OrderLine, which: Which | None) -> bool:
    if which == "overdue":
        return line.late > 0
    return line.to_close if which == "to_close" else which in (None, line.order.state)
