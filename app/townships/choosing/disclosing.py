"""Criteria as viewers may see them: worked out from what is shown of the counts behind them."""

from __future__ import annotations

from typing import Any

from app.cases.disclosure import disclosed
from app.hotspots.disclosing import PER, disclosed_values, shown_size
from app.townships.choosing.measuring import PER_CENT

OF_CASES = frozenset({"repeat", "unresolved", "response", "satisfaction", "backlog"})
"""Shares of cases; those of cells are of levels, which every reader sees."""


def disclosed_rows(rows: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """Return ranked townships with disclosed counts, and criteria that follow from these alone."""
    return tuple(_disclosed_row(row) for row in rows)


def _disclosed_row(row: dict[str, Any]) -> dict[str, Any]:
    shown = disclosed_values({name: each for name, each in row.items() if name != "parts"})
    values = dict(row["values"])
    for key in values:
        if key in OF_CASES and key in row["parts"]:
            values[key] = _share(*row["parts"][key])
        elif key in OF_CASES or key == "growth":
            # A run of before tells no counts of it.
            values[key] = None
    if "volume" in values:
        values["volume"] = shown_size(shown["count"])
    if values.get("rate") is not None:
        values["rate"] = PER * shown_size(shown["count"]) / row["population"]
    missing = [key for key, value in values.items() if value is None]
    return {**shown, "values": values, "missing": missing, "parts": {}, "undominated": None}


def _share(part: float, whole: float) -> float | None:
    """Divide what is shown of two counts; what is not told counts as half of 5."""
    if whole <= 0:
        return None
    shown_part, shown_whole = (shown_size(disclosed(round(each))) for each in (part, whole))
    return min(PER_CENT, PER_CENT * shown_part / shown_whole)
