"""Rates of small populations, drawn towards the mean by empirical Bayes.

A township of 400 people with two complaints tops every list of raw rates. Marshall's estimator
shrinks each rate towards the overall (or neighbourhood) rate, the more so the fewer people it
stands on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

from spatial._checks import (
    check_not_negative,
    check_numbers,
    check_same_length,
    check_weights,
)

# Rates that differ by less than this share of their mean differ by rounding.
ROUNDING = 1e-12


@dataclass(frozen=True)
class EmpiricalBayes:
    """Shrunken and raw rates, in the order of the areas.

    Attributes
    ----------
    rate : ndarray of float
        Empirical Bayes rate per unit at risk; NaN where `at_risk` is missing.
    raw : ndarray of float
        Events over at risk; NaN where `at_risk` is missing or 0.
    prior_mean, prior_variance : ndarray of float
        What each rate is drawn towards, and how far true rates differ from it; the same in every
        area without weights.
    """

    rate: NDArray[np.float64]
    raw: NDArray[np.float64]
    prior_mean: NDArray[np.float64]
    prior_variance: NDArray[np.float64]


def empirical_bayes(
    events: ArrayLike, at_risk: ArrayLike, weights: scipy.sparse.csr_array | None = None
) -> EmpiricalBayes:
    """Return Marshall's empirical Bayes rates, global or local.

    Parameters
    ----------
    events : array_like of float, shape (n,)
        Cases per area.
    at_risk : array_like of float, shape (n,)
        Population, households or area. NaN is missing: that area gets NaN and takes no part. An
        area with 0 at risk and no events gets its prior mean.
    weights : sparse array, shape (n, n), optional
        Neighbourhoods for local rates; whatever has a positive weight takes part, and the area
        itself always.

    Returns
    -------
    EmpiricalBayes

    Raises
    ------
    ValueError
        If lengths differ, a value is negative, events happen where nobody is at risk, or nobody
        is at risk anywhere, or arrays have more than one dimension.

    References
    ----------
    Marshall (1991), Applied Statistics 40, 283-294.

    Examples
    --------
    >>> found = empirical_bayes([2, 30, 100], [400, 20_000, 50_000])
    >>> (1e4 * found.raw).round(1), (1e4 * found.rate).round(1)
    (array([50., 15., 20.]), array([18.9, 17.9, 19.3]))
    """
    cases = check_not_negative("events", events)
    base = check_numbers("at_risk", at_risk)
    check_same_length(events=cases, at_risk=base)
    if cases.ndim != 1 or base.ndim != 1:
        raise ValueError(
            f"events: expected one value an area, found shapes {cases.shape} and {base.shape}"
        )
    known = ~np.isnan(base)
    base = np.where(known, check_not_negative("at_risk", np.where(known, base, 0.0)), 0.0)
    if (known & (base == 0) & (cases > 0)).any():
        area = int(np.flatnonzero(known & (base == 0) & (cases > 0))[0])
        raise ValueError(f"at_risk: area {area} has events ({cases[area]:g}) but nobody at risk")
    if not (base > 0).any():
        raise ValueError("at_risk: at least one area must have somebody at risk")
    counted = np.where(known, cases, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = np.where(base > 0, counted / base, np.nan)
    together = _together(weights, base)
    mean, variance = _prior(counted, base, np.nan_to_num(raw), together)
    with np.errstate(divide="ignore", invalid="ignore"):
        sampling = mean / base
        trust = np.where(variance > 0, variance / (variance + sampling), 0.0)
    rate = mean + np.where(base > 0, trust * (np.nan_to_num(raw) - mean), 0.0)
    missing = np.where(known, 0.0, np.nan)
    return EmpiricalBayes(rate + missing, raw, mean + missing, variance + missing)


def standardised_rates(events: ArrayLike, at_risk: ArrayLike) -> NDArray[np.float64]:
    """Return rates' deviations from the overall one in units of their standard deviation.

    Rates of small populations scatter more, which alone makes Moran's I of raw rates wrong. Its
    value for these deviations is the empirical Bayes index of Assunção and Reis.

    Parameters
    ----------
    events : array_like of float, shape (n,)
    at_risk : array_like of float, shape (n,)
        Above 0 everywhere.

    Returns
    -------
    ndarray of float, shape (n,)

    Raises
    ------
    ValueError
        If lengths differ, a value is negative or missing, nobody is at risk in some area, there
        are no events, or all rates are equal.

    References
    ----------
    Assunção, Reis (1999), Statistics in Medicine 18, 2147-2162.

    Examples
    --------
    >>> standardised_rates([30, 25, 25, 15], [100, 100, 110, 90]).round(3)
    array([ 1.341,  0.268, -0.231, -1.435])
    """
    cases, base = check_not_negative("events", events), check_not_negative("at_risk", at_risk)
    check_same_length(events=cases, at_risk=base)
    if not (base > 0).all():
        area = int(np.flatnonzero(base <= 0)[0])
        raise ValueError(f"at_risk: area {area} has nobody at risk, its rate is not known")
    if not cases.any():
        raise ValueError("events: there are none, all rates are equal")
    mean = cases.sum() / base.sum()
    rate = cases / base
    if np.ptp(rate) <= ROUNDING * mean:
        raise ValueError(f"events: all rates are equal ({mean:g}), nothing can be compared")
    between = (base * (rate - mean) ** 2).sum() / base.sum() - mean / base.mean()
    variance = between + mean / base
    # Where rates differ less than chance makes them, chance alone is their variance.
    return np.asarray((rate - mean) / np.sqrt(np.where(variance < 0, mean / base, variance)))


def _together(
    weights: scipy.sparse.csr_array | None, base: NDArray[np.float64]
) -> scipy.sparse.csr_array | None:
    """Return binary membership of each area's neighbourhood, itself included."""
    if weights is None:
        return None
    matrix: Any = check_weights(weights, base.size)
    member = (matrix + scipy.sparse.eye_array(base.size, format="csr")) > 0
    return scipy.sparse.csr_array(member.astype(float))


def _prior(
    cases: NDArray[np.float64],
    base: NDArray[np.float64],
    raw: NDArray[np.float64],
    together: scipy.sparse.csr_array | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each area's prior mean and variance by Marshall's moments."""

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        if together is None:
            return np.full(values.size, values.sum())
        return np.asarray(together @ values)

    at_risk, areas = total(base), total((base > 0).astype(float))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total(cases) / at_risk
        # sum b (r - m)^2 expanded: m differs from area to area when neighbourhoods are local.
        squares = total(base * raw**2) - 2 * mean * total(base * raw) + mean**2 * at_risk
        variance = squares / at_risk - mean / (at_risk / areas)
    return mean, np.where(at_risk > 0, np.maximum(variance, 0.0), np.nan)
