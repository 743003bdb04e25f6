"""Where things are: townships and districts, the place register, and the people who live in them.

Boundaries are imported from vector files, checked, and kept in versions, as places are
(`geodata.places`). From them follow the names that reports use, the cells of the study area, and
the population a cell holds.
"""

from geodata.areas.area_names import AreaNames
from geodata.areas.at_risk import expected_surface
from geodata.areas.boundaries import (
    LEVELS,
    MARGIN_M,
    OUTSIDE,
    Boundaries,
    BoundaryReport,
    Level,
    boundary_version,
    current_boundaries,
    current_extent,
    import_boundaries,
    load_boundaries,
)
from geodata.areas.known_codes import KnownArea, codes_of_version, known_areas
from geodata.areas.places import Places, load_places
from geodata.areas.study_area import study_cells

__all__ = [
    "LEVELS",
    "MARGIN_M",
    "OUTSIDE",
    "AreaNames",
    "Boundaries",
    "BoundaryReport",
    "KnownArea",
    "Level",
    "Places",
    "boundary_version",
    "codes_of_version",
    "current_boundaries",
    "current_extent",
    "expected_surface",
    "import_boundaries",
    "known_areas",
    "load_boundaries",
    "load_places",
    "study_cells",
]
