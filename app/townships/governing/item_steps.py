"""The states of an item, the steps between them, and who may take which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.errors import Forbidden, InvalidParameter
from app.townships.designations.life import FIRST_DAY, require_past
from app.townships.governing.models import (
    CANCELLED,
    CLAIMED_DONE,
    CLOSED,
    DISTRICT_PLAN,
    TO_DO,
    UNDER_WAY,
    VERIFIED,
    ListItem,
    Plan,
)
from app.townships.governing.plans import is_within, require_plan
from app.townships.steps import Steps

STATES = {
    TO_DO: "未开始",
    UNDER_WAY: "进行中",
    CLAIMED_DONE: "报完成",
    VERIFIED: "已核验",
    CLOSED: "销号",
    CANCELLED: "取消",
}

STEPS = Steps(
    {
        TO_DO: (UNDER_WAY, CANCELLED),
        UNDER_WAY: (CLAIMED_DONE, TO_DO, CANCELLED),
        CLAIMED_DONE: (VERIFIED, UNDER_WAY),
        VERIFIED: (CLOSED, UNDER_WAY),
        CLOSED: (UNDER_WAY,),
        CANCELLED: (TO_DO,),
    },
    STATES,
)

_OWN_STEPS = frozenset({(TO_DO, UNDER_WAY), (UNDER_WAY, CLAIMED_DONE), (CLAIMED_DONE, UNDER_WAY)})
"""What the responsible unit itself may do; a claim may be taken back by who made it."""

_WORKED = _OWN_STEPS | {(UNDER_WAY, TO_DO)}
"""What the township's own office may do besides. All else is for those above it: who does the work
does not verify it, and cancelling would take an item out of the share that is done."""

_FORWARD = frozenset(
    {(TO_DO, UNDER_WAY), (UNDER_WAY, CLAIMED_DONE), (CLAIMED_DONE, VERIFIED), (VERIFIED, CLOSED)}
)
"""All other steps lead back or away, and need words."""


@dataclass(frozen=True)
class ItemMove:
    """A step of an item: whither, on which day, and what is said of it."""

    state: str
    on: date
    words: str = ""


def step_forward(state: str) -> str | None:
    """Return the state that follows on the way to the end; None where there is none."""
    return next((following for before, following in _FORWARD if before == state), None)


def is_asked(access: Access, item: ListItem) -> bool:
    """Tell whether a person answers for the unit that is responsible for an item."""
    return item.responsible_id is not None and access.answers_for(item.responsible_id)


def needs_words(state: str, following: str) -> bool:
    """Tell whether a step leads back or away, and so must be explained."""
    return (state, following) not in _FORWARD


def allowed_steps(
    access: Access, item: ListItem, plan: Plan, above: Plan | None
) -> tuple[str, ...]:
    """Return the states that a person may take an item to.

    Parameters
    ----------
    access : Access
    item : ListItem
    plan, above : Plan
        Its plan, and that of the district above it.
    """
    allowed: frozenset[tuple[str, str]] = frozenset()
    if is_verifier(access, plan, above):
        return STEPS.after(item.state)
    if is_within(access, Permission.WORK_PLANS, plan):
        allowed = _WORKED
    elif is_asked(access, item):
        allowed = _OWN_STEPS
    return tuple(each for each in STEPS.after(item.state) if (item.state, each) in allowed)


def require_step(access: Access, item: ListItem, plan: Plan, above: Plan | None, to: str) -> None:
    """Check that an item may go to a state, and that this person may take it there.

    Raises
    ------
    Conflict
        The step may not follow.
    Forbidden
        It is not this person's to take.
    """
    working = is_within(access, Permission.WORK_PLANS, plan) or is_asked(access, item)
    if not (working or is_verifier(access, plan, above)):
        require_plan(access, Permission.WORK_PLANS, plan)
    STEPS.require(item.state, to)
    if to not in allowed_steps(access, item, plan, above):
        raise Forbidden(
            f"{access.who} may not take item {item.id} from {item.state} to {to}: this is for the "
            "district or the city",
            f"事项 {item.id} 改为“{STATES[to]}”须由区级或市级办理",
        )


def is_verifier(access: Access, plan: Plan, above: Plan | None) -> bool:
    """Tell whether a person stands above who does the work: the city, or a township's district."""
    area = access.reach(Permission.WORK_PLANS)
    if area.whole or plan.level == DISTRICT_PLAN:
        return area.whole
    return above is not None and above.area_code in area.districts


def check_move(item: ListItem, move: ItemMove) -> None:
    """Check the day and the words of a step.

    Raises
    ------
    InvalidParameter
        It lies before the step before it or is yet to come, or leads back and has no words.
    """
    if move.on < FIRST_DAY:
        raise InvalidParameter(
            f"on: {move.on} is before {FIRST_DAY}",
            f"日期 {move.on} 早于 {FIRST_DAY}",
            field="on",
        )
    require_past(move.on)
    if item.since and move.on < item.since:
        raise InvalidParameter(
            f"on: item {item.id} is {item.state} since {item.since}: {move.on} lies before it",
            f"事项 {item.id} 自 {item.since} 起为“{STATES[item.state]}”，日期 {move.on} 早于该日",
            field="on",
        )
    if needs_words(item.state, move.state) and not move.words.strip():
        raise InvalidParameter(
            f"words: taking item {item.id} from {item.state} to {move.state} needs a reason",
            f"事项 {item.id} 由“{STATES[item.state]}”改为“{STATES[move.state]}”须说明理由",
            field="words",
        )


def days_of(item: ListItem, move: ItemMove) -> dict[str, date | None]:
    """Return the days to keep; what leads back takes them away again."""
    if move.state == CLAIMED_DONE:
        return {"claimed_on": move.on}
    if move.state == CLOSED:
        return {"closed_on": move.on}
    if (item.state, move.state) in _FORWARD or move.state == CANCELLED:
        return {}
    return {"claimed_on": None, "closed_on": None}
