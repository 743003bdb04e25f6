"""How a whole township went: where it quietens, a point in it does.

A township leaves the common course by some share; how much townships differ is told from all of
them, and what is seen of one is drawn towards none the more, the fewer cases it stands on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_codes, check_same_length
from spatial.effects.courses import BOUND, Course, common_course
from spatial.effects.levels import Levels

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


ROUNDS = 4
"""The common course and those of townships are told from one another, by turns."""


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """Courses of townships.

    Attributes
    ----------
    factor : ndarray of float, shape (points,)
        Of each point's township, over the common course.
    error : ndarray of float, shape (points,)
        Variance of it.
    """

    factor: Floats
    error: Floats


def courses_together(
    after: Floats, levels: Levels, dispersion: float, chosen: Codes, area: ArrayLike | None,
    untreated: NDArray[np.bool_],
) -> tuple[Course, Neighbourhoods]:  # fmt: skip
    """Estimate the common course, and how townships went over it, by their untreated points.

    Parameters
    ----------
    after : ndarray of float, shape (points, steps)
    levels : Levels
    dispersion : float
    chosen : ndarray of int
        Comparison points: those that the common course is told from.
    area : array_like of int, shape (points,), or None
        Township of each point, from 0 on; without them nothing is told of townships.
    untreated : ndarray of bool, shape (points,)

    References
    ----------
    Robinson (1991), Statistical Science 6, 15-32: best linear unbiased prediction.
    """
    around = Neighbourhoods(np.ones(len(after)), np.zeros(len(after)))
    course = _course_over(after, levels, dispersion, chosen, around)
    if area is None:
        return course, around
    areas = check_codes("area", area)
    check_same_length(area=areas, counts=after)
    for _ in range(ROUNDS):
        around = _around(after.sum(axis=1), levels, course, dispersion, areas, untreated, around)
        course = _course_over(after, levels, dispersion, chosen, around)
    return course, around


def _course_over(
    after: Floats, levels: Levels, dispersion: float, chosen: Codes, around: Neighbourhoods
) -> Course:
    """Return the common course of points, each over that of its township."""
    factor = around.factor[chosen]
    return common_course(
        after[chosen], levels.estimate[chosen] * factor, levels.variance[chosen] * factor**2,
        dispersion,
    )  # fmt: skip


def _around(
    after: Floats, levels: Levels, course: Course, dispersion: float, areas: Codes,
    untreated: NDArray[np.bool_], known: Neighbourhoods,
) -> Neighbourhoods:  # fmt: skip
    n = int(areas.max()) + 1
    means = course.whole * levels.estimate
    here = means * known.factor
    chance = dispersion * here + course.falls * here**2
    chance += (course.whole * known.factor) ** 2 * levels.variance
    reach = BOUND * np.sqrt(chance)
    # One point that breaks out is not the township's course.
    taken = np.clip(after, here - reach, here + reach)

    def sums(values: Floats) -> Floats:
        return np.bincount(areas[untreated], values[untreated], n).astype(float)

    expected = sums(means)
    told = expected > 0
    share = np.divide(sums(taken), expected, out=np.ones(n), where=told) - 1
    error = np.divide(sums(chance), expected**2, out=np.full(n, np.inf), where=told)
    differing = _spread(share[told], error[told], expected[told])
    kept = np.divide(differing, differing + error, out=np.zeros(n), where=told & (differing > 0))
    left = np.where(told, kept * np.where(told, error, 0.0), differing)
    return Neighbourhoods(1 + (kept * share)[areas], left[areas])


def _spread(share: Floats, error: Floats, weight: Floats) -> float:
    """Return the variance of townships' true shares: what they differ beyond chance."""
    if len(share) < 2:
        return 0.0
    middle = (weight * share).sum() / weight.sum()
    spare = (weight * ((share - middle) ** 2 - error)).sum() / weight.sum()
    return max(float(spare), 0.0)
