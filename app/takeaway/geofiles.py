"""Layers as files for a GIS: GeoJSON, and a GeoPackage that explains its columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio

from app.takeaway.features import Asked, steps_of_cells
from app.takeaway.source import about
from app.takeaway.taken_layer import About, TakenLayer, run_layer

Tell = Callable[[int, int, str, str], None]

MONTHS_OF_CELLS = "cells_by_month"
"""Table of the GeoPackage with every cell in every month; ``cell`` joins it to the outlines."""


def geojson(layer: TakenLayer, said: About) -> bytes:
    """Return a layer as GeoJSON; ``fields`` and ``source`` stand beside the features."""
    found = json.loads(layer.features.to_json(na="null", drop_id=True, show_bbox=False))
    return json.dumps(
        {
            "type": "FeatureCollection",
            "name": layer.name,
            "source": dict(said),
            "fields": {note["field"]: note for note in _notes(layer)},
            "features": found["features"],
        },
        ensure_ascii=False,
    ).encode()


def write_run(question: Asked, layers: tuple[str, ...], path: Path, tell: Tell) -> None:
    """Write layers of a run as a GeoPackage, with the cells month by month.

    Parameters
    ----------
    question : Asked
    layers : tuple of str
    path : Path
    tell : callable
        Called with parts done, parts in all, and what begins, in English and Chinese.
    """
    by_month = "cells" in layers and question.exact
    parts = len(layers) + by_month + 1
    taken = []
    for done, name in enumerate(layers):
        tell(done, parts, f"writing {name}", f"写入图层 {name}")
        taken.append(run_layer(question, name))
        _add_layer(path, taken[-1], append=done > 0)
    if by_month:
        tell(len(layers), parts, "writing the cells month by month", "写入各单元逐月数值")
        _add_table(path, steps_of_cells(question).to_pandas(), MONTHS_OF_CELLS)
    tell(parts - 1, parts, "writing what the columns mean", "写入列的说明")
    _explain(path, taken, about(question, layers))


def write_layers(layers: Sequence[TakenLayer], said: About, path: Path) -> None:
    """Write layers as a GeoPackage, with tables on columns and source."""
    for done, layer in enumerate(layers):
        _add_layer(path, layer, append=done > 0)
    _explain(path, layers, said)


def _add_layer(path: Path, layer: TakenLayer, *, append: bool) -> None:
    pyogrio.write_dataframe(layer.features, path, layer=layer.name, append=append, driver="GPKG")


def _explain(path: Path, layers: Sequence[TakenLayer], said: About) -> None:
    notes = [note for layer in layers for note in _notes(layer)]
    _add_table(path, pd.DataFrame(notes), "fields")
    _add_table(path, pd.DataFrame(said, columns=["label", "text"]), "source")


def _notes(layer: TakenLayer) -> list[dict[str, str]]:
    found = []
    for name in layer.columns:
        note = layer.notes[name]
        texts: dict[str, Any] = {"title": note.title, "unit": note.unit, "meaning": note.meaning}
        said = {key: str(text) for key, text in texts.items()}
        found.append({"field": name, "layer": layer.name, **said})
    return found


def _add_table(path: Path, table: pd.DataFrame, name: str) -> None:
    pyogrio.write_dataframe(table, path, layer=name, append=True, driver="GPKG")
