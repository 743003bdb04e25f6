"""Texts that no place could be told of, worked through by mouse and keys; the same texts later."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from app.cases.uploads import import_file
from geodata.home import Home
from geodata.intake import relocate_cases
from geodata.places import import_places, read_changes, read_register
from geodata.store import CaseStore
from tests.app.small_city import SIDE, SOUTH, WEST
from tests.app.small_register import UNKNOWN, make_small_register, write_unknown
from tests.e2e.views import View, open_site
from tests.serving import served

pytestmark = pytest.mark.browser

TWINS = f"""code,name,kind,lng,lat
W1,东风新村,小区,{WEST + 0.4 * SIDE},{SOUTH + 0.2 * SIDE}
W2,东风新村,小区,{WEST + 2.4 * SIDE},{SOUTH + 0.2 * SIDE}
"""
"""Two estates of one name, in two townships: a text that names no township may mean either."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small register with its unknown texts, and a name that two places bear."""
    folder = tmp_path_factory.mktemp("register")
    home = Home.at(make_small_register(folder))
    (folder / "twins.csv").write_text(TWINS, "utf-8")
    import_places(home, folder / "twins.csv", update=True)
    twin = pl.DataFrame(
        {"case_id": ["W1"], "received_at": "2025-03-01 09:00:00", "address": ["东风新村北门"]}
    )
    twin.write_csv(folder / "twin.csv")
    import_file(home, folder / "twin.csv", "suyuan")
    # What was imported before the twins came has nothing to do with them.
    relocate_cases(home)
    return home.path


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "home")


@pytest.fixture
def opened(browser: Browser, home: Path, view: View) -> Iterator[Page]:
    with served(home) as address, open_site(browser, address, view) as page:
        yield page


def open_review(page: Page, at: int = 0) -> str:
    """Open a text of the queue; returns what it says."""
    page.goto(f"/places/review?at={at}")
    page.wait_for_selector(".place-map[data-ready='1']", timeout=60_000)
    return page.locator("#text-title").inner_text()


def expect_kept(page: Page) -> None:
    expect(page.locator(".alert-success")).to_be_visible(timeout=30_000)


def place_by_map(page: Page, name: str) -> None:
    """Click the middle of the map and add a place there."""
    page.wait_for_selector(".place-map[data-ready='1']", timeout=60_000)
    page.locator(".place-map").click()
    expect(page.locator("input[name=lng]")).to_have_value(re.compile(r"^83\.\d{6}$"))
    page.locator("#name").fill(name)
    page.locator("form:has(input[value=map]) button[type=submit]").click()
    expect_kept(page)


def find_by_search(page: Page, words: str) -> None:
    """Type into the search without touching the mouse, and take the first place found."""
    page.locator("body").press("/")
    page.keyboard.type(words)
    page.locator("#found-places button").first.wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect_kept(page)


def leave_unplaced(page: Page, reason: str) -> None:
    page.locator("body").press("u")
    page.keyboard.type(reason)
    page.keyboard.press("Enter")
    expect_kept(page)


def update_stored(page: Page) -> None:
    page.locator("#pending button").click()
    page.wait_for_url(re.compile(r"/places/applied\?changed=\d+"), timeout=120_000)


def places_of(home: Path, prefix: str) -> dict[str, str | None]:
    """Return the place of each address among the cases of one file."""
    cases = CaseStore(Home.at(home)).scan().filter(pl.col("case_id").str.starts_with(prefix))
    return dict(cases.select("address", "place").unique().collect().iter_rows())


def test_decisions_serve_stored_and_later_cases(opened: Page, home: Path, tmp_path: Path) -> None:
    page = opened
    assert open_review(page) == "火星大道9号***室"
    assert "301" not in page.content()
    place_by_map(page, "火星大院")
    assert open_review(page) == "月球路7弄"
    find_by_search(page, "柳岸")
    first = open_review(page)
    page.locator("body").press("s")
    page.wait_for_url(re.compile("at=1"))
    assert page.locator("#text-title").inner_text() != first
    while (
        page.locator("#text-title").count()
        and "那家店" not in page.locator("#text-title").inner_text()
    ):
        page.locator("body").press("p" if "at=1" in page.url else "s")
        page.wait_for_load_state()
    assert "13812345678" not in page.content()
    leave_unplaced(page, "no place")
    update_stored(page)
    later = write_unknown(tmp_path / "later.csv", "L")
    import_file(Home.at(home), later, "suyuan")
    made = next(c for c, place in read_register(Home.at(home)).items() if place.name == "火星大院")
    expected = {UNKNOWN[0]: made, UNKNOWN[1]: "P3", UNKNOWN[2]: None}
    assert places_of(home, "L") == places_of(home, "U") == expected


def test_a_candidate_is_taken_by_its_number_and_given_back(opened: Page, home: Path) -> None:
    page = opened
    at = 0
    while open_review(page, at) != "东风新村北门":
        at += 1
        assert at < 4, "the twins are in the queue"
    expect(page.locator("#candidates li")).to_have_count(2)
    page.locator("body").press("1")
    expect_kept(page)
    page.goto("/places/decisions")
    row = page.locator("#decisions tbody tr")
    expect(row).to_have_count(1)
    expect(row.locator("th")).to_have_text("东风新村北门")
    row.get_by_role("button").click()
    expect_kept(page)
    expect(page.locator("#decisions tr.is-undone")).to_have_count(1)
    assert open_review(page, at) == "东风新村北门"


def test_a_place_is_moved_and_merged(opened: Page, home: Path) -> None:
    page = opened
    page.goto("/places/P1/edit")
    page.wait_for_selector(".place-map[data-ready='1']", timeout=60_000)
    before = page.locator("input[name=lng]").input_value()
    box = page.locator(".place-map").bounding_box()
    assert box
    page.locator(".place-map").click(position={"x": box["width"] * 0.7, "y": box["height"] / 2})
    assert page.locator("input[name=lng]").input_value() > before
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/places/P1$"))
    expect(page.locator(".chart canvas, .chart svg").first).to_be_visible()
    expect(page.locator("#place-history tbody tr")).to_have_count(2)
    page.goto("/places/P1/merge")
    page.locator("#search").fill("北区")
    page.keyboard.press("Enter")
    page.locator("main table a").first.click()
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/places/P1$"))
    assert [change.action for change in read_changes(Home.at(home))] == [
        "import",
        "import",
        "edit",
        "merge",
    ]
    page.goto("/places/P2")
    page.wait_for_url(re.compile(r"/places/P1$"))
    expect(page.locator("#pending")).to_be_visible()
    update_stored(page)
    page.goto("/places")
    expect(page.locator("#pending")).to_have_count(0)


def test_a_file_of_places_is_checked_confirmed_and_applied(
    opened: Page, home: Path, tmp_path: Path
) -> None:
    page = opened
    file = tmp_path / "more.csv"
    file.write_text(f"code,name,east,lat\nP9,水岸花园,{WEST + SIDE},{SOUTH + 0.1}\n", "utf-8")
    page.goto("/places")
    page.locator("a[href='/places/import']").first.click()
    page.locator("input[type=file]").set_input_files(file)
    page.locator("input[name=update]").check()
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile("/places/import/[0-9a-f]+$"), timeout=60_000)
    expect(page.locator(".alert-warning")).to_be_visible()
    page.locator("[name=column-lng]").select_option("east")
    page.locator("button[value=check]").click()
    page.wait_for_url(re.compile("/watch$"))
    page.wait_for_url(re.compile("/places/import/[0-9a-f]+$"), timeout=60_000)
    expect(page.locator("[data-count=added]")).to_have_text(re.compile("^1"))
    expect(page.locator("[data-count=removed]")).to_have_text(re.compile("^0"))
    assert "P9" not in read_register(Home.at(home))
    page.locator("button[value=import]").click()
    page.wait_for_url(re.compile(r"/places/changes/3"), timeout=60_000)
    expect(page.locator("#changed-places tbody tr")).to_have_count(1)
    assert "P9" in read_register(Home.at(home))
    update_stored(page)
