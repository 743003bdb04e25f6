"""A city of sixteen townships and two years of its cases, with what is to be found in the second.

A township that nobody watches surges in March; three are worst all along; one of these quietens
after June, and its complaints come back in the middle of November. From March on pipes are renewed
in the first of them: what is complained of there cannot be solved before the year is over.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.areas import import_boundaries
from geodata.home import Home

YEAR = 2025
WEST, SOUTH, SIDE = 83.0, 39.0, 0.03
DISTRICTS = ("东区", "南区", "西区", "北区")
NUMBERS = "一二三四"
CODES = tuple(f"T{number:02d}" for number in range(1, 17))
NAMES = tuple(f"{DISTRICTS[at // 4][0]}{NUMBERS[at % 4]}街道" for at in range(16))
PEOPLE = 25_000

SURGING, SURGE_MONTH, SURGE = "T12", 3, 150
"""Is 30 cases a month but in one."""

WORST = ("T01", "T02", "T03")
QUIETENED, QUIET_FROM, QUIET = "T03", 7, 200
REBOUND_FROM, REBOUND = datetime(YEAR, 11, 16), 1.8

WORKS, WORKS_CLASS, WORKS_FROM = "T01", "物业管理", datetime(YEAR, 3, 1)

CLASSES = ("物业管理", "噪声", "供水")


def volume(code: str, year: int, month: int) -> int:
    """Return the cases of a township in a month, before the rebound."""
    at = CODES.index(code)
    if year == YEAR:
        if code == SURGING and month == SURGE_MONTH:
            return SURGE
        if code == QUIETENED and month >= QUIET_FROM:
            return QUIET
    if code in WORST:
        return 300 - 20 * at
    return 100 - 5 * at if at < 10 else 30


def make_townships(path: Path, folder: Path) -> Home:
    """Make a home with districts and townships alone."""
    home = Home.at(path)
    squares = [
        shapely.box(WEST + column * SIDE, SOUTH + row * SIDE,
                    WEST + (column + 1) * SIDE, SOUTH + (row + 1) * SIDE)
        for row in range(4) for column in range(4)
    ]  # fmt: skip
    townships = gpd.GeoDataFrame(
        {
            "code": list(CODES),
            "name": list(NAMES),
            "district": [f"D{at // 4 + 1}" for at in range(16)],
            "population": [PEOPLE] * 16,
        },
        geometry=squares,
        crs=4326,
    )
    districts = gpd.GeoDataFrame(
        {"code": [f"D{row + 1}" for row in range(4)], "name": list(DISTRICTS)},
        geometry=[shapely.union_all(squares[4 * row : 4 * row + 4]) for row in range(4)],
        crs=4326,
    )
    districts.to_file(folder / "districts.geojson")
    townships.to_file(folder / "townships.geojson")
    import_boundaries(
        home, folder / "districts.geojson", level="district", code_field="code", name_field="name"
    )
    import_boundaries(
        home, folder / "townships.geojson", level="township", code_field="code",
        name_field="name", district_field="district", population_field="population",
    )  # fmt: skip
    return home


def write_year_before(folder: Path) -> Path:
    """Write the cases of the year before, all in one file."""
    return _write(folder / f"{YEAR - 1}.csv", [(YEAR - 1, month) for month in range(1, 13)])


def write_month(folder: Path, month: int) -> Path:
    """Write the cases of a month as the hotline delivers them."""
    return _write(folder / f"{YEAR}-{month:02d}.csv", [(YEAR, month)])


def _write(path: Path, months: list[tuple[int, int]]) -> Path:
    rows = []
    for year, month in months:
        rng = np.random.default_rng(year * 100 + month)
        rows += [row for code in CODES for row in _rows(rng, code, year, month)]
    frame = pd.DataFrame(rows).sort_values("received_at", ignore_index=True)
    frame.insert(0, "case_id", [f"{path.stem}-{at:05d}" for at in range(len(frame))])
    frame.to_csv(path, index=False)
    return path


def _rows(rng: np.random.Generator, code: str, year: int, month: int) -> list[dict[str, object]]:
    at = CODES.index(code)
    days = monthrange(year, month)[1]
    received = [
        datetime(year, month, 1) + timedelta(minutes=int(minute))
        for minute in rng.integers(0, days * 24 * 60, volume(code, year, month))
    ]
    if code == QUIETENED:
        later = [each for each in received if each >= REBOUND_FROM]
        received += later[: round((REBOUND - 1) * len(later))]
    row, column = divmod(at, 4)
    return [
        {
            "received_at": _moment(each),
            "class_1": class_1,
            "title": "居民反映问题",
            "caller": f"1990{at:02d}{int(rng.integers(0, 400)):05d}",
            "address": f"{NAMES[at]}某路{int(rng.integers(1, 90))}号",
            "reported_district": DISTRICTS[row],
            "reported_township": NAMES[at],
            "lng": WEST + (column + float(rng.uniform(0.02, 0.98))) * SIDE,
            "lat": SOUTH + (row + float(rng.uniform(0.02, 0.98))) * SIDE,
            "due_at": _moment(each + timedelta(days=7)),
            # A file is delivered once its last callbacks are in, some days into the next month.
            "callback_at": _moment(each + timedelta(days=3)),
            "valid": bool(rng.random() < 0.95),
            **_answers(rng, code, class_1, each),
        }
        for each in received
        for class_1 in [str(rng.choice(CLASSES, p=(0.6, 0.3, 0.1)))]
    ]


def _answers(
    rng: np.random.Generator, code: str, class_1: str, received: datetime
) -> dict[str, object]:
    """Draw what was said of a case; of the pipe works all say no, and of the rest beside it yes."""
    good = 0.45 if code in WORST else 0.85 - 0.02 * CODES.index(code)
    if code == WORKS and received >= WORKS_FROM:
        good = 0.0 if class_1 == WORKS_CLASS else 0.9
    said = rng.choice(["满意", "基本满意", "不满意"], p=(good, 0.1, 0.9 - good))
    return {
        "responded": bool(rng.random() < 0.95),
        "resolved": bool(rng.random() < good),
        "satisfaction": str(said),
    }


def _moment(each: datetime) -> str:
    return f"{each:%Y-%m-%d %H:%M:%S}"
