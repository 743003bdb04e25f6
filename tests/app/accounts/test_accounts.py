"""Accounts: what administrators may give, two of them at once, and the last one of all."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import accounts
from app.accounts.access import Access, operator
from app.accounts.accounts import AccountValues, OfficeIn
from app.accounts.models import Account
from app.accounts.passwords import verify_password
from app.accounts.permissions import Permission
from app.accounts.units import UnitValues, city_unit, create_unit
from app.db import Database
from app.errors import Conflict, Forbidden, Missing
from app.services import services
from tests.conftest import run_suyuan
from tests.people import PASSWORD, access_as, client_as, make_account, make_app

pytestmark = pytest.mark.db


@pytest.fixture
def app(tmp_path: Path, database_url: str | None) -> Flask:
    return make_app(tmp_path / "home", database_url=database_url)


@pytest.fixture
def database(app: Flask) -> Database:
    return services(app).database


@pytest.fixture
def chief(app: Flask, database: Database) -> Access:
    """The administrator of the whole city."""
    return access_as(app, make_account(database, "chief", ["administrator"]))


@pytest.fixture
def district(database: Database) -> int:
    return create_unit(operator(database), UnitValues(name="甲区", kind="district")).id


def values(name: str, *offices: tuple[str, int], active: bool = True) -> AccountValues:
    given = tuple(OfficeIn(office=office, unit_id=unit) for office, unit in offices)
    return AccountValues(name=name, display_name=name, active=active, offices=given)


def reload(database: Database, account: Account) -> Account:
    return accounts.require_by_name(database, account.name)


def test_a_first_password_opens_once_it_is_known(chief: Access) -> None:
    account, password = accounts.create_account(chief, values("wang"))
    assert account.must_change_password
    assert verify_password(account.password_hash, password)
    assert password not in str(account.password_hash)


def test_a_name_is_given_once(chief: Access) -> None:
    accounts.create_account(chief, values("wang"))
    with pytest.raises(Conflict, match="taken"):
        accounts.create_account(chief, values("wang"))


def test_an_office_must_be_known_and_its_unit_there(chief: Access) -> None:
    with pytest.raises(Missing):
        accounts.create_account(chief, values("wang", ("planner", 999)))
    with pytest.raises(accounts.InvalidParameter, match="mayor"):
        accounts.create_account(chief, values("wang", ("mayor", 1)))


def test_the_second_of_two_administrators_is_told(chief: Access, database: Database) -> None:
    account, _password = accounts.create_account(chief, values("wang"))
    accounts.change_account(chief, account.id, values("wang2"), 1)
    with pytest.raises(Conflict, match="someone else"):
        accounts.change_account(chief, account.id, values("wang3"), 1)
    assert accounts.get_account(chief, account.id).name == "wang2"


def test_one_who_writes_in_between_is_not_overwritten(
    chief: Access, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, _password = accounts.create_account(chief, values("wang"))
    check = accounts._check_offices

    def overtaken(*given: object) -> None:
        check(*given)  # type: ignore[arg-type]
        monkeypatch.setattr(accounts, "_check_offices", check)
        accounts.change_account(chief, account.id, values("first"), 1)

    monkeypatch.setattr(accounts, "_check_offices", overtaken)
    with pytest.raises(Conflict, match="account wang was changed by someone else"):
        accounts.change_account(chief, account.id, values("second"), 1)
    assert accounts.get_account(chief, account.id).name == "first"


def test_the_last_administrator_stays(chief: Access, database: Database) -> None:
    own = reload(database, accounts.get_account(chief, int(chief.account_id or 0)))
    unit = city_unit(database).id
    for changed in (values("chief"), values("chief", ("administrator", unit), active=False)):
        with pytest.raises(Conflict, match="administrator"):
            accounts.change_account(chief, own.id, changed, own.row_version)
    make_account(database, "second", ["administrator"])
    accounts.change_account(chief, own.id, values("chief"), own.row_version)


def test_a_district_keeps_its_own(
    app: Flask, database: Database, chief: Access, district: int
) -> None:
    street = UnitValues(name="乙街道", kind="township", parent_id=district)
    below = create_unit(operator(database), street).id
    of_district = make_account(database, "district", ["administrator"], district)
    keeper = access_as(app, of_district)
    made, _password = accounts.create_account(keeper, values("street", ("planner", below)))
    city = city_unit(database).id
    with pytest.raises(Forbidden):
        accounts.create_account(keeper, values("mayor", ("planner", city)))
    with pytest.raises(Forbidden):
        accounts.change_account(keeper, made.id, values("street", ("planner", city)), 1)
    with pytest.raises(Forbidden):
        accounts.reset_password(keeper, int(chief.account_id or 0))
    assert {line.account.name for line in accounts.list_accounts(keeper)} == {"district", "street"}
    assert not keeper.may(Permission.READ_AUDIT)
    with pytest.raises(Forbidden):
        create_unit(keeper, UnitValues(name="丙", kind="department"))


def test_new_rights_count_at_once_and_end_sessions(app: Flask, database: Database) -> None:
    admin = client_as(app, "chief", ["administrator"])
    viewer = client_as(app, "viewer", ["viewer"])
    assert viewer.get("/cases").status_code == 403
    account = accounts.require_by_name(database, "viewer")
    unit, version = str(city_unit(database).id), str(account.row_version)
    form = {"name": "viewer", "display_name": "新名", "active": "y", "office": "planner",
            "unit": unit, "row_version": version}  # fmt: skip
    assert admin.post(f"/accounts/{account.id}", data=form).status_code == 302
    assert viewer.get("/cases").headers["Location"].startswith("/sign-in")
    assert client_as(app, "viewer", []).get("/cases").status_code == 200


def test_an_account_without_office_sees_nothing(app: Flask) -> None:
    nobody = client_as(app, "nobody", [])
    assert nobody.get("/").status_code == 403
    assert nobody.get("/help").status_code == 200


@pytest.mark.parametrize(
    "change",
    [{"name": "x"}, {"name": "a b"}, {"display_name": ""}, {"office": "mayor"},
     {"unit": "999"}, {"unit": "-1"}, {"unit": "1" * 40}],
)  # fmt: skip
def test_a_wrong_form_comes_back_with_what_was_typed(app: Flask, change: dict[str, str]) -> None:
    admin: FlaskClient = client_as(app, "chief", ["administrator"])
    form = {"name": "neu", "display_name": "<i>某人</i>", "active": "y", "office": "planner",
            "unit": "1"} | change  # fmt: skip
    answer = admin.post("/accounts/new", data=form)
    assert 400 <= answer.status_code < 500
    assert "display_name" in change or "&lt;i&gt;某人" in answer.text
    assert "Traceback" not in answer.text
    assert len(accounts.list_accounts(operator(services(app).database))) == 1


def test_from_the_command_line(
    app: Flask, database_url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database_url:
        monkeypatch.setenv("DATABASE_URL", database_url)
    home = services(app).home.path
    made = run_suyuan(home, "user", "create", "chief", "--display-name", "主任")
    assert made["offices"] == ["administrator", "planner", "reviewer"]
    client = app.test_client()
    entry = {"name": "chief", "password": made["first_password"]}
    assert client.post("/sign-in", data=entry).status_code == 302
    again = run_suyuan(home, "user", "reset", "chief")["first_password"]
    own = {"old": again, "new": PASSWORD, "again": PASSWORD}
    client.post("/sign-in", data={"name": "chief", "password": again})
    assert client.post("/password", data=own).status_code == 302
    (line,) = run_suyuan(home, "user", "list")
    assert line["account"] == "chief"
