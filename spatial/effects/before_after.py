"""What work at a point did, told from the cases after it, its level before and points like it.

A plain before-after flatters: a point is chosen when it is high, and falls by itself. Here the
level before is an empirical Bayes estimate, the course of comparison points stands for what would
have happened anyway, and the interval holds all that is not known of either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import (
    check_codes,
    check_counts,
    check_finite,
    check_not_negative,
    check_same_length,
    check_whole,
)
from spatial.effects.comparison import Traits, burst_of, nearest_points, trend_of
from spatial.effects.levels import estimate_levels
from spatial.effects.neighbours import courses_together
from spatial.effects.ratio_intervals import ratio_bounds

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]

N_COMPARISON = 50
FEWEST_COMPARISON = 10
LEVEL = 0.95

TELLING_FALL = 0.5
"""Where not even a fall to this share would be told from chance, there are too few cases."""

Verdict = Literal["fell", "no_sign", "rose", "too_few"]


@dataclass(frozen=True, eq=False)
class EffectIndex:
    """An index of effectiveness: cases over what they would have been; below 1 is a fall.

    Attributes
    ----------
    observed, expected : float
        Cases after, and those to be expected without the work.
    index, low, high : float
        EffectIndex of the two, Hauer's correction made, and its interval.
    """

    observed: float
    expected: float
    index: float
    low: float
    high: float

    @property
    def avoided(self) -> float:
        """Cases that did not come; negative where more came than expected."""
        return self.expected - self.observed

    @property
    def avoided_interval(self) -> tuple[float, float]:
        """Cases avoided at both ends of the interval of the index."""
        return self.expected * (1 - self.high), self.expected * (1 - self.low)


@dataclass(frozen=True, eq=False)
class RemediationEffect:
    """What became of a treated point.

    Attributes
    ----------
    verdict : {"fell", "no_sign", "rose", "too_few"}
        ``fell`` is more than chance and than its comparison points; ``too_few`` that a fall by half
        would not be told from chance either.
    whole : EffectIndex
        Of all steps after.
    steps : tuple of EffectIndex
        Of each step after.
    before : float
        Cases counted before.
    level : float
        Cases that were to be expected in the same time again: `before` without its luck.
    own_weight : float
        How much of the point's own count is in the level, 0 to 1.
    comparison : ndarray of int
        Rows of the comparison points, the most alike first.
    course : float
        Cases of the comparison points after over their level before.
    around : float
        How the other points of the township went, over that course; 1 where it is not known.
    dispersion : float
        Variance over mean of counts of a step, 1 or more.
    falls, rises : float
        How far comparison points fall, and rise, by themselves from the common course, as a share
        of it: a standard deviation beyond chance, of those below it and of those above.
    """

    verdict: Verdict
    whole: EffectIndex
    steps: tuple[EffectIndex, ...]
    before: float
    level: float
    own_weight: float
    comparison: Codes
    course: float
    around: float
    dispersion: float
    falls: float
    rises: float


def effect_of_remediation(
    counts: ArrayLike,
    days: ArrayLike,
    *,
    treated: int,
    before: ArrayLike,
    after: ArrayLike,
    untreated: ArrayLike,
    mix: ArrayLike | None = None,
    kind: ArrayLike | None = None,
    area: ArrayLike | None = None,
    comparison: ArrayLike | None = None,
    n_comparison: int = N_COMPARISON,
    level: float = LEVEL,
) -> RemediationEffect:
    """Tell what work at a point did.

    Parameters
    ----------
    counts : array_like of int, shape (points, steps)
        Cases of each point in each step (half-months), the earliest first.
    days : array_like of float, shape (steps,)
        How long each step is.
    treated : int
        Row of the point that work was done at.
    before, after : array_like of bool, shape (steps,)
        Steps before the work began and after it ended; those of the work itself are in neither.
    untreated : array_like of bool, shape (points,)
        Points that nothing was done at in all these steps, and that lie apart from those where
        something was: the reference group, and who may be a comparison point.
    mix : array_like of float, shape (points, classes), optional
        Cases before by class, to compare like with like.
    kind : array_like of int, shape (points,), optional
        Kind of township that each point lies in.
    area : array_like of int, shape (points,), optional
        The township itself: how its other points went is part of what was to be expected.
    comparison : array_like of int, optional
        Rows of the comparison points, where they are given and not looked for.
    n_comparison : int
        How many of them to look for.
    level : float
        Of the intervals.

    Raises
    ------
    ValueError
        For shapes that differ, counts that are negative or not whole, no step before or after,
        steps that are both or in no order, a treated point among the untreated ones, too few
        comparison points, or a level outside 0 to 1.

    References
    ----------
    Hauer (1997), Observational Before-After Studies in Road Safety, Pergamon, chapters 11 and 12.
    Highway Safety Manual (2010), chapter 9.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> counts = rng.poisson(rng.gamma(4, 2.5, 200)[:, None], (200, 24))
    >>> high = int(counts[:, :12].sum(axis=1).argmax())
    >>> halved = counts.copy()
    >>> halved[high, 12:] = rng.binomial(counts[high, 12:], 0.5)
    >>> first = np.arange(24) < 12
    >>> others = np.arange(200) != high
    >>> found = effect_of_remediation(halved, [15] * 24, treated=high, before=first, after=~first,
    ...     untreated=others)
    >>> found.verdict, bool(found.whole.low < 0.5 < found.whole.high)
    ('fell', True)
    """
    table, long = check_counts("counts", counts), check_finite("days", days)
    first, last = _spans(before, after, long.size)
    check_same_length(days=long, counts=table.T)
    others = np.asarray(untreated, dtype=bool)
    check_same_length(untreated=others, counts=table)
    if others[treated]:
        raise ValueError(f"untreated: point {treated} is the treated one")
    if not 0 < level < 1:
        raise ValueError(f"level: {level} is not between 0 and 1")
    cases = table[:, first].sum(axis=1)
    kinds = np.zeros(len(table), dtype=np.int64) if kind is None else check_codes("kind", kind)
    classes = np.zeros((len(table), 0)) if mix is None else check_not_negative("mix", mix)
    check_same_length(kind=kinds, mix=classes, counts=table)
    rough = estimate_levels(cases, others, 1.0)
    traits = Traits(
        rough.estimate, _trend(table, long, first), burst_of(table[:, first]), classes, kinds
    )
    chosen = (
        nearest_points(traits, treated, others, check_whole("n_comparison", n_comparison, 1))
        if comparison is None
        else check_codes("comparison", comparison)
    )
    if len(chosen) < FEWEST_COMPARISON:
        raise ValueError(
            f"untreated: {len(chosen)} comparison points, at least {FEWEST_COMPARISON} are needed"
        )
    scatter = step_dispersion(table[chosen], first, last)
    levels = estimate_levels(cases, others, scatter)
    course, around = courses_together(table[:, last], levels, scatter, chosen, area, others)
    own, spread = levels.estimate[treated], levels.variance[treated]
    estimated = (spread / own**2 if own > 0 else 0.0) + course.error + around.error[treated]
    unsure = (estimated + course.rises, estimated + course.falls)
    expected = own * course.of_steps * around.factor[treated]
    seen = table[treated, last]
    whole, *steps = _ratios(
        np.r_[seen.sum(), seen], np.r_[expected.sum(), expected], scatter, unsure, level
    )
    return RemediationEffect(
        _verdict(whole, scatter, unsure, level),
        whole,
        tuple(steps),
        float(cases[treated]),
        float(own),
        levels.own_weight,
        chosen,
        course.whole,
        float(around.factor[treated]),
        scatter,
        float(np.sqrt(course.falls)),
        float(np.sqrt(course.rises)),
    )


def step_dispersion(table: Floats, first: Bools, last: Bools) -> float:
    """Return Pearson's variance over mean of counts around each point's level, 1 or more.

    Each point has a level before and one after, and all have one course of steps.
    """
    squares, free = 0.0, 0.0
    for span in (first, last):
        part = table[:, span]
        if part.shape[1] < 2 or not part.sum():
            continue
        fitted = part.sum(axis=1, keepdims=True) * part.sum(axis=0) / part.sum()
        there = fitted > 0
        squares += float(((part - fitted)[there] ** 2 / fitted[there]).sum())
        rows, columns = there.any(axis=1).sum(), there.any(axis=0).sum()
        free += float((rows - 1) * (columns - 1))
    return max(1.0, squares / free) if free else 1.0


def _ratios(
    observed: Floats, expected: Floats, dispersion: float, unsure: tuple[float, float], level: float
) -> tuple[EffectIndex, ...]:
    low, high = ratio_bounds(observed, expected, dispersion, unsure, level)
    index = np.divide(observed, expected, out=np.full_like(expected, np.nan), where=expected > 0)
    rows = zip(observed, expected, index, low, high, strict=True)
    return tuple(EffectIndex(*map(float, each)) for each in rows)


def _verdict(
    whole: EffectIndex, dispersion: float, unsure: tuple[float, float], level: float
) -> Verdict:
    if whole.high < 1:
        return "fell"
    if whole.low > 1:
        return "rose"
    halved = np.floor([TELLING_FALL * whole.expected])
    _low, high = ratio_bounds(halved, np.array([whole.expected]), dispersion, unsure, level)
    return "no_sign" if high[0] < 1 else "too_few"


def _spans(before: ArrayLike, after: ArrayLike, n: int) -> tuple[Bools, Bools]:
    first, last = np.asarray(before, dtype=bool), np.asarray(after, dtype=bool)
    for name, span in (("before", first), ("after", last)):
        if span.shape != (n,):
            raise ValueError(f"{name}: expected {n} steps, found shape {span.shape}")
        if not span.any():
            raise ValueError(f"{name}: there is no step {name} the work")
    if np.flatnonzero(first).max() >= np.flatnonzero(last).min():
        raise ValueError(
            f"after: step {np.flatnonzero(last).min()} is not later than all steps before"
        )
    return first, last


def _trend(table: Floats, days: Floats, first: Bools) -> Floats:
    at = np.flatnonzero(first)
    early, late = at[: len(at) // 2], at[len(at) // 2 :]
    if not len(early):
        return np.zeros(len(table))
    return trend_of(
        table[:, early].sum(axis=1), table[:, late].sum(axis=1),
        float(days[early].sum()), float(days[late].sum()),
    )  # fmt: skip
