"""Excel workbooks through calamine, after a look at what the archive unpacks to."""

import datetime as dt
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine

from geodata.errors import MissingColumn, UnreadableFile
from geodata.notes import Note
from geodata.profiles import Profile
from geodata.reading.headers import HEADER_SEARCH_ROWS, Header, find_header, missing_column
from geodata.reading.tables import RawBatch, TableSource, make_rows, no_rejects

UNPACKED_LIMIT = 1 << 31
"""Bytes that a workbook may unpack to; Excel's own limit of a million rows stays below."""

COMPRESSION_LIMIT = 200
"""Unpacked over packed size: spreadsheets reach 10 to 30, archives made to harm 1,000."""

SMALL_ARCHIVE = 1 << 26
"""Unpacked bytes below which any compression is harmless."""

# What zipfile and the decompressors below it raise for a damaged archive.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)

_BATCH_ROWS = 20_000
_CHUNK = 1 << 20


def check_archive(path: Path) -> None:
    """Refuse a zip archive that is broken, is no workbook, or unpacks to too much.

    Raises
    ------
    UnreadableFile
        With what was found in place of a workbook.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_size(path, members)
            names = {member.filename for member in members}
            if not names & {"xl/workbook.xml", "xl/workbook.bin"}:
                shown = ", ".join(sorted(names)[:3])
                raise UnreadableFile(
                    f"{path.name}: a zip archive ({shown}), not an Excel workbook; unpack it first",
                    f"{path.name}：这是 zip 压缩包（内有 {shown}），不是 Excel 工作簿；请先解压",
                )
            _check_contents(archive, members)
    except _DAMAGE as error:
        reason = str(error) or type(error).__name__
        raise UnreadableFile(
            f"{path.name}: damaged workbook ({reason}); save it again",
            f"{path.name}：工作簿已损坏，请重新保存一份（技术信息：{reason}）",
        ) from error


def _check_size(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    unpacked = sum(member.file_size for member in members)
    packed = max(sum(member.compress_size for member in members), 1)
    harmless = unpacked <= SMALL_ARCHIVE or unpacked <= packed * COMPRESSION_LIMIT
    if unpacked > UNPACKED_LIMIT or not harmless:
        raise UnreadableFile(
            f"{path.name}: unpacks from {packed / 1e6:.1f} to {unpacked / 1e6:,.0f} MB; "
            f"at most {UNPACKED_LIMIT / 1e6:,.0f} MB and {COMPRESSION_LIMIT} times are read",
            f"{path.name}：由 {packed / 1e6:.1f} MB 解压成 {unpacked / 1e6:,.0f} MB，"
            f"超过上限（{UNPACKED_LIMIT / 1e6:,.0f} MB，或原大小的 {COMPRESSION_LIMIT} 倍）",
        )


def _check_contents(archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]) -> None:
    # Sizes in the directory may lie; reading checks them against the contents.
    for member in members:
        with archive.open(member) as file:
            while file.read(_CHUNK):
                pass


def open_workbook(path: Path, profile: Profile) -> TableSource:
    """Open the first sheet of a workbook that has the profile's header.

    Parameters
    ----------
    path : Path
        ``.xlsx``, ``.xlsb`` or ``.xls`` file.
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
