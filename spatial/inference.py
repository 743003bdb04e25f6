"""Tails of count laws and the correction for testing many places at once.

Every p-value of the package comes as a named tail: `greater`, `less` or `two-sided`. Tails are
computed directly, never as one minus the other tail, so they stay accurate where it matters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from spatial._checks import (
    check_choice,
    check_counts,
    check_known_or_nan,
    check_not_negative,
)

ALTERNATIVES = ("greater", "less", "two-sided")

# Where dispersion times the squared count is below this, the two laws' tails agree to 1e-9, and the
# incomplete beta function with its near infinite size parameter would only add rounding.
POISSON_LIMIT = 1e-9


@dataclass(frozen=True)
class Tails:
    """Both tails of the same tests.

    Attributes
    ----------
    greater : ndarray of float
        Probability of a count as high as the observed one or higher.
    less : ndarray of float
        Probability of a count as low as the observed one or lower.
    """

    greater: NDArray[np.float64]
    less: NDArray[np.float64]

    @property
    def two_sided(self) -> NDArray[np.float64]:
        """Twice the smaller tail, at most 1."""
        return np.minimum(1.0, 2.0 * np.minimum(self.greater, self.less))

    def of(self, alternative: str) -> NDArray[np.float64]:
        """Return the p-values of one alternative: greater, less or two-sided."""
        check_choice("alternative", alternative, ALTERNATIVES)
        if alternative == "greater":
            return self.greater
        return self.less if alternative == "less" else self.two_sided


def benjamini_hochberg(p: ArrayLike, weights: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return q-values that hold the false discovery rate over one family of tests.

    The whole array is one family, whatever its shape: put every cell, period and tail in it that
    anyone will look at. Holds for independent and for positively dependent tests.

    Parameters
    ----------
    p : array_like of float
        p-values in [0, 1]; NaN marks a test that was not made, which does not count.
    weights : array_like of float, shape of `p`, optional
        Not negative, chosen without looking at `p`: each p-value is divided by its weight, with
        weights scaled to mean 1 over the tests made. Places believed in beforehand gain power,
        the others pay for it.

    Returns
    -------
    ndarray of float, shape of `p`
        The smallest level at which each test would be among the discoveries; NaN stays NaN.

    Raises
    ------
    ValueError
        If a value lies outside [0, 1], or weights are negative, not finite, all 0 or of another
        shape.

    References
    ----------
    Benjamini, Hochberg (1995), J. R. Statist. Soc. B 57, 289-300; weights: Genovese, Roeder,
    Wasserman (2006), Biometrika 93, 509-524.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03, float("nan")])
    array([0.03, 0.04, 0.04,  nan])
    >>> benjamini_hochberg([0.01, 0.04, 0.03], weights=[0.5, 0.5, 2.0]).round(3)
    array([0.03, 0.08, 0.03])
    """
    return _step_up(p, weights, 1.0)


def benjamini_yekutieli(p: ArrayLike, weights: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return q-values that hold the false discovery rate under any dependence of the tests.

    Benjamini and Hochberg's times ``1 + 1/2 + … + 1/m`` for ``m`` tests: safe, and costly.

    Parameters
    ----------
    p, weights
        As for `benjamini_hochberg`.

    Returns
    -------
    ndarray of float, shape of `p`

    Raises
    ------
    ValueError
        As for `benjamini_hochberg`.

    References
    ----------
    Benjamini, Yekutieli (2001), Annals of Statistics 29, 1165-1188.

    Examples
    --------
    >>> benjamini_yekutieli([0.01, 0.04, 0.03, float("nan")]).round(4)
    array([0.055 , 0.0733, 0.0733,    nan])
    """
    tests = int((~np.isnan(np.asarray(p, dtype=float))).sum())
    return _step_up(p, weights, float((1.0 / np.arange(1, tests + 1)).sum()))


def _step_up(p: ArrayLike, weights: ArrayLike | None, factor: float) -> NDArray[np.float64]:
    p = np.asarray(p, dtype=float)
    made = ~np.isnan(p)
    tested = p[made]
    if ((tested < 0) | (tested > 1)).any():
        wrong = tested[(tested < 0) | (tested > 1)][0]
        raise ValueError(f"p: every p-value must lie in [0, 1] or be NaN, found {wrong}")
    if weights is not None:
        tested = _weighted(tested, weights, made)
    order = np.argsort(tested, kind="stable")
    scaled = tested[order] * (factor * tested.size / np.arange(1, tested.size + 1))
    # A larger p-value never gets the smaller q: take the running minimum from the top.
    monotone = np.minimum.accumulate(scaled[::-1])[::-1]
    q = np.full(p.shape, np.nan)
    adjusted = np.empty(tested.size)
    adjusted[order] = np.minimum(monotone, 1.0)
    q[made] = adjusted
    return q


def _weighted(
    tested: NDArray[np.float64], weights: ArrayLike, made: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return p-values over their weights; no weight, no discovery."""
    weight = check_not_negative("weights", weights)
    if weight.shape != made.shape:
        raise ValueError(f"weights: must have the shape of p {made.shape}, found {weight.shape}")
    weight = weight[made]
    if not weight.size:
        return tested
    if not weight.any():
        raise ValueError("weights: at least one test made must have a weight above 0")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weight > 0, tested / (weight / weight.mean()), np.inf)


def poisson_tails(counts: ArrayLike, expected: ArrayLike) -> Tails:
    """Return both tails of Poisson counts.

    Parameters
    ----------
    counts : array_like of int
        Observed counts.
    expected : array_like of float, broadcastable to `counts`
        Means under the null; NaN gives NaN, 0 makes any positive count impossible (p = 0).

    Returns
    -------
    Tails
        ``P(Y >= counts)`` and ``P(Y <= counts)``, relative error below 1e-10 down to 1e-300.

    Raises
    ------
    ValueError
        If counts are negative or not whole, a mean is negative or infinite, or lengths differ.

    References
    ----------
    Johnson, Kemp, Kotz (2005), Univariate Discrete Distributions, chapter 4: the tails are
    incomplete gamma functions.

    Examples
    --------
    >>> tails = poisson_tails([0, 3], [1.0, 1.0])
    >>> tails.greater.round(4), tails.less.round(4)
    (array([1.    , 0.0803]), array([0.3679, 0.981 ]))
    """
    counts, expected = _check_pair(counts, expected)
    with np.errstate(invalid="ignore"):
        upper = np.where(counts > 0, special.gammainc(np.maximum(counts, 1), expected), 1.0)
        lower = special.gammaincc(counts + 1, expected)
    return _known_only(upper, lower, expected)


def negative_binomial_tails(counts: ArrayLike, expected: ArrayLike, dispersion: ArrayLike) -> Tails:
    """Return both tails of counts whose variance is ``expected + dispersion * expected**2``.

    Parameters
    ----------
    counts : array_like of int
        Observed counts.
    expected : array_like of float, broadcastable to `counts`
        Means under the null; NaN gives NaN.
    dispersion : array_like of float, broadcastable to `counts`
        The reciprocal of the law's size parameter; 0 is Poisson.

    Returns
    -------
    Tails
        ``P(Y >= counts)`` and ``P(Y <= counts)``, relative error below 1e-7 down to 1e-300.

    Raises
    ------
    ValueError
        If counts are negative or not whole, a mean is negative or infinite, a dispersion is
        negative or not finite, or lengths differ.

    References
    ----------
    Johnson, Kemp, Kotz (2005), Univariate Discrete Distributions, chapter 5: the tails are
    incomplete beta functions.

    Examples
    --------
    >>> tails = negative_binomial_tails([3], [1.0], 1.0)
    >>> tails.greater, tails.less
    (array([0.125]), array([0.9375]))
    """
    counts, expected = _check_pair(counts, expected)
    spreads = check_not_negative("dispersion", dispersion)
    try:
        dispersion = np.broadcast_to(spreads, counts.shape)
    except ValueError as error:
        raise ValueError(
            f"dispersion: must fit the shape of counts {counts.shape}, found {spreads.shape}"
        ) from error
    poisson = poisson_tails(counts, expected)
    spread = dispersion * expected
    largest = np.fmax(np.maximum(counts, 1.0), expected)
    exact = dispersion * largest**2 > POISSON_LIMIT
    size = 1.0 / np.where(exact, dispersion, 1.0)
    with np.errstate(invalid="ignore"):
        step = spread / (1.0 + spread)
        upper = np.where(counts > 0, special.betainc(np.maximum(counts, 1), size, step), 1.0)
        lower = special.betainc(size, counts + 1, 1.0 / (1.0 + spread))
    return _known_only(
        np.where(exact, upper, poisson.greater), np.where(exact, lower, poisson.less), expected
    )


def _check_pair(
    counts: ArrayLike, expected: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    whole, mean = check_counts("counts", counts), check_known_or_nan("expected", expected)
    try:
        whole, mean = np.broadcast_arrays(whole, mean)
    except ValueError as error:
        raise ValueError(
            f"expected: must fit the shape of counts {whole.shape}, found {mean.shape}"
        ) from error
    return whole, mean


def _known_only(
    upper: NDArray[np.float64], lower: NDArray[np.float64], expected: NDArray[np.float64]
) -> Tails:
    unknown = np.isnan(expected)
    return Tails(np.where(unknown, np.nan, upper), np.where(unknown, np.nan, lower))
