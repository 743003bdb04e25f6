"""The board of a cycle: townships by their score, how they moved, and how the figures add up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.cases.reach import DataReach, data_reach
from app.townships.assessment.counting import CycleTable, count_cycles
from app.townships.assessment.cycles import Calendar, Cycle, CycleKind, cycle_at, cycles_between
from app.townships.assessment.left_out import NOTHING_LEFT_OUT, LeftOut
from app.townships.assessment.lines import Line, Share, Units, lines_of, pooled_line
from app.townships.assessment.rules import Rules
from app.townships.assessment.sources import Source, source_of_now
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


def cycles_of_data(home: Home, kind: CycleKind, calendar: Calendar) -> tuple[Cycle, ...]:
    """Return the cycles that the data have days of, the newest first."""
    reach = data_reach(home)
    if reach is None:
        return ()
    first = cycle_at(reach.first, kind, calendar).first_day
    end = cycle_at(reach.newest, kind, calendar).end_day
    return tuple(cycles_between(first, end, kind, calendar))[::-1]


def board(
    home: Home, cycle: Cycle, rules: Rules, left_out: LeftOut = NOTHING_LEFT_OUT
) -> Board | None:
    """Return the board of a cycle; None while there are no cases or no boundaries."""
    source = source_of_now(home, left_out)
    return None if source is None else _board(home, source, cycle, rules)


@lru_cache(maxsize=64)
def _board(home: Home, source: Source, cycle: Cycle, rules: Rules) -> Board:
    now, before = count_cycles(home, source, (cycle, cycle.previous), rules)
    reach = data_reach(home)
    return Board(
        cycle,
        lines_of(_townships(now, before), rules.weights),
        pooled_line(now.cases, now.answers, now.boundaries.population, rules.weights),
        _reconciled(now),
        reach is not None and _reaches_end(cycle, reach),
    )


def newest_cycle(home: Home, cycles: tuple[Cycle, ...]) -> Cycle | None:
    """Return the newest cycle whose days the data have all, else the newest of `cycles`."""
    reach = data_reach(home)
    whole = (each for each in cycles[:2] if reach is not None and _reaches_end(each, reach))
    return next(whole, next(iter(cycles), None))


def _reaches_end(cycle: Cycle, reach: DataReach) -> bool:
    """Tell whether the data have all of a cycle."""
    return reach.has_end_of(cycle.window)


def _townships(now: CycleTable, before: CycleTable) -> Units:
    """Return the townships; what belongs to none of them takes no part in ranks."""
    areas, n = now.boundaries, len(now.boundaries.codes)
    return Units(
        codes=tuple(map(str, areas.codes)),
        names=tuple(map(str, areas.names)),
        districts=tuple(str(name or "") for name in areas.district_names),
        people=np.asarray(areas.population, dtype=float),
        cases=now.cases[:n],
        answers=now.answers.first(n),
        earlier=before.answers.first(n),
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
