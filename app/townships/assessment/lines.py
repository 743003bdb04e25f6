"""Units in a cycle as a board shows them: townships, districts, departments, topics, the city."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.townships.assessment.rates import QUESTIONS, Answers, Rate, descending_ranks, score
from app.townships.assessment.results import Result
from app.townships.assessment.rules import PER_CENT, Weights

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
    """A unit in a cycle, or the city.

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
    before : int or None
        Cases received in the cycle before; None where they are not counted.
    results : tuple of Result
        What it is by the rules of the cycle: 先进, 进步, 整改, 治理类.
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
    before: int | None = None
    results: tuple[Result, ...] = ()

    @property
    def per_people(self) -> float | None:
        """Cases by 10,000 people; None where people, or a small count of cases, are not told."""
        return PER * self.cases / self.people if self.people and self.cases >= 0 else None


@dataclass(frozen=True, eq=False)
class Units:
    """What is counted of units of one kind, those of a rank order.

    Attributes
    ----------
    codes, names, districts : sequence of str
    people : ndarray of float, shape (units,)
        NaN where not known.
    cases : ndarray of int
        Received in the cycle.
    answers, earlier : Answers
        Of the cycle, and of the one before.
    before : ndarray of int, optional
        Received in the cycle before.
    """

    codes: Sequence[str]
    names: Sequence[str]
    districts: Sequence[str]
    people: NDArray[np.float64]
    cases: NDArray[np.int64]
    answers: Answers
    earlier: Answers
    before: NDArray[np.int64] | None = None

    def chosen(self, kept: Sequence[bool]) -> Units:
        """Return some of the units alone."""
        at = np.flatnonzero(kept)
        codes, names, districts = (
            [each[int(i)] for i in at] for each in (self.codes, self.names, self.districts)
        )
        answers, earlier = self.answers.at(at), self.earlier.at(at)
        before = None if self.before is None else self.before[at]
        people, cases = self.people[at], self.cases[at]
        return Units(codes, names, districts, people, cases, answers, earlier, before)


def lines_of(units: Units, weights: Weights) -> tuple[Line, ...]:
    """Score and rank units; those with a score first, the highest first."""
    scores, earlier = (score(each, weights) for each in (units.answers, units.earlier))
    change = scores.score.value - earlier.score.value
    by_change = descending_ranks(change)
    moved = earlier.rank - scores.rank
    lines = [
        Line(
            code=code,
            name=units.names[at],
            district=units.districts[at],
            cases=int(units.cases[at]),
            people=_number(units.people[at]),
            valid=int(units.answers.valid[at]),
            rates={name: _share(scores.rates[name], at, PER_CENT) for name in QUESTIONS},
            score=_share(scores.score, at),
            rank=_whole(scores.rank[at]),
            best=_whole(scores.best[at]),
            worst=_whole(scores.worst[at]),
            change=_number(change[at]),
            change_rank=_whole(by_change[at]),
            moved=_whole(moved[at]),
            before=None if units.before is None else int(units.before[at]),
        )
        for at, code in enumerate(units.codes)
    ]
    return tuple(sorted(lines, key=lambda line: (line.rank or len(lines) + 1, line.code)))


def pooled_line(
    cases: NDArray[np.int64],
    answers: Answers,
    people: ArrayLike,
    weights: Weights,
    before: NDArray[np.int64] | None = None,
) -> Line:
    """Return all units as one: its rates are of all callbacks, not means of the units' rates."""
    found = score(answers.pooled, weights)
    return Line(
        code="",
        name="",
        district="",
        cases=int(cases.sum()),
        people=float(np.nansum(np.asarray(people, dtype=float))),
        valid=int(answers.valid.sum()),
        rates={name: _share(found.rates[name], 0, PER_CENT) for name in QUESTIONS},
        score=_share(found.score, 0),
        before=None if before is None else int(before.sum()),
    )


def _share(rate: Rate, at: int, times: float = 1) -> Share:
    return Share(*(_number(times * each[at]) for each in (rate.value, rate.low, rate.high)))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _whole(value: float) -> int | None:
    return int(value) if np.isfinite(value) else None
