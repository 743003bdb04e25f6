"""What stands on the sheet of a township beside the figures of a run.

Outside a person's area nothing is told of supervision, lists and points, and that is said; to
whom a township is open is one rule everywhere: `Access.reach` of `Permission.READ`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.config import Settings
from app.db import Database
from app.hotspots.disclosing import shown_to
from app.succession.lineage import Change, followed, parted
from app.townships.assessment.closing import Assessed
from app.townships.assessment.disclosing import disclosed_board
from app.townships.designations.models import DECLINED, WITHDRAWN, Designation
from app.townships.governing.progress import Progress, progress
from app.townships.sheet.course import Month, course_of, year_of
from app.townships.sheet.history import Event, events_of
from app.townships.sheet.points import high_points
from geodata.home import Home

FOR_ALL = frozenset({"decision", "designation"})
"""Kinds of events that everybody may know."""


@dataclass(frozen=True)
class Sheet:
    """A township, as one person may see it.

    Attributes
    ----------
    inside : bool
        Whether it lies in the person's area.
    months : tuple of Month
        Assessment months of a year, the newest first.
    points : list of dict
        Its high-frequency points: see `points.high_points`; none outside a person's area, and
        without a run.
    designation : Designation or None
        The newest that somebody followed.
    progress : Progress or None
        Of the lists of that designation; None outside a person's area.
    events : tuple of Event
        The newest first.
    former_codes : tuple of str
        Codes that it had before.
    parts : tuple of Change
        Splits and mergers that its history stops at.
    """

    inside: bool
    months: tuple[Month, ...]
    points: list[dict[str, Any]]
    designation: Designation | None
    progress: Progress | None
    events: tuple[Event, ...]
    former_codes: tuple[str, ...]
    parts: tuple[Change, ...]


def sheet_of(
    access: Access, home: Home, settings: Settings, run_id: str | None, code: str, today: date
) -> Sheet:
    """Return the sheet of a township; its points are those of a run, where there is one.

    Who has no right to read in it learns when it was designated and by which decision, and nothing
    of its lists, its supervision or its points, which name places.
    """
    database = access.database
    codes = followed(database, code)
    designation = _designation(database, codes)
    year = (_shown(access, each) for each in year_of(home, database, settings))
    inside = access.reach(Permission.READ).has_township(code)
    done = progress(database, [designation.id], today) if designation and inside else {}
    events = (each for each in events_of(database, codes) if inside or each.kind in FOR_ALL)
    points = high_points(home, run_id, codes) if inside and run_id else []
    return Sheet(
        inside=inside,
        months=course_of(year, codes),
        points=shown_to(access, points),
        designation=designation,
        progress=done.get(designation.id) if designation else None,
        events=tuple(events),
        former_codes=codes[:-1],
        parts=parted(database, code),
    )


def _designation(database: Database, codes: tuple[str, ...]) -> Designation | None:
    query = select(Designation).where(
        Designation.township.in_(codes), Designation.state.not_in((DECLINED, WITHDRAWN))
    )
    with database.session() as session:
        return session.scalar(query.order_by(Designation.id.desc()).limit(1))


def _shown(access: Access, each: Assessed) -> Assessed:
    if access.may(Permission.EXACT_COUNTS) or each.board is None:
        return each
    return replace(each, board=disclosed_board(each.board, each.rules))
