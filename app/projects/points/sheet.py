"""One sheet of a point: its cases and why they are its, before and after, and what it cost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.selection import CaseLine, case_line
from app.projects import tracking
from app.projects.effects.judging import Judged
from app.projects.models import CANCELLED, DetachedCase, Point, Project
from app.projects.points.attachment import ground_of
from geodata.home import Home
from geodata.store import CaseStore

SHOWN = 50
"""Newest cases that the sheet lists."""


@dataclass(frozen=True)
class AttachedCase:
    """A case of a point, and why it is: ``disc``, ``area`` or ``place``."""

    line: CaseLine
    why: str


@dataclass(frozen=True, eq=False)
class Sheet:
    """What the sheet shows of cases.

    Attributes
    ----------
    track : tracking.Track
        Of the point alone, as the reader may see it; of the project's class where it names one.
    cases : tuple of AttachedCase
        The newest `SHOWN` of the reader's area.
    """

    track: tracking.Track
    cases: tuple[AttachedCase, ...]


def main_project(at: Sequence[Project]) -> Project | None:
    """Return the project whose work is judged at a point: that which ended last, else the newest.

    Cancelled ones did nothing.
    """
    alive = [each for each in at if each.status != CANCELLED]
    ended = [each for each in alive if each.finished_on]
    if ended:
        return max(ended, key=lambda each: (each.finished_on or date.min, each.id))
    return max(alive, key=lambda each: each.id, default=None)


def sheet_of(
    access: Access,
    home: Home,
    point: Point,
    main: Project | None,
    measure: str,
    detached: Collection[DetachedCase],
) -> Sheet:
    """Return the cases of a point before and since the work of its project."""
    project = main or Project()
    off = [each.case_id for each in detached]
    area = access.reach(Permission.READ_CASES)
    track = tracking.track(home, area, project, [point], measure, off)
    version = CaseStore(home).version
    if version is None or track.data_until is None or not track.months:
        return Sheet(tracking.track_shown_to(access, track), ())
    of = tracking.Attached((ground_of(point),), project.class_1, frozenset(off))
    first, last = track.months[0].start, date.max
    found = area.keep_cases(tracking.cases_of(home, version, of, first, last).lazy()).collect()
    newest = found.sort("received_local", "case_id", descending=[True, False]).head(SHOWN)
    return Sheet(tracking.track_shown_to(access, track), _lines(newest))


def cost_of_a_case(
    main: Project | None, points: int, judged: Judged | None, access: Access
) -> float | None:
    """Return yuan spent for each case that did not come, in the half-months judged.

    None where nothing is known to be spared: without cost or judgement, or where the fall may be
    chance; and where the project has several points, for which part was spent here is not known.
    """
    if points != 1:
        return None
    if main is None or main.cost_yuan is None or judged is None or judged.effect is None:
        return None
    if judged.effect.verdict != "fell" or not access.may(Permission.EXACT_COUNTS):
        return None
    return main.cost_yuan / judged.effect.whole.avoided


def _lines(found: pl.DataFrame) -> tuple[AttachedCase, ...]:
    return tuple(AttachedCase(case_line(row), row["why"]) for row in found.iter_rows(named=True))
