"""Up to where stored cases follow the register and the decisions."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from geodata.areas.places import PLACES_LAYER
from geodata.areas.versions import current_version
from geodata.home import Home
from geodata.places.decisions import decisions_version

FILE = "applied.json"


@dataclass(frozen=True)
class PlaceState:
    """Register and decisions at one moment.

    Attributes
    ----------
    places : str or None
        Version of the register.
    decisions : int
        Version of the decisions.
    """

    places: str | None
    decisions: int


def place_state(home: Home) -> PlaceState:
    """Return the register and decisions as they are."""
    return PlaceState(current_version(home.places, PLACES_LAYER), decisions_version(home))


def applied_state(home: Home) -> PlaceState | None:
    """Return what all stored cases follow, None where that was never seen to."""
    path = home.places / FILE
    return PlaceState(**json.loads(path.read_text("utf-8"))) if path.exists() else None


def remember_applied(home: Home, state: PlaceState) -> None:
    """Note that all stored cases follow this state."""
    path = home.places / FILE
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(state)), "utf-8")
    draft.replace(path)
