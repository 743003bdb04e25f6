"""The map: drawn, stepped through, clicked, and left for a project."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect

from app.hotspots.palette import LEVEL_COLOURS
from spatial.grid import cell_centres, cell_name
from tests.e2e.views import pixels_like, wait_until_drawn

pytestmark = pytest.mark.browser

CLOSE = 14

HOT = tuple(int(LEVEL_COLOURS[3][i : i + 2], 16) for i in (1, 3, 5))
SEEN_THROUGH = 40
"""How far a colour may be from its own: the cells let a little of the ground through."""


@pytest.fixture(scope="module")
def hottest(demo_home: Path, demo_run: str) -> dict[str, Any]:
    """The cell with the largest z over the whole span."""
    cells = pl.read_parquet(demo_home / "runs" / demo_run / "cells.parquet")
    row = (
        cells.filter((pl.col("step") == -1) & (pl.col("level") == 3)).sort("z").row(-1, named=True)
    )
    lat, lng = cell_centres(pl.Series([row["cell"]]).to_numpy())
    return {**row, "name": cell_name(row["cell"]), "lat": float(lat[0]), "lng": float(lng[0])}


@pytest.fixture(scope="module")
def point(demo_home: Path, demo_run: str) -> dict[str, Any]:
    """The point with most reports."""
    points = pl.read_parquet(demo_home / "runs" / demo_run / "points.parquet")
    return points.sort("reports").row(-1, named=True)


def open_map(page: Page, query: str = "") -> None:
    page.goto(f"/hotspots{query}")
    wait_until_drawn(page)


def hot_pixels(stage: Locator) -> int:
    return pixels_like(stage, HOT, SEEN_THROUGH)


def expect_query(page: Page, **wanted: str) -> None:
    """Wait until the address names the state, which it does a moment after the map."""
    for name, value in wanted.items():
        page.wait_for_function(
            "([name, value]) => new URLSearchParams(location.search).get(name) === value",
            arg=[name, value],
        )


def expect_evidence(page: Page, name: str | re.Pattern[str]) -> None:
    """The panel is about `name` and has its numbers, trend and cases."""
    panel = page.locator("#map-panel")
    expect(panel.locator("h2")).to_have_text(name)
    figures = panel.locator(".panel-numbers dd")
    expect(figures.first).to_have_text(re.compile(r"\d"))
    assert figures.count() >= 3
    expect(panel.locator(".panel-why")).to_have_text(re.compile(r"\d"))
    expect(panel.locator(".panel-chart canvas").first).to_be_visible()
    expect(panel.locator(".panel-cases li").first).to_have_text(re.compile(r"\w"))


def test_cells_are_drawn_in_the_colours_of_significance(
    page: Page, hottest: dict[str, Any]
) -> None:
    open_map(page)
    stage = page.locator("#map")
    assert page.locator("#map-legend").inner_text().strip()
    drawn = hot_pixels(stage)
    page.locator("#map-layers input[value=cells]").uncheck()
    page.wait_for_url(lambda url: "cells" not in url)
    assert drawn > 20, "hot cells are to be seen on the whole city"
    assert hot_pixels(stage) == 0, "their colour goes with their layer"

    open_map(page, f"?layer=cells&view={CLOSE}/{hottest['lat']}/{hottest['lng']}")
    box = stage.bounding_box()
    assert box
    assert hot_pixels(stage) > 0.02 * box["width"] * box["height"]


def test_months_are_stepped_through_and_stand_in_the_address(page: Page) -> None:
    open_map(page)
    slider, label = page.locator("#map-slider"), page.locator("#map-step-label")
    whole_span = label.inner_text()
    drawn = page.locator("#map").screenshot()

    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("html[data-step='0']")
    expect(label).to_have_text(re.compile("2024.*1"))
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("html[data-step='1']")
    expect_query(page, step="1")
    assert label.inner_text() != whole_span
    assert page.locator("#map").screenshot() != drawn, "another month has other colours"
    second_month = label.inner_text()

    page.reload()
    wait_until_drawn(page)
    expect(slider).to_have_value("1")
    expect(label).to_have_text(second_month)
    assert page.get_attribute("html", "data-step") == "1"

    page.locator("#map-whole").click()
    page.wait_for_selector("html[data-step='-1']")
    expect(label).to_have_text(whole_span)


def test_a_clicked_cell_shows_its_evidence(page: Page, hottest: dict[str, Any]) -> None:
    open_map(page, f"?layer=cells&view=15.5/{hottest['lat']}/{hottest['lng']}")
    page.locator("#map").click()
    expect_query(page, selected=f"cell:{hottest['name']}")
    expect_evidence(page, re.compile("分析单元|[Cc]ell"))
    panel = page.locator("#map-panel")
    expect(panel).to_contain_text(f"{hottest['count']:,}")

    page.reload()
    wait_until_drawn(page)
    expect_evidence(page, re.compile("分析单元|[Cc]ell"))
    page.keyboard.press("Escape")
    expect(panel.locator("#make-project")).to_have_count(0)


def test_a_township_is_chosen_by_keyboard(page: Page) -> None:
    open_map(page)
    first = page.locator("#map-panel .panel-list").first.locator("button").first
    name = first.locator("span").inner_text()
    score = re.findall(r"[\d.]+", first.locator("b").inner_text())[0]
    first.focus()
    page.keyboard.press("Enter")
    expect_evidence(page, name)
    expect(page.locator("#map-panel")).to_contain_text(score)
    page.wait_for_url(re.compile(r"[?&]selected=township:\w"))


def test_a_point_on_the_map_leads_to_a_project_there(page: Page, point: dict[str, Any]) -> None:
    open_map(page, f"?layer=points&view=16/{point['lat']}/{point['lng']}")
    page.locator("#map").click()
    expect_query(page, selected=f"point:{point['id']}")
    expect_evidence(page, re.compile(re.escape(point["name"])))

    page.locator("#make-project").click()
    wait_until_drawn(page)
    for name in ("lng", "lat"):
        assert float(page.locator(f"input[name={name}]").input_value()) == pytest.approx(
            point[name], abs=1e-5
        )
    expect(page.locator("input[name=name]")).to_have_value(point["name"])
