"""Which bins of a space-time cube are hot or cold: Gi* over space and the steps just before.

A bin is one cell at one step. Its neighbourhood holds the cell and its neighbours at that step and
the `k` steps before it (fewer at the start). It is compared with all bins of the cube, or with its
own expected count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy import stats

from spatial.count_laws.dispersion import Dispersion, estimate_dispersion
from spatial.getis_ord import getis_ord
from spatial.inference import Tails, benjamini_hochberg
from spatial.permutation.conditional import pooled_tails


@dataclass(frozen=True)
class BinTests:
    """Tests of all bins, in the shape of the cube; NaN where a bin could not be tested.

    Attributes
    ----------
    z : ndarray of float
        Standardised deviation of the neighbourhood's total.
    rate : ndarray of float
        The neighbourhood's mean per bin, or its observed over its expected total: alike for
        windows of different length, while `z` of a steadily hot cell grows with its window.
    q_hot, q_cold : ndarray of float
        By Benjamini and Hochberg over all bins × both tails.
    dispersion : float or None
        The dispersion that a negative binomial test used.
    """

    z: NDArray[np.float64]
    rate: NDArray[np.float64]
    q_hot: NDArray[np.float64]
    q_cold: NDArray[np.float64]
    dispersion: float | None = None


def window_sums(values: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """Return sums over the current and up to `k` previous steps.

    Parameters
    ----------
    values : ndarray of float, shape (cells, steps)
    k : int

    Returns
    -------
    ndarray of float, shape (cells, steps)

    Examples
    --------
    >>> window_sums(np.array([[1.0, 2.0, 4.0]]), 1)
    array([[1., 3., 6.]])
    """
    sums = values.copy()
    for lag in range(1, min(k, values.shape[1] - 1) + 1):
        sums[:, lag:] += values[:, :-lag]
    return sums


def bins_against_expected(
    counts: NDArray[np.float64],
    expected: NDArray[np.float64],
    weights: scipy.sparse.csr_array,
    k: int,
    null: str,
    dispersion: Dispersion | float | None,
) -> BinTests:
    """Compare every bin's neighbourhood with its own expected count.

    Parameters
    ----------
    counts, expected : ndarray of float, shape (cells, steps)
        NaN in `expected` where it is not known.
    weights : csr_array, shape (cells, cells)
        Binary, with a full diagonal.
    k : int
        Previous steps in the window.
    null : {"poisson", "negative_binomial"}
    dispersion : Dispersion or float, optional
        By default estimated from the single bins.

    Returns
    -------
    BinTests
        A cell's counts over the window are one member of the sum, with their expected counts
        added: what makes a place differ from its expected count lasts longer than a step, so the
        steps of one place are not independent.

    Examples
    --------
    >>> pair = scipy.sparse.csr_array(np.ones((2, 2)))
    >>> counts = np.array([[1.0, 1.0, 9.0], [0.0, 1.0, 8.0]])
    >>> tests = bins_against_expected(counts, np.ones((2, 3)), pair, 1, "poisson", None)
    >>> tests.rate[0]
    array([0.5 , 0.75, 4.75])
    """
    known = ~np.isnan(expected)
    means = np.where(known, expected, 0.0)
    if null == "negative_binomial" and dispersion is None:
        dispersion = estimate_dispersion(counts, expected)
    found = getis_ord(
        window_sums(np.where(known, counts, 0.0), k),
        weights,
        expected=np.where(known, window_sums(means, k), np.nan),
        null=null,
        dispersion=dispersion,
    )
    q = benjamini_hochberg(np.stack([found.tails.greater, found.tails.less]))
    return BinTests(found.z, found.statistic, q[0], q[1], found.dispersion)


def bins_against_cube(
    values: NDArray[np.float64],
    weights: scipy.sparse.csr_array,
    k: int,
    null: str,
    n_permutations: int | None,
    rng: np.random.Generator | None,
) -> BinTests:
    """Compare every bin's neighbourhood with all bins of the cube.

    Parameters
    ----------
    values : ndarray of float, shape (cells, steps)
    weights : csr_array, shape (cells, cells)
        With a full diagonal.
    k : int
        Previous steps in the window.
    null : {"permutation", "normal"}
    n_permutations, rng
        As for `spatial.getis_ord`.

    Returns
    -------
    BinTests

    Examples
    --------
    >>> pair = scipy.sparse.csr_array(np.ones((2, 2)))
    >>> counts = np.array([[1.0, 1.0, 9.0], [0.0, 1.0, 8.0]])
    >>> tests = bins_against_cube(counts, pair, 0, "normal", None, None)
    >>> tests.rate[0], tests.z[0].round(2)
    (array([0.5, 1. , 8.5]), array([-1.22, -1.  ,  2.22]))
    """
    bins = values.size
    windows = np.minimum(np.arange(values.shape[1]), k) + 1
    totals = np.asarray(weights @ window_sums(values, k))
    size = np.multiply.outer(np.asarray(weights.sum(axis=1)), windows)
    squared = np.multiply.outer(np.asarray(weights.power(2).sum(axis=1)), windows)
    placed = placed_cells(weights)[:, None]
    mean = values.sum() / bins
    variance = ((values - mean) ** 2).sum() / bins
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(variance * (bins * squared - size**2) / (bins - 1))
        z = np.where(placed & (spread > 0), (totals - mean * size) / spread, np.nan)
    if null == "normal":
        tails = Tails(stats.norm.sf(z), stats.norm.cdf(z))
    else:
        tails = _permuted(values, weights, k, n_permutations, rng)
    p = np.where(placed, np.stack([tails.greater, tails.less]), np.nan)
    q = benjamini_hochberg(p)
    return BinTests(z, np.where(placed, totals / size, np.nan), q[0], q[1])


def placed_cells(weights: scipy.sparse.csr_array) -> NDArray[np.bool_]:
    """Return which cells have a neighbour; all, where the weights ask for each cell by itself.

    Examples
    --------
    >>> placed_cells(scipy.sparse.csr_array(np.array([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])))
    array([ True,  True, False])
    """
    placed = np.diff(weights.indptr) > 1
    return np.asarray(placed | ~placed.any())


def _permuted(
    values: NDArray[np.float64],
    weights: scipy.sparse.csr_array,
    k: int,
    n_permutations: int | None,
    rng: np.random.Generator | None,
) -> Tails:
    cells = np.diff(weights.indptr)
    alike = (weights.data == np.repeat(weights.data[weights.indptr[:-1]], cells)).all()
    if not alike or n_permutations is not None:
        space_time = _space_time_weights(weights, values.shape[1], k)
        tails = getis_ord(values.ravel(), space_time, n_permutations=n_permutations, rng=rng).tails
    else:
        member = scipy.sparse.csr_array(weights > 0).astype(float)
        windows = np.minimum(np.arange(values.shape[1]), k) + 1

        def others(codes: NDArray[np.float64]) -> NDArray[np.float64]:
            cube = codes.reshape(values.shape)
            return np.asarray(member @ window_sums(cube, k) - cube).ravel()

        sizes = np.multiply.outer(cells, windows) - 1
        tails = pooled_tails(values.ravel(), sizes.ravel(), others)
    return Tails(tails.greater.reshape(values.shape), tails.less.reshape(values.shape))


def _space_time_weights(
    weights: scipy.sparse.csr_array, steps: int, k: int
) -> scipy.sparse.csr_array:
    """Return the weights between bins, each cell's steps one after the other."""
    window = np.tri(steps) - np.tri(steps, k=-k - 1)
    between: scipy.sparse.csr_array = scipy.sparse.kron(weights, window, format="csr")
    return between
