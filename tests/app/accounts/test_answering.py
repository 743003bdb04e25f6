"""Which units a person answers for: her own and those below, all for the whole city."""

from __future__ import annotations

from datetime import date

import pytest

from app.accounts.access import Access, access_of, operator
from app.accounts.units import UnitValues, city_unit, create_unit
from app.db import Database
from app.errors import Forbidden
from geodata.home import Home
from tests.people import make_account

YESTERDAY = date(2020, 1, 1)


@pytest.fixture
def units(database: Database) -> dict[str, int]:
    """A district with a department below it, another district, and one that is no more."""
    access, made = operator(database), {"市": city_unit(database).id}
    for name, above, ends in (
        ("东区", "市", None), ("东区住建委", "东区", None), ("西区", "市", None),
        ("旧区", "市", YESTERDAY),
    ):  # fmt: skip
        kind = "department" if "委" in name else "district"
        values = UnitValues(name=name, kind=kind, parent_id=made[above], valid_to=ends)
        made[name] = create_unit(access, values).id
    return made


@pytest.mark.parametrize(
    ("office", "unit", "answers"),
    [
        ("handling_unit", "东区", {"东区", "东区住建委"}),
        ("handling_unit", "东区住建委", {"东区住建委"}),
        ("viewer", "东区", set()),
        ("handling_unit", "旧区", set()),
        ("handling_unit", "市", {"市", "东区", "东区住建委", "西区", "旧区"}),
    ],
)
def test_who_answers_for_whom(
    database: Database, units: dict[str, int], tmp_path_factory: pytest.TempPathFactory,
    office: str, unit: str, answers: set[str],
) -> None:  # fmt: skip
    home = Home.at(tmp_path_factory.mktemp("home") / "home")
    account = make_account(database, "somebody", [office], units[unit])
    access: Access = access_of(database, home, account, "127.0.0.1")
    assert {name for name, number in units.items() if access.answers_for(number)} == answers
    for name, number in units.items():
        if name not in answers:
            with pytest.raises(Forbidden, match=f"unit {number}"):
                access.require_unit(number)
