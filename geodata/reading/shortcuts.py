"""Columns that can be read whole at once, which most are; the rest is read cell by cell.

A column in which every cell is a plain number or a plain ISO time is converted in one step. A
column of few distinct texts becomes places in a list of them, and only the list is cleaned. Either
gives what reading cell by cell gives; a column with a single other cell is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from geodata.profiles import Profile
from geodata.profiles.model import BOOLEAN_FIELDS, CLASS_PATH
from geodata.reading.cleaning import CLASS_LEVELS, NUMBER_FIELDS, TIME_FIELDS, clean_texts
from geodata.schema import SOURCE_ROW

_ISO_LENGTH = len("2025-03-19 08:05:00")
_LONGEST_NUMBER = 32

SAFELY_PAST = timedelta(hours=10)
"""After the present a wall-clock time of any zone is less than a day in the future."""

SAFELY_LATE = datetime(1980, 1, 2)
"""A wall-clock time from which on no zone is still in 1979."""

_MAY_BE_FUTURE = ("due_at",)

_SAMPLE_ROWS = 1_000
_PAYING_SHARE = 0.5
"""Distinct texts a row up to which a list of them pays."""

_OTHERWISE_READ = {
    SOURCE_ROW, "case_id", "caller", "satisfaction", "source_crs", CLASS_PATH,
    *NUMBER_FIELDS, *TIME_FIELDS, *BOOLEAN_FIELDS,
}  # fmt: skip


@dataclass(frozen=True)
class Shortened:
    """Rows, some columns of which were read at once.

    Attributes
    ----------
    frame : polars.DataFrame
        The columns given; numbers and times typed, coded columns as places (Int32).
    coded : dict of pyarrow.Array
        Column -> its clean texts.
    """

    frame: pl.DataFrame
    coded: dict[str, pa.Array]


def take_shortcuts(batch: pa.RecordBatch, profile: Profile, now: datetime) -> Shortened:
    """Read at once those columns that allow it.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        Columns named by input fields, as text or typed.
    profile : Profile
    now : datetime
        The present moment with its zone.
    """
    columns, coded = {}, {}
    # Beside a class path the levels are filled up from it, which needs their texts.
    as_they_are = {*_OTHERWISE_READ, *(CLASS_LEVELS if CLASS_PATH in batch.schema.names else ())}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        columns[name] = column
        if not pa.types.is_string(column.type) or not len(column):
            continue
        if name in ("source_lng", "source_lat") and _is_plain(name, profile):
            columns[name] = _numbers(column)
        elif name in TIME_FIELDS and _is_plain(name, profile):
            columns[name] = _times(column, now, future=name in _MAY_BE_FUTURE)
        elif name not in as_they_are and _repeats(column):
            columns[name], coded[name] = _code(name, column.dictionary_encode(), profile)
    return Shortened(pl.DataFrame(pl.from_arrow(pa.table(columns))), coded)


def _is_plain(field: str, profile: Profile) -> bool:
    """Whether no number or time could mean something else in this profile."""
    return field not in profile.values and not any(
        any(sign.isdigit() for sign in word) for word in profile.empty_words
    )


def _numbers(column: pa.Array) -> pa.Array:
    given = _without_empty(column)
    if (_longest(given) or 0) > _LONGEST_NUMBER:
        return column
    try:
        numbers = given.cast(pa.float64())
    except pa.ArrowInvalid:
        return column
    return numbers if pc.all(pc.is_finite(numbers)).as_py() is not False else column


def _times(column: pa.Array, now: datetime, *, future: bool) -> pa.Array:
    given = _without_empty(column)
    lengths = pc.min_max(pc.binary_length(given))
    if any(length.as_py() not in (None, _ISO_LENGTH) for length in lengths.values()):
        return column
    try:
        times = given.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return column
    first, last = (end.as_py() for end in pc.min_max(times).values())
    if first is None:
        return times
    latest = now.astimezone(UTC).replace(tzinfo=None) + SAFELY_PAST
    return times if first >= SAFELY_LATE and (future or last <= latest) else column


def _without_empty(column: pa.Array) -> pa.Array:
    lengths = pc.binary_length(column)
    if pc.min(lengths).as_py() != 0:
        return column
    return pc.if_else(pc.equal(lengths, 0), pa.scalar(None, column.type), column)


def _longest(column: pa.Array) -> int | None:
    longest: int | None = pc.max(pc.binary_length(column)).as_py()
    return longest


def _repeats(column: pa.Array) -> bool:
    sample = column.slice(0, _SAMPLE_ROWS)
    return bool(pc.count_distinct(sample).as_py() <= _PAYING_SHARE * len(sample))


def _code(name: str, column: pa.DictionaryArray, profile: Profile) -> tuple[pa.Array, pa.Array]:
    """Places of the texts, null where nothing was said, and the clean texts."""
    texts = clean_texts(pl.DataFrame({name: pl.Series(column.dictionary)}), profile)[name]
    clean = texts.to_arrow().cast(pa.string())
    places = column.indices
    if clean.null_count:
        nothing = pc.take(pc.is_null(clean), places)
        places = pc.if_else(nothing, pa.scalar(None, places.type), places)
    return places, clean
