"""A home with a register of four places, cases at two of them, and cases that nobody can place."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from app.cases.uploads import import_file
from geodata.areas import import_boundaries
from geodata.home import Home
from geodata.places import import_places
from tests.app.small_city import HOT_LAT, HOT_LNG, SIDE, SOUTH, WEST, write_townships

PLACES = f"""code,name,aliases,kind,address,lng,lat
P1,花园小区,花园里;东苑,小区,东路1号,{HOT_LNG},{HOT_LAT}
P2,花园小区北区,,小区,东路3号,{HOT_LNG},{HOT_LAT + 0.001}
P3,柳岸村,,村,,{WEST + 0.3 * SIDE},{SOUTH + 0.5 * SIDE}
P4,<b>市民</b>广场,,公共空间,,{WEST + 2.5 * SIDE},{SOUTH + 0.5 * SIDE}
"""

UNKNOWN = ("火星大道9号301室", "月球路7弄", "联系电话13812345678的那家店")
"""Addresses that no place can be told of: four, three and one case."""


def make_small_register(folder: Path) -> Path:
    """Make the home below a folder and return it."""
    home = Home.at(folder / "home")
    towns = write_townships(folder / "towns.geojson")
    import_boundaries(home, towns, level="township", code_field="code", name_field="name")
    (folder / "places.csv").write_text(PLACES, "utf-8")
    import_places(home, folder / "places.csv")
    import_file(home, write_unknown(folder / "unknown.csv"), "suyuan")
    known = {
        "case_id": [f"K{i}" for i in range(6)],
        "received_at": [f"2025-0{1 + i % 3}-05 10:00:00" for i in range(6)],
        "lng": [HOT_LNG] * 4 + [WEST + 0.3 * SIDE] * 2,
        "lat": [HOT_LAT] * 4 + [SOUTH + 0.5 * SIDE] * 2,
        "title": ["楼道照明损坏,联系电话13812345678"] * 6,
    }
    pl.DataFrame(known).write_csv(folder / "known.csv")
    import_file(home, folder / "known.csv", "suyuan")
    return home.path


def write_unknown(path: Path, prefix: str = "U", more: tuple[str, ...] = ()) -> Path:
    """Write cases with the unknown addresses, and one case each with some more."""
    texts = [UNKNOWN[0]] * 4 + [UNKNOWN[1]] * 3 + [UNKNOWN[2]] + list(more)
    towns = ["东街道"] * 4 + ["中街道"] * 3 + [None] * (1 + len(more))
    rows = {
        "case_id": [f"{prefix}{i}" for i in range(len(texts))],
        "received_at": "2025-03-01 09:00:00",
        "address": texts,
        "reported_township": towns,
    }
    pl.DataFrame(rows).write_csv(path)
    return path
