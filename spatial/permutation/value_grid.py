"""Values as whole numbers of a step, so that their sums can be tabulated.

Counts are on such a grid already; real values are rounded to a fine one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial.permutation.draw_tables import population_of

# Entries of one table: up to some fifteen of them are held at once, half a gigabyte.
MOST_ENTRIES = 4_000_000
# Steps of the grid between 0 and the largest sum, for values that are on no grid.
GRID_STEPS = 2**17


@dataclass(frozen=True)
class Grid:
    """Values as whole numbers of a step.

    Attributes
    ----------
    codes : ndarray of int64
        ``(values - lowest) / step``, rounded.
    step : float
    exact : bool
        Whether nothing but rounding of floating point was lost.
    """

    codes: NDArray[np.int64]
    step: float
    exact: bool


def on_grid(values: NDArray[np.float64], drawn: int) -> Grid:
    """Put values on the finest grid whose tables of `drawn` cells fit in memory.

    Whole counts, and any multiples of one step, keep their own grid. Others are rounded to a
    step of 2**-17 of the largest possible sum.

    Examples
    --------
    >>> on_grid(np.array([0.5, 2.5, 8.5]), 2)
    Grid(codes=array([0, 1, 4]), step=2.0, exact=True)
    """
    levels, position = np.unique(values, return_inverse=True)
    above = levels - levels[0]
    step = common_step(above)
    if step > 0 and above[-1] / step <= MOST_ENTRIES:
        codes = np.rint(above / step).astype(np.int64)[position]
        if (population_of(codes).largest_sum(drawn) + 1) * (drawn + 1) <= MOST_ENTRIES:
            return Grid(codes, step, exact=True)
    top = np.sort(values)[::-1][:drawn] - levels[0]
    step = float(top.sum()) / min(GRID_STEPS, MOST_ENTRIES // (drawn + 1))
    return Grid(np.rint(above / step).astype(np.int64)[position], step, exact=False)


def common_step(above: NDArray[np.float64]) -> float:
    """Return the step of which values are multiples, or 0 if there is none.

    Parameters
    ----------
    above : ndarray of float
        Distinct values less the lowest one, ascending.

    Examples
    --------
    >>> common_step(np.array([0.0, 1.0, 2.5])), common_step(np.array([0.0, 1.0, np.pi]))
    (0.5, 0.0)
    """
    if above.size == 1:
        return 1.0
    if (above == np.floor(above)).all() and above[-1] < 2**53:
        return float(np.gcd.reduce(above.astype(np.int64)))
    # Euclid's algorithm with rounding: the step shrinks until all values are multiples of it.
    tolerance, smallest = 1e-10 * above[-1], above[-1] / MOST_ENTRIES
    step = float(above[1])
    while step > smallest:
        rest = np.abs(above - step * np.rint(above / step))
        if (rest <= tolerance).all():
            return float(above[-1] / np.rint(above[-1] / step))
        step = float(rest[rest > tolerance].min())
    return 0.0
