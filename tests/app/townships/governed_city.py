"""A home of three townships in two districts with its units, for tests of plans and whistles."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import shapely

from app.accounts.access import Access
from app.accounts.units import UnitValues, adopt_boundaries, create_unit, find_unit
from geodata.areas import import_boundaries
from geodata.home import Home
from tests.app.small_city import SIDE, SOUTH, WEST

TOWNSHIPS = {"T1": ("东街道", "D1"), "T2": ("中街道", "D1"), "T3": ("西镇", "D2")}
DISTRICTS = {"D1": "东区", "D2": "西区"}


def make_areas(folder: Path) -> Home:
    """Import the districts and townships; there are no cases."""
    home = Home.at(folder / "home")
    frame = gpd.GeoDataFrame(
        {
            "code": list(TOWNSHIPS),
            "name": [name for name, _district in TOWNSHIPS.values()],
            "district": [district for _name, district in TOWNSHIPS.values()],
        },
        geometry=[
            shapely.box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE)
            for i in range(3)
        ],
        crs=4326,
    )
    frame.to_file(folder / "towns.geojson")
    districts = frame.dissolve("district", as_index=False)[["district", "geometry"]]
    districts.assign(name=districts["district"].map(DISTRICTS)).to_file(folder / "d.geojson")
    import_boundaries(
        home, folder / "d.geojson", level="district", code_field="district", name_field="name"
    )
    import_boundaries(
        home, folder / "towns.geojson", level="township", code_field="code", name_field="name",
        district_field="district",
    )  # fmt: skip
    return home


def make_units(access: Access, home: Home) -> dict[str, int]:
    """Make the units of the boundaries, and departments of the city and of its districts."""
    adopt_boundaries(access, home)
    names = [name for name, _district in TOWNSHIPS.values()]
    units = {name: find_unit(access.database, name).id for name in (*DISTRICTS.values(), *names)}
    for name, above in (
        ("住建委", None), ("水务局", None), ("自来水集团", None), ("东区住建委", "东区"),
        ("东区城管委", "东区"), ("西区住建委", "西区"),
    ):  # fmt: skip
        kind = "enterprise" if "集团" in name else "department"
        values = UnitValues(name=name, kind=kind, parent_id=units[above] if above else None)
        units[name] = create_unit(access, values).id
    return units
