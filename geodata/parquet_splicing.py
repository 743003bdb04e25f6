"""Parquet files in which some columns are written anew, while the bytes of the others are copied.

Each column of a row group lies in a Parquet file as one piece, which knows nothing of where it
lies: only the footer does. A file whose rows stay where they are, with other values in some
columns, is therefore made of the old pieces of the columns that stay, new pieces of the others, and
a footer with their new places. A column that the file lacks is added likewise. No library for
Python does that, and to decode and encode what nobody changed would take most of the time of
importing a month again.

References
----------
.. [1] Apache Parquet format, ``parquet.thrift``: RowGroup, ColumnChunk, ColumnMetaData.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from geodata.left_out import filled
from geodata.parquet_footers import LIST, STRUCT, Struct, read_footer, write_footer

_MAGIC = b"PAR1"
# Fields by their numbers in parquet.thrift.
_SCHEMA, _ROW_GROUPS, _ORDERS = 2, 4, 7
_ELEMENT_NAME, _ELEMENT_CHILDREN = 4, 5
_CHUNKS, _GROUP_BYTES, _GROUP_START, _GROUP_COMPRESSED = 1, 2, 5, 6
_CHUNK_OFFSET, _CHUNK_FACTS = 2, 3
_PAGE_INDEXES = (4, 5, 6, 7)
_UNCOMPRESSED, _COMPRESSED, _DATA_PAGE, _INDEX_PAGE, _DICTIONARY_PAGE = 6, 7, 9, 10, 11
_BLOOM_FILTERS = (14, 15)

_COPIED_AT_ONCE = 1 << 18
"""Bytes. For large blocks the allocator asks the system anew each time, which takes longer than to
copy them; to copy within the kernel (``copy_file_range``, ``sendfile``) is no faster than this."""

_ARROW_SCHEMA = b"ARROW:schema"

ChangeGroup = Callable[[int, pa.Table], pa.Table]
"""Takes the row where a row group starts and some columns of it; returns them changed."""


def copy_with_columns(source: Path, target: Path, columns: pa.Schema, change: ChangeGroup) -> bool:
    """Write a Parquet file with other values in some columns.

    Parameters
    ----------
    source, target : Path
        Files; a second one of `target`'s name with ``.columns`` exists for a while.
    columns : pyarrow.Schema
        Columns whose values are to change; those that the file lacks are added to it.
    change : callable
        Called for each row group in turn; keeps number and types of the rows. A column that the
        file lacks comes empty.

    Returns
    -------
    bool
        False where the file was written in a way that new pieces do not fit to; there is no
        target then.
    """
    anew = target.with_name(f"{target.name}.columns")
    fits = False
    try:
        with ThreadPoolExecutor(1) as beside, _no_search_for_garbage():
            writing = beside.submit(_write_columns, source, anew, columns, change)
            fits = _splice(source, anew, target, columns.names, writing)
    finally:
        anew.unlink(missing_ok=True)
        if not fits:
            target.unlink(missing_ok=True)
    return fits


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """Keep Python from looking for cycles: footers are a hundred thousand objects without any.

    They would make it look through all that the process holds, which takes longer than the footers.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def _write_columns(source: Path, anew: Path, columns: pa.Schema, change: ChangeGroup) -> None:
    start = 0
    with pq.ParquetFile(source) as file:
        there = file.schema_arrow
        schema = pa.schema(
            there.field(field.name) if field.name in there.names else field for field in columns
        ).remove_metadata()
        coded = [field.name for field in schema if _is_coded(file.metadata, field)]
        compression = file.metadata.row_group(0).column(0).compression.lower()
        present = [name for name in schema.names if name in there.names]
        with pq.ParquetWriter(
            anew, schema, compression=compression, use_dictionary=coded,
            write_statistics=[f.name for f in schema if pa.types.is_timestamp(f.type)],
            store_schema=False,
            # The items of a list keep the name that they have in the file.
            use_compliant_nested_type=False,
        ) as writer:  # fmt: skip
            for group in range(file.num_row_groups):
                rows = file.read_row_group(group, columns=present)
                rows = change(start, filled(rows, schema))
                start += file.metadata.row_group(group).num_rows
                writer.write_table(rows.cast(schema), row_group_size=max(1, len(rows)))


def _is_coded(facts: pq.FileMetaData, field: pa.Field) -> bool:
    """Tell whether a column has dictionaries in a file; texts that it lacks get some."""
    group = facts.row_group(0)
    chunks = [group.column(number) for number in range(group.num_columns)]
    own = [c for c in chunks if c.path_in_schema.split(".")[0] == field.name]
    return any(c.has_dictionary_page for c in own) if own else pa.types.is_string(field.type)


def _fit(source: Path, anew: Path) -> bool:
    """Tell whether the new pieces are laid out as the old file's schema and row groups say."""
    old, new = pq.read_metadata(source), pq.read_metadata(anew)
    there = {old.schema.column(i).path: old.schema.column(i) for i in range(old.num_columns)}
    roots = {path.split(".")[0] for path in there}
    pieces = [new.schema.column(i) for i in range(new.num_columns)]
    added = [each for each in pieces if each.path.split(".")[0] not in roots]
    return (
        _group_rows(old) == _group_rows(new)
        # A file that keeps Arrow's schema beside its own would not speak of a further column.
        and not (added and _ARROW_SCHEMA in (old.metadata or {}))
        and all(
            each.path in there and _layout(there[each.path]) == _layout(each)
            for each in pieces
            if each not in added
        )
    )


def _group_rows(facts: pq.FileMetaData) -> list[int]:
    return [facts.row_group(number).num_rows for number in range(facts.num_row_groups)]


def _layout(column: Any) -> tuple[Any, ...]:
    return (
        column.physical_type, column.length, str(column.logical_type),
        column.max_definition_level, column.max_repetition_level,
    )  # fmt: skip


def _splice(
    source: Path, anew: Path, target: Path, columns: Collection[str], writing: Future[None]
) -> bool:
    """Put the pieces together; those that stay come first, for they need not wait for the others.

    A row group no longer lies in one stretch. Readers that share groups out by where they begin
    (Spark) go by the first column, the id, which is never written anew.

    Returns whether they fit.
    """
    with source.open("rb") as old, target.open("wb") as made:
        footer = read_footer(old)
        made.write(_MAGIC)
        pieces = _Pieces(made)
        kept = [
            {_name(c): pieces.take(old, c) for c in _chunks(group) if not _is_among(c, columns)}
            for group in _groups(footer)
        ]
        pieces.flush()
        writing.result()
        if not _fit(source, anew):
            return False
        with anew.open("rb") as new:
            other = read_footer(new)
            _add_columns(footer, other)
            for group, there, changed in zip(_groups(footer), kept, _groups(other), strict=True):
                there |= {_name(chunk): pieces.take(new, chunk) for chunk in _chunks(changed)}
                own = [_name(chunk) for chunk in _chunks(group)]
                added = [name for name in there if name not in own]
                _settle(group, [there[name] for name in (*own, *added)])
            pieces.flush()
        write_footer(made, footer)
    return True


def _is_among(chunk: Struct, columns: Collection[str]) -> bool:
    return _name(chunk)[0].decode() in columns


def _add_columns(footer: Struct, other: Struct) -> None:
    """Give the schema of a file the columns that only the other has, after its own."""
    elements = footer[_SCHEMA][1][1]
    there = {tree[0][_ELEMENT_NAME] for tree in _columns(elements)}
    leaf = added = 0
    for tree in _columns(other[_SCHEMA][1][1]):
        leaves = sum(not _children(element) for element in tree)
        if tree[0][_ELEMENT_NAME] not in there:
            elements.extend(tree)
            added += 1
            if _ORDERS in footer:
                footer[_ORDERS][1][1].extend(other[_ORDERS][1][1][leaf : leaf + leaves])
        leaf += leaves
    kind, children = elements[0][_ELEMENT_CHILDREN]
    elements[0][_ELEMENT_CHILDREN] = kind, children + added


def _columns(elements: Sequence[Struct]) -> Iterator[Sequence[Struct]]:
    """Part a schema, whose root comes first, into the elements of each column."""
    start = 1
    while start < len(elements):
        end, left = start + 1, _children(elements[start])
        while left:
            left += _children(elements[end]) - 1
            end += 1
        yield elements[start:end]
        start = end


def _children(element: Struct) -> int:
    return int(element.get(_ELEMENT_CHILDREN, (0, 0))[1])


def _groups(footer: Struct) -> list[Struct]:
    groups: list[Struct] = footer[_ROW_GROUPS][1][1]
    return groups


def _chunks(group: Struct) -> list[Struct]:
    chunks: list[Struct] = group[_CHUNKS][1][1]
    return chunks


def _name(chunk: Struct) -> tuple[bytes, ...]:
    return tuple(chunk[_CHUNK_FACTS][1][3][1][1])


def _settle(group: Struct, chunks: list[Struct]) -> None:
    """Say where a row group lies now, and how large it is."""
    facts = [chunk[_CHUNK_FACTS][1] for chunk in chunks]
    group[_CHUNKS] = (LIST, (STRUCT, chunks))
    sizes = {
        _GROUP_BYTES: sum(each[_UNCOMPRESSED][1] for each in facts),
        _GROUP_START: min(map(_begin, facts)),
        _GROUP_COMPRESSED: sum(each[_COMPRESSED][1] for each in facts),
    }
    for number, value in sizes.items():
        if number in group:
            group[number] = (group[number][0], value)


def _begin(facts: Struct) -> int:
    """Where the piece of a column begins."""
    pages = (_DICTIONARY_PAGE, _DATA_PAGE)
    # One without rows has no pages.
    begins = (int(facts[number][1]) for number in pages if facts.get(number, (0, 0))[1])
    return min(begins, default=0)


class _Pieces:
    """Copies pieces to the end of a file, neighbours in one go."""

    def __init__(self, made: BinaryIO) -> None:
        self._made = made
        self._at = made.tell()
        self._waiting: tuple[BinaryIO, int, int] | None = None

    def take(self, file: BinaryIO, chunk: Struct) -> Struct:
        """Copy the piece of a column; return what the footer says of it at its new place."""
        facts = chunk[_CHUNK_FACTS][1]
        start, size = _begin(facts), facts[_COMPRESSED][1]
        self._copy(file, start, size)
        moved = {n: value for n, value in facts.items() if n not in _BLOOM_FILTERS}
        for number in (_DATA_PAGE, _INDEX_PAGE, _DICTIONARY_PAGE):
            if number in moved and moved[number][1]:
                kind, offset = moved[number]
                moved[number] = kind, offset + self._at - start
        there = {n: value for n, value in chunk.items() if n not in _PAGE_INDEXES}
        kind, offset = there[_CHUNK_OFFSET]
        there[_CHUNK_OFFSET] = kind, offset and offset + self._at - start
        there[_CHUNK_FACTS] = STRUCT, moved
        self._at += size
        return there

    def flush(self) -> None:
        """Copy what waits."""
        if self._waiting is not None:
            file, start, size = self._waiting
            file.seek(start)
            left = size
            while left:
                block = file.read(min(left, _COPIED_AT_ONCE))
                if not block:
                    raise EOFError(f"{file.name}: ends within a column")
                self._made.write(block)
                left -= len(block)
        self._waiting = None

    def _copy(self, file: BinaryIO, start: int, size: int) -> None:
        if self._waiting is not None:
            last, begin, length = self._waiting
            if last is file and begin + length == start:
                self._waiting = file, begin, length + size
                return
        self.flush()
        self._waiting = file, start, size
