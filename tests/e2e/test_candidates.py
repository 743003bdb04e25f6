"""Candidates: townships in order, each score the sum of what made it, and a sheet for each."""

from __future__ import annotations

import json
import re
from itertools import groupby
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import run_suyuan
from tests.e2e.views import wait_until_drawn

pytestmark = pytest.mark.browser

ROUNDING = 0.05
"""Figures are shown with one decimal."""

ROWS = ".candidate-table tbody tr"
NAME = "th a:first-child"


def figure(shown: Locator) -> float:
    return float(re.sub(r"[^\d.\-]", "", shown.inner_text()) or 0)


def test_scores_are_the_sum_of_their_contributions(
    page: Page, demo_home: Path, demo_run: str
) -> None:
    ranked = run_suyuan(demo_home, "candidates")
    record = json.loads((demo_home / "runs" / demo_run / "run.json").read_text("utf-8"))
    groups = [
        [each["key"] for each in members]
        for _group, members in groupby(record["criteria"], lambda each: each["group"])
    ]
    page.goto("/townships")
    rows = page.locator(ROWS)
    assert rows.count() == len(ranked)
    for place in (0, 1, len(ranked) // 2, len(ranked) - 1):
        row, truth = rows.nth(place), ranked[place]
        expect(row.locator(NAME)).to_have_text(truth["name"])
        score = figure(row.locator(".score"))
        assert score == pytest.approx(truth["score"], abs=ROUNDING + 1e-9)
        points = [figure(each) for each in row.locator("td.points").all()]
        sums = [sum(truth["contributions"].get(key, 0) for key in keys) for keys in groups]
        assert points == pytest.approx(sums, abs=ROUNDING + 1e-9)
        assert sum(points) == pytest.approx(score, abs=ROUNDING * (len(points) + 1))


def test_a_township_has_a_sheet(page: Page) -> None:
    page.goto("/townships")
    first = page.locator(ROWS).first
    name, score = first.locator(NAME).inner_text(), figure(first.locator(".score"))
    first.locator(NAME).click()
    expect(page.locator("h1")).to_have_text(name)
    wait_until_drawn(page)
    table = page.locator(".contribution-table")
    points = [figure(each) for each in table.locator("tbody td:last-child").all()]
    assert figure(table.locator("tfoot td").last) == score
    assert sum(points) == pytest.approx(score, abs=ROUNDING * (len(points) + 1))
    expect(page.locator(".sentence")).to_have_text(re.compile(r"\d"))
    expect(page.locator(".case-table tbody tr").first).to_be_visible()

    page.locator(".page-actions a[href*='selected=township']").click()
    page.wait_for_url(re.compile(r"/hotspots\?.*selected=township"))
    wait_until_drawn(page)
    expect(page.locator("#map-panel h2")).to_have_text(name)
