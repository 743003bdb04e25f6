"""schemathesis on what scripts read: a description made of the routes and their queries."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance
from werkzeug.routing import IntegerConverter, Rule

from app.services import services
from tests.app.fuzz.vocabulary import shape_of
from tests.app.small_city import copy_city
from tests.conftest import SLOW
from tests.crawling import DATA, Found, crawl
from tests.people import EVERYTHING, first_client, make_app

EXAMPLES = 300 if SLOW else 6
JSON = {"Accept": "application/json"}

ERROR = {
    "type": "object",
    "properties": {"error": {"type": "string", "minLength": 1, "pattern": r"^[^\n]*$"}},
    "required": ["error"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def app(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    made = make_app(copy_city(city_home, tmp_path_factory.mktemp("schema")))
    yield made
    services(made).database.close()


def description(app: Flask, found: Found) -> dict[str, Any]:
    """Describe the routes that give data, as OpenAPI."""
    rules = [rule for rule in app.url_map.iter_rules() if DATA.search(rule.rule)]
    paths = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule): {"get": operation(app, rule, found)}
        for rule in rules
        if "GET" in (rule.methods or ()) and rule.endpoint != "static"
    }
    return {"openapi": "3.1.0", "info": {"title": "Suyuan", "version": "0"}, "paths": paths}


def operation(app: Flask, rule: Rule, found: Found) -> dict[str, Any]:
    shape = shape_of(app, rule, "GET", found)
    inside = [parameter(rule, name, shape.parts.get(name, ())) for name in sorted(rule.arguments)]
    query = [
        {"name": name, "in": "query", "schema": {"type": "string"}} for name in sorted(shape.names)
    ]
    told = {"description": "what is wrong", "content": {"application/json": {"schema": ERROR}}}
    return {
        "operationId": rule.endpoint,
        "parameters": inside + query,
        "responses": {
            "200": {"description": "data"},
            **dict.fromkeys(("400", "403", "404", "422"), told),
        },
    }


def parameter(rule: Rule, name: str, known: tuple[str, ...]) -> dict[str, Any]:
    number = isinstance(rule._converters[name], IntegerConverter)
    anything: dict[str, Any] = {"type": "integer" if number else "string", "minLength": 1}
    schema = {"enum": list(known)} if known and not number else anything
    return {"name": name, "in": "path", "required": True, "schema": schema}


def test_data_routes_hold_to_their_description(app: Flask) -> None:
    client = first_client(app)
    schema = schemathesis.openapi.from_dict(description(app, crawl(app, client)))
    schema.app = app
    cookie = client.get_cookie("session")
    assert cookie is not None
    answered = set()

    def check(case: Case) -> None:
        began = time.monotonic()
        answer = case.call(headers=JSON, cookies={"session": cookie.value})
        assert time.monotonic() - began < 30
        case.validate_response(answer, checks=[not_a_server_error, response_schema_conformance])
        assert answer.status_code != 401, f"{EVERYTHING} is signed in"
        if answer.status_code >= 400:
            assert set(json.loads(answer.content)) == {"error"}
        else:
            answered.add(case.operation.path)

    for result in schema.get_all_operations():
        run(result.ok().as_strategy(GenerationMode.POSITIVE), check)
        with suppress(Unsatisfiable):  # where every text is allowed, nothing wrong can be made
            run(result.ok().as_strategy(GenerationMode.NEGATIVE), check)
    assert len(answered) > 10, answered


def run(cases: st.SearchStrategy[Case], check: Callable[[Case], None]) -> None:
    limits = settings(
        max_examples=EXAMPLES, deadline=None, derandomize=not SLOW, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    limits(given(cases)(check))()
