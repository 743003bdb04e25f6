"""The counts of a filter as one HTML page with a map, which opens without a network."""

from __future__ import annotations

from datetime import datetime

import folium
import geopandas as gpd
import numpy as np
import shapely

from app.cases.disclosure import SUPPRESSION_THRESHOLD, told
from app.errors import InvalidParameter, Missing
from app.hotspots.export_layers import cell_outlines, filled_layer, outline_layer, plain_text
from app.hotspots.export_sheet import folded_sheet, layer_section, paragraphs, sign_row, word
from app.hotspots.layers import outlines
from app.hotspots.measures import measure_unit
from app.hotspots.offline_page import offline_map, page_text
from app.hotspots.palette import MISSING, NO_COUNT
from app.takeaway.counted.ground import CellGround, TownshipGround, cell_ground, township_ground
from app.takeaway.counted.layers import outlines_of, township_version
from app.takeaway.counted.question import Counted
from app.takeaway.counted.source import about, about_picture
from app.takeaway.legend import Group
from app.translation import _
from spatial.grid import cell_name

MOST_CELLS = 60_000
"""With more the page would be too heavy for a browser."""


def render_counts(question: Counted, language: str, made: datetime) -> str:
    """Return the page: cells and townships as the filter colours them, in the words in use.

    Raises
    ------
    Missing
        There are no boundaries to draw.
    InvalidParameter
        There are more cells than a browser draws.
    """
    version = township_version(question)
    if version is None:
        raise Missing("there are no boundaries to draw", "还没有街乡镇边界，无法绘制地图")
    cells, areas = cell_ground(question), township_ground(question)
    shown = question.chosen.ground
    names = {"counts": _("六边形单元"), "rate": _("各街乡镇")}
    layers = (
        _township_layer(question, areas, names["rate"], show=shown == "rate"),
        _cell_layer(question, cells, names["counts"], show=shown == "counts"),
        outline_layer(outlines(question.narrowed.home, version), _("街乡镇界")),
    )
    seen = [row["code"] for row in areas.rows] or list(question.narrowed.attributed.codes)
    bounds = shapely.total_bounds(outlines_of(question, seen))
    (title, lines), colon = about_picture(question), word("colon", language)
    parts = [
        paragraphs(lines[-1:]),
        *(
            layer_section(names[name], legend.title, _rows(legend), "", shown=shown == name)
            for name, legend in (("counts", cells.legend), ("rate", areas.legend))
        ),
        paragraphs(f"{label}{colon}{text}" for label, text in about(question, made)),
    ]
    sheet = folded_sheet(title, parts, language)
    return page_text(offline_map(layers, tuple(bounds)), title, sheet, language)


def _cell_layer(question: Counted, ground: CellGround, name: str, *, show: bool) -> folium.GeoJson:
    """Draw the cells that have something in the periods selected; others would only weigh."""
    some = ground.values > 0
    n = int(some.sum())
    if n > MOST_CELLS:
        raise InvalidParameter(
            f"resolution: {n:,} cells are too many for a page (at most {MOST_CELLS:,}); choose "
            "coarser cells or a narrower filter",
            f"{n:,} 个单元超出离线地图的上限（{MOST_CELLS:,} 个），请选择更粗的精度或更窄的筛选",
        )
    cells = ground.cells[some]
    frame = gpd.GeoDataFrame(
        {
            _("单元"): [cell_name(cell) for cell in cells],
            _unit(question): [_written(question, value) for value in ground.values[some]],
            "colour": [ground.colours[kind] for kind in ground.kinds[some]],
        },
        geometry=cell_outlines(cells),
        crs=4326,
    )
    return filled_layer(frame, name, show=show)


def _township_layer(
    question: Counted, ground: TownshipGround, name: str, *, show: bool
) -> folium.GeoJson:
    rows = ground.rows
    columns = {
        _("街乡镇"): [plain_text(str(row["name"])) for row in rows],
        _unit(question): [_written(question, row["count"]) for row in rows],
    }
    if ground.by_rate:
        columns[_("每万人")] = ["" if row["rate"] is None else f"{row['rate']:.1f}" for row in rows]
    columns["colour"] = [ground.colours.get(row["code"], MISSING) for row in rows]
    shapes = gpd.GeoSeries(outlines_of(question, [row["code"] for row in rows]), crs=4326)
    drawn = shapes.simplify(1e-4).set_precision(1e-6)
    return filled_layer(gpd.GeoDataFrame(columns, geometry=drawn, crs=4326), name, show=show)


def _unit(question: Counted) -> str:
    return measure_unit(question.chosen.measure)


def _written(question: Counted, value: int | np.integer) -> str:
    if question.exact or value >= SUPPRESSION_THRESHOLD:
        return f"{value:,}"
    return "0" if value == 0 else told(-1)


def _rows(legend: Group) -> list[str]:
    """Write a legend; cells without a count are not drawn."""
    drawn = (entry for entry in legend.entries if entry.fill != NO_COUNT)
    return [sign_row(f"background:{entry.fill}", entry.text) for entry in drawn]
