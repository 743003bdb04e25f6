"""The states of a project, the steps between them, and who may take which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.accounts.access import Access
from app.accounts.audit import PastAct
from app.accounts.permissions import Permission
from app.errors import Forbidden, InvalidParameter
from app.projects.models import (
    APPROVED,
    CANCELLED,
    CLAIMED_DONE,
    CLOSED,
    DRAFT,
    PAUSED,
    RETURNED,
    SUBMITTED,
    UNDER_WAY,
    VERIFIED,
    Project,
)
from app.townships.designations.life import FIRST_DAY, require_past
from app.townships.governing.plans import district_of
from app.townships.steps import Steps
from geodata.home import Home

STATES = {
    DRAFT: "草稿",
    SUBMITTED: "已提交",
    RETURNED: "退回",
    APPROVED: "已批准",
    UNDER_WAY: "实施中",
    PAUSED: "暂停",
    CLAIMED_DONE: "报完成",
    VERIFIED: "已核验",
    CLOSED: "销号",
    CANCELLED: "取消",
}
STATUSES = tuple(STATES)

NOT_SUBMITTED = (DRAFT, RETURNED)
NOT_DONE = (DRAFT, SUBMITTED, RETURNED, APPROVED, UNDER_WAY, PAUSED)
NOT_BEGUN = (DRAFT, SUBMITTED, RETURNED, APPROVED)
OPEN = (*NOT_DONE, CLAIMED_DONE, VERIFIED)

STEPS = Steps(
    {
        DRAFT: (SUBMITTED, CANCELLED),
        SUBMITTED: (APPROVED, RETURNED, DRAFT),
        RETURNED: (SUBMITTED, CANCELLED),
        APPROVED: (UNDER_WAY, CANCELLED),
        UNDER_WAY: (CLAIMED_DONE, PAUSED, APPROVED, CANCELLED),
        PAUSED: (UNDER_WAY, CANCELLED),
        CLAIMED_DONE: (VERIFIED, UNDER_WAY),
        VERIFIED: (CLOSED, UNDER_WAY),
        CLOSED: (UNDER_WAY,),
        CANCELLED: (DRAFT,),
    },
    STATES,
)

_OWN = frozenset(
    {
        (DRAFT, SUBMITTED), (DRAFT, CANCELLED), (SUBMITTED, DRAFT), (RETURNED, SUBMITTED),
        (RETURNED, CANCELLED), (APPROVED, UNDER_WAY), (UNDER_WAY, APPROVED),
        (UNDER_WAY, CLAIMED_DONE), (CLAIMED_DONE, UNDER_WAY),
    }
)  # fmt: skip
"""What a township's own office may do. All else is for those above: a township neither approves nor
verifies its own work, and pausing or cancelling it once approved would take it off what is owed."""

_FORWARD = frozenset(
    {
        (DRAFT, SUBMITTED), (SUBMITTED, APPROVED), (RETURNED, SUBMITTED), (APPROVED, UNDER_WAY),
        (PAUSED, UNDER_WAY), (UNDER_WAY, CLAIMED_DONE), (CLAIMED_DONE, VERIFIED),
        (VERIFIED, CLOSED),
    }
)  # fmt: skip
"""All other steps lead back or away, and need words."""


@dataclass(frozen=True)
class ProjectMove:
    """A step of a project: whither, on which day, and what is said of it."""

    status: str
    on: date
    words: str = ""


def needs_words(status: str, following: str) -> bool:
    """Tell whether a step leads back or away, and so must be explained."""
    return (status, following) not in _FORWARD


def is_above(access: Access, home: Home, township: str | None) -> bool:
    """Tell whether a person stands above who does the work: the city, or a township's district."""
    area = access.reach(Permission.WORK_PROJECTS)
    if area.whole:
        return True
    district = district_of(home, (township,)) if township and area.districts else None
    return district is not None and district.code in area.districts


def allowed_steps(access: Access, home: Home, project: Project) -> tuple[str, ...]:
    """Return the states that a person may take a project to."""
    if is_above(access, home, project.township):
        return STEPS.after(project.status)
    if not access.reach(Permission.WORK_PROJECTS).has_township(project.township):
        return ()
    following = STEPS.after(project.status)
    return tuple(each for each in following if (project.status, each) in _OWN)


def require_step(access: Access, home: Home, project: Project, to: str) -> None:
    """Check that a project may go to a state, and that this person may take it there.

    Raises
    ------
    Conflict
        The step may not follow.
    Forbidden
        It is not this person's to take.
    """
    access.require_township(Permission.WORK_PROJECTS, project.township)
    STEPS.require(project.status, to)
    if to not in allowed_steps(access, home, project):
        raise Forbidden(
            f"{access.who} may not take project {project.id} from {project.status} to {to}: this "
            "is for the district or the city",
            f"项目 {project.id} 改为“{STATES[to]}”须由区级或市级办理",
        )


def require_open(access: Access, home: Home, project: Project) -> None:
    """Check that a project may be changed: what is closed or cancelled only by those above.

    Raises
    ------
    Forbidden
        It may not.
    """
    access.require_township(Permission.WORK_PROJECTS, project.township)
    if project.status in (CLOSED, CANCELLED) and not is_above(access, home, project.township):
        raise Forbidden(
            f"{access.who} may not change project {project.id}, which is {project.status}: this is "
            "for the district or the city",
            f"项目 {project.id} 已是“{STATES[project.status]}”，改动须由区级或市级办理",
        )


def require_ground(access: Access, home: Home, projects: Iterable[Project]) -> None:
    """Check that a person may change which cases count for projects: where they work, and what.

    Who does the work may until she has submitted it; after that it would change what she is
    judged by.

    Raises
    ------
    Forbidden
        She may not.
    """
    for project in projects:
        if project.status in NOT_SUBMITTED or is_above(access, home, project.township):
            continue
        raise Forbidden(
            f"{access.who} may not change points or cases of project {project.id}, which is "
            f"{project.status}: this is for the district or the city",
            f"项目 {project.id} 提交后，点位和归于点位的诉求须由区级或市级改动",
        )


def same_hands(history: Iterable[PastAct]) -> str | None:
    """Return who verified what she had claimed done herself; None where two people did.

    Parameters
    ----------
    history : iterable of PastAct
        Acts on a project, the earliest first.
    """
    claimed = ""
    for act in history:
        to = act.changes.get("status", ("", ""))[1]
        if to == CLAIMED_DONE:
            claimed = act.who
        if to == VERIFIED and act.who == claimed:
            return act.who
    return None


def check_move(project: Project, move: ProjectMove) -> None:
    """Check the day and the words of a step.

    Raises
    ------
    InvalidParameter
        It lies before the step before it or is yet to come, or leads back and has no words.
    """
    if move.on < FIRST_DAY:
        raise InvalidParameter(
            f"on: {move.on} is before {FIRST_DAY}", f"日期 {move.on} 早于 {FIRST_DAY}", field="on"
        )
    require_past(move.on)
    if project.since and move.on < project.since:
        raise InvalidParameter(
            f"on: project {project.id} is {project.status} since {project.since}: {move.on} lies "
            "before it",
            f"项目 {project.id} 自 {project.since} 起为“{STATES[project.status]}”，"
            f"日期 {move.on} 早于该日",
            field="on",
        )
    if needs_words(project.status, move.status) and not move.words.strip():
        raise InvalidParameter(
            f"words: taking project {project.id} from {project.status} to {move.status} needs a "
            "reason",
            f"项目 {project.id} 由“{STATES[project.status]}”改为“{STATES[move.status]}”须说明理由",
            field="words",
        )


def days_of(project: Project, move: ProjectMove) -> dict[str, date | None]:
    """Return the days to keep; what leads back takes them away again.

    A pause and work that is taken up again keep the day on which it began.
    """
    if move.status == UNDER_WAY:
        began = project.started_on or move.on
        return {"started_on": began, "finished_on": None, "closed_on": None}
    if move.status == CLAIMED_DONE:
        return {"finished_on": move.on}
    if move.status == CLOSED:
        return {"closed_on": move.on}
    if move.status in NOT_BEGUN:
        return {"started_on": None, "finished_on": None, "closed_on": None}
    return {}
