"""What leaves for who may see no small counts: rounded ones, and nothing that would tell them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from app.cases.disclosure import SUPPRESSED, disclosed
from app.hotspots.layers import coarse_expected

COUNTS = (
    "count", "neighbourhood_count", "located", "township_only", "callers", "incidents",
    "observed", "reports",
)  # fmt: skip
EXPECTED = ("expected", "neighbourhood_expected")

TELLING = (
    "z", "p_hot", "p_cold", "q_hot", "q_cold", "q_value", "p_value", "relative_risk", "rate",
    "score", "top_caller_share",
)  # fmt: skip
"""Columns from which, with an expected count or a population, a true count follows."""


def disclosed_features(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return features with counts disclosed: from 1 to 4 they are empty, others in fives."""
    told = features.drop(columns=[name for name in TELLING if name in features])
    for name in COUNTS:
        if name in told:
            told[name] = _disclosed(told[name])
    for name in EXPECTED:
        if name in told:
            told[name] = coarse_expected(told[name].to_numpy(dtype=float, na_value=np.nan))
    return told


def _disclosed(counts: pd.Series) -> pd.Series:
    known = counts.notna()
    shown = disclosed(counts[known].to_numpy(dtype=np.int64))
    filled = pd.Series(pd.NA, index=counts.index, dtype="Int64")
    filled[known] = shown
    return filled.mask(filled == SUPPRESSED)
