"""Shapes that a picture draws, read from the layers of a run."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from app.hotspots import layers
from app.hotspots.geography import townships
from app.hotspots.periods import WHOLE_SPAN
from app.hotspots.runs import cluster_table
from app.takeaway.scene import Scene
from spatial.grid import cell_from_name, cell_polygons

POINT_RING_M = 60.0
METRES_PER_DEGREE = 111_195.0


def outlines(scene: Scene, kind: str) -> gpd.GeoDataFrame:
    """Return ``townships`` or ``districts`` as the browser draws them, with label points."""
    question = scene.question
    read = layers.townships_geojson if kind == "townships" else layers.districts_geojson
    return _shapes(read(question.home, question.run.id))


def clusters(scene: Scene) -> gpd.GeoDataFrame:
    """Return the scan clusters that last over the step; none where the run did not look."""
    question = scene.question
    if cluster_table(question.home, question.run) is None:
        return gpd.GeoDataFrame()
    found = _shapes(layers.clusters_geojson(question.home, question.run.id))
    if question.step == WHOLE_SPAN or found.empty:
        return found
    return found[(found["start"] <= question.step) & (found["end"] >= question.step)]


def township_areas(scene: Scene) -> dict[str, Any]:
    """Return each township by its code, in pixels."""
    run = scene.question.run
    boundaries = townships(scene.question.home, run.record["boundary_versions"]["township"])
    drawn = scene.screen.drawn(np.asarray(boundaries.geometry, dtype=object))
    return dict(zip(map(str, boundaries.codes), drawn, strict=True))


def selected(scene: Scene) -> Any | None:
    """Return the outline of what is selected, in pixels; None where there is none."""
    if scene.selected is None:
        return None
    kind, name = scene.selected
    if kind == "cell":
        return _cell(scene, name)
    if kind == "township":
        return township_areas(scene).get(name)
    if kind == "cluster":
        found = clusters(scene)
        rows = found[found["rank"].astype(str) == name] if len(found) else found
        return scene.screen.drawn(rows.geometry.to_numpy())[0] if len(rows) else None
    return _ring(scene, scene.points if kind == "point" else scene.projects, name)


def _cell(scene: Scene, name: str) -> Any | None:
    try:
        cell = cell_from_name(name)
    except ValueError:
        return None
    return scene.screen.drawn(cell_polygons([cell]))[0]


def _ring(scene: Scene, places: list[dict[str, Any]], name: str) -> Any | None:
    """Return the circle around a point or a project."""
    for place in places:
        if str(place["id"]) == name:
            ((right, down),) = scene.screen.pixels([place["lng"]], [place["lat"]])
            radius = place.get("radius_m", POINT_RING_M) / scene.screen.metres_per_pixel
            return shapely.Point(right, down).buffer(max(radius, 6.0))
    return None


def _shapes(text: bytes) -> gpd.GeoDataFrame:
    found = json.loads(text)["features"]
    return gpd.GeoDataFrame.from_features(found, crs=4326) if found else gpd.GeoDataFrame()
