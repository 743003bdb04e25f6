"""Colours of the map: one file, which the front end is built with and exports read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_PALETTE: dict[str, Any] = json.loads(Path(__file__).with_name("palette.json").read_text("utf-8"))

LEVEL_COLOURS: dict[int, str] = {int(level): code for level, code in _PALETTE["levels"].items()}
"""Colour of each level of `significance.levels`."""

CATEGORY_COLOURS: dict[int, str] = {int(key): code for key, code in _PALETTE["emerging"].items()}
"""Colour of each category of `categories`; far apart for colour-blind eyes too (tested)."""

CATEGORY_PATTERNS: dict[int, str] = {
    int(key): sign for key, sign in _PALETTE["emerging_patterns"].items()
}
"""Second sign beside the colour, by the category's number without its sign."""

TOWNSHIP_COLOURS: tuple[str, ...] = tuple(_PALETTE["townships"])
"""Colours of the five classes of townships, the lowest first."""

COUNT_COLOURS: tuple[str, ...] = tuple(_PALETTE["counts"])
"""Colours of counts by a filter, the lowest first."""

NO_COUNT: str = _PALETTE["none"]
MISSING: str = _PALETTE["missing"]
PROJECT: str = _PALETTE["project"]
CLUSTER: str = _PALETTE["cluster"]
STANDING_COLOURS: dict[str, str] = _PALETTE["standings"]
"""Outlines of townships by where they stand in the supervision loop, the weightiest first."""

INK: str = _PALETTE["ink"]
OUTLINE: str = _PALETTE["outline"]
HIGH_FREQUENCY: str = _PALETTE["high_frequency"]
UNUSUALLY_HIGH: str = _PALETTE["unusually_high"]
