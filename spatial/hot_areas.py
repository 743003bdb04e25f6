"""Hot areas: connected hot cells, and the pieces in which cells of two resolutions meet."""

from __future__ import annotations

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csgraph

from spatial._checks import check_codes, check_finite, check_same_length
from spatial.grid import cell_resolution, neighbours, parents

NO_AREA = -1
NO_UNIT = -1


def hot_areas(cells: ArrayLike, hot: ArrayLike) -> NDArray[np.int64]:
    """Return the connected area of each hot cell; cells are connected when they touch.

    Parameters
    ----------
    cells : array_like of int64, shape (n,)
        Distinct H3 cells of one resolution, in any order.
    hot : array_like of bool, shape (n,)

    Returns
    -------
    ndarray of int64, shape (n,)
        0, 1, … in the order of each area's smallest cell; -1 where not hot.

    Raises
    ------
    ValueError
        If the lengths differ, `hot` is not true or false, or `cells` are no distinct cells of one
        resolution.

    References
    ----------
    Connected components of the graph of touching cells; the name is the product's own.

    Examples
    --------
    >>> from spatial.grid import cells_of_points
    >>> cells = cells_of_points([39.0, 39.003, 39.1], [83.0, 83.0, 83.0], 9)
    >>> hot_areas(cells, [True, True, True])
    array([0, 0, 1])
    """
    own, given = check_codes("cells", cells), check_finite("hot", hot)
    check_same_length(cells=own, hot=given)
    is_hot = given == 1
    if (~is_hot & (given != 0)).any():
        raise ValueError(f"hot: expected true or false, found {given[~is_hot & (given != 0)][0]}")
    area = np.full(own.size, NO_AREA, dtype=np.int64)
    positions = np.flatnonzero(is_hot)
    # In ascending order the first cell met of each area is its smallest one.
    positions = positions[np.argsort(own[positions])]
    index_i, index_j = neighbours(own[positions], 1)
    touching = scipy.sparse.coo_array(
        (np.ones(index_i.size), (index_i, index_j)), shape=(positions.size, positions.size)
    )
    _, part = csgraph.connected_components(touching, directed=False)
    _, first, numbered = np.unique(part, return_index=True, return_inverse=True)
    area[positions] = np.argsort(np.argsort(first))[numbered]
    return area


def pieces_across(
    cells: ArrayLike, units: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pieces in which base cells and cells of another resolution meet.

    Cells belong together by H3's hierarchy, as counts do when they are summed upwards; outlines of
    parents and children differ a little.

    Parameters
    ----------
    cells, units : array_like of int64, shapes (n,) and (m,)
        Distinct cells, each set of one resolution.

    Returns
    -------
    piece_cell, piece_unit : ndarray of int64
        Positions in `cells` and `units`. The finer set gives one piece each: a base cell whose
        parent is no unit has unit -1; a unit whose parent is no base cell is left out.

    Raises
    ------
    ValueError
        If a value is no cell.

    References
    ----------
    H3, https://h3geo.org: parents and children.

    Examples
    --------
    >>> from spatial.grid import cells_of_points, parents
    >>> cells = cells_of_points([39.0, 39.003], [83.0, 83.0], 9)
    >>> pieces_across(cells, parents(cells[:1], 8))
    (array([0, 1]), array([ 0, -1]))
    """
    own, other = check_codes("cells", cells), check_codes("units", units)
    if not own.size or not other.size:
        return np.arange(own.size), np.full(own.size, NO_UNIT, dtype=np.int64)
    resolution, unit_resolution = cell_resolution(int(own[0])), cell_resolution(int(other[0]))
    if unit_resolution <= resolution:
        return np.arange(own.size), _positions(other, parents(own, unit_resolution))
    above = _positions(own, parents(other, resolution))
    inside = np.flatnonzero(above != NO_UNIT)
    return above[inside], inside


def _positions(cells: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each wanted cell stands among the cells, -1 for one that is not there."""
    order = np.argsort(cells)
    at = order[np.searchsorted(cells, wanted, sorter=order).clip(max=cells.size - 1)]
    return np.where(cells[at] == wanted, at, NO_UNIT)
