"""Units: made from boundaries, one above the other, valid for a time, called by cases."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from app.accounts.access import Access, operator, units_below
from app.accounts.units import (
    UnitValues,
    adopt_boundaries,
    change_unit,
    create_unit,
    get_unit,
    list_units,
)
from app.cases.handlers import adopt_namesakes, list_handlers, name_handler
from app.cases.uploads import import_file
from app.db import Database
from app.errors import Conflict, InvalidParameter, Missing
from geodata.areas import import_boundaries
from geodata.home import Home
from tests.app.small_city import NAMES, write_townships

pytestmark = pytest.mark.db


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


@pytest.fixture
def access(database: Database) -> Access:
    return operator(database)


def test_boundaries_are_adopted_once(access: Access, home: Home, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter):
        adopt_boundaries(access, home)
    import_boundaries(
        home, write_townships(tmp_path / "townships.geojson"), level="township",
        code_field="code", name_field="name", district_field="name",
    )  # fmt: skip
    assert adopt_boundaries(access, home) == 6
    assert adopt_boundaries(access, home) == 0
    lines = list_units(access.database)
    assert [line.depth for line in lines] == [0, 1, 2, 1, 2, 1, 2]
    assert {line.unit.name for line in lines if line.depth == 2} == set(NAMES)


def test_no_unit_stands_below_itself(access: Access) -> None:
    above = create_unit(access, UnitValues(name="甲", kind="department"))
    below = create_unit(access, UnitValues(name="乙", kind="department", parent_id=above.id))
    for parent in (above.id, below.id):
        loop = UnitValues(name="甲", kind="department", parent_id=parent)
        with pytest.raises(InvalidParameter):
            change_unit(access, above.id, loop, 1)
    assert units_below(above.id, [above, below]) == {above.id, below.id}
    assert units_below(below.id, [above, below]) == {below.id}


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ((None, None), (None, None), False),
        ((None, date(2025, 1, 1)), (date(2025, 1, 1), None), True),
        ((None, date(2025, 1, 2)), (date(2025, 1, 1), None), False),
        ((date(2024, 1, 1), date(2025, 1, 1)), (None, date(2024, 1, 1)), True),
        ((date(2024, 1, 1), None), (None, None), False),
    ],
)
def test_an_area_belongs_to_one_unit_at_a_time(
    access: Access,
    first: tuple[date | None, date | None],
    second: tuple[date | None, date | None],
    both: bool,
) -> None:
    def of(times: tuple[date | None, date | None]) -> UnitValues:
        return UnitValues(
            name="镇", kind="township", area_code="T1", valid_from=times[0], valid_to=times[1]
        )

    create_unit(access, of(first))
    if both:
        create_unit(access, of(second))
        return
    with pytest.raises(Conflict):
        create_unit(access, of(second))


def test_the_last_day_comes_after_the_first() -> None:
    with pytest.raises(ValueError, match="not after"):
        UnitValues(
            name="镇", kind="township", valid_from=date(2025, 1, 1), valid_to=date(2025, 1, 1)
        )


def test_the_second_of_two_editors_is_told(access: Access) -> None:
    unit = create_unit(access, UnitValues(name="甲", kind="department"))
    change_unit(access, unit.id, UnitValues(name="乙", kind="department"), 1)
    with pytest.raises(Conflict, match="someone else"):
        change_unit(access, unit.id, UnitValues(name="丙", kind="department"), 1)
    assert get_unit(access.database, unit.id).name == "乙"


def test_names_in_cases_find_their_units(access: Access, home: Home, tmp_path: Path) -> None:
    rows = {
        "case_id": list("abcde"),
        "received_at": "2025-01-02",
        "lead_handler": ["城管局", "城管局", "水务局", None, "城管局"],
        "assisting_handler": ["水务局", None, "水务局", None, None],
        "handler": ["城管局", None, None, "某公司", None],
    }
    pd.DataFrame(rows).to_csv(tmp_path / "cases.csv", index=False)
    import_file(home, tmp_path / "cases.csv", "suyuan")
    works = create_unit(access, UnitValues(name="城管局", kind="department"))
    # A case that gives one name in two columns is one case of it.
    told = [(line.name, line.cases, line.unit) for line in list_handlers(access.database, home)]
    assert told == [("城管局", 3, None), ("水务局", 2, None), ("某公司", 1, None)]
    assert adopt_namesakes(access, home) == 1
    name_handler(access, home, "某公司", works.id)
    unmapped = [line.name for line in list_handlers(access.database, home) if line.unit is None]
    assert unmapped == ["水务局"]
    name_handler(access, home, "某公司", None)
    for name, unit in (("没有这个", works.id), ("水务局", 999)):
        with pytest.raises(Missing):
            name_handler(access, home, name, unit)
