"""JSON lines, JSON arrays and pages that wrap one → records, streamed.

A broken line of JSON lines costs that line; a broken array cannot be told apart into records any
more and is refused whole, with the place of the fault.
"""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geodata.errors import UnreadableFile
from geodata.profiles import Profile
from geodata.reading.documents import Document, open_documents
from geodata.reading.encodings import SAMPLE_BYTES, Encoding, Utf8Stream, detect_encoding
from geodata.reading.flattening import NestedTooDeepError, flatten
from geodata.reading.tables import TableSource

LONGEST_RECORD = 1 << 24
"""Characters of one record; a longer one is no case."""

WHOLE_LIMIT = 1 << 26
"""Characters of a page that is one object: such a page is read whole."""

_CHUNK = 1 << 20
_START = re.compile(r'\s*(?:\[\s*[{\]]|\{\s*["}])')
_SPACE = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=lambda _: None)


def is_json(sample: str) -> bool:
    """Tell by its start whether a text is JSON: a title in brackets is not.

    Examples
    --------
    >>> is_json('[{"id": 1}]'), is_json("[安和市] 诉求月报"), is_json("{}")
    (True, False, True)
    """
    return _START.match(sample) is not None


def open_json(path: Path, profile: Profile) -> TableSource:
    """Open JSON lines, a JSON array of records, or one object that wraps such an array.

    Raises
    ------
    UnreadableFile
        When the file is broken JSON or holds no records.
    MissingColumn
        When no record has a required field.
    """
    return open_documents(path, profile, "json", lambda: read_json(path))


def read_json(path: Path) -> Iterator[Document]:
    """Yield the records of a JSON file with their number: the line, or the place in the array.

    Raises
    ------
    UnreadableFile
        Where the JSON is broken beyond one line.
    """
    with path.open("rb") as file:
        encoding = detect_encoding(file.read(SAMPLE_BYTES), path.name)
    with _lines(path, encoding) as text:
        start = text.read(_CHUNK).lstrip()
    if start.startswith("["):
        yield from _array(path, encoding)
        return
    wrapped = _wrapped(path, encoding, start)
    yield from _line_records(path, encoding) if wrapped is None else map(_document, *wrapped)


def decode_records(text: str) -> list[dict[str, str | None]]:
    """Read an array of records that is in memory.

    Raises
    ------
    ValueError, RecursionError, NestedTooDeepError
        It is broken, or no array of records.
    """
    value = _DECODER.decode(text)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError("no array of records")
    return [flatten(each) for each in value]


def _lines(path: Path, encoding: Encoding) -> io.TextIOWrapper:
    stream = io.BufferedReader(Utf8Stream(path, encoding))
    return io.TextIOWrapper(stream, encoding="utf-8", newline="")


def _document(number: int, value: object) -> Document:
    if not isinstance(value, dict):
        return Document(number, rule="not_a_record", text=json.dumps(value, ensure_ascii=False))
    try:
        return Document(number, flatten(value))
    except NestedTooDeepError:
        return Document(number, rule="nested_too_deep")


def _line_records(path: Path, encoding: Encoding) -> Iterator[Document]:
    with _lines(path, encoding) as text:
        number = 0
        while line := text.readline(LONGEST_RECORD):
            number += 1
            if len(line) == LONGEST_RECORD and not line.endswith("\n"):
                _skip_line(text)
                yield Document(number, rule="broken_json", text=line[:_CHUNK])
            elif line.strip():
                yield _line(number, line)


def _skip_line(text: io.TextIOWrapper) -> None:
    while (rest := text.readline(_CHUNK)) and not rest.endswith("\n"):
        pass


def _line(number: int, line: str) -> Document:
    try:
        return _document(number, _DECODER.decode(line))
    except RecursionError:
        return Document(number, rule="nested_too_deep")
    except ValueError:
        return Document(number, rule="broken_json", text=line)


def _wrapped(path: Path, encoding: Encoding, start: str) -> tuple[range, list[Any]] | None:
    """Return the records of a file that is one object; None when it is JSON lines.

    The array of records is the object's longest one; an object without any is a record itself.
    """
    first = start.partition("\n")[0].strip()
    if first.endswith("}") and start[len(first) :].strip():
        return None
    with _lines(path, encoding) as text:
        whole = text.read(WHOLE_LIMIT)
        if text.read(1):
            _check_lines(path, whole, f"one object of more than {WHOLE_LIMIT:,} characters")
            return None
    try:
        value = _DECODER.decode(whole)
    except (ValueError, RecursionError) as error:
        _check_lines(path, whole, str(error))
        return None
    arrays = [each for each in value.values() if _is_records(each)]
    records = max(arrays, key=len, default=[value])
    return range(1, len(records) + 1), records


def _check_lines(path: Path, whole: str, reason: str) -> None:
    """Refuse what is no single object, unless a second record stands on the next line."""
    if not whole.partition("\n")[2].startswith("{"):
        raise _broken(path, reason)


def _is_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _array(path: Path, encoding: Encoding) -> Iterator[Document]:
    with _lines(path, encoding) as text:
        buffer = text.read(_CHUNK).lstrip()[1:]
        number = 0
        while True:
            buffer = buffer[_SPACE.match(buffer).end() :]  # type: ignore[union-attr]
            if buffer.startswith("]"):
                return
            value, end = _next_value(path, buffer, text, number + 1)
            if isinstance(end, str):
                buffer = end
                continue
            number += 1
            buffer = buffer[end:]
            yield _document(number, value)


def _next_value(
    path: Path, buffer: str, text: io.TextIOWrapper, number: int
) -> tuple[Any, int | str]:
    """Decode a record at the start of the buffer, or return a longer buffer."""
    try:
        return _DECODER.raw_decode(buffer)
    except RecursionError as error:
        raise _broken(path, f"record {number} is nested too deeply") from error
    except ValueError as error:
        # Reading twice as much each time keeps the work linear in the record's length.
        more = text.read(max(_CHUNK, len(buffer))) if len(buffer) < LONGEST_RECORD else ""
        if not more:
            raise _broken(path, f"record {number}: {_reason(error)}") from error
        return None, buffer + more


def _reason(error: ValueError) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)


def _broken(path: Path, reason: str) -> UnreadableFile:
    reason = " ".join(reason.split())[:80]
    return UnreadableFile(
        f"{path.name}: broken JSON ({reason}); fetch or export it again",
        f"{path.name}：JSON 不完整或有误，请重新获取或导出（技术信息：{reason}）",
    )
