"""The three rates 三率 of many units at once, with intervals, and the score that they make."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.townships.assessment.rules import PER_CENT, Weights
from spatial import wilson_interval

Floats = NDArray[np.float64]

QUESTIONS = ("response", "resolution", "satisfaction")


@dataclass(frozen=True, eq=False)
class Answers:
    """What the valid callbacks of each unit said, counted.

    Attributes
    ----------
    valid : ndarray of int, shape (units,)
    yes : dict of str to ndarray of float
        By question, answers for the unit; 基本满意 counts by its weight.
    told : dict of str to ndarray of int
        By question, callbacks that answered it at all.
    """

    valid: NDArray[np.int64]
    yes: dict[str, Floats]
    told: dict[str, NDArray[np.int64]]

    def at(self, units: slice | NDArray[np.int64]) -> Answers:
        """Return some of the units alone."""
        return Answers(
            self.valid[units],
            {name: each[units] for name, each in self.yes.items()},
            {name: each[units] for name, each in self.told.items()},
        )

    @property
    def pooled(self) -> Answers:
        """All units as one: a city's rate is not the mean of its parts' rates."""
        return Answers(
            self.valid.sum(keepdims=True),
            {name: each.sum(keepdims=True) for name, each in self.yes.items()},
            {name: each.sum(keepdims=True) for name, each in self.told.items()},
        )


@dataclass(frozen=True, eq=False)
class Rate:
    """A share of the valid callbacks, and Wilson's 95 % interval; NaN where nobody was asked."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Scores:
    """Rates and composite score of units.

    Attributes
    ----------
    rates : dict of str to Rate
        By question, as shares.
    score : Rate
        Weighted sum of the rates, 0 to 100; NaN where one of them is not known.
    rank : ndarray of float
        1 for the highest score, ties alike; NaN without a score.
    best, worst : ndarray of float
        Ranks that chance leaves open: units whose whole interval lies above, and below.
    """

    rates: dict[str, Rate]
    score: Rate
    rank: Floats
    best: Floats
    worst: Floats


def score(answers: Answers, weights: Weights) -> Scores:
    """Work out rates, score and rank of each unit.

    A callback that does not answer a question counts as not answering yes, as offices do; where
    nobody answered it, there is no rate. Each callback adds between 0 and 1 to the score, so that
    Wilson's interval holds for it as for a share.

    Examples
    --------
    >>> one = np.array([10])
    >>> answers = Answers(one, {"response": one * 1.0, "resolution": one * 0.8,
    ...                         "satisfaction": one * 0.9}, dict.fromkeys(QUESTIONS, one))
    >>> score(answers, Weights()).score.value
    array([86.])
    """
    rates = {name: _rate(answers.yes[name], answers, name) for name in QUESTIONS}
    known = np.all([answers.told[name] > 0 for name in QUESTIONS], axis=0)
    points = sum(getattr(weights, name) * answers.yes[name] for name in QUESTIONS) / PER_CENT
    found = _interval(points, answers.valid, known)
    total = Rate(*(PER_CENT * each for each in (found.value, found.low, found.high)))
    return Scores(rates, total, *_ranks(total))


def _rate(yes: Floats, answers: Answers, name: str) -> Rate:
    return _interval(yes, answers.valid, answers.told[name] > 0)


def _interval(part: Floats, whole: NDArray[np.int64], known: NDArray[np.bool_]) -> Rate:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = part / whole
    # A sum of weights may be more than its whole by rounding.
    low, high = wilson_interval(np.minimum(part, whole), whole)
    return Rate(*(np.where(known, each, np.nan) for each in (value, low, high)))


def _ranks(score: Rate) -> tuple[Floats, Floats, Floats]:
    known = ~np.isnan(score.value)
    best, worst = (np.full(known.size, np.nan) for _ in range(2))
    low, high = score.low[known], score.high[known]
    best[known] = 1 + (low[None, :] > high[:, None]).sum(axis=1)
    worst[known] = (high[None, :] >= low[:, None]).sum(axis=1)
    return descending_ranks(score.value), best, worst


def descending_ranks(values: Floats) -> Floats:
    """Return ranks, 1 for the greatest, ties alike (to nine digits); NaN for what is not known.

    Examples
    --------
    >>> descending_ranks(np.array([3.0, np.nan, 5.0, 3.0]))
    array([ 2., nan,  1.,  2.])
    """
    known = ~np.isnan(values)
    told = np.round(values[known], 9)
    rank = np.full(values.size, np.nan)
    rank[known] = 1 + (told[None, :] > told[:, None]).sum(axis=1)
    return rank
