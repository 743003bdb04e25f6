"""Items of a plan's lists: who does what by when, where it stands, who may take it further."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.audit import history_of
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import row_of
from app.errors import Forbidden, InvalidParameter
from app.townships.governing.item_steps import (
    STATES,
    STEPS,
    ItemMove,
    allowed_steps,
    check_move,
    days_of,
    is_verifier,
    require_step,
)
from app.townships.governing.item_values import ItemValues
from app.townships.governing.item_versions import keep_version
from app.townships.governing.models import (
    CANCELLED,
    CLAIMED_DONE,
    CLOSED,
    TO_DO,
    UNDER_WAY,
    IssueType,
    ListItem,
    ListKind,
    Plan,
)
from app.townships.governing.plans import PLAN, is_within, require_plan

UNTOLD = frozenset(
    {
        "text", "problem", "cause", "proposal", "enterprises", "property_manager",
        "money_sources", "case_ids",
    }
)  # fmt: skip
"""Free words, and cases that only some may name: the audit tells only that they changed."""

MOST_OFFERED = 300
"""Items that a form of projects offers."""

ITEM = Kind(ListItem, "list_item", "item", "清单事项", untold=UNTOLD, keep=keep_version)


@dataclass(frozen=True)
class Source:
    """What an item came from, as a meeting; empty for one that a person wrote."""

    kind: str = ""
    id: str = ""


def find_item(access: Access, item_id: int) -> tuple[ListItem, Plan]:
    """Return an item and its plan, for who sees the plan or is asked by the item.

    Raises
    ------
    Missing
        None has this id.
    Forbidden
        It is outside the person's area, and none of her units' concern.
    """
    with access.database.session() as session:
        item = ITEM.find(session, item_id)
        plan = PLAN.find(session, item.plan_id)
    if not is_within(access, Permission.READ, plan):
        asked = {item.responsible_id, *item.cooperating} - {None}
        if not any(access.answers_for(unit) for unit in asked):
            require_plan(access, Permission.READ, plan)
    return item, plan


def items_of_plan(access: Access, plan_id: int) -> list[ListItem]:
    """Return the items of a plan, those due first before the others."""
    query = select(ListItem).where(ListItem.plan_id == plan_id)
    with access.database.session() as session:
        found = list(session.scalars(query.order_by(ListItem.id)))
    return sorted(found, key=lambda item: (item.due_on or date.max, item.id))


def items_of_units(access: Access) -> list[tuple[ListItem, Plan]]:
    """Return the open items that a person's own units are responsible for."""
    query = select(ListItem, Plan).join(Plan, ListItem.plan_id == Plan.id)
    query = query.where(
        ListItem.responsible_id.in_(access.answering),
        ListItem.state.in_((TO_DO, UNDER_WAY, CLAIMED_DONE)),
    )
    with access.database.session() as session:
        return [(item, plan) for item, plan in session.execute(query.order_by(ListItem.due_on))]


def create_item(
    access: Access, plan_id: int, values: ItemValues, source: Source | None = None
) -> ListItem:
    """Put an item on a list of a plan.

    Raises
    ------
    Missing
        There is no such plan.
    InvalidParameter
        The kind of list is not in use, or a unit is not in the register.
    Forbidden
        The plan is outside the person's area.
    """
    with access.database.session() as session:
        return create_in(access, session, plan_id, values, source)


def create_in(
    access: Access, session: Session, plan_id: int, values: ItemValues, source: Source | None = None
) -> ListItem:
    """Put an item on a list as `create_item` does, in a session of several changes."""
    check_new(access, session, PLAN.find(session, plan_id), values)
    return ITEM.create(access, session, _new(plan_id, values, source or Source()))


def create_checked(
    access: Access, session: Session, items: Sequence[tuple[int, ItemValues]]
) -> None:
    """Put many items on lists of plans; `check_new` was asked of each in this session."""
    ITEM.create_all(access, session, [_new(plan, values, Source()) for plan, values in items])


def _new(plan_id: int, values: ItemValues, source: Source) -> ListItem:
    columns = values.columns()
    return ListItem(
        plan_id=plan_id, **columns, state=TO_DO, source_kind=source.kind, source_id=source.id
    )


def check_new(access: Access, session: Session, plan: Plan, values: ItemValues) -> None:
    """Check that a person may put such an item on a plan's list, as `create_item` says."""
    require_plan(access, Permission.WORK_PLANS, plan)
    _check_named(access, session, values, None)


def undo_item(access: Access, item_id: int, version: int, today: date) -> ListItem:
    """Take back an item that a person put on a list by one click, on the same day.

    Raises
    ------
    Forbidden
        Somebody else put it there, or on another day: cancelling it is for those above.
    Conflict
        It was begun or changed meanwhile.
    """

    def change(session: Session, item: ListItem) -> Mapping[str, Any]:
        require_plan(access, Permission.WORK_PLANS, PLAN.find(session, item.plan_id))
        if not _is_just_made(access, item, today):
            raise Forbidden(
                f"{access.who} may not take back item {item.id}: only who put it there may, on the "
                "same day",
                f"事项 {item.id} 只能由列入它的人在当天撤销",
            )
        STEPS.require(item.state, CANCELLED)
        return {"state": CANCELLED, "since": today}

    return ITEM.change(access, item_id, version, change, act="undo", words="撤销一键列入")


def _is_just_made(access: Access, item: ListItem, today: date) -> bool:
    """Tell whether a person put an item on its list today, and nobody touched it since."""
    made = history_of(access.database, ITEM.key, item.id)
    return len(made) == 1 and made[0].who == access.who and made[0].at.astimezone().date() == today


def change_item(access: Access, item_id: int, values: ItemValues, version: int) -> ListItem:
    """Write changed values, if nobody else wrote since ``version``.

    Raises
    ------
    Conflict
        Someone did.
    Forbidden
        The plan is outside the person's area, or the change is for those above who does the work:
        a later due day or none, or any of an item that is closed or cancelled.
    """

    def change(session: Session, item: ListItem) -> Mapping[str, Any]:
        return changed_columns(access, session, item, values)

    return ITEM.change(access, item_id, version, change)


def changed_columns(
    access: Access, session: Session, item: ListItem, values: ItemValues
) -> dict[str, Any]:
    """Check that a person may write values into an item; returns the columns to set.

    Raises
    ------
    Forbidden, InvalidParameter
        As `change_item` says.
    """
    plan = PLAN.find(session, item.plan_id)
    require_plan(access, Permission.WORK_PLANS, plan)
    if not is_verifier(access, plan, above_of(session, plan)):
        require_own(access, item, values.due_on)
    _check_named(access, session, values, item)
    return values.columns()


def move_item(access: Access, item_id: int, version: int, move: ItemMove) -> ListItem:
    """Take an item a step further or back.

    Raises
    ------
    Conflict
        The step may not follow, or somebody else changed the item meanwhile.
    InvalidParameter
        It leads back and has no words, or lies before the step before it.
    Forbidden
        It is not this person's to take.
    """

    def change(session: Session, item: ListItem) -> Mapping[str, Any]:
        return moved_columns(access, session, item, move)

    return ITEM.change(access, item_id, version, change, act="move", words=move.words)


def moved_columns(
    access: Access, session: Session, item: ListItem, move: ItemMove
) -> dict[str, Any]:
    """Check that a person may take a step with an item; returns the columns to set.

    Raises
    ------
    Conflict, InvalidParameter, Forbidden
        As `move_item` says.
    """
    plan = PLAN.find(session, item.plan_id)
    require_step(access, item, plan, above_of(session, plan), move.state)
    check_move(item, move)
    return {"state": move.state, "since": move.on, **days_of(item, move)}


def steps_for(access: Access, item: ListItem, plan: Plan) -> tuple[str, ...]:
    """Return the states that a person may take an item to."""
    with access.database.session() as session:
        above = above_of(session, plan)
    return allowed_steps(access, item, plan, above)


def above_of(session: Session, plan: Plan) -> Plan | None:
    """Return the district's plan above a township's."""
    return session.get(Plan, plan.parent_id) if plan.parent_id else None


def require_own(access: Access, item: ListItem, due_on: date | None) -> None:
    """Refuse what would make an item look better than it is, to who does its work.

    Raises
    ------
    Forbidden
        It is closed or cancelled, or would be due later than it is.
    """
    if item.state in (CLOSED, CANCELLED):
        raise Forbidden(
            f"{access.who} may not change item {item.id}, which is {item.state}: this is for the "
            "district or the city",
            f"事项 {item.id} 已是“{STATES[item.state]}”，改动须由区级或市级办理",
        )
    if item.due_on and (due_on is None or due_on > item.due_on):
        until = due_on or "不设"
        raise Forbidden(
            f"{access.who} may not put off item {item.id}, due {item.due_on}, to "
            f"{due_on or 'no day'}: this is for the district or the city",
            f"事项 {item.id} 的完成期限 {item.due_on} 改为 {until}须由区级或市级办理",
        )


def _check_named(
    access: Access, session: Session, values: ItemValues, item: ListItem | None
) -> None:
    """Check that what is named is there; what an item has already may stay."""
    if values.case_ids:
        access.area(Permission.READ_CASES)
    _check_issue_type(session, values, item)
    kind = session.get(ListKind, values.kind)
    kept = item is not None and item.kind == values.kind
    if kind is None or not (kind.active or kept):
        raise InvalidParameter(
            f"kind: there is no list {values.kind!r} in use", f"清单“{values.kind}”不存在或已停用"
        )
    named = {values.responsible_id, *values.cooperating} - {None}
    known = _known_units(session, (each for each in named if each is not None))
    for missing in sorted(each for each in named if each is not None and each not in known):
        raise InvalidParameter(
            f"unit {missing} is not in the register", f"单位库中没有编号为 {missing} 的单位"
        )
    if values.responsible_id in values.cooperating:
        raise InvalidParameter(
            f"cooperating: {known[values.responsible_id or 0]} is responsible already",
            f"“{known[values.responsible_id or 0]}”已是责任单位，不能同时为配合单位",
        )


def _check_issue_type(session: Session, values: ItemValues, item: ListItem | None) -> None:
    if values.issue_type is None or (item is not None and item.issue_type == values.issue_type):
        return
    found = session.get(IssueType, values.issue_type)
    if found is None or not found.active:
        raise InvalidParameter(
            f"issue_type: there is no type {values.issue_type!r} in use",
            f"问题类型“{values.issue_type}”不存在或已停用",
            field="issue_type",
        )


def _known_units(session: Session, numbers: Iterable[int]) -> dict[int, str]:
    found = (row_of(session, Unit, number) for number in numbers)
    return {unit.id: unit.name for unit in found if unit is not None}


def items_for_projects(
    access: Access, township: str | None, own: int | None = None
) -> list[ListItem]:
    """Return open items of a person's area that projects may be made for, and the own one.

    Those of a township where it is known; of the rest the newest `MOST_OFFERED`.
    """
    area = access.reach(Permission.READ)
    query = select(ListItem).join(Plan, ListItem.plan_id == Plan.id)
    wanted: list[ColumnElement[bool]] = [ListItem.state.in_((TO_DO, UNDER_WAY, CLAIMED_DONE))]
    if township is not None:
        wanted.append(Plan.area_code == township)
    query = query.where(and_(*wanted) | (ListItem.id == own))
    if not area.whole:
        query = query.where(Plan.area_code.in_(sorted(area.townships | area.districts)))
    newest = query.order_by((ListItem.id == own).desc(), ListItem.id.desc()).limit(MOST_OFFERED)
    with access.database.session() as session:
        return list(session.scalars(newest))
