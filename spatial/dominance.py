"""Areas that no other beats in every respect: the Pareto front."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def undominated(values: ArrayLike) -> NDArray[np.bool_]:
    """Tell which areas no other one is at least as high as everywhere, and higher somewhere.

    Parameters
    ----------
    values : array_like of float, shape (n, dimensions)
        High speaks for an area. With many dimensions nearly every area is undominated: give few.
        An area with NaN is compared with nobody and is no member.

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    ValueError
        If the values are not a table.

    Examples
    --------
    >>> undominated([[3, 1], [1, 3], [1, 1], [3, 1]])
    array([ True,  True, False,  True])
    """
    table = np.asarray(values, dtype=float)
    if table.ndim != 2:
        raise ValueError(f"values: expected rows of areas, found shape {table.shape}")
    known = ~np.isnan(table).any(axis=1)
    front: NDArray[np.bool_] = known.copy()
    told = table[known]
    no_lower = (told[:, None, :] >= told[None, :, :]).all(axis=2)
    higher = (told[:, None, :] > told[None, :, :]).any(axis=2)
    front[known] = ~(no_lower & higher).any(axis=0)
    return front
