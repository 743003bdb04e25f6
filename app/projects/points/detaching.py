"""Cases that a planner takes off a point, with a reason; they can be put back.

What is taken off counts no more in what the page shows of the point. Whether the work had an effect
is judged with it: at the points that it is compared with nobody takes anything off.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.cases.selection import case_frame
from app.errors import Conflict, InvalidParameter
from app.projects.models import DetachedCase
from app.projects.points.attachment import attached, ground_of
from app.projects.points.register import find_point, projects_at
from app.projects.states import require_ground
from geodata.home import Home

DETACHED = Kind(DetachedCase, "detached_case", "detached case", "移出的诉求")

LONGEST_REASON = 500
MOST_AT_ONCE = 200


def detached_from(access: Access, points: Collection[int]) -> list[DetachedCase]:
    """Return the cases that were taken off some points, the newest first."""
    query = select(DetachedCase).where(DetachedCase.point_id.in_(points))
    with access.database.session() as session:
        return list(session.scalars(query.order_by(DetachedCase.id.desc())))


def detach(
    access: Access, home: Home, number: int, cases: Sequence[str], reason: str
) -> list[DetachedCase]:
    """Take cases off a point.

    Raises
    ------
    InvalidParameter
        There is no reason, no case, or one does not lie at the point.
    Conflict
        One was taken off already.
    Forbidden
        The point is outside the person's area, or she may not read single cases there.
    """
    point = find_point(access, number, Permission.WORK_PROJECTS)
    access.require_township(Permission.READ_CASES, point.township)
    require_ground(access, home, projects_at(access, number))
    wanted = list(dict.fromkeys(each.strip() for each in cases if each.strip()))
    if not wanted or len(wanted) > MOST_AT_ONCE:
        raise InvalidParameter(
            f"case: {len(wanted)} cases chosen, 1 to {MOST_AT_ONCE} can be taken off at once",
            f"选了 {len(wanted)} 件诉求，一次可移出 1 到 {MOST_AT_ONCE} 件",
            field="reason",
        )
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise InvalidParameter(
            f"reason: needs 1 to {LONGEST_REASON} characters",
            f"移出理由须为 1 到 {LONGEST_REASON} 字",
            field="reason",
        )
    frame = case_frame(home, columns=("case_id", "lng", "lat", "located", "place"))
    there = set(attached(frame, [ground_of(point)])["case_id"])
    for each in wanted:
        if each not in there:
            raise InvalidParameter(
                f"case: {each!r} does not lie at point {number}",
                f"诉求“{each}”不在点位 {number} 的范围内",
                field="reason",
            )
    return _keep(access, number, wanted, reason.strip())


def attach_again(access: Access, home: Home, number: int, detached_id: int) -> None:
    """Put a case back.

    Raises
    ------
    Missing
        It was not taken off this point.
    Forbidden
        The point is outside the person's area.
    """
    find_point(access, number, Permission.WORK_PROJECTS)
    require_ground(access, home, projects_at(access, number))
    with access.database.session() as session:
        record = DETACHED.find(session, detached_id)
        if record.point_id != number:
            raise Conflict(
                f"detached case {detached_id} is not of point {number}",
                f"编号 {detached_id} 的移出记录不属于点位 {number}",
            )
        session.delete(record)
        subject, before = ("point", number), {"cases": 1}
        access.record("point.attach_case", subject, before, None, session=session)


def _keep(access: Access, number: int, cases: Sequence[str], reason: str) -> list[DetachedCase]:
    now = datetime.now(UTC)
    made = [
        DetachedCase(point_id=number, case_id=each, reason=reason, who=access.who, at=now)
        for each in cases
    ]
    try:
        with access.database.session() as session:
            session.add_all(made)
            session.flush()
            told = {"cases": len(made)}
            access.record("point.detach_case", ("point", number), None, told, session=session)
    except IntegrityError:
        raise Conflict(
            f"one of these cases was taken off point {number} already",
            f"所选诉求中有的已从点位 {number} 移出",
        ) from None
    return made
