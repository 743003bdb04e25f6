"""Work in progress of an import: staged files, located table by table in bounded memory."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import feather

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
from geodata.placing import known_placer
from geodata.schema import CASE_SCHEMA, FLAGS, SOURCE_ROW


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
    return Area(townships, districts, known_default_points(home), known_placer(home))


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
    parts: list[Path] = []
    rows = 0
    for number, table in enumerate(tables):
        part = folder / f"located-{number:06d}.arrow"
        write_stage(locate(table, area), part)
        parts.append(part)
        rows += len(table)
        tell(progress, "locating", rows, 0.0)
    return parts


def settle(parts: Iterable[Path], superseded: Collection[int], area: Area) -> None:
    """Drop superseded rows from staged parts, and locate those at default points anew.

    Parameters
    ----------
    parts : iterable of Path
        Rewritten in place where something changes.
    superseded : collection of int
        Numbers of the rows to drop.
    area : Area
        With all default points; the rows may have been located before some were known.
    """
    older = pa.array(superseded, pa.int64())
    for part in parts:
        rows = feather.read_table(part)
        kept = rows.filter(pc.invert(pc.is_in(rows[SOURCE_ROW], older)))
        lng, lat = (kept[name].to_numpy() for name in ("lng", "lat"))
        nowhere = pa.array(is_default_point(lng, lat, area.default_points))
        pinned = locate(kept.filter(nowhere), area).select(kept.column_names)
        if len(kept) < len(rows) or len(pinned):
            write_stage(pa.concat_tables([kept.filter(pc.invert(nowhere)), pinned]), part)


def count_placed(parts: Sequence[Path]) -> Placed:
    """Count where the cases of staged parts are."""
    if not parts:
        return Placed(0, 0, 0, dict.fromkeys(FLAGS, 0))
    cases = pl.scan_ipc(list(parts)).select(
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


def write_stage(table: pa.Table, part: Path) -> None:
    """Write located cases to a staged file (Arrow IPC) with the columns of the store.

    The number of the row stays beside them where there is one.
    """
    names = [*CASE_SCHEMA.names, *({SOURCE_ROW} & set(table.column_names))]
    # Arrow IPC is written and read some ten times as fast as Parquet, for files that live seconds.
    feather.write_feather(table.select(names), part, compression="lz4")


def tell(progress: Tell | None, stage: str, rows: int, fraction: float) -> None:
    """Tell how far the work is, if anyone asked."""
    if progress is not None:
        progress(Progress(stage, rows, fraction))
