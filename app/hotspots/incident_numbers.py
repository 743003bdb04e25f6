"""Which located cases tell of one thing: numbers their incidents."""

from __future__ import annotations

import polars as pl

from app.hotspots.points.assignment import assign_points
from geodata.areas import Places
from spatial.points.incidents import find_incidents


def with_incidents(located: pl.DataFrame, places: Places | None) -> pl.DataFrame:
    """Return located cases with the number of their ``incident``.

    Parameters
    ----------
    located : DataFrame
        Columns ``lng, lat, received_local, class_1, class_2``; coordinates are known.
    places : Places or None
        The register: cases of one place have one site. Elsewhere a site is at most 60 m across.

    Notes
    -----
    Cases are alike by their class of the second level, or of the first where there is no second.
    """
    points = assign_points(located["lng"].to_numpy(), located["lat"].to_numpy(), places)
    classes = located.select(pl.coalesce("class_2", "class_1").rank("dense").cast(pl.Int64))
    found = find_incidents(
        points.point,
        classes.to_series().fill_null(-1).to_numpy(),
        located["received_local"].to_numpy().astype("datetime64[s]"),
    )
    return located.with_columns(incident=pl.Series(found.incident))
