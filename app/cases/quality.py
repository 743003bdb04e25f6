"""How good the coordinates are: each flag with its rule, count, share by batch and month."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from app.cases.batches import list_batches
from app.cases.versioned import of_version
from geodata.coordinate_checks import (
    coordinate_of,
    decision_log,
    decisions,
    known_area_pins,
    known_default_points,
    known_systems,
)
from geodata.coordinate_checks.rules import RULES
from geodata.coordinates import to_wgs84
from geodata.default_points import COORDINATE_DECIMALS
from geodata.home import Home
from geodata.schema import FLAGS
from geodata.store import CaseStore

BUSIEST = 10
"""Located coordinates with most cases that are shown, for a person to judge."""

MONTHS_SHOWN = 24


@dataclass(frozen=True)
class FlagFigures:
    """One flag: what it means and how often it occurs."""

    flag: str
    rule: str
    cases: int
    share: float
    months: tuple[float, ...]
    """Share of each month's cases, in the order of `Quality.months`."""


@dataclass(frozen=True)
class FalsePoint:
    """One coordinate that means no place, or that may mean none.

    Attributes
    ----------
    kind : {"default_point", "area_centre", "located"}
    cases, addresses : int
        Cases there now, and their different addresses.
    share : float
        Of all cases that have coordinates.
    decision : str or None
        What a person decided: ``real_place`` or ``default_point``.
    pending : bool
        Decided, and not located anew since.
    area : str or None
        The area that a pin stands for.
    """

    lng: float
    lat: float
    kind: str
    cases: int
    addresses: int
    share: float
    decision: str | None = None
    pending: bool = False
    area: str | None = None


@dataclass(frozen=True)
class BatchFigures:
    """One import: how its cases are located, and what its coordinate system looks like."""

    batch: str
    file: str | None
    cases: int
    located: int
    township_only: int
    unlocated: int
    flags: dict[str, int]
    coordinate_system: dict[str, Any] | None
    note: str | None


@dataclass(frozen=True)
class Quality:
    """Everything that the page shows; located + unlocated = cases.

    ``with_coordinates`` counts, over the whole store, the cases whose source delivered a readable
    coordinate: only these can be at one of the ``points`` or ``busiest``.
    """

    cases: int
    located: int
    township_only: int
    unlocated: int
    with_coordinates: int
    months: tuple[str, ...]
    unlocated_by_month: tuple[float, ...]
    flags: tuple[FlagFigures, ...]
    points: tuple[FalsePoint, ...]
    busiest: tuple[FalsePoint, ...]
    batches: tuple[BatchFigures, ...]
    decisions: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def quality_of(home: Home, language: str, batch: str | None = None) -> Quality | None:
    """Return the quality of the store, or of one batch; None while there are no cases."""
    if CaseStore(home).version is None:
        return None
    table = of_version(home, "quality", lambda: _count(home), key="delivered")
    chosen = table if batch is None else table.filter(pl.col("batch") == batch)
    months = tuple(chosen["month"].unique().sort().to_list()[-MONTHS_SHOWN:])
    points = false_points(home)
    return Quality(
        **_placed(chosen),
        with_coordinates=int(table["with_coordinates"].sum()),
        months=months,
        unlocated_by_month=_shares(chosen, ~pl.col("located"), months),
        flags=tuple(_flag(chosen, flag, months, language) for flag in FLAGS),
        points=tuple(each for each in points if each.kind != "located"),
        busiest=tuple(each for each in points if each.kind == "located"),
        batches=_batches(home, chosen, language),
        decisions=tuple(asdict(each) for each in reversed(decision_log(home))),
    )


def false_points(home: Home) -> tuple[FalsePoint, ...]:
    """Return default points and area pins with their cases, then the busiest other coordinates."""
    if CaseStore(home).version is None:
        return ()
    table = of_version(home, "points", lambda: _count_points(home))
    total = int(table["with_coordinates"][0]) if table.height else 0
    decided, areas = decisions(home), {coordinate_of(p): p.name for p in known_area_pins(home)}
    found = table.group_by("lng", "lat", "kind").agg(pl.col("cases", "addresses").sum())
    points = [_point(row, total, decided, areas) for row in found.iter_rows(named=True)]
    there = {(point.lng, point.lat) for point in points}
    known = {coordinate_of(p) for p in known_default_points(home)} | set(areas)
    for where in sorted((known | set(decided)) - there):
        kind = "area_centre" if where in areas else "default_point"
        row = {"lng": where[0], "lat": where[1], "kind": kind, "cases": 0, "addresses": 0}
        points.append(_point(row, total, decided, areas))
    order = {"default_point": 0, "area_centre": 1, "located": 2}
    return tuple(sorted(points, key=lambda p: (order[p.kind], -p.cases, p.lng, p.lat)))


def source_coordinates(home: Home, lng: float, lat: float) -> pl.DataFrame:
    """Return ``source_lng, source_lat, source_crs`` by which files name a coordinate."""
    table = of_version(home, "points", lambda: _count_points(home))
    at = (pl.col("lng") == lng) & (pl.col("lat") == lat)
    return table.filter(at).select("source_lng", "source_lat", "source_crs")


def _count(home: Home) -> pl.DataFrame:
    flag = pl.col("flags").list.first().alias("flag")
    delivered = pl.col("source_lng").is_finite() & pl.col("source_lat").is_finite()
    columns = ["batch", "month", "located", "township_only", "flags", "source_lng", "source_lat"]
    return (
        CaseStore(home)
        .scan(columns=columns)
        .group_by("batch", "month", "located", "township_only", flag)
        .agg(cases=pl.len(), with_coordinates=delivered.sum())
        .collect(engine="streaming")
        .with_columns(pl.col("cases", "with_coordinates").cast(pl.Int64))
        .sort("batch", "month", "flag", "located", "township_only")
    )


def _count_points(home: Home) -> pl.DataFrame:
    """Count cases at false coordinates, and at the busiest of the located ones."""
    frame = (
        CaseStore(home)
        .scan(columns=["source_lng", "source_lat", "source_crs", "address", "flags", "located"])
        .filter(pl.col("source_lng").is_finite() & pl.col("source_lat").is_finite())
    )
    total = frame.select(pl.len()).collect(engine="streaming").item()
    flag = pl.col("flags").list.first().fill_null("located").alias("kind")
    counted = frame.select("source_lng", "source_lat", "source_crs", "address", flag).filter(
        pl.col("kind").is_in(["default_point", "area_centre", "located"])
    ).group_by("source_lng", "source_lat", "source_crs", "kind")  # fmt: skip
    sizes = counted.agg(cases=pl.len()).filter(
        (pl.col("kind") != "located") | (pl.col("cases") > 1)
    ).collect(engine="streaming")  # fmt: skip
    busiest = sizes.filter(pl.col("kind") == "located").sort(
        "cases", "source_lng", "source_lat", descending=[True, False, False]
    ).head(BUSIEST)  # fmt: skip
    kept = pl.concat([sizes.filter(pl.col("kind") != "located"), busiest])
    keys = ["source_lng", "source_lat", "source_crs"]
    addresses = (
        frame.join(kept.lazy().select(keys), on=keys, how="semi")
        .group_by(keys)
        .agg(addresses=pl.col("address").n_unique())
        .collect(engine="streaming")
    )
    return _with_wgs84(kept.join(addresses, on=keys)).with_columns(
        pl.col("cases", "addresses").cast(pl.Int64), with_coordinates=pl.lit(total)
    )


def _with_wgs84(table: pl.DataFrame) -> pl.DataFrame:
    lng, lat = np.full(table.height, np.nan), np.full(table.height, np.nan)
    for crs in table["source_crs"].unique():
        rows = (table["source_crs"] == crs).to_numpy()
        east, north = (table[name].to_numpy()[rows] for name in ("source_lng", "source_lat"))
        lng[rows], lat[rows] = to_wgs84(east, north, crs)
    return table.with_columns(
        lng=pl.Series(lng).round(COORDINATE_DECIMALS), lat=pl.Series(lat).round(COORDINATE_DECIMALS)
    )


def _placed(table: pl.DataFrame) -> dict[str, int]:
    cases = int(table["cases"].sum())
    located = int(table.filter("located")["cases"].sum())
    named = int(table.filter("township_only")["cases"].sum())
    return {
        "cases": cases,
        "located": located,
        "township_only": named,
        "unlocated": cases - located,
    }


def _flag(table: pl.DataFrame, flag: str, months: tuple[str, ...], language: str) -> FlagFigures:
    chosen = pl.col("flag") == flag
    cases = int(table.filter(chosen)["cases"].sum())
    share = cases / max(int(table["cases"].sum()), 1)
    shares = _shares(table, chosen.fill_null(value=False), months)
    return FlagFigures(flag, RULES[flag].text(language), cases, share, shares)


def _shares(table: pl.DataFrame, chosen: pl.Expr, months: tuple[str, ...]) -> tuple[float, ...]:
    counted = table.group_by("month").agg(
        all=pl.col("cases").sum(), chosen=pl.col("cases").filter(chosen).sum()
    )
    share = {month: part / whole for month, whole, part in counted.iter_rows()}
    return tuple(share[month] for month in months)


def _batches(home: Home, table: pl.DataFrame, language: str) -> tuple[BatchFigures, ...]:
    reports = {report["batch"]: report for report in list_batches(home)}
    systems = known_systems(home)
    found = []
    for batch in table["batch"].unique().sort(descending=True):
        rows = table.filter(pl.col("batch") == batch)
        by_flag = dict(rows.drop_nulls("flag").group_by("flag").agg(pl.col("cases").sum()).rows())
        system = systems.get(batch)
        note = system.note if system else None
        found.append(
            BatchFigures(
                batch=batch,
                file=reports.get(batch, {}).get("file"),
                **_placed(rows),
                flags={flag: int(by_flag.get(flag, 0)) for flag in FLAGS},
                coordinate_system=system.to_json() if system else None,
                note=note.text(language) if note else None,
            )
        )
    return tuple(found)


def _point(
    row: dict[str, Any],
    total: int,
    decided: dict[tuple[float, float], Any],
    areas: dict[tuple[float, float], str],
) -> FalsePoint:
    where = row["lng"], row["lat"]
    decision = decided[where].meaning if where in decided else None
    is_false = row["kind"] != "located" and row["cases"] > 0
    return FalsePoint(
        lng=row["lng"],
        lat=row["lat"],
        kind=row["kind"],
        cases=row["cases"],
        addresses=row["addresses"],
        share=row["cases"] / max(total, 1),
        decision=decision,
        pending=(decision == "real_place" and is_false)
        or (decision == "default_point" and row["kind"] == "located"),
        area=areas.get(where) if row["kind"] == "area_centre" else None,
    )
