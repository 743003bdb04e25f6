"""Which size of cells a map shows at which zoom: one rule for all layers, browser and server."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.hotspots.runs import RunSummary
from spatial.grid import cell_areas_km2, cells_of_points

OWN_WIDTH = 3.0
"""Pixels that cells of the run's own size, or of a coarser one, must be wide to be shown."""

FINER_WIDTH = 9.0
"""The same of finer ones: the run's own size, which other figures speak of, stays as long as it
can be read."""

WORLD_PIXELS, EQUATOR_M = 512, 40_075_016.686
"""Width of the world at zoom 0, and along the equator."""


def sizes_by_zoom(
    run: RunSummary, resolutions: Sequence[int] | None = None
) -> list[tuple[int, float]]:
    """Return resolutions, the coarsest first, each with the zoom from which it is shown.

    They are the run's when not given. The coarsest is shown from afar, however small its cells are.
    """
    first, *others = run.resolutions if resolutions is None else resolutions
    return [(first, 0.0), *((size, _first_zoom(run, size)) for size in others)]


def size_at_zoom(run: RunSummary, zoom: float) -> int:
    """Return the resolution of the cells that are shown at a zoom."""
    return max(size for size, begins in sizes_by_zoom(run) if begins <= zoom)


def _first_zoom(run: RunSummary, resolution: int) -> float:
    """Return the zoom at which a cell in the middle of the city is as wide as it must be."""
    west, south, east, north = run.record["bounds"]
    lat, lng = (south + north) / 2, (west + east) / 2
    area_km2 = cell_areas_km2(cells_of_points([lat], [lng], resolution))[0]
    # Of a regular hexagon of this area, from one side to the opposite one.
    width_m = 1000 * np.sqrt(2 / np.sqrt(3) * area_km2)
    needed = FINER_WIDTH if resolution > run.resolution else OWN_WIDTH
    metres_a_pixel = EQUATOR_M * np.cos(np.radians(lat)) / WORLD_PIXELS
    return round(float(np.log2(needed * metres_a_pixel / width_m)), 2)
