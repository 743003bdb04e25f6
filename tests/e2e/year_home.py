"""The home of the year behind its pages, and who works in it."""

from __future__ import annotations

from pathlib import Path

from app.accounts.access import operator
from app.accounts.units import UnitValues, adopt_boundaries, create_unit, find_unit
from app.cases.uploads import import_file
from app.db import Database
from tests.e2e.year_city import (
    QUIETENED,
    SURGING,
    make_townships,
    write_month,
    write_year_before,
)
from tests.e2e.year_pages import (
    name_of,
)
from tests.people import make_account

OFFICE = "市排水集团"
WARNED, GOVERNED, CALLED = "warned-street", "governed-street", "drainage"
"""Accounts of the township that is warned, of a governance township, and of the enterprise."""


class City:
    """The home behind the pages, for what does not happen on a page: months that arrive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = make_townships(folder / "home", folder)
        database = Database(self.home.database)
        database.migrate()
        access = operator(database)
        adopt_boundaries(access, self.home)
        called = create_unit(access, UnitValues(name=OFFICE, kind="enterprise"))
        warned, governed = (find_unit(database, name_of(code)) for code in (SURGING, QUIETENED))
        make_account(database, WARNED, ["handling_unit"], warned.id)
        make_account(database, GOVERNED, ["planner", "handling_unit"], governed.id)
        make_account(database, CALLED, ["handling_unit"], called.id)
        import_file(self.home, write_year_before(folder), "suyuan")

    def receive(self, *months: int) -> None:
        for month in months:
            import_file(self.home, write_month(self.folder, month), "suyuan")
