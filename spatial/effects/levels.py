"""What a point's level was before work began, regression to the mean taken out.

A point is chosen because it had many cases. Part of that was chance, and falls away by itself. The
empirical Bayes estimate draws its count towards what points like it have: the more so, the less
true levels differ and the fewer cases the count stands on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Levels:
    """Expected cases before, of each point.

    Attributes
    ----------
    mean : float
        What points like these have on average.
    own_weight : float
        How much of a point's own count is kept, 0 to 1; the rest is the mean's. Hauer's weight of
        the reference group is one less this.
    estimate : ndarray of float, shape (points,)
        Cases to be expected in the same time again.
    variance : ndarray of float, shape (points,)
        Of the true level around the estimate.
    """

    mean: float
    own_weight: float
    estimate: Floats
    variance: Floats


def estimate_levels(counts: Floats, reference: NDArray[np.bool_], dispersion: float) -> Levels:
    """Draw counts towards the mean of a reference group.

    Parameters
    ----------
    counts : ndarray of float, shape (points,)
        Cases before.
    reference : ndarray of bool, shape (points,)
        The group that the mean and the spread of true levels are told from: points that nobody
        picked for their counts.
    dispersion : float
        Variance over mean of a point's own counts around its level.

    References
    ----------
    Hauer (1997), Observational Before-After Studies in Road Safety, chapter 11: with counts that
    scatter as Poisson's and gamma levels, ``own_weight`` is mean / (mean + shape).
    """
    group = counts[reference]
    mean = float(group.mean())
    chance = dispersion * mean
    spread = max(float(group.var(ddof=1)) - chance, 0.0)
    own_weight = spread / (spread + chance) if spread else 0.0
    estimate = mean + own_weight * (counts - mean)
    return Levels(mean, own_weight, estimate, own_weight * dispersion * estimate)
