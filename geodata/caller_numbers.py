"""Mobile numbers as whole numbers, and a place for each of them in a list that grows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geodata.arrays import text_buffers
from spatial._compiled import compiled

_DIGITS = 11
_FIRST_SLOTS = 1 << 17
_SPREAD = -7046029254386353131
"""2^64 over the golden ratio: multiplied by it, near numbers end up far apart (Knuth)."""


def mobile_numbers(texts: pa.StringArray) -> NDArray[np.int64]:
    """Return each text that is a plain mobile number, 1 and ten digits, as a number; others are 0.

    Examples
    --------
    >>> mobile_numbers(pa.array(["13800000000", "138-0000-0000", None])).tolist()
    [13800000000, 0, 0]
    """
    numbers: NDArray[np.int64] = _numbers(*text_buffers(texts))
    if texts.null_count:
        numbers[np.asarray(texts.is_null())] = 0
    return numbers


class NumberPlaces:
    """Places of numbers above 0 in the order in which they first came: a table of open addresses.

    Examples
    --------
    >>> places = NumberPlaces()
    >>> place, new = places.find_or_add(np.array([7, 9, 7]))
    >>> place.tolist(), new.tolist(), places.count
    ([0, 1, 0], [7, 9], 2)
    """

    def __init__(self) -> None:
        self.count = 0
        self._slots = _empty(_FIRST_SLOTS)

    def find_or_add(
        self, numbers: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the place of each number, and those that are new, in the order of their places."""
        if 2 * (self.count + len(numbers)) > len(self._slots):
            self._widen(self.count + len(numbers))
        place, new = _find_or_add(numbers, self._slots, self.count)
        self.count += len(new)
        return place, new

    def _widen(self, count: int) -> None:
        """Make room for so many numbers, at most half full and growing at least twofold."""
        slots = _empty(1 << (4 * count - 1).bit_length())
        _move(self._slots, slots)
        self._slots = slots


def _empty(n: int) -> NDArray[np.int64]:
    """Return empty slots, each a number and its place side by side: one look-up, one cache line."""
    return np.zeros((n, 2), dtype=np.int64)


@compiled
def _numbers(offsets: Any, data: Any) -> Any:
    numbers = np.zeros(offsets.size - 1, dtype=np.int64)
    for row in range(numbers.size):
        start = offsets[row]
        # 13 to 19: no other mobile numbers are given out.
        if offsets[row + 1] - start != _DIGITS or data[start] != 0x31 or data[start + 1] < 0x33:
            continue
        number = np.int64(0)
        for position in range(start, start + _DIGITS):
            digit = data[position]
            if digit < 0x30 or digit > 0x39:
                number = np.int64(0)
                break
            number = number * 10 + (digit - 0x30)
        numbers[row] = number
    return numbers


@compiled
def _slot(number: int, slots: Any) -> Any:
    """Slot that holds a number, or the empty one where it belongs."""
    mask = len(slots) - 1
    slot = ((number * _SPREAD) >> 20) & mask
    while slots[slot, 0] != 0 and slots[slot, 0] != number:
        slot = (slot + 1) & mask
    return slot


@compiled
def _find_or_add(asked: Any, slots: Any, count: int) -> Any:
    place = np.empty(asked.size, dtype=np.int32)
    new = np.empty(asked.size, dtype=np.int64)
    added = 0
    for row in range(asked.size):
        slot = _slot(asked[row], slots)
        if slots[slot, 0] == 0:
            slots[slot, 0], slots[slot, 1] = asked[row], count + added
            new[added] = asked[row]
            added += 1
        place[row] = slots[slot, 1]
    return place, new[:added].copy()


@compiled
def _move(old: Any, slots: Any) -> None:
    for row in range(len(old)):
        if old[row, 0] != 0:
            slot = _slot(old[row, 0], slots)
            slots[slot, 0], slots[slot, 1] = old[row, 0], old[row, 1]
