"""Wall-clock times ↔ instants, many at once.

A zone's offset changes in a few hours of a year. In all others one subtraction tells the instant,
by a table of the offsets of each hour; times in the hours of a change are asked one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from geodata.schema import INSTANT, WALL_CLOCK
from spatial._compiled import compiled

_HOUR = 3_600_000_000  # microseconds
_FIRST_HOUR, _LAST_HOUR = (
    int(np.datetime64(day, "h").astype(np.int64)) for day in ("2000-01-01", "2040-01-01")
)
_CHANGES = int(np.iinfo(np.int64).min)
"""In place of an offset: it changes within the hour."""

_ACROSS_GAPS = (3, 27)
"""Hours that lead back before any gap: of two hours at most, or of a day at the date line."""

Micros = NDArray[np.int64]


def localise(wall: pl.Series, zone: str) -> pl.Series:
    """Turn wall-clock times of a zone into instants (UTC).

    Of the hour that comes twice the earlier one is meant; in the gap where clocks go forward the
    clock from before it still counts: 2:30 is half an hour after 2:00.

    Examples
    --------
    >>> from datetime import datetime
    >>> gap = pl.Series([datetime(2011, 3, 13, 2, 30)])
    >>> localise(gap, "America/New_York").dt.to_string("%R").to_list()
    ['07:30']
    """
    instant = _at_zone(wall, zone)
    for hours in _ACROSS_GAPS:
        lost = (instant.is_null() & wall.is_not_null()).arg_true()
        if lost.is_empty():
            break
        before = wall.gather(lost).dt.offset_by(f"-{hours}h")
        instant = instant.scatter(lost, _at_zone(before, zone).dt.offset_by(f"{hours}h"))
    return instant


def instants_of(wall: pa.Array, zone: str) -> pa.Array:
    """Turn wall-clock times of a zone into instants, as `localise` does.

    Parameters
    ----------
    wall : pyarrow.Array of timestamp("us")
    zone : str
        IANA zone.

    Examples
    --------
    >>> from datetime import datetime
    >>> wall = pa.array([datetime(2025, 6, 1, 8), None], pa.timestamp("us"))
    >>> instants_of(wall, "Asia/Shanghai").cast(pa.string()).to_pylist()
    ['2025-06-01 00:00:00.000000Z', None]
    """
    return _shifted(wall, zone, _wall_offsets, -1, localise).cast(INSTANT)


def wall_clock_of(instants: pa.Array, zone: str) -> pa.Array:
    """Turn instants into the wall-clock times of a zone.

    Examples
    --------
    >>> from datetime import datetime, UTC
    >>> instants = pa.array([datetime(2025, 6, 1, tzinfo=UTC)], INSTANT)
    >>> wall_clock_of(instants, "Asia/Shanghai").cast(pa.string()).to_pylist()
    ['2025-06-01 08:00:00.000000']
    """
    return _shifted(instants, zone, _instant_offsets, 1, _wall_clock).cast(WALL_CLOCK)


def _shifted(
    times: pa.Array,
    zone: str,
    offsets: Callable[[str], Micros],
    sign: int,
    ask: Callable[[pl.Series, str], pl.Series],
) -> pa.Array:
    """Add offsets (or take them off), asking for times in hours in which the offset changes."""
    given = times.cast(pa.int64()).fill_null(_FIRST_HOUR * _HOUR).to_numpy(zero_copy_only=False)
    shifted, asked = _add_offsets(given, offsets(zone), sign)
    if asked.size:
        moments = pl.Series(given[asked]).cast(pl.Datetime("us"))
        shifted[asked] = ask(moments, zone).to_physical().to_numpy()
    nothing = np.asarray(times.is_null()) if times.null_count else None
    return pa.array(shifted, mask=nothing)


@compiled
def _add_offsets(times: Any, table: Any, sign: int) -> Any:
    """Move times by the offset of their hour; return them and which could not be moved."""
    shifted = np.empty(times.size, dtype=np.int64)
    asked = []
    for row in range(times.size):
        hour = times[row] // _HOUR - _FIRST_HOUR
        offset = table[hour] if 0 <= hour < _LAST_HOUR - _FIRST_HOUR else _CHANGES
        if offset == _CHANGES:
            asked.append(row)
        else:
            shifted[row] = times[row] + sign * offset
    return shifted, np.array(asked, dtype=np.int64)


@lru_cache(maxsize=4)
def _wall_offsets(zone: str) -> Micros:
    """Offset of each hour of the wall clock, in microseconds."""
    wall = _hours()
    return _steady(wall, _at_zone(wall, zone), -1)


@lru_cache(maxsize=4)
def _instant_offsets(zone: str) -> Micros:
    """Offset of each hour of UTC, in microseconds."""
    instants = _hours()
    return _steady(instants, _wall_clock(instants, zone), 1)


def _hours() -> pl.Series:
    hours = np.arange(_FIRST_HOUR, _LAST_HOUR + 1) * _HOUR
    return pl.Series(hours).cast(pl.Datetime("us"))


def _steady(hours: pl.Series, moved: pl.Series, sign: int) -> Micros:
    apart = sign * (moved.to_physical() - hours.to_physical())
    offset = apart.fill_null(_CHANGES).to_numpy().copy()
    offset[:-1][offset[:-1] != offset[1:]] = _CHANGES
    return offset


def _at_zone(wall: pl.Series, zone: str) -> pl.Series:
    aware = wall.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return aware.dt.convert_time_zone("UTC")


def _wall_clock(instants: pl.Series, zone: str) -> pl.Series:
    aware = instants.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return aware.dt.replace_time_zone(None)
