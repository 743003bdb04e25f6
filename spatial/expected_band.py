"""What a curve of counts lets one expect of its next period, and how far it may fall from that.

Each period is foretold from those before it alone, so that it cannot hide itself in its own
expectation. The level is the mean rate of the season cycle just before (a year, or a week for
days), which holds every season once; the season is the median over earlier cycles of how the same
period stood to the cycle around it, drawn towards 1 the fewer cycles there are: with y of them its
logarithm counts y / (y + 1). How far counts fall from it is read from how far earlier ones did:
``var = e + phi e**2``, phi by moments, and the band are quantiles of that negative binomial.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from spatial._checks import check_counts, check_same_length, check_whole

COVERAGE = 0.95
MOST_CYCLES = 8
"""Earlier cycles that a season is read from."""

FEWEST_ERRORS = 6
"""Periods whose distance from what was expected tells the scatter."""


@dataclass(frozen=True)
class ExpectedBand:
    """Expected counts and the band around them; NaN where the history is too short.

    Attributes
    ----------
    rate : ndarray of float, shape (periods,)
        Expected count by unit of exposure.
    dispersion : ndarray of float, shape (periods,)
        `phi` as the periods before told it.
    """

    rate: NDArray[np.float64]
    dispersion: NDArray[np.float64]

    def counts(
        self, exposure: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return expected count, lower and upper end of the band for given exposures."""
        expected = self.rate * np.asarray(exposure, dtype=float)
        low, high = (
            _quantile(share, expected, self.dispersion)
            for share in ((1 - COVERAGE) / 2, (1 + COVERAGE) / 2)
        )
        return expected, low, high


def expected_band(counts: ArrayLike, exposure: ArrayLike, cycle: int) -> ExpectedBand:
    """Foretell each period of a curve from those before it.

    Parameters
    ----------
    counts : array_like of int, shape (periods,)
        The earliest first, without a gap.
    exposure : array_like of float, shape (periods,)
        Length of each period, for example in days; above 0.
    cycle : int
        Periods of a season cycle: 12 for months, 7 for days.

    Returns
    -------
    ExpectedBand
        NaN for the first cycle, and until enough periods were foretold to know the scatter.

    Raises
    ------
    ValueError
        If lengths differ, a count is negative or not whole, an exposure is not above 0, or `cycle`
        is below 2.

    Notes
    -----
    The scatter holds all that the expectation did not foresee, chance and change alike, so the band
    is that of a forecast. A passing event widens it until the history is long against it.

    Examples
    --------
    A steady curve with one period far above it:

    >>> counts = [100, 96, 104, 99, 103, 98, 101, 102, 97, 100, 99, 101] * 2 + [100, 160]
    >>> band = expected_band(counts, np.ones(26), 12)
    >>> expected, low, high = band.counts(np.ones(26))
    >>> bool(low[24] <= 100 <= high[24]), bool(high[25] < 160)
    (True, True)
    >>> bool(np.isnan(expected[:12]).all())
    True
    """
    observed = check_counts("counts", counts)
    days = np.asarray(exposure, dtype=float)
    check_same_length(counts=observed, exposure=days)
    check_whole("cycle", cycle, 2)
    if not (days > 0).all():
        raise ValueError("exposure: every period must be longer than 0")
    rate = np.array([_foretold(observed, days, at, cycle) for at in range(observed.size)])
    return ExpectedBand(rate, _dispersions(observed, rate * days))


def _foretold(counts: NDArray[np.float64], days: NDArray[np.float64], at: int, cycle: int) -> float:
    if at < cycle:
        return np.nan
    level = _rate(counts, days, at - cycle, at)
    ratios = []
    for same in range(at - cycle, max(at - MOST_CYCLES * cycle, 0) - 1, -cycle):
        begin = min(max(same - cycle // 2, 0), at - cycle)
        around = _rate(counts, days, begin, begin + cycle)
        if around > 0:
            ratios.append(counts[same] / days[same] / around)
    season = float(np.median(ratios)) if ratios else 1.0
    return float(level * season ** (len(ratios) / (len(ratios) + 1)))


def _rate(counts: NDArray[np.float64], days: NDArray[np.float64], begin: int, end: int) -> float:
    return float(counts[begin:end].sum() / days[begin:end].sum())


def _dispersions(counts: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `phi` at each period, by the errors of those that were foretold before it."""
    known = np.isfinite(expected)
    excess = np.where(known, (counts - expected) ** 2 - expected, 0.0)
    squares = np.where(known, expected**2, 0.0)
    before = [np.concatenate([[0.0], np.cumsum(each)[:-1]]) for each in (excess, squares, known)]
    enough = (before[2] >= FEWEST_ERRORS) & (before[1] > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(enough, np.maximum(before[0] / before[1], 0.0), np.nan)


def _quantile(
    share: float, expected: NDArray[np.float64], dispersion: NDArray[np.float64]
) -> NDArray[np.float64]:
    found = np.full(expected.shape, np.nan)
    poisson = (dispersion == 0) & np.isfinite(expected)
    found[poisson] = stats.poisson.ppf(share, expected[poisson])
    some = (dispersion > 0) & (expected > 0)
    size = 1 / dispersion[some]
    found[some] = stats.nbinom.ppf(share, size, size / (size + expected[some]))
    found[(dispersion > 0) & (expected == 0)] = 0.0
    return found
