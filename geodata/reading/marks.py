"""Marks of rows as they stand in a file (`geodata.row_marks`), and by what they are read.

A mark is the row's SipHash-2-4 [1]_ under a key made of the home's: a function that nobody without
the key can compute, or turn round to find a caller by trial.

References
----------
.. [1] Aumasson and Bernstein, SipHash: a fast short-input PRF, INDOCRYPT 2012.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
import pyarrow as pa
from blake3 import blake3

import geodata
import spatial
from geodata.arrays import text_buffers
from geodata.profiles import Profile
from geodata.profiles.model import INPUT_FIELDS
from geodata.program import source_digest
from geodata.row_marks import Marks
from geodata.schema import SOURCE_ROW
from spatial._compiled import compiled

_NONE, _FOUR, _EIGHT, _HALF = np.uint64(0), np.uint64(4), np.uint64(8), np.uint64(32)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)

_PURPOSE = "suyuan marks of rows"
_LIBRARIES = ("numpy", "polars", "pyarrow", "pyproj")
"""That read cells, besides Python's own."""


def mark_rows(rows: pa.Table, caller_key: bytes) -> Marks:
    """Return the mark of each row: of its cells as they are written, in the order of the fields.

    Parameters
    ----------
    rows : pyarrow.Table
        `source_row` and columns named by input fields, as text.
    caller_key : bytes
        The home's secret.

    Examples
    --------
    >>> rows = pa.table({"case_id": ["1", "1", "2"], "title": ["a", "a", "a"]})
    >>> marks = mark_rows(rows, b"k" * 32)
    >>> bool(marks[0] == marks[1]), bool(marks[0] == marks[2])
    (True, False)
    """
    key = blake3(caller_key, derive_key_context=_PURPOSE).digest(length=16)
    states = np.zeros((len(rows), 5), dtype=np.uint64)
    _begin(states, np.frombuffer(key, dtype=np.uint64))
    for name in sorted(set(rows.column_names) - {SOURCE_ROW}, key=INPUT_FIELDS.index):
        start = 0
        for piece in rows[name].chunks:
            _absorb(*text_buffers(piece), states[start : start + len(piece)])
            start += len(piece)
    marks: Marks = _end(states)
    return marks


def reading_of(profile: Profile, fields: Iterable[str], *settings: str) -> int:
    """Return 64 bits of all that decides what the cells of a file mean.

    Parameters
    ----------
    profile : Profile
    fields : iterable of str
        Input fields that the file has.
    *settings : str
        Coordinate system and time zone.
    """
    told = (profile.model_dump_json(), *sorted(fields), *settings)
    digest = blake3(b"\x00".join(each.encode() for each in told))
    digest.update(_program())
    return int.from_bytes(digest.digest(length=8), "little")


@cache
def _program() -> bytes:
    """Name what reads cells: another version of any part may read them otherwise."""
    libraries = "\n".join(version(name) for name in _LIBRARIES)
    return libraries.encode() + source_digest(geodata, spatial)


@compiled
def _begin(states: Any, key: Any) -> None:
    """Set the states, four words of SipHash and the number of bytes absorbed, to their start."""
    for row in range(states.shape[0]):
        states[row, 0] = key[0] ^ np.uint64(0x736F6D6570736575)
        states[row, 1] = key[1] ^ np.uint64(0x646F72616E646F6D)
        states[row, 2] = key[0] ^ np.uint64(0x6C7967656E657261)
        states[row, 3] = key[1] ^ np.uint64(0x7465646279746573)


@compiled
def _absorb(offsets: Any, data: Any, states: Any) -> None:
    """Take in a cell of each row: its length and first four bytes, then eight bytes at a time.

    Places after its end are zeros. The length comes first, so no two rows give the same words.
    """
    for row in range(states.shape[0]):
        v0, v1, v2, v3 = states[row, 0], states[row, 1], states[row, 2], states[row, 3]
        # Numbers without a sign, of which the compiler knows that they count from the start.
        place, end = np.uint64(offsets[row]), np.uint64(offsets[row + 1])
        word = (end - place) | (_bytes(data, place, min(end - place, _FOUR)) << _HALF)
        v0, v1, v2, v3 = _take(v0, v1, v2, v3, word)
        states[row, 4] += _EIGHT
        place += _FOUR
        while place < end:
            word = _bytes(data, place, min(end - place, _EIGHT))
            v0, v1, v2, v3 = _take(v0, v1, v2, v3, word)
            states[row, 4] += _EIGHT
            place += _EIGHT
        states[row, 0], states[row, 1], states[row, 2], states[row, 3] = v0, v1, v2, v3


@compiled
def _bytes(data: Any, place: Any, n: Any) -> Any:
    """Return up to eight bytes as a number, the first one lowest."""
    if n == _NONE:
        return _NONE
    if place + _EIGHT <= np.uint64(data.size):
        # Written out, this is one load from memory.
        word = (
            np.uint64(data[place])
            | (np.uint64(data[place + np.uint64(1)]) << np.uint64(8))
            | (np.uint64(data[place + np.uint64(2)]) << np.uint64(16))
            | (np.uint64(data[place + np.uint64(3)]) << np.uint64(24))
            | (np.uint64(data[place + np.uint64(4)]) << np.uint64(32))
            | (np.uint64(data[place + np.uint64(5)]) << np.uint64(40))
            | (np.uint64(data[place + np.uint64(6)]) << np.uint64(48))
            | (np.uint64(data[place + np.uint64(7)]) << np.uint64(56))
        )
        return word & (_ALL >> (_EIGHT * (_EIGHT - n)))
    word = _NONE
    for each in range(n):
        word |= np.uint64(data[place + np.uint64(each)]) << np.uint64(8 * each)
    return word


@compiled
def _end(states: Any) -> Any:
    marks = np.empty(states.shape[0], dtype=np.uint64)
    for row in range(states.shape[0]):
        v0, v1, v2, v3 = states[row, 0], states[row, 1], states[row, 2], states[row, 3]
        v0, v1, v2, v3 = _take(v0, v1, v2, v3, states[row, 4] << np.uint64(56))
        v2 ^= np.uint64(0xFF)
        for _ in range(4):
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        marks[row] = v0 ^ v1 ^ v2 ^ v3
    return marks


@compiled
def _take(v0: Any, v1: Any, v2: Any, v3: Any, word: Any) -> Any:
    v3 ^= word
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ word, v1, v2, v3


@compiled
def _round(v0: Any, v1: Any, v2: Any, v3: Any) -> Any:
    v0 += v1
    v2 += v3
    v1 = _turn(v1, 13) ^ v0
    v3 = _turn(v3, 16) ^ v2
    v0 = _turn(v0, 32)
    v2 += v1
    v0 += v3
    v1 = _turn(v1, 17) ^ v2
    v3 = _turn(v3, 21) ^ v0
    v2 = _turn(v2, 32)
    return v0, v1, v2, v3


@compiled
def _turn(word: Any, bits: int) -> Any:
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))
