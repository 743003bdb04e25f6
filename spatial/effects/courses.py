"""The course that comparison points share, and how far they leave it by themselves.

Some of them break out: a pipe bursts, a building site opens. Their cases would be taken for what
was to be expected, and the treated point, which stayed calm, for a success. What lies further above
the common course than the others lie below it is therefore taken back to that bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BOUND = 2.0
"""Standard deviations from the common course beyond which a point counts as if it stood there."""

ROUNDS, TOLERANCE = 200, 1e-9


@dataclass(frozen=True, eq=False)
class Course:
    """What comparison points tell of the time after.

    Attributes
    ----------
    of_steps : ndarray of float, shape (steps,)
        Cases of a step over the level of the whole time before.
    error : float
        Variance of the course, as a share of its square.
    falls, rises : float
        Variance of the points' own courses around it beyond chance, as a share of its square: of
        those below it, and of those above.
    """

    of_steps: Floats
    error: float
    falls: float
    rises: float

    @property
    def whole(self) -> float:
        """Cases of all steps over the level before."""
        return float(self.of_steps.sum())


def common_course(after: Floats, estimate: Floats, variance: Floats, dispersion: float) -> Course:
    """Estimate the course of points from their cases after and their levels before.

    Parameters
    ----------
    after : ndarray of float, shape (points, steps)
    estimate, variance : ndarray of float, shape (points,)
        Of their levels: see `levels.Levels`.
    dispersion : float
        Variance over mean of counts.

    References
    ----------
    Huber (1981), Robust Statistics, chapter 6, for the bound.
    """
    if not estimate.sum() > 0:
        return Course(np.zeros(after.shape[1]), 0.0, 0.0, 0.0)
    totals = after.sum(axis=1)
    course, falls, taken = totals.sum() / estimate.sum(), 0.0, totals
    for _ in range(ROUNDS):
        chance = dispersion * course * estimate + course**2 * variance
        falls = _beyond(totals, course * estimate, chance, below=True)
        reach = BOUND * np.sqrt(chance + falls * (course * estimate) ** 2)
        taken = np.clip(totals, course * estimate - reach, course * estimate + reach)
        moved = taken.sum() / estimate.sum() - course
        course += moved
        if abs(moved) <= TOLERANCE * course:
            break
    means = course * estimate
    chance = dispersion * means + course**2 * variance
    share = np.divide(taken, totals, out=np.zeros_like(totals), where=totals > 0)
    of_steps = share @ after / estimate.sum()
    error = float((chance + falls * means**2).sum() / means.sum() ** 2) if course > 0 else 0.0
    return Course(of_steps, error, falls, _beyond(totals, means, chance, below=False))


def _beyond(totals: Floats, means: Floats, chance: Floats, *, below: bool) -> float:
    """Return the variance beyond chance of the totals on one side of their means."""
    side = (totals < means) if below else (totals > means)
    squares = (means[side] ** 2).sum()
    if not squares:
        return 0.0
    spare = ((totals - means)[side] ** 2 - chance[side]).sum()
    return max(float(spare / squares), 0.0)
