"""What is taken away of the map, and the map of a browser that cannot draw one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import CHROMIUM_FLAGS
from tests.e2e.test_workbench import open_map, total, wait_until_counted
from tests.e2e.views import DESK_EN, DESK_ZH, PHONE_EN, PHONE_ZH, View, open_site, wait_until_drawn

pytestmark = pytest.mark.browser

WITHOUT_WEBGL = ["--no-sandbox", "--disable-gpu", "--disable-3d-apis", "--disable-webgl"]


@pytest.fixture
def blind_browser(browser: Browser, chromium: str) -> Iterator[Browser]:
    """A browser that has no WebGL, beside the one that has."""
    flags = [*WITHOUT_WEBGL, *(flag for flag in CHROMIUM_FLAGS if "swift" not in flag)]
    running = browser.browser_type.launch(executable_path=chromium, args=flags)
    yield running
    running.close()


def test_links_carry_the_state_by_keyboard_alone(page: Page, demo_run: str) -> None:
    page.goto(f"/hotspots?run={demo_run}&layer=townships,clusters&step=3")
    wait_until_drawn(page)
    menu = page.locator("[data-take-away]")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.locator("a").first).to_be_visible()
    expect(menu.locator("p[data-layer=townships]")).to_be_visible()
    expect(menu.locator("p[data-layer=cells]")).to_be_hidden()
    page.keyboard.press("Tab")
    link = menu.locator("[data-follows=run] a[data-takes=view]")
    expect(link).to_be_focused()
    address = link.get_attribute("href") or ""
    assert "step=3" in address
    assert "width=" in address
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    width = page.locator("#map").evaluate("map => map.clientWidth")
    picture = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert picture.width == 2 * width
    page.keyboard.press("Escape")
    expect(menu.locator("a").first).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


@pytest.mark.parametrize("seen", [DESK_ZH, PHONE_EN], ids=str)
def test_the_counts_of_a_filter_are_taken_away(
    browser: Browser, served_city: str, demo_run: str, seen: View
) -> None:
    with open_site(browser, served_city, seen) as page:
        open_map(page, f"?run={demo_run}&layer=cells,projects")
        menu = page.locator("[data-take-away]")
        menu.locator("summary").click()
        expect(menu.locator("[data-follows=filter]")).to_be_hidden()
        menu.locator("summary").click()

        page.locator("[data-preset=lastHalf]").click()
        wait_until_counted(page, "from=")
        menu.locator("summary").click()
        expect(menu.locator("[data-follows=run]")).to_be_hidden()
        for ground in ("counts", "rate"):
            assert sum(counts_taken(page, ground)) == total(page)
        menu.locator("summary").click()

        page.locator("#filter-open").click()
        page.locator("#filter-measure").select_option("callers")
        wait_until_counted(page, "measure=callers")
        page.locator("#filter-drawer .panel-close").click()
        menu.locator("summary").click()
        callers = counts_taken(page, "counts")
        assert len(callers) > 100
        assert max(callers) < total(page) <= sum(callers)
        with page.expect_download() as download:
            menu.locator("[data-follows=filter] a[data-takes=view]").click()
        width = page.locator("#map").evaluate("map => map.clientWidth")
        picture = Image.open(io.BytesIO(download.value.path().read_bytes()))
        assert picture.width == 2 * width


def counts_taken(page: Page, ground: str) -> list[int]:
    """Take a table of the open menu; return its counts of all periods."""
    with page.expect_download() as download:
        page.locator(f"[data-follows=filter] a[href*='/csv?'][href*='of={ground}']").click()
    text = download.value.path().read_text("utf-8-sig")
    heads, *rows = csv.reader(io.StringIO(text, newline=""))
    (at,) = (i for i, head in enumerate(heads) if head.startswith(("合计", "Total")))
    return [int(row[at]) for row in rows]


@pytest.mark.parametrize("seen", [DESK_ZH, PHONE_ZH, DESK_EN], ids=str)
def test_a_browser_without_webgl_gets_a_drawn_map(
    blind_browser: Browser, served_city: str, demo_run: str, seen: View
) -> None:
    with open_site(blind_browser, served_city, seen) as page:
        page.goto(f"/hotspots?run={demo_run}&layer=cells,unusual&step=5")
        page.wait_for_url("**/hotspots/drawn?**", timeout=60_000)
        assert "step=5" in page.url
        look_at_drawn_map(page)


def test_without_scripts_there_is_a_drawn_map(
    browser: Browser, served_city: str, demo_run: str
) -> None:
    with open_site(browser, served_city, DESK_ZH) as page:
        cookies = page.context.cookies()
    context = browser.new_context(java_script_enabled=False, base_url=served_city)
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"/hotspots?run={demo_run}&layer=townships")
    page.wait_for_url("**/hotspots/drawn?**")
    look_at_drawn_map(page)
    page.locator("select[name=step]").select_option("2")
    page.locator("input[value=points]").check()
    page.locator(".drawn-choices button").click()
    assert "step=2" in page.url
    expect(page.locator(".drawn-lists h2")).to_have_count(2)
    context.close()


def shown(picture: Locator) -> str:
    """Wait for a picture that has really come, and return its address."""
    expect(picture).to_be_visible()
    # Handles, not scripts of the page: they may be switched off in it.
    box = picture.bounding_box()
    assert box is not None
    assert box["height"] > 200
    page = picture.page
    address = str(picture.get_attribute("src"))
    answer = page.request.get(address, timeout=120_000)
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.body())).width == 1000
    return address


def look_at_drawn_map(page: Page) -> None:
    """Expect a picture and a list; move, and open the first of the list."""
    picture = page.locator(".drawn-map img")
    first = shown(picture)
    rows = page.locator(".drawn-list li")
    assert rows.count() > 3
    page.locator("[data-move=nearer]").click()
    assert shown(picture) != first
    page.locator(".drawn-list li a").first.click()
    expect(page.locator(".drawn-list li.is-selected")).to_have_count(1)
