"""Layers as tables for people: CSV, and an Excel workbook that explains its columns."""

from __future__ import annotations

import io
from typing import Any

import geopandas as gpd
import pandas as pd
import xlsxwriter

from app.hotspots.definitions import layer_definitions
from app.takeaway.features import Asked, layer_features
from app.takeaway.fields import field_note, heading
from app.takeaway.source import about
from app.translation import _
from geodata.spreadsheets import SpreadsheetWriter, neutralise

LONGEST_SHEET_NAME = 31
WIDEST_COLUMN = 40


def csv_table(question: Asked, layer: str) -> bytes:
    """Return a layer as CSV, with the byte order mark that Excel looks for."""
    features = layer_features(question, layer)
    text = io.StringIO(newline="")
    writer = SpreadsheetWriter(text)
    writer.writerow(headings(question, layer, features))
    writer.writerows(rows(features))
    return text.getvalue().encode("utf-8-sig")


def workbook(question: Asked, layers: tuple[str, ...]) -> bytes:
    """Return a sheet for each layer, one that explains the columns, and one on the source."""
    file = io.BytesIO()
    # Text stays text: nothing is made a formula, a link or a number by how it looks.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        notes = [[_("工作表"), _("列"), _("单位"), _("含义")]]
        for layer in layers:
            features = layer_features(question, layer)
            name = sheet_name(layer_definitions(question.run)[layer]["title"])
            table = [headings(question, layer, features), *rows(features)]
            _write(book.add_worksheet(name), table, bold)
            notes += [
                [name, str(note.title), str(note.unit), str(note.meaning)]
                for note in (
                    field_note(column, layer, question.run.measure) for column in columns(features)
                )
            ]
        _write(book.add_worksheet(_("列的说明")), notes, bold)
        source = [[_("项目名"), _("内容")], *map(list, about(question, layers))]
        _write(book.add_worksheet(_("来源与方法")), source, bold)
    return file.getvalue()


def columns(features: gpd.GeoDataFrame) -> list[str]:
    """Return the columns of a table: all but the geometry."""
    return [str(name) for name in features.columns if name != features.geometry.name]


def headings(question: Asked, layer: str, features: gpd.GeoDataFrame) -> list[str]:
    """Return the heads of the columns, with units."""
    return [heading(field_note(name, layer, question.run.measure)) for name in columns(features)]


def rows(features: gpd.GeoDataFrame) -> list[list[Any]]:
    """Return the rows; what is not known is empty."""
    lists = [features[name].tolist() for name in columns(features)]
    return [[_known(cell) for cell in row] for row in zip(*lists, strict=True)]


def sheet_name(text: str) -> str:
    """Return a text as Excel takes it for a name of a sheet."""
    return "".join(" " if sign in "[]:*?/\\" else sign for sign in text)[:LONGEST_SHEET_NAME]


def _known(cell: Any) -> Any:
    return None if pd.isna(cell) else cell


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
