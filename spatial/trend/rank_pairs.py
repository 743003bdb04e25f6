"""Loops over pairs of values of many series: rising less falling, slopes, autocorrelated ranks.

NaN is a gap: pairs with a gap are left out, and the other values keep their places in time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial._compiled import chunks, compiled, on_threads

# Series per task: enough to hide the cost of starting it.
TASK = 4_096


def count_pairs(
    series: NDArray[np.float64], stride: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return Mann and Kendall's count, its variance for independent values, and numbers of values.

    Parameters
    ----------
    series : ndarray of float, shape (series, steps)
    stride : int
        Only steps a whole number of strides apart are compared.

    Returns
    -------
    tuple of ndarray, shape (series,)
        Rising less falling pairs; the variance of that, corrected for ties; observed values.

    Examples
    --------
    >>> s, variance, n = count_pairs(np.array([[1.0, 2.0, 2.0, 5.0]]))
    >>> s, variance.round(3), n
    (array([5.]), array([7.667]), array([4]))
    """
    found = np.empty((2, len(series)))
    observed = np.empty(len(series), dtype=np.int64)
    _on_rows(_count, stride, series, found[0], found[1], observed)
    return found[0], found[1] / 18.0, observed


def sen_slopes(series: NDArray[np.float64], stride: int = 1) -> NDArray[np.float64]:
    """Return the median over pairs of their slope per stride; NaN without a pair.

    Parameters
    ----------
    series : ndarray of float, shape (series, steps)
    stride : int
        As for `count_pairs`.

    Returns
    -------
    ndarray of float, shape (series,)

    Examples
    --------
    >>> sen_slopes(np.array([[0.0, 1.0, 2.0, 9.0]]))
    array([2.])
    """
    slopes = np.empty(len(series))
    _on_rows(_slopes, stride, series, slopes)
    return slopes


def autocorrelation_factor(
    series: NDArray[np.float64], slopes: NDArray[np.float64], lags: int, bound: float
) -> NDArray[np.float64]:
    """Return by how much autocorrelated ranks multiply the variance of the count.

    Parameters
    ----------
    series : ndarray of float, shape (series, steps)
    slopes : ndarray of float, shape (series,)
        Trend per step, taken off before values are ranked.
    lags : int
        Largest lag.
    bound : float
        Autocorrelations beyond ``bound / sqrt(n)`` are taken for real.

    Returns
    -------
    ndarray of float, shape (series,)
        Hamed and Rao's ``1 + 2 / (n (n-1) (n-2)) sum (n-i) (n-i-1) (n-i-2) r_i``. With gaps, `n`
        is the span from first to last value, and an autocorrelation the mean product of the pairs
        that are there.

    Examples
    --------
    >>> walk = np.array([[0.0, 1, 2, 3, 2, 1, 0, -1, -2, -3, -2, -1]])
    >>> autocorrelation_factor(walk, np.zeros(1), 3, 1.96).round(3)
    array([2.281])
    """
    factors = np.empty(len(series))
    _on_rows(_correlate, (lags, bound), series, slopes, factors)
    return factors


def _on_rows(kernel: Callable[..., None], setting: Any, *arrays: NDArray[Any]) -> None:
    """Run a kernel over the same rows of all arrays, on all threads where there are many rows."""
    tasks: list[Callable[[], None]] = [
        partial(kernel, setting, *(array[first:last] for array in arrays))
        for first, last in chunks(len(arrays[0]), TASK)
    ]
    for _ in on_threads(tasks) if len(tasks) > 1 else (task() for task in tasks):
        pass


@compiled
def _count(
    stride: int,
    series: NDArray[np.float64],
    count: NDArray[np.float64],
    eighteenfold: NDArray[np.float64],
    observed: NDArray[np.int64],
) -> None:
    steps = series.shape[1]
    kept = np.empty(steps)
    for row in range(series.shape[0]):
        total, spread, n_all = 0, 0.0, 0
        for season in range(min(stride, steps)):
            n = 0
            for step in range(season, steps, stride):
                if not np.isnan(series[row, step]):
                    kept[n] = series[row, step]
                    n += 1
            spread += n * (n - 1.0) * (2.0 * n + 5.0)
            for i in range(n):
                value, ties, rising = kept[i], 0, 0
                for j in range(n):
                    ties += int(kept[j] == value)
                for j in range(i + 1, n):
                    rising += int(kept[j] > value) - int(kept[j] < value)
                total += rising
                # Each of a group of t ties takes off its share of t (t - 1) (2 t + 5).
                spread -= (ties - 1.0) * (2.0 * ties + 5.0)
            n_all += n
        count[row], eighteenfold[row], observed[row] = total, spread, n_all


@compiled
def _slopes(stride: int, series: NDArray[np.float64], slopes: NDArray[np.float64]) -> None:
    steps = series.shape[1]
    pairs = np.empty(steps * (steps - 1) // 2)
    for row in range(series.shape[0]):
        n = 0
        for i in range(steps - stride):
            for j in range(i + stride, steps, stride):
                slope = (series[row, j] - series[row, i]) / ((j - i) // stride)
                if not np.isnan(slope):
                    pairs[n] = slope
                    n += 1
        slopes[row] = np.median(pairs[:n]) if n > 0 else np.nan


@compiled
def _correlate(
    setting: tuple[int, float],
    series: NDArray[np.float64],
    slopes: NDArray[np.float64],
    factors: NDArray[np.float64],
) -> None:
    lags, bound = setting
    steps = series.shape[1]
    ranks = np.empty(steps)
    for row in range(series.shape[0]):
        n, span = _centred_ranks(series[row], slopes[row], ranks)
        variance = 0.0
        for i in range(span):
            variance += ranks[i] ** 2 / n if not np.isnan(ranks[i]) else 0.0
        total = 0.0
        # Without variance a straight line is left, whose ranks tell nothing.
        for lag in range(1, min(lags, span - 1) + 1 if variance > 0 else 1):
            product, pairs = 0.0, 0
            for i in range(span - lag):
                both = ranks[i] * ranks[i + lag]
                if not np.isnan(both):
                    product += both
                    pairs += 1
            if pairs > 0:
                correlation = product / pairs * (span - lag) / span / variance
                if abs(correlation) > bound / np.sqrt(n):
                    total += (span - lag) * (span - lag - 1.0) * (span - lag - 2.0) * correlation
        factors[row] = 1.0 + 2.0 * total / (span * (span - 1.0) * (span - 2.0))


@compiled
def _centred_ranks(
    values: NDArray[np.float64], slope: float, ranks: NDArray[np.float64]
) -> tuple[int, int]:
    """Write mean ranks less their mean of the detrended values; return their number and span."""
    first, last, n = -1, -1, 0
    for step in range(values.size):
        if not np.isnan(values[step]):
            first = step if first < 0 else first
            last = step
            n += 1
    span = last - first + 1 if n > 0 else 0
    level = np.empty(span)
    for i in range(span):
        level[i] = values[first + i] - (i + 1) * slope
    for i in range(span):
        below, ties = 0, 0
        for j in range(span):
            below += int(level[j] < level[i])
            ties += int(level[j] == level[i])
        rank = below + (ties + 1) / 2.0 - (n + 1) / 2.0
        ranks[i] = rank if not np.isnan(level[i]) else np.nan
    return n, span
