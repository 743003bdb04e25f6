"""A file that no profile knows, mapped by keyboard and eye, saved and imported."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect

from tests.e2e.views import View

pytestmark = pytest.mark.browser

HEADERS = ["流水", "发生", "打来", "说的事", "X", "Y", "处理完没"]


def write_unknown(path: Path, prefix: str) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("来件")
        sheet.merge_range(0, 0, 0, 6, "某科室来件登记")
        # Headers of their own: a profile saved by another view must not know them.
        sheet.write_row(1, 0, [f"{header}{prefix}" for header in HEADERS])
        for i in range(6):
            row = [f"{prefix}-{i:03d}", "下周" if i == 4 else f"2025/12/{i + 1} 8:05"]
            row += [f"1380000123{i}", "路灯不亮，打13800001234", 82.99881, 39.00912]
            sheet.write_row(2 + i, 0, [*row, ["搞定", "没搞定"][i % 2]])
    return path


def test_unknown_columns_are_mapped_saved_and_imported(
    working_page: Page, view: View, tmp_path: Path
) -> None:
    page, name = working_page, f"e2e-{view}"
    page.goto("/cases/import")
    page.locator("input[type=file]").set_input_files(write_unknown(tmp_path / "来件.xlsx", name))
    page.locator("main form .btn-primary").click()
    page.wait_for_url("**/cases/mapping/*")

    expect(page.locator("#column-0")).to_have_value("case_id")
    expect(page.locator("#column-2")).to_have_value("caller")
    expect(page.locator("main")).not_to_contain_text("1380000123")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= view.width, f"scrolls sideways: {width} px"

    # By keyboard: a field is chosen by typing, the preview asked for with Enter.
    page.locator("#column-6").focus()
    page.locator("#column-6").select_option("resolved")
    page.locator("button[value=preview]").focus()
    page.keyboard.press("Enter")
    # Words without a meaning: every row that has one would be refused.
    expect(page.locator(".preview-table .is-refused")).to_have_count(6)
    answers = {"搞定": "yes", "没搞定": "no"}
    for number in range(2):
        word = page.locator(f"label[for=word-resolved-{number}]").inner_text()
        page.locator(f"#word-resolved-{number}").select_option(answers[word])
    page.locator("button[value=preview]").click()
    expect(page.locator(".preview-table .is-refused")).to_have_count(1)
    expect(page.locator(".preview-table tbody tr")).to_have_count(6)

    page.locator("#name").fill(name)
    page.locator("button[value=import]").click()
    page.wait_for_url("**/cases/batches/*", timeout=60_000)
    figures = page.locator(".figures dd").all_inner_texts()
    assert figures == ["5", "0", "0", "0", "1"], "accepted, updated, unchanged, outdated, rejected"

    page.goto("/cases/profiles")
    expect(page.locator("tr", has_text=name)).to_have_count(1)
    page.goto("/cases/import")
    expect(page.locator(f"[name=profile] option[value={name!r}]")).to_have_count(1)
