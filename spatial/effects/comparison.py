"""Comparison points: like the treated one in level, trend, bursts, class mix, kind of township.

What befell them in the same weeks would have befallen it: season, weather, a campaign, a hotline
that answers sooner. Nobody treated them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

LEVEL_STEP, TREND_STEP, MIX_STEP = 0.25, 0.25, 0.25
"""Differences that count as much as one another: a quarter in level, a quarter in how the second
half of the time before compares with the first, a quarter in Hellinger's distance of classes."""

BURST_STEP = 0.5
"""Such a difference in the logarithm of how much counts scatter counts as much as well: what came
in a burst goes as it came, and its comparison are points that had one."""

OTHER_KIND = 2.0
"""Another kind of township counts as so many of these steps."""

PRIOR_CASES = 5.0
"""Added to each half, so that few cases make no steep trend."""


@dataclass(frozen=True, eq=False)
class Traits:
    """What points are compared in; rows are points.

    Attributes
    ----------
    level : ndarray of float, shape (points,)
        Estimated cases before.
    trend : ndarray of float, shape (points,)
        Logarithm of cases a day in the second half of the time before over those in the first.
    burst : ndarray of float, shape (points,)
        Logarithm of the variance over mean of a point's counts before, season apart.
    mix : ndarray of float, shape (points, classes)
        Cases before by class; no columns where classes are not compared.
    kind : ndarray of int, shape (points,)
    """

    level: Floats
    trend: Floats
    burst: Floats
    mix: Floats
    kind: Codes


def trend_of(early: Floats, late: Floats, early_days: float, late_days: float) -> Floats:
    """Return the trend of points from the cases of two spans."""
    trend: Floats = np.log((late + PRIOR_CASES) / late_days) - np.log(
        (early + PRIOR_CASES) / early_days
    )
    return trend


def burst_of(before: Floats) -> Floats:
    """Return how much each point's counts scatter around its level, by the season of all.

    The variance over mean of few cases says little, and is drawn to 1 by as many steps of its own.
    """
    n = before.shape[1]
    fitted = before.sum(axis=1, keepdims=True) * before.sum(axis=0) / max(before.sum(), 1.0)
    squares = np.divide((before - fitted) ** 2, fitted, out=np.zeros_like(fitted), where=fitted > 0)
    burst: Floats = np.log((squares.sum(axis=1) + n) / (2 * n))
    return burst


def nearest_points(traits: Traits, treated: int, eligible: NDArray[np.bool_], n: int) -> Codes:
    """Return the eligible points that are most like the treated one, the most alike first.

    Those that are alike to the last figure stand in the order of their rows.
    """
    distance = distances(traits, treated)
    rows = np.flatnonzero(eligible)
    chosen: Codes = rows[np.argsort(distance[rows], kind="stable")[:n]]
    return chosen


def distances(traits: Traits, treated: int) -> Floats:
    """Return how unlike each point is to the treated one, in steps."""
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.log(traits.level / traits.level[treated]) / LEVEL_STEP
    trend = (traits.trend - traits.trend[treated]) / TREND_STEP
    burst = (traits.burst - traits.burst[treated]) / BURST_STEP
    mix = _hellinger(traits.mix, treated) / MIX_STEP
    kind = np.where(traits.kind == traits.kind[treated], 0.0, OTHER_KIND)
    distance: Floats = np.sqrt(level**2 + trend**2 + burst**2 + mix**2 + kind**2)
    return np.nan_to_num(distance, nan=np.inf)


def _hellinger(mix: Floats, treated: int) -> Floats:
    """Return Hellinger's distance of the shares of classes, 0 alike to 1 nothing in common."""
    if not mix.shape[1]:
        return np.zeros(len(mix))
    whole = mix.sum(axis=1, keepdims=True)
    share = np.divide(mix, whole, out=np.full_like(mix, 1 / mix.shape[1]), where=whole > 0)
    alike = np.sqrt(share) @ np.sqrt(share[treated])
    distance: Floats = np.sqrt(np.maximum(1 - alike, 0.0))
    return distance
