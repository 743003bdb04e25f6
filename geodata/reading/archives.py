"""What a workbook's archive holds, looked at before anything is unpacked into memory."""

import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from geodata.errors import UnreadableFile

UNPACKED_LIMIT = 1 << 31
"""Bytes that a workbook may unpack to; Excel's own limit of a million rows stays below."""

COMPRESSION_LIMIT = 200
"""Unpacked over packed size: spreadsheets reach 10 to 30, archives made to harm 1,000."""

SMALL_ARCHIVE = 1 << 26
"""Unpacked bytes below which any compression is harmless."""

GRID_LIMIT = 1 << 26
"""Cells of the rectangle that a sheet spans: calamine keeps all of it, 32 bytes a cell."""

MOST_ROWS = 1 << 20
"""Rows of a sheet in Excel."""

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
    ParseError,
    DefusedXmlException,
)

_CHUNK = 1 << 20
_SMALL_PART = 1 << 22
_WIDE = re.compile(rb' r="([A-Z]{2,3})\d')
_FAR = re.compile(rb' r="([A-Z]{0,3})(\d{1,7})"')
_HIDDEN_ROW = re.compile(rb'<row [^>]*?hidden="(?:1|true)"')
_MAIN = "{*}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


@dataclass(frozen=True)
class SheetFacts:
    """What calamine does not tell of a sheet: hidden rows and cells that hold an error."""

    hidden_rows: int = 0
    error_cells: int = 0


@dataclass(frozen=True)
class WorkbookFacts:
    """What an archive tells before it is read.

    Attributes
    ----------
    sheets : mapping of SheetFacts
        By name of the sheet; only ``.xlsx`` tells them.
    from_1904 : bool
        Day 0 of plain serial numbers is 1904-01-01, as older Macs wrote it.
    """

    sheets: Mapping[str, SheetFacts] = field(default_factory=dict)
    from_1904: bool = False

    def of(self, sheet: str) -> SheetFacts:
        """Return what is known of a sheet."""
        return self.sheets.get(sheet, SheetFacts())


def check_archive(path: Path) -> WorkbookFacts:
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
            facts = {member.filename: _read_part(path, archive, member) for member in members}
            return _name_facts(archive, names, facts)
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:80] or type(error).__name__
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


def _read_part(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> SheetFacts:
    """Read a part to its end: sizes in the directory may lie, and reading checks them."""
    is_sheet = member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml")
    hidden = errors = 0
    wide: set[bytes] = set()
    for chunk in _chunks(archive, member):
        if is_sheet:
            wide.update(_WIDE.findall(chunk))
            errors += chunk.count(b' t="e"')
            if b"hidden=" in chunk:
                hidden += len(_HIDDEN_ROW.findall(chunk))
    # Looking at every row number takes as long as all the rest: only where it can matter.
    if max(map(_column_number, wide), default=26) * MOST_ROWS > GRID_LIMIT:
        _check_grid(path, archive, member)
    return SheetFacts(hidden, errors)


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part in pieces that end between two tags."""
    rest = b""
    with archive.open(member) as file:
        while read := file.read(_CHUNK):
            joined = rest + read
            end = max(joined.rfind(b"<"), 0)
            rest = joined[end:] if end else b""
            yield joined[:end] if end else joined
    yield rest


def _check_grid(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    column, row = 1, 1
    for chunk in _chunks(archive, member):
        for letters, digits in set(_FAR.findall(chunk)):
            column = max(column, _column_number(letters))
            row = max(row, int(digits))
    if column * row > GRID_LIMIT:
        raise UnreadableFile(
            f"{path.name}: a sheet spans {row:,} rows × {column:,} columns, more than "
            f"{GRID_LIMIT:,} cells; delete stray cells far right or below, or save as CSV",
            f"{path.name}：有工作表占 {row:,} 行 × {column:,} 列，超过 {GRID_LIMIT:,} 格；"
            "请删去远处的零星单元格，或另存为 CSV",
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _name_facts(
    archive: zipfile.ZipFile, names: set[str], facts: Mapping[str, SheetFacts]
) -> WorkbookFacts:
    """Put the facts of parts under the names of their sheets."""
    relations = "xl/_rels/workbook.xml.rels"
    if not {"xl/workbook.xml", relations} <= names:
        return WorkbookFacts()
    book, targets = _tree(archive, "xl/workbook.xml"), _tree(archive, relations)
    if book is None or targets is None:
        return WorkbookFacts()
    parts = {each.get("Id"): each.get("Target", "") for each in targets.iter()}
    sheets = {}
    for sheet in book.iterfind(f".//{_MAIN}sheet"):
        target = parts.get(sheet.get(_RELATION) or sheet.get(_STRICT_RELATION)) or ""
        part = str(PurePosixPath("xl") / target).lstrip("/")
        sheets[sheet.get("name", "")] = facts.get(part, SheetFacts())
    settings = book.find(f"{_MAIN}workbookPr")
    from_1904 = settings is not None and settings.get("date1904") in ("1", "true")
    return WorkbookFacts(sheets, from_1904)


def _tree(archive: zipfile.ZipFile, name: str) -> Element | None:
    """Parse a small part; one that is no XML is left to calamine, which says so."""
    if archive.getinfo(name).file_size > _SMALL_PART:
        return None
    try:
        tree: Element = defusedxml.ElementTree.fromstring(archive.read(name))
    except (ParseError, DefusedXmlException):
        return None
    return tree
