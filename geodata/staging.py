"""Work in progress of an import: staged files, located table by table in bounded memory."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import feather

from geodata.areas import current_boundaries
from geodata.areas.versions import current_version
from geodata.coordinate_checks import Shown, false_coordinates, known, remember
from geodata.default_points import is_default_point
from geodata.home import Home
from geodata.left_out import read_columns
from geodata.locating import Area, coarse_rows, locate
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


def use_shown(home: Home, log: CommitLog) -> Shown:
    """Make what the store's batches show of false coordinates the known, and return it.

    The log decides: what a killed import or a withdrawn batch had shown does not count.
    """
    shown = shown_by(log)
    remember(home, shown)
    return shown


def shown_by(log: CommitLog, *, without: str | None = None) -> Shown:
    """Return what the store's batches, but one, show of false coordinates."""
    shown = Shown()
    for told in log.shown(without=without):
        shown = shown.and_then(Shown.from_json(told))
    there = log.batches.keys() - {without}
    return dataclasses.replace(
        shown,
        coarse={name: rule for name, rule in shown.coarse.items() if name in there},
        systems={name: found for name, found in shown.systems.items() if name in there},
    )


def known_area(home: Home, shown: Shown | None = None) -> Area:
    """Return what is known of the city, with what batches show and people decided.

    Parameters
    ----------
    home : Home
    shown : Shown, optional
        What the store's batches show of false coordinates; what was remembered when not given.
    """
    townships = current_boundaries(home, "township")
    districts = current_boundaries(home, "district")
    return with_shown(
        home, Area(townships, districts, placer=known_placer(home)), shown or known(home)
    )


def with_shown(home: Home, area: Area, shown: Shown) -> Area:
    """Return the area with other false coordinates."""
    false = false_coordinates(home, shown)
    return dataclasses.replace(
        area, default_points=false.default_points, pins=false.pins, coarse=false.coarse
    )


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


def locate_false_coordinates(parts: Sequence[Path], area: Area) -> list[Path]:
    """Locate rows at false coordinates anew; return the files.

    Parameters
    ----------
    parts : sequence of Path
        Their rows may have been located before some of the area's false coordinates were known.
    area : Area
        With all false coordinates.
    """

    def locate_anew(rows: pa.Table) -> pa.Table:
        nowhere = _falsely_located(rows, area)
        anew = locate(rows.filter(nowhere), area).select(rows.column_names)
        return pa.concat_tables([rows.filter(pc.invert(nowhere)), anew])

    def concerned(part: Path) -> bool:
        rows = read_columns(part, _POSITION)
        return bool(pc.any(_falsely_located(rows, area)).as_py())

    return _rewrite(parts, concerned, locate_anew)


_POSITION = ["lng", "lat", "source_lng", "source_lat", "batch"]


def _falsely_located(rows: pa.Table, area: Area) -> pa.Array:
    lng, lat = (rows[name].to_numpy() for name in ("lng", "lat"))
    false = is_default_point(lng, lat, (*area.default_points, *area.pins))
    return pa.array(false | (coarse_rows(rows, area.coarse) & np.isfinite(lng)))


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
