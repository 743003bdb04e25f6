"""The variance of Mann and Kendall's count when values are means over overlapping windows.

A look-back lets consecutive values share data, so they move together and the count of rising pairs
varies more than that of independent values: with one step of look-back twice as much, and a test
that ignores it rejects 16 % of trendless series at the 5 % level. The overlap is known, hence so is
the correlation of any two differences; for a bivariate normal law the expected product of their
signs is ``(2 / pi) arcsin(correlation)``, and the variance of the count is its sum over all pairs
of pairs. The count depends on signs only, so the normal law is hardly felt: see METHODS.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spatial._compiled import compiled


def windowed_variance(
    variance: NDArray[np.float64], known: NDArray[np.bool_], look_back: int
) -> NDArray[np.float64]:
    """Return the variance of each series' count, given that of independent values with its ties.

    Parameters
    ----------
    variance : ndarray of float, shape (series,)
        As for independent values, corrected for ties.
    known : ndarray of bool, shape (series, steps)
        Where each series has a value.
    look_back : int
        Previous steps in each window.

    Returns
    -------
    ndarray of float, shape (series,)
        Ties shrink both variances by the same share.

    Examples
    --------
    >>> windowed_variance(np.array([28.333]), np.ones((1, 6), dtype=bool), 1).round(2)
    array([53.47])
    """
    if look_back == 0 or known.size == 0:
        return variance.copy()
    if known.all():
        return variance * inflation(known[0], look_back)
    patterns, pattern = np.unique(known, axis=0, return_inverse=True)
    factors = np.array([inflation(row, look_back) for row in patterns])
    return np.asarray(variance * factors[pattern])


def inflation(known: NDArray[np.bool_], look_back: int) -> float:
    """Return by how much overlap multiplies the count's variance over the given steps.

    Parameters
    ----------
    known : ndarray of bool, shape (steps,)
        Steps that have a value.
    look_back : int
        Previous steps in each window; the first windows are shorter.

    Returns
    -------
    float
        NaN with fewer than two values.

    Examples
    --------
    >>> round(inflation(np.ones(36, dtype=bool), 1), 3)
    1.958
    """
    return _inflation(known.tobytes(), look_back)


@lru_cache(maxsize=4_096)
def _inflation(known: bytes, look_back: int) -> float:
    steps = np.flatnonzero(np.frombuffer(known, dtype=bool))
    n = steps.size
    if n < 2:
        return float("nan")
    total = _sum_of_arcsines(_covariance(steps, look_back))
    return float(2.0 / np.pi * total * 18.0 / (n * (n - 1) * (2 * n + 5)))


def _covariance(steps: NDArray[np.int64], look_back: int) -> NDArray[np.float64]:
    """Return the covariances of window means of independent values of variance 1."""
    sizes = np.minimum(steps, look_back) + 1
    starts = steps - sizes + 1
    shared = np.minimum.outer(steps, steps) - np.maximum.outer(starts, starts) + 1
    return np.asarray(np.maximum(shared, 0) / np.multiply.outer(sizes, sizes))


@compiled
def _sum_of_arcsines(covariance: NDArray[np.float64]) -> float:
    """Return the sum over pairs of pairs of the arcsine of their differences' correlation.

    Pairs that share no data with the first one add nothing and are passed over, so the number of
    terms grows with the cube of the steps and not with their fourth power.
    """
    n = covariance.shape[0]
    spread = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            spread[i, j] = np.sqrt(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j])
    total = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            shared = covariance[j] - covariance[i]
            for k in range(n):
                if shared[k] == 0:
                    continue
                for m in range(n):
                    # A pair of which both share data comes up twice, and counts once.
                    if m == k or (shared[m] != 0 and m < k):
                        continue
                    first, second = min(k, m), max(k, m)
                    correlation = (shared[second] - shared[first]) / spread[i, j] / spread[k, m]
                    total += np.arcsin(min(1.0, max(-1.0, correlation)))
    return total
