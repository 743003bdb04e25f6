"""Features for who may see no small counts: the pages' own rules, for files that are taken away."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from app.hotspots.disclosing import COUNTS, disclosed_values, shown_order


def disclosed_features(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return features with counts disclosed; those from 1 to 4 are empty."""
    told = features.copy()
    names = [name for name in features.columns if name != features.geometry.name]
    rows = [disclosed_values(row) for row in features[names].to_dict("records")]
    for name in names:
        values = [row[name] for row in rows]
        told[name] = _counts(values) if name in COUNTS else values
    if {"id", "reports"} <= set(names):
        # Points stand by their reports: by those that are told, as on the map.
        told = told.iloc[shown_order(rows, "reports", "id")]
    return told


def _counts(values: list[float | None]) -> pd.api.extensions.ExtensionArray:
    """Return disclosed counts as whole numbers, empty where they are not known or not told."""
    return pd.array(
        [None if pd.isna(count) or count < 0 else int(count) for count in values], dtype="Int64"
    )
