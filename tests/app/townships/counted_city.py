"""A home whose townships have as many cases in each month as the test says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import polars as pl
import shapely

from app.cases.uploads import import_file
from geodata.areas import import_boundaries
from geodata.home import Home
from tests.app.small_city import SIDE, SOUTH, WEST

Counts = Mapping[str, Mapping[str, int]]
"""Code of the township → month, as ``2025-03`` → cases received on its tenth day."""

DISTRICTS = {"D1": "东区", "D2": "西区"}


def district_of(code: str) -> str:
    """Townships with an even number are in the second district."""
    return "D1" if int(code[1:]) % 2 else "D2"


def name_of(code: str) -> str:
    return f"{code[1:]}街道"


def make_counted_city(folder: Path, counts: Counts) -> Home:
    """Import two districts, a township for each code (``T1``, ``T2``, …), and the cases."""
    home = Home.at(folder / "home")
    codes = list(counts)
    squares = [
        shapely.box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE)
        for i in range(len(codes))
    ]
    frame = gpd.GeoDataFrame(
        {
            "code": codes,
            "name": [name_of(code) for code in codes],
            "district": [district_of(code) for code in codes],
            "population": [20_000.0] * len(codes),
        },
        geometry=squares,
        crs=4326,
    )
    frame.to_file(folder / "townships.geojson")
    districts = frame.dissolve("district", as_index=False)[["district", "geometry"]]
    named = districts.assign(name=[DISTRICTS[code] for code in districts["district"]])
    named.to_file(folder / "districts.geojson")
    import_boundaries(
        home, folder / "districts.geojson", level="district", code_field="district",
        name_field="name",
    )  # fmt: skip
    import_boundaries(
        home, folder / "townships.geojson", level="township", code_field="code",
        name_field="name", district_field="district", population_field="population",
    )  # fmt: skip
    add_cases(home, folder, counts)
    return home


def add_cases(home: Home, folder: Path, counts: Counts) -> None:
    """Import cases; ids name township, month and number, so none is there twice."""
    rows = [
        {
            "case_id": f"{code}-{month}-{number}",
            "received_at": f"{month}-10 09:00:00",
            "class_1": "物业管理",
            "reported_township": name_of(code),
        }
        for code, months in counts.items()
        for month, n in months.items()
        for number in range(n)
    ]
    pl.DataFrame(rows).write_csv(folder / "counted.csv")
    import_file(home, folder / "counted.csv", "suyuan")
