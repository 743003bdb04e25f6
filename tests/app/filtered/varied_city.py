"""A small city whose cases differ in all that a filter can ask for, with gaps everywhere."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.cases.uploads import import_file
from geodata.areas import import_boundaries
from geodata.home import Home
from geodata.places import import_places

WEST, SOUTH, SIDE = 83.0, 39.0, 0.02
TOWNSHIPS = {
    "T1": ("东街道", "D1"),
    "T2": ("中街道", "D1"),
    "T3": ("西镇", "D2"),
    "T4": ("北乡", "D2"),
}
POPULATION = {"T1": 30_000.0, "T2": 20_000.0, "T3": 10_000.0, "T4": None}
CLASSES = [
    ("噪声", "施工", "夜间"), ("噪声", "施工", ""), ("噪声", "", ""), ("噪声/振动", "施工", "夜间"),
    ("供水", "水压", ""), ("", "", ""),
]  # fmt: skip
CASES = 1_500
UPDATES = 300


def make_varied_city(path: Path) -> Home:
    """Import boundaries, a place, cases, and later news of some of them."""
    home = Home.at(path)
    folder = path.parent
    _write_areas(folder)
    import_boundaries(
        home, folder / "districts.geojson", level="district", code_field="code", name_field="name"
    )
    import_boundaries(
        home, folder / "townships.geojson", level="township", code_field="code", name_field="name",
        district_field="district", population_field="population",
    )  # fmt: skip
    import_places(home, folder / "places.geojson", code_field="code", name_field="name")
    write_cases(folder / "cases.csv", CASES, first=0, seed=3)
    import_file(home, folder / "cases.csv", "suyuan")
    return home


def write_cases(path: Path, n: int, *, first: int, seed: int, years: tuple[int, int] = (2023, 3)):
    rng = np.random.default_rng(seed)
    start, length = years
    second = rng.integers(0, length * 365 * 86_400, n)
    # Few hot spots, so that callers and incidents repeat within cells.
    spot = rng.integers(0, 25, n)
    lng = WEST + (spot % 4 + 0.5) * SIDE + rng.normal(0, SIDE / 8, n)
    lat = SOUTH + 0.5 * SIDE + (spot // 7) * 0.003 + rng.normal(0, 0.001, n)
    lost = rng.random(n) < 0.2
    classes = rng.choice(len(CLASSES), n, p=[0.3, 0.2, 0.1, 0.1, 0.2, 0.1])
    names = [name for name, _ in TOWNSHIPS.values()]
    valid = rng.choice(["是", "否", ""], n)
    pd.DataFrame(
        {
            "case_id": [f"C{first + i:06d}" for i in range(n)],
            "received_at": (pd.Timestamp(start, 1, 1) + pd.to_timedelta(second, unit="s")).strftime(
                "%Y-%m-%d %H:%M:%S"
            ),
            "class_1": [CLASSES[c][0] for c in classes],
            "class_2": [CLASSES[c][1] for c in classes],
            "class_3": [CLASSES[c][2] for c in classes],
            "title": [f"反映第{i}件，电话13900001234" for i in range(n)],
            "caller": [f"1990000{c:04d}" if c % 9 else "" for c in rng.integers(0, 250, n)],
            "channel": rng.choice(["电话", "网站", ""], n),
            "kind": rng.choice(["投诉", "咨询", ""], n),
            "status": rng.choice(["已办结", "办理中", ""], n),
            "handler": rng.choice(["东街道办事处", "西镇", "市水务局", ""], n),
            "lead_handler": rng.choice(["中街道", ""], n),
            "reported_township": rng.choice([*names, "无此镇", ""], n),
            "reported_district": rng.choice(["甲区", "乙县", ""], n),
            "valid": valid,
            "responded": rng.choice(["是", "否", ""], n),
            "resolved": rng.choice(["是", "否", ""], n),
            "satisfaction": rng.choice(["满意", "基本满意", "一般", "不满意", "未评价"], n),
            "lng": np.where(lost, np.nan, lng),
            "lat": np.where(lost, np.nan, lat),
        }
    ).to_csv(path, index=False)


def _write_areas(folder: Path) -> None:
    boxes = [
        shapely.box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE) for i in range(4)
    ]
    gpd.GeoDataFrame(
        {
            "code": list(TOWNSHIPS),
            "name": [name for name, _ in TOWNSHIPS.values()],
            "district": [district for _, district in TOWNSHIPS.values()],
            "population": list(POPULATION.values()),
        },
        geometry=boxes,
        crs=4326,
    ).to_file(folder / "townships.geojson")
    gpd.GeoDataFrame(
        {"code": ["D1", "D2"], "name": ["甲区", "乙县"]},
        geometry=[shapely.union_all(boxes[:2]), shapely.union_all(boxes[2:])],
        crs=4326,
    ).to_file(folder / "districts.geojson")
    estate = shapely.Point(WEST + 0.5 * SIDE, SOUTH + 0.5 * SIDE).buffer(0.002)
    gpd.GeoDataFrame({"code": ["P1"], "name": ["花园小区"]}, geometry=[estate], crs=4326).to_file(
        folder / "places.geojson"
    )
