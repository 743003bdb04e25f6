"""Cases around every place of the register: what a project's point is compared with.

A disc as wide as the project's lies around each place, and a ring of the same area around it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
import scipy.spatial
from numpy.typing import NDArray

from app.cases.reach import data_reach
from app.cases.versioned import scan_of_version
from app.hotspots.points.assignment import METRES_PER_DEGREE
from app.projects.points.attachment import RING, Ground
from app.townships.assessment.cycles import (
    CYCLES_OF_A_YEAR,
    SECOND_HALF,
    Calendar,
    Cycle,
    cycles_between,
)
from geodata.areas import Places
from geodata.home import Home
from geodata.store import CaseStore

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

TREE_MARGIN = 1.1
"""The tree's plane has one scale for the whole city: what it finds is measured exactly after."""

RING_MARGIN = 1.05

_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Around:
    """Cases around centres, each centre by class and half-month.

    Attributes
    ----------
    table : DataFrame
        ``centre, step, class_1, n, ring``: cases in the disc and in the ring around it; `step` is
        the number of the half-month (`cycles.Cycle`).
    centres : int
    """

    table: pl.DataFrame
    centres: int

    def and_point(self, table: pl.DataFrame) -> Around:
        """Return the same with one centre more, the last."""
        numbered = table.with_columns(pl.lit(self.centres, dtype=pl.Int64).alias("centre"))
        both = pl.concat([self.table, numbered.select(self.table.columns)])
        return Around(both, self.centres + 1)

    def matrix(self, column: str, steps: tuple[int, ...], class_1: str | None = None) -> Floats:
        """Return cases by centre and step, of one class where it is named."""
        kept = self.table if class_1 is None else self.table.filter(pl.col("class_1") == class_1)
        at = {step: number for number, step in enumerate(steps)}
        kept = kept.filter(pl.col("step").is_in(list(steps)))
        found = np.zeros((self.centres, len(steps)))
        columns = np.array([at[step] for step in kept["step"].to_list()], dtype=np.int64)
        np.add.at(found, (kept["centre"].to_numpy(), columns), kept[column].to_numpy())
        return found

    def mix(self, steps: tuple[int, ...]) -> Floats:
        """Return cases in the discs by centre and class, of some steps."""
        kept = self.table.filter(pl.col("step").is_in(list(steps)))
        classes = kept["class_1"].fill_null("").unique().sort().to_list()
        at = {name: number for number, name in enumerate(classes)}
        found = np.zeros((self.centres, len(classes)))
        columns = np.array([at[name or ""] for name in kept["class_1"].to_list()], dtype=np.int64)
        np.add.at(found, (kept["centre"].to_numpy(), columns), kept["n"].to_numpy())
        return found


def whole_half_months(home: Home) -> tuple[Cycle, ...]:
    """Return the half-months that the data have all days of, the earliest first."""
    reach = data_reach(home)
    if reach is None:
        return ()
    first, end = reach.first.date(), reach.newest.date() + timedelta(days=1)
    found = cycles_between(first, end, "half_month", Calendar())
    return tuple(
        each for each in found if each.first_day >= first and reach.has_end_of(each.window)
    )


def around_places(home: Home, places: Places, radius_m: float) -> Around:
    """Return the cases around all places, counted once for each version of the cases."""

    def make() -> pl.DataFrame:
        discs = zip(places.lng, places.lat, strict=True)
        return count_around(home, [Ground(lng, lat, radius_m) for lng, lat in discs])

    # A name for each radius: of one name only the newest table is kept.
    name = f"discs-{radius_m:g}"
    table = scan_of_version(home, name, make, key=places.version).collect()
    return Around(table, len(places.codes))


def cases_at(home: Home, grounds: Sequence[Ground], since: date) -> pl.DataFrame:
    """Return the cases of points received from a day on, once for each point that has them.

    Returns
    -------
    DataFrame
        ``ground, day, class_1, class_2``, the earliest first.
    """
    cases = _cases(home, grounds).filter(pl.col("day") >= since)
    rows, owner, own = _members(cases, grounds)
    found = cases[rows[own]].with_columns(ground=pl.Series(owner[own], dtype=pl.Int64))
    return found.select("ground", "day", "class_1", "class_2").sort("ground", "day")


def count_around(home: Home, grounds: Sequence[Ground]) -> pl.DataFrame:
    """Count the cases at points and in the rings around them: see `Around`.

    A ring has the area of what it is around; what belongs to the point is not in it.
    """
    cases = _cases(home, grounds)
    rows, owner, own = _members(cases, grounds)
    return _tabled(cases, rows, owner, own)


def _cases(home: Home, grounds: Sequence[Ground]) -> pl.DataFrame:
    """Return the cases at or around any of some points."""
    boxes = np.array([_widened(each) for each in grounds]).reshape(-1, 4)
    (west, south), (east, north) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    inside = (
        pl.col("located")
        & pl.col("lng").is_between(west, east)
        & pl.col("lat").is_between(south, north)
    )
    named = sorted({each.place for each in grounds if each.place})
    columns = ["lng", "lat", "received_local", "class_1", "class_2", "located", "place"]
    return (
        CaseStore(home)
        .scan(columns=columns)
        .filter((inside | pl.col("place").is_in(named)).fill_null(value=False))
        .select(
            "lng", "lat", pl.col("received_local").dt.date().alias("day"), "class_1", "class_2",
            "located", pl.col("place").cast(pl.String),
        )
        .collect()
    )  # fmt: skip


def _members(
    cases: pl.DataFrame, grounds: Sequence[Ground]
) -> tuple[Codes, Codes, NDArray[np.bool_]]:
    """Return which case (row) is at or around which ground, and whether it is the ground's own."""
    lng, lat = (cases[name].fill_null(np.nan).to_numpy() for name in ("lng", "lat"))
    located = np.flatnonzero(cases["located"].to_numpy())
    at_place = _rows_by_place(cases, {each.place for each in grounds if each.place})
    scale = np.array([math.cos(math.radians(_middle(lat[located]))), 1.0]) * METRES_PER_DEGREE
    tree = scipy.spatial.KDTree(np.column_stack([lng[located], lat[located]]) * scale)
    rows, owners, own = [], [], []
    for at, ground in enumerate(grounds):
        west, south, east, north = _widened(ground)
        corner = np.array([east - west, north - south]) * scale / 2
        middle = np.array([west + east, south + north]) * scale / 2
        near = tree.query_ball_point(middle, float(np.hypot(*corner)) * TREE_MARGIN)
        candidates = located[np.asarray(near, dtype=np.int64)]
        candidates = np.union1d(candidates, at_place.get(ground.place or "", _NONE))
        mine = ground.holds(lng[candidates], lat[candidates])
        mine &= np.isin(candidates, located, assume_unique=True)
        mine |= np.isin(candidates, at_place.get(ground.place or "", _NONE), assume_unique=True)
        kept = mine | ground.rings(lng[candidates], lat[candidates])
        rows.append(candidates[kept])
        owners.append(np.full(int(kept.sum()), at, dtype=np.int64))
        own.append(mine[kept])
    if not rows:
        return _NONE, _NONE, np.empty(0, dtype=bool)
    return np.concatenate(rows), np.concatenate(owners), np.concatenate(own)


def _rows_by_place(cases: pl.DataFrame, places: set[str]) -> dict[str, Codes]:
    named = cases.with_row_index("row").filter(pl.col("place").is_in(sorted(places)))
    return {
        str(place): part["row"].to_numpy().astype(np.int64)
        for (place,), part in named.partition_by("place", as_dict=True).items()
    }


def _widened(ground: Ground) -> tuple[float, float, float, float]:
    """Return the box of a ground and the ring around it, with a little to spare."""
    west, south, east, north = ground.box
    up = (RING - 1) * ground.radius_m / METRES_PER_DEGREE * RING_MARGIN
    aside = up / math.cos(math.radians(ground.lat))
    return west - aside, south - up, east + aside, north + up


def _middle(lat: Floats) -> float:
    return float(lat.mean()) if lat.size else 0.0


def _tabled(
    cases: pl.DataFrame, rows: Codes, owner: Codes, inside: NDArray[np.bool_]
) -> pl.DataFrame:
    day = pl.col("day")
    step = (
        CYCLES_OF_A_YEAR["half_month"] * day.dt.year()
        + 2 * (day.dt.month().cast(pl.Int32) - 1)
        + (day.dt.day() >= SECOND_HALF).cast(pl.Int32)
    )
    return (
        cases[rows]
        .select(step=step.cast(pl.Int64), class_1="class_1")
        .with_columns(
            centre=pl.Series(owner, dtype=pl.Int64), inside=pl.Series(inside, dtype=pl.Boolean)
        )
        .group_by("centre", "step", "class_1")
        .agg(
            n=pl.col("inside").sum().cast(pl.Int64),
            ring=(~pl.col("inside")).sum().cast(pl.Int64),
        )
        .sort("centre", "step", "class_1")
    )
