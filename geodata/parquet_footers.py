"""The footer of a Parquet file as a tree that can be changed and written again.

It is written in Thrift's compact protocol. The tree keeps all that it does not know, so that what a
later version of the format adds is written as it was read.

References
----------
.. [1] Apache Parquet format, ``parquet.thrift``.
.. [2] Apache Thrift, compact protocol.
"""

from __future__ import annotations

import os
from typing import Any, BinaryIO

_MAGIC = b"PAR1"
_TRAILER = 8
"""Bytes of the footer's length and the magic word at the end."""

TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
"""Types of the protocol."""

_INTEGERS = (4, 5, 6)

Struct = dict[int, tuple[int, Any]]
"""Field number → type and value; the value of a list is the type of its items and they."""


def read_footer(file: BinaryIO) -> Struct:
    """Return the footer of an open Parquet file: its ``FileMetaData``.

    Raises
    ------
    OSError
        The file does not end as a Parquet file does.
    """
    end = file.seek(-_TRAILER, os.SEEK_END)
    length = int.from_bytes(file.read(4), "little")
    if file.read(4) != _MAGIC:
        raise OSError("no Parquet file, or cut short")
    file.seek(end - length)
    return _Reader(file.read(length)).struct()


def write_footer(file: BinaryIO, footer: Struct) -> None:
    """End a Parquet file with a footer.

    Examples
    --------
    >>> import io
    >>> made = io.BytesIO()
    >>> write_footer(made, {1: (5, 2), 6: (BINARY, b"suyuan")})
    >>> read_footer(made)
    {1: (5, 2), 6: (8, b'suyuan')}
    """
    text = _written(footer)
    file.write(text + len(text).to_bytes(4, "little") + _MAGIC)


class _Reader:
    """Reads Thrift's compact protocol."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._at = 0

    def struct(self) -> Struct:
        fields: Struct = {}
        number = 0
        while (head := self._byte()) != 0:
            number = number + (head >> 4) if head >> 4 else self._integer()
            fields[number] = head & 15, self._value(head & 15)
        return fields

    def _value(self, kind: int, *, within: bool = False) -> Any:
        if kind in _INTEGERS:
            return self._integer()
        if kind == BINARY:
            return self._bytes(self._natural())
        if kind == STRUCT:
            return self.struct()
        if kind in (LIST, SET):
            head = self._byte()
            size = head >> 4 if head >> 4 != 15 else self._natural()
            return head & 15, [self._value(head & 15, within=True) for _ in range(size)]
        if kind in (TRUE, FALSE):
            return self._byte() if within else kind
        if kind == BYTE:
            return self._byte()
        if kind == DOUBLE:
            return self._bytes(8)
        raise ValueError(f"footer: a value of type {kind} was not expected")

    def _byte(self) -> int:
        self._at += 1
        return self._text[self._at - 1]

    def _bytes(self, size: int) -> bytes:
        self._at += size
        if self._at > len(self._text):
            raise EOFError("footer: ends within a value")
        return self._text[self._at - size : self._at]

    def _natural(self) -> int:
        # A footer is nearly nothing but these: local names halve the time.
        text, at = self._text, self._at
        value = shift = 0
        while (byte := text[at]) > 127:
            value |= (byte & 127) << shift
            shift += 7
            at += 1
        self._at = at + 1
        return value | byte << shift

    def _integer(self) -> int:
        value = self._natural()
        return (value >> 1) ^ -(value & 1)


def _written(fields: Struct) -> bytes:
    parts: list[bytes] = []
    last = 0
    for number, (kind, value) in sorted(fields.items()):
        step = number - last
        head = bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + _integer(number)
        parts += [head, b"" if kind in (TRUE, FALSE) else _value(kind, value)]
        last = number
    return b"".join(parts) + b"\0"


def _value(kind: int, value: Any) -> bytes:
    if kind in (TRUE, FALSE, BYTE):
        return bytes([value])
    if kind in _INTEGERS:
        return _integer(value)
    if kind == DOUBLE:
        return bytes(value)
    if kind == BINARY:
        return _natural(len(value)) + bytes(value)
    if kind == STRUCT:
        return _written(value)
    of, values = value
    size = len(values)
    head = bytes([size << 4 | of]) if size < 15 else bytes([15 << 4 | of]) + _natural(size)
    return head + b"".join(_value(of, each) for each in values)


def _natural(value: int) -> bytes:
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _integer(value: int) -> bytes:
    return _natural(value << 1 if value >= 0 else ((-value) << 1) - 1)
