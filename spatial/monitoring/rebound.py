"""A rebound in few steps: the cumulative sum of counts over their expected ones.

The likelihood ratio of "as expected" against "so many times as much" is, for negative binomial
counts, a straight line in the count. Its cumulative sum, never below zero, is therefore a sum of
cases beyond a multiple of the expected ones, and is told in cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import (
    check_counts,
    check_finite,
    check_numbers,
    check_same_length,
    check_whole,
)
from spatial.monitoring.years import EXACT, Accuracy, simulate_years

Floats = NDArray[np.float64]

SHIFT = 1.5
FALSE_ALARMS = 0.05
N_YEARS = 20_000

SURE = 2.33
"""Normal quantile of 99 %: the limit of false alarms holds with this certainty of the draws."""


@dataclass(frozen=True, eq=False)
class ReboundMonitor:
    """What the monitor found, in the order of the townships.

    Attributes
    ----------
    cusum : ndarray of float, shape (townships, steps)
        Cases beyond the reference so far. It begins anew after an alarm; a step without a count
        leaves it as it is.
    alarm : ndarray of bool, shape (townships, steps)
        Where it rose above the threshold.
    threshold : ndarray of float, shape (townships,)
        In cases.
    reference : ndarray of float, shape (townships,)
        Multiple of the expected cases above which a count adds to the sum.
    """

    cusum: Floats
    alarm: NDArray[np.bool_]
    threshold: Floats
    reference: Floats

    @property
    def first_alarm(self) -> NDArray[np.int64]:
        """Step of each township's first alarm, -1 for none; shape (townships,)."""
        return np.where(self.alarm.any(axis=1), self.alarm.argmax(axis=1), -1)


def rebound_monitor(
    observed: ArrayLike,
    expected: ArrayLike,
    *,
    dispersion: ArrayLike,
    accuracy: Accuracy | Sequence[Accuracy] = EXACT,
    shift: float = SHIFT,
    false_alarms: float = FALSE_ALARMS,
    n_years: int = N_YEARS,
    seed: int = 0,
) -> ReboundMonitor:
    """Watch townships for counts that rise to `shift` times what is expected.

    Parameters
    ----------
    observed : array_like of int, shape (townships, steps)
        NaN for steps that have no count, as those to come.
    expected : array_like of float, shape (townships, steps)
        Above 0, for all steps of the time that false alarms are counted over, also those to come.
    dispersion : array_like of float, shape (townships,) or ()
        Variance over mean, 1 or more.
    accuracy : Accuracy or sequence of Accuracy
        How well expected counts and dispersion are known; by default they are.
    shift : float
        Above 1.
    false_alarms : float
        Greatest chance of any alarm in all steps while counts are as expected.
    n_years : int
        Drawn for each threshold.
    seed : int
        Each township's threshold is drawn from it anew: it depends on no other township.

    Raises
    ------
    ValueError
        For shapes that differ, counts that are negative or not whole, expected counts of 0 or
        less, a dispersion below 1, a shift that is none, a chance outside 0 to 1, or too few
        years to tell it.

    References
    ----------
    Höhle, Paul (2008), Computational Statistics & Data Analysis 52, 4357-4368. Lucas (1985),
    Technometrics 27, 129-144.

    Examples
    --------
    >>> found = rebound_monitor([[101, 96, 148, 155]], [[100] * 4], dispersion=2)
    >>> found.reference.round(3), found.first_alarm
    (array([1.224]), array([2]))
    """
    counts, means = _counts(observed), check_finite("expected", expected)
    if counts.ndim != 2 or counts.shape != means.shape:
        raise ValueError(
            f"expected: must have the shape of observed, townships by steps, "
            f"found {means.shape} for {counts.shape}"
        )
    ratios = _dispersions(dispersion, len(counts))
    known = [accuracy] * len(counts) if isinstance(accuracy, Accuracy) else list(accuracy)
    check_same_length(observed=counts, accuracy=np.empty(len(known)))
    reference = np.array([reference_ratio(ratio, shift) for ratio in ratios])
    threshold = np.array(
        [
            alarm_threshold(
                mean, dispersion=ratio, accuracy=each, shift=shift,
                false_alarms=false_alarms, n_years=n_years, seed=seed,
            )
            for mean, ratio, each in zip(means, ratios, known, strict=True)
        ]
    )  # fmt: skip
    cusum = cumulative_sum(counts, reference[:, None] * means, threshold)
    alarm = np.isfinite(counts) & (cusum > threshold[:, None])
    return ReboundMonitor(cusum, alarm, threshold, reference)


def reference_ratio(dispersion: float, shift: float = SHIFT) -> float:
    """Return the multiple of expected cases at which both hypotheses are equally likely.

    Examples
    --------
    >>> round(reference_ratio(2.0, 1.5), 4), round(reference_ratio(1.0, 1.5), 4)
    (1.2239, 1.2332)
    """
    if not shift > 1:
        raise ValueError(f"shift: expected a multiple above 1, found {shift}")
    excess = dispersion - 1
    if excess == 0:
        return float((shift - 1) / np.log(shift))
    widened = np.log1p(excess * (shift - 1) / dispersion)
    return float(widened / (excess * (np.log(shift) - widened)))


def alarm_threshold(
    expected: ArrayLike,
    *,
    dispersion: float,
    accuracy: Accuracy = EXACT,
    shift: float = SHIFT,
    false_alarms: float = FALSE_ALARMS,
    n_years: int = N_YEARS,
    seed: int = 0,
) -> float:
    """Return the sum of cases that years without a rebound seldom rise above.

    Arguments are those of `rebound_monitor`, of one township; `expected` has shape (steps,).
    """
    means = _expected(expected)
    allowed = false_alarms - SURE * np.sqrt(false_alarms * (1 - false_alarms) / n_years)
    if not 0 < allowed < 1:
        raise ValueError(
            f"false_alarms: {false_alarms} must be between 0 and 1, and more than "
            f"{check_whole('n_years', n_years, 1)} years can tell from 0"
        )
    rng = np.random.default_rng(seed)
    years = simulate_years(means, dispersion, accuracy, n_years, rng)
    highest = cumulative_sum(years, reference_ratio(dispersion, shift) * means).max(axis=1)
    return float(np.quantile(highest, 1 - allowed, method="higher"))


def share_found(
    expected: ArrayLike,
    threshold: float,
    *,
    dispersion: float,
    accuracy: Accuracy = EXACT,
    shift: float = SHIFT,
    rebound: float = SHIFT,
    n_years: int = N_YEARS,
    seed: int = 0,
) -> Floats:
    """Return which share of rebounds is found within 1, 2, … steps of their beginning.

    They begin with the first step, when the sum is zero: the hardest case.

    Parameters
    ----------
    expected : array_like of float, shape (steps,)
    threshold : float
        As `alarm_threshold` gives it.
    rebound : float
        How many times what is expected comes in truth.
    dispersion, accuracy, shift, n_years, seed
        As of `rebound_monitor`.

    Returns
    -------
    ndarray of float, shape (steps,)

    Examples
    --------
    >>> year = [100.0] * 24
    >>> share_found(year, alarm_threshold(year, dispersion=2), dispersion=2)[:2].round(1)
    array([0.6, 0.9])
    """
    means = _expected(expected)
    rng = np.random.default_rng(seed)
    years = simulate_years(rebound * means, dispersion, accuracy, n_years, rng)
    cusum = cumulative_sum(years, reference_ratio(dispersion, shift) * means)
    found = np.logical_or.accumulate(cusum > threshold, axis=1)
    shares: Floats = found.mean(axis=0)
    return shares


def cumulative_sum(counts: Floats, reference: Floats, threshold: Floats | None = None) -> Floats:
    """Return sums of what counts are above a reference, never below zero.

    Parameters
    ----------
    counts : ndarray of float, shape (rows, steps)
        NaN adds nothing.
    reference : ndarray of float, shape (steps,) or (rows, steps)
    threshold : ndarray of float, shape (rows,), optional
        A row that rose above it begins anew with the next step.
    """
    added = np.nan_to_num(counts - reference)
    sums = np.empty_like(added)
    so_far = np.zeros(len(added))
    for step in range(added.shape[1]):
        so_far = np.maximum(so_far + added[:, step], 0.0)
        sums[:, step] = so_far
        if threshold is not None:
            so_far = np.where(so_far > threshold, 0.0, so_far)
    return sums


def _counts(observed: ArrayLike) -> Floats:
    counts = check_numbers("observed", observed)
    check_counts("observed", counts[~np.isnan(counts)])
    return counts


def _expected(expected: ArrayLike) -> Floats:
    means = check_finite("expected", expected)
    if not (means > 0).all():
        at = int(np.flatnonzero(~(means > 0))[0])
        raise ValueError(f"expected: must be above 0, found {means[at]} at {at}")
    return means


def _dispersions(dispersion: ArrayLike, n: int) -> Floats:
    ratios = check_finite("dispersion", dispersion)
    if ratios.ndim and ratios.shape != (n,):
        raise ValueError(f"dispersion: expected one value or {n}, found {ratios.shape}")
    if (ratios < 1).any():
        raise ValueError(f"dispersion: variance over mean is 1 or more, found {ratios.min()}")
    return np.broadcast_to(ratios, (n,))
