"""The sheet of a ledger's file: where its headings stand, in one line or two, and its rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.townships.ledger.columns import COLUMNS, Column
from geodata.errors import MissingColumn, UnreadableFile
from geodata.reading.workbooks import peek_workbook

MOST_ROWS = 5_000
HEADER_SEARCH_ROWS = 12
LEAST_HEADINGS = 2
"""A line with fewer known headings is none of headings."""

_NO_PART = re.compile(r"[\s*＊：:]+")


@dataclass(frozen=True)
class LedgerSheet:
    """What was read of a file.

    Attributes
    ----------
    columns : mapping of str to Column
        Those that the file has, by key.
    headings : mapping of str to str
        Their headings as the file writes them.
    ignored : tuple of str
        Headings that are none of the ledger's.
    rows : tuple of (int, dict)
        Number of the row as Excel shows it, and its cells by key: text, number, day or None.
    """

    columns: Mapping[str, Column]
    headings: Mapping[str, str]
    ignored: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, Any]], ...]


def read_ledger(path: Path, columns: Sequence[Column] = COLUMNS) -> LedgerSheet:
    """Read the first sheet of a workbook that has the ledger's headings.

    Raises
    ------
    UnreadableFile
        It is no workbook, has no or too many rows, or a heading twice.
    MissingColumn
        No sheet has a line of headings with 事项.
    """
    most = MOST_ROWS + HEADER_SEARCH_ROWS + 1
    sheets = [each for each in peek_workbook(path, most) if not each.hidden]
    for sheet in sheets:
        found = _find_header(sheet.rows, columns)
        if found is not None:
            at, names = found
            return _read(path.name, sheet.rows, at, names, columns)
    raise MissingColumn(
        f"{path.name}: no line of headings with “事项” and another column of the ledger in its "
        f"first {HEADER_SEARCH_ROWS} rows",
        f"{path.name}：前 {HEADER_SEARCH_ROWS} 行中没有找到表头；表头应有“事项”和台账的其他列",
    )


def _find_header(
    rows: Sequence[Sequence[Any]], columns: Sequence[Column]
) -> tuple[int, list[str]] | None:
    """Return the last line of the headings, and what stands above each column.

    Of cells that were merged over both lines, the upper one holds the text.
    """
    known = {name for column in columns for name in _names(column)}
    best: tuple[int, int, list[str]] | None = None
    for at, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        above = rows[at - 1] if at else []
        own = [_heading(cell) for cell in row]
        joined = [
            name or (_heading(above[place]) if place < len(above) else "")
            for place, name in enumerate(own)
        ]
        hits = sum(_plain(name) in known for name in joined)
        # A line of data below headings has theirs above its empty cells.
        if sum(_plain(name) in known for name in own) < LEAST_HEADINGS:
            continue
        if best is None or hits > best[0]:
            best = hits, at, joined
    titles = {_plain(name) for column in columns if column.key == "title"
              for name in _names(column)}  # fmt: skip
    if best is None or not titles & {_plain(name) for name in best[2]}:
        return None
    return best[1], best[2]


def _read(
    file: str,
    rows: Sequence[Sequence[Any]],
    at: int,
    names: Sequence[str],
    columns: Sequence[Column],
) -> LedgerSheet:
    called = {name: column for column in columns for name in _names(column)}
    places: dict[str, int] = {}
    headings: dict[str, str] = {}
    ignored = []
    for place, name in enumerate(names):
        column = called.get(_plain(name))
        if column is None:
            ignored += [name] if name else []
        elif column.key in places:
            raise UnreadableFile(
                f"{file}: two columns “{headings[column.key]}” and “{name}” say the same",
                f"{file}：“{headings[column.key]}”和“{name}”两列含义相同，请只保留一列",
            )
        else:
            places[column.key], headings[column.key] = place, name
    found = tuple(
        (number, cells)
        for number, row in enumerate(rows[at + 1 :], at + 2)
        if (cells := _cells(row, places))
    )
    if not found:
        raise UnreadableFile(
            f"{file}: there is no row below the headings", f"{file}：表头下面没有任何一行内容"
        )
    if len(found) > MOST_ROWS:
        raise UnreadableFile(
            f"{file}: more than {MOST_ROWS:,} rows; split the file",
            f"{file}：超过 {MOST_ROWS:,} 行，请分成几个文件",
        )
    return LedgerSheet(
        {column.key: column for column in columns if column.key in places},
        headings,
        tuple(ignored),
        found,
    )


def _cells(row: Sequence[Any], places: Mapping[str, int]) -> dict[str, Any]:
    """Return the cells of a row; nothing for one that is empty."""
    cells = {key: _value(row[place]) if place < len(row) else None for key, place in places.items()}
    return cells if any(value is not None for value in cells.values()) else {}


def _value(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell.strip() or None
    return cell


def _names(column: Column) -> set[str]:
    return {_plain(name) for name in (column.heading, *column.others)}


def _heading(cell: Any) -> str:
    return " ".join(str(cell).split()) if isinstance(cell, str) else ""


def _plain(name: str) -> str:
    """Return a heading without what files write in several ways."""
    return _NO_PART.sub("", unicodedata.normalize("NFKC", name))
