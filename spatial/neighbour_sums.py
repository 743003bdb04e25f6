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
from spatial.inference import Tails, negative_binomial_tails, poisson_tails

# The recursion walks through every total up to the observed one. Beyond this many the
# moment-matched law is used: at such totals a neighbourhood is far from any doubtful call.
LONGEST_WALK = 20_000
# Tests are walked together in blocks of this many to stay within the processor's cache.
BLOCK = 4_096
# Below this the upper tail is summed upwards from the observed total, because one minus the
# lower part would lose digits.
FAR_TAIL = 1e-3
# State is scaled down when it grows beyond this; a double would overflow at 1e308.
LARGE = 1e150
RESCALE_EVERY = 8


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
    matched = matched_dispersion(totals, (expected**2).sum(axis=1), dispersion)
    approximate = negative_binomial_tails(counts, totals, matched)
    greater, less = approximate.greater.copy(), approximate.less.copy()
    # One used member, or all alike, is a plain negative binomial already.
    alike = expected.max(axis=1, initial=0) * (expected > 0).sum(axis=1) - totals < 1e-12 * totals
    walk = np.flatnonzero((counts <= LONGEST_WALK) & (totals > 0) & ~alike)
    walk = walk[np.argsort(-counts[walk], kind="stable")]
    for start in range(0, walk.size, BLOCK):
        block = walk[start : start + BLOCK]
        greater[block], less[block] = _walk(counts[block], expected[block].T, dispersion)
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


def _walk(
    counts: NDArray[np.float64], expected: NDArray[np.float64], dispersion: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Walk the recursion for tests sorted by falling count; `expected` is members × tests."""
    spread = 1.0 + dispersion * expected
    start, ratio = expected / spread, dispersion * expected / spread
    log_scale = -(np.log1p(dispersion * expected) / dispersion).sum(axis=0)
    mass, below = np.ones(counts.size), np.zeros(counts.size)
    history = np.zeros_like(expected)
    active = counts.size
    for n in range(1, int(counts[0]) + 1):
        # Tests whose observed total is reached drop off the end: slices stay views.
        active = int(np.searchsorted(-counts, -n, side="right"))
        now = slice(0, active)
        below[now] += mass[now]
        _step(history[:, now], mass[now], start[:, now], ratio[:, now], n)
        if n % RESCALE_EVERY == 0:
            _rescale(history[:, now], mass[now], below[now], log_scale[now])
    below_share = _unscaled(below, log_scale)
    less = np.minimum(1.0, below_share + _unscaled(mass, log_scale))
    greater = np.clip(1.0 - below_share, 0.0, 1.0)
    far = np.flatnonzero(greater < FAR_TAIL)
    if far.size:
        state = (history[:, far], mass[far], start[:, far], ratio[:, far])
        greater[far] = _unscaled(_sum_upwards(counts[far], *state), log_scale[far])
    return greater, less


def _unscaled(values: NDArray[np.float64], log_scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values times exp(log_scale), where the factor alone may underflow."""
    with np.errstate(divide="ignore", under="ignore"):
        return np.exp(np.log(values) + log_scale)


def _step(
    history: NDArray[np.float64],
    mass: NDArray[np.float64],
    start: NDArray[np.float64],
    ratio: NDArray[np.float64],
    n: int | NDArray[np.float64],
) -> None:
    """Advance history and mass in place from n - 1 to n."""
    history *= ratio
    history += start * mass
    np.divide(history.sum(axis=0), n, out=mass)


def _rescale(
    history: NDArray[np.float64],
    mass: NDArray[np.float64],
    below: NDArray[np.float64],
    log_scale: NDArray[np.float64],
) -> None:
    large = np.maximum(mass, below) > LARGE
    if large.any():
        history[:, large] /= LARGE
        mass[large] /= LARGE
        below[large] /= LARGE
        log_scale[large] += np.log(LARGE)


def _sum_upwards(
    counts: NDArray[np.float64],
    history: NDArray[np.float64],
    mass: NDArray[np.float64],
    start: NDArray[np.float64],
    ratio: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the sum of the masses from the observed total on, in the scale of `mass`."""
    total, n = mass.copy(), counts.copy()
    tests = np.arange(counts.size)
    steepest = ratio.max(axis=0)
    while tests.size:
        n += 1
        before = mass.copy()
        _step(history, mass, start, ratio, n)
        total[tests] += mass
        # Successive masses shrink at least like the larger of the present and the final ratio,
        # so a geometric series bounds what is left.
        shrink = np.maximum(
            steepest, np.divide(mass, before, out=np.zeros_like(mass), where=before > 0)
        )
        more = (shrink >= 1) | (mass * shrink > 1e-16 * (1.0 - shrink) * total[tests])
        if not more.all():
            tests, n, steepest, mass = tests[more], n[more], steepest[more], mass[more]
            history, start, ratio = history[:, more], start[:, more], ratio[:, more]
    return total
