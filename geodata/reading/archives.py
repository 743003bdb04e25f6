"""What a packed file unpacks to, looked at before anything unpacks it for good.

A few kilobytes can claim terabytes. The sizes that a file declares may lie, so they are compared
with the file's own length first and with its contents then; a reader that cannot be stopped half
way (calamine builds a sheet in memory) sees a file only after that.
"""

import lzma
import re
import struct
import zipfile
import zlib
from pathlib import Path

from geodata.errors import UnreadableFile

UNPACKED_LIMIT = 1 << 31
"""Bytes that a file may unpack to; Excel's own limit of a million rows stays below."""

COMPRESSION_LIMIT = 200
"""Unpacked over packed size: spreadsheets reach 10 to 30, archives made to harm 1,000."""

SMALL_ARCHIVE = 1 << 26
"""Unpacked bytes below which any compression is harmless."""

MEMBER_LIMIT = 10_000
"""Files in a workbook; one with a sheet for every township of a province has 1,500."""

SHEET_CELLS_LIMIT = 100_000_000
"""Cells between the outermost filled ones of a sheet, empty ones too: all of them take memory."""

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

_CHUNK = 1 << 20
_FIRST_TAG = 32
_LONGEST_TAG = 1 << 10

# Where a cell or a row says it is: r="B12" or r="12"; a row that says nothing follows the last.
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)([0-9]*)["']""")
_SHEET = re.compile(
    r"xl/(?:worksheets|chartsheets|macrosheets|dialogsheets)/.*\.xml", re.IGNORECASE
)


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
            check_growth(path, sum(member.file_size for member in members))
            _check_members(path, members)
            for member in members:
                _check_contents(path, archive, member)
    except _DAMAGE as error:
        reason = str(error) or type(error).__name__
        raise UnreadableFile(
            f"{path.name}: damaged workbook ({reason}); save it again",
            f"{path.name}：工作簿已损坏，请重新保存一份（技术信息：{reason}）",
        ) from error


def _check_members(path: Path, members: list[zipfile.ZipInfo]) -> None:
    names = {member.filename for member in members}
    if "xl/workbook.bin" in names:
        raise UnreadableFile(
            f"{path.name}: a binary workbook (.xlsb); save it as .xlsx",
            f"{path.name}：这是二进制工作簿（.xlsb）；请另存为 .xlsx",
        )
    if "xl/workbook.xml" not in names:
        shown = ", ".join(sorted(names)[:3])
        raise UnreadableFile(
            f"{path.name}: a zip archive ({shown[:80]}), not an Excel workbook; unpack it first",
            f"{path.name}：这是 zip 压缩包（内有 {shown[:80]}），不是 Excel 工作簿；请先解压",
        )
    # Of two members with one name, the one looked at might not be the one read.
    if len(names) < len(members) or len(members) > MEMBER_LIMIT:
        raise zipfile.BadZipFile(f"{len(members)} files, {len(names)} names")


def _check_contents(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack a member once without keeping it: its declared size and checksum may lie."""
    # zipfile stops at the declared size, other readers go on to the end: let it see the end too.
    declared, member.file_size = member.file_size, UNPACKED_LIMIT
    sheet = _Extent() if _SHEET.fullmatch(member.filename) else None
    length = 0
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            length += len(chunk)
            if length > declared:
                raise zipfile.BadZipFile(f"more than the declared {declared} bytes")
            if sheet is not None:
                sheet.feed(chunk)
                sheet.check(path)
    if length != declared:
        raise zipfile.BadZipFile(f"{length} bytes in place of {declared}")


class _Extent:
    """The outermost row and column that a sheet's markup names, or counts up to without names."""

    def __init__(self) -> None:
        self._rows = self._columns = 1
        self._rest = b""
        self._rows_begun = self._cells_in_row = 0

    def feed(self, chunk: bytes) -> None:
        if not self._rest and b"\0" in chunk[:_FIRST_TAG]:
            raise ValueError("a sheet that is not UTF-8")
        text = self._rest + chunk
        # A reference that the chunk cuts is read with the next one.
        found = set(_REFERENCE.findall(text))
        self._rest = text[max(text.rfind(b"<"), len(text) - _LONGEST_TAG) :]
        self._rows = max([self._rows, *(int(row[:12] or 1) for _, row in found)])
        self._columns = max([self._columns, *(_column(name) for name in {key for key, _ in found})])
        self._count(chunk)

    def _count(self, chunk: bytes) -> None:
        first, *others = (part.count(b"<c") for part in chunk.split(b"<row"))
        self._columns = max(self._columns, self._cells_in_row + first, *others, 1)
        self._cells_in_row = others[-1] if others else self._cells_in_row + first
        self._rows_begun += len(others)
        self._rows = max(self._rows, self._rows_begun)

    def check(self, path: Path) -> None:
        cells = self._rows * self._columns
        if cells > SHEET_CELLS_LIMIT:
            raise UnreadableFile(
                f"{path.name}: a sheet of {self._rows:,} rows and {self._columns:,} columns; "
                f"at most {SHEET_CELLS_LIMIT:,} cells are read; delete the stray cells far off, "
                "or save as CSV",
                f"{path.name}：工作表达 {self._rows:,} 行、{self._columns:,} 列，最多读取 "
                f"{SHEET_CELLS_LIMIT:,} 格；请删除远处的零散单元格，或另存为 CSV",
            )


def _column(name: bytes) -> int:
    """Return the number of a column from its letters: A is 1, XFD is 16,384."""
    number = 0
    for letter in name[:8].upper():
        number = number * 26 + letter - 64
    return number
