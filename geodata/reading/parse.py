"""Rows of text → typed cases and rejects, a batch at a time."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pyarrow as pa

from geodata.privacy import CallerHasher
from geodata.profiles import Profile
from geodata.profiles.model import BOOLEAN_FIELDS
from geodata.reading.cleaning import NUMBER_FIELDS, TIME_FIELDS, clean_columns
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
from geodata.schema import PARSED_SCHEMA, SOURCE_ROW

FIELD_LIMIT = 1_000_000
"""Bytes of the longest field that is taken (issue: a field over 1 MB is rejected)."""

FUTURE_TOLERANCE = timedelta(days=1)
"""How far a time may lie after the import: clocks and zones of two systems differ."""

EARLIEST_YEAR = 1980
"""Times before it are default values of databases (1900, 1970), not calls to a hotline."""

LATEST_YEAR = 9999
"""Times after it are told by no calendar of Python's: nothing could show them."""

_ROUNDED_ID = r"^\d(?:\.\d+)?[eE]\+\d+$"
_MAY_BE_FUTURE = ("due_at",)


def parse_batch(
    batch: pa.RecordBatch,
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
    batch : pyarrow.RecordBatch
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
    shortened = take_shortcuts(batch, profile, now)
    faults, frame = _clean(shortened, profile)
    columns = {SOURCE_ROW: frame[SOURCE_ROW]}
    # A coordinate system says nothing without coordinates; with them it is read beside them.
    read_apart = (*TIME_FIELDS, *NUMBER_FIELDS, "source_crs")
    for name in frame.columns:
        if name in PARSED_SCHEMA.names and name not in read_apart:
            columns[name] = frame[name]
    _check_required(frame, profile, faults)
    zone = zone or profile.zone
    for name in [name for name in TIME_FIELDS if name in frame.columns]:
        columns[name] = _times(frame[name], name, profile, zone, now, faults)
    columns |= _read_values(frame, profile, crs or profile.crs, faults)
    if "caller" in frame.columns:
        columns["caller"] = (callers or CallerHasher(caller_key)).hash(frame["caller"])
    rejects = faults.rejects(frame, headers_of(batch))
    good = ~faults.rows if faults else None
    return _assemble(columns, shortened.coded, good, zone), rejects


def _clean(shortened: Shortened, profile: Profile) -> tuple[Faults, pl.DataFrame]:
    frame = clean_columns(shortened.frame, profile, shortened.coded)
    faults = Faults(frame.height)
    case_id = frame["case_id"]
    faults.add("case_id", "missing_value", case_id.is_null(), None)
    faults.add("case_id", "id_lost_digits", case_id.str.contains(_ROUNDED_ID), case_id)
    for name in frame.columns:
        if frame[name].dtype == pl.String:
            faults.add(
                name, "field_too_long", frame[name].str.len_bytes() > FIELD_LIMIT, frame[name]
            )
    for name, texts in shortened.coded.items():
        long = pl.Series(texts).str.len_bytes() > FIELD_LIMIT
        if long.any():
            values = pl.Series(texts).gather(frame[name])
            faults.add(name, "field_too_long", values.str.len_bytes() > FIELD_LIMIT, values)
    return faults, frame


def _check_required(frame: pl.DataFrame, profile: Profile, faults: Faults) -> None:
    for name in profile.required:
        if name in frame.columns:
            faults.add(name, "missing_value", frame[name].is_null(), None)


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


def _read_values(
    frame: pl.DataFrame, profile: Profile, crs: str, faults: Faults
) -> dict[str, pl.Series]:
    columns = {}
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
    if {"source_lng", "source_lat"} <= present:
        columns["source_crs"] = _systems(frame, columns, crs, faults)
    return columns


def _systems(
    frame: pl.DataFrame, columns: dict[str, pl.Series], crs: str, faults: Faults
) -> pl.Series:
    """Coordinate system of each row; null where the row has no coordinates."""
    if "source_crs" in frame.columns:
        systems = read_crs(frame["source_crs"], crs)
        faults.add("source_crs", "unknown_crs", systems.unreadable, frame["source_crs"])
        names = systems.values
    else:
        names = pl.repeat(crs, frame.height, dtype=pl.String, eager=True)
    given = columns["source_lng"].is_not_null() | columns["source_lat"].is_not_null()
    return names.zip_with(given, pl.Series([None], dtype=pl.String))


def _assemble(
    columns: dict[str, pl.Series], coded: dict[str, pa.Array], good: pl.Series | None, zone: str
) -> pa.Table:
    frame = pl.DataFrame([values.alias(name) for name, values in columns.items()])
    if good is not None:
        frame = frame.filter(good)
    local = pl.col("received_at").dt.convert_time_zone(zone).dt.replace_time_zone(None)
    frame = frame.with_columns(received_local=local)
    told = {
        "zone": pa.repeat(pa.scalar(zone), frame.height),
        "month": _months(frame["received_local"]),
    }
    absent = {kind: pa.nulls(frame.height, kind) for kind in set(PARSED_SCHEMA.types)}
    arrays = []
    for field in PARSED_SCHEMA:
        if field.name in told:
            arrays.append(told[field.name])
        elif field.name in coded:
            arrays.append(coded[field.name].take(frame[field.name].to_arrow()))
        elif field.name in frame.columns:
            arrays.append(frame[field.name].to_arrow().cast(field.type))
        else:
            arrays.append(absent[field.type])
    return pa.Table.from_arrays(arrays, schema=PARSED_SCHEMA)


def _months(local: pl.Series) -> pa.Array:
    """Month of each time, such as ``2024-05``; each distinct one is written once."""
    months = local.to_numpy().astype("datetime64[M]")
    if not len(months):
        return pa.array([], pa.string())
    first, last = months.min(), months.max()
    names = np.arange(first, last + 1).astype(str)
    return pa.array(names, pa.string()).take(pa.array((months - first).astype(np.int64)))
