"""The ranking board: its map and its table choose in each other, and the map tells its colours."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from shapely.geometry import Point, shape

from tests.e2e.views import pixels_like

pytestmark = pytest.mark.browser

PALETTE = Path(__file__).parents[2] / "app/hotspots/palette.json"
INK = tuple(bytes.fromhex(json.loads(PALETTE.read_text("utf-8"))["ink"][1:]))
"""Of the line around the chosen township."""


@pytest.fixture
def board(page: Page) -> Locator:
    """The board's map, drawn."""
    page.goto("/assessment")
    drawn = page.locator(".board-map[data-ready='1']")
    drawn.wait_for(timeout=60_000)
    return drawn


def in_the_middle(page: Page, board: Locator) -> str:
    """Return the code of the township in the middle of the map, from its outlines."""
    answer = page.request.get(board.get_attribute("data-shapes") or "")
    features: list[dict[str, Any]] = json.loads(answer.text())["features"]
    lngs = [each["properties"]["lng"] for each in features]
    norths = [mercator(each["properties"]["lat"]) for each in features]
    north = (min(norths) + max(norths)) / 2
    lat = math.degrees(2 * math.atan(math.exp(north)) - math.pi / 2)
    middle = Point((min(lngs) + max(lngs)) / 2, lat)
    (found,) = (each for each in features if shape(each["geometry"]).contains(middle))
    return str(found["properties"]["code"])


def mercator(lat: float) -> float:
    return math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))


def chosen(page: Page) -> Locator:
    return page.locator(".board-table tr[aria-current=true]")


def test_the_map_chooses_in_the_table(page: Page, board: Locator) -> None:
    code = in_the_middle(page, board)
    expect(chosen(page)).to_have_count(0)
    board.click()
    expect(chosen(page)).to_have_attribute("data-code", code)
    expect(chosen(page)).to_be_in_viewport()


def test_the_keyboard_chooses_as_a_click_does(page: Page, board: Locator) -> None:
    code = in_the_middle(page, board)
    board.locator("canvas").focus()
    page.keyboard.press("Enter")
    expect(chosen(page)).to_have_attribute("data-code", code)


def test_the_table_chooses_on_the_map(page: Page, board: Locator) -> None:
    plain = pixels_like(board, INK, 6)
    rows = page.locator(".board-table tbody tr")
    seen = [board.screenshot()]
    for at in (0, rows.count() - 1):
        rows.nth(at).locator(".rank-cell").click()
        expect(chosen(page)).to_have_count(1)
        assert rows.nth(at).get_attribute("aria-current") == "true"
        page.wait_for_timeout(500)
        assert pixels_like(board, INK, 6) > plain + 50, "no township is outlined"
        assert board.screenshot() not in seen, "the township before is still the outlined one"
        seen.append(board.screenshot())


def test_another_column_colours_the_map(page: Page, board: Locator) -> None:
    legend = page.locator("#township-map-legend")
    told, drawn = legend.inner_text(), board.screenshot()
    page.locator("#map-column").select_option("cases")
    expect(legend).not_to_have_text(told)
    expect(legend.locator("li")).to_have_count(5)
    page.wait_for_timeout(500)
    assert board.screenshot() != drawn
