"""The board of a cycle: townships by their score, how they moved, and how the figures add up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.cases.reach import data_reach
from app.errors import Conflict
from app.townships.assessment.counting import CycleTable, count_cycles, forget_counts
from app.townships.assessment.cycles import Cycle, CycleKind, Tiling, cycle_at, cycles_between
from app.townships.assessment.left_out import NOTHING_LEFT_OUT, LeftOut
from app.townships.assessment.lines import Line, Share, Units, lines_of, pooled_line
from app.townships.assessment.results import with_results
from app.townships.assessment.rules import Rules
from app.townships.assessment.sources import Earlier, Source, source_of_now
from geodata.home import Home

__all__ = [
    "Board",
    "Line",
    "Reconciled",
    "Share",
    "board",
    "cycles_of_data",
    "newest_cycle",
]


@dataclass(frozen=True)
class Reconciled:
    """How a cycle's figures add up, from all cases to the callbacks that are rated.

    ``cases`` = in townships + in none; ``dated`` = ``not_valid`` + ``left_out`` + ``valid``.
    """

    cases: int
    cases_in_none: int
    dated: int
    not_valid: int
    left_out: int
    valid: int
    valid_in_none: int


@dataclass(frozen=True)
class Board:
    """A cycle as it stands.

    Attributes
    ----------
    cycle : Cycle
    lines : tuple of Line
        Those with a score first, the highest first.
    city : Line
        All callbacks pooled, those of no township too.
    reconciled : Reconciled
    complete : bool
        Whether the data reach to the end of the cycle.
    """

    cycle: Cycle
    lines: tuple[Line, ...]
    city: Line
    reconciled: Reconciled
    complete: bool


def cycles_of_data(home: Home, kind: CycleKind, tiling: Tiling) -> tuple[Cycle, ...]:
    """Return the cycles that the data have days of, the newest first."""
    reach = data_reach(home)
    if reach is None:
        return ()
    first = cycle_at(reach.first, kind, tiling).first_day
    end = cycle_at(reach.newest, kind, tiling).end_day
    return tuple(cycles_between(first, end, kind, tiling))[::-1]


def board(
    home: Home,
    cycle: Cycle,
    rules: Rules,
    left_out: LeftOut = NOTHING_LEFT_OUT,
    designated: frozenset[str] = frozenset(),
    earlier: Earlier | None = None,
) -> Board | None:
    """Return the board of a cycle; None while there are no cases or no boundaries.

    Parameters
    ----------
    home : Home
    cycle : Cycle
    rules : Rules
    left_out : LeftOut
        What is not assessed.
    designated : frozenset of str
        Codes of the townships that are designated on the cycle's last day.
    earlier : Earlier, optional
        What the cycle before was closed with.
    """
    source = source_of_now(home, left_out, earlier)
    return None if source is None else board_of(home, source, cycle, rules, designated)


@lru_cache(maxsize=64)
def board_of(
    home: Home, source: Source, cycle: Cycle, rules: Rules, designated: frozenset[str]
) -> Board:
    """Return the board of a cycle as counted from a source: the same source, the same board.

    The cycle before is counted by the same rules, so that a change is one of the townships and not
    of the rules; and from the same source unless it is closed, when its figures stay as they are.
    """
    now, before = (
        table
        for each, cycles in source.with_before(cycle)
        for table in count_cycles(home, each, cycles, rules)
    )
    lines = lines_of(_townships(now, before), rules.weights)
    people = now.boundaries.population
    return Board(
        cycle,
        with_results(lines, rules.results, designated),
        pooled_line(now.cases, now.answers, people, rules.weights, before.cases),
        _reconciled(now),
        is_whole(home, cycle),
    )


def forget_boards() -> None:
    """Forget the boards that were made, so that the next ones are counted from the store again."""
    board_of.cache_clear()
    forget_counts()


def newest_cycle(home: Home, cycles: tuple[Cycle, ...]) -> Cycle | None:
    """Return the newest cycle whose days the data have all, else the newest of `cycles`."""
    whole = (each for each in cycles[:2] if is_whole(home, each))
    return next(whole, next(iter(cycles), None))


def cycle_before(home: Home, cycle: Cycle) -> Cycle | None:
    """Return the cycle before, None where the data do not reach back to its first day."""
    reach = data_reach(home)
    known = reach is not None and reach.first.date() <= cycle.previous.first_day
    return cycle.previous if known else None


def is_whole(home: Home, cycle: Cycle) -> bool:
    """Tell whether the data reach to the end of a cycle."""
    reach = data_reach(home)
    return reach is not None and reach.has_end_of(cycle.window)


def require_whole(home: Home, cycle: Cycle) -> None:
    """Check that the data reach to the end of a cycle.

    Raises
    ------
    Conflict
        They do not yet.
    """
    if not is_whole(home, cycle):
        raise Conflict(
            f"{cycle.id}: the data do not reach its last day {cycle.last_day} yet",
            f"{cycle.id} 的数据还没有到期末（{cycle.last_day}），数据完整后才能进行",
        )


def _townships(now: CycleTable, before: CycleTable) -> Units:
    """Return the townships; what belongs to none of them takes no part in ranks."""
    areas, n = now.boundaries, len(now.boundaries.codes)
    return Units(
        codes=tuple(map(str, areas.codes)),
        names=tuple(map(str, areas.names)),
        districts=tuple(str(name or "") for name in areas.district_names),
        people=np.asarray(areas.population, dtype=float),
        cases=now.cases[:n],
        answers=now.answers.at(slice(n)),
        earlier=before.answers.at(slice(n)),
        before=before.cases[:n],
    )


def _reconciled(table: CycleTable) -> Reconciled:
    return Reconciled(
        cases=int(table.cases.sum()),
        cases_in_none=int(table.cases[-1]),
        dated=int(table.dated.sum()),
        not_valid=int(table.not_valid.sum()),
        left_out=int(table.left_out.sum()),
        valid=int(table.answers.valid.sum()),
        valid_in_none=int(table.answers.valid[-1]),
    )
