"""Exclusions that follow from a decision on something else, as on a proactive project 主动治理.

They come and go in the transaction of that decision, so that neither stands without the other.
Whoever decides must have checked that the person may.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.townships.assessment.exclusions import EXCLUSIONS, WITHDRAWN
from app.townships.assessment.left_out import APPROVED
from app.townships.assessment.models import Exclusion
from app.townships.assessment.near_points import NamedPoint


@dataclass(frozen=True)
class Granted:
    """What is left out: cases of a township near its points, of its classes, of some days.

    Attributes
    ----------
    name, township : str
    paths : tuple of tuple of str
        At least one path of classes.
    points : tuple of NamedPoint
        At least one.
    first, last : date
        Days received.
    source : str
        What was decided.
    """

    name: str
    township: str
    paths: tuple[tuple[str, ...], ...]
    points: tuple[NamedPoint, ...]
    first: date
    last: date
    source: str


def grant(access: Access, session: Session, granted: Granted, day: date) -> Exclusion:
    """Write an approved exclusion.

    Raises
    ------
    Forbidden
        The person does not decide exclusions.
    """
    access.require_township(Permission.ASSESS, None)
    record = Exclusion(
        name=granted.name,
        township=granted.township,
        classes=list(granted.paths[0]),
        also=[list(path) for path in granted.paths[1:]],
        points=[point.to_json() for point in granted.points],
        start=granted.first,
        end=granted.last,
        source=granted.source,
        state=APPROVED,
        decided_on=day,
        decided_by=access.who,
    )
    return EXCLUSIONS.create(access, session, record)


def end_with(access: Access, session: Session, number: int, last: date, day: date) -> None:
    """Let an approved exclusion end with a day; one that had not begun by then is withdrawn."""
    record = EXCLUSIONS.find(session, number)
    if record.state != APPROVED or last >= record.end:
        return
    if last < record.start:
        take_away(access, session, number, day)
        return
    before, record.end = {"end": record.end}, last
    access.record(
        "exclusion.shorten", (EXCLUSIONS.key, number), before, {"end": last}, session=session
    )


def take_away(access: Access, session: Session, number: int, day: date) -> None:
    """Withdraw an approved exclusion; one that was withdrawn already stays so."""
    record = EXCLUSIONS.find(session, number)
    if record.state != APPROVED:
        return
    before = {"state": record.state}
    record.state, record.decided_on, record.decided_by = WITHDRAWN, day, access.who
    access.record(
        "exclusion.withdraw", (EXCLUSIONS.key, number), before, {"state": WITHDRAWN},
        session=session,
    )  # fmt: skip
