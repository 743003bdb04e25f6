"""What changed codes of townships mean for the assessment: boards, and cycles closed before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import select

from app.db import Database
from app.succession import Change, Lineage
from app.townships.assessment.board import Board, Line
from app.townships.assessment.models import ClosedCycle
from app.townships.assessment.rates import descending_ranks
from geodata.areas import KnownArea, boundary_version, codes_of_version
from geodata.home import Home


@dataclass(frozen=True)
class Unexplained:
    """Codes of which nobody has said what became of them, or where they come from.

    Attributes
    ----------
    gone : tuple of KnownArea
        In an earlier version of the boundaries and not in the one in use.
    new : tuple of KnownArea
        In the version in use alone.
    """

    gone: tuple[KnownArea, ...]
    new: tuple[KnownArea, ...]


@dataclass(frozen=True)
class ClosedBefore:
    """A cycle that was closed under another version of the boundaries than the one in use.

    Attributes
    ----------
    cycle_id, boundary_version : str
    gone : int
        Its townships whose codes are no longer in use.
    unexplained : int
        Those of them for which no change is recorded.
    """

    cycle_id: str
    boundary_version: str
    gone: int
    unexplained: int


def without_parted(board: Board, lineage: Lineage) -> tuple[Board, dict[str, Change]]:
    """Return a board on which townships that were split or merged are not compared, and these.

    A renamed township goes on. One that was split or merged after the cycle before began, and
    before this one ended, has no change and is no 进步: the two cycles are of different townships.
    The others are ranked by their change among themselves.
    """
    start, end = board.cycle.previous.first_day, board.cycle.end_day
    found = ((line.code, lineage.parted_between(line.code, start, end)) for line in board.lines)
    parted = {code: change for code, change in found if change is not None}
    if not parted:
        return board, {}
    compared = [_not_compared(line) if line.code in parted else line for line in board.lines]
    changes = np.array([np.nan if line.change is None else line.change for line in compared])
    ranks = descending_ranks(changes)
    lines = tuple(
        replace(line, change_rank=int(rank) if np.isfinite(rank) else None)
        for line, rank in zip(compared, ranks, strict=True)
    )
    return replace(board, lines=lines), parted


def _not_compared(line: Line) -> Line:
    kept = tuple(each for each in line.results if each.kind != "progress")
    return replace(line, change=None, change_rank=None, moved=None, results=kept)


def unexplained(known: Mapping[str, KnownArea], home: Home, lineage: Lineage) -> Unexplained:
    """Return the codes of which nobody has said what became of them or whence they come."""
    ended = {code for change in lineage.changes for code in change.ended}
    begun = {code for change in lineage.changes for code in change.begun}
    current = boundary_version(home, "township")
    earlier = frozenset[str]().union(
        *(
            codes_of_version(home, "township", path.stem)
            for path in home.boundaries.glob("township-*.parquet")
            if path.stem != current
        )
    )
    gone = [area for area in known.values() if not area.in_use and area.code not in ended]
    new = [
        area
        for area in known.values()
        if earlier and area.in_use and area.code not in earlier | begun
    ]
    return Unexplained(tuple(gone), tuple(new))


def closed_before(database: Database, home: Home, lineage: Lineage) -> tuple[ClosedBefore, ...]:
    """Return closed cycles that rest on other boundaries than those in use, the newest first."""
    current = boundary_version(home, "township")
    if current is None:
        return ()
    now = codes_of_version(home, "township", current)
    ended = {code for change in lineage.changes for code in change.ended}
    with database.session() as session:
        rows = session.execute(
            select(ClosedCycle.cycle_id, ClosedCycle.boundary_version)
            .where(ClosedCycle.boundary_version != current)
            .order_by(ClosedCycle.first_day.desc())
        ).all()
    made = []
    for cycle_id, version in rows:
        gone = codes_of_version(home, "township", version) - now
        made.append(ClosedBefore(cycle_id, version, len(gone), len(gone - ended)))
    return tuple(made)
