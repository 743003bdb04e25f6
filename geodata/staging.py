"""Work in progress of an import: staged files, located table by table in bounded memory."""

from __future__ import annotations

import dataclasses
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import feather

from geodata.areas import current_boundaries
from geodata.coordinates import is_geographic, to_wgs84
from geodata.default_points import (
    DefaultPoint,
    default_points_of,
    known_default_points,
    merge_default_points,
    remember_default_points,
)
from geodata.home import Home
from geodata.locating import Area, locate
from geodata.schema import CASE_SCHEMA, FLAGS


@dataclass(frozen=True)
class Progress:
    """How far an import is.

    Attributes
    ----------
    stage : {"reading", "locating", "storing"}
    rows : int
        Rows done in this stage.
    fraction : float
        Share of the stage that is done, 0–1.
    """

    stage: str
    rows: int
    fraction: float


Tell = Callable[[Progress], None]


@dataclass(frozen=True)
class Placed:
    """Where some cases are; located + unlocated = all of them."""

    located: int
    township_only: int
    unlocated: int
    flags: dict[str, int]


def learn_default_points(home: Home, cases: pl.LazyFrame) -> tuple[DefaultPoint, ...]:
    """Return the default points known so far and those that these cases show."""
    known = known_default_points(home)
    points = known
    for crs in (
        cases.select(pl.col("source_crs").drop_nulls().unique().sort()).collect().to_series()
    ):
        points = merge_default_points(points, _default_points_in(cases, crs))
    if points != known:
        remember_default_points(home, points)
    return points


def _default_points_in(cases: pl.LazyFrame, crs: str) -> tuple[DefaultPoint, ...]:
    """Find default points among rows of one coordinate system, in which the pins are exact."""
    lng, lat = pl.col("source_lng"), pl.col("source_lat")
    zero = (lng == 0) & (lat == 0)
    whole = (lng == lng.round()) & (lat == lat.round()) & is_geographic(crs)
    usable = cases.filter(pl.col("source_crs") == crs, ~zero, ~whole)
    found = default_points_of(usable.select(lng.alias("lng"), lat.alias("lat"), "address"))
    east, north = to_wgs84([p.lng for p in found], [p.lat for p in found], crs)
    return tuple(
        dataclasses.replace(point, lng=float(x), lat=float(y))
        for point, x, y in zip(found, east, north, strict=True)
    )


def known_area(home: Home, points: tuple[DefaultPoint, ...]) -> Area:
    """Return what is known of the city, with these default points."""
    townships = current_boundaries(home, "township")
    return Area(townships, current_boundaries(home, "district"), points)


@contextmanager
def staging(home: Home) -> Iterator[Path]:
    """Give an empty folder for the work; what a killed import left there is removed first."""
    for left in home.staging.iterdir():
        shutil.rmtree(left)
    folder = home.staging / "import"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def locate_tables(
    tables: Iterable[pa.Table], area: Area, folder: Path, progress: Tell | None
) -> tuple[list[Path], Placed]:
    """Locate tables one by one; return the files they are in and where the cases are."""
    paths: list[Path] = []
    counts: Counter[str] = Counter()
    for number, table in enumerate(tables):
        located = locate(table, area).select(CASE_SCHEMA.names).cast(CASE_SCHEMA)
        path = folder / f"located-{number:06d}.arrow"
        write_stage(located, path)
        paths.append(path)
        counts["rows"] += len(located)
        counts["located"] += pa.compute.sum(located["located"], min_count=0).as_py()
        counts["township_only"] += pa.compute.sum(located["township_only"], min_count=0).as_py()
        counts.update(pa.compute.list_flatten(located["flags"]).to_pylist())
        tell(progress, "locating", counts["rows"], 0.0)
    return paths, Placed(
        located=counts["located"],
        township_only=counts["township_only"],
        unlocated=counts["rows"] - counts["located"],
        flags={flag: counts[flag] for flag in FLAGS},
    )


def write_stage(table: pa.Table, path: Path) -> None:
    """Write a staged file (Arrow IPC)."""
    # Arrow IPC is written and read some ten times as fast as Parquet, for files that live seconds.
    feather.write_feather(table, path, compression="lz4")


def tell(progress: Tell | None, stage: str, rows: int, fraction: float) -> None:
    """Tell how far the work is, if anyone asked."""
    if progress is not None:
        progress(Progress(stage, rows, fraction))
