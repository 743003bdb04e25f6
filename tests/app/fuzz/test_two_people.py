"""Two people edit one record: the second is told, and what the first wrote stays."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app.fuzz.furnished import furnish
from tests.app.small_city import copy_city
from tests.people import client_as, make_app


@dataclass(frozen=True)
class Record:
    """Where a record is edited, and the field that both change."""

    address: str
    field: str


RECORDS = {
    "project": Record("/projects/1/edit", "name"),
    "proactive": Record("/projects/proactive/1/edit", "title"),
    "plan": Record("/governance/plans/1/edit", "name"),
    "item": Record("/governance/items/1/edit", "title"),
    "funding": Record("/governance/funding/1", "note"),
    "topic": Record("/topics/1/edit", "title"),
    "account": Record("/accounts/1", "display_name"),
    "unit": Record("/units/2", "name"),
    "place": Record("/places/P1/edit", "name"),
    "rule": Record("/hotspots/rules/same_class_3_in_7_days/edit", "zh"),
}


class _Filled(HTMLParser):
    """What a browser would send of the page's main form, untouched."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field, self.sent = field, dict[str, str]()
        self._form: dict[str, str] = {}
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = {}
        elif tag == "input" and told.get("type") in ("checkbox", "radio") and "checked" not in told:
            return
        elif tag == "input" and "name" in told:
            self._form[told["name"]] = told.get("value", "")
        elif tag == "textarea":
            self._area = told["name"]
            self._form[self._area] = ""
        elif tag == "select":
            self._select = told.get("name", "")
        elif tag == "option" and ("selected" in told or self._select not in self._form):
            self._form[self._select] = told["value"]

    def handle_data(self, data: str) -> None:
        if self._area:
            self._form[self._area] += data.removeprefix("\r\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "form" and self.field in self._form:
            self.sent = self._form


@pytest.fixture(scope="module")
def app(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    home = copy_city(city_home, tmp_path_factory.mktemp("two"))
    furnish(home)
    return make_app(home)


def opened(client: FlaskClient, record: Record) -> dict[str, str]:
    """Open the form, and return what it would send."""
    answer = client.get(record.address)
    assert answer.status_code == 200, answer.text
    reader = _Filled(record.field)
    reader.feed(answer.text)
    assert reader.sent
    return reader.sent


@pytest.mark.parametrize("name", RECORDS)
def test_the_second_is_told(app: Flask, name: str) -> None:
    record = RECORDS[name]
    offices = ["administrator", "planner"]
    first, second = (client_as(app, who, offices) for who in ("first", "second"))
    seen_by_first, seen_by_second = opened(first, record), opened(second, record)
    saved = first.post(record.address, data={**seen_by_first, record.field: "先到者的"})
    assert saved.status_code == 302, saved.text
    late = second.post(record.address, data={**seen_by_second, record.field: "后到者的"})
    assert late.status_code == 409
    assert 'role="alert"' in late.text
    assert "后到者的" in late.text, "what was typed is still there"
    assert opened(first, record)[record.field] == "先到者的"
    again = second.post(record.address, data={**opened(second, record), record.field: "后到者的"})
    assert again.status_code == 302
    assert opened(first, record)[record.field] == "后到者的"
