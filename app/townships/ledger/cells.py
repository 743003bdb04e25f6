"""One cell of the ledger's file as the value of an item's column."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from app.townships.governing.item_form import case_ids_of
from app.townships.ledger.coded import CodedWords
from app.townships.ledger.columns import Column
from geodata.spreadsheets import neutralise

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]0?0:00(?::00)?)?")
_BETWEEN_UNITS = re.compile(r"[、,，;；\n]+")

LARGEST_WHOLE = 10**12


class WrongCell(Exception):  # noqa: N818 - it says what is wrong, as those of app.errors do
    """A cell that will not do: the rule that it breaks, in both languages."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english, chinese)
        self.english, self.chinese = english, chinese


def read_cell(column: Column, cell: Any, words: CodedWords) -> Any:
    """Return what a cell says; of an empty one what an item has that says nothing.

    Raises
    ------
    WrongCell
        It breaks a rule.
    """
    if cell is None:
        return _EMPTY.get(column.key, _NOTHING.get(column.content))
    return _READERS[column.content](column, cell, words)


_NOTHING: Mapping[str, Any] = {"text": "", "long": "", "cases": [], "units": []}
_EMPTY: Mapping[str, Any] = {
    "class_1": None, "support_level": "", "support_kind": "", "priority": "", "progress_word": "",
}  # fmt: skip
"""Of columns that hold something else than others of their content."""


def text_of(cell: Any) -> str:
    """Return a cell as text, without the mark that keeps a text from being a formula.

    Examples
    --------
    >>> text_of("'=1+1"), text_of(3.0), text_of("'tis")
    ('=1+1', '3', "'tis")
    """
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    text = str(cell).strip()
    is_marked = text.startswith("'") and neutralise(text[1:]) != text[1:]
    return text[1:] if is_marked else text


def _text(column: Column, cell: Any, _words: CodedWords) -> Any:
    text = text_of(cell)
    return (text or None) if column.key == "class_1" else text


def _number(_column: Column, cell: Any, _words: CodedWords) -> float:
    text = cell if isinstance(cell, int | float) else text_of(cell).replace(",", "")
    try:
        value = float(text)
    except ValueError:
        raise WrongCell("is no number", "应为数字") from None
    if isinstance(cell, bool) or not math.isfinite(value):
        raise WrongCell("is no number", "应为数字")
    return value


def _whole(column: Column, cell: Any, words: CodedWords) -> int:
    try:
        value = _number(column, cell, words)
    except WrongCell:
        value = math.nan
    if not (value.is_integer() and 0 <= value < LARGEST_WHOLE):
        raise WrongCell("is no whole number of 0 or more", "应为不小于 0 的整数")
    return int(value)


def _day(_column: Column, cell: Any, _words: CodedWords) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = _DAY.fullmatch(text_of(cell)) if isinstance(cell, str) else None
    if found is not None:
        with contextlib.suppress(ValueError):
            return date(*(int(part) for part in found.groups()))
    raise WrongCell("is no day such as 2025-06-30", "应为日期，如 2025-06-30")


def _code(column: Column, cell: Any, words: CodedWords) -> str:
    code = words.codes[column.key].get(text_of(cell))
    if code is None:
        offered = words.offered[column.key]
        raise WrongCell(f"is none of {', '.join(offered)}", f"应为{'、'.join(offered)}之一")
    return code


def _unit(_column: Column, cell: Any, words: CodedWords) -> int:
    return _unit_called(text_of(cell), words)


def _units(_column: Column, cell: Any, words: CodedWords) -> list[int]:
    names = [each.strip() for each in _BETWEEN_UNITS.split(text_of(cell))]
    return list(dict.fromkeys(_unit_called(each, words) for each in names if each))


def _unit_called(name: str, words: CodedWords) -> int:
    found = words.units_called.get(name, [])
    if len(found) == 1:
        return found[0]
    if found:
        raise WrongCell(
            f"{len(found)} units are called {name!r}", f"有 {len(found)} 个单位叫“{name}”"
        )
    raise WrongCell(f"no unit of the register is called {name!r}", f"单位库中没有“{name}”")


def _cases(_column: Column, cell: Any, _words: CodedWords) -> list[str]:
    return case_ids_of(text_of(cell))


_READERS: Mapping[str, Callable[[Column, Any, CodedWords], Any]] = {
    "text": _text, "long": _text, "number": _number, "whole": _whole, "day": _day, "code": _code,
    "unit": _unit, "units": _units, "cases": _cases,
}  # fmt: skip
