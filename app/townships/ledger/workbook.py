"""The ledger as an Excel file in the offices' own shape: one sheet below two lines of headings."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import xlsxwriter
from sqlalchemy import select

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.succession import lineage
from app.townships.governing.item_versions import CASES
from app.townships.governing.models import ListItem, Plan
from app.townships.ledger.asking import LedgerQuery, conditions
from app.townships.ledger.coded import CodedWords
from app.townships.ledger.columns import Column, columns_for
from app.townships.ledger.listing import joined, order_of
from geodata.spreadsheets import neutralise

SHEET, WORDS_SHEET = "清单台账", "选项"

HEADER_LINES = 2

SPARE_ROWS = 500
"""Rows below the last that are ready to be filled in."""

BETWEEN = "、"


def ledger_rows(access: Access, asked: LedgerQuery, today: date) -> list[tuple[ListItem, Plan]]:
    """Return the items that are asked for, each with its plan: all pages."""
    where = conditions(access, asked, lineage(access.database), today)
    query = joined(select(ListItem, Plan).select_from(ListItem)).where(*where)
    with access.database.session() as session:
        found: Any = session.execute(query.order_by(*order_of(asked)))
        return [(item, plan) for item, plan in found]


def ledger_workbook(
    access: Access, rows: Iterable[tuple[ListItem, Plan]], words: CodedWords
) -> bytes:
    """Return items as a workbook; the cases that they came from are for who may read cases.

    Parameters
    ----------
    access : Access
    rows : iterable of (ListItem, Plan)
    words : CodedWords
    """
    columns = columns_for(may_read_cases=access.may(Permission.READ_CASES))
    file = io.BytesIO()
    # Text stays text: nothing is made a formula, a link or a number by how it looks.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet(SHEET)
        _write_header(book, sheet, columns)
        last = _write_rows(book, sheet, columns, (_cells(item, plan, words) for item, plan in rows))
        _offer_words(book, sheet, columns, words, last + SPARE_ROWS)
    return file.getvalue()


def _write_header(book: Any, sheet: Any, columns: Sequence[Column]) -> None:
    shape = {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
    above = book.add_format({**shape, "bg_color": "#dbe5f1"})
    below = book.add_format({**shape, "bg_color": "#eef3f9"})
    at = 0
    for group, members in groupby(columns, key=lambda column: column.group):
        n = len(list(members))
        sheet.merge_range(0, at, 0, at + n - 1, group, above)
        at += n
    for at, column in enumerate(columns):
        sheet.write_string(1, at, column.heading, below)
        sheet.set_column(at, at, column.width)
    sheet.set_row(1, 30)
    sheet.freeze_panes(HEADER_LINES, 0)
    sheet.autofilter(1, 0, 1, len(columns) - 1)


def _write_rows(
    book: Any, sheet: Any, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]
) -> int:
    """Write the rows; returns the number of the last one."""
    top = {"valign": "top"}
    shapes = {
        "day": book.add_format({**top, "num_format": "yyyy-mm-dd"}),
        "long": book.add_format({**top, "text_wrap": True}),
    }
    plain, number = book.add_format(top), HEADER_LINES - 1
    for number, cells in enumerate(rows, HEADER_LINES):
        for at, column in enumerate(columns):
            value = neutralise(cells[column.key])
            if value not in (None, ""):
                sheet.write(number, at, value, shapes.get(column.content, plain))
    return number


def _cells(item: ListItem, plan: Plan, words: CodedWords) -> dict[str, Any]:
    """Return the cells of a row by column."""
    named = {
        column: of.get(getattr(item, column), getattr(item, column))
        for column, of in words.names.items()
    }
    names = words.unit_names
    kept = {column.key: getattr(item, column.key) for column in ListItem.__table__.columns}
    return {
        **kept,
        **named,
        "place": plan.name,
        "year": plan.year,
        "responsible_id": names.get(item.responsible_id or 0, ""),
        "cooperating": BETWEEN.join(names.get(each, "") for each in item.cooperating),
        CASES: BETWEEN.join(item.case_ids),
    }


def _offer_words(
    book: Any, sheet: Any, columns: Sequence[Column], words: CodedWords, last: int
) -> None:
    """Offer the words of coded columns as lists; they stand on a sheet that is hidden."""
    lists = book.add_worksheet(WORDS_SHEET)
    lists.hide()
    for place, (name, offered) in enumerate(words.offered.items()):
        for number, word in enumerate(offered):
            lists.write_string(number, place, str(neutralise(word)))
        at = next((at for at, column in enumerate(columns) if column.key == name), None)
        if at is None or not offered:
            continue
        letter = chr(ord("A") + place)
        source = f"={WORDS_SHEET}!${letter}$1:${letter}${len(offered)}"
        sheet.data_validation(
            HEADER_LINES, at, last, at,
            {"validate": "list", "source": source, "error_title": columns[at].heading,
             "error_message": "请从下拉列表中选择"},
        )  # fmt: skip
