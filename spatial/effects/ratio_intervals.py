"""How many times its expected cases a count may stand for, where the expected ones are not sure.

Given the ratio, the count is taken as negative binomial around ratio × expected: its variance is
the scatter of counts and the square of what is not known of the expected ones. Bounds are where a
tail holds half of what is left, the count itself counted half (mid-p): with whole numbers an
interval would else cover more than it says.
"""

from __future__ import annotations

import numpy as np
import scipy.special
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WIDEST = np.log(1e6)
"""Ratios beyond this, or its inverse, are not looked for: the bound is then 0 or infinity."""

HALVINGS = 48
"""Of the span that a bound is in: to the tenth digit."""

POISSON = 1e-9
"""A variance above the mean by less than this share is the mean."""


def tail_below(
    count: Floats, expected: Floats, ratio: Floats, dispersion: float, unsure: float
) -> Floats:
    """Return the chance of a smaller count, and half that of the same, if `ratio` were true.

    Parameters
    ----------
    count, expected, ratio : ndarray of float, shape (n,)
        Expected cases and ratios above 0.
    dispersion : float
        Variance over mean, 1 or more.
    unsure : float
        Variance of the expected cases over their square.
    """
    mean = ratio * expected
    excess = (dispersion - 1) + mean * unsure
    less, same = (
        np.where(count > 0, _up_to(count - 1, mean, excess), 0.0),
        _up_to(count, mean, excess),
    )
    tail: Floats = (less + same) / 2
    return tail


def _up_to(count: Floats, mean: Floats, excess: Floats) -> Floats:
    """Return the chance of counts up to some, by variance over mean less one."""
    whole = np.maximum(count, 0.0)
    widened = np.maximum(excess, POISSON)
    scattered = scipy.special.betainc(mean / widened, whole + 1, 1 / (1 + widened))
    plain = scipy.special.gammaincc(whole + 1, mean)
    up_to: Floats = np.where(excess > POISSON, scattered, plain)
    return up_to


def ratio_bounds(
    count: Floats, expected: Floats, dispersion: float, unsure: tuple[float, float], level: float
) -> tuple[Floats, Floats]:
    """Return the least and the greatest ratios that counts do not speak against.

    Parameters
    ----------
    count, expected : ndarray of float, shape (n,)
        Where nothing is expected, nothing is known: 0 and infinity.
    dispersion : float
    unsure : tuple of float
        As of `tail_below`, for the lower and for the upper bound: courses that rise by themselves
        bound a rise, those that fall by themselves a fall.
    level : float

    Returns
    -------
    low, high : ndarray of float, shape (n,)
        A count of 0 has the lower bound 0.
    """
    tail = (1 - level) / 2
    known = expected > 0
    means = np.where(known, expected, 1.0)

    def ratio_where(wanted: float, unsure: float) -> Floats:
        # The chance of less falls as the ratio grows.
        low, high = np.full_like(means, -WIDEST), np.full_like(means, WIDEST)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            above = tail_below(count, means, np.exp(middle), dispersion, unsure) < wanted
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return np.exp(low)

    low = np.where(known & (count > 0), ratio_where(1 - tail, unsure[0]), 0.0)
    high = np.where(known, ratio_where(tail, unsure[1]), np.inf)
    return low, high
