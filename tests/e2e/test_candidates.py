"""Candidates: townships in order, each score the sum of what made it, and a sheet for each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import run_suyuan
from tests.e2e.views import wait_until_drawn

pytestmark = pytest.mark.browser

ROUNDING = 0.05
"""Figures are shown with one decimal."""


def figure(shown: Locator) -> float:
    return float(re.sub(r"[^\d.\-]", "", shown.inner_text()) or 0)


def test_scores_are_the_sum_of_their_contributions(page: Page, demo_home: Path) -> None:
    ranked = run_suyuan(demo_home, "candidates")
    page.goto("/townships")
    rows = page.locator(".candidate-table tbody tr")
    assert rows.count() == len(ranked)
    for place in (0, 1, len(ranked) // 2, len(ranked) - 1):
        row, truth = rows.nth(place), ranked[place]
        expect(row.locator("th a")).to_have_text(truth["name"])
        score, points = figure(row.locator(".score")), row.locator("td.points").all()
        assert score == pytest.approx(truth["score"], abs=ROUNDING + 1e-9)
        assert len(points) == len(truth["contributions"])
        total = sum(figure(each) for each in points)
        assert total == pytest.approx(score, abs=ROUNDING * (len(points) + 1))


def test_a_township_has_a_sheet(page: Page) -> None:
    page.goto("/townships")
    first = page.locator(".candidate-table tbody tr").first
    name, score = first.locator("th a").inner_text(), figure(first.locator(".score"))
    first.locator("th a").click()
    expect(page.locator("h1")).to_have_text(name)
    wait_until_drawn(page)
    table = page.locator(".contribution-table")
    points = [figure(each) for each in table.locator("tbody td:last-child").all()]
    assert figure(table.locator("tfoot td").last) == score
    assert sum(points) == pytest.approx(score, abs=ROUNDING * (len(points) + 1))
    expect(page.locator(".sentence")).to_have_text(re.compile(r"\d"))
    expect(page.locator(".case-table tbody tr").first).to_be_visible()

    page.locator(".page-actions a.btn").click()
    page.wait_for_url(re.compile(r"/hotspots\?.*selected=township"))
    wait_until_drawn(page)
    expect(page.locator("#map-panel h2")).to_have_text(name)
