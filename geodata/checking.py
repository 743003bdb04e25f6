"""What the cases of an import, or of the whole store, show of false coordinates."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import polars as pl

from geodata.areas import Places, load_places
from geodata.coordinate_checks import (
    CoarseRule,
    Shown,
    gather,
    judge_batch,
    judge_systems,
    look_for_coarse,
    look_for_points,
    sample_of_batch,
)
from geodata.home import Home
from geodata.locating import Area
from geodata.notes import Note


def look_at_batch(home: Home, batch: str, cases: pl.LazyFrame, area: Area) -> Shown:
    """Look for false coordinates among the cases of one batch, and judge its system."""
    with ThreadPoolExecutor(1) as beside:
        sampling = beside.submit(sample_of_batch, cases)
        read = gather(cases)
        sample = sampling.result()
    return (
        look_for_points(cases, read, area.townships, area.districts)
        .and_then(look_for_coarse(batch, cases, read))
        .and_then(judge_batch(batch, sample, area.townships, area.districts, _places(home, area)))
    )


def look_at_store(home: Home, cases: pl.LazyFrame, area: Area) -> Shown:
    """Look for false coordinates over the whole store, and judge every batch's system anew."""
    points = look_for_points(cases, gather(cases), area.townships, area.districts)
    places = _places(home, area)
    return points.and_then(judge_systems(cases, area.townships, area.districts, places))


def coarse_note(rule: CoarseRule | None, cases: int) -> Note | None:
    """Return the line that tells of coarse coordinates, None where there are none."""
    if rule is None or not cases:
        return None
    if rule.decimals is None:
        return Note(
            f"{cases} coordinates lie on a coarse grid: no cell can be told from them",
            f"{cases} 件诉求的坐标落在粗网格上，无法判定所在单元",
        )
    return Note(
        f"{cases} coordinates have only {rule.decimals} decimals or fewer: no cell can be told "
        "from them",
        f"{cases} 件诉求的坐标只有 {rule.decimals} 位小数或更少，无法判定所在单元",
    )


def _places(home: Home, area: Area) -> Places | None:
    return load_places(home, townships=area.townships) if area.townships is not None else None
