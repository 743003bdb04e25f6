"""What a person finds by following every link: pages, their forms, addresses of every route."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

MOST_OF_A_ROUTE = 3
"""Addresses of one route that are followed: a list links to hundreds of its kind."""

DATA = re.compile(
    r"\.(json|geojson|bin|csv|yaml|docx|xlsx|jpg)$|^/hotspots/runs/|/take-away/|/cell/<name>$|^/jobs/<job_id>$|/file$"
)
"""Paths of routes that scripts read, or programs of the office."""

ADDRESS = re.compile(r'"(/[\w./?=&%:-]*)"')


@dataclass
class Form:
    """A form as a page offers it: each field with the values that it may have."""

    action: str
    method: str
    fields: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


@dataclass
class Found:
    """What a crawl came upon.

    Attributes
    ----------
    pages : dict
        Address → text of each page that answered with 200.
    forms : list of Form
    values : dict
        Name of a part of a path → values that were seen there.
    """

    pages: dict[str, str] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)
    values: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


class _Reader(HTMLParser):
    """Reads links and forms of one page."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.links, self.forms = address, list[str](), list[Form]()
        self._form: Form | None = None
        self._choice: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.links += [value for value in told.values() if value.startswith("/")]
        if "href" in told:
            self.links.append(told["href"])
        if tag == "form":
            action = urljoin(self.address, told.get("action") or self.address)
            self._form = Form(action, told.get("method", "get").upper())
            self.forms.append(self._form)
        elif tag == "select" and "name" in told:
            self._choice = (told["name"], [])
        elif tag == "option" and self._choice:
            self._choice[1].append(told.get("value", ""))
        elif tag in ("input", "textarea", "button") and "name" in told:
            self._take(told["name"], (told.get("value", ""),))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._choice:
            name, values = self._choice
            self._take(name, tuple(values))
            self._choice = None
        elif tag == "form":
            self._form = None

    def _take(self, name: str, values: tuple[str, ...]) -> None:
        if self._form is not None and name != "csrf_token":
            self._form.fields.append((name, values))


def match(app: Flask, address: str, method: str = "GET") -> tuple[Rule, dict[str, object]] | None:
    """Return the route that an address belongs to, with the parts of its path."""
    try:
        rule, parts = app.url_map.bind("localhost").match(
            urlsplit(address).path, method=method, return_rule=True
        )
    except HTTPException:
        return None
    return rule, dict(parts)


def crawl(app: Flask, client: FlaskClient, also: Sequence[str] = ()) -> Found:
    """Follow the links of all pages, some of every route, and what scripts would ask for.

    Pages that nothing links to, as that of an upload that waits, are named in `also`.
    """
    found, seen = Found(), defaultdict[str, int](int)
    waiting, known = deque([*also, "/"]), {*also, "/"}
    while waiting:
        address = waiting.popleft()
        place = match(app, address)
        if place is None:
            continue
        rule, parts = place
        for name, value in parts.items():
            found.values[name].add(str(value))
        seen[rule.endpoint] += 1
        if rule.endpoint == "static" or seen[rule.endpoint] > MOST_OF_A_ROUTE:
            continue
        answer = client.get(address)
        if answer.status_code != 200 or not answer.mimetype.startswith(
            ("text/html", "application/json")
        ):
            continue
        links = ADDRESS.findall(answer.text)
        if answer.mimetype == "text/html":
            reader = _Reader(address)
            reader.feed(answer.text)
            found.pages[address] = answer.text
            found.forms += reader.forms
            for form in reader.forms:
                sent = match(app, form.action, form.method)
                for name, value in sent[1].items() if sent else ():
                    found.values[name].add(str(value))
            links += reader.links
        for link in links:
            there = urlsplit(urljoin(f"http://localhost{address}", link))
            plain = there._replace(scheme="", netloc="", fragment="").geturl()
            if there.netloc == "localhost" and plain not in known:
                known.add(plain)
                waiting.append(plain)
    return found
