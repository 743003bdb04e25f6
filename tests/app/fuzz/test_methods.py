"""HEAD and OPTIONS of every route, and methods that it does not know."""

from __future__ import annotations

from collections import defaultdict

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app.accounts.test_routes import address
from tests.people import client_as, first_client

METHODS = ("HEAD", "OPTIONS", "GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")


@pytest.fixture(params=["everything", "viewer"])
def someone(request: pytest.FixtureRequest, city_app: Flask) -> FlaskClient:
    if request.param == "viewer":
        return client_as(city_app, "viewer", ["viewer"])
    return first_client(city_app)


def test_no_method_breaks_a_route(city_app: Flask, someone: FlaskClient) -> None:
    wrong, methods = [], defaultdict(set)
    for rule in city_app.url_map.iter_rules():
        methods[rule.rule] |= rule.methods or set()
    for rule in city_app.url_map.iter_rules():
        for method in METHODS:
            if rule.endpoint in ("sign_in.sign_out", "accounts.reset"):
                continue
            answer = someone.open(address(rule), method=method)
            # Another route may take the same path as a name: then nothing is called so.
            known = method in methods[rule.rule]
            wrongly = answer.status_code == 405 if known else answer.status_code < 400
            if answer.status_code >= 500 or wrongly:
                wrong.append(f"{method} {rule.rule}: {answer.status_code}")
            if method == "HEAD" and answer.data:
                wrong.append(f"{method} {rule.rule} answers with a body")
    assert not wrong
