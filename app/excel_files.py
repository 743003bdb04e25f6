"""Tables as Excel workbooks for offices that fill them in or pass them on."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from flask import Response

from geodata.spreadsheets import neutralise

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

WIDEST_COLUMN = 40
LONGEST_SHEET_NAME = 31
ROWS_MEASURED = 100
"""By so many rows the width of a column is chosen."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, the headings and the rows below them."""

    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]


def excel_file(sheets: Sequence[Sheet]) -> bytes:
    """Return a workbook in which text stays text: no cell is a formula or a link by its looks."""
    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        for sheet in sheets:
            name = "".join(" " if sign in "[]:*?/\\" else sign for sign in sheet.name)
            _write(book.add_worksheet(name[:LONGEST_SHEET_NAME]), sheet, bold)
    return file.getvalue()


def send_excel(sheets: Sequence[Sheet], name: str) -> Response:
    """Answer with a workbook as a file of a name, without its ending."""
    response = Response(excel_file(sheets), mimetype=MEDIA_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.xlsx")
    response.headers["Cache-Control"] = "no-store"
    return response


def _write(page: Any, sheet: Sheet, bold: Any) -> None:
    for column, heading in enumerate(sheet.headings):
        page.write(0, column, neutralise(heading), bold)
        seen = [heading, *(row[column] for row in sheet.rows[:ROWS_MEASURED])]
        page.set_column(column, column, min(WIDEST_COLUMN, max(map(_width, seen)) + 2))
    for at, row in enumerate(sheet.rows, start=1):
        for column, cell in enumerate(row):
            page.write(at, column, neutralise(cell))
    page.freeze_panes(1, 0)


def _width(cell: Any) -> int:
    """Return how much room a cell takes: a Chinese sign takes that of two letters."""
    return sum(2 if ord(sign) > 0x2E80 else 1 for sign in str("" if cell is None else cell))
