"""Times in all the habits of hotline exports → instants.

Read are ISO, ``2025/3/19 8:05``, ``2025年3月19日 8时5分``, ``20250319080500``, halves of the day
(下午3:20, 3:20 PM), Excel serial numbers and, by the profile's order, ``3/19/2025``. A time
without an offset is of the profile's zone.
"""

from dataclasses import dataclass

import polars as pl

from geodata.profiles import DateOrder
from geodata.reading.zones import localise

_DAY = 86_400_000_000  # microseconds

_STEPS_PER_DAY = {"day": 1, "ms": 86_400_000, "us": _DAY}
_CALENDAR_DAYS = (-719_162, 2_932_897)  # 0001-01-01 and 10000-01-01, in days since 1970-01-01

SERIAL_DAY_ZERO = -25_569
"""Excel's day 0, 1899-12-30, in days since 1970-01-01 (the 1900 date system)."""

_ISO = "%Y-%m-%d %H:%M:%S"

# Offices write units after numbers; what stays is digits with the usual signs between them.
_SIGNS = {
    "年": "-", "月": "-", "日": " ", "号": " ",
    "点半": ":30 ", "时半": ":30 ", "点整": ":00 ", "时": ":", "点": ":", "分": ":", "秒": "",
    "上午": " am ", "早上": " am ", "凌晨": " am ", "下午": " pm ", "傍晚": " pm ",
    "中午": " noon ", "晚上": " night ", "a.m.": " am ", "p.m.": " pm ",
    "星期一": " ", "星期二": " ", "星期三": " ", "星期四": " ", "星期五": " ", "星期六": " ",
    "星期日": " ", "星期天": " ", "周一": " ", "周二": " ", "周三": " ", "周四": " ",
    "周五": " ", "周六": " ", "周日": " ", "\t": " ", "\n": " ",
}  # fmt: skip

_CLOCK = (
    r"(?:[t ,]+(?P<before>am|pm|noon|night)? *(?P<hour>\d{1,2})(?: *: *(?P<minute>\d{1,2}))?"
    r"(?: *: *(?P<second>\d{1,2})(?P<part>\.\d+)?)? *:? *(?P<after>am|pm)?"
    r" *(?P<offset>z|utc|[+-]\d{2}:?\d{2})?)? *$"
)
_YEAR, _MONTH, _DATE = r"(?P<year>\d{4})", r"(?P<month>\d{1,2})", r"(?P<date>\d{1,2})"
_BETWEEN = r" *[-/.] *"

_YEAR_FIRST = f"^{_YEAR}{_BETWEEN}{_MONTH}{_BETWEEN}{_DATE}{_CLOCK}"
_DIGITS = (
    r"^(?P<year>\d{4})(?P<month>\d{2})(?P<date>\d{2})"
    r"(?:[t ]*(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?P<part>\.\d+)?)?)?"
    r" *(?P<offset>z|[+-]\d{2}:?\d{2})?$"
)
_YEAR_LAST = {
    "mdy": f"^{_MONTH}{_BETWEEN}{_DATE}{_BETWEEN}{_YEAR}{_CLOCK}",
    "dmy": f"^{_DATE}{_BETWEEN}{_MONTH}{_BETWEEN}{_YEAR}{_CLOCK}",
}
_SERIAL = r"^[2-7]\d{4}(?:\.\d+)?$"  # 1954 to 2119


@dataclass(frozen=True)
class Times:
    """A column of times, read.

    Attributes
    ----------
    instant : polars.Series
        ``Datetime("us", "UTC")``; null where nothing was given or it is unreadable.
    unreadable : polars.Series
        Boolean: something was given that is no time.
    """

    instant: pl.Series
    unreadable: pl.Series


def parse_times(values: pl.Series, *, zone: str, order: DateOrder = "ymd") -> Times:
    """Read a column of times.

    Parameters
    ----------
    values : polars.Series
        Text without outer spaces, numbers, dates or datetimes; null where nothing was given.
    zone : str
        IANA zone of times without an offset. Where clocks go back, the earlier of the two
        instants is taken; a time in the gap where they go forward counts from before the gap.
    order : {"ymd", "mdy", "dmy"}
        Order of dates that have the year last; with ``"ymd"`` such dates are unreadable.

    Returns
    -------
    Times

    Examples
    --------
    >>> import polars as pl
    >>> times = parse_times(pl.Series(["2025年3月19日 下午3:20", "soon"]), zone="Asia/Shanghai")
    >>> times.instant.dt.to_string("%F %R").to_list(), times.unreadable.to_list()
    (['2025-03-19 07:20', None], [False, True])
    """
    if isinstance(values.dtype, (pl.Date, pl.Datetime)):
        return _typed_times(values, zone)
    text = number_text(values) if values.dtype.is_numeric() else values.cast(pl.String)
    wall = text.str.to_datetime(_ISO, time_unit="us", strict=False)
    wall = wall.set(_beyond_calendar(wall), None)
    rest = (wall.is_null() & text.is_not_null()).arg_true()
    if rest.is_empty():
        return Times(localise(wall, zone), pl.repeat(False, len(text), eager=True))
    read = _read_habits(text.gather(rest), order)
    instant = localise(wall, zone).scatter(rest, _instants(read, zone))
    return Times(instant, instant.is_null() & text.is_not_null())


def number_text(values: pl.Series) -> pl.Series:
    """Write numbers as text, whole ones without a decimal point; NaN becomes null.

    Examples
    --------
    >>> number_text(pl.Series([61.0, 45735.5, None])).to_list()
    ['61', '45735.5', None]
    """
    if not values.dtype.is_float():
        return values.cast(pl.String)
    values = values.fill_nan(None)
    whole = values.cast(pl.Int64, strict=False)
    text = values.cast(pl.String)
    return text.zip_with(
        (whole.cast(values.dtype) != values).fill_null(True), whole.cast(pl.String)
    )


def _typed_times(values: pl.Series, zone: str) -> Times:
    too_far = _beyond_calendar(values)
    values = values.set(too_far, None)
    if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone:
        return Times(values.dt.cast_time_unit("us").dt.convert_time_zone("UTC"), too_far)
    return Times(localise(values.cast(pl.Datetime("us")), zone), too_far)


def _beyond_calendar(values: pl.Series) -> pl.Series:
    """Tell which dates lie outside the years 1 to 9999: casting them would wrap around or fail."""
    unit = values.dtype.time_unit if isinstance(values.dtype, pl.Datetime) else "day"
    if unit == "ns":  # 64 bits of them reach from 1677 to 2262
        return pl.repeat(False, len(values), eager=True)
    steps = values.to_physical().cast(pl.Int64)
    first, last = (day * _STEPS_PER_DAY[unit] for day in _CALENDAR_DAYS)
    return (~steps.is_between(first, last, closed="left")).fill_null(False)


def _read_habits(text: pl.Series, order: DateOrder) -> pl.DataFrame:
    """Wall-clock time and offset of texts that are not plain ISO; null where unreadable."""
    folded = text.str.normalize("NFKC").str.to_lowercase()
    folded = folded.str.replace_many(list(_SIGNS), list(_SIGNS.values()), leftmost=True)
    frame = pl.DataFrame({"text": folded.str.strip_chars()}).with_columns(
        wall=pl.lit(None, pl.Datetime("us")), offset=pl.lit(None, pl.Int64)
    )
    patterns = [_YEAR_FIRST, _DIGITS, *([_YEAR_LAST[order]] if order in _YEAR_LAST else [])]
    for pattern in patterns:
        rest = frame["wall"].is_null()
        if not rest.any():
            return frame
        read = _read_pattern(frame["text"].filter(rest), pattern)
        places = rest.arg_true()
        frame = frame.with_columns(
            wall=frame["wall"].scatter(places, read["wall"]),
            offset=frame["offset"].scatter(places, read["offset"]),
        )
    return frame.with_columns(wall=frame["wall"].fill_null(_serials(frame["text"])))


def _read_pattern(text: pl.Series, pattern: str) -> pl.DataFrame:
    found = text.str.extract_groups(pattern).struct.unnest()
    for name in ("before", "after", "part", "offset"):
        if name not in found.columns:
            found = found.with_columns(pl.lit(None, pl.String).alias(name))
    date = (
        pl.concat_str(
            "year", pl.lit("-"), pl.col("month").str.zfill(2), pl.lit("-"),
            pl.col("date").str.zfill(2),
        )
        .str.to_date("%Y-%m-%d", strict=False)
        .cast(pl.Int64)
    )  # fmt: skip
    hour = _hour(pl.col("hour").cast(pl.Int64), pl.coalesce("before", "after"))
    minute, second = (pl.col(name).cast(pl.Int64).fill_null(0) for name in ("minute", "second"))
    part = (pl.col("part").cast(pl.Float64).fill_null(0.0) * 1e6).round().cast(pl.Int64)
    clock = pl.when(pl.col("hour").is_null()).then(0).otherwise(hour) * 3600
    valid = (minute < 60) & (second < 60)
    moment = date * _DAY + (clock + minute * 60 + second) * 1_000_000 + part
    return found.select(
        wall=pl.when(valid).then(moment).cast(pl.Datetime("us")), offset=_offset(pl.col("offset"))
    )


def _hour(hour: pl.Expr, half: pl.Expr) -> pl.Expr:
    """Hour of the day from the hour said and the half of the day; null where they disagree."""
    half = half.fill_null("")
    return (
        pl.when(half == "am")
        .then(pl.when(hour <= 12).then(hour % 12))
        .when(half == "pm")
        .then(pl.when(hour < 12).then(hour + 12).when(hour < 24).then(hour))
        # 中午 runs from eleven to the early afternoon; 晚上12点 may be either midnight.
        .when(half == "noon")
        .then(pl.when(hour <= 3).then(hour + 12).when(hour.is_between(11, 15)).then(hour))
        .when(half == "night")
        .then(
            pl.when(hour.is_between(5, 11)).then(hour + 12).when(hour.is_between(17, 23)).then(hour)
        )
        .otherwise(pl.when(hour < 24).then(hour))
    )


def _offset(text: pl.Expr) -> pl.Expr:
    """Offset from UTC in microseconds."""
    digits = text.str.replace(":", "", literal=True)
    minutes = digits.str.slice(1, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(
        3, 2
    ).cast(pl.Int64, strict=False)
    signed = pl.when(digits.str.starts_with("-")).then(-minutes).otherwise(minutes)
    return pl.when(text.is_in(["z", "utc"])).then(0).otherwise(signed * 60_000_000)


def _serials(text: pl.Series) -> pl.Series:
    days = text.str.extract(f"({_SERIAL[1:-1]})").cast(pl.Float64, strict=False)
    days = days.zip_with(text.str.contains(_SERIAL), pl.Series([None], dtype=pl.Float64))
    # A serial holds about a tenth of a millisecond; people meant whole seconds.
    seconds = ((days + SERIAL_DAY_ZERO) * 86_400).round()
    return (seconds * 1e6).cast(pl.Int64, strict=False).cast(pl.Datetime("us"))


def _instants(read: pl.DataFrame, zone: str) -> pl.Series:
    given = read.select(
        (pl.col("wall").cast(pl.Int64) - pl.col("offset"))
        .cast(pl.Datetime("us"))
        .dt.replace_time_zone("UTC")
    ).to_series()
    return given.fill_null(localise(read["wall"], zone))
