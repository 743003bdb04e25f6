"""What the markup of a sheet tells before the sheet is read: its extent, hidden rows, errors."""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field

from geodata.errors import UnreadableFile

GRID_LIMIT = 1 << 26
"""Cells of the rectangle that a sheet spans: calamine keeps all of it, 32 bytes a cell."""

_FIRST_TAG = 32
_LONGEST_TAG = 1 << 20

# Where a cell or a row says it is: r="B12" or r="12"; a row that says nothing follows the last.
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)([0-9]*)["']""")
# References that lie beyond column Z or row 999,999, and some that are none.
_FAR = re.compile(rb"""r\s*=\s*["']([A-Za-z]{2,}(?=[0-9])|[A-Za-z]?[0-9]{7,})""")
_NEAR_ROWS, _NEAR_COLUMNS = 999_999, 26
_HIDDEN_ROW = re.compile(rb'<row [^>]*?hidden="(?:1|true)"')
_PREFIX = re.compile(rb"<[^\s<>:/]+:")
_LETTERS = string.ascii_letters.encode()
_SHEET = re.compile(
    r"xl/(?:worksheets|chartsheets|macrosheets|dialogsheets)/.*\.xml", re.IGNORECASE
)


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


def is_sheet(part: str) -> bool:
    """Tell by its name whether a part of a workbook is a sheet."""
    return _SHEET.fullmatch(part) is not None


class SheetScan:
    """Look through the markup of a sheet as it is unpacked; refuse one that spans too much.

    The extent is the outermost row and column that the markup names, or counts up to where it
    names none.

    Parameters
    ----------
    file : str
        Name for messages.
    exact : bool
        Look at every reference, which takes longer than all other reading. Else only at those far
        off, which settles it for most sheets: `unsure` tells of the others.
    """

    def __init__(self, file: str, *, exact: bool = False) -> None:
        self._file = file
        self._exact = exact
        self.unsure = False
        self._rest = b""
        self._rows = self._columns = 1
        self._rows_begun = self._cells_in_row = 0
        self._hidden = self._errors = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises
        ------
        UnreadableFile
            When the sheet spans more than `GRID_LIMIT` cells, and this scan is exact.
        ValueError
            When this is not the markup of a sheet.
        """
        if not self._rest and b"\0" in chunk[:_FIRST_TAG]:
            raise ValueError("a sheet that is not UTF-8")
        text = self._rest + chunk
        # A tag that the chunk cuts is read with the next one.
        end = max(text.rfind(b"<"), 0)
        self._rest = text[end:]
        if len(self._rest) > _LONGEST_TAG:
            raise ValueError("a sheet with a tag of over a megabyte")
        self._read(text[:end])

    def close(self) -> None:
        """Take what is left of the bytes; raises as `feed` does."""
        self._read(self._rest)
        self._rest = b""

    @property
    def facts(self) -> SheetFacts:
        """What was found."""
        return SheetFacts(self._hidden, self._errors)

    def _read(self, markup: bytes) -> None:
        if b":row" in markup or b":c" in markup:
            markup = _PREFIX.sub(b"<", markup)
        self._errors += markup.count(b' t="e"')
        if b"hidden=" in markup:
            self._hidden += len(_HIDDEN_ROW.findall(markup))
        (self._read_references if self._exact else self._read_far_references)(markup)
        self._count(markup)
        self._check()

    def _read_references(self, markup: bytes) -> None:
        found = set(_REFERENCE.findall(markup))
        self._rows = max([self._rows, *(int(row[:12] or 1) for _, row in found)])
        names = {name for name, _ in found}
        self._columns = max([self._columns, *map(_column_number, names)])

    def _read_far_references(self, markup: bytes) -> None:
        found = set(_FAR.findall(markup))
        rows = (int(each.lstrip(_LETTERS)[:12]) for each in found if each[-1:].isdigit())
        self._rows = max([self._rows, _NEAR_ROWS, *rows])
        names = {each for each in found if each.isalpha()}
        self._columns = max([self._columns, _NEAR_COLUMNS, *map(_column_number, names)])

    def _count(self, markup: bytes) -> None:
        first, *others = (part.count(b"<c") for part in markup.split(b"<row"))
        self._columns = max(self._columns, self._cells_in_row + first, *others, 1)
        self._cells_in_row = others[-1] if others else self._cells_in_row + first
        self._rows_begun += len(others)
        self._rows = max(self._rows, self._rows_begun)

    def _check(self) -> None:
        if self._rows * self._columns <= GRID_LIMIT:
            return
        self.unsure = not self._exact
        if self.unsure:
            return
        raise UnreadableFile(
            f"{self._file}: a sheet spans {self._rows:,} rows × {self._columns:,} columns, more "
            f"than {GRID_LIMIT:,} cells; delete stray cells far right or below, or save as CSV",
            f"{self._file}：有工作表占 {self._rows:,} 行 × {self._columns:,} 列，超过 "
            f"{GRID_LIMIT:,} 格；请删去远处的零星单元格，或另存为 CSV",
        )


def _column_number(name: bytes) -> int:
    """Return the number of a column from its letters: A is 1, XFD is 16,384."""
    number = 0
    for letter in name[:8].upper():
        number = number * 26 + letter - 64
    return number
