"""Mobile numbers as whole numbers, and their hashes, each worked out once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geodata.arrays import text_buffers
from geodata.blake2s import finish, state_after_key
from spatial._compiled import compiled

HASH_BYTES = 16
"""Kept of a caller's hash: 128 bits."""

_DIGITS = 11
_FIRST_SLOTS = 1 << 17
_NONE, _ONE, _TEN, _SHIFT = np.uint64(0), np.uint64(1), np.uint64(10), np.uint64(20)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio: multiplied by it, near numbers end up far apart (Knuth)."""

_DIGIT_PAIRS = np.frombuffer(bytes(range(256)).hex().encode(), dtype=np.uint16)
"""Each byte in hexadecimal."""


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


class NumberHashes:
    """Hashes of mobile numbers, remembered: a table of open addresses that grows.

    Looking a number up takes a tenth of hashing it.

    Parameters
    ----------
    key : bytes
        Secret under which they are hashed, by BLAKE2s.

    Examples
    --------
    >>> from hashlib import blake2s
    >>> hashes = NumberHashes(b"k" * 32)
    >>> digests = hashes.digests(np.array([13800000000, 13900000000, 13800000000]))
    >>> hashes.count, digests.shape
    (2, (3, 2))
    >>> digests[0].tobytes() == blake2s(b"13800000000", key=b"k" * 32, digest_size=16).digest()
    True
    """

    def __init__(self, key: bytes) -> None:
        self.count = 0
        self._state = state_after_key(key, HASH_BYTES)
        self._slots = _empty(_FIRST_SLOTS)

    def digests(self, numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Return the hash of each number, shape (n, 2)."""
        if 2 * (self.count + len(numbers)) > len(self._slots):
            self._widen(self.count + len(numbers))
        found, new = _find_or_hash(numbers, self._slots, self._state)
        self.count += new
        digests: NDArray[np.uint64] = found
        return digests

    def _widen(self, count: int) -> None:
        """Make room for so many numbers, at most half full."""
        slots = _empty(1 << (2 * count - 1).bit_length())
        _move(self._slots, slots)
        self._slots = slots


def _empty(n: int) -> NDArray[np.uint64]:
    """Return empty slots, each a number and its hash side by side: one look-up, one cache line."""
    return np.zeros((n, 3), dtype=np.uint64)


def hexadecimal(digests: NDArray[np.uint64]) -> pa.StringArray:
    """Return hashes, shape (n, 2), as text.

    Examples
    --------
    >>> hexadecimal(np.array([[1, 255]], dtype=np.uint64)).to_pylist()
    ['0100000000000000ff00000000000000']
    """
    offsets = np.arange(len(digests) + 1, dtype=np.int32) * np.int32(2 * HASH_BYTES)
    texts = _hexadecimal(digests.view(np.uint8), _DIGIT_PAIRS)
    return pa.StringArray.from_buffers(len(digests), pa.py_buffer(offsets), pa.py_buffer(texts))


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
def _slot(number: Any, slots: Any) -> Any:
    """Slot that holds a number, or the empty one where it belongs."""
    mask = np.uint64(len(slots) - 1)
    slot = ((number * _SPREAD) >> _SHIFT) & mask
    while slots[slot, 0] != _NONE and slots[slot, 0] != number:
        slot = (slot + _ONE) & mask
    return slot


@compiled
def _find_or_hash(asked: Any, slots: Any, state: Any) -> Any:
    digests = np.empty((asked.size, 2), dtype=np.uint64)
    block, room = np.zeros(16, dtype=np.uint32), np.empty(16, dtype=np.uint32)
    digest = np.empty(8, dtype=np.uint32)
    new = 0
    for row in range(asked.size):
        number = np.uint64(asked[row])
        slot = _slot(number, slots)
        if slots[slot, 0] == _NONE:
            _write(number, block)
            digest[:] = state
            finish(digest, block, _DIGITS, room)
            slots[slot, 0] = number
            for word in range(2):
                low, high = np.uint64(digest[2 * word]), np.uint64(digest[2 * word + 1])
                slots[slot, word + 1] = low | (high << np.uint64(32))
            new += 1
        digests[row, 0], digests[row, 1] = slots[slot, 1], slots[slot, 2]
    return digests, new


@compiled
def _write(number: Any, block: Any) -> None:
    """Write a number's digits into the words of a block, four to a word."""
    block[0] = block[1] = block[2] = np.uint32(0)
    for position in range(_DIGITS - 1, -1, -1):
        digit = np.uint32(0x30) + np.uint32(number % _TEN)
        number //= _TEN
        block[position // 4] |= digit << np.uint32(8 * (position % 4))


@compiled
def _move(old: Any, slots: Any) -> None:
    for row in range(len(old)):
        if old[row, 0] != _NONE:
            slots[_slot(old[row, 0], slots)] = old[row]


@compiled
def _hexadecimal(digests: Any, pairs: Any) -> Any:
    texts = np.empty(digests.size, dtype=np.uint16)
    place = 0
    for row in range(digests.shape[0]):
        for each in range(digests.shape[1]):
            texts[place] = pairs[digests[row, each]]
            place += 1
    return texts
