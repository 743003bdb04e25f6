"""A project: made at a point of the map, moved on to its end, and followed by its cases."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from deltalake import DeltaTable
from playwright.sync_api import Page, expect

from tests.e2e.views import DESK_ZH, View, wait_until_drawn

pytestmark = pytest.mark.browser

RADIUS_M = 200
STATUSES = {
    "zh_Hans": {
        "draft": "草稿", "submitted": "已提交", "approved": "已批准", "under_way": "实施中",
        "claimed_done": "报完成",
    },
    "en": {
        "draft": "Draft", "submitted": "Submitted", "approved": "Approved",
        "under_way": "Under way", "claimed_done": "Claimed done",
    },
}  # fmt: skip
ON_MAP = {
    "zh_Hans": {"under_way": "进行中", "claimed_done": "已完成"},
    "en": {"under_way": "Under way", "claimed_done": "Done"},
}


@pytest.fixture
def point(working_home: Path, demo_run: str, view: View) -> dict[str, Any]:
    """A point with many reports, another one for each view, none of them the first project's."""
    points = pl.read_parquet(working_home / "runs" / demo_run / "points.parquet").sort("reports")
    taken = json.loads((working_home / "demo.json").read_text("utf-8"))["project"]
    assert taken == 1
    return points.row(-8 if view == DESK_ZH else -9, named=True)


def cases_by_month(home: Path, lng: float, lat: float, radius_m: float) -> dict[str, int]:
    """Count the stored cases within a distance, month by month, on a plane about the place."""
    cases = pl.DataFrame(
        DeltaTable(home / "cases").to_pyarrow_table(columns=["lng", "lat", "located", "month"])
    ).filter("located")
    metres = 111_195.0
    east = (cases["lng"].to_numpy() - lng) * metres * np.cos(np.radians(lat))
    north = (cases["lat"].to_numpy() - lat) * metres
    near = cases.filter(np.hypot(east, north) <= radius_m)
    return dict(near.group_by("month").len().iter_rows())


def make_project(page: Page, run: str, point: dict[str, Any], name: str) -> None:
    """Choose the point on the map, go to the form from there, fill it in and hand it over."""
    page.goto(f"/hotspots?run={run}&selected=point:{point['id']}")
    wait_until_drawn(page)
    page.locator("#make-project").click()
    for field, value in {
        "name": name,
        "owner": "宁桥街道办事处",
        "planned_start": "2025-10-01",
        "planned_end": "2026-03-31",
        "target_per_month": "4",
        "radius_m": str(RADIUS_M),
    }.items():
        page.locator(f"[name={field}]").fill(value)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/projects/\d+$"))


def move_on(page: Page, status: str, day: str) -> None:
    page.locator("[name=on]").fill(day)
    page.locator(f"button[name=state][value={status}]").click()
    expect(page.locator(f".page-lead [data-status={status}]")).to_be_visible()


def expect_status(page: Page, view: View, status: str) -> None:
    expect(page.locator(".page-lead .status")).to_have_text(STATUSES[view.language][status])


def expect_on_map(page: Page, view: View, point: dict[str, Any], name: str, status: str) -> None:
    """A click at the point finds the project, with its status."""
    page.goto(f"/hotspots?layer=projects&view=16/{point['lat']}/{point['lng']}")
    wait_until_drawn(page)
    page.locator("#map").click()
    panel = page.locator("#map-panel")
    expect(panel.locator("h2")).to_have_text(name)
    expect(panel).to_contain_text(ON_MAP[view.language][status])


def test_a_project_from_point_to_done(
    working_page: Page, working_home: Path, demo_run: str, point: dict[str, Any], view: View
) -> None:
    page, name = working_page, f"{point['name']}整治 {view}"
    make_project(page, demo_run, point, name)
    own = page.url
    expect(page.locator("h1")).to_have_text(name)
    expect_status(page, view, "draft")

    for status in ("submitted", "approved", "under_way"):
        move_on(page, status, "2025-10-01")
    expect_status(page, view, "under_way")
    expect_on_map(page, view, point, name, "under_way")
    page.locator("#map-panel .panel-actions a.btn-primary").click()
    page.wait_for_url(own)

    move_on(page, "claimed_done", "2025-11-30")
    expect_status(page, view, "claimed_done")
    expect(page.locator("main")).to_contain_text("2025-11-30")
    expect_on_map(page, view, point, name, "claimed_done")

    page.goto("/projects?status=claimed_done")
    expect(page.get_by_role("link", name=name)).to_be_visible()

    page.goto(own)
    wait_until_drawn(page)
    shown = json.loads(page.locator("#trend-data").inner_text())
    counted = cases_by_month(working_home, point["lng"], point["lat"], RADIUS_M)
    assert sum(counted.values()) > 0
    assert dict(zip(shown["labels"], shown["count"], strict=True)) == {
        label: counted.get(label, 0) for label in shown["labels"]
    }
    assert shown["target"] == 4
    assert [mark["at"] for mark in shown["marks"]] == ["2025-10", "2025-11"]


def test_a_form_with_faults_comes_back_with_what_was_written(
    working_page: Page, view: View
) -> None:
    page = working_page
    page.goto("/projects/new?lng=83.0&lat=39.0")
    page.locator("[name=name]").fill("没有责任单位")
    page.locator("[name=planned_start]").fill("2025-10-01")
    page.locator("[name=planned_end]").fill("2025-09-01")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("#owner-error")).to_be_visible()
    expect(page.locator("#planned_end-error")).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value("没有责任单位")
    errors = " ".join(page.locator(".field-error").all_inner_texts())
    assert bool(re.search("[\u4e00-\u9fff]", errors)) == (view.language != "en")


FALLING = ("观澜府", "红柳二区", "杏林雅居")
"""Points of the sample city at which work did nothing, in townships that fell by themselves."""


def test_a_fall_that_all_share_is_no_success_and_one_of_its_own_is(page: Page, view: View) -> None:
    page.goto("/projects/effects")
    rows = page.locator("tr[data-verdict]")
    own = [rows.filter(has_text=name) for name in FALLING]
    shared = [row for row in own if row.get_attribute("data-verdict") == "no_sign"]
    assert len(shared) >= 2
    success = page.locator("tr[data-verdict=fell] a").first
    success.click()
    expect(page.locator("[data-verdict=fell]")).to_be_visible()
    left = []
    for row in shared:
        page.goto("/projects/effects")
        row.locator("a").first.click()
        expect(page.locator("[data-verdict=no_sign]")).to_be_visible()
        before, since = (
            float(page.locator(".figures dd").nth(at).inner_text().split()[0]) for at in (0, 1)
        )
        left.append(since / before)
    assert max(left) < 1
    assert min(left) < 0.5
