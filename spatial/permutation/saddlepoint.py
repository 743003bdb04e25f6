"""Tails of weighted neighbour sums under permutation, for rows whose weights are not all equal.

Slots with different weights cannot share one table, so each row gets its own law: the permutation
is tilted so that the observed sum becomes its mean (the saddlepoint), the tilted sum is convolved
slot by slot on a grid, and the tilt is undone. Lumps, such as the many zeros of rates, and heavy
tails stay what they are, where the usual closed formulas assume a smooth density. That no cell
fills two slots enters through the multipliers of the tilt, its normaliser and the sum's variance.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from spatial._compiled import chunks, on_threads
from spatial.inference import Tails
from spatial.permutation.tilted_slots import tails_of_rows
from spatial.permutation.value_grid import common_step

ROWS_IN_CHUNK = 64
# Levels of the population that a row looks at; more are merged, those at both ends last.
MOST_LEVELS = 256


def saddlepoint_tails(
    values: NDArray[np.float64],
    neighbours: scipy.sparse.csr_array,
    rows: NDArray[np.int64] | None = None,
) -> Tails:
    """Return both tails of cells' weighted neighbour sums under conditional permutation.

    Parameters
    ----------
    values : ndarray of float, shape (cells,)
    neighbours : csr_array, shape (cells, cells)
        Any weights, without a diagonal.
    rows : ndarray of int, optional
        Cells to test; all by default.

    Returns
    -------
    Tails
        For the given rows; NaN without neighbours. An approximation: docs/METHODS.md has its
        measured errors.

    References
    ----------
    Robinson (1982), J. R. Statist. Soc. B 44, 91-101 (the tilted permutation); Vontobel (2013),
    IEEE Trans. Information Theory 59, 1866-1901 (its normaliser, the Bethe permanent).

    Examples
    --------
    Of all pairs of other cells, 16.7 % sum to as much (the one and half the other) or more:

    >>> near = scipy.sparse.lil_array((101, 101))
    >>> near[0, [70, 80]] = 1.0, 0.5
    >>> found = saddlepoint_tails(np.arange(101.0), near.tocsr(), np.array([0]))
    >>> found.greater.round(2)
    array([0.17])
    """
    tested = np.arange(values.size) if rows is None else rows
    greater, less = np.full(tested.size, np.nan), np.full(tested.size, np.nan)
    distinct, count = np.unique(values, return_counts=True)
    step = common_step(distinct - distinct[0])
    ends = float(distinct[0]), float(distinct[-1])
    levels, held = _merge(distinct, count.astype(float))
    indptr = neighbours.indptr.astype(np.int64)
    indices = neighbours.indices.astype(np.int64)

    def run(start: int, stop: int) -> None:
        tails_of_rows(
            *(values, levels, held, step, indptr, indices, neighbours.data),
            *(ends, tested[start:stop], greater[start:stop], less[start:stop]),
        )

    tasks: list[Callable[[], None]] = [
        partial(run, *part) for part in chunks(tested.size, ROWS_IN_CHUNK)
    ]
    for _ in on_threads(tasks):
        pass
    return Tails(greater, less)


def _merge(
    levels: NDArray[np.float64], held: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Merge levels into means, the further from both ends the more of them."""
    if levels.size <= MOST_LEVELS:
        return levels, held
    below = np.cumsum(held) - held / 2
    rank = np.minimum(below, held.sum() - below)
    # Single at first, then bins in proportion to their rank; 0.4 of the levels for each end.
    single = MOST_LEVELS / 20
    step = np.log(held.sum() / 2 / single) / (0.4 * MOST_LEVELS)
    bins = np.where(rank < single, rank, single + np.log(np.maximum(rank / single, 1)) / step)
    bins = np.floor(np.where(below < held.sum() / 2, bins, 4 * MOST_LEVELS - bins))
    # What many cells share is a lump, not a part of a continuum.
    lump = held > held.sum() / MOST_LEVELS
    new = (np.diff(bins, prepend=-1.0) != 0) | lump | np.roll(lump, 1)
    starts = np.flatnonzero(new)
    count = np.add.reduceat(held, starts)
    return np.add.reduceat(levels * held, starts) / count, count
