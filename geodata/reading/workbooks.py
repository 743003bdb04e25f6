"""Excel and WPS workbooks through calamine: which sheets are read, and what is refused."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import python_calamine

from geodata.errors import LostIds, MissingColumn, NotFound, UnreadableFile
from geodata.profiles import Profile
from geodata.reading.archives import check_archive
from geodata.reading.headers import HEADER_SEARCH_ROWS, find_header, missing_column
from geodata.reading.rejects import LOST_IDS_ADVICE
from geodata.reading.sheet_notes import content_notes, sheet_notes
from geodata.reading.sheet_parts import WorkbookFacts
from geodata.reading.sheets import BATCH_ROWS, SheetRows, read_sheet
from geodata.reading.tables import RawBatch, TableSource, no_rejects
from geodata.schema import SOURCE_ROW

LOST_SHARE = 0.5
"""Share of ids without their digits from which the whole file is refused, not row by row."""

_SHOWN = 80


@dataclass(frozen=True)
class SheetPeek:
    """The start of a sheet."""

    name: str
    hidden: bool
    rows: list[list[Any]]


@dataclass(frozen=True)
class _Sheets:
    """What was read of a workbook, and what was not."""

    read: list[SheetRows]
    hidden: list[str]
    without_header: list[str]


def open_workbook(path: Path, profile: Profile, sheet: str | None = None) -> TableSource:
    """Open the sheets of a workbook that have the profile's header, as one table.

    All cells of one sheet at a time are in memory, about 100 bytes each.

    Parameters
    ----------
    path : Path
        ``.xlsx`` or ``.xls`` file, or one of WPS (``.et``).
    profile : Profile
        Whose required fields the header must name.
    sheet : str, optional
        The only sheet to read. Else all visible ones with the header are read together.

    Raises
    ------
    UnreadableFile
        When the file is no workbook, is protected by a password or has no filled sheet.
    MissingColumn
        When no sheet has a row that names all required fields.
    LostIds
        When most ids have become rounded numbers.
    NotFound
        When there is no such sheet.
    """
    book, facts = _open(path)
    sheets = _read_sheets(path, book, facts, profile, sheet)
    _check_ids(path.name, sheets.read)
    step = _numbering_step(sheets.read)
    names = [rows.name for rows in sheets.read]
    notes = (
        *sheet_notes(names, sheets.without_header, sheets.hidden, step),
        *(note for rows in sheets.read for note in content_notes(rows, facts.of(rows.name))),
    )
    first = sheets.read[0].header
    return TableSource(path.name, "excel", first, lambda: _batches(sheets.read, step), notes)


def peek_workbook(path: Path, n_rows: int) -> list[SheetPeek]:
    """Return the first rows of every filled sheet.

    Raises
    ------
    UnreadableFile
        As for `open_workbook`.
    """
    book, _ = _open(path)
    peeks = []
    for name, hidden in _sheet_names(book):
        sheet = _load(path, book, name)
        if sheet.start is not None:
            peeks.append(SheetPeek(name, hidden, _first_rows(sheet, n_rows)))
    return peeks


def _first_rows(sheet: python_calamine.CalamineSheet, n_rows: int) -> list[list[Any]]:
    return sheet.to_python(skip_empty_area=False, nrows=n_rows)


def _open(path: Path) -> tuple[python_calamine.CalamineWorkbook, WorkbookFacts]:
    facts = check_archive(path) if zipfile.is_zipfile(path) else WorkbookFacts()
    try:
        return python_calamine.CalamineWorkbook.from_path(path), facts
    except python_calamine.PasswordError as error:
        raise UnreadableFile(
            f"{path.name}: protected by a password; save it without",
            f"{path.name}：工作簿有密码保护；请去掉密码后另存",
        ) from error
    except BaseException as error:
        raise _damaged(path, error) from error


def _load(
    path: Path, book: python_calamine.CalamineWorkbook, name: str
) -> python_calamine.CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except BaseException as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: BaseException) -> BaseException:
    """Make a user's error of what calamine raises for damage; anything else stays as it is."""
    # Where calamine itself stumbles over damage, PyO3 raises a class that it does not export.
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        return error
    reason = " ".join(str(error).split())[:_SHOWN]
    return UnreadableFile(
        f"{path.name}: not a readable workbook ({reason})",
        f"{path.name}：不是可读的 Excel 工作簿（技术信息：{reason}）",
    )


def _sheet_names(book: python_calamine.CalamineWorkbook) -> list[tuple[str, bool]]:
    visible = python_calamine.SheetVisibleEnum.Visible
    kind = python_calamine.SheetTypeEnum.WorkSheet
    return [
        (sheet.name, sheet.visible != visible)
        for sheet in book.sheets_metadata
        if sheet.typ == kind
    ]


def _read_sheets(
    path: Path,
    book: python_calamine.CalamineWorkbook,
    facts: WorkbookFacts,
    profile: Profile,
    chosen: str | None,
) -> _Sheets:
    read: list[SheetRows] = []
    without: list[str] = []
    starts: list[list[list[Any]]] = []
    names = _sheet_names(book)
    if chosen is not None and chosen not in [name for name, _ in names]:
        raise _no_sheet(path.name, chosen, [name for name, _ in names])
    wanted = [name for name, hidden in names if name == chosen or (chosen is None and not hidden)]
    for name in wanted:
        sheet = _load(path, book, name)
        if sheet.start is None:
            continue
        rows = _first_rows(sheet, HEADER_SEARCH_ROWS + 1)
        starts.append(rows)
        header = find_header(rows, profile)
        if header is None:
            without.append(name)
        else:
            read.append(read_sheet(sheet, header, from_1904=facts.from_1904))
    if not read:
        raise _no_header(path.name, starts, profile)
    others = [name for name, hidden in names if name not in wanted and (hidden or chosen)]
    return _Sheets(read, others, without)


def _no_sheet(file: str, chosen: str, names: Sequence[str]) -> NotFound:
    return NotFound(
        f"{file}: no sheet is called '{chosen[:_SHOWN]}'; there are {', '.join(names)}",
        f"{file}：没有名为“{chosen[:_SHOWN]}”的工作表；现有{'、'.join(names)}",
    )


def _no_header(
    file: str, starts: list[list[list[Any]]], profile: Profile
) -> MissingColumn | UnreadableFile:
    if not starts:
        return UnreadableFile(
            f"{file}: the workbook is empty; expected a table with a header",
            f"{file}：工作簿是空的；应为带表头的表格",
        )
    fullest = max(starts, key=lambda rows: max(len(row) for row in rows))
    return missing_column(file, fullest, profile)


def _check_ids(file: str, sheets: list[SheetRows]) -> None:
    lost = sum(sheet.lost_ids for sheet in sheets)
    if not lost:
        return
    ids = sum(len(sheet.rows) - sheet.rows.column("case_id").null_count for sheet in sheets)
    if lost <= ids * LOST_SHARE:
        return
    sheet = next(sheet for sheet in sheets if sheet.lost_ids)
    header = sheet.header.headers()["case_id"]
    raise LostIds(
        f"{file}: {lost:,} of {ids:,} ids in column '{header}' have become rounded numbers such as "
        f"1.23E+17: {LOST_IDS_ADVICE.english}",
        f"{file}：“{header}”列的 {ids:,} 个编号中有 {lost:,} 个已被表格软件变成 1.23E+17 这样的"
        f"近似数，{LOST_IDS_ADVICE.chinese}",
    )


def _numbering_step(sheets: list[SheetRows]) -> int:
    """Distance between the row numbers of two sheets: the row in the sheet stays readable."""
    highest = max(sheet.last_row for sheet in sheets)
    return int(10 ** len(str(highest)))


def _batches(sheets: list[SheetRows], step: int) -> Iterator[RawBatch]:
    total = max(sum(len(sheet.rows) for sheet in sheets), 1)
    done = 0
    for place, sheet in enumerate(sheets):
        rows = _renumber(sheet.rows, place * step)
        rejects = sheet.rejects
        if rejects.num_rows:
            numbers = pc.add(rejects["source_row"], place * step)
            rejects = rejects.set_column(0, rejects.schema.field(0), numbers)
        for start in range(0, max(len(rows), 1), BATCH_ROWS):
            part = rows.slice(start, BATCH_ROWS)
            done += len(part)
            yield RawBatch(part, rejects if start == 0 else no_rejects(), done / total)


def _renumber(rows: pa.Table, offset: int) -> pa.Table:
    return rows.set_column(0, rows.schema.field(SOURCE_ROW), pc.add(rows[0], offset))
