"""The overview of a large store: what the page takes when its tables are made, and afterwards.

    python -m benchmarks.overview --rows 1000000 [--home FOLDER]

Without a home one is made: 24 months of cases in three townships, with time limits and callbacks.
A district's planner and an office of the whole city look at the page; each figure is the median of
several looks, and beside it stands the page's own part without templates.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from statistics import median

import geopandas as gpd
import numpy as np
import polars as pl
import shapely

from app.accounts.access import Access, operator
from app.accounts.areas import area_of
from app.accounts.models import DISTRICT, Unit
from app.accounts.permissions import PLANNER, granted
from app.cases.uploads import import_file
from app.db import Database
from app.home.overview import morning, overview
from app.home.reader import Reader
from geodata.areas import import_boundaries, load_boundaries
from geodata.home import Home

LOOKS = 9
ACROSS = 15
"""Townships a side: 225, as the import's benchmark has."""

WEST, SOUTH, SIDE = 83.0, 39.0, 0.04
CLASSES = ("物业管理", "市容环卫", "噪声扰民", "公用事业", "交通出行", "住房建设")
BEGAN, MINUTES = datetime(2024, 1, 1), 731 * 24 * 60


def make_home(folder: Path, rows: int) -> Home:
    """Make a home of `rows` cases over 24 months."""
    home, rng = Home.at(folder / "home"), np.random.default_rng(1)
    at = [(i % ACROSS, i // ACROSS) for i in range(ACROSS**2)]
    squares = [
        shapely.box(
            WEST + x * SIDE, SOUTH + y * SIDE, WEST + (x + 1) * SIDE, SOUTH + (y + 1) * SIDE
        )
        for x, y in at
    ]
    towns = {
        "code": [f"T{i:03d}" for i in range(len(at))],
        "name": [f"第{i}街道" for i in range(len(at))],
        "district": [f"D{y}" for _x, y in at],
    }
    gpd.GeoDataFrame(towns, geometry=squares, crs=4326).to_file(folder / "towns.geojson")
    import_boundaries(
        home, folder / "towns.geojson", level="township", code_field="code", name_field="name",
        district_field="district",
    )  # fmt: skip
    write_cases(folder / "cases.parquet", rows, rng)
    import_file(home, folder / "cases.parquet", "suyuan")
    return home


def write_cases(path: Path, rows: int, rng: np.random.Generator) -> None:
    """Write cases with everything that the page counts."""
    minute = np.sort(rng.integers(0, MINUTES, rows))
    received = np.datetime64(BEGAN, "us") + minute.astype("timedelta64[m]")
    day = np.timedelta64(1, "D")
    frame = pl.DataFrame(
        {
            "case_id": [f"B{i:08d}" for i in range(rows)],
            "received_at": received,
            "class_1": rng.choice(CLASSES, rows),
            "caller": [f"1{i:010d}" for i in rng.integers(0, rows // 2, rows)],
            "lng": WEST + rng.uniform(0, ACROSS, rows) * SIDE,
            "lat": SOUTH + rng.uniform(0, ACROSS, rows) * SIDE,
            "lead_handler": [f"单位{i}" for i in rng.integers(0, 300, rows)],
            "due_at": received + 7 * day,
            "closed_at": received + rng.integers(1, 10, rows) * day,
            "callback_at": received + rng.integers(2, 12, rows) * day,
            "resolved": rng.random(rows) < 0.8,
            "satisfaction": rng.choice(["满意", "一般", "不满意"], rows),
        }
    )
    end = received.max()
    frame.with_columns(
        pl.when(pl.col(name) <= end).then(pl.col(name)) for name in ("closed_at", "callback_at")
    ).write_parquet(path)


def readers(home: Home) -> dict[str, Access]:
    """Return who looks: an office of the whole city, and a district's planner."""
    database = Database(home.database)
    database.migrate()
    code = str(load_boundaries(home, "township").district_codes[0])
    area = area_of(home, Unit(name=code, kind=DISTRICT, area_code=code, whole_city=False), [])
    areas = dict.fromkeys(granted(PLANNER), area)
    return {"whole city": operator(database), "district": Access(database, "bench", areas=areas)}


def timed(look: Callable[[], object], looks: int = LOOKS) -> float:
    """Return the median time of some looks in seconds."""
    taken = []
    for _ in range(looks):
        began = time.perf_counter()
        look()
        taken.append(time.perf_counter() - began)
    return median(taken)


def measure(home: Home) -> None:
    """Look at the page as each reader, first with no table made."""
    now = datetime.now().astimezone()
    for name, access in readers(home).items():
        reader = Reader.of(access)
        first = timed(lambda a=access: overview(home, a, 1, now), 1)  # type: ignore[misc]
        again = timed(lambda a=access: overview(home, a, 1, now))  # type: ignore[misc]
        part = timed(lambda r=reader: morning(home, r, 1, now))  # type: ignore[misc]
        print(f"{name:12} first {first:6.2f} s, again {again:.3f} s, its figures {part:.3f} s")
    for path in sorted((home.path / "cache").glob("*.arrow")):
        print(f"{path.name:32} {path.stat().st_size / 1e6:8.1f} MB")


def main() -> None:
    """Make a home unless one is named, and look."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path)
    chosen = parser.parse_args()
    if chosen.home:
        return measure(Home.at(chosen.home))
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        home = make_home(Path(folder), chosen.rows)
        print(f"home of {chosen.rows:,} cases made in {time.perf_counter() - began:.0f} s")
        return measure(home)


if __name__ == "__main__":
    main()
