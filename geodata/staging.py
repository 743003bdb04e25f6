"""Work in progress of an import: staged files, located table by table in bounded memory."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import feather

from geodata.areas import current_boundaries
from geodata.areas.versions import current_version
from geodata.coordinates import is_geographic, to_wgs84
from geodata.default_points import (
    DefaultPoint,
    default_points_of,
    is_default_point,
    known_default_points,
    merge_default_points,
    remember_default_points,
)
from geodata.home import Home
from geodata.locating import Area, locate
from geodata.month_files import read_beside, rewrite_month
from geodata.placing import known_placer
from geodata.schema import CASE_SCHEMA, SOURCE_ROW
from geodata.store import CaseStore, CommitLog


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


def find_default_points_of(cases: pl.LazyFrame) -> tuple[DefaultPoint, ...]:
    """Return the default points that these cases show."""
    found: tuple[DefaultPoint, ...] = ()
    for crs in (
        cases.select(pl.col("source_crs").drop_nulls().unique().sort()).collect().to_series()
    ):
        found = merge_default_points(found, _default_points_in(cases, crs))
    return found


def use_default_points(home: Home, log: CommitLog) -> tuple[DefaultPoint, ...]:
    """Make the default points that the store's batches show the known ones, and return them.

    The log decides: what a killed import or a withdrawn batch had found does not count.
    """
    points = _merged(log.default_points())
    if points != known_default_points(home):
        remember_default_points(home, points)
    return points


def points_without(log: CommitLog, batch: str) -> tuple[DefaultPoint, ...]:
    """Return the default points that the other batches show."""
    return _merged(log.default_points(without=batch))


def _merged(shown: Iterable[list[dict[str, Any]]]) -> tuple[DefaultPoint, ...]:
    points: tuple[DefaultPoint, ...] = ()
    for group in shown:
        points = merge_default_points(points, tuple(DefaultPoint(**point) for point in group))
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
    """Return what is known of the city."""
    townships = current_boundaries(home, "township")
    districts = current_boundaries(home, "district")
    return Area(townships, districts, points, known_placer(home))


def current_area_versions(home: Home) -> dict[str, str | None]:
    """Return which boundaries are in use."""
    return {level: current_version(home.boundaries, level) for level in ("township", "district")}


def area_versions(area: Area) -> dict[str, str | None]:
    """Return which boundaries an area has, as the store keeps it with every commit."""
    return {
        "township": None if area.townships is None else area.townships.version,
        "district": None if area.districts is None else area.districts.version,
    }


@contextmanager
def staging(home: Home) -> Iterator[Path]:
    """Give an empty folder for the work; what a killed import left behind is removed first."""
    if left := list(home.staging.iterdir()):
        for folder in left:
            shutil.rmtree(folder)
        CaseStore(home).delete_orphans()
    folder = home.staging / "import"
    folder.mkdir()
    try:
        yield folder
    except BaseException:
        # The files of a commit that failed would fill the disk until the next clean-up.
        CaseStore(home).delete_orphans()
        raise
    finally:
        shutil.rmtree(folder)


def locate_tables(
    tables: Iterable[pa.Table], area: Area, folder: Path, progress: Tell | None
) -> list[Path]:
    """Locate tables one by one and stage them; return the files they are in."""
    parts: list[Path] = []
    rows = 0
    for number, table in enumerate(tables):
        part = folder / f"located-{number:06d}.arrow"
        write_stage(locate(table, area), part)
        parts.append(part)
        rows += len(table)
        tell(progress, "locating", rows, 0.0)
    return parts


def drop_rows(parts: Sequence[Path], numbers: Collection[int]) -> list[Path]:
    """Drop rows, told by their number in the imported file; return the files that stay."""
    gone = np.array(sorted(numbers), dtype=np.int64)

    def keep(rows: pa.Table) -> pa.Table:
        return rows.filter(pa.array(~np.isin(rows[SOURCE_ROW].to_numpy(), gone)))

    return _rewrite(
        parts, lambda part: bool(np.isin(read_beside(part, SOURCE_ROW), gone).any()), keep
    )


def locate_default_points(parts: Sequence[Path], area: Area) -> list[Path]:
    """Locate rows at default points anew; return the files.

    Parameters
    ----------
    parts : sequence of Path
        Their rows may have been located before some of the area's default points were known.
    area : Area
        With all default points.
    """

    def locate_pinned(rows: pa.Table) -> pa.Table:
        nowhere = _at_default_point(rows, area)
        pinned = locate(rows.filter(nowhere), area).select(rows.column_names)
        return pa.concat_tables([rows.filter(pc.invert(nowhere)), pinned])

    def is_pinned(part: Path) -> bool:
        points = pq.read_table(part, columns=["lng", "lat"], partitioning=None)
        return bool(pc.any(_at_default_point(points, area)).as_py())

    return _rewrite(parts, is_pinned, locate_pinned)


def _at_default_point(rows: pa.Table, area: Area) -> pa.Array:
    lng, lat = (rows[name].to_numpy() for name in ("lng", "lat"))
    return pa.array(is_default_point(lng, lat, area.default_points))


def _rewrite(
    parts: Sequence[Path],
    concerns: Callable[[Path], bool],
    change: Callable[[pa.Table], pa.Table],
) -> list[Path]:
    """Change the rows of those files that the change concerns."""
    written: list[Path] = []
    for part in parts:
        written += rewrite_month(part, change) if concerns(part) else [part]
    return written


def write_stage(table: pa.Table, part: Path) -> None:
    """Write located cases to a staged file (Arrow IPC) with the columns of the store.

    Written and read some ten times as fast as Parquet, for files that live seconds.
    """
    feather.write_feather(table.select(CASE_SCHEMA.names), part, compression="lz4")


def tell(progress: Tell | None, stage: str, rows: int, fraction: float) -> None:
    """Tell how far the work is, if anyone asked."""
    if progress is not None:
        progress(Progress(stage, rows, fraction))
