"""A slow, tolerant CSV reader for files that the fast one cannot cut into records.

It takes what the fast reader cannot: records longer than a block, and a quotation mark that is
never closed, after which it starts afresh on the next line instead of swallowing the rest.
"""

import csv
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from geodata.errors import UnreadableFile

# The module's own limit (128 KB) would end the file; over-long fields become rejects later.
csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True)
class Record:
    """One record: its cells, or the rule that it breaks and its text."""

    cells: list[str]
    rule: str | None = None
    text: str = ""


class _Lines:
    """Lines with a memory of the current record, so that they can be taken again."""

    def __init__(self, lines: Iterator[str], longest_record: int) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._longest = longest_record
        self.record: list[str] = []
        self._length = 0
        self.unclosed = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.record and self._length > self._longest:
            self.unclosed = True
            raise StopIteration
        line = self._again.popleft() if self._again else next(self._lines, None)
        if line is None:
            self.unclosed = bool(self.record)
            raise StopIteration
        self.record.append(line)
        self._length += len(line)
        return line

    def start_record(self) -> None:
        self.record = []
        self._length = 0
        self.unclosed = False

    def take_again(self, lines: list[str]) -> None:
        self._again.extendleft(reversed(lines))


def read_records(
    lines: Iterator[str], *, delimiter: str, longest_record: int = 1 << 24
) -> Iterator[Record]:
    r"""Cut lines into records.

    Parameters
    ----------
    lines : iterator of str
        Physical lines with their line ends.
    delimiter : str
        Character between cells.
    longest_record : int
        Characters after which a quotation mark counts as never closed.

    Yields
    ------
    Record
        A blank line gives a record without cells.

    Examples
    --------
    >>> lines = iter(['1,"a\n', 'b"\n', '2,"c\n', "3,d\n"])
    >>> [record.cells or record.rule for record in read_records(lines, delimiter=",")]
    [['1', 'a\nb'], 'unclosed_quote', ['3', 'd']]
    """
    source = _Lines(lines, longest_record)
    while True:
        source.start_record()
        try:
            cells = next(csv.reader(source, delimiter=delimiter), None)
        except csv.Error as error:
            raise UnreadableFile(
                f"not a table: {error}", f"不是可读的表格（技术信息：{error}）"
            ) from error
        if source.unclosed:
            first, *others = source.record
            source.take_again(others)
            yield Record([], "unclosed_quote", first)
        elif cells is None:
            return
        else:
            yield Record(cells)
