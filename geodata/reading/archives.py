"""What a packed file unpacks to, looked at before anything unpacks it for good.

A few kilobytes can claim terabytes. The sizes that a file declares may lie, so they are compared
with the file's own length first and with its contents then; a reader that cannot be stopped half
way (calamine builds a sheet in memory) sees a file only after that.
"""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from geodata.errors import UnreadableFile
from geodata.reading.sheet_parts import SheetFacts, SheetScan, WorkbookFacts, is_sheet

UNPACKED_LIMIT = 1 << 31
"""Bytes that a file may unpack to; Excel's own limit of a million rows stays below."""

COMPRESSION_LIMIT = 200
"""Unpacked over packed size: spreadsheets reach 10 to 30, archives made to harm 1,000."""

SMALL_ARCHIVE = 1 << 26
"""Unpacked bytes below which any compression is harmless."""

MEMBER_LIMIT = 10_000
"""Files in a workbook; one with a sheet for every township of a province has 1,500."""

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
_BOOK = "xl/workbook.xml"
_BINARY_BOOK = "xl/workbook.bin"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_MAIN = "{*}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def check_growth(path: Path, unpacked: int) -> None:
    """Refuse a file that unpacks to more than `UNPACKED_LIMIT`, or grows beyond all measure.

    Parameters
    ----------
    path : Path
        The file; its real length is what was packed, whatever it declares.
    unpacked : int
        Bytes that came or would come out of it.

    Raises
    ------
    UnreadableFile
        With both sizes and both limits.
    """
    packed = max(path.stat().st_size, 1)
    if unpacked > UNPACKED_LIMIT or unpacked > max(SMALL_ARCHIVE, packed * COMPRESSION_LIMIT):
        raise UnreadableFile(
            f"{path.name}: unpacks from {packed / 1e6:.1f} to {unpacked / 1e6:,.0f} MB; "
            f"at most {UNPACKED_LIMIT / 1e6:,.0f} MB and {COMPRESSION_LIMIT} times are read",
            f"{path.name}：由 {packed / 1e6:.1f} MB 解压成 {unpacked / 1e6:,.0f} MB，"
            f"超过上限（{UNPACKED_LIMIT / 1e6:,.0f} MB，或原大小的 {COMPRESSION_LIMIT} 倍）",
        )


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
            check_growth(path, sum(member.file_size for member in members))
            _check_members(path, members)
            facts = {}
            for member in members:
                if is_sheet(member.filename):
                    facts[member.filename.lower()] = _scan_sheet(path, archive, member)
                else:
                    _read_through(archive, member)
            return _name_facts(archive, facts)
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise UnreadableFile(
            f"{path.name}: damaged workbook ({reason}); save it again",
            f"{path.name}：工作簿已损坏，请重新保存一份（技术信息：{reason}）",
        ) from error


def _check_members(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    names = {member.filename for member in members}
    if _BINARY_BOOK in names:
        raise UnreadableFile(
            f"{path.name}: a binary workbook (.xlsb); save it as .xlsx",
            f"{path.name}：这是二进制工作簿（.xlsb）；请另存为 .xlsx",
        )
    if _BOOK not in names:
        shown = ", ".join(sorted(names)[:3])[:80]
        raise UnreadableFile(
            f"{path.name}: a zip archive ({shown}), not an Excel workbook; unpack it first",
            f"{path.name}：这是 zip 压缩包（内有 {shown}），不是 Excel 工作簿；请先解压",
        )
    # Of two members with one name, the one looked at might not be the one read.
    if len(names) < len(members) or len(members) > MEMBER_LIMIT:
        raise zipfile.BadZipFile(f"{len(members)} files, {len(names)} names")


def _scan_sheet(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> SheetFacts:
    scan = SheetScan(path.name)
    _read_through(archive, member, scan)
    if scan.unsure:
        scan = SheetScan(path.name, exact=True)
        _read_through(archive, member, scan)
    return scan.facts


def _read_through(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, scan: SheetScan | None = None
) -> None:
    """Unpack a member once without keeping it: its declared size and checksum may lie."""
    declared = member.file_size
    length = 0
    for chunk in _chunks(archive, member):
        length += len(chunk)
        if length > declared:
            raise zipfile.BadZipFile(f"more than the declared {declared} bytes")
        if scan is not None:
            scan.feed(chunk)
    if length != declared:
        raise zipfile.BadZipFile(f"{length} bytes in place of {declared}")
    if scan is not None:
        scan.close()


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    # zipfile stops at the declared size, other readers go on to the end: let it see the end too.
    declared, member.file_size = member.file_size, UNPACKED_LIMIT
    try:
        with archive.open(member) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    finally:
        member.file_size = declared


def _name_facts(archive: zipfile.ZipFile, facts: Mapping[str, SheetFacts]) -> WorkbookFacts:
    """Put the facts of parts under the names of their sheets."""
    book, targets = _tree(archive, _BOOK), _tree(archive, _RELATIONS)
    if book is None or targets is None:
        return WorkbookFacts()
    parts = {each.get("Id"): each.get("Target", "") for each in targets.iter()}
    held = {name.lower() for name in archive.namelist()}
    sheets = {}
    for sheet in book.iterfind(f".//{_MAIN}sheet"):
        target = parts.get(sheet.get(_RELATION) or sheet.get(_STRICT_RELATION)) or ""
        part = str(PurePosixPath("xl") / target).lstrip("/").lower()
        if part in held and part not in facts:
            raise zipfile.BadZipFile(f"a sheet in {part}")
        sheets[sheet.get("name", "")] = facts.get(part, SheetFacts())
    settings = book.find(f"{_MAIN}workbookPr")
    from_1904 = settings is not None and settings.get("date1904") in ("1", "true")
    return WorkbookFacts(sheets, from_1904)


def _tree(archive: zipfile.ZipFile, name: str) -> Element | None:
    """Parse a small part; one that is no XML or not there is left to calamine, which says so."""
    if name not in archive.NameToInfo or archive.getinfo(name).file_size > _SMALL_PART:
        return None
    try:
        tree: Element = defusedxml.ElementTree.fromstring(archive.read(name))
    except (ParseError, DefusedXmlException):
        return None
    return tree
