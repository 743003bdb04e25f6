"""Files of records with names of their own (JSON, XML) → tables, streamed in two passes.

A record leaves out what it does not know, so the columns are known only when all were seen: the
first pass gathers names, the second hands on rows.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa

from geodata.errors import UnreadableFile
from geodata.privacy import shape_of
from geodata.profiles import Profile
from geodata.reading.headers import Header, find_header, missing_column
from geodata.reading.rejects import build_rejects
from geodata.reading.tables import RawBatch, TableSource, make_rows

MOST_NAMES = 2_000
"""Different names in one file; where there are more, names hold data and it is no table."""

_BATCH_ROWS = 20_000


@dataclass(frozen=True)
class Document:
    """One record, or what stands in its place.

    Attributes
    ----------
    number : int
        Its line or place in the file, from 1.
    record : mapping of str to (str or None), optional
        Values by name; None where nothing could be read.
    rule : str, optional
        Why nothing could be read (a key of `geodata.reading.rejects.RULES`).
    text : str, optional
        What stood there; only its shape is shown.
    """

    number: int
    record: Mapping[str, str | None] | None = None
    rule: str | None = None
    text: str | None = None


Documents = Callable[[], Iterator[Document]]


def open_documents(path: Path, profile: Profile, kind: str, documents: Documents) -> TableSource:
    """Open a file of records as a table.

    Parameters
    ----------
    path : Path
    profile : Profile
        Whose required fields some record must name.
    kind : str
        For `TableSource.kind`.
    documents : callable
        Returns an iterator over the records, each time from the start.

    Raises
    ------
    UnreadableFile, MissingColumn
    """
    names: dict[str, None] = {}
    total = 0
    for document in documents():
        total += 1
        names |= dict.fromkeys(document.record or ())
        if len(names) > MOST_NAMES:
            raise UnreadableFile(
                f"{path.name}: records have more than {MOST_NAMES:,} different names; "
                "expected a table",
                f"{path.name}：记录里的字段名超过 {MOST_NAMES:,} 个；应为表格式的数据",
            )
    if not total:
        raise UnreadableFile(f"{path.name}: holds no records", f"{path.name}：其中没有任何记录")
    found = find_header([list(names)], profile)
    if found is None:
        raise missing_column(path.name, [list(names)], profile)
    header = Header(0, found.columns, found.names)
    return TableSource(path.name, kind, header, lambda: _read(documents(), header, total))


def _read(documents: Iterator[Document], header: Header, total: int) -> Iterator[RawBatch]:
    done = 0
    while chunk := list(islice(documents, _BATCH_ROWS)):
        done += len(chunk)
        good = [(each.number, each.record) for each in chunk if each.record is not None]
        columns = {
            index: _texts([record.get(header.names[index]) for _, record in good])
            for index in sorted(set(header.columns.values()))
        }
        numbers = pa.array([number for number, _ in good], pa.int64())
        bad = [each for each in chunk if each.record is None]
        yield RawBatch(make_rows(header, numbers, columns), _rejects(bad), done / total)


def _texts(values: list[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        # JSON may escape half a character, which no text can hold.
        whole = [value and value.encode("utf-8", "replace").decode() for value in values]
        return pa.array(whole, pa.string())


def _rejects(bad: list[Document]) -> pa.Table:
    blank: list[str | None] = [None] * len(bad)
    values = [shape_of(each.text.strip()) if each.text else None for each in bad]
    rules = [each.rule or "broken_json" for each in bad]
    return build_rejects([each.number for each in bad], blank, blank, values, rules)
