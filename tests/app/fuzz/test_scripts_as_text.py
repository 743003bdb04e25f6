"""Scripts in names and texts: every page that shows them shows them as text."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from flask import Flask

from app.cases.uploads import import_file
from geodata.home import Home
from tests.app.fuzz.furnished import ITEM, PROJECT, UNIT, furnish
from tests.app.small_city import HOT_LAT, HOT_LNG, copy_city
from tests.crawling import Found, crawl
from tests.people import first_client, make_app

MARK = "planted"
SCRIPT = f"<script>{MARK}()</script>"
ATTRIBUTE = f"\"' onload={MARK}() x='"

PLACE = {
    "name": f"楼{SCRIPT}", "aliases": f"别名{ATTRIBUTE}", "address": SCRIPT,
    "kind": "", "township": "", "lng": str(HOT_LNG), "lat": str(HOT_LAT),
}  # fmt: skip
ACCOUNT = {"name": "script", "display_name": SCRIPT, "active": "y", "office": "viewer", "unit": "1"}
SHOWN = {
    "/cases", "/projects", "/places", "/units", "/units/handlers", "/accounts", "/audit",
    "/hotspots/rules", "/cases/batches", "/hotspots/analyse", "/governance/plans/1",
    "/governance/items/1", "/governance/1",
}  # fmt: skip
"""Pages that must have shown something of it: otherwise nothing is proved."""

THING = {
    **ITEM, "title": SCRIPT, "text": ATTRIBUTE, "class_1": f"{SCRIPT}类", "row_version": "1",
}  # fmt: skip
STEP = {"state": "governed", "words": f"{SCRIPT}{ATTRIBUTE}", "row_version": "2"}
RULE = {"zh": f"规则{SCRIPT}", "en": f"rule{ATTRIBUTE}", "least": "3", "days": "7"}


@pytest.fixture(scope="module")
def app(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    home = copy_city(city_home, tmp_path_factory.mktemp("scripts"))
    file = home.parent / "<script>planted()<script>.csv"
    cases = {
        "case_id": [f"S{SCRIPT}{n}" for n in range(3)],
        "received_at": ["2025-06-30 08:00"] * 3,
        "class_1": [f"{SCRIPT}类", f"{ATTRIBUTE}类", "噪声"],
        "title": [SCRIPT] * 3,
        "address": [f"{SCRIPT}路1号", f"路{ATTRIBUTE}", SCRIPT],
        "handler": [f"{SCRIPT}局", f"局{ATTRIBUTE}", SCRIPT],
        "lng": [HOT_LNG] * 3,
        "lat": [HOT_LAT] * 3,
    }
    pd.DataFrame(cases).to_csv(file, index=False)
    import_file(Home.at(home), file, "suyuan")
    return make_app(home)


@pytest.fixture(scope="module")
def found(app: Flask) -> Found:
    client = first_client(app)
    also = furnish(Path(app.extensions["suyuan"].home.path))
    sent = [
        client.post("/projects/new", data={**PROJECT, "name": SCRIPT, "note": ATTRIBUTE}),
        client.post("/governance/items/1/edit", data=THING),
        client.post("/governance/1/move", data=STEP),
        client.post("/places/new", data=PLACE),
        client.post("/units/new", data={**UNIT, "name": SCRIPT}),
        client.post("/accounts/new", data=ACCOUNT),
        client.post("/hotspots/rules/new?kind=repeat", data=RULE),
    ]
    assert [answer.status_code for answer in sent] == [302] * 5 + [200, 302]
    return crawl(app, client, [*also, sent[0].headers["Location"], "/cases?page=1"])


class _Scripts(HTMLParser):
    """Finds the mark wherever it would run, and counts where it stands as text."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong, self.seen, self._inside = list[str](), 0, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # What is data runs nowhere, and its end cannot be feigned: "<" is escaped in it.
        self._inside = "" if ("type", "application/json") in attrs else tag
        for name, value in attrs:
            if name.startswith("on") or (value or "").lower().startswith("javascript:"):
                self.wrong.append(f"{tag} {name}={value}")
            self.seen += MARK in (value or "")

    def handle_data(self, data: str) -> None:
        if MARK not in data:
            return
        self.seen += 1
        if self._inside == "script":
            self.wrong.append(data[:80])

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def test_every_page_shows_them_as_text(found: Found) -> None:
    wrong, shown = [], set()
    for address, text in found.pages.items():
        reader = _Scripts()
        reader.feed(text)
        wrong += [f"{address}: {each}" for each in reader.wrong]
        shown |= {address.partition("?")[0]} if reader.seen else set()
    assert not wrong
    assert shown >= SHOWN
