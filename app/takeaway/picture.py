"""The map of a state as a picture: drawn from the same data in the same colours as in a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow.compute as pc
import shapely

from app.hotspots.palette import (
    CATEGORY_COLOURS,
    CLUSTER,
    HIGH_FREQUENCY,
    INK,
    LEVEL_COLOURS,
    MISSING,
    OUTLINE,
    PROJECT,
    STANDING_COLOURS,
    TOWNSHIP_COLOURS,
    UNUSUALLY_HIGH,
)
from app.hotspots.runs import cells_of, emerging_table
from app.hotspots.significance import NOT_TESTED
from app.hotspots.sizes import size_at_zoom
from app.takeaway.legend import Group, course_pattern, draw_legend, legend_groups, legend_height
from app.takeaway.names import write_names
from app.takeaway.pen import Sheet, width_of
from app.takeaway.scene import Scene
from app.takeaway.shapes import clusters, outlines, selected, township_areas
from app.takeaway.source import method_line, source_line, title
from app.townships.supervising.standing import STANDINGS
from spatial.grid import cell_centres, cell_polygons

HEAD, FOOT_ROW = 40, 18
GROUND = "#f5f6f8"
"""The colour of the map's container in the browser."""

BORDER_FROM = 10.0
"""Width of a cell in pixels from which its border is drawn, as in the browser."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Colours of the ground that are of no run, and what is said of them.

    Attributes
    ----------
    title : str
    legend : Group
    lines : tuple of str
        Where the figures come from.
    draw : callable
    chosen : tuple of geometry
        What is selected, in degrees.
    """

    title: str
    legend: Group
    lines: tuple[str, ...]
    draw: Callable[[Sheet, Scene], None]
    chosen: tuple[Any, ...]


def draw_picture(scene: Scene, scale: float, ground: Ground | None = None) -> bytes:
    """Return the picture as PNG: title, map, legend and source, from top to bottom."""
    screen, groups = scene.screen, legend_groups(scene)
    if ground is not None:
        groups = (ground.legend, *groups)
    foot = _foot_lines(scene, ground)
    below = HEAD + screen.height + legend_height(groups, screen.width)
    sheet = Sheet(screen.width, below + FOOT_ROW * len(foot) + 8, scale)
    sheet.box((0, 0), screen.width, below + 1000, "#ffffff")
    heading = ground.title if ground else title(scene.question, scene.shown)
    size = min(18.0, 18.0 * (screen.width - 28) / width_of(heading, 18.0))
    sheet.write((14, HEAD / 2), heading, size, INK, bold=True)
    sheet.open_window(0, HEAD, screen.width, screen.height)
    draw_map(sheet, scene, ground)
    sheet.close_window()
    draw_legend(sheet, groups, screen.width, HEAD + screen.height)
    for at, line in enumerate(foot):
        sheet.write((14, below + FOOT_ROW * (at + 0.5)), line, 11, "#4b5563")
    return sheet.png()


def draw_map(sheet: Sheet, scene: Scene, ground: Ground | None = None) -> None:
    """Draw what is on the ground, then lines, names and signs, as the layers of the browser."""
    sheet.box((0, 0), scene.screen.width, scene.screen.height, GROUND)
    grounds = {"cells": _draw_levels, "emerging": _draw_courses, "townships": _draw_classes}
    for name, draw in grounds.items():
        if name in scene.shown:
            draw(sheet, scene)
    if ground is not None:
        ground.draw(sheet, scene)
    _draw_outlines(sheet, scene)
    _draw_standings(sheet, scene)
    found = clusters(scene) if "clusters" in scene.shown else gpd.GeoDataFrame()
    _draw_clusters(sheet, scene, found)
    _draw_chosen(sheet, scene, ground)
    _draw_points(sheet, scene)
    _draw_ranks(sheet, scene, found)
    write_names(sheet, scene)
    _draw_projects(sheet, scene)
    _draw_scale(sheet, scene)
    _draw_north(sheet, scene)


def _draw_chosen(sheet: Sheet, scene: Scene, ground: Ground | None) -> None:
    one = selected(scene)
    chosen = [] if one is None else [one]
    if ground is not None and ground.chosen:
        chosen += scene.screen.drawn(np.array(ground.chosen, dtype=object)).tolist()
    if chosen:
        sheet.outline(chosen, "#ffffff", 5)
        sheet.outline(chosen, INK, 2.5)


def _draw_levels(sheet: Sheet, scene: Scene) -> None:
    question = scene.question
    size = size_at_zoom(question.run, scene.screen.zoom)
    table = cells_of(question.home, question.run, size, ["cell", "step", "level"])
    table = table.filter(pc.equal(table["step"], question.step))
    colours = {level: (code, _level_pattern(level)) for level, code in LEVEL_COLOURS.items()}
    draw_cells(sheet, scene, table["cell"].to_numpy(), table["level"].to_numpy(), colours)


def _level_pattern(level: int) -> str:
    return "hatched" if level == NOT_TESTED else "solid"


def _draw_courses(sheet: Sheet, scene: Scene) -> None:
    table = emerging_table(scene.question.home, scene.question.run, ["cell", "category"])
    if table is None:
        return
    colours = {code: (colour, course_pattern(code)) for code, colour in CATEGORY_COLOURS.items()}
    draw_cells(sheet, scene, table["cell"].to_numpy(), table["category"].to_numpy(), colours)


def draw_cells(
    sheet: Sheet, scene: Scene, cells: Any, kinds: Any, colours: dict[int, tuple[str, str]]
) -> None:
    """Fill the cells in sight, each kind in its colour and pattern."""
    if not len(cells):
        return
    lat, lng = cell_centres(cells)
    width = _cell_width(scene, cells)
    seen = scene.screen.sees(lng, lat, margin=width)
    cells, kinds = cells[seen], kinds[seen]
    for kind in np.unique(kinds):
        colour, pattern = colours[int(kind)]
        outlines = scene.screen.drawn(cell_polygons(cells[kinds == kind]))
        line = min(1.0, width / 40) if width >= BORDER_FROM else 0.0
        sheet.fill_cells(outlines, colour, line, pattern)


def _cell_width(scene: Scene, cells: Any) -> float:
    """Return about how many pixels a cell is wide."""
    west, _south, east, _north = shapely.bounds(scene.screen.drawn(cell_polygons(cells[:1]))[0])
    return float(east - west)


def _draw_classes(sheet: Sheet, scene: Scene) -> None:
    shapes: dict[str, list[Any]] = {}
    for code, outline in township_areas(scene).items():
        at = scene.classes.of.get(code)
        colour = MISSING if at is None else TOWNSHIP_COLOURS[at]
        shapes.setdefault(colour, []).append(outline)
    for colour, drawn in shapes.items():
        sheet.fill_areas(drawn, colour)


def _draw_outlines(sheet: Sheet, scene: Scene) -> None:
    for kind, colour, widths, opacity in (
        ("townships", OUTLINE, (0.5, 1.2), 0.75),
        ("districts", INK, (1.0, 2.0), 0.65),
    ):
        found = outlines(scene, kind)
        if len(found):
            shapes = list(scene.screen.drawn(found.geometry.to_numpy()))
            width = float(np.interp(scene.screen.zoom, (8, 12), widths))
            sheet.outline(shapes, colour, width, opacity)


def _draw_standings(sheet: Sheet, scene: Scene) -> None:
    if not scene.standings:
        return
    areas = township_areas(scene)
    # The weightiest is drawn last: neighbours share a border.
    for standing in reversed(STANDINGS):
        drawn = [
            areas[code]
            for code, each in scene.standings.items()
            if each == standing and code in areas
        ]
        sheet.outline(drawn, "#ffffff", 6)
        sheet.outline(drawn, STANDING_COLOURS[standing], 3.5)


def _draw_clusters(sheet: Sheet, scene: Scene, found: gpd.GeoDataFrame) -> None:
    if found.empty:
        return
    shapes = list(scene.screen.drawn(found.geometry.to_numpy()))
    sheet.outline(shapes, "#ffffff", 4.5)
    sheet.outline(shapes, CLUSTER, 2.5)


def _draw_ranks(sheet: Sheet, scene: Scene, found: gpd.GeoDataFrame) -> None:
    if found.empty:
        return
    middles = scene.screen.pixels(found["lng"], found["lat"])
    # The strongest on top of the others.
    for place, rank in reversed(list(zip(middles, found["rank"], strict=True))):
        sheet.mark(place, "o", 19, CLUSTER, "#ffffff")
        sheet.write((place[0], place[1]), str(rank), 11, "#ffffff", middle=True)


def _draw_points(sheet: Sheet, scene: Scene) -> None:
    """Draw circles for high-frequency points, diamonds for unusual ones; some are both."""
    size = float(np.interp(scene.screen.zoom, (9, 12, 15), (0.4, 0.75, 1.1)))
    high = np.array(["points" in scene.shown and bool(each["rules"]) for each in scene.points])
    unusual = np.array(
        ["unusual" in scene.shown and each["unusually_high"] for each in scene.points]
    )
    if not scene.points:
        return
    places = scene.screen.pixels(
        [point["lng"] for point in scene.points], [point["lat"] for point in scene.points]
    )
    sheet.mark(places[high & ~unusual], "o", 12 * size, HIGH_FREQUENCY, "#ffffff")
    sheet.mark(places[unusual], "D", 13 * size, UNUSUALLY_HIGH, INK)
    sheet.mark(places[high & unusual], "o", 8 * size, HIGH_FREQUENCY, "#ffffff")


def _draw_projects(sheet: Sheet, scene: Scene) -> None:
    for project in scene.projects:
        (place,) = scene.screen.pixels([project["lng"]], [project["lat"]])
        fill = PROJECT if project["phase"] == "done" else "#ffffff"
        sheet.mark(place, "s", 12, fill, PROJECT)
        if project["phase"] == "under_way":
            sheet.box((place[0] - 5, place[1]), 10, 5, PROJECT)


def scale_bar(metres_per_pixel: float, widest: float = 110.0) -> tuple[float, str]:
    """Return the length in pixels of a round distance, and its text.

    Examples
    --------
    >>> scale_bar(100.0)
    (100.0, '10 km')
    >>> scale_bar(2.0)
    (100.0, '200 m')
    """
    room = metres_per_pixel * widest
    power = 10.0 ** np.floor(np.log10(room))
    metres = float(max(step * power for step in (1, 2, 5) if step * power <= room))
    text = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    return metres / metres_per_pixel, text


def _draw_scale(sheet: Sheet, scene: Scene) -> None:
    length, text = scale_bar(scene.screen.metres_per_pixel)
    left, down = 12.0, scene.screen.height - 14.0
    sheet.box((left - 4, down - 22), length + 8, 30, "#ffffffd9")
    right = left + length
    sheet.line([(left, down - 5), (left, down), (right, down), (right, down - 5)], INK, 2)
    sheet.write((left + length / 2, down - 12), text, 11, INK, middle=True)


def _draw_north(sheet: Sheet, scene: Scene) -> None:
    """Draw an arrow to the north, which is up."""
    right = scene.screen.width - 24.0
    arrow = shapely.Polygon([(right, 14), (right + 8, 36), (right, 31), (right - 8, 36)])
    sheet.fill_areas([arrow], INK)
    sheet.write((right, 46), "N", 13, INK, bold=True, middle=True, halo=True)


def _foot_lines(scene: Scene, ground: Ground | None) -> list[str]:
    """Return source and method, broken to the width of the picture."""
    run = scene.question.run
    lines = list(ground.lines) if ground else []
    if scene.shown or not ground:
        lines += [source_line(run), *(method_line(run, layer) for layer in scene.shown[:1])]
    return [part for line in lines for part in broken(line, scene.screen.width - 28, 11)]


def broken(text: str, width: float, size: float) -> list[str]:
    """Break a text into lines of at most a width in pixels, at spaces where there are any."""
    lines = [""]
    for word in _words(text):
        if lines[-1] and width_of(lines[-1] + word.rstrip(), size) > width:
            lines.append("")
        lines[-1] += word
    return [line.strip() for line in lines]


def _words(text: str) -> list[str]:
    """Return pieces that a line may end after: Latin words with their space, Chinese letters."""
    words = [""]
    for letter in text:
        if words[-1] and (words[-1][-1] == " " or ord(words[-1][-1]) > 0x2E80):
            words.append("")
        words[-1] += letter
    return words
