"""A map extract of one township as plain outlines, which paper shows as the screen does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from app.hotspots.geography import townships
from app.hotspots.runs import RunSummary
from geodata.home import Home

WIDTH, HEIGHT = 320.0, 240.0
"""Of the drawing, in its own units."""

AROUND = 0.6
"""Part of the township's size that is shown on each side of it."""

THINNED_TO = 0.4
"""Outlines are thinned to this part of a unit of the drawing."""


@dataclass(frozen=True)
class Extract:
    """Paths of an SVG drawing: the township, and those around it with their names' places."""

    own: str
    around: tuple[str, ...]
    names: tuple[tuple[str, float, float], ...]
    width: float = WIDTH
    height: float = HEIGHT


def map_extract(home: Home, run: RunSummary, code: str) -> Extract:
    """Draw a township and its surroundings, north up."""
    boundaries = townships(home, run.record["boundary_versions"]["township"])
    at = list(map(str, boundaries.codes)).index(code)
    west, south, east, north = shapely.bounds(boundaries.geometry[at])
    narrowing = np.cos(np.radians((south + north) / 2))
    centre = np.array([(west + east) / 2, (south + north) / 2])
    spread = 1 + 2 * AROUND
    scale = min(WIDTH / ((east - west) * narrowing), HEIGHT / (north - south)) / spread
    half = np.array([WIDTH / narrowing, HEIGHT]) / scale / 2
    view = shapely.box(*(centre - half), *(centre + half))
    near = np.flatnonzero(shapely.intersects(boundaries.geometry, view))
    drawn = {
        int(each): shapely.transform(
            shapely.intersection(boundaries.geometry[each], view),
            lambda points: (
                ((points - centre) * [narrowing, -1.0]) * scale + [WIDTH / 2, HEIGHT / 2]
            ),
        )
        for each in near
    }
    labels = [(each, shapely.point_on_surface(shape)) for each, shape in drawn.items()]
    return Extract(
        _path(drawn[at]),
        tuple(_path(shape) for each, shape in drawn.items() if each != at),
        tuple((str(boundaries.names[each]), round(p.x, 1), round(p.y, 1)) for each, p in labels),
    )


def _path(shape: shapely.Geometry) -> str:
    parts = []
    for part in shapely.get_parts(shapely.simplify(shape, THINNED_TO)):
        if part.geom_type != "Polygon":
            continue
        for ring in (part.exterior, *part.interiors):
            points = " L".join(f"{x:.1f},{y:.1f}" for x, y in ring.coords)
            parts.append(f"M{points}Z")
    return "".join(parts)
