"""Simulated permutations: the check on the computed law, and the law of global statistics.

For local statistics each cell has its own draws without replacement from all other cells. Work is
cut into chunks of one size, each with its own generator, so results depend on the seed and not on
the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from spatial._compiled import chunks, compiled, on_threads
from spatial.inference import Tails

CELLS_IN_CHUNK = 2_048
SHUFFLES_IN_CHUNK = 16
# Sums of the same real values in another order differ by rounding only; they count as ties.
TIE = 1e-12


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
    >>> found = simulated_tails(np.array([0.0, 2, 0, 0]), ring, 9_999, np.random.default_rng(0))
    >>> found.greater.round(2)
    array([0.33, 1.  , 1.  , 1.  ])
    """
    n = values.size
    above, below = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    observed = np.asarray(neighbours @ values)
    reach = np.abs(values).max(initial=0.0) * np.asarray(neighbours.sum(axis=1)) + 1e-300
    indptr = neighbours.indptr.astype(np.int64)
    parts = chunks(n, CELLS_IN_CHUNK)
    seeds = [one.integers(1, 2**63, 2, dtype=np.uint64) for one in rng.spawn(len(parts))]

    def run(start: int, stop: int, seed: NDArray[np.uint64]) -> None:
        _draw(
            *(values, indptr, neighbours.data, observed, TIE * reach, n_permutations),
            *(start, stop, seed, above, below),
        )

    tasks: list[Callable[[], None]] = [
        partial(run, *part, seed) for part, seed in zip(parts, seeds, strict=True)
    ]
    for _ in on_threads(tasks):
        pass
    share = np.where(np.diff(indptr) > 0, 1.0 / (1 + n_permutations), np.nan)
    return Tails(np.asarray((above + 1.0) * share), np.asarray((below + 1.0) * share))


def shuffled_products(
    values: NDArray[np.float64],
    weights: scipy.sparse.csr_array,
    n_permutations: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return ``sum_ij w_ij x_i x_j`` after each of many shuffles of all values.

    Parameters
    ----------
    values : ndarray of float, shape (cells,)
    weights : csr_array, shape (cells, cells)
    n_permutations : int
    rng : numpy Generator

    Returns
    -------
    ndarray of float, shape (n_permutations,)

    Examples
    --------
    >>> pair = scipy.sparse.csr_array([[0.0, 1.0], [1.0, 0.0]])
    >>> shuffled_products(np.array([2.0, 3.0]), pair, 2, np.random.default_rng(0))
    array([12., 12.])
    """
    found = np.empty(n_permutations)
    parts = chunks(n_permutations, SHUFFLES_IN_CHUNK)
    seeds = [one.integers(1, 2**63, 2, dtype=np.uint64) for one in rng.spawn(len(parts))]
    indptr, indices = weights.indptr.astype(np.int64), weights.indices.astype(np.int64)
    tasks: list[Callable[[], None]] = [
        partial(_shuffle, values, indptr, indices, weights.data, found[start:stop], seed)
        for (start, stop), seed in zip(parts, seeds, strict=True)
    ]
    for _ in on_threads(tasks):
        pass
    return found


@compiled
def _next(state: NDArray[np.uint64]) -> np.uint64:
    """Advance xoroshiro128+ (Blackman and Vigna, 2018) and return its upper 32 bits."""
    one, two = state[0], state[1]
    result = one + two
    two ^= one
    state[0] = ((one << np.uint64(24)) | (one >> np.uint64(40))) ^ two ^ (two << np.uint64(16))
    state[1] = (two << np.uint64(37)) | (two >> np.uint64(27))
    return np.uint64(result >> np.uint64(32))


@compiled
def _below(state: NDArray[np.uint64], n: np.uint64) -> np.uint64:
    """Return a whole number below `n`, all equally likely (Lemire, 2019)."""
    product = _next(state) * n
    low = product & np.uint64(0xFFFFFFFF)
    if low < n:
        threshold = (np.uint64(0x100000000) - n) % n
        while low < threshold:
            product = _next(state) * n
            low = product & np.uint64(0xFFFFFFFF)
    return np.uint64(product >> np.uint64(32))


@compiled
def _draw(
    values: NDArray[np.float64],
    indptr: NDArray[np.int64],
    weights: NDArray[np.float64],
    observed: NDArray[np.float64],
    slack: NDArray[np.float64],
    n_permutations: int,
    start: int,
    stop: int,
    seed: NDArray[np.uint64],
    above: NDArray[np.int64],
    below: NDArray[np.int64],
) -> None:
    state = seed.copy()
    others = values.size - 1
    most = 0
    for i in range(start, stop):
        most = max(most, indptr[i + 1] - indptr[i])
    picks = np.empty(most, dtype=np.int64)
    for i in range(start, stop):
        first, k = indptr[i], indptr[i + 1] - indptr[i]
        high, low = observed[i] - slack[i], observed[i] + slack[i]
        n_above, n_below = 0, 0
        for _ in range(n_permutations if k > 0 else 0):
            total = 0.0
            for j in range(k):
                new = False
                pick = 0
                while not new:
                    pick = int(_below(state, np.uint64(others)))
                    new = True
                    for earlier in range(j):
                        new = new and picks[earlier] != pick
                picks[j] = pick
                total += weights[first + j] * values[pick + (pick >= i)]
            n_above += total >= high
            n_below += total <= low
        above[i], below[i] = n_above, n_below


@compiled
def _shuffle(
    values: NDArray[np.float64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    weights: NDArray[np.float64],
    found: NDArray[np.float64],
    seed: NDArray[np.uint64],
) -> None:
    state, shuffled = seed.copy(), values.copy()
    n = values.size
    for r in range(found.size):
        for i in range(n - 1, 0, -1):
            j = int(_below(state, np.uint64(i + 1)))
            shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
        total = 0.0
        for i in range(n):
            lag = 0.0
            for at in range(indptr[i], indptr[i + 1]):
                lag += weights[at] * shuffled[indices[at]]
            total += shuffled[i] * lag
        found[r] = total
