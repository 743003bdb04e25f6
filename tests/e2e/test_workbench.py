"""The workbench: counts that follow a filter, from the city down to one person's calls."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.access import operator
from app.accounts.models import Unit
from app.accounts.units import adopt_boundaries
from app.db import Database
from geodata.home import Home
from tests.e2e.views import EVERY_VIEW, View, open_site, wait_until_drawn
from tests.e2e.workbench import expect_query, open_map, total, wait_until_counted
from tests.people import PASSWORD, make_account
from tests.serving import served

pytestmark = pytest.mark.browser

DISTRICT, CODE = "望湖区", "990104"
WORST, ONE_PERSON = "书香三区", "玉兰府"
"""Of the last half-month of the sample city: the place with most cases, and one where 13 of 15
cases come from one person."""

MEASURED = re.compile(r"\d")


@pytest.fixture(scope="module")
def office(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a copy of the sample city with a planner of one district, and others."""
    home = Home.at(shutil.copytree(demo_home, tmp_path_factory.mktemp("workbench") / "home"))
    database = Database(home.database)
    database.migrate()
    adopt_boundaries(operator(database), home)
    with database.session() as session:
        unit = session.query(Unit).filter(Unit.name == DISTRICT).one()
    make_account(database, "district-planner", ["planner"], unit.id)
    make_account(database, "colleague", ["planner"])
    make_account(database, "viewer", ["viewer"])
    database.close()
    with served(home.path, processes=2) as address:
        yield address


@pytest.fixture(params=EVERY_VIEW, ids=str)
def view(request: pytest.FixtureRequest) -> View:
    return request.param


def rows_of(page: Page, name: str) -> dict[str, int]:
    """Read the table that stands for a chart."""
    table = page.locator(f"[data-view={name}] details")
    if table.get_attribute("open") is None:
        table.locator("summary").click()
        table.locator("tbody tr").first.wait_for()
    rows = table.locator("tbody tr").all()
    return {
        row.locator("th").inner_text(): int(
            re.sub(r"\D", "", row.locator("td").first.inner_text()) or 0
        )
        for row in rows
    }


def pick(page: Page, name: str, item: str, *, shift: bool = False) -> None:
    """Choose a row by its button, as the keyboard does."""
    button = page.locator(f"[data-view={name}] tbody").get_by_role("button", name=item, exact=True)
    button.click(modifiers=["Shift"] if shift else [])


def test_a_district_planner_finds_reads_and_hands_on(
    browser: Browser, office: str, view: View
) -> None:
    with open_site(browser, office, view, "district-planner") as page:
        open_map(page)
        page.locator("[data-preset=lastHalf]").click()
        wait_until_counted(page, "from=2025-12-16")

        page.locator("#filter-open").click()
        drawer = page.locator("#filter-drawer")
        drawer.locator("[data-part=area] summary").click()
        drawer.locator("[data-part=area] input[type=search]").fill(DISTRICT)
        drawer.get_by_role("checkbox", name=DISTRICT).first.check()
        wait_until_counted(page, f"district={CODE}")
        drawer.locator(".panel-close").click()
        expect(page.locator("#filter-open")).to_be_focused()

        card = page.locator("#selection-card")
        expect(card.locator("h2")).to_have_text(DISTRICT)
        worst = card.locator(".card-list button").first
        expect(worst).to_have_text(WORST)
        worst.click()
        wait_until_counted(page, "place=")
        expect(card.locator("h2")).to_have_text(WORST)
        expect(card.locator("#card-top-caller")).to_have_count(0)
        expect(card.locator("#card-cases a").first).to_have_attribute("href", re.compile("/cases/"))
        page.go_back()
        wait_until_counted(page, f"district={CODE}")

        expect(card.locator("h2")).to_have_text(DISTRICT)
        by_cases = rows_of(page, "classes")
        page.locator("#filter-open").click()
        drawer.locator("#filter-measure").select_option("callers")
        wait_until_counted(page, "measure=callers")
        drawer.locator(".panel-close").click()
        by_callers = rows_of(page, "classes")
        assert sum(by_callers.values()) < sum(by_cases.values())
        page.go_back()
        wait_until_counted(page, f"district={CODE}")
        card.locator(".card-list").get_by_role("button", name=ONE_PERSON, exact=True).click()
        wait_until_counted(page, "place=")
        expect(card.locator("#card-top-caller")).to_contain_text("87%")

        mine = (page.url, page.locator("#filter-chips").inner_text(), total(page))
        page.locator("#mode-run").click()
        first = page.locator("#map-panel .panel-list button", has=page.locator("canvas")).first
        first.click()
        expect(page.locator(".panel-why")).to_have_text(MEASURED)
    with open_site(browser, office, view, "colleague", PASSWORD) as page:
        page.goto(mine[0])
        wait_until_drawn(page)
        wait_until_counted(page, "place=")
        assert (page.locator("#filter-chips").inner_text(), total(page)) == mine[1:]


def test_choosing_in_one_view_narrows_all_others(browser: Browser, office: str, view: View) -> None:
    with open_site(browser, office, view, "colleague") as page:
        open_map(page, "?layer=counts")
        wait_until_counted(page)
        everything, classes = total(page), rows_of(page, "classes")
        name = next(iter(classes))

        pick(page, "classes", name)
        wait_until_counted(page, f"class={name}")
        assert total(page) == classes[name]
        assert rows_of(page, "classes") == classes, "its own view keeps the others to choose from"
        assert sum(rows_of(page, "curve").values()) == classes[name]
        hours = rows_of(page, "hours")
        busiest = max(hours, key=lambda each: hours[each])
        pick(page, "hours", busiest)
        wait_until_counted(page, "hours=", f"class={name}")
        assert total(page) == hours[busiest]
        assert rows_of(page, "classes")[name] == hours[busiest]

        page.go_back()
        wait_until_counted(page, f"class={name}")
        assert total(page) == classes[name]
        second = list(classes)[1]
        pick(page, "classes", second, shift=True)
        wait_until_counted(page, f"class={second}")
        assert total(page) == classes[name] + classes[second]
        page.reload()
        wait_until_drawn(page)
        wait_until_counted(page, f"class={second}")
        assert total(page) == classes[name] + classes[second]
        page.locator("#filter-clear").click()
        wait_until_counted(page)
        page.wait_for_function("() => !new URLSearchParams(location.search).has('class')")
        assert total(page) == everything


def test_a_bar_is_chosen_by_a_click_on_the_chart(page: Page) -> None:
    open_map(page, "?layer=counts")
    wait_until_counted(page)
    first = next(iter(rows_of(page, "classes")))
    chart = page.locator("[data-view=classes] canvas").first
    chart.click(position={"x": 150, "y": 16})
    expect_query(page, "class", first)


def test_time_is_stepped_by_keys_and_stands_in_the_address(
    browser: Browser, office: str, view: View
) -> None:
    with open_site(browser, office, view, "colleague") as page:
        open_map(page, "?layer=counts")
        wait_until_counted(page)
        slider, label = page.locator("#count-slider"), page.locator("#count-step-label")
        slider.focus()
        page.keyboard.press("End")
        expect(label).to_have_text("2025-12")
        wait_until_counted(page, "periods=2025-12")
        page.keyboard.press("ArrowLeft")
        wait_until_counted(page, "periods=2025-11")
        november = total(page)
        assert rows_of(page, "curve")["2025-11"] == november
        expect_query(page, "periods", "2025-11")
        slider.focus()
        page.keyboard.press("Space")
        expect(label).to_have_text("2025-12")
        page.keyboard.press("Home")
        page.wait_for_function("() => !new URLSearchParams(location.search).has('periods')")
        page.locator("#filter-period").select_option("half_month")
        wait_until_counted(page, "period=half_month")
        assert len(rows_of(page, "curve")) == 48


def draw(page: Page, view: View, line: Sequence[tuple[float, float]]) -> None:
    """Draw on the map, from its middle: with a finger where the screen is a phone's, else a mouse.

    What the finger does is told to the browser itself, which makes of it what it makes of a real
    one: a ring or, where the page lets it, a scroll.
    """
    sheet = page.locator(".lasso-sheet").bounding_box()
    assert sheet
    x, y = sheet["x"] + sheet["width"] / 2, sheet["y"] + sheet["height"] / 2
    first, *others = [(x + right, y + down) for right, down in stepped(line)]
    if not view.is_phone:
        page.mouse.move(*first)
        page.mouse.down()
        for at in others:
            page.mouse.move(*at)
        page.mouse.up()
        return
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *at: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in at]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", first)
    for at in others:
        touch("touchMove", at)
    touch("touchEnd")


def stepped(line: Sequence[tuple[float, float]], steps: int = 8) -> list[tuple[float, float]]:
    """Put points between the corners of a line, as a moving hand gives them."""
    between = [
        (a[0] + (b[0] - a[0]) * step / steps, a[1] + (b[1] - a[1]) * step / steps)
        for a, b in pairwise(line)
        for step in range(steps)
    ]
    return [*between, line[-1]]


RING = [(-50, -50), (50, -50), (50, 50), (-50, 50), (-50, -40)]


def test_a_drawn_ring_and_the_current_view_open_the_card(
    browser: Browser, office: str, view: View
) -> None:
    with open_site(browser, office, view, "colleague", touch=view.is_phone) as page:
        open_map(page, "?layer=counts&view=12.5/39.02/82.91")
        wait_until_counted(page)
        card = page.locator("#selection-card")
        page.locator("#lasso-view").focus()
        page.keyboard.press("Enter")
        wait_until_counted(page, "lasso=")
        whole = total(page)
        expect(card.locator("dd").first).to_have_text(MEASURED)

        button, hint = page.locator("#lasso-draw"), page.locator(".lasso-hint")
        button.tap() if view.is_phone else button.click()
        told = hint.inner_text()
        before = page.url
        draw(page, view, [(0, 0), (60, 1)])
        expect(hint).not_to_have_text(told)
        expect(button).to_have_attribute("aria-pressed", "true")
        assert page.url == before, "a stroke is no ring"

        draw(page, view, RING)
        expect(hint).to_be_hidden()
        page.wait_for_function("(before) => location.href !== before", arg=before)
        page.wait_for_function(
            "(whole) => Number(document.getElementById('views-total').textContent"
            ".replace(/\\D/g, '')) !== whole",
            arg=whole,
        )
        wait_until_counted(page, "lasso=")
        assert 0 < total(page) < whole
        card.locator(".panel-close").click()
        expect(card).to_be_hidden()


def test_a_viewer_sees_numbers_but_no_case(browser: Browser, office: str, view: View) -> None:
    with open_site(browser, office, view, "viewer") as page:
        open_map(page, f"?layer=counts&district={CODE}")
        wait_until_counted(page, "district=")
        card = page.locator("#selection-card")
        expect(card.locator("dd").first).to_have_text(MEASURED)
        expect(card.locator("#card-cases")).to_contain_text(
            "权限" if view.language != "en" else "not single cases"
        )
        expect(page.locator("#rerun-open")).to_have_count(0)


def test_no_case_left_says_what_to_loosen(browser: Browser, office: str, view: View) -> None:
    with open_site(browser, office, view, "colleague") as page:
        open_map(page, "?layer=counts&channel=none-such")
        wait_until_counted(page, "channel=")
        page.locator(".views-empty button").first.click()
        page.wait_for_function("() => !new URLSearchParams(location.search).has('channel')")
        wait_until_counted(page)
        assert total(page) > 0


def test_an_ended_session_leads_back_to_the_state(browser: Browser, office: str) -> None:
    # A context of its own: the browser notes the refusals on its console, and they are the point.
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=office)
    page = context.new_page()

    def sign_in() -> None:
        page.locator("input[name=name]").fill("colleague")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main button[type=submit]").click()

    page.goto("/hotspots?layer=counts")
    sign_in()
    wait_until_drawn(page)
    wait_until_counted(page)
    context.clear_cookies()
    page.locator("[data-preset=thisYear]").click()
    page.wait_for_url("**/sign-in?**")
    sign_in()
    wait_until_drawn(page)
    expect_query(page, "from", "2025-01-01")
    context.close()
