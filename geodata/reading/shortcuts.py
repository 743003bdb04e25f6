"""Columns that can be read whole at once, which most are; the rest is read cell by cell.

A column in which every cell is a plain number or a plain ISO time is converted in one step. Of a
column of few distinct texts only the list of them is cleaned. A column of plain texts is taken as
it is. Each gives what reading cell by cell gives; a column with a single other cell is left to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from geodata.arrays import in_one
from geodata.profiles import Profile
from geodata.profiles.model import BOOLEAN_FIELDS, CLASS_PATH
from geodata.reading.cleaning import (
    CLASS_LEVELS,
    CODES,
    FIELD_LIMIT,
    TIME_FIELDS,
    clean_texts,
    nothing_words,
)
from geodata.reading.plain_texts import plain_texts
from geodata.schema import SOURCE_ROW

_ISO_LENGTH = len("2025-03-19 08:05:00")
_LONGEST_NUMBER = 32

SAFELY_PAST = timedelta(hours=10)
"""After the present a wall-clock time of any zone is less than a day in the future."""

SAFELY_LATE = datetime(1980, 1, 2)
"""A wall-clock time from which on no zone is still in 1979."""

SAFELY_NEAR = datetime(9999, 12, 30)
"""A wall-clock time up to which no zone is already in the year 10000."""

_MAY_BE_FUTURE = ("due_at",)

_SAMPLE_ROWS = 1_000
_PAYING_SHARE = 0.5
"""Distinct texts a row up to which a list of them pays."""

_OTHERWISE_READ = {
    SOURCE_ROW, "satisfaction", "source_crs", "time_limit_hours", CLASS_PATH, *BOOLEAN_FIELDS,
}  # fmt: skip


@dataclass(frozen=True)
class Shortened:
    """Rows, some columns of which were read at once.

    Attributes
    ----------
    frame : polars.DataFrame
        The columns that were not, as they were given, and the numbers of the rows.
    whole : dict of pyarrow.Array
        Clean columns: text, text as dictionary, float64, or ``timestamp("us")`` by the wall clock.
    """

    frame: pl.DataFrame
    whole: dict[str, pa.Array]

    def without(self, rows: pl.Series) -> Shortened:
        """Return all rows but some."""
        if not rows.any():
            return self
        stay = (~rows).to_arrow()
        whole = {name: column.filter(stay) for name, column in self.whole.items()}
        return Shortened(self.frame.filter(~rows), whole)


def take_shortcuts(batch: pa.Table, profile: Profile, now: datetime) -> Shortened:
    """Read at once those columns that allow it.

    Parameters
    ----------
    batch : pyarrow.Table
        Columns named by input fields, as text or typed.
    profile : Profile
    now : datetime
        The present moment with its zone.
    """
    rest, whole = {}, {}
    # Beside a class path the levels are filled up from it, which needs their texts.
    as_they_are = {*_OTHERWISE_READ, *(CLASS_LEVELS if CLASS_PATH in batch.schema.names else ())}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        read = None
        if pa.types.is_string(column.type) and len(column) and name not in as_they_are:
            read = _read(name, column, profile, now)
        if read is None:
            rest[name] = column
        else:
            whole[name] = read
    return Shortened(pl.DataFrame(pl.from_arrow(pa.table(rest))), whole)


def _read(name: str, column: pa.ChunkedArray, profile: Profile, now: datetime) -> pa.Array | None:
    if name in ("source_lng", "source_lat"):
        return _numbers(column) if _is_plain(name, profile) else None
    if name in TIME_FIELDS:
        plain = _is_plain(name, profile)
        return _times(column, now, future=name in _MAY_BE_FUTURE) if plain else None
    if name not in CODES and _repeats(column):
        return _code(name, in_one(column.dictionary_encode()), profile)
    if name in profile.values:
        return None
    return plain_texts(
        in_one(column), nothing=nothing_words(profile), code=name in CODES, longest=FIELD_LIMIT
    )


def _is_plain(field: str, profile: Profile) -> bool:
    """Whether no number or time could mean something else in this profile."""
    return field not in profile.values and not any(
        any(sign.isdigit() for sign in word) for word in profile.empty_words
    )


def _numbers(column: pa.ChunkedArray) -> pa.Array | None:
    given = _without_empty(column)
    if (_longest(given) or 0) > _LONGEST_NUMBER:
        return None
    try:
        numbers = given.cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    return in_one(numbers) if pc.all(pc.is_finite(numbers)).as_py() is not False else None


def _times(column: pa.ChunkedArray, now: datetime, *, future: bool) -> pa.Array | None:
    given = _without_empty(column)
    lengths = pc.min_max(pc.binary_length(given))
    if any(length.as_py() not in (None, _ISO_LENGTH) for length in lengths.values()):
        return None
    try:
        times = given.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None
    first, last = (end.as_py() for end in pc.min_max(times).values())
    if first is None:
        return in_one(times)
    latest = SAFELY_NEAR if future else now.astimezone(UTC).replace(tzinfo=None) + SAFELY_PAST
    return in_one(times) if first >= SAFELY_LATE and last <= latest else None


def _without_empty(column: pa.ChunkedArray) -> pa.ChunkedArray:
    lengths = pc.binary_length(column)
    if pc.min(lengths).as_py() != 0:
        return column
    return pc.if_else(pc.equal(lengths, 0), pa.scalar(None, column.type), column)


def _longest(column: pa.ChunkedArray) -> int | None:
    longest: int | None = pc.max(pc.binary_length(column)).as_py()
    return longest


def _repeats(column: pa.ChunkedArray) -> bool:
    sample = column.slice(0, _SAMPLE_ROWS)
    return bool(pc.count_distinct(sample).as_py() <= _PAYING_SHARE * len(sample))


def _code(name: str, column: pa.DictionaryArray, profile: Profile) -> pa.DictionaryArray | None:
    """Give a column of few texts the clean texts, null where nothing was said."""
    texts = clean_texts(pl.DataFrame({name: pl.Series(column.dictionary)}), profile)[name]
    if (texts.str.len_bytes() > FIELD_LIMIT).any():
        return None
    clean = texts.to_arrow().cast(pa.string()).dictionary_encode()
    # Cleaning may make two texts one, and a text nothing.
    indices = pc.take(clean.indices, column.indices, boundscheck=False)
    return pa.DictionaryArray.from_arrays(indices, clean.dictionary)
