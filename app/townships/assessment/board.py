"""The board of a cycle: townships by their score, how they moved, and how the figures add up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.cases.reach import LAST_HOURS, DataReach, data_reach
from app.townships.assessment.counting import CycleTable, count_cycles
from app.townships.assessment.cycles import Calendar, Cycle, CycleKind, cycle_at, cycles_between
from app.townships.assessment.left_out import NOTHING_LEFT_OUT, LeftOut
from app.townships.assessment.rates import QUESTIONS, Rate, Scores, descending_ranks, score
from app.townships.assessment.rules import PER_CENT, Rules
from app.townships.assessment.sources import Source, source_of_now
from geodata.home import Home

PER = 10_000
"""People that a rate of cases is told by."""


@dataclass(frozen=True)
class Share:
    """A rate with its interval; None where it is not known."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Line:
    """A township in a cycle, or the city.

    Attributes
    ----------
    code, name, district : str
        Empty for the city.
    cases : int
        Received in the cycle.
    people : float or None
        Who live there.
    valid : int
        Valid callbacks.
    rates : dict of str to Share
        In per cent.
    score : Share
    rank, best, worst : int or None
        By score, and the ranks that chance leaves open.
    change : float or None
        Of the score since the cycle before.
    change_rank : int or None
        By that change, the greatest rise first.
    moved : int or None
        Ranks won (above 0) or lost since.
    """

    code: str
    name: str
    district: str
    cases: int
    people: float | None
    valid: int
    rates: dict[str, Share]
    score: Share
    rank: int | None = None
    best: int | None = None
    worst: int | None = None
    change: float | None = None
    change_rank: int | None = None
    moved: int | None = None

    @property
    def per_people(self) -> float | None:
        """Cases by 10,000 people; None where people, or a small count of cases, are not told."""
        return PER * self.cases / self.people if self.people and self.cases >= 0 else None


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
    scores, earlier = (_scores(table, rules) for table in (now, before))
    lines = _lines(now, scores, earlier)
    ordered = sorted(lines, key=lambda line: (line.rank or len(lines) + 1, line.code))
    reach = data_reach(home)
    return Board(
        cycle,
        tuple(ordered),
        _city(now, rules),
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
    return reach.newest + LAST_HOURS >= cycle.window.end


def _scores(table: CycleTable, rules: Rules) -> Scores:
    """Score the townships; what belongs to none takes no part in ranks."""
    answers = table.answers
    townships = type(answers)(
        answers.valid[:-1],
        {name: each[:-1] for name, each in answers.yes.items()},
        {name: each[:-1] for name, each in answers.told.items()},
    )
    return score(townships, rules.weights)


def _lines(table: CycleTable, scores: Scores, earlier: Scores) -> list[Line]:
    areas = table.boundaries
    change = scores.score.value - earlier.score.value
    by_change = descending_ranks(change)
    moved = earlier.rank - scores.rank
    people = np.asarray(areas.population, dtype=float)
    return [
        Line(
            code=str(areas.codes[at]),
            name=str(areas.names[at]),
            district=str(areas.district_names[at] or ""),
            cases=int(table.cases[at]),
            people=_number(people[at]),
            valid=int(table.answers.valid[at]),
            rates={name: _share(scores.rates[name], at, PER_CENT) for name in QUESTIONS},
            score=_share(scores.score, at),
            rank=_whole(scores.rank[at]),
            best=_whole(scores.best[at]),
            worst=_whole(scores.worst[at]),
            change=_number(change[at]),
            change_rank=_whole(by_change[at]),
            moved=_whole(moved[at]),
        )
        for at in range(len(areas.codes))
    ]


def _city(table: CycleTable, rules: Rules) -> Line:
    found = score(table.answers.pooled, rules.weights)
    people = float(np.nansum(np.asarray(table.boundaries.population, dtype=float)))
    return Line(
        code="",
        name="",
        district="",
        cases=int(table.cases.sum()),
        people=people,
        valid=int(table.answers.valid.sum()),
        rates={name: _share(found.rates[name], 0, PER_CENT) for name in QUESTIONS},
        score=_share(found.score, 0),
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


def _share(rate: Rate, at: int, times: float = 1) -> Share:
    return Share(*(_number(times * each[at]) for each in (rate.value, rate.low, rate.high)))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _whole(value: float) -> int | None:
    return int(value) if np.isfinite(value) else None
