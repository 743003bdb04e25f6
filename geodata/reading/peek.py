"""The start of any file as a table of text, before anyone knows what its columns mean."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from geodata.errors import UnreadableFile
from geodata.reading.cleaning import as_text
from geodata.reading.columnar import DAMAGE, damaged_parquet
from geodata.reading.delimited import DELIMITERS, check_is_data
from geodata.reading.documents import Document
from geodata.reading.encodings import SAMPLE_BYTES, UNDECIDED, detect_encoding
from geodata.reading.headers import HEADER_SEARCH_ROWS, join_header_rows, normalise_header
from geodata.reading.json_files import read_json
from geodata.reading.readers import SIGNATURE_BYTES, check_signature, sniff_kind
from geodata.reading.sheets import cell_text
from geodata.reading.workbooks import peek_workbook
from geodata.reading.xml_files import read_xml

PEEK_ROWS = 500
"""Rows below the header that are looked at."""


@dataclass(frozen=True)
class SheetStart:
    """The first rows of a table.

    Attributes
    ----------
    name : str
        Sheet of a workbook, else empty.
    rows : list of list of str
        Cells as text; the header is among them.
    first_row : int
        Number of the first of `rows`: 0 where names stand apart from rows.
    hidden : bool
    """

    name: str
    rows: list[list[str]]
    first_row: int = 1
    hidden: bool = False


@dataclass(frozen=True)
class FoundHeader:
    """A header guessed without a profile: place in `rows` of its (last) row, and the names."""

    place: int
    names: tuple[str, ...]


def peek_file(path: Path, n_rows: int = PEEK_ROWS + HEADER_SEARCH_ROWS) -> list[SheetStart]:
    """Return the first rows of a file: of each sheet of a workbook, else of the one table.

    Raises
    ------
    UnreadableFile
        The file is no table that could be read.
    """
    check_signature(path)
    with path.open("rb") as file:
        kind = sniff_kind(path, file.read(SIGNATURE_BYTES))
    if kind == "excel":
        return [
            SheetStart(each.name, [[cell_text(cell) or "" for cell in row] for row in each.rows],
                       hidden=each.hidden)
            for each in peek_workbook(path, n_rows)
        ]  # fmt: skip
    return [_PEEKS[kind](path, n_rows)]


def _peek_delimited(path: Path, n_rows: int) -> SheetStart:
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    encoding = detect_encoding(sample, path.name)
    codec = "utf-8" if encoding.name == UNDECIDED else encoding.name
    text = sample[encoding.mark :].decode(codec, errors="ignore")
    check_is_data(path.name, text)
    tables = [
        list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=mark), n_rows))
        for mark in DELIMITERS
    ]
    rows = max(tables, key=_regularity)
    if len(sample) == SAMPLE_BYTES and len(rows) < n_rows:
        rows = rows[:-1]  # its last row may be cut
    return SheetStart("", rows)


def _regularity(rows: list[list[str]]) -> tuple[int, int]:
    """Cells in rows of the commonest width: the right delimiter gives most."""
    widths = [len(row) for row in rows if len(row) > 1]
    common = max(set(widths), key=widths.count, default=0)
    return common * widths.count(common), -common


def _peek_parquet(path: Path, n_rows: int) -> SheetStart:
    try:
        with pq.ParquetFile(path) as file:
            names = list(file.schema_arrow.names)
            batch = next(file.iter_batches(batch_size=n_rows), None)
    except DAMAGE as error:
        raise damaged_parquet(path, error) from error
    frame = pl.DataFrame(pl.from_arrow(batch)) if batch is not None else pl.DataFrame()
    columns = [_plain_texts(frame[name]) for name in frame.columns]
    return SheetStart("", [names, *map(list, zip(*columns, strict=True))], first_row=0)


def _plain_texts(values: pl.Series) -> list[str]:
    if values.dtype.is_nested():
        return [str(value) for value in values.to_list()]
    return [text or "" for text in as_text(values).to_list()]


def _peek_documents(read: Callable[[Path], Any]) -> Callable[[Path, int], SheetStart]:
    def peek(path: Path, n_rows: int) -> SheetStart:
        documents: list[Document] = list(islice(read(path), n_rows))
        records = [each.record for each in documents if each.record is not None]
        names = list(dict.fromkeys(name for record in records for name in record))
        if not names:
            raise UnreadableFile(f"{path.name}: holds no records", f"{path.name}：其中没有任何记录")
        rows = [[record.get(name) or "" for name in names] for record in records]
        return SheetStart("", [names, *rows], first_row=0)

    return peek


_PEEKS: dict[str, Callable[[Path, int], SheetStart]] = {
    "csv": _peek_delimited,
    "parquet": _peek_parquet,
    "json": _peek_documents(read_json),
    "xml": _peek_documents(read_xml),
}


def guess_header(rows: Sequence[Sequence[str]], known: set[str]) -> FoundHeader:
    """Guess which row is the header: the one with most known names, else the first full one.

    Parameters
    ----------
    rows : sequence of sequence of str
    known : set of str
        Normalised headers of all profiles.

    Examples
    --------
    >>> guess_header([["月报", ""], ["编号", "时刻"], ["1", "8:00"]], {"编号"})
    FoundHeader(place=1, names=('编号', '时刻'))
    """
    top = [tuple(row) for row in rows[:HEADER_SEARCH_ROWS]]
    candidates = [FoundHeader(place, row) for place, row in enumerate(top)]
    joined = [
        FoundHeader(place, join_header_rows(above, below, known))
        for place, (above, below) in enumerate(pairwise(top), start=1)
    ]

    def score(header: FoundHeader) -> int:
        return sum(normalise_header(name) in known for name in header.names if name.strip())

    best = max([*candidates, *joined], key=score, default=FoundHeader(0, ()))
    if score(best):
        return best
    widest = max((_filled(row) for row in top), default=0)
    return next((each for each in candidates if _filled(each.names) == widest), best)


def _filled(row: Sequence[str]) -> int:
    return len({cell.strip() for cell in row if cell.strip()})
