"""The layers of an exported map: what is drawn of a run, with what a pointer reads of it."""

from __future__ import annotations

import html
import json
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.accounts.areas import Area
from app.hotspots.courses.categories import BILINGUAL, NO_PATTERN
from app.hotspots.geography import townships
from app.hotspots.layers import clusters_geojson, points
from app.hotspots.palette import (
    CATEGORY_COLOURS,
    CLUSTER,
    HIGH_FREQUENCY,
    INK,
    LEVEL_COLOURS,
    OUTLINE,
    UNUSUALLY_HIGH,
)
from app.hotspots.periods import WHOLE_SPAN
from app.hotspots.runs import RunSummary, emerging_table, read_table
from app.hotspots.significance import NOT_TESTED
from geodata.home import Home
from spatial.grid import cell_centres, cell_name, cell_polygons

LARGEST_SHOWN_POINTS = 300
"""High-frequency points in the page; the unusually high ones are all in it."""

LAYER_NAMES = {
    "cells": "聚集显著性 significance",
    "emerging": "时空演变类型 course over time",
    "townships": "街乡镇 townships",
    "clusters": "扫描聚集区 scan clusters",
    "points": "高频点位 high-frequency points",
    "unusual": "异常偏高点位 unusually high points",
}
"""What the box of layers calls each, by its name among the definitions."""

DIAMOND = (
    '<b style="display:block;width:10px;height:10px;transform:rotate(45deg);'
    f'background:{UNUSUALLY_HIGH};border:1px solid {INK}"></b>'
)


def cell_layer(home: Home, run: RunSummary) -> folium.GeoJson:
    """Draw the cells that have cases or a significant level; empty ones would only weigh."""
    frame = _shown_cells(home, run)
    cells = frame["cell"].to_numpy()
    shown = gpd.GeoDataFrame(
        {
            "街乡镇 township": _township_names(home, run, cells),
            "单元 cell": [cell_name(cell) for cell in cells],
            "件数 cases": frame["count"].to_numpy(),
            "应有 expected": _texts(frame["expected"].to_numpy(), ".1f"),
            "q": _texts(frame[["q_hot", "q_cold"]].min(axis=1).to_numpy(), ".4f"),
            "colour": [LEVEL_COLOURS[level] for level in frame["level"]],
        },
        geometry=cell_outlines(cells),
        crs=4326,
    )
    return filled_layer(shown, LAYER_NAMES["cells"], show=True)


def drawn_levels(home: Home, run: RunSummary) -> frozenset[int]:
    """Return the levels that the drawn cells have."""
    return frozenset(int(level) for level in _shown_cells(home, run)["level"].unique())


def _shown_cells(home: Home, run: RunSummary) -> pd.DataFrame:
    table = read_table(home, run.id, "cells")
    table = table.filter(pc.equal(table["step"], WHOLE_SPAN))
    columns = ["cell", "count", "expected", "q_hot", "q_cold", "level"]
    frame: pd.DataFrame = table.select(columns).to_pandas()
    return frame[(frame["count"] > 0) | ~frame["level"].isin([0, NOT_TESTED])]


def course_layer(home: Home, run: RunSummary) -> folium.GeoJson | None:
    """Draw the cells that have a kind of course; None where the run has no such table."""
    table = emerging_table(home, run)
    if table is None:
        return None
    frame = table.select(["cell", "category", "hot_steps", "cold_steps"]).to_pandas()
    frame = frame[~frame["category"].isin([NO_PATTERN, NOT_TESTED])]
    shown = gpd.GeoDataFrame(
        {
            "街乡镇 township": _township_names(home, run, frame["cell"].to_numpy()),
            "类型 kind": [BILINGUAL[code] for code in frame["category"]],
            "偏多月数 hot months": frame["hot_steps"].to_numpy(),
            "偏少月数 low months": frame["cold_steps"].to_numpy(),
            "colour": [CATEGORY_COLOURS[code] for code in frame["category"]],
        },
        geometry=cell_outlines(frame["cell"].to_numpy()),
        crs=4326,
    )
    return filled_layer(shown, LAYER_NAMES["emerging"], show=False)


def outline_layer(townships: bytes, name: str = LAYER_NAMES["townships"]) -> folium.GeoJson:
    """Draw the outlines of townships, as `layers.outlines` has them."""
    outlines = json.loads(townships)
    for feature in outlines["features"]:
        own = feature["properties"]
        feature["properties"] = {"name": plain_text(own["name"])}
    return folium.GeoJson(
        outlines,
        name=name,
        # Outlines must not catch the pointer that is meant for the cells below them.
        interactive=False,
        style_function=lambda _feature: {"fill": False, "weight": 1, "color": OUTLINE},
    )


def cluster_layer(home: Home, run: RunSummary) -> folium.GeoJson | None:
    """Draw the outlines of the scan clusters; None where the run has none."""
    outlines = json.loads(clusters_geojson(home, run.id))
    if not outlines["features"]:
        return None
    for feature in outlines["features"]:
        own = feature["properties"]
        months = f"{run.steps[own['start']].label} – {run.steps[own['end']].label}"
        # Without an id folium takes a property for one, in a script that its name would break.
        feature["id"] = str(own["rank"])
        feature["properties"] = {
            "位次 rank": own["rank"],
            "起止 months": months,
            "数量 count": f"{own['observed']:,}",
            "应有 expected": f"{own['expected']:,.1f}",
            "p": f"{own['p_value']:.4f}",
        }
    return folium.GeoJson(
        outlines,
        name=LAYER_NAMES["clusters"],
        show=False,
        style_function=lambda _feature: {"fill": False, "weight": 3, "color": CLUSTER},
        tooltip=folium.GeoJsonTooltip(list(outlines["features"][0]["properties"])),
    )


def point_layers(home: Home, run: RunSummary, area: Area) -> list[folium.FeatureGroup]:
    """Draw the points with most reports, and apart from them the unusually high ones, all.

    They differ in form too, as on the map: circles and diamonds.
    """
    frequent, unusual = shown_points(home, run, area)
    circles = folium.FeatureGroup(name=LAYER_NAMES["points"], show=False)
    for point in frequent[:LARGEST_SHOWN_POINTS]:
        _circle(point).add_to(circles)
    diamonds = folium.FeatureGroup(name=LAYER_NAMES["unusual"], show=False)
    for point in unusual:
        _diamond(point).add_to(diamonds)
    return [circles, diamonds]


def shown_points(
    home: Home, run: RunSummary, area: Area
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return an area's high-frequency points and unusually high ones; a point may be both."""
    found = points(home, area, run.id)
    frequent = [point for point in found if point["rules"]]
    return frequent, [point for point in found if point["unusually_high"]]


def cell_outlines(cells: NDArray[np.int64]) -> gpd.GeoSeries:
    """Return the hexagons of cells, to a tenth of a metre."""
    return gpd.GeoSeries(cell_polygons(cells), crs=4326).set_precision(1e-6)


def filled_layer(shown: gpd.GeoDataFrame, name: str, *, show: bool) -> folium.GeoJson:
    """Return a layer of areas, each in its own ``colour`` and with its other columns to read."""
    fields = [column for column in shown.columns if column not in ("geometry", "colour")]
    return folium.GeoJson(
        shown,
        name=name,
        show=show,
        style_function=lambda feature: {
            "fillColor": feature["properties"]["colour"],
            "fillOpacity": 0.9,
            "stroke": False,
        },
        tooltip=folium.GeoJsonTooltip(fields) if len(shown) else None,
    )


def _circle(point: dict[str, Any]) -> folium.CircleMarker:
    return folium.CircleMarker(
        [point["lat"], point["lng"]],
        radius=5,
        weight=1.2,
        color="#ffffff",
        fill=True,
        fill_color=HIGH_FREQUENCY,
        fill_opacity=0.95,
        tooltip=_point_text(point),
    )


def _diamond(point: dict[str, Any]) -> folium.Marker:
    return folium.Marker(
        [point["lat"], point["lng"]],
        icon=folium.DivIcon(DIAMOND, icon_size=(12, 12), icon_anchor=(6, 6)),
        tooltip=_point_text(point),
    )


def _point_text(point: dict[str, Any]) -> str:
    return plain_text(f"{point['name']} · {point['reports']} 件 cases")


def _township_names(home: Home, run: RunSummary, cells: NDArray[np.int64]) -> list[str]:
    boundaries = townships(home, run.record["boundary_versions"]["township"])
    lat, lng = cell_centres(cells)
    found = boundaries.locate(lng, lat)
    return [plain_text(str(boundaries.names[i])) if i >= 0 else "" for i in found]


def plain_text(text: str) -> str:
    """Escape a text that folium puts into HTML, within JavaScript, within a Jinja template."""
    return html.escape(text).translate({ord(sign): f"&#{ord(sign)};" for sign in "`$\\{}"})


def _texts(values: Any, form: str) -> list[str]:
    return ["" if np.isnan(value) else format(value, form) for value in values]
