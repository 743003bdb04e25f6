"""The first account of a home, without which nobody could come in."""

from __future__ import annotations

from app.accounts.access import operator
from app.accounts.accounts import AccountValues, OfficeIn, count_accounts, create_account
from app.accounts.permissions import ADMINISTRATOR, PLANNER, REVIEWER
from app.accounts.units import adopt_boundaries, city_unit
from app.db import Database
from geodata.areas import boundary_version
from geodata.home import Home

FIRST_NAME = "admin"
FIRST_OFFICES = (ADMINISTRATOR, PLANNER, REVIEWER)


def ensure_first_account(database: Database, home: Home) -> tuple[str, str] | None:
    """Make the first administrator and the units of the boundaries, where there is no account yet.

    Returns
    -------
    (str, str) or None
        Name and first password, to be shown once; None where there were accounts already.
    """
    if count_accounts(database):
        return None
    access, unit = operator(database), city_unit(database)
    if boundary_version(home, "township"):
        adopt_boundaries(access, home)
    offices = tuple(OfficeIn(office=office, unit_id=unit.id) for office in FIRST_OFFICES)
    values = AccountValues(name=FIRST_NAME, display_name=FIRST_NAME, offices=offices)
    account, password = create_account(access, values)
    return account.name, password
