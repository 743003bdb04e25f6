"""Which cases tell of one thing: numbers their incidents."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.hotspots.points.assignment import assign_points
from geodata.areas import Places
from spatial.points.incidents import UNKNOWN, find_incidents


def with_incidents(cases: pl.DataFrame, places: Places | None) -> pl.DataFrame:
    """Return cases with the number of their ``incident``.

    Parameters
    ----------
    cases : DataFrame
        Columns ``lng, lat, received_local, class_1, class_2``, and ``place`` where it is known. A
        case that is not located has an incident of its own, unless it has a place.
    places : Places or None
        The register: cases of one place have one site. Elsewhere a site is at most 60 m across.

    Notes
    -----
    Cases are alike by their class of the second level, or of the first where there is no second.
    """
    classes = cases.select(pl.coalesce("class_2", "class_1").rank("dense").cast(pl.Int64))
    found = find_incidents(
        _sites(cases, places),
        classes.to_series().fill_null(UNKNOWN).to_numpy(),
        cases["received_local"].to_numpy().astype("datetime64[s]"),
    )
    return cases.with_columns(incident=pl.Series(found.incident))


def _sites(cases: pl.DataFrame, places: Places | None) -> NDArray[np.int64]:
    """Return each case's place by its own code, else by its coordinates, else a cluster of them."""
    lng, lat = (cases[name].fill_null(np.nan).to_numpy() for name in ("lng", "lat"))
    known = np.flatnonzero(np.isfinite(lng))
    site = np.full(cases.height, UNKNOWN, dtype=np.int64)
    site[known] = assign_points(lng[known], lat[known], places).point
    if places is None or "place" not in cases.columns:
        return site
    position = {str(code): at for at, code in enumerate(places.codes)}
    coded = cases["place"].replace_strict(position, default=None, return_dtype=pl.Int64)
    return np.where(coded.is_not_null(), coded.fill_null(UNKNOWN), site)
