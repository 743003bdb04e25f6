"""Locate stored cases anew, when boundaries or default points are others than they were."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from geodata.checking import look_at_store
from geodata.default_points import Coordinate, at_default_point
from geodata.home import Home
from geodata.locating import Area
from geodata.notes import Note
from geodata.places import place_state, remember_applied
from geodata.schema import CASE_SCHEMA
from geodata.staging import (
    Tell,
    area_versions,
    current_area_versions,
    known_area,
    locate_tables,
    staging,
    use_shown,
)
from geodata.store import FALSE_POINTS, RELOCATION, CaseStore, count_placed

ROWS_AT_ONCE = 100_000
"""Rows of the store that are located anew at once."""


@dataclass(frozen=True)
class RelocationReport:
    """What locating the stored cases anew changed."""

    changed: int
    located: int
    township_only: int
    unlocated: int
    flags: dict[str, int]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON line."""
        return dataclasses.asdict(self)


def relocate_cases(home: Home, progress: Tell | None = None) -> RelocationReport:
    """Locate every stored case anew, against the boundaries and default points in use.

    Default points are looked for over the whole store too: one may be too thin in each file.
    """
    started = time.monotonic()
    store = CaseStore(home)
    with home.writing(), staging(home) as folder:
        known = use_shown(home, store.log())
        shown = look_at_store(home, store.scan(), known_area(home, known))
        state, area = place_state(home), known_area(home, known.and_then(shown))
        parts = locate_tables(store.read_batches(ROWS_AT_ONCE), area, folder, progress)
        facts = {
            "kind": RELOCATION,
            "area": area_versions(area),
            "shows": shown.to_json(),
        }
        changed = store.relocate(parts, facts)
        remember_applied(home, state)
        use_shown(home, store.log())
    placed = count_placed(store.scan())
    return RelocationReport(
        changed=changed,
        **dataclasses.asdict(placed),
        seconds=round(time.monotonic() - started, 3),
    )


def follows_boundaries(home: Home) -> bool:
    """Tell whether all stored cases are located by the boundaries in use.

    They are not when an import of boundaries was killed before the cases had followed.
    """
    store = CaseStore(home)
    return store.version is None or store.log().area == current_area_versions(home)


def follow_boundaries(home: Home) -> None:
    """Locate the stored cases anew unless they follow the boundaries in use."""
    if not follows_boundaries(home):
        relocate_cases(home)


def follow_area(store: CaseStore, area: Area, folder: Path) -> None:
    """Locate the stored cases by an area, unless they follow its boundaries.

    For writers, which hold the home's lock.
    """
    versions = area_versions(area)
    if store.version is not None and store.log().area != versions:
        parts = locate_tables(store.read_batches(ROWS_AT_ONCE), area, folder, None)
        store.relocate(parts, {"kind": RELOCATION, "area": versions})
        for part in parts:
            part.unlink()


def retire_false_points(store: CaseStore, area: Area, folder: Path) -> tuple[Note, ...]:
    """Take stored cases off default points and pins that were found only after they came.

    Asked of the whole store after every import, so that a killed import is made good by the next.
    """
    points: tuple[Coordinate, ...] = (*area.default_points, *area.pins)
    if not points:
        return ()
    # A place may well stand where a system puts its pins: only coordinates are doubted.
    stale = store.scan().filter(
        pl.col("location_method") == "coordinates", at_default_point(points)
    )
    cases = stale.collect(engine="streaming").to_arrow().cast(CASE_SCHEMA)
    if not len(cases):
        return ()
    parts = locate_tables([cases], area, folder, None)
    changed = store.relocate(parts, {"kind": FALSE_POINTS, "area": area_versions(area)})
    note = Note(
        f"{changed} earlier cases lie at default points or area centres found now and left the map",
        f"此前导入的 {changed} 件诉求位于本次发现的默认点或区域中心点上，已改为未定位",
    )
    return (note,)


def pinned_cases(store: CaseStore) -> pl.LazyFrame:
    """Return the stored cases whose coordinates are not used because of a false point."""
    pinned = [pl.col("flags").list.contains(flag) for flag in ("default_point", "area_centre")]
    return store.scan().filter(pl.any_horizontal(pinned))
