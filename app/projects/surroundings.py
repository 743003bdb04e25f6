"""Cases around every place of the register: what a project's point is compared with.

A disc as wide as the project's lies around each place, and a ring of the same area around it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
import scipy.spatial
from numpy.typing import NDArray

from app.cases.reach import data_reach
from app.cases.versioned import scan_of_version
from app.hotspots.points.assignment import METRES_PER_DEGREE
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

RING = math.sqrt(2)
"""Outer radius of the ring over that of the disc: both have the same area."""


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

    def and_point(self, lng: float, lat: float, radius_m: float, home: Home) -> Around:
        """Return the same with one centre more, the last."""
        own = count_around(home, np.array([lng]), np.array([lat]), radius_m)
        numbered = own.with_columns(pl.lit(self.centres, dtype=pl.Int64).alias("centre"))
        return Around(
            pl.concat([self.table, numbered.select(self.table.columns)]), self.centres + 1
        )

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
        return count_around(home, places.lng, places.lat, radius_m)

    # A name for each radius: of one name only the newest table is kept.
    name = f"discs-{radius_m:g}"
    table = scan_of_version(home, name, make, key=places.version).collect()
    return Around(table, len(places.codes))


def count_around(home: Home, lng: Floats, lat: Floats, radius_m: float) -> pl.DataFrame:
    """Count the located cases around centres: see `Around`.

    Parameters
    ----------
    home : Home
    lng, lat : ndarray of float, shape (centres,)
        Degrees.
    radius_m : float
        Of the disc.
    """
    up = RING * radius_m / METRES_PER_DEGREE
    aside = up / math.cos(math.radians(float(np.abs(lat).max(initial=0))))
    cases = (
        CaseStore(home)
        .scan(columns=["lng", "lat", "received_local", "class_1", "located"])
        .filter(
            pl.col("located"),
            pl.col("lng").is_between(float(lng.min()) - aside, float(lng.max()) + aside),
            pl.col("lat").is_between(float(lat.min()) - up, float(lat.max()) + up),
        )
        .select("lng", "lat", pl.col("received_local").dt.date().alias("day"), "class_1")
        .collect()
    )
    if cases.is_empty():
        return _tabled(cases, np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, bool))
    scale = np.array([math.cos(math.radians(float(lat.mean()))), 1.0]) * METRES_PER_DEGREE
    spots = np.column_stack([cases["lng"].to_numpy(), cases["lat"].to_numpy()]) * scale
    centres = np.column_stack([lng, lat]) * scale
    near = scipy.spatial.KDTree(spots).query_ball_point(centres, RING * radius_m)
    members = [np.asarray(each, dtype=np.int64) for each in near]
    owner = np.repeat(np.arange(len(centres)), [each.size for each in members])
    rows = np.concatenate(members)
    metres = np.hypot(*(spots[rows] - centres[owner]).T)
    return _tabled(cases, rows, owner, metres <= radius_m)


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
