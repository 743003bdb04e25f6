"""Counts in cells whose size follows the zoom: found finer near by, and still the same state."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.workbench import expect_query, open_map, total, wait_until_counted

pytestmark = pytest.mark.browser

BUSY = "39.08451/83.01184"
"""Middle of a cell of resolution 10 of the sample city with many cases, away from any name."""


def expect_size(page: Page, resolution: int, *, wanted: int | None = None) -> None:
    """Wait until the legend says which size is drawn, and which one was too fine."""
    told = rf"H3 \D*{wanted}\D+{resolution}\b" if wanted else rf"H3 \D*{resolution}\b"
    expect(page.locator("#legend-size")).to_have_text(re.compile(told), timeout=20_000)


def choose_size(page: Page, size: str) -> None:
    page.locator("#filter-open").click()
    page.locator("#filter-resolution").select_option(size)
    page.locator("#filter-drawer .panel-close").click()


def has_query(page: Page, name: str) -> bool:
    found: bool = page.evaluate("(name) => new URLSearchParams(location.search).has(name)", name)
    return found


def test_zooming_in_shows_finer_cells_and_keeps_what_is_chosen(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_map(page, f"?layer=counts&view=11.4/{BUSY}")
    wait_until_counted(page)
    expect_size(page, 9)
    page.locator("#map .maplibregl-canvas").click()
    wait_until_counted(page, "cells=89")
    chosen = total(page)

    for _ in range(3):
        page.locator(".maplibregl-ctrl-zoom-in").click()
    expect_size(page, 10)
    page.wait_for_function(
        "() => parseFloat(new URLSearchParams(location.search).get('view')) > 12.2"
    )
    assert not has_query(page, "resolution")
    assert total(page) == chosen, "a cell stays chosen at another size"
    assert len([url for url in asked if "cells.bin?resolution=10" in url]) == 1

    page.locator("#map .maplibregl-canvas").click()
    wait_until_counted(page, "cells=8a")
    assert 0 < total(page) < chosen
    page.locator("#count-slider").focus()
    page.keyboard.press("End")
    wait_until_counted(page, "cells=8a", "periods=2025-12")
    expect_size(page, 10)
    page.reload()
    wait_until_counted(page, "cells=8a", "periods=2025-12")
    expect_size(page, 10)


def test_a_size_that_is_chosen_stays_at_every_zoom(page: Page) -> None:
    open_map(page, f"?layer=counts&view=13/{BUSY}")
    wait_until_counted(page)
    expect_size(page, 10)
    choose_size(page, "8")
    expect_query(page, "resolution", "8")
    expect_size(page, 8)
    choose_size(page, "zoom")
    expect_size(page, 10)
    assert not has_query(page, "resolution")


def test_too_many_cells_give_way_to_coarser_ones_and_the_legend_says_so(page: Page) -> None:
    open_map(page, f"?layer=counts&period=day&view=13/{BUSY}")
    wait_until_counted(page)
    expect_size(page, 9, wanted=10)
