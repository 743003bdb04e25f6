"""Population of cells: the denominator of expected counts.

Places bring their population to the cells they cover; what a township has beyond its places is
spread evenly over its area. Everything is laid on small cells (see `geodata.areas.study_area`) and
summed up, so that a cell on a border gets its part of each side.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.areas.boundaries import Boundaries
from geodata.areas.places import Places
from geodata.areas.study_area import SmallCells, small_cells
from spatial.grid import cell_resolution, cells_of_points, cells_of_polygon, parents

Floats = NDArray[np.float64]
Cells = NDArray[np.int64]

# A remainder below this share of an area's population is what rounding left of nobody.
ROUNDING = 1e-9


def expected_surface(
    cells: Cells, boundaries: Boundaries, places: Places | None, resolution: int
) -> Floats | None:
    """Return the population of cells, None when no area has anybody.

    Parameters
    ----------
    cells : ndarray of int64, shape (n,)
        Distinct cells.
    boundaries : Boundaries
        Areas with their population; those without one make their cells unknown.
    places : Places or None
        Places with theirs. They count inside their area's population, not beyond it: places that
        add up to more than their area are scaled down to it.
    resolution : int
        H3 resolution of `cells`.

    Returns
    -------
    ndarray of float, shape (n,), or None
        Persons. NaN for cells with any part in an area of unknown population (cases there would be
        compared with too few people) and for cells outside all areas.

    Examples
    --------
    >>> import dataclasses
    >>> from geodata.areas.study_area import study_cells
    >>> box = shapely.box(116.30, 39.90, 116.31, 39.91)
    >>> city = Boundaries.of(["1"], ["Village"], [box])
    >>> expected_surface(study_cells(city, 9), city, None, 9) is None
    True
    >>> city = dataclasses.replace(city, population=np.array([1000.0]))
    >>> round(expected_surface(study_cells(city, 9), city, None, 9).sum())
    1000
    """
    if not (boundaries.population > 0).any():
        return None
    if not len(cells):
        return np.empty(0)
    small = small_cells(boundaries, resolution)
    order = np.argsort(small.cells)
    ordered = SmallCells(small.cells[order], small.area[order])
    persons = _spread_remainders(ordered, boundaries, _lay_places(ordered, boundaries, places))
    return _sum_up(cells, ordered.cells, persons, resolution)


def _lay_places(small: SmallCells, boundaries: Boundaries, places: Places | None) -> Floats:
    """Lay the places' population on small cells (ascending), at most each area's own."""
    persons = np.zeros(len(small.cells))
    if places is None or not len(small.cells):
        return persons
    fine = cell_resolution(int(small.cells[0]))
    for place in np.flatnonzero(places.population > 0):
        at = _positions(small.cells, _covered(places, int(place), fine))
        if len(at):
            persons[at] += places.population[place] / len(at)
    laid = np.bincount(small.area, weights=persons, minlength=len(boundaries))
    too_much = laid > boundaries.population
    scale = np.ones(len(boundaries))
    scale[too_much] = boundaries.population[too_much] / laid[too_much]
    return np.asarray(persons * scale[small.area])


def _spread_remainders(small: SmallCells, boundaries: Boundaries, laid: Floats) -> Floats:
    """Add what each area has beyond its places, evenly; NaN where its population is unknown."""
    in_places = np.bincount(small.area, weights=laid, minlength=len(boundaries))
    cells_of_area = np.bincount(small.area, minlength=len(boundaries))
    beyond = boundaries.population - in_places
    # Nobody, and not the 1e-13 persons that rounding leaves: a single case would stand out there.
    beyond[beyond <= ROUNDING * boundaries.population] = 0.0
    remainder = beyond / np.maximum(cells_of_area, 1)
    return np.asarray(laid + remainder[small.area])


def _covered(places: Places, place: int, fine: int) -> Cells:
    """Return the small cells whose centre a place covers, else the one of its inner point."""
    shape = places.geometry[place]
    inside = np.empty(0, dtype=np.int64)
    if shapely.area(shape) > 0:
        inside = cells_of_polygon(shape, fine)
    if not len(inside):
        inside = cells_of_points([places.lat[place]], [places.lng[place]], fine)
    return inside


def _positions(ordered: Cells, wanted: Cells) -> NDArray[np.int64]:
    """Return the positions of those wanted cells that are there."""
    at = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return np.asarray(at[ordered[at] == wanted], dtype=np.int64)


def _sum_up(cells: Cells, small: Cells, persons: Floats, resolution: int) -> Floats:
    """Sum small cells into the asked cells; NaN where there is nothing to sum."""
    order = np.argsort(cells, kind="stable")
    ordered = cells[order]
    above = parents(small, resolution)
    at = np.minimum(np.searchsorted(ordered, above), len(cells) - 1)
    asked = ordered[at] == above
    sums = np.bincount(at[asked], weights=persons[asked], minlength=len(cells))
    parts = np.bincount(at[asked], minlength=len(cells))
    population = np.empty(len(cells))
    population[order] = np.where(parts > 0, sums, np.nan)
    return population
