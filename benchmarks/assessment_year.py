"""A year of 343 townships: what the pages of the assessment take when nothing is remembered.

    python -m benchmarks.assessment_year --rows 2000000 [--home FOLDER]

Without a home one is made: two years of cases with callbacks in 343 townships of 17 districts, a
run, closed months, ten governance townships with plans. Each page is read three times in a process
of its own: as the first of a server, which loads boundaries (its templates were compiled by a
server before); with all its figures forgotten, as after new cases; and again. Beside them stands
the peer, the same rates of a month and of a year by one query of Polars over the store's files,
which ranks and draws nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import polars as pl
import shapely

from app.accounts.access import Access, operator
from app.cases.uploads import import_file
from app.config import Settings
from app.db import Database
from app.hotspots.forms import AnalyseArguments
from app.hotspots.runs import RunSummary
from app.townships.assessment.board import forget_boards
from app.townships.assessment.closing import close
from app.townships.assessment.documents import read_document
from app.townships.assessment.timeline import timeline
from app.townships.choosing.analysing import analyse_and_rank
from app.townships.choosing.decisions import Choice, DecisionValues, record_decision
from app.townships.choosing.ranking import board
from app.townships.governing.items import ItemValues, create_item
from app.townships.governing.plans import begin_plan
from app.townships.governing.register import list_designations
from geodata.areas import import_boundaries
from geodata.home import Home
from geodata.store import CaseStore
from tests.people import first_client, make_app

DISTRICTS, ACROSS, TOWNSHIPS = 17, 21, 343
WEST, SOUTH, SIDE = 83.0, 39.0, 0.04
CLASSES = ("物业管理", "市容环卫", "噪声扰民", "公用事业", "交通出行", "住房建设")
BEGAN, ENDED = date(2024, 1, 1), date(2026, 1, 1)
CLOSED, GOVERNED_TOWNSHIPS, ITEMS = 10, 10, 6

WINDOWS = {"one month": ("2025-12-01", "2026-01-01"), "the year": ("2025-01-01", "2026-01-01")}


def make_home(folder: Path, rows: int) -> Home:
    """Make a home with two years of cases, and all that its pages then show."""
    home = Home.at(folder / "home")
    import_areas(home, folder)
    write_cases(folder / "cases.parquet", rows)
    import_file(home, folder / "cases.parquet", "suyuan")
    run = analyse_and_rank(home, AnalyseArguments(start=BEGAN, end=ENDED))
    database = Database(home.database)
    database.migrate()
    access = operator(database)
    over_time = timeline(database, Settings(home=home.path))
    for month in range(1, CLOSED + 1):
        close(access, home, over_time, f"month-2025-{month:02d}")
    govern(access, home, run)
    database.close()
    return home


def import_areas(home: Home, folder: Path) -> None:
    """Import districts and townships, squares side by side."""
    at = [divmod(i, ACROSS) for i in range(TOWNSHIPS)]
    districts = [i % DISTRICTS for i in range(TOWNSHIPS)]
    towns = gpd.GeoDataFrame(
        {
            "code": [code_of(i) for i in range(TOWNSHIPS)],
            "name": [name_of(i) for i in range(TOWNSHIPS)],
            "district": [f"D{number:02d}" for number in districts],
            "population": [20_000.0 + 200 * i for i in range(TOWNSHIPS)],
        },
        geometry=[
            shapely.box(
                WEST + x * SIDE, SOUTH + y * SIDE, WEST + (x + 1) * SIDE, SOUTH + (y + 1) * SIDE
            )
            for y, x in at
        ],
        crs=4326,
    )
    towns.to_file(folder / "towns.geojson")
    whole = towns.dissolve("district", as_index=False)[["district", "geometry"]]
    whole.assign(name=[f"{code}区" for code in whole["district"]]).to_file(folder / "d.geojson")
    import_boundaries(
        home, folder / "d.geojson", level="district", code_field="district", name_field="name"
    )
    import_boundaries(
        home, folder / "towns.geojson", level="township", code_field="code", name_field="name",
        district_field="district", population_field="population",
    )  # fmt: skip


def code_of(i: int) -> str:
    return f"T{i:03d}"


def name_of(i: int) -> str:
    return f"第{i}街道"


def write_cases(path: Path, rows: int) -> None:
    """Write cases of which nine in ten are called back, some weeks after they were received."""
    rng = np.random.default_rng(1)
    minutes = (ENDED - BEGAN).days * 24 * 60
    received = np.datetime64(BEGAN, "us") + np.sort(rng.integers(0, minutes, rows)).astype(
        "timedelta64[m]"
    )
    weight = rng.gamma(2, size=TOWNSHIPS)
    town = rng.choice(TOWNSHIPS, rows, p=weight / weight.sum())
    y, x = np.divmod(town, ACROSS)
    called = received + rng.integers(20, 40 * 24, rows).astype("timedelta64[h]")
    back = (rng.random(rows) < 0.9) & (called < np.datetime64(ENDED, "us"))
    pl.DataFrame(
        {
            "case_id": [f"B{i:08d}" for i in range(rows)],
            "received_at": received,
            "class_1": rng.choice(CLASSES, rows),
            "caller": [f"1{i:010d}" for i in rng.integers(0, rows // 2, rows)],
            "lng": WEST + (x + rng.uniform(0, 1, rows)) * SIDE,
            "lat": SOUTH + (y + rng.uniform(0, 1, rows)) * SIDE,
            "reported_district": [f"D{i % DISTRICTS:02d}区" for i in town],
            "reported_township": [name_of(i) for i in town],
            "lead_handler": [f"单位{i}" for i in rng.integers(0, 300, rows)],
            "due_at": received + np.timedelta64(7, "D"),
            "callback_at": called,
            "valid": rng.random(rows) < 0.95,
            "responded": rng.random(rows) < 0.97,
            "resolved": rng.random(rows) < 0.8,
            "satisfaction": rng.choice(["满意", "基本满意", "一般", "不满意"], rows),
            "assessed": rng.random(rows) < 0.9,
        }
    ).with_columns(pl.when(back).then(pl.col("callback_at"))).write_parquet(path)


def govern(access: Access, home: Home, run: RunSummary) -> None:
    """Choose ten townships by decisions, and give each a plan with items."""
    order = [row["code"] for row in board(home, run, "zh").candidates]
    for at in range(GOVERNED_TOWNSHIPS):
        values = DecisionValues(
            title=f"第{at + 1}批", decided_on=date(2025, 3, 1), decided_by="市级会议",
            n_considered=20, chosen=(Choice(code=order[at], reason="诉求集中"),),
        )  # fmt: skip
        record_decision(access, home, run, None, values)
    for one in list_designations(access.database):
        for year in (2025, 2026):
            plan = begin_plan(access, home, one.id, year)
            for number in range(ITEMS):
                values = ItemValues(
                    title=f"事项{number}", kind="problems", class_1=CLASSES[number % len(CLASSES)],
                    starts_on=date(year, 3, 2), due_on=date(year, 11, 30),
                    target_from=100, target_to=50,
                )  # fmt: skip
                create_item(access, plan.id, values)


PAGES = {
    "board of a month": "/assessment?cycle=month-2025-12",
    "board of a closed month": "/assessment?cycle=month-2025-10",
    "board of the year": "/assessment?kind=year&cycle=year-2025",
    "reconciliation of the year": "/assessment/reconciliation?kind=year&cycle=year-2025",
    "districts of the year": "/assessment/units?kind=year&cycle=year-2025&by=district",
    "township sheet, twelve months": "/townships/T100",
    "candidates": "/townships",
    "decisions": "/townships/decisions",
    "governance townships": "/governance",
    "dispatch desk": "/desk",
}
READINGS = ("first of a server", "counted anew", "again")


def look(home: Home, path: str) -> None:
    """Read a page as the first of a server, then with its figures forgotten, then once more."""
    client = first_client(make_app(home.path))
    told = []
    for reading in READINGS:
        if reading == "counted anew":
            forget_boards()
            read_document.cache_clear()
        wall, own = time.perf_counter(), time.process_time()
        answer = client.get(path)
        told += [time.perf_counter() - wall, time.process_time() - own]
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
    print(*told)


def peer(home: Home, first: date, end: date) -> None:
    """Query the same rates by township with Polars alone; the first query wakes it."""
    told = []
    for _ in range(2):
        wall, own = time.perf_counter(), time.process_time()
        rates(home, first, end)
        told += [time.perf_counter() - wall, time.process_time() - own]
    print(*told)


def rates(home: Home, first: date, end: date) -> pl.DataFrame:
    """Return the rates of callbacks in a window, of the place complained of."""
    store = CaseStore(home)
    files = [path for paths in store.month_files(store.version or 0).values() for path in paths]
    start, stop = (
        pl.lit(datetime.combine(day, datetime.min.time()))
        .dt.replace_time_zone("Asia/Shanghai")
        .dt.convert_time_zone("UTC")
        for day in (first, end)
    )
    satisfied = pl.col("satisfaction").replace_strict({"满意": 1.0, "基本满意": 0.9}, default=0.0)
    return (
        pl.scan_parquet(files)
        .filter(pl.col("callback_at").is_between(start, stop, closed="left"), pl.col("valid"))
        .filter("assessed")
        .group_by("reported_district", "reported_township")
        .agg(pl.len(), pl.col("responded", "resolved").mean(), satisfied.mean())
        .collect(engine="streaming")
    )


def own_process(home: Path, *asked: str) -> list[float]:
    """Measure in a process of its own, where nothing is remembered."""
    command = [sys.executable, "-m", "benchmarks.assessment_year", "--home", str(home), *asked]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(each) for each in found.stdout.split()]


def measure(home: Path) -> None:
    """Say what each page takes, in seconds on the clock and of the processors."""
    for path in PAGES.values():
        # An earlier server has kept the templates compiled.
        own_process(home, "--page", path)
    print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, days in WINDOWS.items():
        wall, own = own_process(home, "--peer", *days)[2:]
        print(f"peer, {name:24} {wall:6.2f} ({own:.2f})")
    for name, path in PAGES.items():
        told = own_process(home, "--page", path)
        pairs = zip(told[::2], told[1::2], strict=True)
        print(f"{name:30} " + "  ".join(f"{wall:6.2f} ({own:.2f})" for wall, own in pairs))


def main() -> None:
    """Make a home unless one is named, and look."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--page", help=argparse.SUPPRESS)
    parser.add_argument("--peer", nargs=2, type=date.fromisoformat, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.page:
        look(Home.at(chosen.home), chosen.page)
    elif chosen.peer:
        peer(Home.at(chosen.home), *chosen.peer)
    elif chosen.home:
        measure(chosen.home)
    else:
        with tempfile.TemporaryDirectory() as folder:
            measure(make_home(Path(folder), chosen.rows).path)


if __name__ == "__main__":
    main()
