"""How stable hot areas are: from the map over the button to the table, and back to the map."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.views import DESK_ZH, PHONE_EN, wait_until_drawn

pytestmark = pytest.mark.browser

VERDICTS = re.compile("稳定|只在局部|取决于计量方式|取决于尺度|取决于计量方式和尺度|未能检验")


@pytest.mark.parametrize("view", [DESK_ZH], indirect=True, ids=str)
def test_examined_in_the_background(working_page: Page, demo_run: str) -> None:
    page = working_page
    page.goto(f"/hotspots?run={demo_run}")
    wait_until_drawn(page)
    page.locator(".map-method summary").click()
    page.get_by_role("link", name="聚集区稳定性").click()
    page.get_by_role("button", name="检验稳定性").click()
    page.wait_for_url(re.compile(r"/hotspots/sensitivity\?run=\w+"), timeout=300_000)
    rows = page.locator(".stability-table tbody tr")
    assert rows.count() > 5
    expect(rows.first.locator(".verdict")).to_have_text(VERDICTS)
    expect(rows.first.locator(".outcome")).to_have_count(5)

    page.locator("#step").select_option("3")
    page.wait_for_url(re.compile("step=3"))
    assert page.locator(".stability-table tbody tr").count() > 0

    page.set_viewport_size({"width": PHONE_EN.width, "height": 844})
    page.get_by_role("button", name="English").click()
    page.wait_for_selector("html[lang=en]")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE_EN.width
    expect(page.locator("h1")).to_have_text("Stability of hot areas")

    page.locator(".stability-table tbody a").first.click()
    wait_until_drawn(page)
    assert "selected=cell" in page.url
