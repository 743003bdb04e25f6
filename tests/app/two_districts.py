"""A home with two districts, and words planted in all that tells of the second one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import polars as pl
import shapely
from flask import Flask

from app.accounts.access import operator
from app.accounts.units import UnitValues, adopt_boundaries, create_unit, find_unit
from app.cases.handlers import name_handler
from app.cases.lives import mark_of
from app.cases.uploads import import_file
from app.hotspots.forms import AnalyseArguments
from app.hotspots.runs import RunSummary
from app.projects.points.register import PointValues
from app.services import services
from app.townships.choosing.analysing import analyse_and_rank
from geodata.areas import import_boundaries
from geodata.home import Home
from geodata.places import import_places, merge_places
from tests.app.projects.working import make_project
from tests.app.small_city import END, SIDE, SOUTH, START, WEST

EAST_DISTRICT, WEST_DISTRICT = "D1", "D2"
EAST, WEST_SIDE = ("T1", "T2"), ("T3",)

OURS, THEIRS = "邻里", "隔壁"
"""In every title, address, name of a place and of a project of the first district, the second."""

HANDLED, HANDLER = "水表漏水", "水务局"
"""In the titles of some cases of both districts, which one department handles."""

NOBODYS = "荒滩"
"""In what lies in no district and names none."""

PHONE = "13912345678"


@dataclass(frozen=True)
class TwoDistricts:
    """The home, its run, and the ids of what lies in each of the two districts."""

    home: Path
    run: RunSummary
    projects: tuple[int, int]
    lives: tuple[str, str]


def point_in(township: int, up: float = 0.5) -> tuple[float, float]:
    """Return a point in one of the three townships."""
    return WEST + (township - 0.5) * SIDE, SOUTH + up * SIDE


def make_two_districts(folder: Path) -> Home:
    """Import districts, townships, places and cases."""
    home = Home.at(folder / "home")
    _import_areas(home, folder)
    (folder / "places.csv").write_text(_places(), "utf-8")
    import_places(home, folder / "places.csv")
    merge_places(home, "P2", "P3")
    merge_places(home, "Q2", "Q3")
    _cases().write_csv(folder / "cases.csv")
    import_file(home, folder / "cases.csv", "suyuan")
    return home


def fill(app: Flask) -> TwoDistricts:
    """Analyse the home of an application, and make units and a project in each district."""
    home, access = services(app).home, operator(services(app).database)
    run = analyse_and_rank(home, AnalyseArguments(start=START, end=END))
    adopt_boundaries(access, home)
    water = create_unit(access, UnitValues(name=HANDLER, kind="department"))
    name_handler(access, home, HANDLER, water.id)
    projects = []
    for word, township in ((OURS, 1), (THEIRS, 3)):
        lng, lat = point_in(township)
        point = PointValues(name=f"{word}点位", lng=lng, lat=lat)
        made = make_project(access, home, point, name=f"{word}整治", owner=f"{word}街道办")
        projects.append(made.id)
    marks = [mark_of(home, "2025-03", case) for case in ("A0", "B0")]
    return TwoDistricts(home.path, run, (projects[0], projects[1]), (marks[0], marks[1]))


def unit_of(app: Flask, name: str) -> int:
    """Return the id of a unit."""
    return find_unit(services(app).database, name).id


def _import_areas(home: Home, folder: Path) -> None:
    squares = [
        shapely.box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE) for i in range(3)
    ]
    columns = {
        "code": ["T1", "T2", "T3"],
        "name": ["东街道", "中街道", "西镇"],
        "district": [EAST_DISTRICT, EAST_DISTRICT, WEST_DISTRICT],
        "population": [30_000.0, 20_000.0, 10_000.0],
    }
    frame = gpd.GeoDataFrame(columns, geometry=squares, crs=4326)
    frame.to_file(folder / "towns.geojson")
    districts = frame.dissolve("district", as_index=False)[["district", "geometry"]]
    districts.assign(name=["东区", "西区"]).to_file(folder / "districts.geojson")
    import_boundaries(
        home, folder / "districts.geojson", level="district", code_field="district",
        name_field="name",
    )  # fmt: skip
    import_boundaries(
        home, folder / "towns.geojson", level="township", code_field="code", name_field="name",
        district_field="district", population_field="population",
    )  # fmt: skip


def _places() -> str:
    lines = ["code,name,aliases,kind,address,lng,lat"]
    for letter, word, township in (("P", OURS, 1), ("Q", THEIRS, 3)):
        for number, up in ((1, 0.5), (2, 0.6), (3, 0.7)):
            lng, lat = point_in(township, up)
            name = f"{word}{'甲乙丙'[number - 1]}苑"
            lines.append(f"{letter}{number},{name},,小区,{word}路{number}号,{lng},{lat}")
    return "\n".join(lines) + "\n"


def _cases() -> pl.DataFrame:
    """Some cases everywhere, many at one place of each district, some that only name theirs."""
    rng = np.random.default_rng(5)
    rows = []
    for letter, word, townships, name in (
        ("A", OURS, (1, 2), "东街道"), ("B", THEIRS, (3,), "西镇"),
    ):  # fmt: skip
        for number in range(240):
            here = number < 60
            township = townships[number % len(townships)] if not here else townships[0]
            spread = 0.001 if here else 0.45
            lng, lat = point_in(township, 0.5 + rng.uniform(-spread, spread))
            rows.append(_case(f"{letter}{number}", word, number, (lng, lat), ""))
        rows += [_case(f"{letter}N{i}", word, i, None, name) for i in range(6)]
    rows += [_case(f"N{i}", NOBODYS, i, None, "") for i in range(3)]
    return pl.DataFrame(rows)


def _case(
    case_id: str, word: str, number: int, at: tuple[float, float] | None, township: str
) -> dict[str, object]:
    handled = number % 40 == 0
    return {
        "case_id": case_id,
        "received_at": f"2025-0{1 + (number + 2) % 6}-{1 + number % 27:02d} 09:00:00",
        "class_1": ("物业管理", "噪声")[number % 2],
        "title": f"{word}反映{HANDLED if handled else '扰民'}，电话{PHONE}",
        "content": f"{word}居民来电，电话{PHONE}",
        "address": f"{word}胡同{number}号301室" if at is None else f"{word}路{number % 9}号",
        "caller": f"1990000{number % 50:04d}",
        "reported_township": township,
        "lead_handler": HANDLER if handled else "物业办",
        "lng": at and at[0],
        "lat": at and at[1],
    }
