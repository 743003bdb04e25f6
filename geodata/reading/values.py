"""Numbers, yes and no, satisfaction and coordinate systems as sources write them."""

from dataclasses import dataclass

import polars as pl

from geodata.coordinates import parse_crs
from geodata.errors import UnknownCrs
from geodata.profiles import Profile
from geodata.schema import SATISFACTION

HOURS_PER_DAY = 24
"""Hours of a day in time limits; working days (工作日) count nominally, like calendar days."""

_DURATION = r"^(\d+(?:\.\d+)?)\s*(小时|个小时|h|hours?|天|日|个?自然日|个?工作日|d|days?)$"
_HOUR_UNITS = ("小时", "个小时", "h", "hour", "hours")


@dataclass(frozen=True)
class ReadValues:
    """A column of values, and where something was given that cannot be read."""

    values: pl.Series
    unreadable: pl.Series


def read_numbers(column: pl.Series) -> ReadValues:
    """Read numbers; full-width digits count, infinity does not.

    Examples
    --------
    >>> read_numbers(pl.Series(["１１６.４", "east", None])).values.to_list()
    [116.4, None, None]
    """
    if column.dtype.is_numeric():
        numbers = column.cast(pl.Float64).fill_nan(None)
        given = numbers.is_not_null()
    else:
        text = column.cast(pl.String)
        numbers = text.cast(pl.Float64, strict=False)
        given = text.is_not_null()
        rest = (given & numbers.is_null()).arg_true()
        if not rest.is_empty():
            folded = text.gather(rest).str.normalize("NFKC").str.strip_chars()
            numbers = numbers.scatter(rest, folded.cast(pl.Float64, strict=False))
    finite = numbers.is_finite().fill_null(False)
    return ReadValues(numbers.zip_with(finite, _nulls(numbers)), given & ~finite)


def read_durations(column: pl.Series) -> ReadValues:
    """Read durations in hours: a number alone means hours, 小时 and 天 are understood.

    Examples
    --------
    >>> read_durations(pl.Series(["48", "5个工作日", "2小时"])).values.to_list()
    [48.0, 120.0, 2.0]
    """
    plain = read_numbers(column)
    rest = plain.unreadable.arg_true()
    if rest.is_empty() or column.dtype.is_numeric():
        return plain
    text = column.gather(rest).cast(pl.String).str.normalize("NFKC").str.to_lowercase()
    groups = text.str.extract_groups(_DURATION).struct.unnest()
    amount = groups["1"].cast(pl.Float64)
    in_hours = groups["2"].is_in(_HOUR_UNITS).fill_null(False)
    hours = amount.zip_with(in_hours, amount * HOURS_PER_DAY)
    return ReadValues(
        plain.values.scatter(rest, hours), plain.unreadable.scatter(rest, hours.is_null())
    )


def read_yes_no(column: pl.Series, profile: Profile) -> ReadValues:
    """Read yes and no in the profile's words.

    Parameters
    ----------
    column : polars.Series
        Booleans, or text in lower case.
    profile : Profile
        Whose words are used; `blank_is_no` tells what an empty cell means.
    """
    if column.dtype == pl.Boolean:
        answers, given = column, column.is_not_null()
    else:
        text = column if column.dtype == pl.String else read_numbers_as_words(column)
        words = dict.fromkeys(profile.false_words, False) | dict.fromkeys(profile.true_words, True)
        answers = text.replace_strict(words, default=None, return_dtype=pl.Boolean)
        given = text.is_not_null()
    unreadable = given & answers.is_null()
    if profile.blank_is_no:
        answers = answers.zip_with(given, pl.Series([False]))
    return ReadValues(answers, unreadable)


def read_numbers_as_words(column: pl.Series) -> pl.Series:
    """Write 1.0 and 1 alike as ``"1"``, so that numeric columns can say yes and no."""
    whole = column.cast(pl.Float64).fill_nan(None).cast(pl.Int64, strict=False)
    same = whole.cast(pl.Float64) == column.cast(pl.Float64)
    return whole.cast(pl.String).zip_with(same.fill_null(True), column.cast(pl.String))


def read_satisfaction(column: pl.Series) -> ReadValues:
    """Check satisfaction against the five answers; an empty cell means 未评价.

    Examples
    --------
    >>> read_satisfaction(pl.Series(["满意", None, "好"])).values.to_list()
    ['满意', '未评价', None]
    """
    text = column.cast(pl.String).fill_null(SATISFACTION[-1])
    known = text.is_in(SATISFACTION)
    return ReadValues(text.zip_with(known, _nulls(text)), ~known)


def read_crs(column: pl.Series, default: str) -> ReadValues:
    """Read the coordinate systems that rows name; an empty cell means `default`."""
    names = {name: _known_crs(name) for name in column.drop_nulls().unique()}
    systems = column.replace_strict(names, default=None, return_dtype=pl.String)
    unreadable = column.is_not_null() & systems.is_null()
    return ReadValues(systems.fill_null(default), unreadable)


def _known_crs(name: str) -> str | None:
    try:
        return parse_crs(name)
    except UnknownCrs:
        return None  # the row becomes a reject that says so


def _nulls(like: pl.Series) -> pl.Series:
    return pl.Series([None], dtype=like.dtype)
