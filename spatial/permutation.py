"""Conditional permutation of values over cells: the exact law for counts, simulation for the rest.

The value of the cell under test stays where it is; its neighbours' values are drawn without
replacement from all other cells. For whole counts the law of their sum needs no simulation: with
``n_v`` cells of value ``v``, the number of ways to draw ``k`` cells that sum to ``s`` is the
coefficient of ``t**k z**s`` in ``prod_v (1 + t z**v)**n_v``. All terms are positive, so the
smallest p-values are as exact as the others; a simulation of R draws cannot go below
``1 / (R + 1)``, which blocks any correction for 20,000 tests.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy import special

from spatial.inference import Tails

# Exact work is distinct values × log2 of them × pairs of draws × largest sum; about a minute here.
MOST_EXACT_WORK = 3e10
# Sums of the same real values in another order differ by rounding only; they count as ties.
TIE = 1e-12


def can_be_exact(values: NDArray[np.float64], weights: scipy.sparse.csr_array) -> bool:
    """Return whether `exact_tails` covers these values and weights within reasonable time.

    Parameters
    ----------
    values : ndarray of float, shape (cells,)
    weights : csr_array, shape (cells, cells)

    Examples
    --------
    >>> ring = scipy.sparse.csr_array(np.roll(np.eye(4), 1, axis=1))
    >>> can_be_exact(np.array([1.0, 2.0, 0.0, 1.0]), ring)
    True
    >>> can_be_exact(np.array([1.5, 2.0, 0.0, 1.0]), ring)
    False
    """
    whole = bool((values >= 0).all() and (values == np.floor(values)).all())
    if not whole or not (weights.data == 1).all():
        return False
    drawn = int(np.diff(weights.indptr).max(initial=0))
    distinct = np.unique(values).size
    depth = np.log2(distinct) + 1
    work = distinct * depth * (drawn + 1) ** 2 / 2 * (_largest_sum(values, drawn) + 1)
    ways = np.exp(_log_choose(values.size - 1.0, np.array(float(drawn))))
    return bool(work <= MOST_EXACT_WORK and np.isfinite(ways))


def exact_tails(values: NDArray[np.float64], neighbours: scipy.sparse.csr_array) -> Tails:
    """Return both tails of each cell's neighbour sum under conditional permutation.

    Parameters
    ----------
    values : ndarray of float, shape (cells,)
        Whole, not negative.
    neighbours : csr_array, shape (cells, cells)
        Binary, without a diagonal.

    Returns
    -------
    Tails
        NaN for cells without neighbours. Relative error around 1e-12.

    Examples
    --------
    One of three other cells holds the 2, so a neighbour holds it with probability 1/3:

    >>> ring = scipy.sparse.csr_array(np.roll(np.eye(4), 1, axis=1))
    >>> exact_tails(np.array([0.0, 2.0, 0.0, 0.0]), ring).greater.round(4)
    array([0.3333, 1.    , 1.    , 1.    ])
    """
    sizes = np.diff(neighbours.indptr).astype(np.int64)
    sums = np.asarray(neighbours @ values).astype(np.int64)
    drawn = int(sizes.max(initial=0))
    levels, level_of_cell, held = np.unique(values, return_inverse=True, return_counts=True)
    greater, less = np.full(values.size, np.nan), np.full(values.size, np.nan)
    ways = np.zeros((drawn + 1, _largest_sum(values, drawn) + 1))
    ways[0, 0] = 1.0
    by_level = np.argsort(level_of_cell, kind="stable")
    ends = np.cumsum(held)
    for level, table in _all_but_one(ways, levels.astype(np.int64), held, 0, levels.size):
        cells = by_level[ends[level] - held[level] : ends[level]]
        cells = cells[sizes[cells] > 0]
        at = (sizes[cells], sums[cells])
        up = table[:, ::-1].cumsum(axis=1)[:, ::-1]
        down = table.cumsum(axis=1)
        greater[cells] = up[at] / up[at[0], 0]
        less[cells] = down[at] / up[at[0], 0]
    return Tails(np.minimum(greater, 1.0), np.minimum(less, 1.0))


def simulated_tails(
    values: NDArray[np.float64],
    neighbours: scipy.sparse.csr_array,
    n_permutations: int,
    rng: np.random.Generator,
) -> Tails:
    """Return both tails of each cell's weighted neighbour sum by simulated permutation.

    Parameters
    ----------
    values : ndarray of float, shape (cells,)
    neighbours : csr_array, shape (cells, cells)
        Any weights, without a diagonal.
    n_permutations : int
    rng : numpy Generator

    Returns
    -------
    Tails
        Add-one p-values, ``(1 + as extreme) / (1 + n_permutations)``; NaN without neighbours.

    Examples
    --------
    >>> ring = scipy.sparse.csr_array(np.roll(np.eye(4), 1, axis=1))
    >>> rng = np.random.default_rng(0)
    >>> simulated_tails(np.array([0.0, 2.0, 0.0, 0.0]), ring, 999, rng).less
    array([1.   , 1.   , 0.646, 0.67 ])
    """
    n, sizes = values.size, np.diff(neighbours.indptr)
    drawn = int(sizes.max(initial=0))
    padded = np.zeros((n, drawn))
    rows = np.repeat(np.arange(n), sizes)
    padded[rows, np.arange(neighbours.nnz) - np.repeat(neighbours.indptr[:-1], sizes)] = (
        neighbours.data
    )
    observed = neighbours @ values
    slack = TIE * (np.abs(values).max(initial=0) * padded.sum(axis=1) + 1e-300)
    above, below = np.ones(n), np.ones(n)
    own = np.arange(n)[:, None]
    for _ in range(n_permutations):
        # One draw, rotated from cell to cell so that cells do not share it; then own is skipped.
        picks = (rng.choice(n - 1, drawn, replace=False)[None, :] + own) % (n - 1)
        sums = (padded * values[picks + (picks >= own)]).sum(axis=1)
        above += sums >= observed - slack
        below += sums <= observed + slack
    share = np.where(sizes > 0, 1.0 / (1 + n_permutations), np.nan)
    return Tails(above * share, below * share)


def _all_but_one(
    ways: NDArray[np.float64],
    levels: NDArray[np.int64],
    held: NDArray[np.int64],
    start: int,
    stop: int,
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield, per level, the ways to draw from all cells but one of that level.

    Removing one cell from the finished product would subtract and lose digits, so the product is
    split in halves instead: each half receives the other one's cells.
    """
    if stop - start == 1:
        yield start, _with_cells(ways, int(levels[start]), int(held[start]) - 1)
        return
    middle = (start + stop) // 2
    for inner, outer in (((start, middle), (middle, stop)), ((middle, stop), (start, middle))):
        table = ways
        for level in range(*outer):
            table = _with_cells(table, int(levels[level]), int(held[level]))
        yield from _all_but_one(table, levels, held, *inner)


def _with_cells(ways: NDArray[np.float64], value: int, n: int) -> NDArray[np.float64]:
    """Return the ways to draw after `n` more cells of one value may be drawn."""
    drawn, width = ways.shape[0] - 1, ways.shape[1]
    result = ways.copy()
    for m in range(1, min(drawn, n) + 1):
        shift = m * value
        if shift >= width:
            break
        result[m:, shift:] += special.comb(n, m) * ways[: drawn + 1 - m, : width - shift]
    return result


def _largest_sum(values: NDArray[np.float64], drawn: int) -> int:
    return int(np.sort(values)[::-1][:drawn].sum())


def _log_choose(n: float, k: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1))
