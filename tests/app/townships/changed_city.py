"""Five townships of which, in mid-year, one was renamed and one was split in two."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import shapely
from flask import Flask

from app.accounts.access import operator
from app.db import Database
from app.services import services
from app.townships.succession.recording import ChangeValues, record_change
from geodata.areas import import_boundaries
from geodata.home import Home
from geodata.relocation import relocate_cases
from tests.app.small_city import SIDE, SOUTH, WEST
from tests.app.townships.counted_city import Counts, make_counted_city
from tests.app.townships.supervised_city import adopt
from tests.people import make_app

DAY = date(2025, 5, 1)
"""Since when T1 is N1, and T2 is P1 and P2."""

COUNTS: Counts = {
    code: dict.fromkeys(("2025-01", "2025-02", "2025-03", "2025-04", "2025-05"), n) | {"2025-06": 1}
    for code, n in {"T1": 40, "T2": 30, "T3": 20, "T4": 10, "T5": 6}.items()
}
"""Cases by the township named; June has begun, May is whole."""

NAMES = {"N1": "1街道", "P1": "2街道", "P2": "新街道", "T3": "3街道", "T4": "4街道", "T5": "5街道"}
"""The renamed township keeps its name, and one part that of the whole."""

DISTRICT_OF = {"N1": "D1", "P1": "D2", "P2": "D2", "T3": "D1", "T4": "D2", "T5": "D1"}


def make_changed_city(folder: Path) -> Flask:
    """Adopt the units of the old boundaries, import the new ones and write down the changes."""
    home = make_counted_city(folder, COUNTS)
    app = make_app(home.path)
    adopt(app)
    import_new(home, folder)
    relocate_cases(home)
    record(services(app).database, home)
    return app


def import_new(home: Home, folder: Path) -> None:
    """Import the boundaries of after the changes."""
    x = {"N1": (0, 1), "P1": (1, 1.5), "P2": (1.5, 2), "T3": (2, 3), "T4": (3, 4), "T5": (4, 5)}
    frame = gpd.GeoDataFrame(
        {
            "code": list(NAMES),
            "name": list(NAMES.values()),
            "district": [DISTRICT_OF[code] for code in NAMES],
            "population": [20_000.0] * len(NAMES),
        },
        geometry=[
            shapely.box(WEST + x[code][0] * SIDE, SOUTH, WEST + x[code][1] * SIDE, SOUTH + SIDE)
            for code in NAMES
        ],
        crs=4326,
    )
    frame.to_file(folder / "new.geojson")
    import_boundaries(
        home, folder / "new.geojson", level="township", code_field="code", name_field="name",
        district_field="district", population_field="population",
    )  # fmt: skip


def record(database: Database, home: Home) -> None:
    """Write down the changes of codes."""
    for before, after in ((("T1",), ("N1",)), (("T2",), ("P1", "P2"))):
        values = ChangeValues(before=before, after=after, since=DAY)
        record_change(operator(database), home, values)
