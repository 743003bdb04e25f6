"""The life of a designation: its states, the steps between them, and what each step needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.errors import Conflict, InvalidParameter, changed_meanwhile
from app.succession.lineage import lineage_in
from app.townships.designations.models import (
    CLOSED,
    DECLINED,
    DESIGNATED,
    EXIT_PROPOSED,
    EXITED,
    GOVERNED,
    PROPOSED,
    UNDER_WAY,
    WITHDRAWN,
    Designation,
)
from app.townships.steps import Steps

DESIGNATION = Kind(Designation, "designation", "designation", "治理类记录")

STATES = {
    PROPOSED: "建议纳入",
    DECLINED: "未采纳",
    DESIGNATED: "已纳入",
    GOVERNED: "治理中",
    EXIT_PROPOSED: "建议退出",
    EXITED: "已退出市级督导",
    CLOSED: "已结束跟踪",
    WITHDRAWN: "已撤销指定",
}

STEPS = Steps(
    {
        PROPOSED: (DESIGNATED, DECLINED),
        DECLINED: (),
        DESIGNATED: (GOVERNED, WITHDRAWN),
        GOVERNED: (EXIT_PROPOSED,),
        EXIT_PROPOSED: (EXITED, GOVERNED),
        EXITED: (CLOSED,),
        CLOSED: (),
        WITHDRAWN: (),
    },
    STATES,
)
"""A township that has left or was taken back comes in again by a new one that names the former."""

WATCH_MONTHS = 12
"""How long a township is watched after its exit before it is closed 系统默认."""

DAYS_AHEAD = 60
"""How long before it is in force a designation may be written down 系统默认."""

FIRST_DAY, LAST_DAY = date(1980, 1, 1), date(2199, 12, 31)
"""Days outside are slips of the pen."""

_EXPLAINED = frozenset({DECLINED, EXIT_PROPOSED, EXITED, WITHDRAWN})


@dataclass(frozen=True)
class Township:
    """A township as it is called on the day of its designation."""

    code: str
    name: str
    district: str = ""


@dataclass(frozen=True)
class Move:
    """A step of a designation: whither, from which day, and what is said of it."""

    state: str
    on: date
    words: str = ""


def watched_until(exited_on: date, months: int = WATCH_MONTHS) -> date:
    """Return the first day on which the watch over a township that has left is over.

    Examples
    --------
    >>> watched_until(date(2024, 2, 29)), watched_until(date(2025, 5, 19))
    (datetime.date(2025, 3, 1), datetime.date(2026, 5, 19))
    >>> watched_until(date(2025, 8, 31), 6), watched_until(date(2025, 8, 30), 18)
    (datetime.date(2026, 3, 1), datetime.date(2027, 3, 1))
    """
    years, month = divmod(exited_on.month - 1 + months, 12)
    year = exited_on.year + years
    try:
        return exited_on.replace(year=year, month=month + 1)
    except ValueError:
        # A month that has no such day: the first of the next, never in the year after.
        return date(year, month + 2, 1)


def propose(
    access: Access, session: Session, township: Township, on: date, reason: str
) -> Designation:
    """Put a township on the list of those that may be designated 建议纳入.

    Raises
    ------
    Conflict
        It is there already, or designated.
    Forbidden
        The person may not.
    """
    access.area(Permission.GOVERN)
    _check_day(on)
    _refuse_second(_under_way(session, township.code))
    return _add(access, session, township, state=PROPOSED, since=on, reason=reason)


def designate(
    access: Access,
    session: Session,
    township: Township,
    on: date,
    *,
    reason: str = "",
    decision_id: int | None = None,
) -> Designation:
    """Designate a township from a day on, within the transaction of what decides it.

    One that was proposed goes on; one that has left gets a new designation that names the former,
    and the watch over the former ends.

    Parameters
    ----------
    access : Access
    session : Session
    township : Township
    on : date
        First day in force.
    reason : str
        Needed where there is no decision.
    decision_id : int, optional

    Raises
    ------
    Conflict
        It is designated already, or was still on that day.
    InvalidParameter
        Neither a decision nor a reason is given, or the day is more than `DAYS_AHEAD` days ahead.
    Forbidden
        The person may not.
    """
    access.area(Permission.GOVERN)
    _check_day(on)
    _not_far_ahead(township, on)
    if decision_id is None and not reason.strip():
        raise InvalidParameter(
            f"township {township.name}: a designation needs a decision or a reason",
            f"{township.name}：纳入治理类须有决策记录或说明理由",
            field="words",
        )
    proposed = _under_way(session, township.code)
    if proposed is not None and proposed.state != PROPOSED:
        _refuse_second(proposed)
    columns = {"state": DESIGNATED, "since": on, "designated_on": on, "decision_id": decision_id}
    columns["former_id"] = _end_of_former(access, session, township.code, on)
    if proposed is None:
        return _add(access, session, township, **columns, reason=reason)
    _not_before(proposed, on)
    _set(access, session, proposed, columns, act=DESIGNATED, words=reason)
    return proposed


def move(
    access: Access, number: int, version: int, step: Move, watch_months: int = WATCH_MONTHS
) -> Designation:
    """Take a designation a step further, or from a proposed exit back.

    Parameters
    ----------
    access : Access
    number, version : int
    step : Move
    watch_months : int
        How long it is watched after its exit.

    Raises
    ------
    Conflict
        The step may not follow, lies before the one before it, the months of watching are
        not over and no reason is given, or somebody else changed it meanwhile.
    InvalidParameter
        The step needs words and has none, or its day is yet to come.
    Forbidden
        The person may not.
    """
    access.area(Permission.GOVERN)
    _check_day(step.on)
    if step.state == DESIGNATED:
        return _designate_proposed(access, number, version, step)
    require_past(step.on)

    def change(_session: Session, record: Designation) -> Mapping[str, Any]:
        STEPS.require(record.state, step.state)
        _check(record, step, watch_months)
        return {"state": step.state, "since": step.on, **_days(step)}

    return DESIGNATION.change(access, number, version, change, act=step.state, words=step.words)


def next_states(record: Designation) -> tuple[str, ...]:
    """Return the states that may follow."""
    return STEPS.after(record.state)


def needs_words(
    record: Designation, state: str, on: date, watch_months: int = WATCH_MONTHS
) -> bool:
    """Tell whether the step to a state on a day must be explained."""
    left = record.exited_on if state == CLOSED else None
    early = left is not None and on < watched_until(left, watch_months)
    return state in _EXPLAINED or early or (record.state, state) == (EXIT_PROPOSED, GOVERNED)


def _designate_proposed(access: Access, number: int, version: int, step: Move) -> Designation:
    with access.database.session() as session:
        record = DESIGNATION.find(session, number)
        STEPS.require(record.state, DESIGNATED)
        if record.row_version != version:
            raise changed_meanwhile(f"designation {number}", f"治理类记录 {number} ")
        township = Township(record.township, record.name, record.district)
        return designate(access, session, township, step.on, reason=step.words or record.reason)


def _check(record: Designation, step: Move, watch_months: int) -> None:
    _not_before(record, step.on, ahead=step.state == WITHDRAWN)
    if step.words.strip() or not needs_words(record, step.state, step.on, watch_months):
        return
    if step.state == CLOSED and record.exited_on:
        until = watched_until(record.exited_on, watch_months)
        raise Conflict(
            f"{record.name} is watched until {until}: to close it before that needs a reason",
            f"{record.name}跟踪期至 {until} 届满，提前结束须说明理由",
            field="words",
        )
    raise InvalidParameter(
        f"words: the step of {record.name} to {step.state} needs a reason",
        f"{record.name}改为“{STATES[step.state]}”须说明理由",
        field="words",
    )


def _days(step: Move) -> dict[str, date]:
    column = {EXITED: "exited_on", WITHDRAWN: "exited_on", CLOSED: "closed_on"}.get(step.state)
    return {column: step.on} if column else {}


def _check_day(on: date) -> None:
    if not FIRST_DAY <= on <= LAST_DAY:
        raise InvalidParameter(
            f"on: {on} is not between {FIRST_DAY} and {LAST_DAY}",
            f"日期 {on} 应在 {FIRST_DAY} 至 {LAST_DAY} 之间",
            field="on",
        )


def require_past(on: date, field: str = "on") -> None:
    """Check that the day on which something was done is not yet to come.

    Raises
    ------
    InvalidParameter
        It is.
    """
    if on > date.today():
        raise InvalidParameter(
            f"{field}: {on} is yet to come; a step is written down on its day or after it",
            f"日期 {on} 晚于今天（{date.today()}），只能记录已发生的步骤",
            field=field,
        )


def _not_far_ahead(township: Township, on: date) -> None:
    last = date.today() + timedelta(days=DAYS_AHEAD)
    if on > last:
        raise InvalidParameter(
            f"on: {on} is more than {DAYS_AHEAD} days ahead; expected {last} or earlier for "
            f"{township.name}",
            f"{township.name}：纳入日期 {on} 距今超过 {DAYS_AHEAD} 天，最晚为 {last}",
            field="on",
        )


def _not_before(record: Designation, on: date, *, ahead: bool = False) -> None:
    """Refuse a step that lies before the one that led to where the record stands.

    With `ahead`, one that is yet to come into force may be ended today.
    """
    if on < (min(record.since, date.today()) if ahead else record.since):
        raise Conflict(
            f"{record.name} is {record.state} since {record.since}: {on} lies before it",
            f"{record.name}自 {record.since} 起为“{STATES[record.state]}”，日期 {on} 早于该日",
            field="on",
        )


def _end_of_former(access: Access, session: Session, code: str, on: date) -> int | None:
    """Return the id of the designation that a township has left; its watch ends if it goes on."""
    former = _former(session, code)
    if former is None:
        return None
    _not_before(former, on)
    if former.state == EXITED:
        columns = {"state": CLOSED, "since": on, "closed_on": on}
        _set(access, session, former, columns, act=CLOSED, words="再次纳入治理类")
    return former.id


def _set(
    access: Access,
    session: Session,
    record: Designation,
    columns: Mapping[str, Any],
    *,
    act: str,
    words: str,
) -> None:
    """Write columns within a transaction that somebody else ends."""
    before = {name: getattr(record, name) for name in columns}
    for name, value in columns.items():
        setattr(record, name, value)
    session.flush()
    after = {**columns, "words": words} if words else columns
    access.record(f"designation.{act}", ("designation", record.id), before, after, session=session)


def _under_way(session: Session, code: str) -> Designation | None:
    codes = lineage_in(session).followed(code)
    query = select(Designation).where(
        Designation.township.in_(codes), Designation.state.in_(UNDER_WAY)
    )
    return session.scalar(query)


def _former(session: Session, code: str) -> Designation | None:
    """Return the newest designation of a township, under any of its codes, that it has left."""
    codes = lineage_in(session).followed(code)
    query = select(Designation).where(
        Designation.township.in_(codes), Designation.exited_on.is_not(None)
    )
    newest = query.order_by(Designation.exited_on.desc(), Designation.id.desc())
    return session.scalar(newest.limit(1))


def _refuse_second(found: Designation | None) -> None:
    if found is not None:
        raise Conflict(
            f"township {found.name} is {found.state} already, since {found.since}",
            f"{found.name}自 {found.since} 起已是“{STATES[found.state]}”，不能重复纳入",
        )


def _add(access: Access, session: Session, township: Township, **columns: Any) -> Designation:
    record = Designation(
        township=township.code, name=township.name, district=township.district, **columns
    )
    try:
        return DESIGNATION.create(access, session, record)
    except IntegrityError as error:
        # Somebody else was faster between the look and the writing.
        raise Conflict(
            f"township {township.name} was proposed or designated by someone else meanwhile",
            f"{township.name}刚刚已被他人提出或纳入",
        ) from error
