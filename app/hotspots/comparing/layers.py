"""A comparison as the map reads it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from app.hotspots.comparing.stored import CELLS, StoredComparison, load_comparison, read_changes
from app.hotspots.layers import narrowed, outlines, pack_cells, shortened
from geodata.home import Home

COLUMNS = ("cell", "before", "after", "ratio", "level")
CLASSES = 5
"""Classes of the counts of one period; both periods have the same ones."""

PER_DAYS = 30
"""Days that a class of counts speaks of, so that periods of unlike length can be seen together."""


def meta(home: Home, comparison_id: str) -> dict[str, Any]:
    """Return the record without its areas, with the breaks of the counts and both labels."""
    found = load_comparison(home, comparison_id)
    table = read_changes(home, comparison_id, CELLS, ["before", "after"])
    return {
        **{name: value for name, value in found.record.items() if name != "areas"},
        "labels": {"this": found.windows.this.label, "with": found.windows.other.label},
        "breaks": breaks(table, found),
        "per_days": PER_DAYS,
    }


def breaks(table: pa.Table, found: StoredComparison) -> list[float]:
    """Return bounds that cut both periods' counts per `PER_DAYS` days above 0 into equal parts."""
    days = {"before": found.record["with_days"], "after": found.record["days"]}
    rates = np.concatenate(
        [table[name].to_numpy() * (PER_DAYS / length) for name, length in days.items()]
    )
    rates = rates[rates > 0]
    bounds = np.quantile(rates, np.arange(1, CLASSES) / CLASSES)
    return [float(bound) for bound in np.unique(bounds.round(1)) if bound > rates.min()]


def cells_payload(home: Home, comparison_id: str) -> bytes:
    """Return the cells with both counts, the ratio of ratios and its level as binary columns."""
    found = load_comparison(home, comparison_id)
    table = read_changes(home, comparison_id, CELLS, COLUMNS)
    columns = {
        "before": narrowed(table["before"].to_numpy()),
        "after": narrowed(table["after"].to_numpy()),
        "ratio": shortened(table["ratio"].to_numpy(zero_copy_only=False)),
        "level": table["level"].to_numpy().astype("<i1"),
    }
    return pack_cells(table["cell"].to_numpy(), found.resolution, columns)


def townships_geojson(home: Home, comparison_id: str) -> bytes:
    """Return the townships' outlines as they were when the comparison was made."""
    found = load_comparison(home, comparison_id)
    return outlines(home, found.record["boundary_versions"]["township"])
