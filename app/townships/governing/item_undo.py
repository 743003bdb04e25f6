"""Undo of the last change of an item: a new change that writes what it said before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.errors import Conflict, Forbidden, InvalidParameter
from app.townships.governing.item_steps import STATES, is_verifier
from app.townships.governing.item_versions import CASES, columns_of, last_two
from app.townships.governing.items import ITEM, above_of, require_own
from app.townships.governing.models import ListItem, ListItemVersion, Plan
from app.townships.governing.plans import PLAN, is_within, require_plan


@dataclass(frozen=True)
class LastChange:
    """The last change of an item: when, whose, and whether it was a step."""

    at: datetime | None
    who: str
    is_step: bool


def undo_change(access: Access, item_id: int, version: int, words: str = "") -> ListItem:
    """Write back what an item said before its last change.

    Raises
    ------
    Missing
        None has this id.
    Conflict
        Somebody changed it since the person saw it, or there is nothing before.
    Forbidden
        The plan is outside the person's area, or what would come back is for those above who does
        the work: a later due day, or a step that somebody else took.
    InvalidParameter
        A step would be undone, and no words say why.
    """

    def change(session: Session, item: ListItem) -> Mapping[str, Any]:
        plan = PLAN.find(session, item.plan_id)
        require_plan(access, Permission.WORK_PLANS, plan)
        if item.row_version != version:
            raise ITEM.meanwhile(item_id)
        newest, former = last_two(session, item_id)
        if newest is None or former is None or newest.number != item.row_version:
            raise Conflict(
                f"item {item_id} has no change that could be undone",
                f"事项 {item_id} 没有可以撤销的改动",
            )
        columns = _former_columns(access, session, item, (newest, former))
        if "state" in columns and not words.strip():
            raise InvalidParameter(
                f"words: undoing the step of item {item_id} to {item.state} needs a reason",
                f"撤销事项 {item_id} 改为“{STATES[item.state]}”的一步须说明理由",
                field="words",
            )
        return columns

    return ITEM.change(access, item_id, version, change, act="restore", words=words.strip())


def undoable(access: Access, item: ListItem, plan: Plan) -> LastChange | None:
    """Return the last change of an item where a person may try to undo it, else None."""
    if not is_within(access, Permission.WORK_PLANS, plan):
        return None
    with access.database.session() as session:
        newest, former = last_two(session, item.id)
    if newest is None or former is None or newest.number != item.row_version:
        return None
    is_step = newest.content.get("state") != former.content.get("state")
    return LastChange(newest.at, newest.who, is_step)


def _former_columns(
    access: Access,
    session: Session,
    item: ListItem,
    versions: tuple[ListItemVersion, ListItemVersion],
) -> dict[str, Any]:
    """Return what differs, as it was; checked as if the person wrote it herself."""
    newest, former = versions
    plan = PLAN.find(session, item.plan_id)
    was = columns_of(former.content)
    columns = {name: value for name, value in was.items() if getattr(item, name) != value}
    if CASES in columns:
        access.area(Permission.READ_CASES)
    if is_verifier(access, plan, above_of(session, plan)):
        return columns
    if "state" not in columns:
        require_own(access, item, was["due_on"])
    elif newest.who != access.who:
        raise Forbidden(
            f"{access.who} may not undo the step of item {item.id} from {was['state']} to "
            f"{item.state}: only who took it, or the district or the city",
            f"事项 {item.id} 由“{STATES[was['state']]}”改为“{STATES[item.state]}”不是您办理的，"
            "撤销须由办理人或区级、市级进行",
        )
    return columns
