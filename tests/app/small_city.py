"""Makes a home with a small city, through the same doors as a user."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.cases.uploads import import_file
from app.hotspots.forms import AnalyseArguments
from app.hotspots.runs import RunSummary
from app.townships.choosing.analysing import analyse_and_rank
from geodata.areas import import_boundaries
from geodata.home import Home
from geodata.places import import_places

WEST, SOUTH, SIDE = 83.0, 39.0, 0.04
"""Three squares side by side, about 3.4 by 4.4 km each."""

NAMES = ("东街道", "中街道", "西镇")
POPULATION = (30_000.0, 20_000.0, 10_000.0)
START, END = date(2025, 1, 1), date(2025, 7, 1)

HOT_LNG, HOT_LAT = WEST + 1.5 * SIDE, SOUTH + 0.5 * SIDE
HOT_CASES = 300
BACKGROUND_CASES = 1_800
NO_PLACE_CASES = 60
"""Have no coordinates but name the middle township."""


def make_small_city(path: Path) -> RunSummary:
    """Import boundaries, one place and cases, and analyse half a year."""
    home = Home.at(path)
    folder = path.parent
    import_boundaries(
        home,
        write_townships(folder / "townships.geojson"),
        level="township",
        code_field="code",
        name_field="name",
        population_field="population",
    )
    import_places(
        home,
        write_places(folder / "places.geojson"),
        code_field="code",
        name_field="name",
        population_field="population",
    )
    write_cases(folder / "cases.csv")
    import_file(home, folder / "cases.csv", "suyuan")
    return analyse_and_rank(home, AnalyseArguments(start=START, end=END))


def copy_city(made: Path, folder: Path) -> Path:
    """Copy a city's home without its tables, which other tests may have written into."""
    return shutil.copytree(made, folder / "home", ignore=shutil.ignore_patterns("app.sqlite3*"))


def write_townships(path: Path) -> Path:
    squares = [
        shapely.box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE) for i in range(3)
    ]
    gpd.GeoDataFrame(
        {"code": ["T1", "T2", "T3"], "name": list(NAMES), "population": list(POPULATION)},
        geometry=squares,
        crs=4326,
    ).to_file(path)
    return path


def write_places(path: Path) -> Path:
    estate = shapely.Point(HOT_LNG, HOT_LAT).buffer(0.001)
    gpd.GeoDataFrame(
        {"code": ["P1"], "name": ["花园小区"], "population": [800.0]}, geometry=[estate], crs=4326
    ).to_file(path)
    return path


def write_cases(path: Path, seed: int = 7) -> Path:
    """Background by population, a hot estate in the middle, and some without a place."""
    rng = np.random.default_rng(seed)
    shares = np.array(POPULATION) / sum(POPULATION)
    square = rng.choice(3, BACKGROUND_CASES, p=shares)
    lng = np.concatenate(
        [
            WEST + (square + rng.uniform(0, 1, BACKGROUND_CASES)) * SIDE,
            HOT_LNG + rng.uniform(-5e-4, 5e-4, HOT_CASES),
            np.full(NO_PLACE_CASES, np.nan),
        ]
    )
    lat = np.concatenate(
        [
            SOUTH + rng.uniform(0, 1, BACKGROUND_CASES) * SIDE,
            HOT_LAT + rng.uniform(-5e-4, 5e-4, HOT_CASES),
            np.full(NO_PLACE_CASES, np.nan),
        ]
    )
    n = lng.size
    days = rng.integers(0, (END - START).days, n)
    began = datetime(START.year, START.month, START.day, 9, tzinfo=UTC)
    pd.DataFrame(
        {
            "case_id": [f"C{i:05d}" for i in range(n)],
            "received_at": [
                f"{began + timedelta(days=int(day)):%Y-%m-%d %H:%M:%S}" for day in days
            ],
            "class_1": rng.choice(["物业管理", "市容环卫", "噪声"], n),
            "title": [f"居民反映第{i}件,电话13900001234" for i in range(n)],
            "caller": [f"1990000{i % 700:04d}" for i in range(n)],
            "address": [f"某路{i % 50}号" for i in range(n)],
            "reported_township": np.where(np.isnan(lng), NAMES[1], ""),
            "resolved": rng.choice(["是", "否"], n),
            "lng": lng,
            "lat": lat,
        }
    ).to_csv(path, index=False)
    return path
