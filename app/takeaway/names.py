"""Names of districts and townships on a picture, as many as have room."""

from __future__ import annotations

import numpy as np

from app.hotspots.palette import INK
from app.takeaway.pen import Sheet, width_of
from app.takeaway.scene import Scene
from app.takeaway.shapes import outlines

ROOM_FOR_NAME = 72.0
"""Width that a township needs for its name, in pixels, as in the browser."""

PADDING = 4.0


def write_names(sheet: Sheet, scene: Scene) -> None:
    """Write the townships' names once half of them have room, before that the districts'."""
    townships, districts = outlines(scene, "townships"), outlines(scene, "districts")
    bounds = townships.bounds
    width = float(np.median(bounds["maxx"] - bounds["minx"])) / 360 * scene.screen.scale
    by_township = districts.empty or width >= ROOM_FOR_NAME
    shown, size = (townships, 12.0) if by_township else (districts, 14.0)
    taken: list[tuple[float, float, float, float]] = []
    places = scene.screen.pixels(shown["lng"], shown["lat"])
    for (right, down), name in zip(places, shown["name"].fillna(shown["code"]), strict=True):
        half = width_of(name, size) / 2 + PADDING
        box = (right - half, down - size / 2 - PADDING, right + half, down + size / 2 + PADDING)
        if _fits(scene, box) and not any(_touch(box, other) for other in taken):
            taken.append(box)
            sheet.write((right, down), name, size, INK, middle=True, halo=True)


def _fits(scene: Scene, box: tuple[float, float, float, float]) -> bool:
    left, top, right, bottom = box
    return left >= 0 and top >= 0 and right <= scene.screen.width and bottom <= scene.screen.height


def _touch(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
