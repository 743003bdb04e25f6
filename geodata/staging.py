"""Work in progress of an import: staged files, located table by table in bounded memory."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from geodata.areas import current_boundaries
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
from geodata.month_files import (
    MonthWriter,
    file_name,
    read_beside,
    rewrite_month,
    scan_months,
    sort_by_month,
)
from geodata.schema import FLAGS, SOURCE_ROW


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


def known_area(home: Home) -> Area:
    """Return what is known of the city."""
    townships = current_boundaries(home, "township")
    districts = current_boundaries(home, "district")
    return Area(townships, districts, known_default_points(home))


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
) -> list[Path]:
    """Locate tables one by one and stage them; return the files they are in."""
    rows = 0
    with MonthWriter(folder, file_name("located")) as writer:
        for table in tables:
            writer.add(sort_by_month(locate(table, area)))
            rows += len(table)
            tell(progress, "locating", rows, 0.0)
        return writer.close()


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


def count_placed(parts: Sequence[Path]) -> Placed:
    """Count where the cases of staged parts are."""
    if not parts:
        return Placed(0, 0, 0, dict.fromkeys(FLAGS, 0))
    cases = scan_months(parts).select(
        pl.len(),
        pl.col("located", "township_only").sum(),
        *(pl.col("flags").list.contains(flag).sum().alias(flag) for flag in FLAGS),
    )
    counts = cases.collect(engine="streaming").row(0, named=True)
    return Placed(
        located=counts["located"],
        township_only=counts["township_only"],
        unlocated=counts["len"] - counts["located"],
        flags={flag: counts[flag] for flag in FLAGS},
    )


def tell(progress: Tell | None, stage: str, rows: int, fraction: float) -> None:
    """Tell how far the work is, if anyone asked."""
    if progress is not None:
        progress(Progress(stage, rows, fraction))
