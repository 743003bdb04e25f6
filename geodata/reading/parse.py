"""Rows of text → typed cases and rejects, a batch at a time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pyarrow as pa

from geodata.arrays import repeated, typed
from geodata.callers import CallerHasher
from geodata.profiles import Profile
from geodata.profiles.model import BOOLEAN_FIELDS, CLASS_PATH
from geodata.reading.cleaning import (
    FIELD_LIMIT,
    NUMBER_FIELDS,
    TIME_FIELDS,
    clean_columns,
    split_classes,
)
from geodata.reading.dates import parse_times
from geodata.reading.faults import Faults
from geodata.reading.shortcuts import Shortened, take_shortcuts
from geodata.reading.tables import headers_of
from geodata.reading.values import (
    read_crs,
    read_durations,
    read_numbers,
    read_satisfaction,
    read_yes_no,
)
from geodata.reading.zones import instants_of, wall_clock_of
from geodata.schema import PARSED_SCHEMA, SOURCE_ROW

Columns = dict[str, pl.Series | pa.Array]

FUTURE_TOLERANCE = timedelta(days=1)
"""How far a time may lie after the import: clocks and zones of two systems differ."""

EARLIEST_YEAR = 1980
"""Times before it are default values of databases (1900, 1970), not calls to a hotline."""

LATEST_YEAR = 9999
"""Times after it are told by no calendar of Python's: nothing could show them."""

_DAY = 86_400_000_000  # microseconds

_ROUNDED_ID = r"^\d(?:\.\d+)?[eE]\+\d+$"
_MAY_BE_FUTURE = ("due_at",)


def parse_batch(
    batch: pa.Table,
    profile: Profile,
    *,
    caller_key: bytes,
    now: datetime,
    crs: str | None = None,
    zone: str | None = None,
    callers: CallerHasher | None = None,
) -> tuple[pa.Table, pa.Table]:
    """Parse rows into cases and rejects; each row becomes one or the other.

    Rows in which every cell is empty are neither: spreadsheets end in thousands of them.

    Parameters
    ----------
    batch : pyarrow.Table
        `source_row` (int64) and columns named by input fields, as text or typed.
    profile : Profile
        How the source writes things.
    caller_key : bytes
        Secret under which callers are hashed.
    now : datetime
        The present moment with its zone; times beyond it by more than a day are rejected.
    crs, zone : str, optional
        Coordinate system and time zone in place of the profile's. A row's own system wins.
    callers : CallerHasher, optional
        One of the same secret that remembers the callers of earlier batches.

    Returns
    -------
    cases : pyarrow.Table
        Columns of `PARSED_SCHEMA`: `SOURCE_COLUMNS` and `source_row`.
    rejects : pyarrow.Table
        Columns of `REJECT_SCHEMA`.
    """
    faults, frame, columns = _clean(batch, profile, now)
    zone = zone or profile.zone
    for name in [name for name in TIME_FIELDS if name in frame.columns]:
        columns[name] = _times(frame[name], name, profile, zone, now, faults)
    for name in [name for name in TIME_FIELDS if name not in frame.columns and name in columns]:
        columns[name] = instants_of(columns[name], zone)
    columns |= _read_values(frame, profile, faults)
    if {"source_lng", "source_lat"} <= set(columns):
        columns["source_crs"] = _systems(frame, columns, crs or profile.crs, faults)
    if "caller" in columns:
        callers = callers or CallerHasher(caller_key)
        columns["caller"] = callers.hash_column(_to_arrow(columns["caller"]))
    rejects = faults.rejects(_to_series(columns["case_id"]), frame[SOURCE_ROW], headers_of(batch))
    good = (~faults.rows).to_arrow() if faults else None
    return _assemble(columns, good, zone), rejects


def _clean(
    batch: pa.Table, profile: Profile, now: datetime
) -> tuple[Faults, pl.DataFrame, Columns]:
    """Return the faults of texts, the columns that are still to be read, and those that are not."""
    rows = take_shortcuts(batch, profile, now)
    rows = replace(rows, frame=clean_columns(rows.frame, profile))
    rows = rows.without(_blank_rows(rows))
    frame = split_classes(rows.frame, profile) if CLASS_PATH in rows.frame.columns else rows.frame
    columns: Columns = {**rows.whole, SOURCE_ROW: frame[SOURCE_ROW]}
    # A coordinate system says nothing without coordinates; with them it is read beside them.
    read_apart = (*TIME_FIELDS, *NUMBER_FIELDS, *BOOLEAN_FIELDS, "satisfaction", "source_crs")
    for name in frame.columns:
        if name in PARSED_SCHEMA.names and name not in read_apart:
            columns[name] = frame[name]
    faults = Faults(frame.height)
    _check_given("case_id", columns, faults)
    if "case_id" in frame.columns:
        case_id = frame["case_id"]
        faults.add("case_id", "id_lost_digits", case_id.str.contains(_ROUNDED_ID), case_id)
    for name in frame.columns:
        if frame[name].dtype == pl.String:
            long = frame[name].str.len_bytes() > FIELD_LIMIT
            faults.add(name, "field_too_long", long, frame[name])
    for name in profile.required:
        _check_given(name, {**rows.whole, **frame.to_dict()}, faults)
    return faults, frame, columns


def _blank_rows(rows: Shortened) -> pl.Series:
    """Rows in which no cell says anything."""
    cells = rows.frame.drop(SOURCE_ROW)
    blank = pl.repeat(True, rows.frame.height, eager=True)
    for column in (*rows.whole.values(), *cells.iter_columns()):
        blank &= _is_missing(column)
        if not blank.any():
            break
    return blank


def _is_missing(column: pl.Series | pa.Array) -> pl.Series:
    if isinstance(column, pl.Series):
        return column.is_null()
    if not column.null_count:
        return pl.repeat(False, len(column), eager=True)
    return pl.Series(column.is_null())


def _check_given(name: str, columns: Mapping[str, pl.Series | pa.Array], faults: Faults) -> None:
    if name in columns:
        faults.add(name, "missing_value", _is_missing(columns[name]), None)


def _times(
    values: pl.Series, name: str, profile: Profile, zone: str, now: datetime, faults: Faults
) -> pl.Series:
    times = parse_times(values, zone=zone, order=profile.date_order)
    year = times.instant.dt.year()
    faults.add(name, "unreadable_date", times.unreadable | (year > LATEST_YEAR), values)
    faults.add(name, "too_early_date", year < EARLIEST_YEAR, values)
    if name not in _MAY_BE_FUTURE:
        faults.add(name, "future_date", times.instant > now + FUTURE_TOLERANCE, values)
    return times.instant


def _read_values(frame: pl.DataFrame, profile: Profile, faults: Faults) -> Columns:
    columns: Columns = {}
    present = set(frame.columns)
    for name in [name for name in NUMBER_FIELDS if name in present]:
        read_column = read_durations if name == "time_limit_hours" else read_numbers
        numbers = read_column(frame[name])
        faults.add(name, "unreadable_number", numbers.unreadable, frame[name])
        columns[name] = numbers.values
    for name in [name for name in BOOLEAN_FIELDS if name in present]:
        answers = read_yes_no(frame[name], profile)
        faults.add(name, "unreadable_yes_no", answers.unreadable, frame[name])
        columns[name] = answers.values
    if "satisfaction" in present:
        answers = read_satisfaction(frame["satisfaction"])
        faults.add("satisfaction", "unknown_word", answers.unreadable, frame["satisfaction"])
        columns["satisfaction"] = answers.values
    return columns


def _systems(
    frame: pl.DataFrame, columns: Columns, crs: str, faults: Faults
) -> pl.Series | pa.Array:
    """Coordinate system of each row; null where the row has no coordinates."""
    missing = _is_missing(columns["source_lng"]) & _is_missing(columns["source_lat"])
    if "source_crs" not in frame.columns:
        return repeated(crs, frame.height, missing.to_numpy() if missing.any() else None)
    systems = read_crs(frame["source_crs"], crs)
    faults.add("source_crs", "unknown_crs", systems.unreadable, frame["source_crs"])
    return systems.values.set(missing, None)


def _assemble(columns: Columns, good: pa.Array | None, zone: str) -> pa.Table:
    arrays = {name: _to_arrow(column) for name, column in columns.items()}
    if good is not None:
        arrays = {name: array.filter(good) for name, array in arrays.items()}
    n = len(arrays[SOURCE_ROW])
    arrays["received_local"] = wall_clock_of(arrays["received_at"], zone)
    arrays |= {"zone": repeated(zone, n), "month": _months(arrays["received_local"])}
    absent = {kind: pa.nulls(n, kind) for kind in set(PARSED_SCHEMA.types)}
    return pa.Table.from_arrays(
        [
            typed(arrays[field.name], field.type) if field.name in arrays else absent[field.type]
            for field in PARSED_SCHEMA
        ],
        schema=PARSED_SCHEMA,
    )


def _to_arrow(column: pl.Series | pa.Array) -> pa.Array:
    return column.to_arrow() if isinstance(column, pl.Series) else column


def _to_series(column: pl.Series | pa.Array) -> pl.Series:
    return column if isinstance(column, pl.Series) else pl.Series(column)


def _months(local: pa.Array) -> pa.DictionaryArray:
    """Month of each time, such as ``2024-05``."""
    days = local.cast(pa.int64()).to_numpy(zero_copy_only=False) // _DAY
    if not len(days):
        return pa.array([], pa.dictionary(pa.int32(), pa.string()))
    first = days.min()
    # The calendar is asked once a day, not once a case.
    months = np.arange(first, days.max() + 1).astype("datetime64[D]").astype("datetime64[M]")
    names = np.arange(months[0], months[-1] + 1).astype(str)
    codes = (months - months[0]).astype(np.int32)[days - first]
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names, pa.string()))
