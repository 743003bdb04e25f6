"""The map of a run as one HTML page with everything inside."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import folium
from branca.element import Element

from app.assets import DIST, asset_path
from app.errors import InvalidParameter, Missing
from app.hotspots.cell_tests import POPULATION_NULL
from app.hotspots.courses.categories import BILINGUAL, CATEGORIES, NO_PATTERN, category_key
from app.hotspots.export_layers import (
    LARGEST_SHOWN_POINTS,
    cell_layer,
    cluster_layer,
    course_layer,
    outline_layer,
    point_layers,
)
from app.hotspots.palette import (
    CATEGORY_COLOURS,
    CLUSTER,
    HIGH_FREQUENCY,
    LEVEL_COLOURS,
    UNUSUALLY_HIGH,
)
from app.hotspots.runs import RunSummary, chosen_run
from app.hotspots.significance import NOT_TESTED
from geodata.home import Home

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

POINT_LEGEND = {
    UNUSUALLY_HIGH: "异常偏高点位 unusually high point",
    HIGH_FREQUENCY: f"高频点位 high-frequency point (≤ {LARGEST_SHOWN_POINTS})",
}

MEASURES = {
    "reports": "诉求件数 reports",
    "callers": "诉求人数 distinct callers",
    "incidents": "问题数 incidents",
}

CLUSTER_LEGEND = {CLUSTER: "扫描聚集区 scan cluster, p < .05"}

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
.sheet { max-height: calc(100% - 90px); overflow-y: auto; }
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
    cell_layer(home, run).add_to(page)
    for layer in (course_layer(home, run), outline_layer(home, run), cluster_layer(home, run)):
        if layer is not None:
            layer.add_to(page)
    for group in point_layers(home, run):
        group.add_to(page)
    folium.LayerControl(collapsed=False).add_to(page)
    page.fit_bounds([[south, west], [north, east]])
    figure: Any = page.get_root()
    figure.header.add_child(_Verbatim(_library()), name="leaflet", index=0)
    figure.header.add_child(_Verbatim(STYLE), name="style")
    figure.html.add_child(_Verbatim(_sheet(run)), name="sheet")
    figure.title = html.escape(f"诉源 {run.label}")
    return _without_links(figure.render())


def _sheet(run: RunSummary) -> str:
    counts = run.counts
    legend = {LEVEL_COLOURS[level]: text for level, text in LEGEND.items()} | POINT_LEGEND
    legend |= _course_legend(run) | CLUSTER_LEGEND
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


def _course_legend(run: RunSummary) -> dict[str, str]:
    """Return the colours of the kinds of course that the run has."""
    counts = run.record.get("emerging", {}).get("counts", {})
    return {
        CATEGORY_COLOURS[code]: BILINGUAL[code]
        for code in CATEGORIES
        if code != NO_PATTERN and counts.get(category_key(code))
    }


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
