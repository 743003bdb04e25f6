"""The gazetteer of a home: its place register and the names of its townships."""

from __future__ import annotations

import numpy as np
import shapely

from geodata.areas import current_boundaries, load_places
from geodata.errors import NotFound
from geodata.geocoding.gazetteer import Gazetteer
from geodata.geocoding.index import TOWNSHIP
from geodata.home import Home


def home_gazetteer(home: Home) -> Gazetteer:
    """Return all places and townships of a home as a gazetteer.

    Raises
    ------
    NotFound
        When neither places nor townships were imported.
    """
    townships = current_boundaries(home, "township")
    places = load_places(home, townships=townships)
    if places is None and townships is None:
        raise NotFound(
            "nothing to place addresses by: import townships (suyuan boundaries import) and places "
            "(suyuan places import) first",
            "没有可供匹配的地点：请先导入街乡镇边界（suyuan boundaries import）和点位库"
            "（suyuan places import）",
        )
    rows: list[tuple[str, float, float, str | None, str | None, str | None, str | None]] = []
    of: dict[str, tuple[str, str | None]] = {}
    if townships is not None:
        inner = shapely.point_on_surface(townships.geometry)
        east, north = shapely.get_x(inner), shapely.get_y(inner)
        for at, code in enumerate(townships.codes):
            name, district = townships.names[at], townships.district_names[at]
            of[code] = (name, district)
            rows.append((name, east[at], north[at], None, name, district, TOWNSHIP))
    if places is not None:
        for at in np.arange(len(places)):
            township, district = of.get(places.township[at], (None, None))
            rows.append(
                (
                    places.names[at], places.lng[at], places.lat[at], places.codes[at], township,
                    district, places.kinds[at],
                )
            )  # fmt: skip
    text, lng, lat, place, town, area, kind = zip(*rows, strict=True)
    return Gazetteer.of(text, lng, lat, place=place, township=town, district=area, kind=kind)
