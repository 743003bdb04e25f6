"""Kinds of course over time of a run's cells: which were hot in which months, and do they rise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from app.hotspots.cell_tests import NO_POPULATION_NULL
from app.hotspots.courses.categories import CATEGORIES, category_key
from app.hotspots.significance import NOT_TESTED
from app.hotspots.tables import CellResults, Extra
from spatial.emerging.hot_spots import EmergingHotSpots, emerging_hot_spots
from spatial.weights import hex_weights

NAME = "emerging"
RINGS = 1
LOOK_BACK = 1
"""Previous months that a bin's neighbourhood takes in, as ArcGIS does by default."""

ALPHA = 0.05
FEWEST_STEPS = 3


def find_categories(cells: CellResults, seed: int) -> Extra:
    """Give every cell of a run its kind of course over all steps.

    Returns
    -------
    Extra
        Table ``emerging``, one row a cell in the order of ``cells``: ``category`` (int8, see
        `app.hotspots.courses.categories`, 127 not tested), ``trend_z``, ``trend_p``, ``hot_steps``,
        ``cold_steps``, ``tested_steps``, ``levels`` (1 hot, −1 low, 0 neither at each step). Empty
        where the run cannot have it; its record says why as ``left_out``.
    """
    counts = cells.counts[:, 1:]
    if counts.shape[1] < FEWEST_STEPS:
        return Extra(NAME, _no_rows(), {NAME: {"left_out": "too_few_steps"}})
    by_population = cells.null != NO_POPULATION_NULL
    if not by_population and counts.min() == counts.max():
        return Extra(NAME, _no_rows(), {NAME: {"left_out": "nothing_varies"}})
    found = emerging_hot_spots(
        counts,
        hex_weights(cells.cells, RINGS),
        k=LOOK_BACK,
        alpha=ALPHA,
        trend_variance="window",
        null=cells.null,
        expected=cells.expected[:, 1:] if by_population else None,
        cells=cells.cells,
        rng=np.random.default_rng(seed),
    )
    return Extra(NAME, _table(found), {NAME: _record(found)})


def _record(found: EmergingHotSpots) -> dict[str, Any]:
    """Return what ``run.json`` says: parameters, the size of the family, counts of each kind."""
    kinds, numbers = np.unique(found.category, return_counts=True)
    counted = dict(zip(kinds.tolist(), numbers.tolist(), strict=True))
    return {
        "null": found.null,
        "alpha": found.alpha,
        "trend_alpha": found.trend_alpha,
        "trend_variance": found.trend_variance,
        "rings": RINGS,
        "look_back": found.k,
        "dispersion": found.dispersion,
        "correction": "benjamini_hochberg",
        "family": 2 * int(np.isfinite(found.q_value).sum()),
        "counts": {category_key(code): counted.get(code, 0) for code in CATEGORIES},
        "not_tested": counted.get(NOT_TESTED, 0),
    }


def _table(found: EmergingHotSpots) -> pa.Table:
    steps = found.level.shape[1]
    levels = pa.FixedSizeListArray.from_arrays(pa.array(found.level.ravel()), steps)
    return pa.table(
        {
            "cell": pa.array(found.cells),
            "category": pa.array(found.category),
            "trend_z": pa.array(found.trend_z.astype(np.float32), from_pandas=True),
            "trend_p": pa.array(found.trend_p, from_pandas=True),
            "hot_steps": pa.array(found.hot_steps.astype(np.int16)),
            "cold_steps": pa.array(found.cold_steps.astype(np.int16)),
            "tested_steps": pa.array(found.tested_steps.astype(np.int16)),
            "levels": levels,
        }
    )


def _no_rows() -> pa.Table:
    return pa.table(
        {
            "cell": pa.array([], pa.int64()),
            "category": pa.array([], pa.int8()),
            "trend_z": pa.array([], pa.float32()),
            "trend_p": pa.array([], pa.float64()),
            "hot_steps": pa.array([], pa.int16()),
            "cold_steps": pa.array([], pa.int16()),
            "tested_steps": pa.array([], pa.int16()),
            "levels": pa.array([], pa.list_(pa.int8())),
        }
    )
