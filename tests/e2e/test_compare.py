"""Two periods compared: from the map to the maps side by side, and to the numbers of a cell."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import run_suyuan
from tests.e2e.views import DESK_ZH, PHONE_EN, View, open_site, pixels_like, wait_until_drawn
from tests.serving import served

pytestmark = pytest.mark.browser

YEARS = (
    "compare", "--from", "2025-12-01", "--to", "2026-01-01",
    "--with-from", "2024-12-01", "--with-to", "2025-01-01",
)  # fmt: skip
FALLEN = (33, 102, 172)
SAME_SCALE = """before => {
  const scales = [...document.querySelectorAll(".maplibregl-ctrl-scale")];
  const texts = scales.map((scale) => scale.textContent);
  return texts.length === 2 && texts[0] === texts[1] && texts[0] !== before;
}"""
"""Both maps have come to one scale, and not that of before."""

SELECTED = re.compile(r"[?&]cell=[0-9a-f]{15}")


@pytest.fixture(scope="module")
def compared_home(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(demo_home, tmp_path_factory.mktemp("compared") / "home")


@pytest.fixture(scope="module")
def made(compared_home: Path) -> dict[str, Any]:
    """December of the sample city against December of the year before."""
    return dict(run_suyuan(compared_home, *YEARS))


@pytest.fixture(scope="module")
def compared_city(compared_home: Path, made: dict[str, Any]) -> Iterator[str]:
    with served(compared_home) as address:
        yield address


@pytest.fixture
def page(browser: Browser, compared_city: str, view: View) -> Iterator[Page]:
    with open_site(browser, compared_city, view) as opened:
        yield opened


@pytest.mark.parametrize("view", [DESK_ZH], indirect=True, ids=str)
def test_from_the_map_over_the_form_to_the_result(page: Page) -> None:
    page.goto("/hotspots")
    page.locator(".map-method summary").click()
    page.get_by_role("link", name="两期对比").click()
    page.get_by_role("link", name="最近一个整月，与前一个月比").click()
    page.get_by_label("六边形精度").select_option("8")
    page.get_by_role("button", name="开始对比").click()
    page.wait_for_url(re.compile(r"/hotspots/compare/[0-9a-f]{16}"), timeout=300_000)
    wait_until_drawn(page)
    expect(page.locator(".page-lead")).to_contain_text("2025-12")


def test_the_difference_is_drawn_and_told(page: Page, made: dict[str, Any], view: View) -> None:
    page.goto(f"/hotspots/compare/{made['comparison']}")
    wait_until_drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= view.width
    page.locator("a[data-cell]").first.click()
    panel = page.locator("#comparison-panel")
    expect(panel.locator(".panel-why")).to_contain_text(
        "a significant fall" if view.language == "en" else "显著下降"
    )
    page.wait_for_url(SELECTED)
    page.wait_for_timeout(500)
    assert pixels_like(page.locator("#comparison-first .comparison-canvas"), FALLEN, 3) > 500


def test_both_periods_move_together_and_the_address_keeps_the_view(
    page: Page, made: dict[str, Any], view: View
) -> None:
    strongest = made["areas"][0]["strongest"]
    page.goto(f"/hotspots/compare/{made['comparison']}?show=sides&cell={strongest}")
    wait_until_drawn(page)
    first, second = (page.locator(f"#comparison-{name}") for name in ("first", "second"))
    expect(first.locator("figcaption")).to_have_text("2024-12")
    expect(second.locator("figcaption")).to_have_text("2025-12")
    before = second.locator(".maplibregl-ctrl-scale").inner_text()
    # By keyboard: focus the first map, zoom in; the second follows.
    first.locator("canvas").first.focus()
    page.keyboard.press("=")
    page.wait_for_function(SAME_SCALE, arg=before)
    page.keyboard.press("Enter")
    expect(page.locator("#comparison-panel .panel-numbers")).to_be_visible()
    page.wait_for_url(re.compile(r"show=sides.*view="))
    page.reload()
    wait_until_drawn(page)
    expect(page.locator("#comparison-second")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#comparison-panel .panel-numbers")).to_have_count(0)


@pytest.mark.parametrize("view", [PHONE_EN], indirect=True, ids=str)
def test_without_webgl_the_tables_stand(page: Page, made: dict[str, Any]) -> None:
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(f"/hotspots/compare/{made['comparison']}")
    wait_until_drawn(page)
    expect(page.locator(".comparison-notice")).to_contain_text("WebGL2 is missing")
    expect(page.locator("a[data-cell]").first).to_be_visible()
