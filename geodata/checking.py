"""What an import or a relocation learns of false coordinates, and changes by hand."""

from __future__ import annotations

import polars as pl

from geodata.areas import Places, load_places
from geodata.coordinate_checks import (
    CoarseRule,
    SystemVerdict,
    learn_coarse,
    learn_points,
    learn_systems,
)
from geodata.coordinate_checks.systems import CANNOT_TELL
from geodata.coordinates import WGS84
from geodata.home import Home
from geodata.locating import Area
from geodata.notes import Note
from geodata.store import CaseStore


def learn_from_batch(home: Home, batch: str, cases: pl.LazyFrame, area: Area) -> SystemVerdict:
    """Look for false coordinates in the staged cases of one batch.

    Returns
    -------
    SystemVerdict
        Whether they look like the coordinate system that they declare.
    """
    learn_points(home, cases, area.townships, area.districts)
    learn_coarse(home, batch, cases)
    places = _places(home, area)
    found = learn_systems(home, cases, area.townships, area.districts, places)
    return found.get(batch, SystemVerdict(WGS84, CANNOT_TELL))


def learn_from_store(home: Home, store: CaseStore, area: Area) -> None:
    """Look for false coordinates over the whole store, and judge every batch's system anew."""
    learn_points(home, store.scan(), area.townships, area.districts)
    learn_systems(home, store.scan(), area.townships, area.districts, _places(home, area))


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
