"""High-frequency points of a township in a run."""

from __future__ import annotations

from typing import Any

from app.accounts.areas import Area
from app.hotspots.layers import points
from geodata.home import Home

SHOWN = 10


def high_points(home: Home, run_id: str, code: str) -> list[dict[str, Any]]:
    """Return the points of a township that a rule of frequency finds, most reports first.

    They are as `app.hotspots.layers.points` gives them.
    """
    found = points(home, Area(townships=frozenset({code})), run_id)
    return [each for each in found if each["rules"]][:SHOWN]
