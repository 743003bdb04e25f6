"""Layers as tables for people: CSV, and an Excel workbook that explains its columns."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from app.takeaway.taken_layer import About, TakenLayer
from app.translation import _
from geodata.spreadsheets import SpreadsheetWriter, neutralise

LONGEST_SHEET_NAME = 31
WIDEST_COLUMN = 40


def csv_table(layer: TakenLayer) -> bytes:
    """Return a layer as CSV, with the byte order mark that Excel looks for."""
    text = io.StringIO(newline="")
    writer = SpreadsheetWriter(text)
    writer.writerow(layer.headings)
    writer.writerows(layer.rows)
    return text.getvalue().encode("utf-8-sig")


def workbook(layers: Sequence[TakenLayer], about: About) -> bytes:
    """Return a sheet for each layer, one that explains the columns, and one on the source."""
    file = io.BytesIO()
    # Text stays text: nothing is made a formula, a link or a number by how it looks.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        notes = [[_("工作表"), _("列"), _("单位"), _("含义")]]
        for layer in layers:
            name = sheet_name(layer.title)
            _write(book.add_worksheet(name), [layer.headings, *layer.rows], bold)
            notes += [
                [name, str(note.title), str(note.unit), str(note.meaning)]
                for note in map(layer.notes.__getitem__, layer.columns)
            ]
        _write(book.add_worksheet(_("列的说明")), notes, bold)
        source = [[_("项目名"), _("内容")], *map(list, about)]
        _write(book.add_worksheet(_("来源与方法")), source, bold)
    return file.getvalue()


def sheet_name(text: str) -> str:
    """Return a text as Excel takes it for a name of a sheet."""
    return "".join(" " if sign in "[]:*?/\\" else sign for sign in text)[:LONGEST_SHEET_NAME]


def _write(sheet: Any, table: list[list[Any]], bold: Any) -> None:
    for at, row in enumerate(table):
        for column, cell in enumerate(row):
            sheet.write(at, column, neutralise(cell), bold if at == 0 else None)
    sheet.freeze_panes(1, 0)
    for column, cells in enumerate(zip(*table[:50], strict=True)):
        widest = max(_width(cell) for cell in cells)
        sheet.set_column(column, column, min(WIDEST_COLUMN, widest + 2))


def _width(cell: Any) -> int:
    """Return how much room a cell takes: a Chinese sign takes that of two letters."""
    return sum(2 if ord(sign) > 0x2E80 else 1 for sign in str("" if cell is None else cell))
