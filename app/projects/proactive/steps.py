"""The states of a proactive project, the steps between them, and who may take which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.errors import Forbidden, InvalidParameter
from app.projects.proactive.models import (
    APPLIED,
    APPROVED,
    DRAFT,
    ENDED,
    REFUSED,
    RETURNED,
    REVIEWED,
    WITHDRAWN,
    ProactiveProject,
)
from app.townships.designations.life import FIRST_DAY, require_past
from app.townships.steps import Steps

STATES = {
    DRAFT: "草稿",
    APPLIED: "已申请",
    REVIEWED: "区级已审核",
    APPROVED: "市级已批准",
    ENDED: "已结束",
    RETURNED: "已退回",
    REFUSED: "未批准",
    WITHDRAWN: "已撤回",
}

STEPS = Steps(
    {
        DRAFT: (APPLIED, WITHDRAWN),
        APPLIED: (REVIEWED, RETURNED, REFUSED, WITHDRAWN),
        REVIEWED: (APPROVED, RETURNED, REFUSED, WITHDRAWN),
        RETURNED: (APPLIED, WITHDRAWN),
        APPROVED: (ENDED, WITHDRAWN),
        ENDED: (),
        REFUSED: (),
        WITHDRAWN: (),
    },
    STATES,
)

OPEN_TO_CHANGE = (DRAFT, RETURNED)
"""Where an application may be written anew; what is under review or decided stays as it was."""

_OWN = frozenset(
    {
        (DRAFT, APPLIED), (RETURNED, APPLIED), (DRAFT, WITHDRAWN), (RETURNED, WITHDRAWN),
        (APPLIED, WITHDRAWN), (REVIEWED, WITHDRAWN), (APPROVED, ENDED),
    }
)  # fmt: skip
"""For who works in the township."""

_ABOVE = frozenset(
    {(APPLIED, REVIEWED), (APPLIED, RETURNED), (APPLIED, REFUSED), (APPROVED, ENDED)}
)
"""For the township's district, and the city: who applies does not review."""

_CITY = frozenset(
    {(REVIEWED, APPROVED), (REVIEWED, RETURNED), (REVIEWED, REFUSED), (APPROVED, ENDED),
     (APPROVED, WITHDRAWN)}
)  # fmt: skip
"""For who decides exclusions."""

_EXPLAINED = frozenset({RETURNED, REFUSED, ENDED})


@dataclass(frozen=True)
class Move:
    """A step: whither, on which day, and what is said of it."""

    state: str
    on: date
    words: str = ""


def allowed_steps(access: Access, record: ProactiveProject, district: str) -> tuple[str, ...]:
    """Return the states that a person may take an application to.

    Parameters
    ----------
    access : Access
    record : ProactiveProject
    district : str
        Code of its township's district; empty where none is known.
    """
    work = access.reach(Permission.WORK_PLANS)
    allowed: set[tuple[str, str]] = set()
    if work.has_township(record.township):
        allowed |= _OWN
    if work.whole or (district and district in work.districts):
        allowed |= _ABOVE
    if access.reach(Permission.ASSESS).whole:
        allowed |= _CITY
    return tuple(each for each in STEPS.after(record.state) if (record.state, each) in allowed)


def needs_words(state: str, following: str) -> bool:
    """Tell whether a step must be explained: all that leads back or away from what was decided."""
    return following in _EXPLAINED or (state, following) == (APPROVED, WITHDRAWN)


def require_step(access: Access, record: ProactiveProject, district: str, to: str) -> None:
    """Check that an application may go to a state, and that this person may take it there.

    Raises
    ------
    Conflict
        The step may not follow.
    Forbidden
        It is not this person's to take.
    """
    STEPS.require(record.state, to)
    if to not in allowed_steps(access, record, district):
        raise Forbidden(
            f"{access.who} may not take application {record.id} from {record.state} to {to}: the "
            "township applies, its district reviews, the city approves",
            f"主动治理申请 {record.id} 改为“{STATES[to]}”不由您办理："
            "街乡镇申请，区级审核，市级批准",
        )


def check_move(record: ProactiveProject, move: Move) -> None:
    """Check the day and the words of a step.

    Raises
    ------
    InvalidParameter
        It lies before the step before it or is yet to come, or must be explained and is not.
    """
    if move.on < FIRST_DAY or (record.since and move.on < record.since):
        earliest = record.since or FIRST_DAY
        raise InvalidParameter(
            f"on: application {record.id} is {record.state} since {earliest}: {move.on} lies "
            "before it",
            f"申请 {record.id} 自 {earliest} 起为“{STATES[record.state]}”，日期 {move.on} 早于该日",
            field="on",
        )
    require_past(move.on)
    if needs_words(record.state, move.state) and not move.words.strip():
        raise InvalidParameter(
            f"words: taking application {record.id} from {record.state} to {move.state} needs a "
            "reason",
            f"申请 {record.id} 由“{STATES[record.state]}”改为“{STATES[move.state]}”须说明理由",
            field="words",
        )
