"""Layers as files for a GIS: GeoJSON, and a GeoPackage that explains its columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from app.takeaway.features import Asked, layer_features, steps_of_cells
from app.takeaway.fields import field_note
from app.takeaway.source import about
from app.takeaway.tables import columns

Tell = Callable[[int, int, str, str], None]

MONTHS_OF_CELLS = "cells_by_month"
"""Table of the GeoPackage with every cell in every month; ``cell`` joins it to the outlines."""


def geojson(question: Asked, layer: str) -> bytes:
    """Return a layer as GeoJSON; ``fields`` and ``source`` stand beside the features."""
    features = layer_features(question, layer)
    found = json.loads(features.to_json(na="null", drop_id=True, show_bbox=False))
    notes = _notes(question, layer, features)
    return json.dumps(
        {
            "type": "FeatureCollection",
            "name": layer,
            "source": dict(about(question, (layer,))),
            "fields": {note["field"]: note for note in notes},
            "features": found["features"],
        },
        ensure_ascii=False,
    ).encode()


def write_geopackage(question: Asked, layers: tuple[str, ...], path: Path, tell: Tell) -> None:
    """Write the layers, the cells month by month, and tables on columns and source.

    Parameters
    ----------
    question : Asked
    layers : tuple of str
        A table with geometry for each.
    path : Path
        File to write.
    tell : callable
        Called with parts done, parts in all, and what begins, in English and Chinese.
    """
    by_month = "cells" in layers and question.exact
    parts = len(layers) + by_month + 1
    notes: list[dict[str, str]] = []
    for done, layer in enumerate(layers):
        tell(done, parts, f"writing {layer}", f"写入图层 {layer}")
        features = layer_features(question, layer)
        pyogrio.write_dataframe(features, path, layer=layer, append=done > 0, driver="GPKG")
        notes += _notes(question, layer, features)
    if by_month:
        tell(len(layers), parts, "writing the cells month by month", "写入各单元逐月数值")
        _append(steps_of_cells(question).to_pandas(), path, MONTHS_OF_CELLS)
    tell(parts - 1, parts, "writing what the columns mean", "写入列的说明")
    _append(pd.DataFrame(notes), path, "fields")
    _append(pd.DataFrame(about(question, layers), columns=["label", "text"]), path, "source")


def _notes(question: Asked, layer: str, features: gpd.GeoDataFrame) -> list[dict[str, str]]:
    found = []
    for name in columns(features):
        note = field_note(name, layer, question.run.measure)
        texts: dict[str, Any] = {"title": note.title, "unit": note.unit, "meaning": note.meaning}
        said = {key: str(text) for key, text in texts.items()}
        found.append({"field": name, "layer": layer, **said})
    return found


def _append(table: pd.DataFrame, path: Path, name: str) -> None:
    pyogrio.write_dataframe(table, path, layer=name, append=True, driver="GPKG")
