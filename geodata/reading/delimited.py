"""CSV and its kin: delimiter and header told from the start, rows streamed through pyarrow."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from geodata.errors import UnreadableFile
from geodata.privacy import shape_of
from geodata.profiles import Profile
from geodata.reading.encodings import SAMPLE_BYTES, Encoding, Utf8Stream, detect_encoding
from geodata.reading.headers import (
    HEADER_SEARCH_ROWS,
    Header,
    find_header,
    header_shown,
    match_header,
    missing_column,
)
from geodata.reading.records import Record, read_records
from geodata.reading.rejects import build_rejects
from geodata.reading.tables import RawBatch, TableSource, make_rows

DELIMITERS = (",", "\t", ";", "|")

BLOCK_BYTES = 1 << 21
"""Bytes handed to the parser at a time, which stay near the processor; a longer record goes to the
tolerant reader."""

LONGEST_RECORD = 1 << 24
"""Bytes of the longest record that the tolerant reader takes."""

_BATCH_BYTES = 1 << 24
"""Bytes of text from which rows are handed on: what is done with a batch costs the least then."""

_SLOW_BATCH_ROWS = 20_000

# Sent after the last line. It comes back as a row of its own unless a quotation mark is open there.
_END = "\x00end of file\x00"


@dataclass(frozen=True)
class _Layout:
    path: Path
    encoding: Encoding
    delimiter: str
    header: Header
    head_bytes: int
    """UTF-8 bytes up to and with the header."""

    @property
    def size(self) -> int:
        return max(self.path.stat().st_size, 1)

    @property
    def used(self) -> list[int]:
        return sorted(set(self.header.columns.values()))


def open_delimited(path: Path, profile: Profile) -> TableSource:
    """Open a text file as a table.

    Parameters
    ----------
    path : Path
        File in UTF-8, GB18030 or UTF-16 with comma, tab, semicolon or ``|`` between cells.
    profile : Profile
        Whose required fields the header must name.

    Raises
    ------
    UnreadableFile
        When the file is empty, no table, or in no known encoding.
    MissingColumn
        When no row among the first names all required fields.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    encoding = detect_encoding(sample, path.name)
    codec = "utf-8" if encoding.name == "ascii" else encoding.name
    text = sample[encoding.mark :].decode(codec, errors="ignore")
    if not text.strip():
        raise UnreadableFile(
            f"{path.name}: the file is empty; expected a table with a header",
            f"{path.name}：文件是空的；应为带表头的表格",
        )
    check_is_data(path.name, text)
    layout = _sniff(path, encoding, text, profile)
    return TableSource(path.name, "csv", layout.header, lambda: _read(layout))


def check_is_data(file: str, text: str) -> None:
    """Refuse a text that is no table, by its start."""
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html", "<table", "<?xml", "<meta")):
        raise UnreadableFile(
            f"{file}: a web page or XML, not a table; open it in a spreadsheet and save it as "
            ".xlsx",
            f"{file}：这是网页或 XML，不是表格；请用表格软件打开后另存为 .xlsx",
        )


def _sniff(path: Path, encoding: Encoding, text: str, profile: Profile) -> _Layout:
    tables = {delimiter: _first_rows(text, delimiter) for delimiter in DELIMITERS}
    found: tuple[Header, str] | None = None
    for delimiter, (rows, _) in tables.items():
        header = find_header(rows, profile)
        if header and (found is None or len(header.columns) > len(found[0].columns)):
            found = header, delimiter
    if found is None:
        raise _no_header(path.name, {key: rows for key, (rows, _) in tables.items()}, profile)
    header, delimiter = found
    head = tables[delimiter][1][header.row - 1]
    return _Layout(path, encoding, delimiter, header, len(text[:head].encode()))


def _first_rows(text: str, delimiter: str) -> tuple[list[list[str]], list[int]]:
    """Cells of the first rows, and how many characters end each of them."""
    lines: list[int] = [0]

    def counted() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            lines.append(lines[-1] + len(line))
            yield line

    rows, ends = [], []
    reader = csv.reader(counted(), delimiter=delimiter)
    for row in islice(reader, HEADER_SEARCH_ROWS):
        rows.append(row)
        ends.append(lines[reader.line_num])
    return rows, ends


def _no_header(file: str, tables: dict[str, list[list[str]]], profile: Profile) -> Exception:
    def matched(rows: list[list[str]]) -> tuple[int, int]:
        return (
            max((len(match_header(row, profile)) for row in rows), default=0),
            max((len(row) for row in rows), default=0),
        )

    rows = max(tables.values(), key=matched)
    if matched(rows)[1] < len(set(profile.required)):
        first = header_shown(next((" ".join(row[0].split()) for row in rows if row), ""), profile)
        return UnreadableFile(
            f"{file}: not a table: no comma, tab, semicolon or | parts the columns of the first "
            f"line '{first[:60]}'",
            f"{file}：不是表格；第一行“{first[:60]}”中没有用逗号、制表符、分号或 | 分隔的列",
        )
    return missing_column(file, rows, profile)


def _read(layout: _Layout) -> Iterator[RawBatch]:
    progress = _Progress(layout.header.row + 1)
    yield from _read_fast(layout, progress)
    if not progress.ended:
        yield from _read_slowly(layout, progress.next_row)


@dataclass
class _Progress:
    """How far the fast reader came: rows handed on, rows refused but not yet told."""

    next_row: int
    refused: list[tuple[int, str]] = field(default_factory=list)
    refused_bytes: int = 0
    ended: bool = False

    def refuse(self, row: int, text: str) -> None:
        """Note a row that is no record."""
        self.refused.append((row, text))
        self.refused_bytes += _bytes_of(text)

    @property
    def waits_too_long(self) -> bool:
        """Whether more rows are refused and not told than the blocks between them explain."""
        return self.refused_bytes > 2 * _BATCH_BYTES

    def number_rows(self, count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Row numbers of the next `count` good rows, which stand between the refused ones."""
        taken = np.array([row for row, _ in self.refused], dtype=np.int64)
        numbers = np.arange(self.next_row, self.next_row + count + len(taken), dtype=np.int64)
        if len(taken):
            numbers = numbers[~np.isin(numbers, taken)]
        if count:
            self.next_row = int(numbers[count - 1]) + 1
        return numbers[:count]

    def tell_refused(self) -> pa.Table:
        """Rejects for the refused rows before the next good one, each told once."""
        told = 0
        for row, text in self.refused:
            # Good rows that were not handed on yet may lie before a later one.
            if row > self.next_row or _END in text:
                break
            self.next_row = max(self.next_row, row + 1)
            told += 1
        entries, self.refused = self.refused[:told], self.refused[told:]
        self.refused_bytes = sum(_bytes_of(text) for _, text in self.refused)
        return _ragged([entry for entry in entries if entry[1].strip()])


def _bytes_of(text: str) -> int:
    """Return about how much memory a refused row takes until it is told."""
    return 200 + 2 * len(text)


def _ragged(entries: list[tuple[int, str]], rules: list[str] | None = None) -> pa.Table:
    blank: list[str | None] = [None] * len(entries)
    values: list[str | None] = [shape_of(text.strip()) for _, text in entries]
    rows = [row for row, _ in entries]
    return build_rejects(rows, blank, blank, values, rules or ["ragged_row"] * len(entries))


def _read_fast(layout: _Layout, progress: _Progress) -> Iterator[RawBatch]:
    """Yield what pyarrow can cut into records; `progress` tells whether that was all."""
    closed_at_end = False

    def refuse(row: pyarrow.csv.InvalidRow) -> str:
        nonlocal closed_at_end
        if row.text.strip() == _END:
            closed_at_end = True
        else:
            progress.refuse(layout.header.row + row.number, row.text)
        # No block comes of rows that are all refused: where there are too many of them to wait, the
        # tolerant reader goes on.
        return "error" if progress.waits_too_long else "skip"

    held: list[pa.RecordBatch] = []
    with _open_stream(layout, end=f"\n{_END}\n") as stream:
        try:
            for block in _open_reader(layout, stream, refuse):
                length = sum(each.nbytes for each in held) + progress.refused_bytes
                if length >= _BATCH_BYTES:
                    yield from _numbered(layout, progress, held, stream.position)
                    held = []
                held.append(block)
        except pa.ArrowInvalid as error:
            if not progress.waits_too_long:
                _check_recoverable(layout.path.name, error)
            yield from _numbered(layout, progress, held, stream.position)
            return
    if not closed_at_end:
        held = _without_unclosed(held, progress)
    yield from _numbered(layout, progress, held, layout.size)
    if closed_at_end:
        progress.ended = True
        progress.next_row = max([progress.next_row, *(row + 1 for row, _ in progress.refused)])
        rest = progress.tell_refused()
        if rest.num_rows:
            yield RawBatch(_no_rows(layout), rest, 1.0)


def _without_unclosed(held: list[pa.RecordBatch], progress: _Progress) -> list[pa.RecordBatch]:
    """Take back the record that swallowed the end of the file; the tolerant reader redoes it."""
    if progress.refused and _END in progress.refused[-1][1]:
        del progress.refused[-1]
        return held
    given = [block for block in held if block.num_rows]
    return [*given[:-1], given[-1].slice(0, given[-1].num_rows - 1)] if given else []


def _open_stream(layout: _Layout, end: str = "") -> Utf8Stream:
    stream = Utf8Stream(layout.path, layout.encoding, end=end)
    left = layout.head_bytes
    while left and (read := stream.read(left)):
        left -= len(read)
    return stream


def _open_reader(layout: _Layout, stream: Utf8Stream, refuse: object) -> Iterator[pa.RecordBatch]:
    names = [f"c{index}" for index in range(len(layout.header.names))]
    used = [names[index] for index in layout.used]
    return iter(
        pyarrow.csv.open_csv(
            pa.PythonFile(stream, mode="r"),
            # One thread: only then does a refused row know its number.
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, block_size=BLOCK_BYTES, use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=layout.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=refuse,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(used, pa.string()),
                include_columns=used,
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    )


def _check_recoverable(file: str, error: pa.ArrowInvalid) -> None:
    if "straddling" not in str(error):
        reason = str(error).splitlines()[0]
        raise UnreadableFile(
            f"{file}: not a table ({reason})",
            f"{file}：不是可读的表格（技术信息：{reason}）",
        ) from error


def _numbered(
    layout: _Layout, progress: _Progress, blocks: list[pa.RecordBatch], position: int
) -> Iterator[RawBatch]:
    """Yield blocks as one batch with the numbers of its rows, if there are any."""
    count = sum(block.num_rows for block in blocks)
    rows = _no_rows(layout)
    if count:
        columns = dict(zip(layout.used, pa.Table.from_batches(blocks).columns, strict=True))
        rows = make_rows(layout.header, pa.array(progress.number_rows(count)), columns)
    rejects = progress.tell_refused()
    if rows.num_rows or rejects.num_rows:
        yield RawBatch(rows, rejects, min(position / layout.size, 1.0))


def _no_rows(layout: _Layout) -> pa.Table:
    columns = {index: pa.array([], pa.string()) for index in layout.used}
    return make_rows(layout.header, pa.array([], pa.int64()), columns)


def _read_slowly(layout: _Layout, next_row: int) -> Iterator[RawBatch]:
    with _open_stream(layout) as stream:
        lines = io.TextIOWrapper(io.BufferedReader(stream), encoding="utf-8", newline="")
        records = read_records(lines, delimiter=layout.delimiter, longest_record=LONGEST_RECORD)
        numbered = enumerate(records, start=layout.header.row + 1)
        rest = ((row, record) for row, record in numbered if row >= next_row)
        while chunk := list(islice(rest, _SLOW_BATCH_ROWS)):
            yield _slow_batch(layout, chunk, stream.position)


def _slow_batch(layout: _Layout, chunk: list[tuple[int, Record]], position: int) -> RawBatch:
    width = len(layout.header.names)
    good = [(row, record.cells) for row, record in chunk if len(record.cells) == width]
    bad = [
        (row, record.text or layout.delimiter.join(record.cells), record.rule or "ragged_row")
        for row, record in chunk
        if len(record.cells) != width and (record.cells or record.rule)
    ]
    columns = {
        index: pa.array([cells[index] for _, cells in good], pa.string()) for index in layout.used
    }
    rows = make_rows(layout.header, pa.array([row for row, _ in good], pa.int64()), columns)
    rejects = _ragged([(row, text) for row, text, _ in bad], [rule for _, _, rule in bad])
    return RawBatch(rows, rejects, min(position / layout.size, 1.0))
