"""State of the map page as its URL tells it, for what is made from it on the server."""

from __future__ import annotations

from functools import cached_property
from typing import Literal
from urllib.parse import urlencode

from pydantic import Field

from app.hotspots.forms import MapState
from app.hotspots.page import TABLES
from app.hotspots.periods import WHOLE_SPAN

GROUNDS = ("cells", "emerging", "townships")
"""Layers that colour the same ground: one of them at a time."""

LAYERS = (*TABLES, "projects", "warnings")
DEFAULT_LAYERS = ("cells", "projects")

Tabular = Literal["cells", "emerging", "townships", "clusters", "points", "unusual"]

VIEW_PATTERN = r"^(1?\d|2[0-4])(\.\d{1,6})?/-?\d{1,2}(\.\d{1,8})?/-?\d{1,3}(\.\d{1,8})?$"


class DrawnState(MapState):
    """State of the map, with what only the browser knows of it: where it looks, and how large.

    Attributes
    ----------
    view : str or None
        ``zoom/lat/lng`` of the middle; the whole city when not given.
    width, height : int
        Of the map in CSS pixels.
    of : str or None
        The layer of which a table is wanted; the first one shown when not given.
    """

    view: str | None = Field(default=None, pattern=VIEW_PATTERN)
    width: int = Field(default=1200, ge=200, le=2400)
    height: int = Field(default=800, ge=200, le=2400)
    of: Tabular | None = None

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """Layers that are shown, in the order of the switch; of the grounds only the first."""
        named = DEFAULT_LAYERS if self.layer is None else tuple(self.layer.split(","))
        ground = next((name for name in named if name in GROUNDS), None)
        return tuple(
            name for name in LAYERS if name in named and (name == ground or name not in GROUNDS)
        )

    @property
    def tabular(self) -> tuple[str, ...]:
        """Layers shown of which there are tables; the cells where there is none."""
        return tuple(name for name in self.layers if name in TABLES) or TABLES[:1]

    @property
    def table(self) -> str:
        """The one layer of which a table is wanted."""
        return self.of or self.tabular[0]

    @property
    def middle(self) -> tuple[float, float, float] | None:
        """Zoom, latitude and longitude of the view."""
        if self.view is None:
            return None
        zoom, lat, lng = (float(part) for part in self.view.split("/"))
        return zoom, max(-85.0, min(85.0, lat)), max(-180.0, min(180.0, lng))

    @property
    def kind_and_id(self) -> tuple[str, str] | None:
        """What is selected."""
        kind, colon, name = (self.selected or "").partition(":")
        return (kind, name) if colon and name else None

    def query(self, **changes: object) -> str:
        """Return the query string of this state with some parts changed; None leaves one out."""
        said = {
            "run": self.run,
            "step": None if self.step == WHOLE_SPAN else self.step,
            "layer": self.layer,
            "selected": self.selected,
            "view": self.view,
        } | changes
        kept = {name: value for name, value in said.items() if value is not None}
        return urlencode(kept, safe=":,/")
