"""Signing in: right and wrong passwords, guessing, resting sessions, and texts that are kept."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import entrance, passwords, signing_in
from app.accounts.access import operator
from app.accounts.accounts import AccountValues, OfficeIn, create_account
from app.accounts.models import AuditEntry
from app.accounts.units import city_unit
from app.services import services
from tests.people import client_as, make_app

pytestmark = pytest.mark.db

PASSWORD = "kalter-Tee-um-7-Uhr"
OWN = "noch-ein-Glas-Wasser-9"


@pytest.fixture(autouse=True)
def _hashing_lightly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash with the same function at its least cost: what is asked here is who comes in, and when.

    `test_passwords.py` holds the real cost.
    """
    lightly = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: lightly)
    passwords._nobodys_hash.cache_clear()
    yield
    passwords._nobodys_hash.cache_clear()


@pytest.fixture
def app(tmp_path: Path, database_url: str | None) -> Flask:
    made = make_app(tmp_path / "home", database_url=database_url)
    database = services(made).database
    offices = tuple(
        OfficeIn(office=each, unit_id=city_unit(database).id)
        for each in ("planner", "administrator")
    )
    values = AccountValues(name="li", display_name="李工", offices=offices)
    create_account(operator(database), values, PASSWORD)
    return made


def come_in(client: FlaskClient, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in", data={"name": "li", "password": password, **more})


def with_own_password(client: FlaskClient) -> FlaskClient:
    come_in(client)
    changed = client.post("/password", data={"old": PASSWORD, "new": OWN, "again": OWN})
    assert changed.status_code == 302, changed.text
    return client


def entries(app: Flask, action: str) -> list[AuditEntry]:
    with services(app).database.session() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_the_first_password_must_be_changed(app: Flask) -> None:
    client = app.test_client()
    assert come_in(client).headers["Location"] == "/"
    assert client.get("/projects").headers["Location"] == "/password"
    for new, again in ((PASSWORD, PASSWORD), ("short", "short"), ("password123", "password123"),
                       (OWN, OWN + "x"), ("lilililili", "lilililili")):  # fmt: skip
        refused = client.post("/password", data={"old": PASSWORD, "new": new, "again": again})
        assert refused.status_code == 422, new
    assert client.post(
        "/password", data={"old": "wrong", "new": OWN, "again": OWN}
    ).status_code == 422  # fmt: skip
    with_own_password(app.test_client())
    assert client.get("/projects").headers["Location"].startswith("/sign-in"), "the other ends"


def test_where_one_wanted_to_go(app: Flask) -> None:
    client = app.test_client()
    asked = client.get("/projects?status=done")
    assert asked.headers["Location"] == "/sign-in?next=%2Fprojects%3Fstatus%3Ddone"
    assert come_in(client, next="/projects?status=done").headers["Location"] == (
        "/projects?status=done"
    )
    for elsewhere in ("https://example.org/", "//example.org", "/\\example.org"):
        answer = come_in(app.test_client(), next=elsewhere)
        assert answer.headers["Location"] == "/"


def test_wrong_ones_are_told_alike(app: Flask) -> None:
    client = app.test_client()
    wrong = come_in(client, "wrong")
    unknown = client.post("/sign-in", data={"name": "nobody", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 400
    assert "账号或密码不正确" in wrong.text
    assert "账号或密码不正确" in unknown.text
    # What was typed under a name that nobody has may be a password: it is not kept.
    assert [entry.who for entry in entries(app, "sign_in.failed")] == ["li", "?"]


def test_guessing_is_slowed_down(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app.test_client()
    for _attempt in range(signing_in.FAILURES_ALLOWED):
        assert come_in(client, "wrong").status_code == 400
    assert come_in(client).status_code == 429, "the right one waits, too"
    monkeypatch.setattr(signing_in, "WAIT", timedelta(0))
    assert come_in(client).status_code == 302


def test_a_right_password_forgets_the_wrong_ones(app: Flask) -> None:
    client = app.test_client()
    for _attempt in range(signing_in.FAILURES_ALLOWED - 1):
        come_in(client, "wrong")
    assert come_in(client).status_code == 302
    for _attempt in range(signing_in.FAILURES_ALLOWED - 1):
        assert come_in(app.test_client(), "wrong").status_code == 400
    assert come_in(app.test_client()).status_code == 302


def test_an_address_that_tries_many_names_waits(app: Flask) -> None:
    client = app.test_client()
    for number in range(signing_in.FAILURES_OF_ADDRESS):
        client.post("/sign-in", data={"name": f"n{number}", "password": "wrong"})
    assert come_in(client).status_code == 429


def test_a_closed_account_is_out_at_once(app: Flask) -> None:
    inside = with_own_password(app.test_client())
    assert inside.get("/projects").status_code == 200
    admin = client_as(app, "admin", ["administrator"])
    changed = admin.post("/accounts/1", data={"name": "li", "display_name": "李工",
                                              "row_version": "2"})  # fmt: skip
    assert changed.status_code == 302, changed.text
    assert inside.get("/projects").status_code == 302
    assert come_in(app.test_client(), OWN).status_code == 400


def rest(client: FlaskClient, seconds: int, since: str = "seen") -> None:
    with client.session_transaction() as session:
        session[since] -= seconds


def test_a_session_that_rests_too_long_ends(app: Flask) -> None:
    client = with_own_password(app.test_client())
    rest(client, 29 * 60)
    assert client.get("/projects").status_code == 200
    rest(client, 31 * 60)
    assert client.get("/projects").status_code == 302
    assert "登录已过期" in client.get("/sign-in").text


def test_asking_in_the_background_is_no_sign_of_life(app: Flask) -> None:
    client = with_own_password(app.test_client())
    rest(client, 20 * 60)
    client.get("/jobs/0123456789abcdef")
    rest(client, 11 * 60)
    assert client.get("/projects").status_code == 302


def test_no_session_lasts_for_ever(app: Flask) -> None:
    client = with_own_password(app.test_client())
    rest(client, int(entrance.SESSION_LONGEST.total_seconds()) + 1, "began")
    assert client.get("/projects").status_code == 302


def test_what_was_typed_when_the_session_ended_is_kept(app: Flask) -> None:
    client = with_own_password(app.test_client())
    typed = {
        "name": "<b>花园</b>", "owner": '物"业', "lng": "83", "lat": "39", "radius_m": "150",
        "township": "", "class_1": "", "note": "第一行\n第二行",
    }  # fmt: skip
    rest(client, 31 * 60)
    turned_away = client.post("/projects/new", data=typed)
    assert turned_away.status_code == 401
    assert "<b>花园</b>" not in turned_away.text
    carried = {f"kept-{name}": value for name, value in typed.items()}
    shown = come_in(client, OWN, next="/projects/new", **carried)
    assert shown.status_code == 200
    assert "第一行\n第二行" in shown.text
    assert 'action="/projects/new"' in shown.text
    assert client.post("/projects/new", data=typed).status_code == 302


def test_a_form_without_session_is_kept_if_it_is_ours(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client, typed = app.test_client(), {"name": "花园", "note": "长长的说明"}
    own = client.post("/projects/new", data=typed, headers={"Origin": "http://localhost"})
    assert own.status_code == 401
    assert "长长的说明" in own.text
    for origin in ({"Origin": "http://example.org"}, {}):
        foreign = client.post("/projects/new", data=typed, headers=origin)
        assert foreign.status_code == 400
        assert "长长的说明" not in foreign.text


def test_a_form_of_the_session_before_is_kept_if_it_is_ours(app: Flask) -> None:
    """She signed in again in another window: this page's form still has the old session's token."""
    client, typed = with_own_password(app.test_client()), {"name": "花园", "note": "长长的说明"}
    app.config["WTF_CSRF_ENABLED"] = True
    own = client.post(
        "/projects/new", data={**typed, "csrf_token": "old"}, headers={"Origin": "http://localhost"}
    )
    assert own.status_code == 400
    assert "长长的说明" in own.text
    assert 'action="/projects/new"' in own.text
    assert "退出登录" in own.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', own.text)
    assert token
    rest_of_it = {"lng": "83", "lat": "39", "radius_m": "150", "owner": "区"}
    choices = {"township": "", "class_1": ""}
    again = {**typed, **rest_of_it, **choices, "csrf_token": token[1]}
    sent = client.post("/projects/new", data=again, headers={"Origin": "http://localhost"})
    assert sent.status_code == 302, sent.text
    for origin in ({"Origin": "http://example.org"}, {}):
        foreign = client.post("/projects/new", data=typed, headers=origin)
        assert foreign.status_code == 400
        assert "长长的说明" not in foreign.text


def test_what_is_sent_again_goes_where_it_went(app: Flask) -> None:
    """The query of an address says what is done: it is not lost on the way."""
    client = with_own_password(app.test_client())
    app.config["WTF_CSRF_ENABLED"] = True
    ours, address = {"Origin": "http://localhost"}, "/projects/new?name=a&lng=83"
    shown = client.post(address, data={"note": "x"}, headers=ours)
    assert f'action="{address.replace("&", "&amp;")}"' in shown.text
    assert (
        app.test_client()
        .post(address, data={"note": "x"}, headers=ours)
        .text.count('value="/projects/new?name=a&amp;lng=83"')
    )


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("/password", {"old": "secret-old", "new": "n", "again": "n"}),
        ("/sign-out", {}),
        ("/cases/import", {"file": "a.csv", "crs": "WGS84"}),
    ],
)
def test_forms_that_cannot_be_carried_are_refused(
    app: Flask, address: str, data: dict[str, Any]
) -> None:
    client = with_own_password(app.test_client())
    app.config["WTF_CSRF_ENABLED"] = True
    if "file" in data:
        data = {**data, "file": (io.BytesIO(b"a"), data["file"])}
    answer = client.post(address, data=data, headers={"Origin": "http://localhost"})
    assert answer.status_code == 400
    assert "继续提交" not in answer.text
    assert "secret-old" not in answer.text


def test_a_sign_in_of_somebody_who_is_there_leads_on(app: Flask) -> None:
    client = with_own_password(app.test_client())
    app.config["WTF_CSRF_ENABLED"] = True
    sent = {"name": OWN, "password": OWN, "next": "/projects"}
    answer = client.post("/sign-in", data=sent, headers={"Origin": "http://localhost"})
    assert answer.headers["Location"] == "/projects"


def test_scripts_are_told_in_their_own_language(app: Flask) -> None:
    answer = app.test_client().get("/hotspots/projects.json")
    assert answer.status_code == 401
    assert answer.get_json() == {"error": "登录已过期，请重新登录。"}


def test_signing_out(app: Flask) -> None:
    client = with_own_password(app.test_client())
    assert client.post("/sign-out").status_code == 302
    assert client.get("/projects").status_code == 302
