"""People in a browser: who may not, who keeps accounts, and whose session ends while she types."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.db import Database
from geodata.home import Home
from tests.e2e.views import EVERY_VIEW, View, open_site
from tests.people import PASSWORD, make_account
from tests.serving import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def office(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a copy of the sample city with a viewer and an administrator."""
    home = shutil.copytree(demo_home, tmp_path_factory.mktemp("office") / "home")
    database = Database(Home.at(home).database)
    for name in ("viewer", "administrator", "planner"):
        make_account(database, name, [name])
    database.close()
    with served(home, processes=2) as address:
        yield address


@pytest.fixture(params=EVERY_VIEW, ids=str)
def view(request: pytest.FixtureRequest) -> View:
    return request.param


def open_menu(page: Page) -> None:
    page.locator(".account-menu summary").click()


def test_a_viewer_sees_the_city_and_no_case(browser: Browser, office: str, view: View) -> None:
    with open_site(browser, office, view, "viewer") as page:
        page.goto("/")
        navigation = page.locator(".topnav")
        expect(navigation.locator("a[href='/hotspots']")).to_be_visible()
        expect(navigation.locator("a[href='/cases']")).to_have_count(0)
        for address in ("/cases", "/cases/import", "/projects/new", "/accounts", "/audit"):
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 403, address
            expect(page.get_by_role("alert")).to_contain_text(
                re.compile("权限" if view.language != "en" else "may not", re.IGNORECASE)
            )
        open_menu(page)
        expect(page.locator(".account-menu-items a")).to_have_count(1)


def test_an_administrator_makes_an_account_and_reads_the_audit(
    browser: Browser, office: str, view: View
) -> None:
    name = f"new-{view}"
    with open_site(browser, office, view, "administrator") as page:
        open_menu(page)
        page.locator(".account-menu-items a[href='/accounts']").click()
        page.locator("a[href='/accounts/new']").click()
        page.locator("input[name=name]").fill(name)
        page.locator("input[name=display_name]").fill("<b>王工</b>")
        page.locator("select[name=office]").first.select_option("viewer")
        page.locator("main form button[type=submit]").first.click()
        first = page.locator(".first-password code").inner_text()
        page.goto("/accounts")
        expect(page.locator("table")).to_contain_text("<b>王工</b>")
        page.goto("/audit?action=account.create")
        expect(page.locator("table tbody tr").first).to_contain_text(name)
        assert first not in page.content()
    with open_site(browser, office, view, name, first) as page:
        page.goto("/projects")
        expect(page).to_have_url(re.compile("/password$"))
        for field, value in (("old", first), ("new", PASSWORD), ("again", PASSWORD)):
            page.locator(f"input[name={field}]").fill(value)
        page.locator("main button[type=submit]").click()
        expect(page).to_have_url(re.compile("/$"))


def test_a_session_that_ends_while_typing_keeps_the_text(
    browser: Browser, office: str, view: View
) -> None:
    with open_site(browser, office, view, "planner") as page:
        page.goto("/projects/new?lng=83.3&lat=39.3")
        page.locator("input[name=name]").fill("小区积水")
        page.locator("input[name=owner]").fill("水务所")
        page.locator("textarea[name=note]").fill("第一行\n第二行")
        page.context.clear_cookies(name="session")
        page.locator("main form .btn-primary[type=submit]").click()
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main input[name=name]").fill("planner")
        page.locator("main button[type=submit]").click()
        expect(page.locator("main table")).to_contain_text("第二行")
        page.locator("main button[type=submit]").click()
        expect(page).to_have_url(re.compile(r"/projects/\d+$"))
        expect(page.locator("h1")).to_contain_text("小区积水")
