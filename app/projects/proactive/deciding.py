"""Steps of an application: applied for, reviewed, approved, ended; approval leaves cases out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.errors import InvalidParameter
from app.projects.proactive.applying import PROACTIVE, check_values, district_code, find, values_of
from app.projects.proactive.models import (
    APPLIED,
    APPROVED,
    ENDED,
    REFUSED,
    RETURNED,
    REVIEWED,
    WITHDRAWN,
    ProactiveProject,
)
from app.projects.proactive.steps import Move, allowed_steps, check_move, require_step
from app.townships.assessment.granting import Granted, end_with, grant, take_away
from app.townships.assessment.near_points import points_of
from geodata.home import Home

ACTS = {
    APPLIED: "apply",
    REVIEWED: "review",
    APPROVED: "approve",
    ENDED: "end",
    RETURNED: "return",
    REFUSED: "refuse",
    WITHDRAWN: "withdraw",
}
"""State → what the audit calls the step to it."""

_NEEDED = {
    "root_cause": ("the common root cause", "共性根源"),
    "problems": ("the list of problems", "问题清单"),
    "measures": ("what will be done", "治理任务"),
}
"""What a draft may lack, but not an application."""


def steps_for(access: Access, home: Home, record: ProactiveProject) -> tuple[str, ...]:
    """Return the states that a person may take an application to."""
    return allowed_steps(access, record, district_code(access.database, home, record.township))


def move(access: Access, home: Home, number: int, version: int, to: Move) -> ProactiveProject:
    """Take an application a step further or back.

    Approval writes an exclusion of its points, classes and window, and the end of the project ends
    it; both in one transaction.

    Raises
    ------
    Conflict
        The step is not allowed from where it stands, or someone else changed it meanwhile.
    Forbidden
        It is not this person's to take.
    InvalidParameter
        Its day or words cannot be, or what it asks for is not whole.
    """
    seen = find(access, number)
    district = district_code(access.database, home, seen.township)

    def step(session: Session, record: ProactiveProject) -> Mapping[str, Any]:
        require_step(access, record, district, to.state)
        check_move(record, to)
        return {"state": to.state, "since": to.on, **_done(access, session, record, to)}

    if to.state in (APPLIED, APPROVED):
        require_step(access, seen, district, to.state)
        check_move(seen, to)
        _require_whole(access, home, seen)
    act = ACTS.get(to.state, "change")
    return PROACTIVE.change(access, number, version, step, act=act, words=to.words.strip())


def _require_whole(access: Access, home: Home, record: ProactiveProject) -> None:
    for field, (english, chinese) in _NEEDED.items():
        if not getattr(record, field).strip():
            raise InvalidParameter(
                f"{field}: application {record.id} does not say {english}",
                f"申请 {record.id} 没有写“{chinese}”，请先修改补上",
            )
    # Ids of cases were checked when they were written: who approves may not read single cases.
    check_values(access, home, values_of(record).model_copy(update={"source_cases": ()}))


def _done(access: Access, session: Session, record: ProactiveProject, to: Move) -> dict[str, Any]:
    """Return the further columns of a step, and let the exclusion follow it."""
    if to.state == APPLIED:
        return {"applied_on": to.on, "applied_by": access.who, "reviewed_on": None,
                "reviewed_by": ""}  # fmt: skip
    if to.state == REVIEWED:
        return {"reviewed_on": to.on, "reviewed_by": access.who}
    if to.state == APPROVED:
        return _approved(access, session, record, to.on)
    if to.state == ENDED:
        if record.exclusion_id is not None:
            end_with(access, session, record.exclusion_id, to.on, date.today())
        return {"ended_on": to.on}
    if to.state == WITHDRAWN and record.exclusion_id is not None:
        take_away(access, session, record.exclusion_id, to.on)
    return {}


def _approved(
    access: Access, session: Session, record: ProactiveProject, on: date
) -> dict[str, Any]:
    if record.former_id is not None:
        _give_way(access, session, record, on)
    granted = Granted(
        name=record.title,
        township=record.township,
        paths=tuple(map(tuple, record.paths)),
        points=points_of(record.points),
        first=record.window_start,
        last=record.window_end,
        source=f"主动治理申请第 {record.id} 号，{on} 市级批准",
    )
    made = grant(access, session, granted, on)
    return {"approved_on": on, "approved_by": access.who, "exclusion_id": made.id}


def _give_way(access: Access, session: Session, record: ProactiveProject, on: date) -> None:
    """End the application that an approved one takes the place of, before the new window."""
    former = PROACTIVE.find(session, int(record.former_id or 0))
    if former.township != record.township:
        check_former(access, former.id, record.township)
    if former.state != APPROVED:
        return
    last = record.window_start - timedelta(days=1)
    if former.exclusion_id is not None:
        end_with(access, session, former.exclusion_id, last, on)
    before = {"state": former.state, "ended_on": former.ended_on}
    former.state, former.since, former.ended_on = ENDED, on, min(last, former.window_end)
    after = {"state": ENDED, "ended_on": former.ended_on, "replaced_by": record.id}
    access.record("proactive.end", (PROACTIVE.key, former.id), before, after, session=session)
