"""The law of a neighbourhood's total when each of its cells has a negative binomial count.

Cells of one neighbourhood have different expected counts, so their sum is not negative binomial,
and a negative binomial with the same mean and variance has too thin a tail: far out the sum decays
like its largest member. The exact law is cheap. With ``q_j = phi e_j / (1 + phi e_j)`` the
generating function's logarithmic derivative gives

    n P(n) = sum_j h_j(n),    h_j(n) = e_j / (1 + phi e_j) P(n - 1) + q_j h_j(n - 1)

All terms are positive, so nothing cancels and both tails keep full relative accuracy; at
``phi = 0`` it is the Poisson recursion.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_counts
from spatial.count_laws.sum_walk import walked_tails
from spatial.inference import Tails, negative_binomial_tails, poisson_tails

# The recursion walks through every total up to the observed one. Beyond this many the
# moment-matched law is used, whose far tail is too thin (docs/METHODS.md): a walk of a million
# takes a second.
LONGEST_WALK = 200_000
# Below this the upper tail is summed upwards from the observed total, because one minus the
# lower part would lose digits.
FAR_TAIL = 1e-3


def sum_tails(counts: ArrayLike, expected: ArrayLike, dispersion: float) -> Tails:
    """Return both tails of sums of independent negative binomial counts with their own means.

    Parameters
    ----------
    counts : array_like of int, shape (n,)
        Observed sums.
    expected : array_like of float, shape (n, members)
        Expected count of each member; 0 for places in the row that are not used.
    dispersion : float
        Each member's variance is ``e + dispersion * e**2``.

    Returns
    -------
    Tails
        Arrays of shape (n,). Exact up to rounding for sums up to `LONGEST_WALK`, beyond that
        those of the negative binomial with the same mean and variance.

    Raises
    ------
    ValueError
        If counts are negative or not whole, or an expected count or the dispersion is negative.

    Examples
    --------
    Three members with the same mean make a negative binomial of three times the size:

    >>> tails = sum_tails([9], [[1.0, 1.0, 1.0]], dispersion=0.5)
    >>> simple = negative_binomial_tails([9], [3.0], 0.5 / 3)
    >>> bool(np.allclose(tails.greater, simple.greater, rtol=1e-12))
    True
    """
    counts = check_counts("counts", counts)
    expected = np.asarray(expected, dtype=float)
    if expected.ndim != 2 or expected.shape[0] != counts.size:
        raise ValueError(f"expected: needs {counts.size} rows of members, found {expected.shape}")
    if not (np.isfinite(expected).all() and (expected >= 0).all()):
        raise ValueError("expected: every value must be finite and not negative")
    if not (np.isfinite(dispersion) and dispersion >= 0):
        raise ValueError(f"dispersion: expected a finite number of at least 0, found {dispersion}")
    totals = expected.sum(axis=1)
    if dispersion == 0:
        return poisson_tails(counts, totals)
    greater, less = np.empty(counts.shape), np.empty(counts.shape)
    # One used member, or all alike, is a plain negative binomial already.
    alike = expected.max(axis=1, initial=0) * (expected > 0).sum(axis=1) - totals < 1e-12 * totals
    walked = (counts <= LONGEST_WALK) & (totals > 0) & ~alike
    walk, rest = np.flatnonzero(walked), np.flatnonzero(~walked)
    matched = matched_dispersion(totals[rest], (expected[rest] ** 2).sum(axis=1), dispersion)
    simple = negative_binomial_tails(counts[rest], totals[rest], matched)
    greater[rest], less[rest] = simple.greater, simple.less
    greater[walk], less[walk] = walked_tails(counts[walk], expected[walk], dispersion, far=False)
    # Apart from the others, for which going on upwards would be idle.
    far = walk[greater[walk] < FAR_TAIL]
    greater[far], less[far] = walked_tails(counts[far], expected[far], dispersion, far=True)
    return Tails(greater, less)


def matched_dispersion(
    totals: NDArray[np.float64], squares: NDArray[np.float64], dispersion: float
) -> NDArray[np.float64]:
    """Return the dispersion that a negative binomial needs to have the variance of the sum.

    Parameters
    ----------
    totals, squares : ndarray of float
        Sum of the members' expected counts and of their squares.
    dispersion : float
        Dispersion of each member.

    Examples
    --------
    >>> matched_dispersion(np.array([3.0]), np.array([3.0]), 0.6).round(3)
    array([0.2])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(totals > 0, dispersion * squares / totals**2, 0.0)


def member_expected(
    expected: NDArray[np.float64], weights: scipy.sparse.csr_array
) -> NDArray[np.float64]:
    """Return each neighbourhood's expected counts as a row, padded with zeros to the longest.

    Parameters
    ----------
    expected : ndarray of float, shape (cells,)
    weights : csr_array, shape (cells, cells)
        Binary weights.

    Returns
    -------
    ndarray of float, shape (cells, largest neighbourhood)

    Examples
    --------
    >>> pair = scipy.sparse.csr_array(np.array([[1.0, 1.0], [0.0, 1.0]]))
    >>> member_expected(np.array([2.0, 3.0]), pair)
    array([[2., 3.],
           [3., 0.]])
    """
    sizes = np.diff(weights.indptr)
    members = np.zeros((sizes.size, int(sizes.max(initial=0))))
    rows = np.repeat(np.arange(sizes.size), sizes)
    places = np.arange(weights.nnz) - np.repeat(weights.indptr[:-1], sizes)
    members[rows, places] = expected[weights.indices]
    return members
