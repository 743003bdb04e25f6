"""Marks, by which a row is known again before it is read; they lie beside the month files.

A mark is 64 bits of what the cells of a row say. Beside a month file stand, in the order of its
rows, the marks of the rows that told its cases, after the *reading*: 64 bits of all that decides
what cells mean (`geodata.reading.marks`). A row of the same mark, to be read in the same way, would
become the case that is stored, so reading it can be spared; unless the clock has been put back, for
it may then lie in the future (`geodata.intake` heeds that).

Marks are no part of the store. Without them a file that is sent again takes longer and comes to the
same; files that are written by other ways have none.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MARK = "mark"
"""Extra column of parsed rows."""

NO_MARK = np.uint64(0)
"""In place of a mark, for rows that nothing can be told of."""

Marks = NDArray[np.uint64]


def marks_beside(file: Path) -> Path:
    """Return where the marks of a month file lie, if it has any."""
    return file.with_suffix(".marks")


def append_marks(file: Path, reading: int, marks: Marks) -> None:
    """Write the marks of the next rows of a month file."""
    with marks_beside(file).open("ab") as beside:
        if not beside.tell():
            beside.write(np.array([reading], dtype=np.uint64).tobytes())
        # Not by `tofile`, which has no words for a full disk.
        beside.write(marks.tobytes())


def reading_beside(file: Path) -> int:
    """Return the reading of a month file's marks; 0 where it has none."""
    return int(_read(file, 1).sum())


def read_marks(file: Path) -> tuple[int, Marks]:
    """Return the reading and the marks of a month file's rows; no marks where it has none.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.parquet"
    >>> append_marks(file, 7, np.array([1, 2], dtype=np.uint64))
    >>> reading, marks = read_marks(file)
    >>> reading, marks.tolist()
    (7, [1, 2])
    """
    values = _read(file, -1)
    return int(values[:1].sum()), values[1:]


def _read(file: Path, count: int) -> Marks:
    beside = marks_beside(file)
    return np.fromfile(beside if beside.exists() else os.devnull, dtype=np.uint64, count=count)


def carry_marks(source: Path, target: Path, gone: NDArray[np.unsignedinteger]) -> None:
    """Give a month file the marks of another one, whose rows it has; some say other things.

    Parameters
    ----------
    source, target : Path
    gone : ndarray of int
        Rows that lose their mark.
    """
    reading, marks = read_marks(source)
    if len(marks):
        marks[gone[gone < len(marks)]] = NO_MARK
        append_marks(target, reading, marks)


def move_marks(source: Path, target: Path) -> None:
    """Take the marks of a month file along, if it has any, where it has been moved."""
    if marks_beside(source).exists():
        marks_beside(source).rename(marks_beside(target))
