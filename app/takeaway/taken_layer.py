"""One layer as it leaves: its rows with their outlines, and what each column means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from app.hotspots.definitions import layer_definitions
from app.takeaway.features import Asked, layer_features
from app.takeaway.fields import FieldNote, field_note, heading

About = list[tuple[str, str]]
"""What a file says of itself: labels and lines."""


@dataclass(frozen=True, eq=False)
class TakenLayer:
    """What every kind of file is written from.

    Attributes
    ----------
    name, title : str
        As addresses and as people call it.
    features : GeoDataFrame
    notes : mapping of str to FieldNote
        Of each column but the geometry.
    """

    name: str
    title: str
    features: gpd.GeoDataFrame
    notes: Mapping[str, FieldNote]

    @property
    def columns(self) -> list[str]:
        """The columns of a table: all but the geometry."""
        names = self.features.columns
        return [str(name) for name in names if name != self.features.geometry.name]

    @property
    def headings(self) -> list[str]:
        """The heads of the columns, with units."""
        return [heading(self.notes[name]) for name in self.columns]

    @property
    def rows(self) -> list[list[Any]]:
        """The rows; what is not known is empty."""
        lists = [_known(self.features[name]) for name in self.columns]
        return [list(row) for row in zip(*lists, strict=True)]


def run_layer(question: Asked, name: str) -> TakenLayer:
    """Return a layer of a run as the asking person may see it.

    Raises
    ------
    Missing
        The run does not have this layer.
    """
    features = layer_features(question, name)
    notes = {
        str(column): field_note(column, name, question.run.measure)
        for column in features.columns
        if column != features.geometry.name
    }
    return TakenLayer(name, layer_definitions(question.run)[name]["title"], features, notes)


def _known(column: pd.Series) -> list[Any]:
    return [
        None if missing else value for value, missing in zip(column, column.isna(), strict=True)
    ]
