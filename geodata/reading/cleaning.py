"""Text cells as people and machines leave them → plain text, or null where nothing was said."""

import re

import polars as pl

from geodata.profiles import Profile
from geodata.profiles.model import BOOLEAN_FIELDS, CLASS_PATH
from geodata.reading.dates import number_text
from geodata.schema import INSTANT, SOURCE_ROW, SOURCE_SCHEMA

NUMBER_FIELDS = ("time_limit_hours", "source_lng", "source_lat")
TIME_FIELDS = tuple(
    field.name
    for field in SOURCE_SCHEMA
    if field.type == INSTANT
)  # fmt: skip

_TYPED = (*NUMBER_FIELDS, *TIME_FIELDS, *BOOLEAN_FIELDS)
_WORDS = (*BOOLEAN_FIELDS, "satisfaction")
CODES = ("case_id", "caller")
"""Fields of ids and numbers, which spreadsheets round or wrap."""

FIELD_LIMIT = 1_000_000
"""Bytes of the longest field that is taken."""

# Spreadsheet tricks that keep a number from being rounded: ="0012" and '0012.
_KEPT_AS_TEXT = r"""^(?:="(.*)"|['`](.*))$"""

CLASS_LEVELS = ("class_1", "class_2", "class_3")
"""Columns that a class path is split into; they have words of their own beside it."""


def clean_columns(frame: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """Clean every column of a raw table, row by row; none is left out.

    Text is stripped, words for "nothing" become null, and the profile's value maps are applied
    (a value mapped to ``""`` becomes null). Columns that are typed already stay so where the
    field has that kind of type, else they become text.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns named by input fields, and `source_row`.
    profile : Profile
        Whose words for nothing, value maps and class separators are used.

    Returns
    -------
    polars.DataFrame
        A new frame; the one given is not changed.
    """
    fields = [name for name in frame.columns if name != SOURCE_ROW]
    frame = frame.with_columns(
        as_text(frame[name]) for name in fields if not _stays_typed(name, frame[name].dtype)
    )
    # Data frames write NaN where nothing was entered.
    frame = frame.with_columns(
        frame[name].fill_nan(None) for name in fields if frame[name].dtype.is_float()
    )
    return clean_texts(frame, profile)


def clean_texts(frame: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """Clean the columns of text, row by row; none is left out."""
    texts = [name for name in frame.columns if frame[name].dtype == pl.String]
    # In two steps: Polars works out an expression as often as it stands in another.
    frame = frame.with_columns(pl.col(texts).str.strip_chars())
    frame = frame.with_columns(_unwrap(frame[name]) for name in CODES if name in texts)
    frame = frame.with_columns(_translate(name, profile) for name in texts)
    return frame.with_columns(_without_nothing(texts, profile))


def _stays_typed(field: str, dtype: pl.DataType) -> bool:
    return (
        dtype == pl.String
        or (field in _TYPED and dtype.is_numeric())
        or (field in TIME_FIELDS and isinstance(dtype, (pl.Date, pl.Datetime)))
        or (field in BOOLEAN_FIELDS and dtype == pl.Boolean)
    )


def as_text(values: pl.Series) -> pl.Series:
    """Write a column of single values as text; whole floats without a point."""
    if values.dtype.is_float():
        return number_text(values)
    if isinstance(values.dtype, pl.Duration):
        return values.dt.to_string("polars")
    return values.cast(pl.String)


def _unwrap(codes: pl.Series) -> pl.Series:
    wrapped = codes.str.contains(_KEPT_AS_TEXT).arg_true()
    if wrapped.is_empty():
        return codes
    return codes.scatter(wrapped, codes.gather(wrapped).str.replace(_KEPT_AS_TEXT, "$1$2"))


def _translate(field: str, profile: Profile) -> pl.Expr:
    text = pl.col(field)
    if field in _WORDS:
        text = text.str.to_lowercase()
    if field in profile.values:
        text = text.replace(_value_map(field, profile))
    return text


def _without_nothing(fields: list[str], profile: Profile) -> pl.Expr:
    text = pl.col(fields)
    return pl.when(~text.is_in(["", *nothing_words(profile)])).then(text).name.keep()


def nothing_words(profile: Profile) -> set[str]:
    """Return the words of a profile that say nothing."""
    return {*profile.empty_words, *(word.lower() for word in profile.empty_words)}


def _value_map(field: str, profile: Profile) -> dict[str, str]:
    mapping = profile.values[field]
    if field not in _WORDS:
        return mapping
    return {word.lower(): meaning.lower() for word, meaning in mapping.items()}


def split_classes(frame: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """Split class paths into levels; a level with a column of its own keeps that column's word."""
    separators = f"[{re.escape(profile.class_separators)}]"
    path = pl.col(CLASS_PATH).str.replace_all(separators, "\x1f").str.strip_chars("\x1f")
    parts = path.str.splitn("\x1f", len(CLASS_LEVELS) + 1).struct
    levels = []
    for index, name in enumerate(CLASS_LEVELS):
        part = parts.field(f"field_{index}").str.strip_chars()
        part = pl.when(part != "").then(part)
        levels.append((pl.coalesce(name, part) if name in frame.columns else part).alias(name))
    return frame.with_columns(levels).drop(CLASS_PATH)
