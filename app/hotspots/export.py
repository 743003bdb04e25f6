"""The map of a run as one HTML page with everything inside."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pyarrow.compute as pc
from branca.element import Element
from numpy.typing import NDArray

from app.assets import DIST, asset_path
from app.errors import InvalidParameter, Missing
from app.hotspots.cell_tests import POPULATION_NULL
from app.hotspots.geography import townships
from app.hotspots.layers import points, townships_geojson
from app.hotspots.palette import (
    HIGH_FREQUENCY,
    INK,
    LEVEL_COLOURS,
    OUTLINE,
    UNUSUALLY_HIGH,
)
from app.hotspots.periods import WHOLE_SPAN
from app.hotspots.runs import RunSummary, chosen_run, read_table
from app.hotspots.significance import NOT_TESTED
from geodata.home import Home
from spatial.grid import cell_centres, cell_name, cell_polygons

LEGEND = {
    3: "聚集 hot, q < .01",
    2: "聚集 hot, q < .05",
    1: "聚集 hot, q < .10",
    0: "不显著 not significant",
    -1: "偏低 low, q < .10",
    -2: "偏低 low, q < .05",
    -3: "偏低 low, q < .01",
    NOT_TESTED: "未检验 not tested",
}

LARGEST_SHOWN_POINTS = 300
"""High-frequency points in the page; the unusually high ones are all in it."""

POINT_LEGEND = {
    UNUSUALLY_HIGH: "异常偏高点位 unusually high point",
    HIGH_FREQUENCY: f"高频点位 high-frequency point (≤ {LARGEST_SHOWN_POINTS})",
}

MEASURES = {
    "reports": "诉求件数 reports",
    "callers": "诉求人数 distinct callers",
    "incidents": "问题数 incidents",
}

LIBRARY = ("leaflet.js", "leaflet.css")
NO_LIBRARY = "leaflet is missing from the built front end: run `make frontend`"

STYLE = """
<style>
html, body, .folium-map { height: 100%; margin: 0; font-family: "Noto Sans CJK SC",
  "Microsoft YaHei", "PingFang SC", sans-serif; background: #f5f6f8; }
.sheet { position: fixed; z-index: 900; left: 12px; bottom: 64px; padding: 10px 14px;
  background: #fffffff2; border-radius: 6px; font-size: 13px; max-width: 300px;
  box-shadow: 0 1px 6px #0003; }
.sheet h1 { font-size: 15px; margin: 0 0 4px; }
.sheet p { margin: 2px 0; color: #444; }
.sheet i { display: inline-block; width: 12px; height: 12px; margin-right: 6px; }
</style>
"""


class _Verbatim(Element):
    """A piece of the page as it is: branca would read the text itself as a template."""

    def __init__(self, text: str) -> None:
        super().__init__("{{ this.text }}")
        self.text = text


def export_html(home: Home, run_id: str | None, path: Path) -> dict[str, Any]:
    """Write the whole span of a run as a page that needs no network.

    Parameters
    ----------
    home : Home
    run_id : str or None
        The newest run when None.
    path : Path
        File to write; its folder must exist.

    Returns
    -------
    dict
        ``run, file, bytes``.

    Raises
    ------
    Missing
        There is no such run, or no leaflet to put inside.
    InvalidParameter
        The file cannot be written there.
    """
    run = chosen_run(home, run_id)
    if run is None:
        raise Missing("there is no run yet: run `suyuan analyse` first", "还没有分析结果")
    text = render_map(home, run)
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise InvalidParameter(
            f"{path}: cannot be written ({error.strerror})", f"无法写入 {path}"
        ) from error
    return {"run": run.id, "file": str(path), "bytes": path.stat().st_size}


def render_map(home: Home, run: RunSummary) -> str:
    """Return the page: cells by significance, township outlines, points, counts and legend."""
    west, south, east, north = run.record["bounds"]
    page = folium.Map(
        tiles=None,
        control_scale=True,
        prefer_canvas=True,
        attributionControl=False,
        # Without tiles any zoom is as sharp as another: the city fills the window.
        zoom_snap=0.25,
    )
    # Everything that folium would fetch from elsewhere; leaflet itself is put in below.
    page.default_js, page.default_css = [], []
    _cells(home, run).add_to(page)
    _outlines(home, run).add_to(page)
    _points(home, run).add_to(page)
    folium.LayerControl(collapsed=False).add_to(page)
    page.fit_bounds([[south, west], [north, east]])
    figure: Any = page.get_root()
    figure.header.add_child(_Verbatim(_library()), name="leaflet", index=0)
    figure.header.add_child(_Verbatim(STYLE), name="style")
    figure.html.add_child(_Verbatim(_sheet(run)), name="sheet")
    figure.title = html.escape(f"诉源 {run.label}")
    return _without_links(figure.render())


def _cells(home: Home, run: RunSummary) -> folium.GeoJson:
    """Draw the cells that have cases or a significant level; empty ones would only weigh."""
    table = read_table(home, run.id, "cells")
    table = table.filter(pc.equal(table["step"], WHOLE_SPAN))
    frame = table.select(["cell", "count", "expected", "q_hot", "q_cold", "level"]).to_pandas()
    frame = frame[(frame["count"] > 0) | ~frame["level"].isin([0, NOT_TESTED])]
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
        geometry=gpd.GeoSeries(cell_polygons(cells), crs=4326).set_precision(1e-6),
        crs=4326,
    )
    fields = [name for name in shown.columns if name not in ("geometry", "colour")]
    return folium.GeoJson(
        shown,
        name="聚集显著性 significance",
        style_function=lambda feature: {
            "fillColor": feature["properties"]["colour"],
            "fillOpacity": 0.9,
            "stroke": False,
        },
        tooltip=folium.GeoJsonTooltip(fields) if len(shown) else None,
    )


def _township_names(home: Home, run: RunSummary, cells: NDArray[np.int64]) -> list[str]:
    boundaries = townships(home, run.record["boundary_versions"]["township"])
    lat, lng = cell_centres(cells)
    found = boundaries.locate(lng, lat)
    return [_plain_text(str(boundaries.names[i])) if i >= 0 else "" for i in found]


def _outlines(home: Home, run: RunSummary) -> folium.GeoJson:
    outlines = json.loads(townships_geojson(home, run.id))
    for feature in outlines["features"]:
        own = feature["properties"]
        feature["properties"] = {"name": _plain_text(own["name"])}
    return folium.GeoJson(
        outlines,
        name="街乡镇 townships",
        # Outlines must not catch the pointer that is meant for the cells below them.
        interactive=False,
        style_function=lambda _feature: {"fill": False, "weight": 1, "color": OUTLINE},
    )


def _points(home: Home, run: RunSummary) -> folium.FeatureGroup:
    """Draw the points with most reports, the unusually high ones all and above the others."""
    group = folium.FeatureGroup(name="高频与异常偏高点位 points", show=False)
    found = points(home, run.id)
    unusual = [point for point in found if point["unusually_high"]]
    others = [point for point in found if not point["unusually_high"]][:LARGEST_SHOWN_POINTS]
    for point in [*others, *unusual]:
        high = point["unusually_high"]
        folium.CircleMarker(
            [point["lat"], point["lng"]],
            radius=6 if high else 4,
            weight=1.2,
            color=INK if high else "#ffffff",
            fill=True,
            fill_color=UNUSUALLY_HIGH if high else HIGH_FREQUENCY,
            fill_opacity=0.95,
            tooltip=_plain_text(f"{point['name']} · {point['reports']} 件 cases"),
        ).add_to(group)
    return group


def _plain_text(text: str) -> str:
    """Escape a text that folium puts into HTML, within JavaScript, within a Jinja template."""
    return html.escape(text).translate({ord(sign): f"&#{ord(sign)};" for sign in "`$\\{}"})


def _sheet(run: RunSummary) -> str:
    counts = run.counts
    legend = {LEVEL_COLOURS[level]: text for level, text in LEGEND.items()} | POINT_LEGEND
    rows = "".join(
        f'<p><i style="background:{colour}"></i>{html.escape(text)}</p>'
        for colour, text in legend.items()
    )
    basis = "人口 population" if run.null == POPULATION_NULL else "无人口数据 no population"
    counted = MEASURES[run.measure]
    return (
        f'<div class="sheet"><h1>诉求热点 {html.escape(run.label)}</h1>'
        f"<p>全部 all {counts['all']:,} = 已定位 located {counts['located']:,} + "
        f"未定位 unlocated {counts['unlocated']:,}</p>"
        f"<p>其中仅知街乡镇 township only {counts['township_only']:,}</p>"
        f"<p>单元计量 cells count: {counted}</p>"
        f"<p>应有量依据 expected by: {basis}</p>{rows}<p>run {run.id}</p></div>"
    )


def _library() -> str:
    """Leaflet itself, as it was built into the front end."""
    try:
        script, style = ((DIST.parent / asset_path(name)).read_text("utf-8") for name in LIBRARY)
    except FileNotFoundError:
        raise Missing(NO_LIBRARY, "前端未构建：请运行 make frontend") from None
    return f"<script>{script}</script>\n<style>{style}</style>"


def _without_links(page: str) -> str:
    """Take out the address of leaflet's own site: nothing in the page points elsewhere."""
    return page.replace('href="https://leafletjs.com"', 'href="#"')


def _texts(values: Any, form: str) -> list[str]:
    return ["" if np.isnan(value) else format(value, form) for value in values]
