"""Neighbouring cells that rose, or fell, together: what a table of changes lists."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.hotspots.comparing.testing import fallen, risen
from geodata.areas import Boundaries
from spatial.grid import cell_centres, cell_name
from spatial.hot_areas import hot_areas

RISEN, FALLEN = "risen", "fallen"


def changed_areas(cells: pa.Table, boundaries: Boundaries) -> list[dict[str, Any]]:
    """Return the connected areas that rose, and those that fell, the surest first.

    Returns
    -------
    list of dict
        ``direction`` (risen or fallen), ``cells`` (how many), ``strongest`` (name of the cell with
        the smallest p), ``lng, lat`` of it, ``before, after`` (of its cells together),
        ``ratio, low, high, q_value`` of the strongest, ``townships`` (names, most cells first).
    """
    own = cells["cell"].to_numpy()
    level = cells["level"].to_numpy()
    lat, lng = cell_centres(own)
    township = boundaries.locate(lng, lat)
    found = []
    for direction, changed in ((RISEN, risen(level)), (FALLEN, fallen(level))):
        of_area = hot_areas(own, changed)
        for number in range(of_area.max(initial=-1) + 1):
            members = np.flatnonzero(of_area == number)
            found.append({"direction": direction, **_described(cells, members)})
            strongest = int(found[-1].pop("position"))
            found[-1] |= {
                "lng": round(float(lng[strongest]), 6),
                "lat": round(float(lat[strongest]), 6),
                "townships": _names(boundaries, township[members]),
            }
    return sorted(found, key=lambda area: (area["q_value"], -area["after"], area["strongest"]))


def _described(cells: pa.Table, members: NDArray[np.int64]) -> dict[str, Any]:
    part = cells.take(members)
    surest = int(np.argmin(part["p_value"].to_numpy(zero_copy_only=False)))
    row = part.slice(surest, 1).to_pylist()[0]
    return {
        "position": members[surest],
        "cells": len(members),
        "strongest": cell_name(row["cell"]),
        "before": int(part["before"].to_numpy().sum()),
        "after": int(part["after"].to_numpy().sum()),
        "ratio": finite(row["ratio"]),
        "low": finite(row["low"]),
        "high": finite(row["high"]),
        "q_value": row["q_value"],
    }


def finite(value: float | None) -> float | None:
    """Return a figure that JSON can hold; None where it has no bound or is not known."""
    return None if value is None or not np.isfinite(value) else float(value)


def _names(boundaries: Boundaries, positions: NDArray[np.int64]) -> list[str]:
    held = Counter(int(at) for at in positions if at >= 0)
    ordered = sorted(held.items(), key=lambda item: (-item[1], item[0]))
    return [str(boundaries.names[at]) for at, _ in ordered]
