"""The overview of the morning, the search box, what is near, and the page of a word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.accounts.access import operator
from app.accounts.models import Unit
from app.accounts.units import UnitValues, create_unit
from app.db import Database
from geodata.areas import load_boundaries
from geodata.home import Home
from geodata.store import CaseStore
from tests.e2e.views import EVERY_VIEW, PHONE_ZH, View, open_site
from tests.people import make_account

CARDS = ("waiting", "standing", "spots", "yesterday", "cycle", "townships", "counts")


@pytest.mark.parametrize("view", EVERY_VIEW, ids=str, indirect=True)
def test_the_morning_is_whole(page: Page, view: View) -> None:
    page.goto("/")
    for card in CARDS:
        expect(page.locator(f"section[aria-labelledby='{card}-title']")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= view.width


def test_figures_lead_to_as_many_cases(page: Page) -> None:
    for card, row in (("yesterday", 0), ("yesterday", 1), ("cycle", 0), ("standing", 0),
                      ("standing", 4), ("townships", 0)):  # fmt: skip
        page.goto("/")
        rows = page.locator(f"section[aria-labelledby='{card}-title'] tbody tr")
        figure = rows.nth(row).locator("td.num a").first
        count = figure.inner_text()
        figure.click()
        page.wait_for_url("**/cases?**")
        expect(page.locator("#list-title")).to_contain_text(re.compile(rf"(^|\D){count}(\D|$)"))


def test_a_new_point_opens_on_the_map(page: Page) -> None:
    page.goto("/")
    point = page.locator("section[aria-labelledby='spots-title'] li a").first
    name = point.inner_text()
    point.click()
    page.wait_for_selector("html[data-ready='1']", timeout=60_000)
    expect(page.locator("#workbench")).to_contain_text(name)


@pytest.fixture(scope="module")
def people(working_home: Path) -> str:
    """Make a planner of one district and a viewer of it; give the district's code."""
    home = Home.at(working_home)
    database = Database(home.database)
    database.migrate()
    code = str(load_boundaries(home, "township").district_codes[0])
    with database.session() as session:
        known = session.scalar(select(Unit.id).where(Unit.area_code == code))
    district = UnitValues(name="某区", kind="district", area_code=code)
    unit = known or create_unit(operator(database), district).id
    make_account(database, "district-planner", ["planner"], unit)
    make_account(database, "district-viewer", ["viewer"], unit)
    database.close()
    return code


@pytest.fixture
def of_district(
    people: str, working_city: str, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[Page]:
    with open_site(browser, working_city, PHONE_ZH, request.param) as opened:
        yield opened


@pytest.mark.parametrize("of_district", ["district-planner"], indirect=True)
def test_a_district_is_counted_apart_from_the_city(of_district: Page) -> None:
    of_district.goto("/")
    own = of_district.locator("section[aria-labelledby='standing-title'] tbody tr").first
    links = own.locator("td.num a")
    expect(links.nth(0)).to_have_attribute("href", re.compile(r"^/cases\?due=overdue$"))
    expect(links.nth(1)).to_have_attribute("href", re.compile("^/hotspots"))
    count = links.nth(0).inner_text()
    links.nth(0).click()
    expect(of_district.locator("#list-title")).to_contain_text(count)


@pytest.mark.parametrize("of_district", ["district-viewer"], indirect=True)
def test_a_viewer_is_led_to_no_case(of_district: Page) -> None:
    of_district.goto("/")
    assert of_district.locator("main a[href^='/cases']").count() == 0
    expect(of_district.locator("#waiting-title + *, .empty-state").first).to_be_visible()


def test_the_slash_leads_to_the_box_and_the_box_to_a_place(page: Page) -> None:
    page.goto("/projects")
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.locator("#search-box")).to_be_focused()
    page.keyboard.type("花园")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=**")
    page.locator("section[aria-labelledby='found-places'] li a").first.click()
    page.wait_for_url("**/places/**")


def test_a_case_is_found_and_its_id_stands_nowhere(page: Page, demo_home: Path) -> None:
    case_id = CaseStore(Home.at(demo_home)).scan(columns=["case_id"]).head(1).collect().item()
    page.goto("/")
    page.locator("#search-box").fill(str(case_id))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/cases/\d{4}-\d{2}/[0-9a-f]{16}$"))
    assert str(case_id) not in page.url


@pytest.mark.parametrize("view", [PHONE_ZH], ids=str, indirect=True)
def test_near_me_lists_the_nearest_first(page: Page, demo_home: Path, demo_run: str) -> None:
    points = pl.read_parquet(demo_home / "runs" / demo_run / "points.parquet")
    here = {"longitude": points["lng"][0], "latitude": points["lat"][0]}
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation(here)
    page.goto("/search")
    page.locator("[data-near-button]").click()
    page.wait_for_url("**/search/near")
    expect(page.locator(".morning-list li").first).to_contain_text(points["name"][0])
    texts = page.locator(".morning-end").all_inner_texts()
    metres = [int(re.sub(r"\D", "", text)) for text in texts]
    assert metres == sorted(metres)
    assert max(metres) <= 1_000


@pytest.mark.parametrize("view", [PHONE_ZH], ids=str, indirect=True)
def test_a_refused_position_is_told(page: Page) -> None:
    page.goto("/search")
    page.locator("[data-near-button]").click()
    expect(page.locator("[data-near-message]")).to_contain_text("浏览器没有给出位置")


def test_a_word_has_its_page(page: Page) -> None:
    page.goto("/help#measures")
    page.locator("#measures a").first.click()
    page.wait_for_url("**/help/measures")
    expect(page.locator(".term-page h2")).to_have_count(3)
