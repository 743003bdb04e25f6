"""The map's layers: courses, clusters and both kinds of points, each with its definition."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from app.hotspots.palette import CATEGORY_COLOURS, CLUSTER, UNUSUALLY_HIGH
from spatial.grid import cell_centres, cell_name
from tests.e2e.test_map import expect_evidence, expect_query, open_map
from tests.e2e.views import pixels_like

pytestmark = pytest.mark.browser

LAYERS = (
    "counts", "rate", "cells", "emerging", "townships", "clusters", "points", "unusual", "projects",
    "warnings",
)  # fmt: skip
STEADY = (3, 4, 5)
"""Intensifying, persistent and diminishing: at least 90 % of the months hot."""


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


@pytest.fixture(scope="module")
def steady(demo_home: Path, demo_run: str) -> dict[str, Any]:
    """A cell that was hot nearly always, with its kind of course."""
    courses = pl.read_parquet(demo_home / "runs" / demo_run / "emerging.parquet")
    row = courses.filter(pl.col("category").is_in(STEADY)).row(0, named=True)
    lat, lng = cell_centres(pl.Series([row["cell"]]).to_numpy())
    return {**row, "name": cell_name(row["cell"]), "lat": float(lat[0]), "lng": float(lng[0])}


@pytest.fixture(scope="module")
def strongest(demo_home: Path, demo_run: str) -> dict[str, Any]:
    """The strongest scan cluster."""
    clusters = pl.read_parquet(demo_home / "runs" / demo_run / "clusters.parquet")
    return clusters.row(0, named=True)


def switch(page: Page, layer: str, *, on: bool) -> None:
    box = page.locator(f"#map-layers input[value={layer}]")
    box.check() if on else box.uncheck()


def test_courses_take_the_ground_from_significance(page: Page, steady: dict[str, Any]) -> None:
    open_map(page, f"?view=14/{steady['lat']}/{steady['lng']}")
    stage, colour = page.locator("#map"), rgb(CATEGORY_COLOURS[steady["category"]])
    switch(page, "emerging", on=True)
    expect_query(page, layer="emerging,projects")
    expect(page.locator("#map-layers input[value=cells]")).not_to_be_checked()
    expect(page.locator("#map-legend .legend-group li").first).to_have_text(re.compile(r"\d"))
    box = stage.bounding_box()
    assert box
    page.wait_for_function("() => window.suyuan.ready")
    assert pixels_like(stage, colour, 12) > 0.004 * box["width"] * box["height"]

    page.reload()
    page.wait_for_selector("html[data-ready='1']", timeout=60_000)
    expect(page.locator("#map-layers input[value=emerging]")).to_be_checked()


def test_every_layer_opens_its_definition_by_keyboard(page: Page) -> None:
    open_map(page)
    dialog = page.locator("#map-definition")
    titles = set()
    for position, layer in enumerate(LAYERS):
        button = page.locator("#map-layers .define-button").nth(position)
        button.focus()
        page.keyboard.press("Enter")
        expect(dialog).to_be_visible()
        assert dialog.get_attribute("data-layer") == layer
        titles.add(dialog.locator("h2").inner_text())
        expect(dialog.locator("p").first).to_have_text(re.compile(r"\S"))
        expect(dialog.get_by_role("link").last).to_have_attribute("href", re.compile("^/help/"))
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(button).to_be_focused()
    assert len(titles) == len(LAYERS)


def test_definitions_name_null_tail_correction_and_parameters(page: Page) -> None:
    open_map(page)
    dialog = page.locator("#map-definition")
    page.locator("#map-layers .define-button").nth(LAYERS.index("emerging")).click()
    expect(dialog).to_contain_text("Benjamini–Hochberg")
    expect(dialog).to_contain_text("Mann–Kendall")
    expect(dialog.locator(".definition-terms > div")).to_have_count(18)
    dialog.locator(".panel-close").click()
    page.locator("#map-layers .define-button").nth(LAYERS.index("clusters")).click()
    for words in ("255", "10", "12", "0.05"):
        expect(dialog.locator(".definition-facts")).to_contain_text(words)
    # A click beside the text closes it too.
    page.mouse.click(3, 3)
    expect(dialog).to_be_hidden()


def test_a_kind_in_the_legend_opens_its_own_rule(page: Page) -> None:
    open_map(page, "?layer=emerging")
    first = page.locator("#map-legend .legend-group li button").first
    name = first.locator("span").nth(1).inner_text()
    first.click()
    wanted = page.locator("#map-definition .is-wanted")
    expect(wanted).to_be_visible()
    expect(wanted.locator("dt")).to_contain_text(name)


def test_a_cell_tells_why_it_has_its_kind(page: Page, steady: dict[str, Any]) -> None:
    open_map(page, f"?layer=emerging&view=15.5/{steady['lat']}/{steady['lng']}")
    page.locator("#map").click()
    expect_query(page, selected=f"cell:{steady['name']}")
    expect_evidence(page, re.compile("分析单元|[Cc]ell"))
    panel = page.locator("#map-panel")
    why = panel.locator(".panel-course-why")
    expect(why).to_contain_text(str(steady["hot_steps"]))
    expect(why).to_contain_text(f"z = {steady['trend_z']:.2f}")
    expect(panel.locator(".course-strip span")).to_have_count(24)
    panel.locator(".panel-course .define-button").click()
    expect(page.locator("#map-definition .is-wanted")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#map-definition")).to_be_hidden()
    expect(panel.locator(".panel-course")).to_be_visible()  # the selection stays


def test_clusters_are_chosen_without_the_map(page: Page, strongest: dict[str, Any]) -> None:
    view = f"12/{strongest['lat']}/{strongest['lng']}"
    open_map(page, f"?layer=clusters&view={view}")
    assert pixels_like(page.locator("#map"), rgb(CLUSTER), 30) > 50
    lists = page.locator("#map-panel section", has_text=re.compile("扫描聚集区|Scan clusters"))
    first = lists.filter(has=page.locator(".panel-list")).locator("button").first
    first.focus()
    page.keyboard.press("Enter")
    expect_query(page, selected="cluster:1")
    expect_evidence(page, re.compile("第 1 位扫描聚集区|Scan cluster 1"))
    panel = page.locator("#map-panel")
    expect(panel).to_contain_text(f"{strongest['observed']:,}")
    expect(panel.locator(".panel-step")).to_have_text(re.compile(r"20\d\d-\d\d"))
    panel.locator(".panel-head .define-button").click()
    expect(page.locator("#map-definition")).to_have_attribute("data-layer", "clusters")


def test_clusters_show_only_while_they_last(page: Page, strongest: dict[str, Any]) -> None:
    place = f"view=14/{strongest['lat']}/{strongest['lng']}"
    months = range(24)
    during = strongest["start_step"]
    other = next(m for m in months if not during <= m <= strongest["end_step"])
    open_map(page, f"?layer=clusters&step={during}&{place}")
    assert pixels_like(page.locator("#map"), rgb(CLUSTER), 30) > 50
    open_map(page, f"?layer=clusters&step={other}&{place}")
    badge = pixels_like(page.locator("#map"), rgb(CLUSTER), 30)
    open_map(page, f"?layer=clusters&step={during}&{place}")
    assert badge < pixels_like(page.locator("#map"), rgb(CLUSTER), 30)


def test_the_two_kinds_of_points_are_switched_apart(page: Page) -> None:
    open_map(page, "?layer=unusual")
    stage, yellow = page.locator("#map"), rgb(UNUSUALLY_HIGH)
    legend = page.locator("#map-legend")
    assert pixels_like(stage, yellow, 20) > 20
    assert legend.locator(".legend-icon").count() == 1
    switch(page, "points", on=True)
    expect(legend.locator(".legend-icon")).to_have_count(3)
    switch(page, "unusual", on=False)
    expect_query(page, layer="points")
    expect(legend.locator(".legend-icon")).to_have_count(1)
    page.wait_for_timeout(500)
    assert pixels_like(stage, yellow, 20) == 0
