"""Tables to start from: made ones for every shipped profile, and real files read in place.

Every row that says anything carries its own number twice: as a stamp in the handler's column and as
a seal in the status column. So each row can be found again, by itself and not by its count, and a
stored row put together of two would show.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from geodata.profiles import Profile, load_profile
from geodata.reading.headers import match_header

STAMP, SEAL = "handler", "status"
"""Fields that every profile reads as plain text."""

BALTIMORE = """\
name: baltimore
zone: America/New_York
date_order: mdy
columns:
  case_id: [SRRecordID]
  received_at: [CreatedDate]
  class_1: [SRType]
  address: [Address]
  closed_at: [CloseDate]
  handler: [Agency]
  status: [SRStatus]
  source_lng: [Longitude]
  source_lat: [Latitude]
"""

SHIPPED = ("suyuan", "workorder12345", "boston311", "chicago311")
REAL = {
    "boston": ("boston_311_2011H2.parquet", "boston311"),
    "chicago": ("chicago_sanitation_2011_2013.parquet", "chicago311"),
    "baltimore": ("baltimore_311_sample.csv", "baltimore.yaml"),
    "changsha": ("changsha_complaints.parquet", "workorder12345"),
}

_FIRST = datetime(2024, 1, 1, 8)
_TITLES = ("路灯不亮", "垃圾没有清运", "Street light out", "楼上漏水，多次反映未解决", "停车")


@dataclass(frozen=True)
class Table:
    """A table of texts that a profile can read.

    Attributes
    ----------
    headers : tuple of str
    rows : tuple of tuple of str
        As many cells each as there are headers.
    fields : dict of int
        Field of the profile → index of its column.
    valid : bool
        Whether every row would be stored as it is.
    """

    name: str
    profile: str | Path
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    fields: dict[str, int]
    valid: bool

    def read_profile(self) -> Profile:
        return load_profile(self.profile)


def made_table(profile: str, rng: random.Random, rows: int) -> Table:
    """Make valid rows with a value in every column that the profile knows."""
    read = load_profile(profile)
    headers = {field: read.headers_of(field)[0] for field in read.columns}
    lines = tuple(
        tuple(_made_cell(field, number, read, rng) for field in headers) for number in range(rows)
    )
    return _stamped(f"made-{profile}", profile, tuple(headers.values()), lines, valid=True)


def _made_cell(field: str, number: int, profile: Profile, rng: random.Random) -> str:
    received = _FIRST + timedelta(minutes=number * 7)
    later = timedelta(hours=rng.randint(1, 200))
    made = {
        "case_id": f"{profile.name[:2].upper()}-{number:06d}",
        "received_at": f"{received:%Y-%m-%d %H:%M:%S}",
        "caller": f"1390000{rng.randrange(10_000):04d}",
        "satisfaction": "满意",
        "time_limit_hours": "48",
        "source_lng": f"{116 + rng.random():.6f}",
        "source_lat": f"{39 + rng.random():.6f}",
        "source_crs": "WGS84",
        "class_path": "市容环卫/垃圾/清运不及时",
    }
    if field in made:
        return made[field]
    if field.endswith("_at"):
        return f"{received + later:%Y-%m-%d %H:%M:%S}"
    if field in ("valid", "responded", "resolved", "assessed", "unreasonable", "overdue"):
        return rng.choice(["是", "否", "1", "0", "Y", ""])
    return rng.choice(["", f"{field} {rng.choice(_TITLES)}"])


def real_table(name: str, shared: Path, folder: Path, rng: random.Random, rows: int) -> Table:
    """Take some rows of a real file, as text; nothing of it is written outside `folder`."""
    file, profile = REAL[name]
    path = shared / file
    frame = (
        pl.read_parquet(path)
        if path.suffix == ".parquet"
        else pl.read_csv(path, infer_schema=False)
    )
    start = rng.randrange(max(frame.height - rows, 1))
    texts = frame.slice(start, rows).select(pl.all().cast(pl.String).fill_null(""))
    if profile.endswith(".yaml"):
        profile_path = folder / profile
        profile_path.write_text(BALTIMORE, "utf-8")
        return _stamped(name, profile_path, tuple(texts.columns), tuple(texts.rows()), valid=False)
    return _stamped(name, profile, tuple(texts.columns), tuple(texts.rows()), valid=False)


def _stamped(
    name: str, profile: str | Path, headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...],
    *, valid: bool,
) -> Table:  # fmt: skip
    """Add the two columns of the stamps where the file has none."""
    read = load_profile(profile)
    for field in (STAMP, SEAL):
        if field not in match_header(headers, read):
            headers = (*headers, read.headers_of(field)[0])
            rows = tuple((*row, "") for row in rows)
    return Table(name, profile, headers, rows, match_header(headers, read), valid)
