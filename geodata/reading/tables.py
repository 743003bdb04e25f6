"""What every reader hands on: batches of a table's mapped columns with their row numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice

import pyarrow as pa

from geodata.notes import Note
from geodata.reading.headers import Header
from geodata.reading.rejects import REJECT_SCHEMA
from geodata.schema import SOURCE_ROW

HEADER_KEY = b"header"
"""Key in a column's metadata under which the header of the file stands."""


@dataclass(frozen=True)
class RawBatch:
    """Some rows of a table, as read.

    Attributes
    ----------
    rows : pyarrow.Table
        `source_row` (int64, 1-based as a spreadsheet numbers rows) and one column a mapped
        field, named by the field, as text or typed as in the file.
    rejects : pyarrow.Table
        Rows that are no rows of this table, with the columns of `REJECT_SCHEMA`.
    fraction : float
        Share of the file read so far, 0–1.
    """

    rows: pa.Table
    rejects: pa.Table
    fraction: float


@dataclass(frozen=True)
class TableSource:
    """A file opened as a table: its header is found, its rows are still to be read.

    Attributes
    ----------
    file : str
        Name for messages.
    kind : str
        ``csv``, ``parquet`` or ``excel``.
    header : Header
        Where the header stands and which columns it gives.
    read : callable
        Returns an iterator over the rows, each time from the start.
    notes : tuple of Note
        What the user should know, such as sheets that were not read.
    """

    file: str
    kind: str
    header: Header
    read: Callable[[], Iterator[RawBatch]]
    notes: tuple[Note, ...] = ()

    def batches(self) -> Iterator[RawBatch]:
        """Read the rows in batches of bounded size.

        Raises
        ------
        UnreadableFile
            Where the file turns out to be broken on the way.
        """
        return self.read()

    def begun(self) -> TableSource:
        """Return the source with its first batch read, to be read to the end once.

        Raises
        ------
        UnreadableFile
            As `batches`.
        """
        batches = self.batches()
        first = list(islice(batches, 1))
        return replace(self, read=lambda: chain(first, batches))


def no_rejects() -> pa.Table:
    """Return an empty table of rejects."""
    return REJECT_SCHEMA.empty_table()


def make_rows(
    header: Header, source_row: pa.Array, columns: Mapping[int, pa.Array | pa.ChunkedArray]
) -> pa.Table:
    """Put columns, given by their index in the file, together under their fields' names."""
    names = header.headers()
    fields = [pa.field(SOURCE_ROW, pa.int64(), nullable=False)]
    arrays = [source_row]
    for field, index in header.columns.items():
        array = columns[index]
        fields.append(pa.field(field, array.type, metadata={HEADER_KEY: names[field].encode()}))
        arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def headers_of(rows: pa.Table) -> dict[str, str]:
    """Field → header in the file, from the columns' metadata."""
    return {
        field.name: field.metadata[HEADER_KEY].decode()
        for field in rows.schema
        if field.metadata and HEADER_KEY in field.metadata
    }
