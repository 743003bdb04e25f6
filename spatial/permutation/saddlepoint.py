"""Tails of weighted neighbour sums under permutation, for rows whose weights are not all equal.

Slots with different weights cannot share one table, so each row gets its own law: the permutation
is tilted so that the observed sum becomes its mean (the saddlepoint), the tilted sum is convolved
slot by slot on a grid, and the tilt is undone. Lumps, such as the many zeros of rates, and heavy
tails stay what they are, where the usual closed formulas assume a smooth density. That no cell
fills two slots enters through the multipliers of the tilt, its normaliser and the sum's variance.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from spatial._compiled import chunks, compiled, on_threads
from spatial.inference import Tails
from spatial.permutation.tilted_slots import STEPS, slot_tails
from spatial.permutation.value_grid import common_step

ROWS_IN_CHUNK = 64
# Levels of the population that a row looks at; more are merged, those at both ends last.
MOST_LEVELS = 256
# Different weights of one row; more are merged into their means.
MOST_GROUPS = 24


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
        _tails_of_rows(
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


@compiled
def _tails_of_rows(
    values: NDArray[np.float64],
    levels: NDArray[np.float64],
    held: NDArray[np.float64],
    step: float,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    weights: NDArray[np.float64],
    ends: tuple[float, float],
    rows: NDArray[np.int64],
    greater: NDArray[np.float64],
    less: NDArray[np.float64],
) -> None:
    left = held.copy()
    low, high = ends
    for at in range(rows.size):
        row = rows[at]
        first, last = indptr[row], indptr[row + 1]
        if first == last:
            continue
        own = 0
        for b in range(levels.size):
            if abs(levels[b] - values[row]) < abs(levels[own] - values[row]):
                own = b
        left[own] -= 1.0
        # Values are counted from the end that is nearer to the observed sum.
        up, down = 0.0, 0.0
        for j in range(first, last):
            up += weights[j] * (values[indices[j]] - low)
            down += weights[j] * (high - values[indices[j]])
        sign, end, total = (1.0, low, up) if up <= down else (-1.0, high, down)
        weight, slots = _groups(weights[first:last])
        scale, unit = _grid(total, weight[-1], step)
        drawn = sign * (values[indices[first:last]] - end)
        observed, lost = _observed(weights[first:last], drawn, scale, unit)
        codes = np.empty((weight.size, levels.size), dtype=np.int64)
        for g in range(weight.size):
            for b in range(levels.size):
                code, _ = _code(weight[g], sign * (levels[b] - end), scale, unit)
                # Beyond the observed sum it does not matter how far: one slot alone decides.
                codes[g, b] = min(code, observed + 1)
        far, near = slot_tails(codes, left, slots, observed, lost)
        greater[at], less[at] = (far, near) if sign > 0.0 else (near, far)
        left[own] += 1.0


@compiled
def _observed(
    weights: NDArray[np.float64], drawn: NDArray[np.float64], scale: float, unit: float
) -> tuple[int, float]:
    """Return the observed sum in grid steps, and what rounding took from it."""
    observed, lost = 0, 0.0
    for j in range(weights.size):
        code, rounded = _code(weights[j], drawn[j], scale, unit)
        observed += code
        lost += rounded
    return observed, lost


@compiled
def _grid(total: float, heaviest: float, step: float) -> tuple[float, float]:
    """Return grid steps per unit of sum, and the unit of values whose multiples stay multiples.

    On counts, sums made in different ways tie. With few units in the sum, weights are rounded
    instead of products, so that ties remain; the heaviest weight becomes a multiple of 12 steps,
    so that halves, thirds and quarters of it tie as well.
    """
    units = total / (heaviest * step) if step > 0.0 else math.inf
    if units * 12.0 > STEPS:
        return STEPS / max(total, 1e-300), 0.0
    return 12.0 * math.floor(STEPS / (12.0 * max(units, 1.0))) / (heaviest * step), step


@compiled
def _code(weight: float, value: float, scale: float, unit: float) -> tuple[int, float]:
    """Return a slot's part of the sum in grid steps, and what rounding took from it."""
    if unit > 0.0:
        return int(round(weight * unit * scale) * round(value / unit)), 0.0
    exact = min(weight * value * scale, 4.0 * STEPS)
    return round(exact), exact - round(exact)


@compiled
def _groups(weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the different weights of a row and how many slots have each."""
    ordered = weights.copy()
    for i in range(1, ordered.size):
        j, moving = i, ordered[i]
        while j > 0 and ordered[j - 1] > moving:
            ordered[j] = ordered[j - 1]
            j -= 1
        ordered[j] = moving
    means, slots = np.zeros(ordered.size), np.zeros(ordered.size)
    wide = 1e-12 * ordered[-1]
    if ordered.size > MOST_GROUPS:
        wide = (ordered[-1] - ordered[0]) / MOST_GROUPS
    n, start = -1, -np.inf
    for one in ordered:
        if one - start > wide:
            n, start = n + 1, one
        slots[n] += 1.0
        means[n] += (one - means[n]) / slots[n]
    return means[: n + 1], slots[: n + 1]
