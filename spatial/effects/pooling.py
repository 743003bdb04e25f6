"""Effects of many points together, as of one kind of measure.

Points differ in what the same work does to them. The pooled effect is the mean of their true
effects, and its interval grows with how much they differ; what a next point may expect is wider
still.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.optimize
import scipy.stats
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_finite, check_same_length

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PooledEffect:
    """The mean of logarithms of indices, told as an index.

    Attributes
    ----------
    index, low, high : float
        Pooled, with its interval; NaN bounds for a single point.
    next_low, next_high : float
        In which the true index of another point is to be expected; NaN for fewer than three.
    heterogeneity : float
        Standard deviation of true effects around the mean, on the logarithm's scale.
    weights : ndarray of float, shape (points,)
        Share of each point in the pooled index.
    """

    index: float
    low: float
    high: float
    next_low: float
    next_high: float
    heterogeneity: float
    weights: Floats


def pool_effects(log_index: ArrayLike, error: ArrayLike, level: float = 0.95) -> PooledEffect:
    """Pool effects of points by a random-effects model.

    Parameters
    ----------
    log_index : array_like of float, shape (points,)
        Logarithm of each point's index.
    error : array_like of float, shape (points,)
        Its standard error, above 0.
    level : float
        Of the intervals.

    Raises
    ------
    ValueError
        Without a point, for lengths that differ, errors of 0 or less or a level outside 0 to 1.

    References
    ----------
    Paule, Mandel (1982), Journal of Research of the National Bureau of Standards 87, 377-385, for
    the heterogeneity. Hartung, Knapp (2001), Statistics in Medicine 20, 3875-3889, for the
    interval. Higgins, Thompson, Spiegelhalter (2009), JRSS A 172, 137-159, for the next point.

    Examples
    --------
    >>> found = pool_effects(np.log([0.6, 0.7, 0.5, 0.8]), [0.1, 0.1, 0.2, 0.1])
    >>> round(found.index, 2), round(found.low, 2), round(found.high, 2)
    (0.66, 0.5, 0.89)
    """
    effects, errors = check_finite("log_index", log_index), check_finite("error", error)
    check_same_length(log_index=effects, error=errors)
    if not len(effects):
        raise ValueError("log_index: there is no point to pool")
    if not (errors > 0).all():
        at = int(np.flatnonzero(~(errors > 0))[0])
        raise ValueError(f"error: must be above 0, found {errors[at]} at {at}")
    if not 0 < level < 1:
        raise ValueError(f"level: {level} is not between 0 and 1")
    n = len(effects)
    differing = _paule_mandel(effects, errors**2)
    weights = 1 / (errors**2 + differing)
    share = weights / weights.sum()
    mean = float(share @ effects)
    if n == 1:
        return PooledEffect(float(np.exp(mean)), np.nan, np.nan, np.nan, np.nan, 0.0, share)
    # Hartung and Knapp's variance, never below that of the model.
    spread = weights @ (effects - mean) ** 2 / (n - 1)
    variance = max(spread, 1.0) / weights.sum()
    reach = scipy.stats.t(n - 1).isf((1 - level) / 2) * np.sqrt(variance)
    low, high = np.exp([mean - reach, mean + reach])
    if n > 2:
        wide = scipy.stats.t(n - 2).isf((1 - level) / 2) * np.sqrt(differing + variance)
    else:
        wide = np.nan
    return PooledEffect(
        float(np.exp(mean)), float(low), float(high), float(np.exp(mean - wide)),
        float(np.exp(mean + wide)), float(np.sqrt(differing)), share,
    )  # fmt: skip


def _paule_mandel(effects: Floats, variances: Floats) -> float:
    """Return the variance of true effects that explains how much the found ones differ."""

    def spare(differing: float) -> float:
        weights = 1 / (variances + differing)
        mean = weights @ effects / weights.sum()
        return float(weights @ (effects - mean) ** 2) - (len(effects) - 1)

    if len(effects) < 2 or spare(0.0) <= 0:
        return 0.0
    highest = float(np.ptp(effects) ** 2 + variances.max())
    while spare(highest) > 0:
        highest *= 2
    return float(scipy.optimize.brentq(spare, 0.0, highest, xtol=1e-12))
