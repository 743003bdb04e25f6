"""The place of the register that most cases of a point were given when they were stored.

A point's own place is told by its coordinates alone. Cases know more: their address, the reported
place, a decision of the review. Where these name a place, the point says so, with the share of its
cases that stand behind it.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from geodata.areas import Places

COLUMNS: dict[str, Any] = {
    "case_place": pl.String,
    "case_place_name": pl.String,
    "case_place_share": pl.Float64,
}

NAMING_SHARE = 0.5
"""Share of a point's cases from which on a list calls the point by their place too."""


def with_case_places(
    table: pl.DataFrame, cases: pl.DataFrame, places: Places | None
) -> pl.DataFrame:
    """Return points with the commonest ``place`` of their cases, its name and its share.

    Parameters
    ----------
    table : DataFrame
        One row a point, by ``point``.
    cases : DataFrame
        ``point`` and, where it is known, ``place`` by the code that the case was given.
    places : Places or None
        The register of the run, by which former codes lead to the places that were kept; a code
        that it does not know counts for no place.

    Returns
    -------
    DataFrame
        The same rows, with `COLUMNS`; null where no case of a point has a place. Of equally common
        places the one whose code sorts first.
    """
    if places is None or "place" not in cases.columns:
        return table.with_columns(pl.lit(None, kind).alias(name) for name, kind in COLUMNS.items())
    kept = {code: str(places.codes[at]) for code, at in places.positions().items()}
    names = dict(zip(map(str, places.codes), map(str, places.names), strict=True))
    mine = cases.join(table.select("point"), on="point", how="semi")
    commonest = (
        mine.select(
            "point",
            case_place=pl.col("place").replace_strict(kept, default=None, return_dtype=pl.String),
            size=pl.len().over("point"),
        )
        .drop_nulls("case_place")
        .group_by("point", "case_place", "size")
        .len()
        .sort("len", "case_place", descending=[True, False])
        .unique("point", keep="first", maintain_order=True)
    )
    told = commonest.select(
        "point",
        "case_place",
        case_place_name=pl.col("case_place").replace_strict(names, return_dtype=pl.String),
        case_place_share=pl.col("len") / pl.col("size"),
    )
    return table.join(told, on="point", how="left", maintain_order="left")


def registered_as(point: dict[str, Any]) -> str | None:
    """Return the place that a list names beside a point, None where it says nothing new.

    Examples
    --------
    >>> point = {"place": None, "case_place": "P1", "case_place_name": "甲小区"}
    >>> registered_as({**point, "case_place_share": 0.8})
    '甲小区'
    >>> registered_as({**point, "case_place_share": 0.3}), registered_as({"place": None})
    (None, None)
    """
    code, name = point.get("case_place"), point.get("case_place_name")
    if code is None or code == point["place"] or point["case_place_share"] < NAMING_SHARE:
        return None
    return str(name)
