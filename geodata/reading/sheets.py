"""One sheet of a workbook → columns of text, with what offices leave in sheets made plain.

Merged cells speak for each of their rows, rows of totals are set apart, numbers become text without
a changed digit, and ids that lost digits are told from ids that kept them.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import python_calamine

from geodata.reading.headers import Header, normalise_header
from geodata.reading.rejects import build_rejects
from geodata.reading.tables import make_rows
from geodata.schema import INSTANT, SOURCE_SCHEMA

BATCH_ROWS = 20_000

TOTAL_WORDS = frozenset(
    ("合计", "总计", "小计", "共计", "总数", "累计", "total", "grandtotal", "subtotal", "sum")
)

_LONGEST_TOTAL = 12

EXACT_BELOW = 1e15
"""Excel keeps 15 digits of a number: below this every whole number is what was entered."""

_DOUBLE_EXACT = 2**53
_DAYS_OF_1904 = 1462
"""Days between day 0 of the two date systems of Excel."""

_SERIALS = (20_000.0, 80_000.0)
_LOST = r"^\d(?:\.\d+)?[eE]\+\d+$"
_TIMES = frozenset(field.name for field in SOURCE_SCHEMA if field.type == INSTANT)
_MILLISECOND = 1000


@dataclass(frozen=True)
class SheetRows:
    """The rows of one sheet.

    Attributes
    ----------
    name : str
    header : Header
    rows : pyarrow.Table
        As `RawBatch.rows`; the rows are numbered as in the sheet.
    rejects : pyarrow.Table
        Rows of totals.
    merged : int
        Merged areas whose value was given to more than one row.
    lost_ids : int
        Ids that were turned into rounded numbers.
    """

    name: str
    header: Header
    rows: pa.Table
    rejects: pa.Table
    merged: int
    lost_ids: int

    @property
    def last_row(self) -> int:
        """Highest row number of the sheet that is used."""
        numbers = (self.rows[0], self.rejects["source_row"])
        return max([int(each[-1].as_py()) for each in numbers if len(each)], default=1)


def read_sheet(
    sheet: python_calamine.CalamineSheet,
    header: Header,
    *,
    from_1904: bool = False,
) -> SheetRows:
    """Read the rows below a header.

    Parameters
    ----------
    sheet : CalamineSheet
    header : Header
        Where it stands and which columns it gives.
    from_1904 : bool
        The workbook counts its days from 1904.
    """
    used = sorted(set(header.columns.values()))
    fills = _Fills(sheet, used, header.row)
    times = {header.columns[name] for name in _TIMES & set(header.columns)} if from_1904 else set()
    numbers: list[int] = []
    totals: list[tuple[int, str]] = []
    parts: dict[int, list[pa.Array]] = {index: [] for index in used}
    for chunk in _filled_rows(sheet, header, totals):
        numbers += [row for row, _ in chunk]
        for index in used:
            cells = fills.apply(index, chunk)
            parts[index].append(_texts(_from_1904(cells) if index in times else cells))
    columns = {index: _joined(arrays) for index, arrays in parts.items()}
    id_index = header.columns.get("case_id", -1)
    lost = 0
    if id_index in columns:
        columns[id_index], lost = _settle_ids(columns[id_index])
    rows = make_rows(header, pa.array(numbers, pa.int64()), columns)
    return SheetRows(sheet.name, header, rows, _total_rejects(totals), fills.merged, lost)


def _filled_rows(
    sheet: python_calamine.CalamineSheet, header: Header, totals: list[tuple[int, str]]
) -> Iterator[list[tuple[int, list[Any]]]]:
    """Yield rows with any cell filled, in chunks; rows of totals are put aside."""
    # Empty rows above the filled area come too, empty columns left of it do not.
    left = [None] * (sheet.start[1] if sheet.start else 0)
    id_index = header.columns.get("case_id", 0)
    rest = islice(enumerate(sheet.iter_rows(), start=1), header.row, None)
    while chunk := list(islice(rest, BATCH_ROWS)):
        kept = []
        for row, cells in chunk:
            whole = left + cells
            first = next((cell for cell in whole if cell not in ("", None)), None)
            if first is None:
                continue
            if isinstance(first, str) and _is_total(first, whole[id_index]):
                totals.append((row, first))
            else:
                kept.append((row, whole))
        yield kept


def _is_total(first: str, case_id: object) -> bool:
    """Whether a row sums others up: its first cell says so and it has no id of its own."""
    if len(first) > _LONGEST_TOTAL or normalise_header(first) not in TOTAL_WORDS:
        return False
    return case_id in ("", None, first)


def _total_rejects(totals: list[tuple[int, str]]) -> pa.Table:
    blank: list[str | None] = [None] * len(totals)
    words: list[str | None] = [word.strip() for _, word in totals]
    rows = [row for row, _ in totals]
    return build_rejects(rows, blank, blank, words, ["total_row"] * len(totals))


class _Fills:
    """Merged areas of used columns: their value stands in the first row and counts for all."""

    def __init__(
        self, sheet: python_calamine.CalamineSheet, used: list[int], header_row: int
    ) -> None:
        self.merged = 0
        self._anchors: dict[int, dict[int, int]] = {}
        self._values: dict[tuple[int, int], Any] = {}
        last = sheet.end[0] if sheet.end else 0
        for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
            if left in used and top >= header_row and bottom > top:
                anchors = self._anchors.setdefault(left, {})
                rows = range(top + 2, min(bottom, last) + 2)
                anchors |= dict.fromkeys(rows, top + 1) | {top + 1: top + 1}
                self.merged += 1

    def apply(self, index: int, chunk: list[tuple[int, list[Any]]]) -> list[Any]:
        """Return a column's cells of a chunk, the merged ones filled."""
        anchors = self._anchors.get(index)
        if anchors is None:
            return [cells[index] for _, cells in chunk]
        filled = []
        for row, cells in chunk:
            cell, anchor = cells[index], anchors.get(row)
            if anchor == row:
                self._values[index, row] = cell
            elif anchor is not None and cell in ("", None):
                cell = self._values.get((index, anchor))
            filled.append(cell)
        return filled


def _joined(arrays: list[pa.Array]) -> pa.Array:
    return pa.concat_arrays(arrays) if arrays else pa.array([], pa.string())


def _texts(cells: list[Any]) -> pa.Array:
    if not {type(cell) for cell in cells} <= {str, type(None)}:
        cells = [cell_text(cell) for cell in cells]
    return pa.array(cells, pa.string())


def cell_text(cell: object) -> str | None:
    """Write a cell as text: whole numbers without a point, times as ISO."""
    if isinstance(cell, str) or cell is None:
        return cell
    if isinstance(cell, float):
        return _number_text(cell)
    if isinstance(cell, dt.datetime):
        # A day's fraction in a double is sure to about a microsecond.
        near = round(cell.microsecond, -3)
        whole = cell.replace(microsecond=0) + dt.timedelta(microseconds=near)
        return whole.isoformat(sep=" ")
    if isinstance(cell, dt.timedelta):
        hours, seconds = divmod(round(cell.total_seconds()), 3600)
        return f"{hours}:{seconds // 60:02d}:{seconds % 60:02d}"
    return str(cell)


def _number_text(number: float) -> str:
    """Write a number so that no digit is invented: from 16 digits on as 1.23e+15.

    Examples
    --------
    >>> _number_text(20250319001.0), _number_text(116.4), _number_text(1.23e17)
    ('20250319001', '116.4', '1.23e+17')
    """
    if not number.is_integer():
        return repr(number)
    return (
        str(int(number))
        if abs(number) < EXACT_BELOW
        else np.format_float_scientific(number, trim="0")
    )


def _from_1904(cells: Iterable[Any]) -> list[Any]:
    """Count plain serial numbers from 1900, as every reader of times expects them."""
    low, high = (limit - _DAYS_OF_1904 for limit in _SERIALS)
    return [
        cell + _DAYS_OF_1904 if isinstance(cell, float) and low <= cell <= high else cell
        for cell in cells
    ]


def _settle_ids(ids: pa.Array) -> tuple[pa.Array, int]:
    """Give 16-digit ids back where they were kept; return the ids and how many lost digits.

    Excel makes every digit after the 15th a zero, other programs keep 16. A column in which any
    16-digit number ends in another digit did not go through Excel's rounding.
    """
    rounded = pc.fill_null(pc.match_substring_regex(ids, _LOST), fill_value=False)
    count = int(pc.sum(rounded).as_py() or 0)
    if not count:
        return ids, 0
    written = {text: float(text) for text in pc.unique(ids.filter(rounded)).to_pylist()}
    kept = {text: int(n) for text, n in written.items() if EXACT_BELOW <= n < _DOUBLE_EXACT}
    if not any(number % 10 for number in kept.values()):
        return ids, count
    restored = pa.array(
        [str(kept[text]) if text in kept else text for text in ids.to_pylist()], pa.string()
    )
    return restored, count - sum(text in kept for text in ids.to_pylist())
