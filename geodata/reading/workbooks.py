"""Excel workbooks through calamine, after a look at what the archive unpacks to."""

import datetime as dt
import zipfile
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine

from geodata.errors import MissingColumn, UnreadableFile
from geodata.notes import Note
from geodata.profiles import Profile
from geodata.reading.archives import check_archive
from geodata.reading.headers import HEADER_SEARCH_ROWS, Header, find_header, missing_column
from geodata.reading.tables import RawBatch, TableSource, make_rows, no_rejects

_BATCH_ROWS = 20_000


def open_workbook(path: Path, profile: Profile) -> TableSource:
    """Open the first sheet of a workbook that has the profile's header.

    Parameters
    ----------
    path : Path
        ``.xlsx`` or ``.xls`` file.
    profile : Profile
        Whose required fields the header must name.

    Raises
    ------
    UnreadableFile
        When the file is no workbook, is protected by a password or has no filled sheet.
    MissingColumn
        When no sheet has a row that names all required fields.
    """
    if zipfile.is_zipfile(path):
        check_archive(path)
    sheets = _filled_sheets(path)
    first_rows = {
        name: sheet.to_python(skip_empty_area=False, nrows=HEADER_SEARCH_ROWS)
        for name, sheet in sheets.items()
    }
    found = {name: find_header(rows, profile) for name, rows in first_rows.items()}
    for name, header in found.items():
        if header is not None:
            notes = _unread_notes(name, [other for other in sheets if other != name])
            read = partial(_read, sheets[name], header)
            return TableSource(path.name, "excel", header, read, notes)
    raise _no_header(path.name, first_rows, profile)


def _filled_sheets(path: Path) -> dict[str, python_calamine.CalamineSheet]:
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
    except python_calamine.PasswordError as error:
        raise UnreadableFile(
            f"{path.name}: protected by a password; save it without",
            f"{path.name}：工作簿有密码保护；请去掉密码后另存",
        ) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:80]
        raise UnreadableFile(
            f"{path.name}: not a readable workbook ({reason})",
            f"{path.name}：不是可读的 Excel 工作簿（技术信息：{reason}）",
        ) from error
    filled = {name: sheet for name, sheet in sheets.items() if sheet.start is not None}
    if not filled:
        raise UnreadableFile(
            f"{path.name}: the workbook is empty; expected a table with a header",
            f"{path.name}：工作簿是空的；应为带表头的表格",
        )
    return filled


def _unread_notes(name: str, others: list[str]) -> tuple[Note, ...]:
    if not others:
        return ()
    note = Note(
        f"only sheet '{name}' was read, not {', '.join(others)}",
        f"只读取了工作表“{name}”，没有读取{'、'.join(others)}",
    )
    return (note,)


def _no_header(
    file: str, first_rows: dict[str, list[list[Any]]], profile: Profile
) -> MissingColumn:
    fullest = max(first_rows.values(), key=lambda rows: max(len(row) for row in rows))
    return missing_column(file, fullest, profile)


def _read(sheet: python_calamine.CalamineSheet, header: Header) -> Iterator[RawBatch]:
    # Empty rows above the filled area come too, empty columns left of it do not.
    left = sheet.start[1] if sheet.start else 0
    numbered = enumerate(sheet.iter_rows(), start=1)
    rest = ((row, [None] * left + cells) for row, cells in numbered if row > header.row)
    read = 0
    while chunk := list(islice(rest, _BATCH_ROWS)):
        read += len(chunk)
        yield RawBatch(
            _rows(header, chunk), no_rejects(), min(read / max(sheet.total_height, 1), 1.0)
        )


def _rows(header: Header, chunk: list[tuple[int, list[Any]]]) -> pa.RecordBatch:
    filled = [(row, cells) for row, cells in chunk if any(cell not in ("", None) for cell in cells)]
    columns = {
        index: pa.array([_text(cells[index]) for _, cells in filled], pa.string())
        for index in sorted(set(header.columns.values()))
    }
    return make_rows(header, pa.array([row for row, _ in filled], pa.int64()), columns)


def _text(cell: object) -> str | None:
    """Write a cell as text: whole numbers without a point, times as ISO."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return None
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    return str(cell)
