"""Tell a text file's encoding and hand on its bytes as UTF-8, every one of them checked."""

import codecs
import io
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from geodata.errors import UnreadableFile

SAMPLE_BYTES = 1 << 18
"""Bytes at the start of a file from which encoding, delimiter and header are told."""

_CHUNK = 1 << 20

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_EXPECTED = "expected UTF-8, GB18030 or UTF-16"
_EXPECTED_ZH = "应为 UTF-8、GB18030 或 UTF-16 编码"

_TEXT_PER_ZERO = 20
"""Bytes of text to one zero byte: databases leave some in cells, what is no text has more."""

_HEADER_BYTES = 1 << 9

_TELLING = 64
"""Bytes beyond ASCII's end from which UTF-8 and GB18030 are told apart."""

UNDECIDED = "ascii"
"""A sample of plain ASCII: the first other byte will decide between UTF-8 and GB18030."""


@dataclass(frozen=True)
class Encoding:
    """Name of an encoding and the length of the byte order mark before the text."""

    name: str
    mark: int = 0


def detect_encoding(sample: bytes, file: str) -> Encoding:
    """Tell the encoding of a text by its first bytes.

    Parameters
    ----------
    sample : bytes
        The start of the file; its last character may be cut.
    file : str
        Name for messages.

    Raises
    ------
    UnreadableFile
        When the bytes are text in none of the encodings that are read.

    Examples
    --------
    >>> detect_encoding("工单编号".encode("gb18030"), "a.csv")
    Encoding(name='gb18030', mark=0)
    """
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return Encoding(name, len(mark))
    if b"\0" in sample:
        if wide := _utf16_without_mark(sample):
            return Encoding(wide)
        _check_few_zeros(sample, file)
    ascii_bytes = _ascii_bytes(sample)
    goes_on = len(sample) >= SAMPLE_BYTES
    if ascii_bytes == len(sample) or (len(sample) < ascii_bytes + _TELLING and goes_on):
        return Encoding(UNDECIDED)
    return Encoding(_utf8_or_gb18030(sample, file))


def _utf16_without_mark(sample: bytes) -> str | None:
    # Commas, dates and line ends of UTF-16 text are ASCII characters, whose high byte is zero;
    # further down long Chinese texts may leave few of them.
    for part in (sample, sample[:_HEADER_BYTES]):
        for name, offset in (("utf-16-le", 1), ("utf-16-be", 0)):
            high, low = part[offset::2].count(0), part[1 - offset :: 2].count(0)
            if high > len(part) // 40 and high > 4 * low:
                return name
    return None


def _check_few_zeros(sample: bytes, file: str) -> None:
    if sample.count(0) * _TEXT_PER_ZERO > len(sample) or _decoded(sample)[0] is None:
        raise UnreadableFile(
            f"{file}: not a table (zero bytes in the text); {_EXPECTED} text",
            f"{file}：不是表格文件（文本中含有空字节）；{_EXPECTED_ZH}的文本",
        )


def _utf8_or_gb18030(sample: bytes, file: str) -> str:
    name, fault = _decoded(sample)
    if name is not None:
        return name
    line = sample.count(b"\n", 0, fault) + 1
    raise UnreadableFile(
        f"{file}: broken encoding at line {line}; {_EXPECTED}",
        f"{file}：第 {line} 行的文字编码有误；{_EXPECTED_ZH}",
    )


def _decoded(sample: bytes) -> tuple[str | None, int]:
    """Return the encoding that fits, and how far any of them did."""
    faults = []
    for name in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(name)("strict").decode(sample)
        except UnicodeDecodeError as error:
            faults.append(error.start)
        else:
            return name, len(sample)
    return None, max(faults)


class Utf8Stream(io.RawIOBase):
    """A text file's bytes as UTF-8, whatever its encoding; broken text raises on the way.

    Parameters
    ----------
    path : Path
        The file.
    encoding : Encoding
        As `detect_encoding` told it.
    end : str, optional
        Text to send after the last byte of the file.
    """

    def __init__(self, path: Path, encoding: Encoding, end: str = "") -> None:
        super().__init__()
        self._path, self._name = path, path.name
        self._mark = encoding.mark
        self._file: BinaryIO = path.open("rb")
        self._file.seek(encoding.mark)
        self._encoding = encoding.name
        self._decoder = codecs.getincrementaldecoder(encoding.name)("strict")
        self._ready = b""
        self._cut = b""
        self._ended = False
        self._end = end.encode()
        self.position = encoding.mark

    def readable(self) -> bool:
        """Tell that this stream can be read."""
        return True

    def close(self) -> None:
        """Close the file below."""
        self._file.close()
        super().close()

    def readinto(self, buffer: Any, /) -> int:
        """Fill `buffer` with the next bytes; return how many, 0 at the end."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def read(self, size: int = -1, /) -> bytes:
        """Read up to `size` bytes, all that are left when it is negative; none only at the end.

        Raises
        ------
        UnreadableFile
            Where the file is not in the encoding that its start showed.
        """
        if size < 0:
            return b"".join(iter(partial(self.read, _CHUNK), b""))
        while not self._ready and not self._ended:
            self._ready = self._next_chunk(size)
        # Most often a chunk is what was asked for, and goes on without a copy.
        data, self._ready = (
            (self._ready, b"")
            if len(self._ready) <= size
            else (self._ready[:size], self._ready[size:])
        )
        return data

    def _next_chunk(self, size: int) -> bytes:
        raw = self._file.read(max(size - len(self._cut), 1))
        self.position += len(raw)
        self._ended = not raw
        if self._encoding == UNDECIDED:
            raw, self._cut = self._cut + raw, b""
            ascii_bytes = _ascii_bytes(raw)
            # The first few other bytes may be of either encoding: they wait for more.
            if ascii_bytes == len(raw) or (len(raw) < ascii_bytes + _TELLING and not self._ended):
                raw, self._cut = raw[:ascii_bytes], raw[ascii_bytes:]
                return raw + self._end if self._ended else raw
            self._encoding = _utf8_or_gb18030(raw, self._name)
            self._decoder = codecs.getincrementaldecoder(self._encoding)("strict")
        utf8 = self._as_utf8(raw)
        return utf8 + self._end if self._ended else utf8

    def _as_utf8(self, raw: bytes) -> bytes:
        """Return the next bytes as UTF-8; a character that a chunk cuts comes with the next one."""
        if self._encoding == "utf-8":
            raw, self._cut = _without_cut(self._cut + raw, ended=self._ended)
            if is_utf8(raw):
                return raw
        try:
            return self._decoder.decode(raw, final=self._ended).encode()
        except UnicodeDecodeError as error:
            start = self.position - len(raw) - len(self._cut) + error.start
            line = self._line_of(start)
            raise UnreadableFile(
                f"{self._name}: broken encoding near line {line}: not {self._encoding} "
                f"like the text before it; {_EXPECTED}, one throughout",
                f"{self._name}：第 {line} 行附近的文字编码与前文不同，不是 {self._encoding}；"
                f"{_EXPECTED_ZH}，且全文一致",
            ) from error

    def _line_of(self, position: int) -> int:
        with self._path.open("rb") as file:
            file.seek(self._mark)
            before = file.read(max(position - self._mark, 0))
        return before.decode(self._encoding, errors="replace").count("\n") + 1


def is_utf8(data: bytes) -> bool:
    """Return whether bytes are UTF-8; Arrow tells it four times as fast as decoding them does.

    Examples
    --------
    >>> is_utf8("灯".encode()), is_utf8("灯".encode("gb18030"))
    (True, False)
    """
    ends = pa.py_buffer(np.array([0, len(data)]))
    value = pa.LargeBinaryArray.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(data)])
    try:
        value.cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _ascii_bytes(data: bytes) -> int:
    """Return how many bytes at the start are ASCII."""
    found = None if data.isascii() else re.search(rb"[\x80-\xff]", data)
    return found.start() if found else len(data)


def _without_cut(data: bytes, *, ended: bool) -> tuple[bytes, bytes]:
    """Part bytes before a character at their end that goes on after them."""
    cut = 0 if ended else _cut_bytes(data)
    return (data[:-cut], data[-cut:]) if cut else (data, b"")


def _cut_bytes(data: bytes) -> int:
    """Return how many bytes at the end may begin a character of UTF-8 that goes on after them."""
    for length in range(1, min(len(data), 3) + 1):
        byte = data[-length]
        if byte >= 0xC0:
            return length if length < _character_bytes(byte) else 0
        if byte < 0x80:
            return 0
    return 0


def _character_bytes(first: int) -> int:
    return 2 if first < 0xE0 else 3 if first < 0xF0 else 4
