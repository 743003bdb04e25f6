"""A small map of false coordinates as a drawing: outlines of the areas and numbered points."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import shapely

from app.cases.quality import FalsePoint
from geodata.areas import current_extent
from geodata.home import Home

WIDTH = 640
LARGEST_HEIGHT = 480
MARGIN = 14
DETAIL_PX = 0.7
"""Outlines are drawn to this; finer corners nobody would see."""
MOST_POINTS = 60


@dataclass(frozen=True)
class Mark:
    """A numbered point of the map, in its own units."""

    number: int
    x: float
    y: float
    kind: str


@dataclass(frozen=True)
class SmallMap:
    """A drawing ``width`` by ``height``: paths of areas, marks of points."""

    width: int
    height: int
    paths: tuple[str, ...]
    marks: tuple[Mark, ...]


def draw_map(home: Home, points: Sequence[FalsePoint]) -> SmallMap | None:
    """Draw the points on the outlines in use; None without boundaries or points.

    Points are numbered as given; those outside the drawing are left out.
    """
    areas = current_extent(home)
    if areas is None or not points:
        return None
    west, south, east, north = map(float, shapely.total_bounds(areas.geometry))
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min(
        (WIDTH - 2 * MARGIN) / ((east - west) * squeeze),
        (LARGEST_HEIGHT - 2 * MARGIN) / (north - south),
    )

    def place(lng: float, lat: float) -> tuple[float, float]:
        x = MARGIN + (lng - west) * squeeze * scale
        return round(x, 1), round(MARGIN + (north - lat) * scale, 1)

    shapes = shapely.simplify(areas.geometry, DETAIL_PX / scale)
    paths = tuple(_path(shape, place) for shape in shapes)
    marks = tuple(
        Mark(number, *place(point.lng, point.lat), point.kind)
        for number, point in enumerate(points[:MOST_POINTS], start=1)
        if west <= point.lng <= east and south <= point.lat <= north
    )
    right, bottom = place(east, south)
    return SmallMap(round(right) + MARGIN, round(bottom) + MARGIN, paths, marks)


def _path(shape: shapely.Geometry, place: Callable[[float, float], tuple[float, float]]) -> str:
    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    drawn = []
    for ring in rings:
        corners = [place(lng, lat) for lng, lat in shapely.get_coordinates(ring)]
        drawn.append("M" + "L".join(f"{x:g} {y:g}" for x, y in corners) + "Z")
    return "".join(drawn)
