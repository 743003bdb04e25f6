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
from pyarrow import feather

from geodata.areas import current_boundaries
from geodata.coordinate_checks import known_false_coordinates
from geodata.default_points import is_default_point
from geodata.home import Home
from geodata.locating import Area, coarse_rows, locate
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


def known_area(home: Home) -> Area:
    """Return what is known of the city."""
    townships = current_boundaries(home, "township")
    districts = current_boundaries(home, "district")
    return with_false_coordinates(home, Area(townships, districts))


def with_false_coordinates(home: Home, area: Area) -> Area:
    """Return the area with what the home knows of false coordinates now."""
    known = known_false_coordinates(home)
    return dataclasses.replace(
        area, default_points=known.default_points, pins=known.pins, coarse=known.coarse
    )


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
    """Drop superseded rows from staged parts, and locate those at false coordinates anew.

    Parameters
    ----------
    parts : iterable of Path
        Rewritten in place where something changes.
    superseded : collection of int
        Numbers of the rows to drop.
    area : Area
        With all false coordinates; the rows may have been located before some were known.
    """
    older = pa.array(superseded, pa.int64())
    for part in parts:
        rows = feather.read_table(part)
        kept = rows.filter(pc.invert(pc.is_in(rows[SOURCE_ROW], older)))
        lng, lat = (kept[name].to_numpy() for name in ("lng", "lat"))
        false = is_default_point(lng, lat, (*area.default_points, *area.pins))
        false |= coarse_rows(kept, area.coarse) & np.isfinite(lng)
        nowhere = pa.array(false)
        anew = locate(kept.filter(nowhere), area).select(kept.column_names)
        if len(kept) < len(rows) or len(anew):
            write_stage(pa.concat_tables([kept.filter(pc.invert(nowhere)), anew]), part)


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
