"""A batch in another coordinate system than its file said: changed when a person says so."""

from __future__ import annotations

import time
from collections.abc import Iterator

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from geodata.checking import learn_from_batch
from geodata.coordinate_checks.systems import SYSTEMS
from geodata.coordinates import parse_crs
from geodata.errors import InvalidDecision, NotFound
from geodata.home import Home
from geodata.intake import ROWS_AT_ONCE, RelocationReport
from geodata.schema import CASE_SCHEMA
from geodata.staging import Tell, count_placed, known_area, locate_tables, staging
from geodata.store import CaseStore


def redeclare_batch(
    home: Home, batch: str, crs: str, progress: Tell | None = None
) -> RelocationReport:
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
        cases = store.scan().filter(pl.col("batch") == batch, pl.col("source_crs").is_in(SYSTEMS))
        learned = cases.with_columns(source_crs=pl.lit(system))
        if learned.head(1).collect().is_empty():
            raise NotFound(
                f"no cases of import {batch!r} with coordinates in degrees",
                f"批次 {batch!r} 没有以度为单位的坐标",
            )
        learn_from_batch(home, batch, learned, known_area(home))
        tables = _redeclared(store, batch, system)
        parts = locate_tables(tables, known_area(home), folder, progress)
        placed = count_placed(parts)
        facts = {"kind": "coordinate_system", "of": batch, "crs": system}
        counts = store.upsert(parts, facts)
    return RelocationReport(
        changed=counts.updated,
        located=placed.located,
        township_only=placed.township_only,
        unlocated=placed.unlocated,
        flags=placed.flags,
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


def _redeclared(store: CaseStore, batch: str, system: str) -> Iterator[pa.Table]:
    at = CASE_SCHEMA.get_field_index("source_crs")
    for table in store.read_batches(ROWS_AT_ONCE):
        in_degrees = pc.is_in(table["source_crs"], pa.array(SYSTEMS))
        rows = table.filter(pc.and_(pc.equal(table["batch"], batch), in_degrees))
        if len(rows):
            named = pa.repeat(pa.scalar(system), len(rows))
            yield rows.set_column(at, CASE_SCHEMA.field(at), named)
