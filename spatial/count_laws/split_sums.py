"""How likely a neighbourhood's cases fall into two periods as they did, or more unevenly.

Each member's split is beta-binomial around its own share, independent of the others; given all the
members' totals their sum is a convolution. A single beta-binomial with the same mean and variance
is computed much faster and is near enough for what is not remarkable; its far tail is not the
sum's: too heavy where one member has most of the cases, too thin where all are alike.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from spatial._compiled import chunks, compiled, on_threads
from spatial.count_laws.beta_binomial import beta_binomial_tails, masses, share_law
from spatial.inference import Tails

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Neighbourhoods of at most so many cases are always convolved member by member, larger ones only
# where a tail by the matched law is remarkable, and beyond the second number not at all: time goes
# with the square of the total. docs/METHODS.md tells how far the matched law is off.
ALWAYS_CONVOLVED, LARGEST_CONVOLVED = 100, 1_000
REMARKABLE = 0.1
# Tests that one task takes.
TASK = 2_048


def split_tails(
    total: Ints, share: Floats, later: Ints, weights: scipy.sparse.csr_array, dispersion: float
) -> Tails:
    """Return both tails of the neighbourhoods' later counts, given every member's total.

    Parameters
    ----------
    total : ndarray of int, shape (areas,)
        Cases of both periods.
    share : ndarray of float, shape (areas,)
        Expected part of them in the later period, strictly between 0 and 1.
    later : ndarray of int, shape (tests,)
        Later cases of each neighbourhood.
    weights : csr_array, shape (tests, areas)
        Binary: which areas make each neighbourhood.
    dispersion : float
        Of each period's count around its expected value.

    Returns
    -------
    Tails
        Arrays of shape (tests,). Exact up to rounding for single areas, for neighbourhoods of at
        most `ALWAYS_CONVOLVED` cases, and of at most `LARGEST_CONVOLVED` where a tail is below
        `REMARKABLE`; else those of the beta-binomial with the same mean and variance.

    Examples
    --------
    Two places with three cases each, all of them in the later period:

    >>> both = scipy.sparse.csr_array(np.ones((1, 2)))
    >>> half = np.array([0.5, 0.5])
    >>> split_tails(np.array([3, 3]), half, np.array([6]), both, 0.0).greater
    array([0.015625])
    """
    mean, step = share_law(share, dispersion)
    # Those without cases have no part in any sum.
    counted = scipy.sparse.csr_array(weights * (total > 0))
    counted.eliminate_zeros()
    sums = np.asarray(counted @ total)
    simple = beta_binomial_tails(later, *matched_split(total, mean, step, counted))
    tails = np.stack([simple.greater, simple.less])
    several = np.diff(counted.indptr) > 1
    remarkable = (sums <= ALWAYS_CONVOLVED) | (tails.min(axis=0) <= REMARKABLE)
    rows = np.flatnonzero(several & remarkable & (sums <= LARGEST_CONVOLVED))
    tails[:, rows] = _convolved(total, mean, step, later[rows], counted[rows])
    return Tails(np.minimum(tails[0], 1.0), np.minimum(tails[1], 1.0))


def matched_split(
    total: Ints, share: Floats, step: Floats, weights: scipy.sparse.csr_array
) -> tuple[Ints, Floats, Floats]:
    """Return total, share and step of the beta-binomial with mean and variance of each sum.

    Parameters
    ----------
    total, share, step : ndarray, shape (areas,)
    weights : csr_array, shape (tests, areas)

    Examples
    --------
    >>> pair = scipy.sparse.csr_array(np.ones((1, 2)))
    >>> matched_split(np.array([5, 5]), np.array([0.5, 0.5]), np.array([0.2, 0.2]), pair)
    (array([10]), array([0.5]), array([0.08]))
    """
    sums = np.asarray(weights @ total).astype(np.int64)
    several = np.maximum(sums, 1)
    mean = np.where(sums > 0, (weights @ (total * share)) / several, 0.5)
    correlation = step / (1.0 + step)
    spread = total * share * (1.0 - share) * (1.0 + (total - 1) * correlation)
    excess = (weights @ spread) / (several * mean * (1.0 - mean)) - 1.0
    # Unlike shares alone make a sum vary less than a binomial: that is taken as one.
    matched = np.clip(excess / np.maximum(sums - 1, 1), 0.0, 1.0 - 1e-9)
    return sums, mean, matched / (1.0 - matched)


def _convolved(
    total: Ints, share: Floats, step: Floats, later: Ints, weights: scipy.sparse.csr_array
) -> Floats:
    """Return upper and lower tails as rows. Areas with the same law share its masses."""
    used = np.unique(weights.indices)
    shares, of_share = np.unique(share[used], return_inverse=True)
    keys, of_used, law = np.unique(
        total[used] * shares.size + of_share, return_index=True, return_inverse=True
    )
    totals, owner = keys // shares.size, used[of_used]
    whole, start = masses(totals, share[owner], step[owner], np.zeros_like(totals), totals)
    of_area = np.zeros(total.size, dtype=np.int64)
    of_area[used] = law
    members, first = of_area[weights.indices], weights.indptr.astype(np.int64)
    tasks = [
        partial(_tails, whole, start, members, first[a : b + 1], later[a:b])
        for a, b in chunks(later.size, TASK)
    ]
    found = [np.empty((2, 0)), *on_threads(tasks)]
    return np.concatenate(found, axis=1)


@compiled
def _tails(whole: Floats, start: Ints, members: Ints, first: Ints, later: Ints) -> Floats:
    found = np.empty((2, later.size))
    most = 1
    for i in range(later.size):
        size = 1
        for j in range(first[i], first[i + 1]):
            size += start[members[j] + 1] - start[members[j]] - 1
        most = max(most, size)
    law, longer = np.empty(most), np.empty(most)
    for i in range(later.size):
        law[0], size = 1.0, 1
        for j in range(first[i], first[i + 1]):
            a, b = start[members[j]], start[members[j] + 1]
            longer[: size + b - a - 1] = 0.0
            for k in range(a, b):
                mass = whole[k]
                for m in range(size):
                    longer[m + k - a] += law[m] * mass
            size += b - a - 1
            law, longer = longer, law
        found[0, i] = law[later[i] : size].sum()
        found[1, i] = law[: later[i] + 1].sum()
    return found
