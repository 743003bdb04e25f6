"""The map of a run as one HTML page with everything inside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import folium

from app.accounts.areas import EVERYWHERE, Area
from app.errors import InvalidParameter, Missing
from app.hotspots.export_layers import (
    cell_layer,
    cluster_layer,
    course_layer,
    drawn_levels,
    outline_layer,
    point_layers,
    shown_points,
)
from app.hotspots.export_sheet import Drawn, sheet, word
from app.hotspots.layers import townships_geojson
from app.hotspots.offline_page import offline_map, page_text
from app.hotspots.runs import RunSummary, chosen_run
from app.web import DEFAULT_LANGUAGE
from geodata.home import Home


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
    text = render_map(home, run, page_language())
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise InvalidParameter(
            f"{path}: cannot be written ({error.strerror})", f"无法写入 {path}"
        ) from error
    return {"run": run.id, "file": str(path), "bytes": path.stat().st_size}


def page_language() -> str:
    """Return the language of the page: Chinese unless ``$SUYUAN_LANGUAGE`` is another.

    The page is for the city's offices, whatever the locale of the machine that makes it.
    """
    chosen = os.environ.get("SUYUAN_LANGUAGE", "zh").lower()
    return DEFAULT_LANGUAGE if chosen.startswith("zh") else "en"


def render_map(
    home: Home, run: RunSummary, language: str = DEFAULT_LANGUAGE, area: Area = EVERYWHERE
) -> str:
    """Return the page: cells by significance, township outlines, points, counts and legend.

    Points are those of the area.
    """
    frequent, unusual = shown_points(home, run, area)
    drawn = Drawn(drawn_levels(home, run), len(frequent), len(unusual))
    title = f"{word('title', language)} {run.label}"
    page = offline_map(_layers(home, run, area), run.record["bounds"])
    return page_text(page, title, sheet(run, drawn, language), language)


def _layers(
    home: Home, run: RunSummary, area: Area
) -> Iterator[folium.GeoJson | folium.FeatureGroup]:
    yield cell_layer(home, run)
    outlines = outline_layer(townships_geojson(home, run.id))
    for layer in (course_layer(home, run), outlines, cluster_layer(home, run)):
        if layer is not None:
            yield layer
    yield from point_layers(home, run, area)
