"""The ground of a picture as the filter colours it: cells, or townships.

As in the browser: what is selected on the map is outlined there, and the others are not left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.hotspots.filtered.cells import CellCounts, count_cells, untold
from app.hotspots.filtered.lasso import decode_lasso
from app.hotspots.measures import measure_name, measure_unit
from app.hotspots.palette import MISSING, NO_COUNT, TOWNSHIP_COLOURS
from app.takeaway.classes import quantile_breaks
from app.takeaway.counted.classes import colours_of, count_breaks, range_texts
from app.takeaway.counted.layers import outlines_of
from app.takeaway.counted.question import Counted
from app.takeaway.counted.source import about_picture
from app.takeaway.legend import Entry, Group, township_entries
from app.takeaway.pen import Sheet
from app.takeaway.picture import Ground, draw_cells
from app.takeaway.scene import Scene
from app.takeaway.shapes import township_areas
from app.translation import _
from spatial.grid import cell_from_name, cell_polygons


def ground_of(question: Counted) -> Ground:
    """Return what the filter colours; what is selected on the map is outlined, not left out."""
    make = {"counts": _cells, "rate": _townships}[question.chosen.ground]
    legend, draw = make(question)
    title, lines = about_picture(question)
    return Ground(title, legend, lines, draw, _chosen(question))


Drawing = Callable[[Sheet, Scene], None]


@dataclass(frozen=True)
class CellGround:
    """Cells as the filter colours them.

    Attributes
    ----------
    cells : int64[n]
    values : int64[n]
        Counts in the periods selected, `UNTOLD` for one that is not told.
    kinds : int[n]
        Class of each; -1 where there is nothing.
    colours : dict of int to str
        By class.
    legend : Group
    """

    cells: NDArray[np.int64]
    values: NDArray[np.int64]
    kinds: NDArray[np.int64]
    colours: dict[int, str]
    legend: Group


def cell_ground(question: Counted) -> CellGround:
    """Return how the filter colours cells, whichever of them are selected."""
    measure = question.chosen.measure
    cells, values, breaks = _cell_values(question)
    kinds = np.where(values > 0, np.searchsorted(breaks, values, side="right"), -1)
    colours = dict(enumerate(colours_of(breaks)))
    texts = range_texts(breaks, exact=question.exact) if values.any() else []
    entries = (
        Entry(_("所选时段没有"), NO_COUNT),
        *(Entry(text, colours[at]) for at, text in enumerate(texts)),
    )
    title = _(
        "每个六边形单元：%(what)s（%(unit)s）",
        what=measure_name(measure),
        unit=measure_unit(measure),
    )
    return CellGround(cells, values, kinds, {-1: NO_COUNT, **colours}, Group(title, entries))


def _cells(question: Counted) -> tuple[Group, Drawing]:
    ground = cell_ground(question)
    filled = {kind: (colour, "solid") for kind, colour in ground.colours.items()}

    def draw(sheet: Sheet, scene: Scene) -> None:
        draw_cells(sheet, scene, ground.cells, ground.kinds, filled)

    return ground.legend, draw


def _cell_values(question: Counted) -> tuple[NDArray[Any], NDArray[Any], tuple[int, ...]]:
    """Return cells, their counts in the periods selected, and the bounds of the classes.

    The bounds of one period are those of all, so that a colour means the same in each picture.
    """
    # As on the page: cells that have cases, but none in these periods, are drawn as such.
    every = _counted(question, cells=(), lasso=None, periods=())
    wanted = question.chosen.periods
    if not wanted:
        return every.cells, every.whole, count_breaks(every.whole)
    of = _counted(question, cells=(), lasso=None)
    values = np.zeros(every.cells.size, dtype=np.int64)
    values[np.searchsorted(every.cells, of.cells)] = of.whole
    by_period = every.by_period.T
    of_which = by_period[by_period > 0] if len(wanted) == 1 else values
    return every.cells, values, count_breaks(of_which)


def _counted(question: Counted, **open_parts: Any) -> CellCounts:
    narrowed = question.with_open(**open_parts).narrowed
    found = count_cells(narrowed, size=question.chosen.drawn, exact=question.exact)
    return replace(found, by_period=untold(found.by_period), whole=untold(found.whole))


@dataclass(frozen=True)
class TownshipGround:
    """Townships as the filter colours them.

    Attributes
    ----------
    rows : tuple of dict
        As the page's list has them.
    by_rate : bool
        Whether colours tell cases per residents.
    colours : dict of str to str
        By code; those without a value are left out.
    legend : Group
    """

    rows: tuple[dict[str, Any], ...]
    by_rate: bool
    colours: dict[str, str]
    legend: Group


def township_ground(question: Counted) -> TownshipGround:
    """Return how the filter colours townships, whichever of them are selected."""
    chosen = question.chosen
    told = question.with_open(cells=(), lasso=None, townships=()).views["townships"]
    by_rate = chosen.denominator == "population" and told["populated"] > 0
    values = {row["code"]: row["rate" if by_rate else "count"] for row in told["rows"]}
    known = {code: max(value, 0) for code, value in values.items() if value is not None}
    breaks = quantile_breaks(list(known.values()))
    colours = {
        code: TOWNSHIP_COLOURS[sum(value >= bound for bound in breaks)]
        for code, value in known.items()
    }
    what, unit = measure_name(chosen.measure), measure_unit(chosen.measure)
    title = (
        _("街乡镇：每万人%(what)s（%(unit)s/万人）", what=what, unit=unit)
        if by_rate
        else _("街乡镇：%(what)s（%(unit)s）", what=what, unit=unit)
    )
    entries = tuple(township_entries(breaks, decimals=1 if by_rate else 0))
    return TownshipGround(tuple(told["rows"]), by_rate, colours, Group(title, entries))


def _townships(question: Counted) -> tuple[Group, Drawing]:
    ground = township_ground(question)

    def draw(sheet: Sheet, scene: Scene) -> None:
        shapes: dict[str, list[Any]] = {}
        for code, outline in township_areas(scene).items():
            shapes.setdefault(ground.colours.get(code, MISSING), []).append(outline)
        for colour, outlines in shapes.items():
            sheet.fill_areas(outlines, colour)

    return ground.legend, draw


def _chosen(question: Counted) -> tuple[Any, ...]:
    """Return the outlines of what the filter selects on the map."""
    chosen = question.chosen
    if chosen.lasso:
        return (decode_lasso(chosen.lasso),)
    if chosen.cells:
        return tuple(cell_polygons([cell_from_name(name) for name in chosen.cells]))
    found = outlines_of(question, chosen.townships)
    return tuple(each for each in found if each is not None)
