"""The points of a run: places and exact coordinates with many reports, or more than expected."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from app.hotspots.point_assignment import (
    COORDINATE_DECIMALS,
    METRES_PER_DEGREE,
    NO_PLACE,
    assign_places,
    near_box,
)
from geodata.areas import Boundaries, Places
from geodata.privacy import mask_text
from spatial.point_rules import DEFAULT_RULES, RepeatRule
from spatial.points import HighFrequencyPoints, high_frequency_points

UNUSUAL_Q = 0.05
"""A point with q below this has more reports than its population explains."""

UNKNOWN = -1

POINT_RULES = [asdict(rule) for rule in DEFAULT_RULES]  # type: ignore[call-overload]
"""The rules as ``run.json`` keeps them."""


def find_points(
    located: pl.DataFrame, places: Places | None, boundaries: Boundaries, as_of: np.datetime64
) -> pl.DataFrame:
    """Return the points over a count rule, and those with unusually many reports.

    Parameters
    ----------
    located : DataFrame
        Located cases: ``lng, lat, received_local, class_1, class_2, caller, address, township``.
    places : Places or None
        The register; without one, points are exact coordinates.
    boundaries : Boundaries
        Townships with their population, by which expected counts are shared out.
    as_of : datetime64
        The last moment of the window; the twelve months up to it are looked at.

    Returns
    -------
    DataFrame
        One row a point, those with most reports first. ``rules`` names the rules that it met (none
        for a point that is only unusually high); ``first_met`` and ``largest_window`` are those of
        the rule of repeats, null and below its limit where it was never met; ``place`` is null for
        an exact coordinate, ``callers`` (distinct ones) and ``top_caller_share`` where no caller is
        known.
    """
    cases, codes = _number_points(located, places)
    found = high_frequency_points(
        cases["point"].to_numpy(),
        cases["received_local"].to_numpy().astype("datetime64[s]"),
        cases["class_code"].to_numpy(),
        cases["caller_code"].to_numpy(),
        expected=_expected(located, places, boundaries),
        as_of=as_of,
    )
    unusual = found.q_value < UNUSUAL_Q
    kept = np.flatnonzero(found.high_frequency | unusual)
    table = _describe(found, kept, unusual, _class_names(cases))
    return (
        _place_them(table, cases, codes, places)
        .pipe(_with_township, boundaries)
        .sort("reports", "id", descending=[True, False])
    )


def _number_points(
    located: pl.DataFrame, places: Places | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give every case the number of its point: positions in the register first, then coordinates.

    Returns
    -------
    cases : DataFrame
        With ``point, class_code, caller_code``.
    coordinates : DataFrame
        ``point, lng, lat`` of the points that are exact coordinates.
    """
    lng, lat = located["lng"].to_numpy(), located["lat"].to_numpy()
    n_places = len(places) if places is not None else 0
    given = np.full(lng.size, NO_PLACE) if places is None else assign_places(lng, lat, places)
    rounded = pl.DataFrame(
        {
            "place": given,
            "lng": np.round(lng, COORDINATE_DECIMALS),
            "lat": np.round(lat, COORDINATE_DECIMALS),
        }
    )
    loose = rounded.filter(pl.col("place") == NO_PLACE).select("lng", "lat").unique()
    coordinates = loose.sort("lng", "lat").with_row_index("point", n_places)
    coordinates = coordinates.with_columns(pl.col("point").cast(pl.Int64))
    joined = rounded.join(coordinates, on=["lng", "lat"], how="left", maintain_order="left")
    point = pl.when(pl.col("place") == NO_PLACE).then("point").otherwise("place")
    return located.with_columns(joined.select(point=point)["point"]).with_columns(
        class_code=_class_name().rank("dense").cast(pl.Int64).fill_null(UNKNOWN),
        caller_code=pl.col("caller").rank("dense").cast(pl.Int64).fill_null(UNKNOWN),
    ), coordinates


def _class_name() -> pl.Expr:
    """Return the class by which reports are alike: the second level where there is one."""
    return pl.coalesce("class_2", "class_1")


def _class_names(cases: pl.DataFrame) -> dict[int, str]:
    named = cases.select("class_code", _class_name()).unique().drop_nulls()
    return {int(code): str(name) for code, name in named.iter_rows()}


def _expected(
    located: pl.DataFrame, places: Places | None, boundaries: Boundaries
) -> dict[int, float] | None:
    """Share the located cases out by population; None where places or population are unknown."""
    known = boundaries.population > 0
    if places is None or not known.any():
        return None
    codes = {str(code) for code in boundaries.codes[known]}
    cases = int(located["township"].is_in(sorted(codes)).sum())
    if not cases:
        return None
    rate = cases / float(boundaries.population[known].sum())
    inside = np.array([code in codes for code in places.township], dtype=bool)
    counted = np.flatnonzero(inside & (places.population > 0))
    return {int(i): float(places.population[i]) * rate for i in counted} or None


def _describe(
    found: HighFrequencyPoints,
    kept: NDArray[np.int64],
    unusual: NDArray[np.bool_],
    names: dict[int, str],
) -> pl.DataFrame:
    main = found.main_class[kept]
    # The day and the window are told together, so they must be of one rule.
    repeats = found.rules.index(RepeatRule().name)
    first = found.first_met[kept, repeats]
    return pl.DataFrame(
        {
            "point": found.point[kept],
            "reports": found.reports[kept],
            "callers": pl.Series(found.callers[kept]).set(
                pl.Series(found.callers[kept] == 0), None
            ),
            "without_caller": found.without_caller[kept],
            "top_caller_share": _missing_as_null(found.top_caller_share[kept]),
            "one_caller": found.one_caller[kept],
            "main_class": [names.get(int(code)) for code in main],
            "rules": [_met(found.rules, row) for row in found.met[kept]],
            "first_met": [None if np.isnat(day) else str(day) for day in first],
            "largest_window": found.largest[kept, repeats],
            "months_met": found.months_met[kept],
            "expected": _missing_as_null(found.expected[kept]),
            "p_value": _missing_as_null(found.p_value[kept]),
            "q_value": _missing_as_null(found.q_value[kept]),
            "unusually_high": unusual[kept],
        },
        schema_overrides={
            "main_class": pl.String,
            "rules": pl.List(pl.String),
            "first_met": pl.String,
        },
    )


def _place_them(
    table: pl.DataFrame, cases: pl.DataFrame, coordinates: pl.DataFrame, places: Places | None
) -> pl.DataFrame:
    """Give each point its id, name, position and reach."""
    n_places = len(places) if places is not None else 0
    address = (
        cases.filter(pl.col("point").is_in(table["point"].to_list()), pl.col("address") != "")
        .group_by("point", "address")
        .len()
        .sort("len", "address", descending=[True, False])
        .unique("point", keep="first", maintain_order=True)
    )
    addresses = dict(address.select("point", "address").iter_rows())
    position = {point: (lng, lat) for point, lng, lat in coordinates.iter_rows()}
    rows = [
        _place_row(places, point)
        if places is not None and point < n_places
        else _coordinate_row(*position[point], addresses.get(point))
        for point in table["point"]
    ]
    where = pl.DataFrame(rows, schema=_WHERE, orient="row")
    return pl.concat([where, table.drop("point")], how="horizontal")


_WHERE = {
    "id": pl.String,
    "name": pl.String,
    "place": pl.String,
    "lng": pl.Float64,
    "lat": pl.Float64,
    "reach_m": pl.Float64,
    "west": pl.Float64,
    "south": pl.Float64,
    "east": pl.Float64,
    "north": pl.Float64,
}


def _place_row(places: Places, index: int) -> tuple[Any, ...]:
    west, south, east, north = near_box(places.geometry[index])
    code = str(places.codes[index])
    reach = (north - south) / 2 * METRES_PER_DEGREE
    lng, lat = float(places.lng[index]), float(places.lat[index])
    return code, str(places.names[index]), code, lng, lat, reach, west, south, east, north


def _coordinate_row(lng: float, lat: float, address: str | None) -> tuple[Any, ...]:
    name = f"{lng:.{COORDINATE_DECIMALS}f},{lat:.{COORDINATE_DECIMALS}f}"
    shown = mask_text(address) if address else f"{lat:.5f}, {lng:.5f}"
    box = near_box(shapely.Point(lng, lat))
    return name, shown, None, lng, lat, 0.0, *box


def _with_township(table: pl.DataFrame, boundaries: Boundaries) -> pl.DataFrame:
    index = boundaries.locate(table["lng"].to_numpy(), table["lat"].to_numpy())
    codes = [None if i < 0 else str(boundaries.codes[i]) for i in index]
    return table.with_columns(
        pl.Series("township", codes, dtype=pl.String),
        pl.Series("township_index", index, dtype=pl.Int64),
    )


def _met(rules: tuple[str, ...], met: NDArray[np.bool_]) -> list[str]:
    return [rule for rule, yes in zip(rules, met, strict=True) if yes]


def _missing_as_null(values: NDArray[np.float64]) -> pl.Series:
    return pl.Series(values).fill_nan(None)
