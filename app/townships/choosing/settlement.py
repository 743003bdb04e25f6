"""Urban–rural mix 城乡交织 of townships, from how densely their people live."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.hotspots.tables import RunTables
from spatial.grid import cell_areas_km2, cell_resolution, parents
from spatial.mixture import evenness

URBAN_PER_KM2, TOWN_PER_KM2 = 1_500.0, 300.0
"""Least densities of urban centres and of urban clusters. Source: Degree of Urbanisation, endorsed
by the UN Statistical Commission in 2020 (Eurostat, Applying the Degree of Urbanisation, 2021)."""

DENSITY_RESOLUTION = 8
"""Densities are those of cells of about .7 km², near the 1 km² for which the limits are meant."""


def urban_rural_mix(tables: RunTables) -> NDArray[np.float64]:
    """Return the evenness of each township's people over three classes of density, 0 to 1.

    NaN where the run knows no population.
    """
    n = len(tables.boundaries)
    people = _people(tables)
    if people is None:
        return np.full(n, np.nan)
    inside = (tables.cells.township >= 0) & np.isfinite(people)
    wide, of_cell = _wide_cells(tables.cells.cells[inside])
    density = np.bincount(of_cell, weights=people[inside]) / cell_areas_km2(wide)
    density_class = np.digitize(density, (TOWN_PER_KM2, URBAN_PER_KM2))[of_cell]
    parts = np.zeros((n, 3))
    np.add.at(parts, (tables.cells.township[inside], density_class), people[inside])
    return evenness(parts)


def _people(tables: RunTables) -> NDArray[np.float64] | None:
    """Return the people of each cell: expected counts share the city's cases out by them."""
    expected = tables.cells.expected[:, 0]
    whole = np.nansum(expected)
    population = np.nansum(tables.townships.population)
    if not (whole > 0 and population > 0):
        return None
    return np.asarray(expected / whole * population)


def _wide_cells(cells: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct cells in which densities are taken, and the position of each cell's."""
    if not cells.size or cell_resolution(int(cells[0])) <= DENSITY_RESOLUTION:
        return cells, np.arange(cells.size)
    wide, of_cell = np.unique(parents(cells, DENSITY_RESOLUTION), return_inverse=True)
    return wide, of_cell
