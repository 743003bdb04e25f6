"""What one picture of the map shows: the state of its URL, with the data that it needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from app.hotspots import layers
from app.projects.map_layer import map_layer
from app.takeaway.classes import TownshipClasses, township_classes
from app.takeaway.features import Asked, seen_points
from app.takeaway.screen import Screen
from app.takeaway.state import GROUNDS, DrawnState
from app.townships.supervising.standing import standings

ALL_POINTS_ZOOM = 12
"""From this zoom on every point is drawn, as in the browser; below it only the first ones."""

STRONGEST = 100
"""High-frequency points drawn at every zoom, beside all unusually high ones."""


@dataclass(frozen=True)
class Scene:
    """One picture.

    Attributes
    ----------
    question : Asked
        Whose, of which run, at which step.
    shown : tuple of str
        Layers.
    screen : Screen
    selected : (kind, id) or None
    """

    question: Asked
    shown: tuple[str, ...]
    screen: Screen
    selected: tuple[str, str] | None

    @classmethod
    def of(cls, question: Asked, state: DrawnState) -> Scene:
        """Return the scene of a state; without a view it is the whole city."""
        west, south, east, north = question.run.record["bounds"]
        if state.middle:
            screen = Screen(*state.middle, state.width, state.height)
        else:
            screen = Screen.fitting((west, south, east, north), state.width, state.height)
        return cls(question, state.layers, screen, state.kind_and_id)

    def without_grounds(self) -> Scene:
        """Return the scene without what colours the ground."""
        return replace(self, shown=tuple(name for name in self.shown if name not in GROUNDS))

    @cached_property
    def classes(self) -> TownshipClasses:
        """Classes of the townships."""
        question = self.question
        return township_classes(
            layers.township_series(question.home, question.run.id), question.step
        )

    @cached_property
    def points(self) -> list[dict[str, Any]]:
        """Points to draw, the first ones last so that nothing covers them."""
        frequent, unusual = "points" in self.shown, "unusual" in self.shown
        kept = [
            point
            for point in seen_points(self.question)
            if (frequent and point["rules"]) or (unusual and point["unusually_high"])
        ]
        kept.sort(key=lambda point: (not point["unusually_high"], -point["reports"], point["id"]))
        if self.screen.zoom < ALL_POINTS_ZOOM:
            high = sum(point["unusually_high"] for point in kept)
            kept = kept[: high + STRONGEST]
        return kept[::-1]

    @cached_property
    def projects(self) -> list[dict[str, Any]]:
        """Projects that the asking person may see."""
        return (
            map_layer(self.question.access, self.question.home) if "projects" in self.shown else []
        )

    @cached_property
    def standings(self) -> dict[str, str]:
        """Townships in the supervision loop."""
        return standings(self.question.access) if "warnings" in self.shown else {}
