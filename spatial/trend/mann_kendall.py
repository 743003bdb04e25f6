"""Is a series rising or falling? Mann and Kendall's test and Sen's slope, for many series at once.

The test counts pairs of values that rise against pairs that fall, so it asks nothing of the values'
law and an outlier weighs no more than any other value. Variants differ in the variance of that
count: of independent values (original), of autocorrelated ones (Hamed and Rao), season by season
(Hirsch and Slack), and of means over overlapping windows (`spatial.trend.window`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from spatial._checks import check_choice
from spatial.inference import ALTERNATIVES, Tails
from spatial.trend.rank_pairs import autocorrelation_factor, count_pairs, sen_slopes
from spatial.trend.window import windowed_variance

VARIANTS = ("original", "hamed_rao", "seasonal", "window")
FEWEST_STEPS = 3


@dataclass(frozen=True)
class MannKendall:
    """Trend tests, one value for one series and arrays of shape (series,) for many.

    Attributes
    ----------
    s : float or ndarray
        Rising pairs less falling pairs.
    z : float or ndarray
        ``(s - sign(s)) / sqrt(variance)``: a whole step of continuity correction towards 0.
    p_value : float or ndarray
        Of the named alternative.
    slope : float or ndarray
        Sen's slope: the median over pairs of difference per step (per cycle when seasonal).
    variance : float or ndarray
        Variance of `s` without a trend.
    n : int or ndarray
        Observed values.
    variant, alternative : str
    """

    s: NDArray[np.float64]
    z: NDArray[np.float64]
    p_value: NDArray[np.float64]
    slope: NDArray[np.float64]
    variance: NDArray[np.float64]
    n: NDArray[np.int64]
    variant: str
    alternative: str


def mann_kendall(
    x: ArrayLike,
    variant: str = "original",
    *,
    alternative: str = "two-sided",
    period: int = 12,
    lags: int | None = None,
    lag_alpha: float = 0.05,
    look_back: int = 1,
) -> MannKendall:
    """Test series for a monotonic trend.

    Parameters
    ----------
    x : array_like, shape (steps,) or (series, steps)
        Values at equal steps of time. NaN is a gap: pairs with a gap are left out, and steps keep
        their places in time.
    variant : {"original", "hamed_rao", "seasonal", "window"}
        Original takes values for independent. Hamed and Rao's corrects the variance by the
        significant autocorrelations of the detrended ranks. Seasonal compares only steps a whole
        number of periods apart. Window is for means over the current and the `look_back` previous
        steps (fewer at the start), whose overlap is known.
    alternative : {"two-sided", "greater", "less"}
        Greater finds rising series, less falling ones.
    period : int
        Steps in a cycle, for seasonal.
    lags : int, optional
        Largest lag that Hamed and Rao's correction looks at; by default all.
    lag_alpha : float
        Level at which it takes an autocorrelation for real.
    look_back : int
        Previous steps in each window, for window.

    Returns
    -------
    MannKendall
        In one call over many series, those with fewer than 3 values get NaN, and those whose
        values are all equal ``s = 0, p_value = 1``. Hamed and Rao's variance may come out
        negative for series that alternate; such series get NaN too.

    Raises
    ------
    ValueError
        For an unknown name, an infinite value, fewer than 3 steps, no series with 3 values, values
        that are all equal, or a period, lag, level or look-back outside its range.

    Notes
    -----
    ``var(s) = (n (n - 1) (2 n + 5) - sum over ties t (t - 1) (2 t + 5)) / 18``. One-sided p-values
    count the observed `s` in: ``greater`` is the normal tail from ``(s - 1) / sd`` on, ``less``
    the one up to ``(s + 1) / sd``, and two-sided is twice the smaller one.

    References
    ----------
    Mann (1945), Econometrica 13, 245-259; Sen (1968), J. Amer. Statist. Assoc. 63, 1379-1389;
    Hirsch, Slack (1984), Water Resources Res. 20, 727-732; Hamed, Rao (1998), J. Hydrology 204,
    182-196.

    Examples
    --------
    >>> found = mann_kendall([1, 3, 2, 5, 4, 7, 8, 6, 9, 12])
    >>> int(found.s), round(float(found.z), 3), round(float(found.slope), 3)
    (37, 3.22, 1.0)
    >>> mann_kendall([[1, 2, 3, 4], [4, 3, float("nan"), 1]]).s
    array([ 6., -3.])
    """
    check_choice("variant", variant, VARIANTS)
    check_choice("alternative", alternative, ALTERNATIVES)
    series, one = _check_series(x)
    stride = _check_period(period, series.shape[1]) if variant == "seasonal" else 1
    s, variance, n = count_pairs(series, stride)
    s[n < FEWEST_STEPS] = variance[n < FEWEST_STEPS] = np.nan
    slope = sen_slopes(series, stride)
    if variant == "hamed_rao":
        variance *= autocorrelation_factor(series, slope, *_lag_rule(series, lags, lag_alpha))
    elif variant == "window":
        reach = _check_whole("look_back", look_back, 0)
        variance = windowed_variance(variance, ~np.isnan(series), reach)
    z, p = score_test(s, variance, alternative)
    # One series gives numbers, and many give arrays.
    of_one = 0 if one else slice(None)
    return MannKendall(
        s[of_one],
        z[of_one],
        p[of_one],
        slope[of_one],
        variance[of_one],
        n[of_one],
        variant,
        alternative,
    )


def score_test(
    s: NDArray[np.float64], variance: NDArray[np.float64], alternative: str = "two-sided"
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return z and p of counts with known variance, corrected for continuity.

    Parameters
    ----------
    s, variance : ndarray of float, shape (series,)
    alternative : {"two-sided", "greater", "less"}

    Returns
    -------
    tuple of ndarray of float
        ``z = 0, p = 1`` where the variance is 0 (all values equal), NaN where it is negative.

    Examples
    --------
    >>> z, p = score_test(np.array([9.0, 0.0]), np.array([16.0, 0.0]))
    >>> z, p.round(4)
    (array([2., 0.]), array([0.0455, 1.    ]))
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.sqrt(variance)
        # Without variance the count is 0, whatever happens.
        tails = Tails(
            np.where(variance == 0, 1.0, stats.norm.sf((s - 1.0) / deviation)),
            np.where(variance == 0, 1.0, stats.norm.cdf((s + 1.0) / deviation)),
        )
        z = np.where(variance == 0, 0.0, (s - np.sign(s)) / deviation)
    return z, tails.of(alternative)


def _check_series(x: ArrayLike) -> tuple[NDArray[np.float64], bool]:
    """Return the values as series × steps, and whether one series was given."""
    values = np.asarray(x, dtype=float)
    if values.ndim not in (1, 2) or not values.size:
        raise ValueError(f"x: expected steps or series x steps, found shape {values.shape}")
    if values.shape[-1] < FEWEST_STEPS:
        raise ValueError(
            f"x: a trend needs at least {FEWEST_STEPS} steps, found {values.shape[-1]}"
        )
    if np.isinf(values).any():
        at = np.argwhere(np.isinf(values))[0]
        raise ValueError(f"x: values must be finite or NaN (a gap), found infinity at {at}")
    series = np.ascontiguousarray(np.atleast_2d(values))
    most = int((~np.isnan(series)).sum(axis=1).max())
    if most < FEWEST_STEPS:
        raise ValueError(
            f"x: a series needs at least {FEWEST_STEPS} values besides gaps, found at most {most}"
        )
    if np.nanmin(series) == np.nanmax(series):
        raise ValueError(f"x: all values equal {np.nanmin(series)}, there is no trend to test")
    return series, values.ndim == 1


def _check_whole(name: str, value: int, least: int) -> int:
    if value != int(value) or value < least:
        raise ValueError(f"{name}: expected a whole number of {least} or more, found {value}")
    return int(value)


def _check_period(period: int, steps: int) -> int:
    if _check_whole("period", period, 1) >= steps:
        raise ValueError(
            f"period: must be shorter than the series of {steps} steps, found {period}"
        )
    return int(period)


def _lag_rule(series: NDArray[np.float64], lags: int | None, alpha: float) -> tuple[int, float]:
    """Return the largest lag and the normal quantile beyond which autocorrelations are real."""
    if not 0 < alpha < 1:
        raise ValueError(f"lag_alpha: expected a level between 0 and 1, found {alpha}")
    largest = series.shape[1] - 1
    if lags is not None:
        largest = min(largest, _check_whole("lags", lags, 0))
    return largest, float(stats.norm.isf(alpha / 2))
