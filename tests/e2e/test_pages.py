"""Every page at both widths in both languages: whole, in one language, and with nothing unseen."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable
from playwright.sync_api import Page, expect

from geodata.areas import load_places
from geodata.home import Home
from geodata.sample.files import WORK_ORDER_HEADERS
from tests.e2e.views import EVERY_VIEW, View, wait_until_drawn

pytestmark = pytest.mark.browser

PAGES = (
    "overview", "map", "analyse", "stability", "rules", "rule", "forecast check", "candidates",
    "township", "cases", "import", "batches", "quality", "batch", "projects", "new project",
    "project", "edit project", "board", "calendar", "effects", "point", "items", "funding",
    "topics", "topic candidates", "proactive", "help", "missing page",
)  # fmt: skip

# Texts that a reader sees or hears, except what says itself that it is in another language, case
# texts, the text of a note, and names of files.
VISIBLE_TEXTS = """() => {
  const data = "[lang]:not(html), script, style, noscript, .case-title, .case-meta, "
    + ".case-table .clip, .pre-line, textarea, .code";
  const found = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest(data)) found.push(walker.currentNode.data);
  }
  for (const element of document.querySelectorAll("*")) {
    if (element.closest(data)) continue;
    for (const name of ["title", "aria-label", "alt", "placeholder", "data-label", "value"]) {
      if (element.hasAttribute(name)) found.push(element.getAttribute(name));
    }
  }
  return found;
}"""
CHINESE = re.compile("[\u3400-\u9fff]+")


@pytest.fixture(scope="module")
def addresses(demo_home: Path, demo_run: str) -> dict[str, str]:
    """Where each page of the sample city is."""
    project = json.loads((demo_home / "demo.json").read_text("utf-8"))["project"]
    ranked = pl.read_parquet(demo_home / "runs" / demo_run / "candidates.parquet")
    batch = sorted((demo_home / "batches").glob("*.json"))[-1].stem
    return {
        "overview": "/",
        "map": "/hotspots",
        "analyse": "/hotspots/analyse",
        "stability": "/hotspots/sensitivity",
        "rules": "/hotspots/rules",
        "rule": "/hotspots/rules/new?kind=repeat",
        "forecast check": "/hotspots/backtest",
        "candidates": "/townships",
        "township": f"/townships/{ranked['code'][0]}",
        "cases": "/cases",
        "import": "/cases/import",
        "batches": "/cases/batches",
        "profiles": "/cases/profiles",
        "quality": "/cases/quality",
        "batch": f"/cases/batches/{batch}",
        "projects": "/projects",
        "new project": f"/projects/new?lng=83&lat=39&run={demo_run}",
        "project": f"/projects/{project}",
        "edit project": f"/projects/{project}/edit",
        "board": "/projects/board",
        "calendar": "/projects/calendar?month=2026-06",
        "effects": "/projects/effects",
        "point": "/projects/points/1",
        "items": "/governance/items",
        "funding": "/governance/funding",
        "topics": "/topics",
        "topic candidates": "/topics/candidates",
        "proactive": "/projects/proactive",
        "help": "/help",
        "missing page": "/nowhere",
    }


@pytest.fixture(scope="module")
def names_in_data(demo_home: Path, demo_run: str) -> re.Pattern[str]:
    """Names that stay Chinese in every language: of places, classes, offices, projects."""
    run = demo_home / "runs" / demo_run
    names: set[str] = set()
    for table, columns in {
        "townships": ["name", "district"],
        "points": ["name", "main_class"],
    }.items():
        frame = pl.read_parquet(run / f"{table}.parquet", columns=columns)
        names.update(value for column in frame for value in column.drop_nulls().unique())
    places = load_places(Home(demo_home))
    assert places is not None
    names.update(places.names)
    columns = ["class_1", "class_2", "class_3", "status"]
    cases = pl.DataFrame(DeltaTable(demo_home / "cases").to_pyarrow_table(columns=columns))
    names.update(value for column in cases for value in column.drop_nulls().unique())
    # A reason begins with the column's name in the file.
    names.update(WORK_ORDER_HEADERS.values())
    # Projects are data too: their names are their points' with a word or two.
    names |= {"诉求治理", "示例：街道办事处", "整治"}
    longest_first = sorted(map(re.escape, names - {""}), key=len, reverse=True)
    return re.compile("|".join(longest_first))


@pytest.mark.parametrize("view", EVERY_VIEW, ids=str, indirect=True)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole(
    page: Page, view: View, name: str, addresses: dict[str, str], names_in_data: re.Pattern[str]
) -> None:
    answer = page.goto(addresses[name])
    assert answer
    assert answer.status == (404 if name == "missing page" else 200)
    wait_until_drawn(page)
    expect_fitting(page, view)
    if view.language == "en":
        left = [names_in_data.sub("", text) for text in page.evaluate(VISIBLE_TEXTS)]
        assert not [text.strip() for text in left if CHINESE.search(text)]


def expect_fitting(page: Page, view: View) -> None:
    """The page has title, heading and language, and does not scroll sideways."""
    expect(page).to_have_title(re.compile(r"\S.* · \S"))
    expect(page.locator("h1")).to_have_text(re.compile(r"\S"))
    language = page.get_attribute("html", "lang") or ""
    assert language.split("-")[0] == ("en" if view.language == "en" else "zh")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= view.width, f"scrolls sideways: {width} px"


EMPTY_PAGES = {
    "/": "suyuan boundaries import",
    "/hotspots": "a[href='/hotspots/analyse']",
    "/townships": "a[href='/hotspots/analyse']",
    "/cases": "a[href='/cases/import']",
    "/cases/batches": "a[href='/cases/import']",
    "/projects": "a[href='/projects/new']",
    "/hotspots/sensitivity": "a[href='/hotspots/analyse']",
    "/hotspots/backtest": "a[href='/cases/import']",
    "/hotspots/analyse": ".alert a[href='/']",
}
"""Page of an empty home → what it says to do next: a command, or something to press."""


@pytest.mark.parametrize("path", EMPTY_PAGES)
def test_an_empty_home_says_what_to_do(empty_page: Page, view: View, path: str) -> None:
    answer = empty_page.goto(path)
    assert answer
    assert answer.status == 200
    expect_fitting(empty_page, view)
    step = EMPTY_PAGES[path]
    if step.startswith("suyuan"):
        expect(empty_page.locator("main code")).to_contain_text(step)
    else:
        expect(empty_page.locator(f"main {step}").first).to_be_visible()
    if view.language == "en":
        assert not [t for t in empty_page.evaluate(VISIBLE_TEXTS) if CHINESE.search(t)]
