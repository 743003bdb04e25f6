"""The forecast check: from the map over the button to the figures, at every share of the area."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.views import DESK_ZH, PHONE_EN, wait_until_drawn

pytestmark = pytest.mark.browser

PERCENT = re.compile(r"^\d+\.\d\d$")


@pytest.mark.parametrize("view", [DESK_ZH], indirect=True, ids=str)
def test_checked_in_the_background(working_page: Page, demo_run: str) -> None:
    page = working_page
    page.goto(f"/hotspots?run={demo_run}")
    wait_until_drawn(page)
    page.locator(".map-method summary").click()
    page.get_by_role("link", name="预测检验").click()
    page.get_by_role("button", name="开始检验").click()
    page.wait_for_url(re.compile(r"/hotspots/backtest\?check=\w+"), timeout=300_000)
    rows = page.locator("table tbody tr")
    expect(rows).to_have_count(11)
    expect(rows.last.locator("th")).to_contain_text("逐期择优")
    rate = rows.last.locator("td strong").first
    expect(rate).to_have_text(PERCENT)
    expect(page.locator(".chart canvas")).to_be_visible()

    two_percent = rate.inner_text()
    page.get_by_role("link", name="面积 5％").click()
    page.wait_for_url(re.compile("share=2"))
    assert float(rate.inner_text()) > float(two_percent)

    page.set_viewport_size({"width": PHONE_EN.width, "height": 844})
    page.get_by_role("button", name="English").click()
    page.wait_for_selector("html[lang=en]")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE_EN.width
    expect(page.locator("h1")).to_have_text("Forecast check")
