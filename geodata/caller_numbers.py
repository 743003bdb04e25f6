"""Mobile numbers as whole numbers, and their hashes, each worked out once.

They are hashed by BLAKE2s [1]_ under the home's key, as `hashlib` has it, but in a compiled loop:
calls of `hashlib` for each of millions of numbers take twice as long and keep other threads back.

References
----------
.. [1] RFC 7693, The BLAKE2 Cryptographic Hash and Message Authentication Code.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geodata.arrays import text_buffers
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

_BLOCK = 64
"""Bytes that BLAKE2s takes in at a time."""

_ROUNDS = 10
_START = np.array(
    [
        *(0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A),
        *(0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19),
    ],
    dtype=np.uint32,
)
_ORDERS = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    ],
    dtype=np.uint8,
)
"""In which each round takes the words of a block."""


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

    Looking a number up takes a quarter of hashing it.

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


def state_after_key(key: bytes, size: int) -> NDArray[np.uint32]:
    """Return the state that has taken in a key, from which each message goes on.

    Parameters
    ----------
    key : bytes
        1–32 bytes.
    size : int
        Bytes of the hash that are kept.
    """
    if not 1 <= len(key) <= 32:
        raise ValueError(f"a key of {len(key)} bytes; BLAKE2s takes 1 to 32")
    state = _START.copy()
    state[0] ^= np.uint32(0x01010000 | len(key) << 8 | size)
    block = np.frombuffer(key.ljust(_BLOCK, b"\0"), dtype=np.uint32)
    _compress(state, block, np.uint32(_BLOCK), False, np.empty(16, dtype=np.uint32))
    return state


def _empty(n: int) -> NDArray[np.uint64]:
    """Return empty slots, each a number and its hash side by side: one look-up finds both."""
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
            _finish(digest, block, _DIGITS, room)
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


@compiled
def _finish(state: Any, block: Any, length: int, room: Any) -> None:
    """Bring a state that has taken in the key to the hash of the key's only message.

    Parameters
    ----------
    state : ndarray of uint32
        From `state_after_key`; becomes the hash.
    block : ndarray of uint32
        16 words: the message, then zeros.
    length : int
        Bytes of the message, at most 64.
    room : ndarray of uint32
        16 words to work in.
    """
    _compress(state, block, np.uint32(_BLOCK + length), True, room)


@compiled
def _compress(state: Any, block: Any, taken: Any, last: bool, v: Any) -> None:
    for i in range(8):
        v[i], v[i + 8] = state[i], _START[i]
    v[12] ^= taken
    if last:
        v[14] ^= np.uint32(0xFFFFFFFF)
    for number in range(_ROUNDS):
        order = _ORDERS[number]
        for i in range(4):
            _mix(v, i, i + 4, i + 8, i + 12, block[order[2 * i]], block[order[2 * i + 1]])
        for i in range(4):
            x, y = block[order[8 + 2 * i]], block[order[9 + 2 * i]]
            _mix(v, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, x, y)
    for i in range(8):
        state[i] ^= v[i] ^ v[i + 8]


@compiled
def _mix(v: Any, a: int, b: int, c: int, d: int, x: Any, y: Any) -> None:
    v[a] += v[b] + x
    v[d] = _turn(v[d] ^ v[a], 16)
    v[c] += v[d]
    v[b] = _turn(v[b] ^ v[c], 12)
    v[a] += v[b] + y
    v[d] = _turn(v[d] ^ v[a], 8)
    v[c] += v[d]
    v[b] = _turn(v[b] ^ v[c], 7)


@compiled
def _turn(word: Any, bits: int) -> Any:
    return (word >> np.uint32(bits)) | (word << np.uint32(32 - bits))
