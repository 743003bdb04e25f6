"""A city whose cases were written row by row, so that a plain loop can count again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from app.accounts.access import Access, access_of, operator
from app.accounts.units import UnitValues, create_unit
from app.cases.uploads import import_file
from app.db import Database
from app.home.reader import Reader
from geodata.areas import import_boundaries
from geodata.home import Home
from geodata.places import import_places
from tests.app.small_city import NAMES, SIDE, SOUTH, WEST, write_places, write_townships
from tests.people import make_account

CODES = ("T1", "T2", "T3")
NEWEST = datetime(2025, 3, 30, 11, 20)
"""The data end before noon: yesterday ends at that noon, the last whole day is the 29th."""

FIRST = datetime(2024, 1, 15, 8, 0)
CASES = 6_000
STEP = timedelta(days=1)

Row = dict[str, Any]


@dataclass(frozen=True)
class Written:
    """The home, and the rows of its file; ``where`` is the code of a row's township or None."""

    home: Home
    database: Database
    rows: list[Row]


def write_rows(seed: int = 5) -> list[Row]:
    """Make rows by hand: most in the last ten weeks, some without a place, a limit, a callback."""
    rng = np.random.default_rng(seed)
    span = (NEWEST - FIRST) / timedelta(minutes=1)
    recent = 70 * 24 * 60
    rows: list[Row] = []
    for i in range(CASES):
        back = rng.uniform(0, recent) if i % 3 else rng.uniform(0, span)
        caller = f"1990000{int(rng.integers(0, 3000)):04d}"
        received = NEWEST - timedelta(minutes=int(back)) if i else NEWEST
        square = int(rng.choice(3, p=[0.5, 0.35, 0.15]))
        kind = int(rng.choice(3, p=[0.85, 0.1, 0.05]))
        late, called = rng.random() < 0.5, rng.random() < 0.6
        back_at = received + timedelta(hours=int(rng.integers(20, 200)))
        rows.append(
            {
                "case_id": f"C{i:05d}",
                "received_at": received,
                "class_1": [None, "物业管理", "市容环卫", "噪声"][int(rng.integers(0, 4))],
                "caller": caller if rng.random() < 0.9 else None,
                "lng": WEST + (square + rng.uniform(0.01, 0.99)) * SIDE if kind == 0 else None,
                "lat": SOUTH + rng.uniform(0.01, 0.99) * SIDE if kind == 0 else None,
                "reported_township": NAMES[square] if kind == 1 else None,
                "where": CODES[square] if kind < 2 else None,
                "due_at": received + timedelta(days=int(rng.integers(1, 15))) if i % 5 else None,
                "closed_at": None if late else received + timedelta(days=1),
                "callback_at": back_at if called and back_at <= NEWEST else None,
                "valid": [True, True, True, False][int(rng.integers(0, 4))],
                "resolved": bool(rng.random() < 0.5),
                "satisfaction": ["满意", "一般", "不满意", None][int(rng.integers(0, 4))],
            }
        )  # fmt: skip
    return rows


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("morning")
    home, rows = Home.at(folder / "home"), write_rows()
    import_boundaries(
        home, write_townships(folder / "townships.geojson"), level="township", code_field="code",
        name_field="name", population_field="population",
    )  # fmt: skip
    import_places(
        home, write_places(folder / "places.geojson"), code_field="code", name_field="name"
    )
    pd.DataFrame(rows).drop(columns="where").to_csv(folder / "cases.csv", index=False)
    import_file(home, folder / "cases.csv", "suyuan")
    database = Database(home.database)
    database.migrate()
    return Written(home, database, rows)


@pytest.fixture(scope="session")
def everywhere(written: Written) -> Reader:
    return Reader.of(operator(written.database))


@pytest.fixture(scope="session")
def middle_office(written: Written) -> int:
    values = UnitValues(name=NAMES[1], kind="township", area_code="T2")
    return create_unit(operator(written.database), values).id


def access_in(written: Written, name: str, office: str, unit_id: int | None) -> Access:
    account = make_account(written.database, name, [office], unit_id)
    return access_of(written.database, written.home, account, "127.0.0.1")


@pytest.fixture(scope="session")
def middle(written: Written, middle_office: int) -> Reader:
    """A planner of the middle township."""
    return Reader.of(access_in(written, "middle", "planner", middle_office))


@pytest.fixture(scope="session")
def viewer(written: Written, middle_office: int) -> Reader:
    """Somebody of the middle township who may not see small counts."""
    return Reader.of(access_in(written, "middle-viewer", "viewer", middle_office))
