"""Candidates: townships in order, each score the sum of what made it, and a sheet for each."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import run_suyuan
from tests.e2e.views import DESK_ZH, wait_until_drawn

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


@dataclass(frozen=True)
class Row:
    """A township as the table shows it, or as it should."""

    code: str
    rank: int
    score: float
    points: tuple[float, ...]


def table(page: Page) -> list[Row]:
    """Read the rows in their order; what a phone folds away is read too."""
    read = """rows => rows.map(row => [row.dataset.code, ...[".rank", ".score", "td.points"].map(
        each => [...row.querySelectorAll(each)].map(cell => Number(cell.textContent)))])"""
    return [
        Row(code, rank, score, tuple(points))
        for code, (rank,), (score,), points in page.locator(ROWS).evaluate_all(read)
    ]


def board_of(page: Page) -> dict[str, Any]:
    """Read what the page's script reckons with."""
    told: dict[str, Any] = json.loads(page.locator("#board-data").inner_text())
    return told


def by_hand(board: dict[str, Any], weights: dict[str, float]) -> list[Row]:
    """Score and rank: 100 × Σ weight × standing / Σ weight of what is known of a township."""
    known = [sum(each is not None for each in column) for column in board["standings"]]
    scored = []
    for at, code in enumerate(board["codes"]):
        ranks = [column[at] for column in board["standings"]]
        own = [weights[key] for key in board["keys"]]
        whole = sum(w for w, rank in zip(own, ranks, strict=True) if rank is not None)
        points = [0.0] * (1 + max(board["groups"]))
        for group, w, rank, n in zip(board["groups"], own, ranks, known, strict=True):
            points[group] += 0 if rank is None else 100 * w / whole * (rank - 1) / (2 * n)
        scored.append((code, round(sum(points), 9), tuple(points)))
    ordered = sorted(scored, key=lambda each: (-each[1], each[0]))
    scores = [score for _code, score, _points in ordered]
    return [Row(code, 1 + scores.index(score), score, points) for code, score, points in ordered]


def assert_shows(rows: list[Row], expected: list[Row], tolerance: float = ROUNDING) -> None:
    """Compare order and ranks exactly, figures to what is shown of them.

    Page and server each round their own sums, so that their last figures may differ by one.
    """
    assert [(row.code, row.rank) for row in rows] == [(row.code, row.rank) for row in expected]
    for row, truth in zip(rows, expected, strict=True):
        assert row.score == pytest.approx(truth.score, abs=tolerance + 1e-6)
        assert row.points == pytest.approx(truth.points, abs=tolerance + 1e-6)
        assert sum(row.points) == pytest.approx(row.score, abs=ROUNDING * (len(row.points) + 1))


@pytest.mark.parametrize("view", [DESK_ZH], indirect=True, ids=str)
def test_sliders_rank_anew_at_once_as_the_server_does(page: Page) -> None:
    """With the network cut, so that nothing but the page can have ranked."""
    page.goto("/townships")
    # Not before: the sliders are listened to from then on, and nothing is fetched any more.
    page.wait_for_selector(".candidate-map[data-ready='1']", timeout=60_000)
    board, first, plain = board_of(page), table(page), page.url
    weights = {key: 100 * each for key, each in zip(board["keys"], board["defaults"], strict=True)}
    assert_shows(first, by_hand(board, weights))

    page.context.set_offline(True)
    first_key, *_others, near, last_key = board["keys"]
    page.locator(f"#w-{first_key}").fill("0")
    page.locator(f"#w-{last_key}").fill("80")
    weights |= {first_key: 0, last_key: 80}
    moved = table(page)
    assert [row.code for row in moved] != [row.code for row in first]
    assert_shows(moved, by_hand(board, weights))
    share = figure(page.locator(f"output[data-key={last_key}]"))
    assert share == pytest.approx(8000 / sum(weights.values()), abs=ROUNDING + 1e-6)

    page.locator(f"#w-{last_key}").press("ArrowLeft")
    page.locator(f"#w-{near}").press("End")
    weights |= {last_key: 79.5, near: 100}
    assert page.locator(f"#w-{last_key}").input_value() == "79.5"
    keyed, address = table(page), page.url
    assert keyed != moved
    assert_shows(keyed, by_hand(board, weights))
    expect(page.locator(".candidate-table tbody.is-stale")).to_be_attached()

    page.locator("[data-reset]").click()
    assert_shows(table(page), first, tolerance=2 * ROUNDING)
    assert "w_" not in page.url
    assert page.locator(".candidate-table tbody.is-stale").count() == 0
    sliders = page.locator("#what-if input[type=range]")
    sliders.evaluate_all("all => all.forEach(each => { each.value = '0'; })")
    sliders.first.dispatch_event("input")
    expect(page.locator("#what-if-none")).to_be_visible()

    page.context.set_offline(False)
    page.goto(address)
    assert page.url != plain
    assert_shows(table(page), keyed, tolerance=2 * ROUNDING)
