"""The rows' part of counting: from case rows to what is counted, a table at a time.

It is a plain function of Arrow tables, so that every engine can call it where its rows are. What it
gives is small: a cell, a day, a class and 64 bits for the caller.
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from geodata.errors import InvalidJob, UnknownZone
from geodata.locating import Area, locate
from geodata.placing import TEXT_COLUMNS
from geodata.schema import STORE_RESOLUTION
from spatial.grid import NO_CELL, parents

PERIODS = {"month": "1mo", "day": "1d"}

UNKNOWN_PERIOD = pl.date(1970, 1, 1)
"""Stands for "no time" while counting: groups without a value would be left out."""

UNKNOWN_CLASS = ""
"""The same for "no class"."""

_CLASSES = ("class_1", "class_2", "class_3")

# What locating reads, and what counting reads; every one may be missing but coordinates and time.
_LOCATING = {
    "source_lng": pl.Float64,
    "source_lat": pl.Float64,
    "source_crs": pl.String,
    "batch": pl.String,
    **dict.fromkeys(TEXT_COLUMNS, pl.String),
}
_COUNTING = ("received_local", "caller", "incident")
_STAND_INS = {"source_lng": "lng", "source_lat": "lat", "received_local": "received_at"}
"""Column → the one of Suyuan's exchange format that serves where it is missing."""

READ_COLUMNS = (*_LOCATING, *_COUNTING, *_CLASSES, *_STAND_INS.values())
"""Columns that a job may read; the others stay unread."""

_ISO = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class CellJob:
    """What to count by.

    Attributes
    ----------
    resolution : int
        H3 resolution of the cells, at most the store's.
    by : {"month", "day"}
        Calendar period of the city's wall clock.
    class_level : int or None
        Counts are parted by the class of this level, 1 to 3; by none of them when None.
    classes : tuple of str
        Only cases whose class of any level is one of these; all when empty.
    zone : str
        Zone of instants in rows that carry no wall clock.

    Raises
    ------
    InvalidJob, UnknownZone
    """

    resolution: int = 8
    by: str = "month"
    class_level: int | None = None
    classes: tuple[str, ...] = ()
    zone: str = "Asia/Shanghai"

    def __post_init__(self) -> None:
        if not 0 <= self.resolution <= STORE_RESOLUTION:
            raise InvalidJob(
                f"resolution: expected 0 to {STORE_RESOLUTION}, found {self.resolution}",
                f"分辨率应在 0 到 {STORE_RESOLUTION} 之间，实为 {self.resolution}",
            )
        if self.by not in PERIODS:
            raise InvalidJob(
                f"by: expected one of {', '.join(PERIODS)}, found '{self.by}'",
                f"计数周期应为 {'、'.join(PERIODS)} 之一，实为“{self.by}”",
            )
        if self.class_level not in (None, 1, 2, 3):
            raise InvalidJob(
                f"class level: expected 1 to 3, found {self.class_level}",
                f"分类级别应在 1 到 3 之间，实为 {self.class_level}",
            )
        if self.zone not in zoneinfo.available_timezones():
            raise UnknownZone(
                f"zone: no time zone is called '{self.zone}'", f"没有名为“{self.zone}”的时区"
            )

    @property
    def groups(self) -> tuple[str, ...]:
        """Columns that make the groups."""
        return ("cell", "period") if self.class_level is None else ("cell", "period", "class")


def index_schema(job: CellJob, *, incidents: bool) -> pa.Schema:
    """Return the columns that `index_rows` gives."""
    fields = [pa.field("cell", pa.int64()), pa.field("period", pa.date32())]
    if job.class_level is not None:
        fields.append(pa.field("class", pa.string()))
    fields.append(pa.field("caller", pa.int64()))
    if incidents:
        fields.append(pa.field("incident", pa.int64()))
    return pa.schema(fields)


def index_rows(rows: pa.Table, area: Area, job: CellJob) -> pa.Table:
    """Locate rows and keep what they are counted by.

    Parameters
    ----------
    rows : pyarrow.Table
        Rows of the case store, parsed rows, or rows of Suyuan's exchange format, typed or as text.
        Location columns that they have are not believed: all are located against `area`.
    area : Area
    job : CellJob

    Returns
    -------
    pyarrow.Table
        `index_schema`; one row for each given one of the wanted classes. ``cell`` is `NO_CELL`
        without a place. ``caller`` is a hash of what tells callers apart, null where unknown.

    Examples
    --------
    >>> rows = pa.table({"lng": [83.05, None], "lat": [39.02, None], "caller": ["a", None],
    ...     "received_at": ["2025-01-31 23:59:59", "2025-02-01 00:00:00"]})
    >>> index_rows(rows, Area(), CellJob(resolution=6)).select(["cell", "period"]).to_pylist()
    [{'cell': 604060187183022079, 'period': datetime.date(2025, 1, 1)},
     {'cell': -1, 'period': datetime.date(2025, 2, 1)}]
    """
    frame = _readable(pl.DataFrame(pl.from_arrow(rows)), job)
    located = locate(_arrow(frame.select(*_LOCATING, "received_local")), area)
    cells = located["cell"].fill_null(NO_CELL).to_numpy()
    kept = frame.select(
        cell=pl.Series(parents(cells, job.resolution), dtype=pl.Int64),
        period=pl.col("received_local")
        .dt.truncate(PERIODS[job.by])
        .dt.date()
        .fill_null(UNKNOWN_PERIOD),
        caller=_hashed("caller"),
        **({"class": _class(job.class_level)} if job.class_level is not None else {}),
        **({"incident": pl.col("incident").cast(pl.Int64)} if "incident" in frame.columns else {}),
    )
    schema = index_schema(job, incidents="incident" in frame.columns)
    return _arrow(kept.select(schema.names)).cast(schema)


def _readable(frame: pl.DataFrame, job: CellJob) -> pl.DataFrame:
    """Give rows the columns and types that locating and counting read; keep the wanted classes."""
    present = set(frame.columns)
    stand_ins = {
        name: pl.col(other)
        for name, other in _STAND_INS.items()
        if name not in present and other in present
    }
    frame = frame.with_columns(**stand_ins)
    types = {**_LOCATING, **dict.fromkeys((*_CLASSES, "caller"), pl.String)}
    absent = [name for name in types if name not in frame.columns]
    frame = frame.with_columns(pl.lit(None).alias(name) for name in absent)
    # What cannot be read as a number or a time counts as not given: a row is never lost.
    frame = frame.with_columns(
        *(pl.col(name).cast(kind, strict=False) for name, kind in types.items()),
        _wall_clock(frame["received_local"], job.zone),
    )
    if job.classes:
        wanted = [pl.col(name).is_in(list(job.classes)) for name in _CLASSES]
        frame = frame.filter(pl.any_horizontal(wanted).fill_null(value=False))
    return frame


def _wall_clock(times: pl.Series, zone: str) -> pl.Series:
    if times.dtype == pl.String:
        text = times.str.replace("T", " ").str.replace("Z$", "+00:00")
        wall = text.str.to_datetime(f"{_ISO}%.f", time_unit="us", strict=False)
        instants = text.str.to_datetime(f"{_ISO}%.f%:z", time_unit="us", strict=False)
        return wall.zip_with(wall.is_not_null(), _wall_clock(instants, zone))
    if isinstance(times.dtype, pl.Datetime) and times.dtype.time_zone is not None:
        return times.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return times.cast(pl.Datetime("us"), strict=False)


def _hashed(name: str) -> pl.Expr:
    """64 bits in place of a text; two of one group share them once in 10^13 such groups."""
    bits = pl.col(name).hash(seed=0).reinterpret(signed=True)
    return pl.when(pl.col(name).is_not_null()).then(bits)


def _class(level: int | None) -> pl.Expr:
    return pl.col(f"class_{level}").fill_null(UNKNOWN_CLASS)


def _arrow(frame: pl.DataFrame) -> pa.Table:
    """Turn a frame into a table with plain strings, which locating and Spark expect."""
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(
        pa.schema(
            pa.field(
                field.name, pa.string() if pa.types.is_large_string(field.type) else field.type
            )
            for field in frame.head(0).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
        )
    )
