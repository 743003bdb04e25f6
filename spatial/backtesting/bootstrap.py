"""Intervals for figures that are sums over successive periods.

Neighbouring periods resemble one another (a season lasts several), so whole blocks of them are
drawn: a circular block bootstrap. All figures see the same draws, so differences between methods
that were measured in the same periods are paired.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

FEWEST_PERIODS = 8
"""Below this no resampling tells how a figure would vary: intervals are NaN."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval; NaN bounds where there are too few periods.

    Attributes
    ----------
    value, low, high : ndarray of float
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def mapped(self, increasing: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Estimate:
        """Return the estimate of an increasing function of the figure."""
        return Estimate(increasing(self.value), increasing(self.low), increasing(self.high))


def block_length(n_periods: int) -> int:
    """Return the length of the blocks: the cube root of the number of periods, rounded.

    Examples
    --------
    >>> [block_length(n) for n in (3, 10, 26)]
    [1, 2, 3]
    """
    return max(1, round(float(np.cbrt(n_periods))))


def draw_blocks(n_periods: int, n_resamples: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw resampled series of periods in circular blocks.

    Parameters
    ----------
    n_periods, n_resamples : int
    rng : numpy Generator

    Returns
    -------
    ndarray of int64, shape (n_resamples, n_periods)
        Indices of periods; blocks run on from the last period to the first.

    References
    ----------
    Politis, Romano (1992), A circular block-resampling procedure for stationary data.

    Examples
    --------
    >>> draw_blocks(10, 2, np.random.default_rng(1)).shape
    (2, 10)
    """
    length = block_length(n_periods)
    n_blocks = -(-n_periods // length)
    starts = rng.integers(0, n_periods, (n_resamples, n_blocks))
    drawn = (starts[:, :, None] + np.arange(length)) % n_periods
    return drawn.reshape(n_resamples, -1)[:, :n_periods]


def estimate_ratio(
    above: NDArray[np.float64],
    below: NDArray[np.float64],
    drawn: NDArray[np.int64],
    level: float,
) -> Estimate:
    """Return a ratio of sums over periods, and its interval over resampled periods.

    Parameters
    ----------
    above, below : ndarray of float, shape (periods, m)
        What is summed over periods before it is divided; NaN comes out where `below` adds up to 0.
    drawn : ndarray of int64, shape (n_resamples, periods)
        From `draw_blocks`.
    level : float
        Confidence level, such as 0.95.

    Returns
    -------
    Estimate
        Of shape (m,). Percentile interval, widened for few blocks: its quantiles are those that
        would make the interval of a mean of normal values exact (expanded percentiles).

    References
    ----------
    Hesterberg (2015), American Statistician 69, 371-386.

    Examples
    --------
    >>> drawn = draw_blocks(2, 50, np.random.default_rng(1))
    >>> estimate_ratio(np.array([[3.0], [5.0]]), np.array([[9.0], [11.0]]), drawn, 0.95)
    Estimate(value=array([0.4]), low=array([nan]), high=array([nan]))
    """
    value = _divided(above.sum(axis=0), below.sum(axis=0))
    bounds = np.full((2, value.size), np.nan)
    n_periods, known = above.shape[0], ~np.isnan(value)
    if n_periods >= FEWEST_PERIODS and known.any():
        resampled = _divided(above[drawn].sum(axis=1), below[drawn].sum(axis=1))[:, known]
        tail = _expanded_tail(n_periods / block_length(n_periods), level)
        bounds[:, known] = np.nanquantile(resampled, [tail, 1 - tail], axis=0)
    return Estimate(value, bounds[0], bounds[1])


def _divided(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def _expanded_tail(blocks: float, level: float) -> float:
    """Return the share to cut off at each end."""
    wider = np.sqrt(blocks / (blocks - 1)) * stats.t.ppf((1 - level) / 2, blocks - 1)
    return float(stats.norm.cdf(wider))
