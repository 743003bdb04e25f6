"""Four townships with people, of two districts, with plans, items and money made by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import geopandas as gpd
import shapely

from app.accounts.access import Access
from app.townships.designations.models import EXITED, GOVERNED, Designation
from app.townships.funding.lines import FundingValues, create_line
from app.townships.governing.items import ItemValues, create_item
from app.townships.governing.plans import begin_plan
from geodata.areas import import_boundaries
from geodata.home import Home
from tests.app.small_city import SIDE, SOUTH, WEST

PEOPLE = {"T1": 10_000, "T2": 30_000, "T3": None, "T4": 7}
NAMES = {"T1": "东街道", "T2": "中街道", "T3": "西镇", "T4": "北乡"}
DISTRICTS = {"T1": "D1", "T2": "D1", "T3": "D2", "T4": "D2"}

MONEY = [
    ("T1", 2025, "city", "1234567.89", "1000000", "1000000.01"),
    ("T1", 2025, "social", "0.01", "0", "0"),
    ("T3", 2025, "district", "100", "50", "20"),
    ("D1", 2025, "district", "500000", "400000", "300000"),
    ("T2", 2025, "township", "77.77", "7.07", "0"),
    ("T1", 2024, "city", "9", "9", "9"),
]
"""Place, year, source and three amounts in yuan; T4 has none, T2 has left before the year."""


def make_city(folder: Path, people: dict[str, int | None] | None = None) -> Home:
    """Import districts, and townships with their people where they are known."""
    home = Home.at(folder / "home")
    known = PEOPLE if people is None else people
    frame = gpd.GeoDataFrame(
        {
            "code": list(NAMES),
            "name": list(NAMES.values()),
            "district": list(DISTRICTS.values()),
            "people": [known[code] for code in NAMES],
        },
        geometry=[
            shapely.box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE)
            for i in range(4)
        ],
        crs=4326,
    )
    frame["people"] = frame["people"].astype(float)
    frame.to_file(folder / "towns.geojson")
    districts = frame.dissolve("district", as_index=False)[["district", "geometry"]]
    named = districts.assign(name=districts["district"].map({"D1": "东区", "D2": "西区"}))
    named.to_file(folder / "d.geojson")
    import_boundaries(
        home, folder / "d.geojson", level="district", code_field="district", name_field="name"
    )
    import_boundaries(
        home, folder / "towns.geojson", level="township", code_field="code", name_field="name",
        district_field="district", population_field="people" if any(known.values()) else None,
    )  # fmt: skip
    return home


def fen(yuan: str) -> int:
    """Return yuan in fen, by another way than the program's."""
    return int(Decimal(yuan).scaleb(2).to_integral_exact())


def make_money(access: Access, home: Home) -> dict[str, int]:
    """Make designations, plans, items and `MONEY`; returns the item of each place."""
    made: dict[str, int] = {}
    for code, begins, exits in (
        ("T1", date(2024, 3, 1), None),
        ("T2", date(2024, 3, 1), date(2024, 12, 1)),
        ("T3", date(2025, 6, 1), None),
    ):
        with access.database.session() as session:
            one = Designation(
                township=code, name=NAMES[code], state=EXITED if exits else GOVERNED, since=begins,
                designated_on=begins, exited_on=exits,
            )  # fmt: skip
            session.add(one)
        plan = begin_plan(access, home, one.id, begins.year)
        made[code] = item_of(access, plan.id, f"{NAMES[code]}管网")
        if code == "T1":
            made["D1"] = item_of(access, plan.parent_id or 0, "东区统筹")
    for place, year, source, *amounts in MONEY:
        planned, allocated, spent = map(fen, amounts)
        values = FundingValues(
            year=year, source=source, planned=planned, allocated=allocated, spent=spent
        )
        create_line(access, made[place], values)
    return made


def item_of(access: Access, plan: int, title: str) -> int:
    """Put an item on the list of tasks."""
    return create_item(access, plan, ItemValues(title=title, kind="tasks")).id
