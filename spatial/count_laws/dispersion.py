"""How much more counts vary than Poisson, read from the ordinary cells and not from the hot ones.

The null of the maps is negative binomial: ``var = e + phi e**2``. `phi` is estimated by maximum
likelihood of the *truncated* law: each cell has a cap, a high quantile of its own null law, and
only cells at or below their cap take part, with the law conditioned on that. A hot cell above its
cap has no influence at all, and because the law is truncated in the same way, nothing is biased
when there are none (Fisher-consistent); plain moments would be dragged up by hot cells and blind
the test, or be too small by chance and make it see things.

The uncertainty is carried. A tail at the estimate would be too bold, one at an upper confidence
bound too shy; `Dispersion.averaged` takes the mean tail over the confidence distribution, which
makes p-values right on average over what the estimate might have been.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from spatial._checks import (
    check_counts,
    check_expected,
    check_finite,
    check_same_length,
    check_weights,
)
from spatial.count_laws.dispersion_profile import DispersionProfile, GroupedCounts
from spatial.count_laws.split_counts import SplitTable
from spatial.count_laws.truncated_counts import CountTable
from spatial.inference import Tails

# Confidence of `upper`, one-sided.
CONFIDENCE = 0.95
# Averages over a normal confidence distribution use these points and weights (Gauss-Hermite): a
# tail whose logarithm is a straight line in it is off by 1 % where the average is 7 times the
# tail at the estimate.
POINTS, POINT_WEIGHTS = np.polynomial.hermite_e.hermegauss(5)
POINT_WEIGHTS = POINT_WEIGHTS / POINT_WEIGHTS.sum()


@dataclass(frozen=True)
class Dispersion:
    """Estimated dispersion of counts around their expected values.

    Attributes
    ----------
    value : float
        `phi` in ``var = e + phi e**2``; 0 for Poisson.
    upper : float
        One-sided upper confidence bound of `value`.
    n : int
        Counts that took part.
    plausible : tuple of float
        Quantiles of the confidence distribution at which tails are averaged. Empty for one made
        by hand, which is then taken at its upper bound.
    """

    value: float
    upper: float
    n: int
    plausible: tuple[float, ...] = ()

    @classmethod
    def known(cls, value: float) -> Dispersion:
        """Return a dispersion without uncertainty.

        Examples
        --------
        >>> Dispersion.known(0.3).central
        0.3
        """
        return cls(float(value), float(value), 0)

    @property
    def central(self) -> float:
        """The dispersion around which tails are averaged: the estimate, or all there is."""
        return self.value if self.plausible else self.upper

    def averaged(self, tails_at: Callable[[float], Tails]) -> Tails:
        """Return the mean of tails over the dispersions that the data leave plausible.

        Parameters
        ----------
        tails_at : callable
            Gives the tails under a known dispersion.

        Returns
        -------
        Tails

        References
        ----------
        Lawless, Fredette (2005), Biometrika 92, 529-542: predictive laws averaged over a
        confidence distribution.

        Examples
        --------
        The average lies above the tail at the estimate, and below the one at the bound:

        >>> from spatial.inference import negative_binomial_tails
        >>> rng = np.random.default_rng(1)
        >>> expected = np.full(2_000, 4.0)
        >>> found = estimate_dispersion(rng.negative_binomial(2, 2 / (2 + expected)), expected)
        >>> def tails_at(phi):
        ...     return negative_binomial_tails([60], [10.0], phi)
        >>> carried = found.averaged(tails_at).greater
        >>> bool(tails_at(found.value).greater < carried < tails_at(found.upper).greater)
        True
        """
        if not self.plausible:
            return tails_at(self.upper)
        # At the lower end several quantiles may be 0, whose law is worked out once.
        distinct, of_point = np.unique(self.plausible, return_inverse=True)
        shares = np.bincount(of_point, POINT_WEIGHTS)
        laws = [tails_at(float(phi)) for phi in distinct]
        parts = list(zip(shares, laws, strict=True))
        greater = np.sum([share * law.greater for share, law in parts], axis=0)
        less = np.sum([share * law.less for share, law in parts], axis=0)
        return Tails(np.minimum(1.0, greater), np.minimum(1.0, less))


def estimate_dispersion(
    counts: ArrayLike, expected: ArrayLike, *, weights: scipy.sparse.csr_array | None = None
) -> Dispersion:
    """Estimate the negative binomial dispersion of counts, robust against a few hot cells.

    Parameters
    ----------
    counts : array_like of int, shape (cells,) or (cells, periods)
        Observed counts.
    expected : array_like of float, shape of `counts`
        Expected counts; cells with NaN or 0 take no part.
    weights : csr_array, shape (cells, cells), optional
        Binary neighbourhoods. With them the dispersion is read from neighbourhood *sums*: it is
        the one that independent cells would need for sums to vary as they do, so it also carries
        what neighbours have in common and the expected counts do not know.

    Returns
    -------
    Dispersion
        Estimate, upper bound and plausible values. Periods of one cell, and neighbourhoods that
        overlap, are not taken for independent: uncertainty rests on their clustered scores.

    Raises
    ------
    ValueError
        If shapes differ, a count is negative or not whole, or no cell has an expected count.

    References
    ----------
    Lawless (1987), Canadian J. Statist. 15, 209-225, for negative binomial regression; the
    truncation is ours, see docs/METHODS.md.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> expected = np.full(5_000, 4.0)
    >>> counts = rng.negative_binomial(2, 2 / (2 + expected))
    >>> counts[:50] = 200
    >>> found = estimate_dispersion(counts, expected)
    >>> round(found.value, 1), found.value < found.upper < 0.6
    (0.5, True)
    """
    observed = check_counts("counts", counts)
    means = check_expected(expected, observed.shape)
    observed, means = np.atleast_2d(observed.T).T, np.atleast_2d(means.T).T
    overlap = None
    if weights is not None:
        matrix = check_weights(weights, observed.shape[0])
        overlap = ((matrix @ matrix.T) > 0).astype(float)
    return _fitted(CountTable.of(*_sums(observed, means, weights)), overlap)


def estimate_split_dispersion(before: ArrayLike, after: ArrayLike, share: ArrayLike) -> Dispersion:
    """Estimate how unsteady places' rates are from period to period, robust against real changes.

    Parameters
    ----------
    before, after : array_like of int, shape (areas,)
        Counts in the two periods.
    share : array_like of float, shape (areas,)
        Expected part of a place's cases in the later period, strictly between 0 and 1.

    Returns
    -------
    Dispersion
        Of each period's count, as if it were negative binomial around a level of the place that
        may be anything. Poisson where no place has two cases.

    Raises
    ------
    ValueError
        If a count is negative or not whole, shapes differ, or a share is not between 0 and 1.

    References
    ----------
    As for `estimate_dispersion`; the split is beta-binomial, see docs/METHODS.md.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> level = rng.gamma(1.0, 10.0, 5_000)
    >>> first, second = (rng.poisson(level * rng.gamma(5, 1 / 5, 5_000)) for _ in range(2))
    >>> round(estimate_split_dispersion(first, second, np.full(5_000, 0.5)).value, 1)
    0.2
    """
    first, second = check_counts("before", before), check_counts("after", after)
    parts = check_finite("share", share)
    check_same_length(before=first, after=second, share=parts)
    if ((parts <= 0) | (parts >= 1)).any():
        raise ValueError("share: every value must lie between 0 and 1")
    table = SplitTable.of(first.astype(np.int64), second.astype(np.int64), parts)
    return _fitted(table, None) if table.cell.size else Dispersion.known(0.0)


def _fitted(table: GroupedCounts[Any], overlap: scipy.sparse.csr_array | None) -> Dispersion:
    profile = DispersionProfile.fitted(table)
    quantile = partial(profile.quantile, profile.scale(overlap))
    return Dispersion(
        profile.phi,
        quantile(float(stats.norm.ppf(CONFIDENCE))),
        table.cell.size,
        tuple(quantile(float(point)) for point in POINTS),
    )


def _sums(
    counts: NDArray[np.float64],
    expected: NDArray[np.float64],
    weights: scipy.sparse.csr_array | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return totals, their expected values, and how much of `phi` the totals show.

    The last is ``sum(e**2) / sum(e)**2``: 1 for a single cell, 1/7 for seven alike.
    """
    known = np.nan_to_num(expected, nan=0.0)
    counted = np.where(known > 0, counts, 0.0)
    if weights is None:
        return counted, known, np.ones_like(known)
    totals = weights @ known
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(totals > 0, (weights @ known**2) / totals**2, 0.0)
    return weights @ counted, np.asarray(totals), np.asarray(share)
