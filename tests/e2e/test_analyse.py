"""A new analysis, asked for on its page, leads to its own map."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.views import DESK_ZH, PHONE_EN, wait_until_drawn

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("view", [DESK_ZH], indirect=True, ids=str)
def test_three_months_of_one_class(working_page: Page, demo_run: str) -> None:
    page = working_page
    page.goto("/hotspots/analyse")
    page.locator("[name=start]").fill("2025-04-01")
    page.locator("[name=end]").fill("2025-07-01")
    chosen = page.locator(".checks label").first
    name = chosen.inner_text()
    chosen.check()
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/hotspots\?.*run=\w+"), timeout=120_000)
    wait_until_drawn(page)
    assert demo_run not in page.url
    expect(page.locator("#map-slider")).to_have_attribute("max", "2")

    page.goto("/hotspots/analyse")
    expect(page.locator("main tbody tr")).to_have_count(2)
    expect(page.locator("main tbody tr").first).to_contain_text(name)


@pytest.mark.parametrize("view", [PHONE_EN], indirect=True, ids=str)
def test_an_end_before_the_start_is_told_at_its_field(page: Page) -> None:
    page.goto("/hotspots/analyse")
    page.locator("[name=start]").fill("2025-04-01")
    page.locator("[name=end]").fill("2025-03-01")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("#end-error")).to_have_text(re.compile(r"^[\x20-\x7e–]+$"))
    expect(page.locator("[name=start]")).to_have_value("2025-04-01")
