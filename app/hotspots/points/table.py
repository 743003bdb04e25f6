"""The points of a run: places, or clusters of coordinates, with many or unexpected reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from app.hotspots.points.assignment import (
    COORDINATE_DECIMALS,
    METRES_PER_DEGREE,
    CasePoints,
    assign_points,
    near_box,
)
from app.hotspots.points.expectations import (
    SOURCES,
    Expectations,
    expect_of_clusters,
    expect_of_places,
)
from app.hotspots.points.registered import with_case_places
from app.hotspots.points.rules import DEFAULT_RULES, Rule
from geodata.areas import Boundaries, Places
from geodata.privacy import mask_address
from spatial.points.high_frequency import HighFrequencyPoints, high_frequency_points

UNUSUAL_Q = 0.05
"""A point with q below this has more reports than is expected of it."""

UNKNOWN = -1


def find_points(
    located: pl.DataFrame,
    places: Places | None,
    boundaries: Boundaries,
    as_of: np.datetime64,
    *,
    since: np.datetime64 | None = None,
    rules: Sequence[Rule] = DEFAULT_RULES,
) -> pl.DataFrame:
    """Return the points over a count rule, and those with unusually many reports.

    Parameters
    ----------
    located : DataFrame
        Located cases: ``lng, lat, received_local, class_1, class_2, caller, address, township``,
        and ``place`` where it is known.
    places : Places or None
        The register; where it has no place, points are clusters of coordinates.
    boundaries : Boundaries
        Townships with their population, by which expected counts are shared out.
    as_of : datetime64
        The last day of the window; the twelve months up to it are looked at.
    since : datetime64, optional
        The first day of the window; that of the first case's month when not given.
    rules : sequence of Rule

    Returns
    -------
    DataFrame
        One row a point, those with most reports first. ``rules`` names the rules that it met (none
        for a point that is only unusually high), ``first_met`` and ``largest_window`` the day and
        the largest count of each of them; ``place`` is null for a cluster, whose coordinates
        stand in ``member_lng, member_lat``; ``callers`` (distinct ones) and ``top_caller_share``
        are null where no caller is known, ``expected, expected_by, p_value, q_value, months_hot``
        where nothing is expected, ``case_place, case_place_name, case_place_share`` (the place
        that most of its cases were given) where none of them was.
    """
    points = assign_points(located["lng"].to_numpy(), located["lat"].to_numpy(), places)
    cases = number_classes(located).with_columns(
        point=pl.Series(points.point),
        caller_code=pl.col("caller").rank("dense").cast(pl.Int64).fill_null(UNKNOWN),
    )
    expected = _expected(cases, points, places, boundaries)
    found = high_frequency_points(
        points.point,
        cases["received_local"].to_numpy().astype("datetime64[s]"),
        cases["class_code"].to_numpy(),
        cases["caller_code"].to_numpy(),
        rules=[rule.rule() for rule in rules],
        expected=expected.reports if expected else None,
        since=since,
        as_of=as_of,
    )
    unusual = found.q_value < UNUSUAL_Q
    kept = np.flatnonzero(found.high_frequency | unusual)
    table = _describe(found, kept, unusual, _class_names(cases), expected)
    table = with_case_places(table, cases, places)
    return (
        _place_them(table, cases, points, places)
        .pipe(_with_township, boundaries)
        .sort("reports", "id", descending=[True, False])
    )


def number_classes(cases: pl.DataFrame) -> pl.DataFrame:
    """Return cases with the ``class_code`` by which they are alike: of class 2, else of class 1."""
    return cases.with_columns(
        class_code=_class_name().rank("dense").cast(pl.Int64).fill_null(UNKNOWN)
    )


def _class_name() -> pl.Expr:
    return pl.coalesce("class_2", "class_1")


def _class_names(cases: pl.DataFrame) -> dict[int, str]:
    named = cases.select("class_code", _class_name()).unique().drop_nulls()
    return {int(code): str(name) for code, name in named.iter_rows()}


def _expected(
    cases: pl.DataFrame, points: CasePoints, places: Places | None, boundaries: Boundaries
) -> Expectations | None:
    """Return what is expected of places; of clusters only where there is no register at all."""
    index = {str(code): number for number, code in enumerate(boundaries.codes)}
    townships = cases["township"].replace_strict(index, default=UNKNOWN, return_dtype=pl.Int64)
    where = townships.fill_null(UNKNOWN).to_numpy()
    if places is None:
        return expect_of_clusters(points.clusters, where, boundaries)
    return expect_of_places(points.point, where, places, boundaries)


def _describe(
    found: HighFrequencyPoints,
    kept: NDArray[np.int64],
    unusual: NDArray[np.bool_],
    names: dict[int, str],
    expected: Expectations | None,
) -> pl.DataFrame:
    codes = found.point[kept]
    callers, hot = found.callers[kept], found.months_hot[kept]
    sources = expected.source if expected else {}
    by = [sources.get(int(code)) for code in codes]
    columns = {
        "point": codes,
        "reports": found.reports[kept],
        "callers": pl.Series(callers).set(pl.Series(callers == 0), None),
        "without_caller": found.without_caller[kept],
        "incidents": found.incidents[kept],
        "top_caller_share": _missing_as_null(found.top_caller_share[kept]),
        "one_caller": found.one_caller[kept],
        "main_class": [names.get(int(code)) for code in found.main_class[kept]],
        **_met(found, kept),
        "months_met": found.months_met[kept],
        "months_hot": pl.Series(hot).set(pl.Series(hot < 0), None),
        "expected_by": [None if source is None else SOURCES[source] for source in by],
        "unusually_high": unusual[kept],
    }
    for name in ("expected", "dispersion", "p_value", "q_value", *_TREND):
        columns[name] = _missing_as_null(getattr(found, name)[kept])
    return pl.DataFrame(columns, schema_overrides=_TEXTS)


_TREND = ("trend_s", "trend_z", "trend_p_value", "trend_slope")

_TEXTS: dict[str, Any] = {
    "main_class": pl.String,
    "expected_by": pl.String,
    "rules": pl.List(pl.String),
    "first_met": pl.List(pl.String),
    "largest_window": pl.List(pl.Int64),
}


def _met(found: HighFrequencyPoints, kept: NDArray[np.int64]) -> dict[str, list[list[Any]]]:
    """Return, of each point, the rules that it met with their first day and largest count."""
    columns = [np.flatnonzero(row) for row in found.met[kept]]
    rows = list(zip(kept, columns, strict=True))
    return {
        "rules": [[found.rules[rule] for rule in met] for met in columns],
        "first_met": [[str(found.first_met[point, rule]) for rule in met] for point, met in rows],
        "largest_window": [
            [int(found.largest[point, rule]) for rule in met] for point, met in rows
        ],
    }


def _place_them(
    table: pl.DataFrame, cases: pl.DataFrame, points: CasePoints, places: Places | None
) -> pl.DataFrame:
    """Give each point its id, name, position, reach and coordinates."""
    address = (
        cases.filter(pl.col("point").is_in(table["point"].to_list()), pl.col("address") != "")
        .group_by("point", "address")
        .len()
        .sort("len", "address", descending=[True, False])
        .unique("point", keep="first", maintain_order=True)
    )
    addresses = dict(address.select("point", "address").iter_rows())
    members = _members(table["point"].to_numpy(), points)
    rows = [
        _place_row(places, point)
        if places is not None and point < points.n_places
        else _cluster_row(points, point - points.n_places, members[point], addresses.get(point))
        for point in table["point"]
    ]
    where = pl.DataFrame(rows, schema=_WHERE, orient="row")
    return pl.concat([where, table.drop("point")], how="horizontal")


_WHERE: dict[str, Any] = {
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
    "member_lng": pl.List(pl.Float64),
    "member_lat": pl.List(pl.Float64),
}


def _members(wanted: NDArray[np.int64], points: CasePoints) -> dict[int, NDArray[np.float64]]:
    """Return the distinct coordinates of each wanted cluster, in a fixed order."""
    mine = np.isin(points.point, wanted[wanted >= points.n_places])
    frame = pl.DataFrame(
        {"point": points.point[mine], "lng": points.lng[mine], "lat": points.lat[mine]}
    )
    distinct = frame.unique().sort("point", "lng", "lat")
    return {
        int(key[0]): part.select("lng", "lat").to_numpy()
        for key, part in distinct.group_by("point", maintain_order=True)
    }


def _place_row(places: Places, index: int) -> tuple[Any, ...]:
    west, south, east, north = near_box(places.geometry[index])
    code = str(places.codes[index])
    reach = (north - south) / 2 * METRES_PER_DEGREE
    lng, lat = float(places.lng[index]), float(places.lat[index])
    name = str(places.names[index])
    return code, name, code, lng, lat, reach, west, south, east, north, None, None


def _cluster_row(
    points: CasePoints, cluster: int, members: NDArray[np.float64], address: str | None
) -> tuple[Any, ...]:
    """Return a cluster under the name of its busiest coordinate, which stays as others join."""
    lng, lat = float(points.clusters.lng[cluster]), float(points.clusters.lat[cluster])
    name = f"{lng:.{COORDINATE_DECIMALS}f},{lat:.{COORDINATE_DECIMALS}f}"
    shown = mask_address(address) if address else f"{lat:.5f}, {lng:.5f}"
    scale = np.array([np.cos(np.radians(lat)), 1.0]) * METRES_PER_DEGREE
    reach = float(np.hypot(*((members - (lng, lat)) * scale).T).max())
    box = near_box(shapely.box(*members.min(axis=0), *members.max(axis=0)))
    own = members[:, 0].tolist(), members[:, 1].tolist()
    return name, shown, None, lng, lat, round(reach, 2), *box, *own


def _with_township(table: pl.DataFrame, boundaries: Boundaries) -> pl.DataFrame:
    index = boundaries.locate(table["lng"].to_numpy(), table["lat"].to_numpy())
    codes = [None if i < 0 else str(boundaries.codes[i]) for i in index]
    return table.with_columns(
        pl.Series("township", codes, dtype=pl.String),
        pl.Series("township_index", index, dtype=pl.Int64),
    )


def _missing_as_null(values: NDArray[np.float64]) -> pl.Series:
    return pl.Series(values).fill_nan(None)
