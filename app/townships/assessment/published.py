"""Published results 通报成绩: taken in as a whole file, and shown beside ours, which are 测算."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.models import TOWNSHIP
from app.accounts.permissions import Permission
from app.db import Database
from app.errors import Conflict
from app.succession import Lineage
from app.townships.assessment.board import Board
from app.townships.assessment.cycles import Cycle, Tiling
from app.townships.assessment.models import PublishedResult
from app.townships.assessment.published_reading import PublishedRow, read_published
from app.townships.assessment.unit_names import UnitNames
from geodata.home import Home
from geodata.privacy import mask_address
from geodata.reading.small_tables import RowProblem

MOST_TOLD = 3
"""Units that the sentence on differences names."""

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Preview:
    """What a file would store.

    Attributes
    ----------
    rows : tuple of (PublishedRow, str)
        Each with what storing does: ``new``, ``replaces`` or ``same``.
    problems : tuple of RowProblem
        Nothing is stored while there are any.
    names : UnitNames
    cycles : mapping of str to Cycle
        Those of the rows, by id.
    """

    rows: tuple[tuple[PublishedRow, str], ...]
    problems: tuple[RowProblem, ...]
    names: UnitNames
    cycles: Mapping[str, Cycle]

    def count(self, what: str) -> int:
        """Return how many rows are new, replace another or are the same."""
        return sum(does == what for _row, does in self.rows)


@dataclass(frozen=True)
class Ours:
    """What we work out for a unit."""

    score: float | None
    rank: int | None


@dataclass(frozen=True)
class Beside:
    """A published result, and ours beside it.

    Attributes
    ----------
    result : PublishedResult
    code : str
        By which ours is found: another than the result's where the township was renamed.
    name, district : str
    ours : Ours or None
        None where we have nothing for the unit.
    """

    result: PublishedResult
    code: str
    name: str
    district: str
    ours: Ours | None

    @property
    def difference(self) -> float | None:
        """Our score less the published one; None where one of them is missing."""
        if self.ours is None or self.ours.score is None or self.result.score is None:
            return None
        return self.ours.score - self.result.score

    @property
    def rank_difference(self) -> int | None:
        """Our rank less the published one; None where one of them is missing."""
        if self.ours is None or self.ours.rank is None or self.result.rank is None:
            return None
        return self.ours.rank - self.result.rank


@dataclass(frozen=True)
class Differences:
    """How far ours are from what was published.

    Attributes
    ----------
    compared : int
        Units with both scores.
    mean : float
        Mean size of the difference.
    most : tuple of Beside
        Where they differ most, the greatest difference first.
    """

    compared: int
    mean: float
    most: tuple[Beside, ...]


def preview(database: Database, home: Home, path: Path, tiling: Tiling) -> Preview:
    """Return what a file would store; nothing is stored."""
    names = UnitNames(database, home)
    rows, problems = read_published(path, names, tiling)
    with database.session() as session:
        known = _known(session, rows)
    does = tuple((row, _does(row, known)) for row in rows)
    cycles = {each: tiling.find(each) for each in {row.cycle_id for row in rows}}
    return Preview(does, problems, names, cycles)


def store(access: Access, home: Home, path: Path, tiling: Tiling) -> tuple[int, int]:
    """Store all rows of a file or none; returns how many are new and how many replaced others.

    Raises
    ------
    Conflict
        A row is not in order.
    """
    access.require_township(Permission.ASSESS, None)
    rows, problems = read_published(path, UnitNames(access.database, home), tiling)
    if problems:
        raise Conflict(
            f"{len(problems)} rows are not in order, nothing was stored; {problems[0].text('en')}",
            f"有 {len(problems)} 处不符合要求，没有存入任何数据；{problems[0].text('zh')}",
        )
    with access.database.session() as session:
        known = _known(session, rows)
        done = [_put(access, session, row, known.get(row.key)) for row in rows]
        new, replaced = done.count("new"), done.count("replaces")
        told = {
            "file": mask_address(path.name),
            "cycles": sorted({row.cycle_id for row in rows}),
            "new": new,
            "replaced": replaced,
        }
        access.record("published.import", ("published", ""), None, told, session=session)
    return new, replaced


def published_cycles(database: Database) -> list[tuple[str, str, int]]:
    """Return cycle, kind of unit and number of the results there are, the newest cycle first."""
    with database.session() as session:
        grouped = select(
            PublishedResult.cycle_id, PublishedResult.unit_kind, func.count()
        ).group_by(PublishedResult.cycle_id, PublishedResult.unit_kind)
        found = [(str(cycle), str(kind), int(n)) for cycle, kind, n in session.execute(grouped)]
    return sorted(
        found, key=lambda each: (each[0].partition("-")[2], each[0], each[1]), reverse=True
    )


def published_results(database: Database, cycle_id: str, kind: str) -> list[PublishedResult]:
    """Return what was published of a kind of unit in a cycle, the best rank first."""
    with database.session() as session:
        found = session.scalars(
            select(PublishedResult).where(
                PublishedResult.cycle_id == cycle_id, PublishedResult.unit_kind == kind
            )
        )
        return sorted(
            found, key=lambda each: (each.rank or float("inf"), -(each.score or 0), each.unit)
        )


def ours_of(board: Board | None) -> dict[str, Ours]:
    """Return our scores and ranks of townships by code, as the reader's board shows them."""
    lines = board.lines if board is not None else ()
    return {line.code: Ours(line.score.value, line.rank) for line in lines}


def set_beside(
    results: Iterable[PublishedResult],
    ours: Mapping[str, Ours],
    names: UnitNames,
    lineage: Lineage,
) -> tuple[Beside, ...]:
    """Put ours beside what was published; a township that was renamed is found by any code."""

    def beside(each: PublishedResult) -> Beside:
        code = next((code for code in lineage.followed(each.unit) if code in ours), each.unit)
        named = each.unit_kind, each.unit
        return Beside(each, code, names.name(*named), names.district_of(*named), ours.get(code))

    return tuple(map(beside, results))


def published_on(
    database: Database, home: Home, board: Board, lineage: Lineage
) -> tuple[Beside, ...]:
    """Return what was published of the townships of a board, as its reader sees it."""
    results = published_results(database, board.cycle.id, TOWNSHIP)
    if not results:
        return ()
    return set_beside(results, ours_of(board), UnitNames(database, home), lineage)


def differences(lines: Sequence[Beside]) -> Differences | None:
    """Tell where ours differ most from what was published; None where nothing can be compared."""
    sizes = [(abs(line.difference), line) for line in lines if line.difference is not None]
    if not sizes:
        return None
    ordered = sorted(sizes, key=lambda each: (-each[0], each[1].result.unit))
    mean = sum(size for size, _line in sizes) / len(sizes)
    return Differences(len(sizes), mean, tuple(line for _size, line in ordered[:MOST_TOLD]))


def _known(session: Session, rows: Sequence[PublishedRow]) -> dict[Key, PublishedResult]:
    cycles = sorted({row.cycle_id for row in rows})
    found = session.scalars(select(PublishedResult).where(PublishedResult.cycle_id.in_(cycles)))
    return {(each.cycle_id, each.unit_kind, each.unit): each for each in found}


def _does(row: PublishedRow, known: Mapping[Key, PublishedResult]) -> str:
    stored = known.get(row.key)
    if stored is None:
        return "new"
    return "same" if _figures(stored, row) == row.figures() else "replaces"


def _figures(stored: PublishedResult, row: PublishedRow) -> dict[str, object]:
    return {name: getattr(stored, name) for name in row.figures()}


def _put(
    access: Access, session: Session, row: PublishedRow, stored: PublishedResult | None
) -> str:
    """Store a row; what stood there before is told to the audit."""
    if stored is None:
        cycle_id, kind, unit = row.key
        session.add(PublishedResult(cycle_id=cycle_id, unit_kind=kind, unit=unit, **row.figures()))
        return "new"
    before = _figures(stored, row)
    if before == row.figures():
        return "same"
    for name, value in row.figures().items():
        setattr(stored, name, value)
    subject = ("published", "/".join(row.key))
    access.record("published.replace", subject, before, row.figures(), session=session)
    return "replaces"
