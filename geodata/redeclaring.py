"""A batch in another coordinate system than its file said: changed when a person says so."""

from __future__ import annotations

import dataclasses
import time

import polars as pl

from geodata.checking import look_at_batch
from geodata.coordinate_checks.systems import SYSTEMS
from geodata.coordinates import parse_crs
from geodata.errors import InvalidDecision, NotFound
from geodata.home import Home
from geodata.locating import locate
from geodata.relocation import RelocationReport, follow_area
from geodata.staging import area_versions, known_area, staging, use_shown
from geodata.store import CaseStore, count_placed


def redeclare_batch(home: Home, batch: str, crs: str) -> RelocationReport:
    """Read the coordinates of a batch as another system, and locate its cases anew.

    Raises
    ------
    UnknownCrs
        No system has this name.
    InvalidDecision
        It is none of WGS84, GCJ-02 and BD-09: others are no matter of a shift.
    NotFound
        The store has no case of this batch.
    """
    started = time.monotonic()
    system = _checked(crs)
    store = CaseStore(home)
    with home.writing(), staging(home) as folder:
        if batch not in store.log().batches:
            raise NotFound(f"no import {batch!r}", f"没有批次 {batch!r}")
        cases = store.scan().filter(pl.col("batch") == batch, pl.col("source_crs").is_in(SYSTEMS))
        learned = cases.with_columns(source_crs=pl.lit(system))
        if learned.head(1).collect().is_empty():
            raise NotFound(
                f"no cases of import {batch!r} with coordinates in degrees",
                f"批次 {batch!r} 没有以度为单位的坐标",
            )
        known = use_shown(home, store.log())
        shown = look_at_batch(home, batch, learned, known_area(home, known))
        area = known_area(home, known.and_then(shown))
        follow_area(store, area, folder)
        facts = {"shows": shown.to_json(), "area": area_versions(area)}
        changed = store.redeclaration(batch, system).run(
            folder, lambda rows: locate(rows, area), facts
        )
        use_shown(home, store.log())
        placed = count_placed(store.scan().filter(pl.col("batch") == batch))
    return RelocationReport(
        changed=changed,
        **dataclasses.asdict(placed),
        seconds=round(time.monotonic() - started, 3),
    )


def _checked(crs: str) -> str:
    system = parse_crs(crs)
    if system not in SYSTEMS:
        known = ", ".join(SYSTEMS)
        raise InvalidDecision(
            f"crs: {crs!r} is none of {known}", f"坐标系 {crs!r} 不在 {known} 之中"
        )
    return system
