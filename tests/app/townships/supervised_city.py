"""Twelve townships with counts made by hand, and people of both districts."""

from __future__ import annotations

from datetime import date

from flask import Flask
from sqlalchemy import select

from app.accounts.access import Access, operator
from app.accounts.models import Unit
from app.accounts.units import UnitValues, adopt_boundaries, create_unit
from app.services import services
from app.townships.designations.models import DESIGNATED, Designation
from tests.app.townships.counted_city import Counts
from tests.people import access_as, make_account

MARCH = {"T1": 30, "T2": 28, "T3": 26, "T4": 24, "T5": 22, "T6": 20, "T7": 18, "T8": 16, "T9": 14,
         "T10": 12, "T11": 12, "T12": 5}  # fmt: skip
"""T10 and T11 share the tenth place."""

COUNTS: Counts = {
    code: {"2025-02": 10, "2025-03": n} | ({"2025-04": 1} if code == "T1" else {})
    for code, n in MARCH.items()
}
"""April has begun: March is whole, April is not."""

TODAY = date(2025, 4, 11)


def adopt(app: Flask) -> None:
    """Make the units of the boundaries, and a department."""
    found = services(app)
    adopt_boundaries(operator(found.database), found.home)
    create_unit(operator(found.database), UnitValues(name="水务局", kind="department"))


def unit_id(app: Flask, code: str) -> int:
    """Id of the unit of a district or township, or of the department ``水务局``."""
    with services(app).database.session() as session:
        query = select(Unit.id).where((Unit.area_code == code) | (Unit.name == code))
        return int(session.scalars(query).one())


def person(app: Flask, name: str, office: str, unit: str = "") -> Access:
    """Somebody with an office in a unit, or in the city."""
    number = unit_id(app, unit) if unit else None
    account = make_account(services(app).database, name, [office], number)
    return access_as(app, account)


def designate(app: Flask, code: str, on: date, exited: date | None = None) -> None:
    """Designate a township, as a decision would."""
    with services(app).database.session() as session:
        session.add(
            Designation(
                township=code,
                name=code,
                state=DESIGNATED,
                since=on,
                designated_on=on,
                exited_on=exited,
            )
        )
