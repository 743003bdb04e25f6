"""People for tests of pages: accounts with their offices, and clients signed in as them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import time

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app import create_app
from app.accounts.access import Access, access_of, operator
from app.accounts.accounts import AccountValues, OfficeIn, create_account
from app.accounts.entrance import SignedIn
from app.accounts.first import FIRST_OFFICES
from app.accounts.models import Account, Unit
from app.accounts.permissions import DISCIPLINE
from app.accounts.units import UnitValues, city_unit, create_unit
from app.config import Settings
from app.db import Database
from app.services import services
from geodata.home import Home
from tests.prepared import COMPILED, give_tables, hashing_once

EVERYTHING = "everything"
"""Name of the account that may do everything everywhere."""

EVERY_OFFICE = (*FIRST_OFFICES, DISCIPLINE)
"""Accountability is read by 纪检监察 alone, whatever else somebody may do."""

PASSWORD = "four-cold-teapots-8"
"""Of every account that is made here."""


def make_app(home: Path, **settings: object) -> Flask:
    """Build the application as pages are tested: jobs run at once, forms need no token."""
    chosen = Settings(home=home, **settings)
    if chosen.database_url is None:
        give_tables(Home.at(home.absolute()).database)
    app = create_app(chosen, immediate_jobs=True)
    app.jinja_env.bytecode_cache = COMPILED
    app.config.update(TESTING=False, WTF_CSRF_ENABLED=False)
    return app


def make_account(
    database: Database, name: str, offices: Sequence[str], unit_id: int | None = None
) -> Account:
    """Make an account that has changed its first password, or return the one of this name."""
    with database.session() as session:
        found = session.scalar(select(Account).where(Account.name == name))
    if found is not None:
        return found
    unit = unit_id or city_unit(database).id
    given = tuple(OfficeIn(office=office, unit_id=unit) for office in offices)
    values = AccountValues(name=name, display_name=name, offices=given)
    with hashing_once():
        account, _password = create_account(operator(database), values, PASSWORD)
    with database.session() as session:
        session.execute(
            update(Account).where(Account.id == account.id).values(must_change_password=False)
        )
    with database.session() as session:
        return session.get_one(Account, account.id)


def make_everything(path: Path) -> None:
    """Give a home the account that may do everything everywhere, before it is served."""
    database = Database(Home.at(path).database)
    database.migrate()
    make_account(database, EVERYTHING, EVERY_OFFICE)
    database.close()


def sign_in(client: FlaskClient, account: Account) -> FlaskClient:
    """Sign a client in, without the page that asks for the password."""
    with client.session_transaction() as session:
        session["_user_id"] = SignedIn(account).get_id()
        session["_fresh"] = True
        session["began"] = session["seen"] = int(time())
    return client


def client_as(
    app: Flask, name: str, offices: Sequence[str], unit_id: int | None = None
) -> FlaskClient:
    """Return a client signed in as somebody with these offices."""
    account = make_account(services(app).database, name, offices, unit_id)
    return sign_in(app.test_client(), account)


def township_unit(database: Database, code: str, name: str) -> int:
    """Return the id of a township's unit, made where no test before has made it."""
    with database.session() as session:
        found = session.scalar(select(Unit.id).where(Unit.area_code == code))
    values = UnitValues(name=name, kind="township", area_code=code)
    return found or create_unit(operator(database), values).id


def first_client(app: Flask) -> FlaskClient:
    """Return a client signed in as somebody who may do everything everywhere."""
    return client_as(app, EVERYTHING, EVERY_OFFICE)


def operator_of(home: Home) -> Access:
    """Return the access of the command line to a home, whose tables are made where they lack."""
    database = Database(home.database)
    database.migrate()
    return operator(database)


def access_as(app: Flask, account: Account) -> Access:
    """Return what somebody may do."""
    found = services(app)
    return access_of(found.database, found.home, account, "127.0.0.1")
