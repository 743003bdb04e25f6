"""Make a comparison of two periods: count, test, write what came out with what it came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from app.hotspots.comparing.areas import changed_areas
from app.hotspots.comparing.counting import (
    OTHER,
    THIS,
    PeriodCounts,
    by_cell,
    by_township,
    in_short,
    read_periods,
)
from app.hotspots.comparing.forms import CompareArguments
from app.hotspots.comparing.stored import (
    CELLS,
    TOWNSHIPS,
    StoredComparison,
    is_stored,
    load_comparison,
    write_comparison,
)
from app.hotspots.comparing.testing import change_table, changes, fallen, risen
from app.hotspots.inputs import boundaries_and_version
from app.hotspots.provenance import code_version, library_versions, run_id
from app.hotspots.significance import NOT_TESTED
from geodata.areas import Boundaries, load_places
from geodata.home import Home
from spatial.period_change import PeriodChange
from spatial.weights import hex_weights

Progress = Callable[[int, int, str], None]

STAGES = ("reading", "counting", "testing", "townships", "writing")


def make_comparison(
    home: Home,
    arguments: CompareArguments,
    progress: Progress | None = None,
    *,
    case_version: int | None = None,
) -> StoredComparison:
    """Compare two periods, or return what was made before: same inputs, same bytes.

    Parameters
    ----------
    home : Home
        Where cases and boundaries are, and the comparison goes.
    arguments : CompareArguments
    progress : callable, optional
        Called with stages done, stages in all, and the name of the stage that begins.
    case_version : int, optional
        Version of the case store; the newest when not given.

    Raises
    ------
    NothingToAnalyse
        Boundaries or cases are missing, or a period has no located case.
    """
    boundaries, version = boundaries_and_version(home, case_version)
    places = load_places(home, townships=boundaries)
    determinants = {
        "kind": "comparison",
        "case_store_version": version,
        "boundary_versions": {"township": boundaries.version},
        "places_version": places.version if places else None,
        "parameters": _parameters(arguments),
        "code_version": code_version(),
        "library_versions": library_versions(),
    }
    name = run_id(determinants)
    if is_stored(home, name):
        return load_comparison(home, name)
    _tell(progress, "reading")
    cases = read_periods(home, arguments, places, version)
    days = arguments.windows.other.days, arguments.windows.this.days
    _tell(progress, "counting")
    cells, counts = by_cell(cases, boundaries, arguments.resolution, arguments.measure)
    _tell(progress, "testing")
    found = changes(counts, days, hex_weights(cells))
    table = change_table({"cell": cells}, counts, found)
    _tell(progress, "townships")
    of_townships = by_township(cases, boundaries, arguments.measure)
    apart = changes(of_townships, days)
    townships = change_table(_township_names(boundaries), of_townships, apart)
    _tell(progress, "writing")
    record = {
        "id": name,
        **determinants,
        "days": days[1],
        "with_days": days[0],
        "counts": {"this": in_short(cases, THIS), "with": in_short(cases, OTHER)},
        "city": _city(counts, days),
        **_tested(found, table, "cells"),
        **_tested(apart, townships, "townships"),
        "dispersion": {CELLS: _dispersion(found), TOWNSHIPS: _dispersion(apart)},
        "correction": "benjamini_hochberg",
        "areas": changed_areas(table, boundaries),
        "bounds": [float(side) for side in shapely.total_bounds(boundaries.geometry)],
    }
    return write_comparison(home, record, {CELLS: table, TOWNSHIPS: townships})


def _parameters(arguments: CompareArguments) -> dict[str, Any]:
    return {
        "from": arguments.start.isoformat(),
        "to": arguments.end.isoformat(),
        "with_from": arguments.with_start.isoformat(),
        "with_to": arguments.with_end.isoformat(),
        "classes": sorted(set(arguments.classes)),
        "resolution": arguments.resolution,
        "measure": arguments.measure,
    }


def _township_names(boundaries: Boundaries) -> dict[str, Any]:
    return {
        "code": np.array([str(code) for code in boundaries.codes], dtype=object),
        "name": np.array([str(name) for name in boundaries.names], dtype=object),
    }


def _city(counts: PeriodCounts, days: tuple[int, int]) -> dict[str, float]:
    """Return what all cells count together, and how that changed a day."""
    before, after = int(counts.before.sum()), int(counts.after.sum())
    return {"before": before, "after": after, "ratio": after / days[1] / (before / days[0])}


def _tested(found: PeriodChange | None, table: pa.Table, areas: str) -> dict[str, int]:
    level = table["level"].to_numpy()
    return {
        areas: table.num_rows,
        f"tested_{areas}": 0 if found is None else int((level != NOT_TESTED).sum()),
        f"risen_{areas}": int(risen(level).sum()),
        f"fallen_{areas}": int(fallen(level).sum()),
    }


def _dispersion(found: PeriodChange | None) -> float | None:
    return None if found is None else found.dispersion


def _tell(progress: Progress | None, stage: str) -> None:
    if progress is not None:
        progress(STAGES.index(stage), len(STAGES), stage)
