"""Every parameter of every route, fuzzed: what cannot be is refused in a line, nothing breaks.

The routes are those of the application, so a new one is fuzzed without a word here.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import create_app
from app.accounts.models import CITY, Account, Appointment, Unit
from app.config import Settings
from app.services import services
from tests.app.fuzz.furnished import furnish
from tests.app.fuzz.hostile import Request, requests
from tests.app.fuzz.vocabulary import shape_of
from tests.app.small_city import copy_city
from tests.conftest import SLOW
from tests.crawling import Found, crawl
from tests.people import EVERY_OFFICE, EVERYTHING, first_client, sign_in

EXAMPLES = {EVERYTHING: 300 if SLOW else 5, "viewer": 100 if SLOW else 2}
OFFICES = {EVERYTHING: EVERY_OFFICE, "viewer": ("viewer",)}

LONGEST_SECONDS = 30
"""No measure of speed: an answer that takes longer will never come."""

LEAVING = ("sign_in.sign_in", "sign_in.sign_out")
TOLD = re.compile(r'role="alert"|class="[^"]*(?:invalid|error)[^"]*"')


def every_route() -> list[tuple[str, str, str]]:
    """Methods, paths and endpoints that there are."""
    with tempfile.TemporaryDirectory() as folder:
        rules = list(create_app(Settings(home=Path(folder))).url_map.iter_rules())
    return [
        (method, rule.rule, rule.endpoint)
        for rule in rules
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


@dataclass(frozen=True)
class City:
    app: Flask
    found: Found


@pytest.fixture(scope="module")
def site(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    home = copy_city(city_home, tmp_path_factory.mktemp("fuzz"))
    also = furnish(home)
    app = create_app(Settings(home=home))
    app.config["WTF_CSRF_ENABLED"] = False
    found = crawl(app, first_client(app), also)
    yield City(app, found)
    services(app).database.close()


def come_back(app: Flask, name: str) -> FlaskClient:
    """Sign in anew with the offices of before, whatever the last request did to the account."""
    database = services(app).database
    with database.session() as session:
        account = session.scalar(select(Account).where(Account.name == name))
        if account is None or not is_whole(account, name):
            account = mended(session, name, account)
    return sign_in(app.test_client(), account)


def is_whole(account: Account, name: str) -> bool:
    held = {each.office for each in account.appointments}
    return account.active and not account.must_change_password and held == set(OFFICES[name])


def mended(session: Session, name: str, account: Account | None) -> Account:
    """Give an account back what a request took; one that was renamed is made once more."""
    city = session.scalars(select(Unit).where(Unit.kind == CITY)).first()
    if city is None:
        city = Unit(name="全市", kind=CITY, whole_city=True)
        session.add(city)
    if account is None:
        account = Account(name=name, display_name=name, created_at=datetime.now(UTC))
        session.add(account)
    session.flush()
    account.active, account.must_change_password = True, False
    account.appointments = []
    session.flush()
    account.appointments = [Appointment(office=each, unit_id=city.id) for each in OFFICES[name]]
    session.flush()
    return account


def send(client: FlaskClient, method: str, request: Request) -> TestResponse:
    """Send the bytes as they are: the test client would mend what is wrong with them."""
    return client.open(
        "/",
        method=method,
        data=request.body,
        content_type=request.content_type,
        headers={"Accept": request.accept},
        environ_overrides={
            "PATH_INFO": request.path.decode("latin-1"),
            "QUERY_STRING": request.query,
        },
    )


def check(answer: TestResponse) -> None:
    """Nothing broke, and what was refused says why in one line."""
    assert answer.status_code < 500, answer.text
    assert b"Traceback (most recent call last)" not in answer.data
    if answer.is_json:
        told = json.loads(answer.data, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    if answer.status_code < 400:
        return
    if answer.is_json:
        (line,) = told.values()
        assert set(told) == {"error"}
    else:
        assert TOLD.search(answer.text), answer.text
        line = unescape(re.sub("<[^>]+>", "", answer.text)).strip()
    assert line


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize(("method", "path", "endpoint"), every_route())
def test_no_request_breaks_a_route(
    site: City, method: str, path: str, endpoint: str, name: str
) -> None:
    app = site.app
    rule: Rule = next(
        rule
        for rule in app.url_map.iter_rules(endpoint)
        if rule.rule == path and method in (rule.methods or ())
    )
    shape = shape_of(app, rule, method, site.found)

    @settings(
        max_examples=EXAMPLES[name], deadline=None, derandomize=not SLOW, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def fuzz(data: st.DataObject) -> None:
        request = data.draw(requests(rule, method, shape))
        client = come_back(app, name)
        began = time.monotonic()
        answer = send(client, method, request)
        answer.get_data()
        assert time.monotonic() - began < LONGEST_SECONDS
        check(answer)
        if endpoint not in LEAVING:
            assert not answer.headers.get("Location", "").startswith("/sign-in"), "signed out"

    fuzz()


def test_the_crawl_fills_every_part_of_a_path(site: City) -> None:
    """What no page links to is fuzzed only from outside: then this list must say so."""
    known = {name for name, values in site.found.values.items() if values}
    parts = {name for rule in site.app.url_map.iter_rules() for name in rule.arguments}
    # Alerts need a year of cases, changed codes a second version of the boundaries.
    assert parts - known <= {"point_id", "rank", "alert_id", "row"}
