"""The exported map: one file that shows itself with the network off."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.hotspots.palette import LEVEL_COLOURS
from tests.conftest import run_suyuan
from tests.e2e.views import pixels_like

pytestmark = pytest.mark.browser


def test_the_exported_map_opens_with_the_network_off(
    browser: Browser, demo_home: Path, demo_run: str, tmp_path: Path
) -> None:
    file = tmp_path / "map.html"
    written = run_suyuan(demo_home, "export", "--run", demo_run, "--html", file)
    assert written["run"] == demo_run
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 800})
    asked: list[str] = []
    wrong: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on(
        "console", lambda message: wrong.append(message.text) if message.type == "error" else None
    )
    page = context.new_page()
    page.goto(file.as_uri())
    shown = page.locator(".leaflet-container")
    expect(shown).to_be_visible()
    expect(page.locator(".leaflet-overlay-pane canvas").first).to_be_visible()
    expect(page.locator(".sheet")).to_contain_text(demo_run)
    hot = tuple(int(LEVEL_COLOURS[3][i : i + 2], 16) for i in (1, 3, 5))
    assert pixels_like(shown.locator("canvas").first, hot, tolerance=30) > 100
    elsewhere = [url for url in asked if not url.startswith((file.as_uri(), "data:", "blob:"))]
    context.close()
    assert not elsewhere
    assert not wrong


@pytest.mark.parametrize("width", [390, 1440])
def test_a_narrow_window_shows_the_map_first(
    browser: Browser, demo_home: Path, demo_run: str, tmp_path: Path, width: int
) -> None:
    file = tmp_path / "map.html"
    run_suyuan(demo_home, "export", "--run", demo_run, "--html", file)
    context = browser.new_context(offline=True, viewport={"width": width, "height": 844})
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(file.as_uri())
    wide = width >= 600
    box = page.locator(".leaflet-control-layers")
    cells = page.locator('.sheet section[data-layer^="聚集显著性"]')
    assert ("leaflet-control-layers-expanded" in str(box.get_attribute("class"))) == wide
    expect(cells).to_be_visible(visible=wide)
    if not wide:
        page.locator(".sheet > summary").click()
        expect(cells).to_be_visible()
    cells.locator("details > summary").click()
    expect(cells.locator("details")).to_contain_text("Benjamini–Hochberg")
    sheet = page.locator(".sheet").bounding_box()
    assert sheet
    assert sheet["x"] >= 0
    assert sheet["y"] >= 0
    assert sheet["x"] + sheet["width"] <= width
    unusual = page.locator('.sheet section[data-layer^="异常偏高点位"] .rows')
    if not wide:
        page.locator(".sheet > summary").click()
        # A finger does not hover: a mouse on its way to the button would unfold the box under it.
        page.locator(".leaflet-control-layers-toggle").dispatch_event("click")
        # Leaflet takes no click at the moment in which the box unfolds.
        box.get_by_text("异常偏高点位").hover()
    box.get_by_text("异常偏高点位").click()
    expect(unusual).not_to_have_css("display", "none")
    context.close()
    assert not [url for url in asked if not url.startswith((file.as_uri(), "data:", "blob:"))]
