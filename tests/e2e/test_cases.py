"""Cases by upload: progress, the report, the rejected rows, and files that are refused."""

from __future__ import annotations

import csv
import re
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect

from tests.conftest import run_suyuan
from tests.e2e.views import View

pytestmark = pytest.mark.browser

CHINESE = re.compile("[\u4e00-\u9fff]")
HEADERS = (
    "工单编号", "来电时间", "问题分类", "主要内容", "被反映区", "被反映街乡镇", "小区点位",
    "承办单位", "办结时间", "是否有效回访", "是否联系", "是否解决", "是否满意", "经度", "纬度",
)  # fmt: skip
FIRST_ROW = 5
"""Row of the first case, as a person sees it: three title rows and the header stand above."""

UNREADABLE = "去年夏天"


def write_work_orders(path: Path, prefix: str) -> Path:
    """Four good work orders and one, the third, whose time cannot be read."""
    rows = [
        (
            f"{prefix}-{i}",
            UNREADABLE if i == 2 else f"2025年12月{i + 1}日 8时5分",
            "物业管理/停车管理", "小区车位不足,请协调", "云桥区", "雁渡街道", "雁渡花园",
            "雁渡街道办事处", "2025/12/30 9:00", "是", "是", "否", "不满意",
            None if i == 4 else 82.9988, None if i == 4 else 39.0091,
        )
        for i in range(5)
    ]  # fmt: skip
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("工单")
        sheet.write(0, 0, "安和市市民热线工单导出表")
        sheet.write(1, 0, "导出单位：热线办")
        sheet.write_row(FIRST_ROW - 2, 0, HEADERS)
        for i, row in enumerate(rows):
            sheet.write_row(FIRST_ROW - 1 + i, 0, row)
    return path


def upload(page: Page, file: Path) -> list[str]:
    """Hand a file over and give the addresses that the page went through, as they come."""
    visited: list[str] = []
    page.on("framenavigated", lambda frame: visited.append(frame.url))
    page.goto("/cases/import")
    page.locator("[name=profile]").select_option("workorder12345")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("main form .btn-primary").click()
    return visited


def test_an_upload_is_imported_and_its_bad_row_told(
    working_page: Page, view: View, tmp_path: Path
) -> None:
    page = working_page
    file = write_work_orders(tmp_path / "十二月工单.xlsx", f"E2E-{view}")
    visited = upload(page, file)
    page.wait_for_url("**/cases/batches/*", timeout=60_000)
    assert any(re.search(r"/jobs/\w+/watch$", url) for url in visited)

    figures = page.locator(".figures dd").all_inner_texts()
    assert figures == ["4", "0", "0", "0", "1"], "accepted, updated, unchanged, outdated, rejected"
    expect(page.locator(".page-lead")).to_contain_text("十二月工单.xlsx")
    expect(page.locator(".balance-sum")).to_have_text(re.compile(r"4.*3.*1"))
    cells = page.locator("main table tbody tr").first.locator("td").all_inner_texts()
    assert cells[0] == str(FIRST_ROW + 2)
    assert cells[1] == f"E2E-{view}-2"
    assert cells[3] == UNREADABLE
    reason = cells[4].removeprefix("来电时间")  # the column as the file names it
    assert bool(CHINESE.search(reason)) == (view.language != "en")

    with page.expect_download() as download:
        page.locator("a[download]").first.click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as opened:
        (reject,) = csv.DictReader(opened)
    assert (reject["field"], reject["value"]) == ("received_at", UNREADABLE)
    assert reject["reason_zh"]
    assert reject["reason_en"]

    page.goto("/cases/batches")
    expect(page.locator("main tbody tr").first).to_contain_text("十二月工单.xlsx")


def test_a_zip_renamed_to_xlsx_is_refused_in_one_line(
    working_page: Page, working_home: Path, view: View, tmp_path: Path
) -> None:
    before = run_suyuan(working_home, "cases", "count")
    file = tmp_path / "orders.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    upload(working_page, file)
    told = working_page.locator("#job .alert-danger p")
    expect(told).to_contain_text("orders.xlsx", timeout=60_000)
    line = told.inner_text()
    assert "\n" not in line
    assert bool(CHINESE.search(line)) == (view.language != "en"), line
    after = run_suyuan(working_home, "cases", "count")
    assert {**after, "seconds": 0} == {**before, "seconds": 0}
    assert not any((working_home / "uploads").iterdir()), "an upload is deleted, however it ends"


def test_what_is_no_table_is_refused_at_once(
    working_page: Page, view: View, tmp_path: Path
) -> None:
    page, file = working_page, tmp_path / "photo.png"
    file.write_bytes(b"\x89PNG")
    upload(page, file)
    expect(page.get_by_role("alert").filter(has_text="photo.png")).to_be_visible()
    assert bool(CHINESE.search(page.locator("h1").inner_text())) == (view.language != "en")


def test_a_form_without_a_file_says_so(working_page: Page) -> None:
    page = working_page
    page.goto("/cases/import")
    page.locator("main form .btn-primary").click()
    expect(page.locator(".field-error")).to_be_visible()


def test_cases_are_listed_by_what_is_asked_for(page: Page) -> None:
    page.goto("/cases")
    all_cases = page.locator("#list-title").inner_text()
    page.locator("#filter-location").select_option("township_only")
    page.wait_for_url("**location=township_only**")
    fewer = page.locator("#list-title").inner_text()
    count, whole = (int(re.sub(r"\D", "", text)) for text in (fewer, all_cases))
    assert 0 < count < whole
    shown = page.locator("main tbody tr").count()
    assert 0 < shown <= count
    page.locator("a[rel=next]").click()
    page.wait_for_url("**page=2**")
    assert "location=township_only" in page.url
