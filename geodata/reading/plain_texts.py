"""Columns of text in which nothing is to be cleaned, told in one pass over their bytes.

Cleaning strips outer spaces, takes off spreadsheets' tricks and knows words for "nothing". A cell
that neither begins nor ends like any of these is as it will be; the first bytes of a cell and the
last of it tell that.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geodata.arrays import text_buffers
from spatial._compiled import compiled

_TRICKS = b"='`"
"""First bytes of an id that a spreadsheet was kept from rounding."""

_SPACE = 0x20
"""This and the bytes below it are spaces or signs that nobody sees."""


def plain_texts(
    column: pa.Array, *, nothing: Collection[str], code: bool, longest: int
) -> pa.Array | None:
    """Return a column of text with null for its empty cells, or None where a cell is not plain.

    Parameters
    ----------
    column : pyarrow.StringArray
    nothing : collection of str
        Words that say nothing.
    code : bool
        The cells are ids or numbers, which spreadsheets round or wrap.
    longest : int
        Bytes from which on a text is no longer plain.

    Examples
    --------
    >>> given = {"nothing": ("NULL",), "code": False, "longest": 100}
    >>> plain_texts(pa.array(["灯", "", "Lamp"]), **given).to_pylist()
    ['灯', None, 'Lamp']
    >>> plain_texts(pa.array(["灯 "]), **given), plain_texts(pa.array(["NULL"]), **given)
    (None, None)
    """
    if not len(column):
        return column
    suspicious = _first_bytes(nothing, code=code)
    longest_nothing = max((len(word.encode()) for word in nothing), default=0)
    offsets, data = text_buffers(column)
    state = _look(offsets, data, suspicious, longest_nothing, longest, code)
    if state == _ODD or column.null_count:
        return None
    if state == _WITHOUT_EMPTY:
        return column
    empty = pc.equal(pc.binary_length(column), 0)
    return pc.if_else(empty, pa.scalar(None, column.type), column)


_ODD, _WITH_EMPTY, _WITHOUT_EMPTY = 0, 1, 2


def _first_bytes(nothing: Collection[str], *, code: bool) -> NDArray[np.uint8]:
    """Say of each byte whether a text that begins with it may need cleaning: 2, if short: 1."""
    said = np.zeros(256, dtype=np.uint8)
    said[[word.encode()[0] for word in nothing if word]] = 1
    said[: _SPACE + 1] = 2
    if code:
        said[list(_TRICKS)] = 2
    return said


@compiled
def _look(
    offsets: Any, data: Any, suspicious: Any, longest_nothing: int, longest: int, code: bool
) -> int:
    state = _WITHOUT_EMPTY
    for row in range(offsets.size - 1):
        start, end = offsets[row], offsets[row + 1]
        length = end - start
        if length == 0:
            state = _WITH_EMPTY
            continue
        first = data[start]
        said = suspicious[first]
        if said == 2 or (said == 1 and length <= longest_nothing) or length > longest:
            return _ODD
        if first >= 0xC2 and _is_space(data, start, end):
            return _ODD
        if code and length > 1 and 0x30 <= first <= 0x39:
            following = data[start + 1]
            if following in (0x2E, 0x45, 0x65):  # 1.23E+10
                return _ODD
        last = data[end - 1]
        if last <= _SPACE:
            return _ODD
        if last >= 0x80 and (_is_space(data, end - 2, end) or _is_space(data, end - 3, end)):
            return _ODD
    return state


@compiled
def _is_space(data: Any, start: int, end: int) -> bool:
    """Whether UTF-8 bytes are a space beyond ASCII, of two or three bytes."""
    if end - start < 2 or start < 0:
        return False
    first, second = data[start], data[start + 1]
    if first == 0xC2:
        return bool(second in (0x85, 0xA0))
    if end - start < 3 or first < 0xE1 or first > 0xE3:
        return False
    third = data[start + 2]
    if first == 0xE1:
        return bool(second == 0x9A and third == 0x80)  # ogham
    if first == 0xE3:
        return bool(second == 0x80 and third == 0x80)  # as wide as a character
    if second == 0x81:
        return bool(third == 0x9F)
    return bool(second == 0x80 and (third <= 0x8A or third in (0xA8, 0xA9, 0xAF)))
