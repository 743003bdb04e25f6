"""The cells of a city: every cell some part of which belongs to an area.

A cell of the study resolution belongs by its small cells, two resolutions finer: points are indexed
finely and summed upwards, and so are areas and populations, or border cells would lose either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.areas.boundaries import Boundaries
from spatial.grid import cells_of_polygon, parents

FINER = 2
"""Resolutions between a cell and the small cells that divide it: 49 small ones in each."""
FINEST = 15
"""Finest resolution of H3."""


@dataclass(frozen=True)
class SmallCells:
    """The small cells of all areas.

    Attributes
    ----------
    cells : ndarray of int64, shape (m,)
        Small cells whose centre lies in an area, each once, by area.
    area : ndarray of int64, shape (m,)
        Index of that area.
    """

    cells: NDArray[np.int64]
    area: NDArray[np.int64]


def study_cells(boundaries: Boundaries, resolution: int) -> NDArray[np.int64]:
    """Return the cells of a city, ascending.

    Parameters
    ----------
    boundaries : Boundaries
    resolution : int
        H3 resolution of the cells.

    Returns
    -------
    ndarray of int64, shape (n,)

    Examples
    --------
    >>> import shapely
    >>> city = Boundaries.of(["1"], ["Village"], [shapely.box(116.30, 39.90, 116.31, 39.91)])
    >>> len(study_cells(city, 9))
    22
    """
    return np.unique(parents(small_cells(boundaries, resolution).cells, resolution))


def small_cells(boundaries: Boundaries, resolution: int) -> SmallCells:
    """Return the small cells of each area, for cells of the given resolution.

    A centre on a shared edge or in a sliver of overlap counts for the area whose code sorts first.
    """
    fine = min(resolution + FINER, FINEST)
    found = [cells_of_polygon(shape, fine) for shape in boundaries.geometry]
    area = np.repeat(np.arange(len(found), dtype=np.int64), [len(cells) for cells in found])
    cells, first = np.unique(np.concatenate(found), return_index=True)
    order = np.argsort(first, kind="stable")
    return SmallCells(cells[order], area[first[order]])
