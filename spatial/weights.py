"""Spatial weights: which cells count as one another's neighbourhood."""

from __future__ import annotations

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike

from spatial._checks import check_codes
from spatial.grid import neighbours


def hex_weights(cells: ArrayLike, k: int = 1, include_self: bool = True) -> scipy.sparse.csr_array:
    """Return binary weights between cells at most `k` steps apart on the hexagonal grid.

    Parameters
    ----------
    cells : array_like of int64, shape (n,)
        Distinct H3 cells of one resolution. Only these take part: a cell at the rim of the city
        has fewer neighbours, and one alone has none.
    k : int
        Reach in steps; 1 gives the six cells around, 2 gives eighteen.
    include_self : bool
        Whether a cell belongs to its own neighbourhood (Gi* and not Gi).

    Returns
    -------
    scipy.sparse.csr_array of float, shape (n, n)
        Symmetric, ones and zeros, rows and columns in the order of `cells`.

    Raises
    ------
    ValueError
        If a value is no cell, is repeated, or resolutions differ; if `k` is negative or not whole.

    References
    ----------
    H3, https://h3geo.org: grid disks.

    Examples
    --------
    >>> from spatial.grid import cells_of_points
    >>> pair = cells_of_points([39.0, 39.003], [83.0, 83.0], 9)
    >>> hex_weights(pair).toarray()
    array([[1., 1.],
           [1., 1.]])
    """
    cells = check_codes("cells", cells)
    index_i, index_j = neighbours(cells, k)
    if not include_self:
        others = index_i != index_j
        index_i, index_j = index_i[others], index_j[others]
    ones = np.ones(index_i.size)
    return scipy.sparse.csr_array((ones, (index_i, index_j)), shape=(cells.size, cells.size))
