"""Tables that leave for a spreadsheet: nothing in them is run, whatever a caller or a file said."""

import csv
import re
from collections.abc import Iterable
from typing import TextIO

# What spreadsheets take for the start of a formula, in both widths, behind anything unseen.
_FORMULA = re.compile(
    "[\t\r\n]|[\\s\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]*[=+\\-@＝＋－＠]"
)


def neutralise(cell: object) -> object:
    """Put a quote mark before text that a spreadsheet would run as a formula.

    Examples
    --------
    >>> neutralise("=HYPERLINK(1)"), neutralise("路灯不亮"), neutralise(-3)
    ("'=HYPERLINK(1)", '路灯不亮', -3)
    """
    if isinstance(cell, str) and _FORMULA.match(cell):
        return "'" + cell
    return cell


class SpreadsheetWriter:
    r"""Write CSV rows that spreadsheets show as they are; the one way to write a table for people.

    Every cell is quoted: where a list is split at semicolons, a formula must not begin after one.

    Parameters
    ----------
    file : TextIO
        Opened with ``newline=""``; UTF-8 with BOM is what Excel reads.

    Examples
    --------
    >>> import io
    >>> file = io.StringIO(newline="")
    >>> SpreadsheetWriter(file).writerow(["=1+1", "a;=2", None, 3])
    >>> file.getvalue()
    '"\'=1+1","a;=2","","3"\r\n'
    """

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file, quoting=csv.QUOTE_ALL)

    def writerow(self, cells: Iterable[object]) -> None:
        """Write one row."""
        self._writer.writerow([neutralise(cell) for cell in cells])

    def writerows(self, rows: Iterable[Iterable[object]]) -> None:
        """Write rows as they come."""
        for row in rows:
            self.writerow(row)
