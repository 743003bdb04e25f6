"""What the monitor found, for a reader: townships under watch, and alerts that people close."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.disclosure import disclosed
from app.townships.assessment.cycles import Calendar, Cycle, find_cycle
from app.townships.designations.life import watched_until
from app.townships.designations.models import EXITED, Designation
from app.townships.steps import Steps
from app.townships.supervising.courses import Course
from app.townships.supervising.models import Alert, Watch
from app.townships.supervising.watching import ALERT, CLOSED, OPEN, Due

STEPS = Steps({OPEN: (CLOSED,), CLOSED: ()}, {OPEN: "待处理", CLOSED: "已关闭"})


@dataclass(frozen=True)
class Point:
    """A half-month of a township.

    Attributes
    ----------
    cycle : Cycle
    cases : int
        As the reader may see them: below 0 where a small count is not told.
    expected : float
    cusum : float or None
        None where the reader may not reckon counts from it.
    alarm : bool
    """

    cycle: Cycle
    cases: int
    expected: float
    cusum: float | None
    alarm: bool


@dataclass(frozen=True)
class Followed:
    """A township that has left.

    Attributes
    ----------
    designation : Designation
    until : date
        When the watch ends.
    points : tuple of Point
        The half-months that were judged, the earliest first.
    before : tuple of Point
        Those that its level was estimated from; they have no sum.
    facts : mapping
        Of the newest verdict, as `watching` keeps them; empty before the first.
    alerts : tuple of Alert
        The newest first.
    why_not : str or None
        Why it was not judged, where it is so; ``waiting`` while no half-month is whole yet, and
        ``next_round`` where the next round of the monitor judges those that are.
    exact : bool
        Whether counts are shown as they are.
    """

    designation: Designation
    until: date
    points: tuple[Point, ...]
    before: tuple[Point, ...]
    facts: Mapping[str, Any]
    alerts: tuple[Alert, ...]
    why_not: str | None
    exact: bool

    @property
    def is_open(self) -> bool:
        """Tell whether an alert waits for a word."""
        return any(alert.state == OPEN for alert in self.alerts)


class Closing(BaseModel):
    """What a person says of an alert that she closes."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    words: str = Field(min_length=1, max_length=2000)
    row_version: int


def list_followed(
    access: Access, waiting: Iterable[Due], watch_months: int
) -> tuple[Followed, ...]:
    """Return the townships of a person's area that are watched, or have an open alert.

    Those with an open alert come first, then the ones that left last.

    Parameters
    ----------
    access : Access
    waiting : iterable of Due
        Of townships that were never judged: `watching.due` says why.
    watch_months : int
        How long they are watched.
    """
    area = access.area(Permission.READ)
    why = {each.designation.id: _why_not(each) for each in waiting}
    with access.database.session() as session:
        shown = [each for each in _watched(session) if area.has_township(each.township)]
        ids = [each.id for each in shown]
        watches = _by_designation(session, ids)
        alerts = _alerts(session, ids)
    exact = access.reach(Permission.EXACT_COUNTS)
    found = (
        _followed(
            each, watches.get(each.id, []), alerts.get(each.id, []),
            why.get(each.id, "waiting"), watch_months, exact=exact.has_township(each.township),
        )
        for each in shown
    )  # fmt: skip
    return tuple(sorted(found, key=lambda each: not each.is_open))


def never_judged(access: Access) -> bool:
    """Tell whether a township that has left was never judged."""
    judged = select(Watch.designation_id)
    query = select(Designation.id).where(Designation.state == EXITED, Designation.id.not_in(judged))
    with access.database.session() as session:
        return session.scalar(query.limit(1)) is not None


def close_alert(access: Access, alert_id: int, closing: Closing) -> Alert:
    """Close an alert with a word.

    Raises
    ------
    Missing
        None has this id.
    Forbidden
        Its township is outside the person's area.
    Conflict
        It is closed already, or somebody else changed it meanwhile.
    """

    def change(_session: Session, record: Alert) -> Mapping[str, Any]:
        access.require_township(Permission.SUPERVISE, record.township)
        STEPS.require(record.state, CLOSED)
        today = datetime.now().astimezone().date()
        return {"state": CLOSED, "words": closing.words, "closed_on": today}

    return ALERT.change(access, alert_id, closing.row_version, change, act="close")


def count_open_alerts(access: Access) -> int:
    """Count the alerts that wait for a word of this person."""
    area = access.reach(Permission.SUPERVISE)
    query = select(Alert.township, func.count()).where(Alert.state == OPEN)
    with access.database.session() as session:
        found = session.execute(query.group_by(Alert.township))
        return sum(int(n) for code, n in found if area.has_township(code))


def _watched(session: Session) -> list[Designation]:
    open_ones = select(Watch.designation_id).join(Alert, Alert.watch_id == Watch.id)
    query = select(Designation).where(
        (Designation.state == EXITED) | Designation.id.in_(open_ones.where(Alert.state == OPEN))
    )
    newest = query.order_by(Designation.exited_on.desc(), Designation.township)
    return list(session.scalars(newest))


def _by_designation(session: Session, ids: list[int]) -> dict[int, list[Watch]]:
    found: dict[int, list[Watch]] = {}
    query = select(Watch).where(Watch.designation_id.in_(ids)).order_by(Watch.half_month)
    for each in session.scalars(query):
        found.setdefault(each.designation_id, []).append(each)
    return found


def _alerts(session: Session, ids: list[int]) -> dict[int, list[Alert]]:
    query = select(Watch.designation_id, Alert).join(Alert, Alert.watch_id == Watch.id)
    query = query.where(Watch.designation_id.in_(ids)).order_by(Alert.id.desc())
    found: dict[int, list[Alert]] = {}
    for designation_id, alert in session.execute(query):
        found.setdefault(designation_id, []).append(alert)
    return found


def _followed(
    designation: Designation, watches: list[Watch], alerts: list[Alert], why: str,
    watch_months: int, *, exact: bool,
) -> Followed:  # fmt: skip
    if designation.exited_on is None:
        raise ValueError(f"designation {designation.id} has not left")
    facts = watches[-1].facts if watches else {}
    return Followed(
        designation,
        watched_until(designation.exited_on, watch_months),
        tuple(_point(each, exact=exact) for each in watches),
        tuple(_before(*each, exact=exact) for each in facts.get("baseline", ())),
        facts,
        tuple(alerts),
        None if watches else why,
        exact,
    )


def _point(watch: Watch, *, exact: bool) -> Point:
    facts = watch.facts
    expected = facts["expected"]
    return Point(
        find_cycle(watch.half_month, Calendar()),
        watch.observed if exact else disclosed(watch.observed),
        expected if exact else float(max(disclosed(round(expected)), 0)),
        # Its rise from one half-month to the next is the count less what is expected.
        facts["cusum"] if exact else None,
        facts["alarm"],
    )


def _before(half_month: str, cases: int, _days: int, *, exact: bool) -> Point:
    cycle = find_cycle(half_month, Calendar())
    return Point(cycle, cases if exact else disclosed(cases), 0.0, None, alarm=False)


def _why_not(item: Due) -> str:
    if not isinstance(item.course, Course):
        return item.course
    return "next_round" if item.steps else "waiting"
