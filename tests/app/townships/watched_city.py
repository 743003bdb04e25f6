"""A home in which a township has left special governance, and rebounds when the test says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import polars as pl
import shapely

from app.cases.uploads import import_file
from app.db import Database
from app.townships.designations.models import EXITED, Designation
from geodata.areas import import_boundaries
from geodata.home import Home
from tests.app.small_city import SIDE, SOUTH, WEST

NAMES = {"T1": "甲街道", "T2": "乙街道", "T3": "丙镇"}
PER_DAY = {"T1": 7.0, "T2": 9.0, "T3": 12.0}
"""T1 has about 100 cases in a half-month."""

BEGIN, EXIT = date(2024, 1, 1), date(2025, 1, 10)
DESIGNATED = date(2024, 3, 1)


def make_city(folder: Path) -> Home:
    """Import three townships."""
    home = Home.at(folder / "home")
    gpd.GeoDataFrame(
        {"code": list(NAMES), "name": list(NAMES.values()), "population": [30_000.0] * 3},
        geometry=[
            shapely.box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE)
            for i in range(3)
        ],
        crs=4326,
    ).to_file(folder / "townships.geojson")
    import_boundaries(
        home, folder / "townships.geojson", level="township", code_field="code",
        name_field="name", population_field="population",
    )  # fmt: skip
    return home


def days(first: date, end: date) -> Iterator[date]:
    for n in range((end - first).days):
        yield first + timedelta(days=n)


def import_days(
    home: Home, folder: Path, first: date, end: date, *, times: float = 1.0, seed: int = 1
) -> int:
    """Import the cases of days, in T1 so many `times` as usual; returns how many T1 has."""
    rng = np.random.default_rng([seed, first.toordinal()])
    rows = []
    for day in days(first, end):
        season = 1 + 0.2 * np.sin(2 * np.pi * day.timetuple().tm_yday / 365)
        for code, mean in PER_DAY.items():
            busy = mean * season * (times if code == "T1" else 1.0)
            for number in range(int(rng.negative_binomial(busy, 0.5))):
                hour = (9 + number) % 24 if number else 23
                rows.append(
                    {
                        "case_id": f"{code}-{day}-{number}",
                        "received_at": f"{day} {hour:02}:30:00",
                        "class_1": "物业管理",
                        "reported_township": NAMES[code],
                    }
                )
    pl.DataFrame(rows).write_csv(folder / "days.csv")
    import_file(home, folder / "days.csv", "suyuan")
    return sum(row["case_id"].startswith("T1") for row in rows)


def leave(database: Database, code: str = "T1", *, since: date = DESIGNATED) -> int:
    """Write that a township has left; returns the id of its designation."""
    left = Designation(
        township=code, name=NAMES[code], state=EXITED, reason="", since=EXIT,
        designated_on=since, exited_on=EXIT,
    )  # fmt: skip
    with database.session() as session:
        session.add(left)
        session.flush()
        return left.id
