"""Pages as Word files: A4, headings, paragraphs, tables and pictures, for offices that edit them.

Views say what stands on the paper; how it looks is decided here alone.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from flask import Response

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

A4 = (210, 297)
"""Width and height of the paper in millimetres."""

MARGIN = 22
"""Of each side, in millimetres."""

LATIN_FONT, CHINESE_FONT = "Times New Roman", "宋体"
CHINESE_HEADING_FONT = "黑体"

TEXT_SIZE, TABLE_SIZE, SOURCE_SIZE = 10.5, 9, 8.5
"""In points; 10.5 is the size five 五号 of office papers."""

CELL_MARGIN = 40
"""Above and below the text of a cell, in twentieths of a point."""

HEADER_FILL = "EEF2F7"

NOT_IN_XML = dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF])

UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands as the day of making: the same page gives the same document."""


@dataclass(frozen=True)
class Table:
    """A table with a header that repeats on each sheet.

    Attributes
    ----------
    header : tuple of str
    rows : tuple of tuple of str
        As many cells each as the header has.
    shares : tuple of float
        Widths of the columns beside one another; alike where not given.
    figures : collection of int
        Numbers of the columns of figures, from 0 on: they stand to the right.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...] = ()
    figures: Collection[int] = ()


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it, in this order: paragraphs, table, picture (PNG)."""

    title: str
    paragraphs: tuple[str, ...] = ()
    table: Table | None = None
    picture: bytes | None = None


@dataclass(frozen=True)
class Paper:
    """What stands on a paper.

    Attributes
    ----------
    title, lead : str
    sections : tuple of Section
    sources : tuple of str
        From what it was made; printed small at the end.
    """

    title: str
    lead: str = ""
    sections: tuple[Section, ...] = ()
    sources: tuple[str, ...] = field(default=())


def word_file(paper: Paper) -> bytes:
    """Return a paper as the bytes of a ``.docx`` file; characters that XML has not are left out."""
    document = Document()
    _lay_out(document)
    document.core_properties.title = _allowed(paper.title)
    document.core_properties.author = ""
    document.core_properties.comments = ""
    document.core_properties.created = document.core_properties.modified = UNDATED
    title = document.add_heading(_allowed(paper.title), level=0)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if paper.lead:
        document.add_paragraph(_allowed(paper.lead)).alignment = WD_ALIGN_PARAGRAPH.CENTER
    for section in paper.sections:
        _add_section(document, section)
    for line in paper.sources:
        source = document.add_paragraph(_allowed(line))
        source.paragraph_format.space_before = Pt(SOURCE_SIZE)
        _size(source, SOURCE_SIZE)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def send_word(paper: Paper, name: str) -> Response:
    """Answer with a paper as a file of a name, without its ending."""
    response = Response(word_file(paper), mimetype=MEDIA_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.docx")
    response.headers["Cache-Control"] = "no-store"
    return response


def _lay_out(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(A4[0]), Mm(A4[1])
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Mm(MARGIN))
    for name in ("Normal", "Title", "Heading 1"):
        style = document.styles[name]
        style.font.name = LATIN_FONT
        chinese = CHINESE_FONT if name == "Normal" else CHINESE_HEADING_FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), chinese)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            # A font of the theme would win over the one that is named.
            fonts.attrib.pop(qn(f"w:{theme}"), None)
    document.styles["Normal"].font.size = Pt(TEXT_SIZE)
    document.styles["Title"].font.size = Pt(18)
    document.styles["Heading 1"].font.size = Pt(13)
    _number_pages(section.footer.paragraphs[0])


def _number_pages(paragraph: Any) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    # The library has no page numbers of its own.
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        if kind is None:
            part = OxmlElement("w:instrText")
            part.text = text
        else:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        run._r.append(part)


def _add_section(document: Any, section: Section) -> None:
    document.add_heading(_allowed(section.title), level=1)
    for text in section.paragraphs:
        document.add_paragraph(_allowed(text))
    if section.table is not None:
        _add_table(document, section.table)
    if section.picture is not None:
        document.add_picture(io.BytesIO(section.picture), width=Mm(A4[0] - 2 * MARGIN))


def _add_table(document: Any, table: Table) -> None:
    n = len(table.header)
    made = document.add_table(rows=1, cols=n, style="Table Grid")
    made.autofit = False
    _give_room(made)
    _fill(made.rows[0], table.header)
    _mark_header(made.rows[0])
    for row in table.rows:
        _fill(made.add_row(), row)
    shares = table.shares or (1.0,) * n
    whole = (A4[0] - 2 * MARGIN) / sum(shares)
    for at, (column, share) in enumerate(zip(made.columns, shares, strict=True)):
        # Word goes by the cells, others by the column.
        column.width = Mm(whole * share)
        for cell in column.cells:
            cell.width = Mm(whole * share)
            if at in table.figures:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _give_room(table: Any) -> None:
    """Keep text off the lines above and below it."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("top", "bottom"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(CELL_MARGIN))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    # The order of these is fixed: margins stand before what the style looks like.
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    look.addprevious(margins)


def _mark_header(row: Any) -> None:
    """Let a row stand on each sheet, bold on grey."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell in row.cells:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", HEADER_FILL)):
            shade.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(shade)
        for run in cell.paragraphs[0].runs:
            run.font.bold = True


def _fill(row: Any, texts: Sequence[str]) -> None:
    """Write the cells of a row, which no end of a sheet cuts in two."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, text in zip(row.cells, texts, strict=True):
        cell.text = _allowed(text)
        _size(cell.paragraphs[0], TABLE_SIZE)


def _size(paragraph: Any, points: float) -> None:
    for run in paragraph.runs:
        run.font.size = Pt(points)


def _allowed(text: str) -> str:
    return text.translate(NOT_IN_XML)
