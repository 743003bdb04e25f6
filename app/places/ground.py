"""What the small maps of places are drawn on: outlines and names of the townships in use."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import shapely

from geodata.areas import load_boundaries
from geodata.areas.versions import current_version
from geodata.home import Home
from geodata.places import Place

SIMPLIFIED_DEGREES = 0.0001
"""About 11 m: less than a pixel on a small map of a township."""


def ground_version(home: Home) -> str | None:
    """Return the version of the townships, None before there are any."""
    return current_version(home.boundaries, "township")


def ground(home: Home) -> str:
    """Return the townships as GeoJSON, with ``code, name`` and a label point."""
    version = ground_version(home)
    return (
        '{"type":"FeatureCollection","features":[]}' if version is None else _ground(home, version)
    )


def shape_of(place: Place) -> dict[str, Any]:
    """Return a place as a GeoJSON feature."""
    shape = shapely.to_geojson(shapely.set_precision(place.geometry, 1e-7, mode="pointwise"))
    return {"type": "Feature", "properties": {"name": place.name}, "geometry": json.loads(shape)}


@lru_cache(maxsize=2)
def _ground(home: Home, version: str) -> str:
    townships = load_boundaries(home, "township", version)
    inner = shapely.point_on_surface(townships.geometry)
    shapes = shapely.simplify(townships.geometry, SIMPLIFIED_DEGREES)
    features = [
        {
            "type": "Feature",
            "properties": {"code": str(code), "name": str(name), "lng": point.x, "lat": point.y},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for code, name, point, shape in zip(
            townships.codes, townships.names, inner, shapes, strict=True
        )
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
