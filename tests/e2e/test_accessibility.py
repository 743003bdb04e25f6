"""axe-core on every page: nothing that keeps somebody out. And what is printed fits on A4."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.app.fuzz.furnished import furnish
from tests.app.small_city import make_small_city
from tests.conftest import ROOT, SLOW
from tests.crawling import DATA, crawl, match
from tests.e2e.views import BOTH, HEIGHT, View, open_site, wait_until_drawn
from tests.people import first_client, make_app
from tests.serving import served

pytestmark = pytest.mark.browser

AXE = ROOT / "app/frontend/node_modules/axe-core/axe.min.js"

GRAVE = ("serious", "critical")

PARTS = {"jobs.panel", "review.pending", "review.applied"}
"""Routes that give a piece of a page, which is looked at within it."""

ELSEWHERE = {"single_sign_on.begin", "single_sign_on.back", "review.find"}
"""Routes that only lead on."""


@dataclass(frozen=True)
class Site:
    address: str
    pages: tuple[str, ...]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A small city in which every page has something to show, and an address of each page."""
    home = tmp_path_factory.mktemp("accessible") / "home"
    make_small_city(home)
    also = furnish(home)
    pages = one_of_each(home, ["/sign-in", *also])
    with served(home) as address:
        yield Site(address, pages)


def one_of_each(home: Path, also: list[str]) -> tuple[str, ...]:
    """Return the pages of a home, one of each route, and none missing."""
    app = make_app(home)
    found = {endpoint_of(app, page): page for page in crawl(app, first_client(app), also).pages}
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not DATA.search(rule.rule)
    }
    assert pages - set(found) <= PARTS | ELSEWHERE | {"static"}
    return tuple(page for endpoint, page in found.items() if endpoint not in PARTS)


def endpoint_of(app: Flask, page: str) -> str:
    place = match(app, page)
    assert place
    return place[0].endpoint


def violations(page: Page) -> list[str]:
    """Run axe on a page: what is grave, and where."""
    # The content security policy forbids scripts of elsewhere to the page, not to who drives it.
    page.evaluate(AXE.read_text("utf-8"))
    result: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{found['id']} ({found['impact']}): {node['target']} {node['html'][:160]}"
        for found in result["violations"]
        if found["impact"] in GRAVE
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("view", BOTH, ids=str)
def test_nobody_is_kept_out(browser: Browser, site: Site, view: View) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is missing: cd app/frontend && npm ci")
    found: list[str] = []
    # At its usual size each page is looked at in one of the views, by turns.
    looked_at = site.pages if SLOW else site.pages[BOTH.index(view) :: len(BOTH)]
    with open_site(browser, site.address, view) as page:
        for address in (*looked_at, "/nowhere"):
            page.goto(address)
            wait_until_drawn(page)
            found += [f"{address}: {line}" for line in violations(page)]
    assert not found, "\n".join(found)


PRINTED = {
    "/townships/T2": 3,
    "/townships/T2/why": 1,
    "/supervision/talks/print?kind=warning": 1,
    "/townships/decisions/1": 2,
}
"""A township's sheet, why it is one, a list of talks, a decision: what is handed round on paper,
and on how many sheets in Chinese; English takes one more."""

MILLIMETRE = 96 / 25.4
"""In CSS pixels."""

ROOM = round((210 - 2 * 12) * MILLIMETRE)
"""Width of A4 between its margins, see print.css."""

CUT = """() => [...document.querySelectorAll("main *")].filter((each) => {
  const { right, width } = each.getBoundingClientRect();
  const cut = each.matches(".table-wrap") && each.scrollWidth > each.clientWidth + 1;
  return width > 1 && (cut || right > innerWidth + 1);
}).map((each) => each.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("view", BOTH, ids=str)
def test_what_is_handed_round_fits_on_a4(browser: Browser, site: Site, view: View) -> None:
    with open_site(browser, site.address, view) as page:
        for address, most in PRINTED.items():
            # Printed from the screen, as people do; then looked at in the width of the paper.
            page.set_viewport_size({"width": view.width, "height": HEIGHT})
            page.emulate_media(media="null")
            page.goto(address)
            wait_until_drawn(page)
            sheets = re.findall(rb"/MediaBox \[([\d. ]+)\]", page.pdf(prefer_css_page_size=True))
            assert 0 < len(sheets) <= most + (view.language == "en"), address
            for sheet in sheets:
                left, top, right, bottom = map(float, sheet.split())
                size = (25.4 * (right - left) / 72, 25.4 * (bottom - top) / 72)
                assert size == pytest.approx((210, 297), abs=0.5), address
            page.set_viewport_size({"width": ROOM, "height": HEIGHT})
            page.emulate_media(media="print")
            assert page.evaluate(CUT) == [], address
