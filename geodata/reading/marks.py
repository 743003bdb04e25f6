"""Marks of rows as they stand in a file (`geodata.row_marks`), and by what they are read."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from blake3 import blake3

import geodata
from geodata.callers import CallerHasher
from geodata.profiles import Profile
from geodata.profiles.model import INPUT_FIELDS
from geodata.row_marks import Marks
from geodata.schema import SOURCE_ROW

_READ_BY = ("reading/*.py", "profiles/*.py", "callers.py", "caller_numbers.py", "schema.py")


def mark_rows(rows: pa.Table, callers: CallerHasher) -> Marks:
    """Return 64 bits of what each row says; of a caller only a keyed hash goes into them.

    Parameters
    ----------
    rows : pyarrow.Table
        `source_row` and columns named by input fields, as text.
    callers : CallerHasher
        That of the home.
    """
    marks = np.zeros(len(rows), dtype=np.uint64)
    for name in rows.column_names:
        if name == SOURCE_ROW:
            continue
        said = callers.hash_as_written(rows[name]) if name == "caller" else pl.Series(rows[name])
        marks ^= said.hash(INPUT_FIELDS.index(name)).to_numpy()
    return marks


def reading_of(profile: Profile, fields: Iterable[str], *settings: str) -> int:
    """Return 64 bits of all that decides what the cells of a file mean.

    Parameters
    ----------
    profile : Profile
    fields : iterable of str
        Input fields that the file has.
    *settings : str
        Coordinate system and time zone.
    """
    told = (profile.model_dump_json(), *sorted(fields), *settings, pl.__version__)
    digest = blake3(b"\x00".join(each.encode() for each in told))
    digest.update(_program())
    return int.from_bytes(digest.digest(length=8), "little")


@cache
def _program() -> bytes:
    """Name what reads cells: another version of it may read them otherwise."""
    folder = Path(geodata.__path__[0])
    digest = blake3()
    for path in sorted(path for pattern in _READ_BY for path in folder.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.digest()
