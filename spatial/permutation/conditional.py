"""Conditional permutation of values over cells: one law for Gi, Gi* and local Moran.

The value of the cell under test stays where it is; its neighbours' values are drawn without
replacement from all other cells. The law of their weighted sum is computed and not simulated: a
simulation of R draws cannot go below ``1 / (R + 1)``, which blocks any correction for 20,000 tests.

Where a row's weights are equal, values are put on a grid of whole numbers (counts are on one
already) and the law on that grid is exact. Where they are not, it is a saddlepoint approximation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from spatial.inference import Tails
from spatial.permutation.draw_sums import draw_tails
from spatial.permutation.saddlepoint import saddlepoint_tails
from spatial.permutation.shuffles import simulated_tails
from spatial.permutation.value_grid import on_grid

# Sums fewer grid steps than this from the smallest or largest one get a finer grid.
COARSE = 2**9
# Weights of one row that differ by less than rounding count as equal.
SAME_WEIGHT = 1e-12


def permuted_tails(
    values: NDArray[np.float64],
    weights: scipy.sparse.csr_array,
    n_permutations: int | None = None,
    rng: np.random.Generator | None = None,
) -> Tails:
    """Return both tails of each cell's weighted neighbour sum under conditional permutation.

    Parameters
    ----------
    values : ndarray of float, shape (cells,)
    weights : csr_array, shape (cells, cells)
        Any. What stands on the diagonal belongs to the cell itself, which stays, so it is left out.
    n_permutations : int, optional
        Simulate so many; by default the law is computed.
    rng : numpy Generator, optional
        Needed to simulate.

    Returns
    -------
    Tails
        NaN for cells without neighbours.

    Raises
    ------
    ValueError
        If a simulation has no `rng` or fewer than one permutation.

    Examples
    --------
    >>> ring = scipy.sparse.csr_array(np.roll(np.eye(4), 1, axis=1))
    >>> permuted_tails(np.array([0.0, 2.0, 0.0, 0.0]), ring).less.round(4)
    array([1.    , 1.    , 0.6667, 0.6667])
    """
    neighbours = without_self(weights)
    if n_permutations is not None:
        source = check_permutations(n_permutations, rng)
        return simulated_tails(values, neighbours, n_permutations, source)
    equal = _equal_rows(neighbours)
    if equal.all():
        return exact_tails(values, neighbours)
    rows = np.flatnonzero(~equal)
    tails = saddlepoint_tails(values, neighbours, rows)
    same = exact_tails(values, _only(neighbours, equal))
    greater, less = same.greater.copy(), same.less.copy()
    greater[rows], less[rows] = tails.greater, tails.less
    return Tails(greater, less)


def check_permutations(n_permutations: int, rng: np.random.Generator | None) -> np.random.Generator:
    """Return the generator of a simulation, or raise ValueError if it cannot run."""
    if rng is None:
        raise ValueError("rng: simulated permutations need a numpy Generator")
    if n_permutations < 1:
        raise ValueError(f"n_permutations: expected 1 or more, found {n_permutations}")
    return rng


def without_self(weights: scipy.sparse.csr_array) -> scipy.sparse.csr_array:
    """Return the weights without their diagonal: a cell's own value stays where it is."""
    diagonal = scipy.sparse.diags_array(weights.diagonal(), format="csr")
    neighbours = scipy.sparse.csr_array(weights - diagonal)
    neighbours.eliminate_zeros()
    return neighbours


def drawn_moments(
    values: NDArray[np.float64], neighbours: scipy.sparse.csr_array
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance of each cell's weighted neighbour sum under permutation.

    Parameters
    ----------
    values : ndarray of float, shape (cells, periods)
    neighbours : csr_array, shape (cells, cells)
        Without a diagonal.

    Returns
    -------
    mean, variance : ndarray of float, shape (cells, periods)

    References
    ----------
    Sokal, Oden, Thomson (1998), Geographical Analysis 30, 331-354, equations A7 and A8.

    Examples
    --------
    >>> ring = scipy.sparse.csr_array(np.roll(np.eye(4), 1, axis=1))
    >>> mean, variance = drawn_moments(np.array([[0.0], [2.0], [0.0], [0.0]]), ring)
    >>> mean[0].round(3), variance[0].round(3)
    (array([0.667]), array([0.889]))
    """
    n = values.shape[0] - 1
    # Centred first: squares of large values that hardly differ would lose the difference.
    centre = values.mean(axis=0)
    centred = values - centre
    mean = (centred.sum(axis=0) - centred) / n
    variance = ((centred**2).sum(axis=0) - centred**2) / n - mean**2
    size = np.asarray(neighbours.sum(axis=1))[:, None]
    squared = np.asarray(neighbours.power(2).sum(axis=1))[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = variance * (n * squared - size**2) / (n - 1)
    return (mean + centre) * size, spread


def can_be_exact(values: NDArray[np.float64], weights: scipy.sparse.csr_array) -> bool:
    """Return whether the permutation law of these values and weights is exact.

    Parameters
    ----------
    values : ndarray of float, shape (cells,)
    weights : csr_array, shape (cells, cells)

    Examples
    --------
    >>> ring = scipy.sparse.csr_array(np.roll(np.eye(4), 1, axis=1))
    >>> can_be_exact(np.array([1.0, 2.0, 0.0, 1.0]), ring)
    True
    >>> can_be_exact(np.array([1.5, 2.0, 0.1, np.pi]), ring)
    False
    """
    drawn = int(np.diff(weights.indptr).max(initial=0))
    return bool(_equal_rows(weights).all()) and on_grid(values, drawn).exact


def exact_tails(values: NDArray[np.float64], neighbours: scipy.sparse.csr_array) -> Tails:
    """Return both tails of each cell's neighbour sum where a row's weights are equal.

    Parameters
    ----------
    values : ndarray of float, shape (cells,)
        Exact for counts and for multiples of one step; others are rounded, see `on_grid`.
    neighbours : csr_array, shape (cells, cells)
        Without a diagonal; which weight a row has does not matter.

    Returns
    -------
    Tails
        NaN for cells without neighbours. Relative error below 1e-5 at any depth.

    Examples
    --------
    One of three other cells holds the 2, so a neighbour holds it with probability 1/3:

    >>> ring = scipy.sparse.csr_array(np.roll(np.eye(4), 1, axis=1))
    >>> exact_tails(np.array([0.0, 2.0, 0.0, 0.0]), ring).greater.round(4)
    array([0.3333, 1.    , 1.    , 1.    ])
    """
    member = scipy.sparse.csr_array(
        (np.ones(neighbours.nnz), neighbours.indices, neighbours.indptr), shape=neighbours.shape
    )
    return pooled_tails(
        values, np.diff(neighbours.indptr), lambda codes: np.asarray(member @ codes)
    )


def pooled_tails(
    values: NDArray[np.float64],
    sizes: NDArray[Any],
    add_up: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> Tails:
    """Return both tails of sums of neighbours, for any pool of values and any neighbourhood.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        The pool: cells, or cells of all periods one after the other.
    sizes : ndarray of int, shape (n,)
        Neighbours of each, itself not counted.
    add_up : callable
        Maps one number per entry of the pool to the plain sum over each entry's neighbours.

    Returns
    -------
    Tails
        Under permutation of all entries but the one under test; NaN without neighbours.

    Examples
    --------
    >>> before = lambda numbers: np.concatenate([[0.0], numbers[:-1]])
    >>> pooled_tails(np.array([0.0, 2.0, 0.0]), np.array([0, 1, 1]), before).greater
    array([nan, 1. , 0.5])
    """
    size = np.asarray(sizes, dtype=np.int64)
    return _from_below(values - values.min(), size, add_up)


def _from_below(
    above: NDArray[np.float64],
    size: NDArray[np.int64],
    add_up: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> Tails:
    """Return both tails; sums close to one end of a rounded grid get a finer one of their own."""
    grid = on_grid(above, int(size.max(initial=1)))
    totals = np.rint(add_up(grid.codes.astype(float))).astype(np.int64)
    if grid.exact:
        return draw_tails(grid.codes, size, totals)
    found = draw_tails(grid.codes, size, totals, add_up(above / grid.step - grid.codes))
    greater, less = found.greater, found.less
    below = int(grid.codes.max()) * size - totals
    near_bottom = (size > 0) & (totals < COARSE)
    near_top = (size > 0) & (below < COARSE) & ~near_bottom
    for near, distance, is_top in (
        (near_bottom, above, False),
        (near_top, above.max() - above, True),
    ):
        cap = _cap(distance, add_up(distance)[near])
        if cap < distance.max() / 4:
            nearer = np.where(near, size, 0)
            finer = _from_below(np.minimum(distance, cap), nearer, add_up)
            greater[near] = (finer.less if is_top else finer.greater)[near]
            less[near] = (finer.greater if is_top else finer.less)[near]
    return Tails(greater, less)


def _cap(distance: NDArray[np.float64], sums: NDArray[np.float64]) -> float:
    """Return a value beyond all sums: one such value decides alone, however far beyond it is."""
    if not sums.size:
        return np.inf
    largest = float(sums.max())
    return 1.01 * largest if largest > 0 else float(distance[distance > 0].min())


def _only(weights: scipy.sparse.csr_array, rows: NDArray[np.bool_]) -> scipy.sparse.csr_array:
    """Return the weights with the other rows empty."""
    kept = scipy.sparse.csr_array(scipy.sparse.diags_array(rows.astype(float)) @ weights)
    kept.eliminate_zeros()
    return kept


def _equal_rows(weights: scipy.sparse.csr_array) -> NDArray[np.bool_]:
    """Return which rows hold one weight only, or none."""
    sizes = np.diff(weights.indptr)
    if not weights.nnz:
        return np.ones(sizes.size, dtype=bool)
    first = np.repeat(weights.data[np.minimum(weights.indptr[:-1], weights.nnz - 1)], sizes)
    unequal = np.abs(weights.data - first) > SAME_WEIGHT * first
    rows = np.repeat(np.arange(sizes.size), sizes)[unequal]
    result = np.ones(sizes.size, dtype=bool)
    result[rows] = False
    return result
