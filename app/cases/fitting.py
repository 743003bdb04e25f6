"""Hidden counts that fit everything shown: what a curious reader can reckon of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

BEYOND = 1_000
"""How far above the greatest figure what is hidden is looked for: without an end to it the search
may take for ever."""


def least(cost: NDArray[np.float64], bounds: Bounds, told: Sequence[LinearConstraint]) -> int:
    """Return the least value of a sum of whole counts that fits what is told of them.

    Parameters
    ----------
    cost : ndarray of float, shape (counts,)
        How often each count is in the sum; of the other sign, the least is the greatest.
    bounds : Bounds
        Of each count.
    told : sequence of LinearConstraint

    Raises
    ------
    RuntimeError
        Nothing fits.

    Examples
    --------
    >>> both = LinearConstraint(np.ones((1, 2)), 5, 5)
    >>> least(np.array([1.0, 0.0]), Bounds(0, 4), [both])
    1
    """
    whole = np.ones(cost.size, int)
    found = milp(cost, integrality=whole, bounds=bounds, constraints=told)
    if not found.success:
        raise RuntimeError(f"no entries fit what is shown: {found.message}")
    return round(found.fun)
