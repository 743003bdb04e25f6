"""High-frequency points of a township in a run."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from app.accounts.areas import Area
from app.hotspots.layers import points
from geodata.home import Home

SHOWN = 10


def high_points(home: Home, run_id: str, codes: Collection[str]) -> list[dict[str, Any]]:
    """Return the points of a township that a rule of frequency finds, most reports first.

    ``codes`` are all that the township had; a run has one of them.

    They are as `app.hotspots.layers.points` gives them.
    """
    found = points(home, Area(townships=frozenset(codes)), run_id)
    return [each for each in found if each["rules"]][:SHOWN]
