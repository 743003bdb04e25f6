"""Papers as Word files: what stands on them, on A4, in fonts that have Chinese."""

from __future__ import annotations

import io

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm

from app.word_files import Paper, Section, Table, word_file

PAPER = Paper(
    "青石街道治理情况",
    "东区 · 2025 年 3 月",
    (
        Section(
            "三率", ("响应率 91.2%。",), Table(("周期", "得分"), (("3 月", "88.1"), ("4 月", "—")))
        ),
        Section("清单", ("没有事项。",)),
    ),
    ("数据版本 7",),
)  # fmt: skip


def test_all_that_stands_on_the_paper_stands_in_the_file() -> None:
    found = Document(io.BytesIO(word_file(PAPER)))
    texts = [paragraph.text for paragraph in found.paragraphs]
    assert texts == [
        "青石街道治理情况", "东区 · 2025 年 3 月", "三率", "响应率 91.2%。", "清单", "没有事项。",
        "数据版本 7",
    ]  # fmt: skip
    (table,) = found.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["周期", "得分"], ["3 月", "88.1"], ["4 月", "—"],
    ]  # fmt: skip


def test_it_is_a4_and_its_chinese_has_a_font_of_its_own() -> None:
    found = Document(io.BytesIO(word_file(PAPER)))
    page = found.sections[0]
    # Word counts in twentieths of a point.
    assert page.page_width == pytest.approx(Mm(210), abs=635)
    assert page.page_height == pytest.approx(Mm(297), abs=635)
    width = sum(cell.width.mm for cell in found.tables[0].rows[0].cells if cell.width)
    assert width == pytest.approx(210 - 2 * 22, abs=0.1)
    fonts = found.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "宋体"
    assert fonts.get(qn("w:eastAsiaTheme")) is None


def test_nothing_tells_who_made_it_or_when() -> None:
    about = Document(io.BytesIO(word_file(PAPER))).core_properties
    assert (about.author, about.comments, about.last_modified_by) == ("", "", "")
    assert about.created.year == 2000


def test_a_row_that_does_not_fit_its_header_is_a_bug() -> None:
    bad = Paper("表", sections=(Section("表", table=Table(("甲", "乙"), (("一",),))),))
    with pytest.raises(ValueError, match="zip"):
        word_file(bad)


def test_characters_that_xml_has_not_are_left_out() -> None:
    paper = Paper(
        "表\x00格", sections=(Section("一\x0b", ("甲\x1f乙",), Table(("头\x08",), (("格",),))),)
    )
    found = Document(io.BytesIO(word_file(paper)))
    assert [each.text for each in found.paragraphs] == ["表格", "一", "甲乙"]
    assert found.tables[0].rows[0].cells[0].text == "头"


def test_figures_stand_to_the_right_and_columns_keep_their_widths() -> None:
    rows = (("三月", "88.1", "— / 232", "2025-03-01"), ("四月", "–", "12 / 232", "2025-04-01"))
    table = Table(("周期", "得分", "名次", "日期"), rows, (2, 1, 1, 2), (1, 2))
    found = Document(io.BytesIO(word_file(Paper("表", sections=(Section("表", table=table),)))))
    (made,) = found.tables
    right = [
        [cell.paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.RIGHT for cell in row.cells]
        for row in made.rows
    ]
    assert right == [[False, True, True, False]] * 3
    shares = [column.width.mm / (210 - 2 * 22) for column in made.columns]
    assert shares == pytest.approx([2 / 6, 1 / 6, 1 / 6, 2 / 6], abs=0.01)


def test_a_row_stands_whole_on_one_sheet() -> None:
    found = Document(io.BytesIO(word_file(PAPER)))
    for number, row in enumerate(found.tables[0].rows):
        told = {each.tag for each in row._tr.trPr}
        assert qn("w:cantSplit") in told
        assert (qn("w:tblHeader") in told) == (number == 0)
