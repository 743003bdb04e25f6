"""What the newest run found that was not there before: points and cells new in its last step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.home.reader import Reader, shown
from app.hotspots.courses.categories import CONSECUTIVE, KEYS, NEW
from app.hotspots.geography import townships
from app.hotspots.points.registered import registered_as
from app.hotspots.runs import RunSummary, emerging_table, load_run, read_table
from geodata.home import Home
from spatial.grid import cell_centres, cell_name

MOST = 8
"""Points and cells named; all are counted."""

_POINT_COLUMNS = (
    "id", "name", "place", "township", "reports", "main_class", "first_met", "unusually_high",
    "one_caller", "case_place", "case_place_name", "case_place_share",
)  # fmt: skip


@dataclass(frozen=True)
class NewPoint:
    """A point that met a rule of high frequency for the first time in the run's last step.

    ``reports`` is None where the reader may not see so small a count.
    """

    id: str
    name: str
    reports: int | None
    main_class: str | None
    since: date
    unusually_high: bool
    one_caller: bool
    registered_as: str | None
    case_place_share: float | None


@dataclass(frozen=True)
class NewCell:
    """A cell that became hot in the last step (``new``) or the last steps (``consecutive``)."""

    name: str
    township: str
    kind: str


@dataclass(frozen=True)
class NewSpots:
    """New hot points and cells of an area.

    Attributes
    ----------
    step : str
        Label of the run's last step.
    points, cells : tuple
        The first `MOST`; points with most reports first, new cells before consecutive ones.
    n_points, n_new, n_consecutive : int
    has_courses : bool
        Whether the run could tell kinds of course.
    """

    step: str
    points: tuple[NewPoint, ...]
    cells: tuple[NewCell, ...]
    n_points: int
    n_new: int
    n_consecutive: int
    has_courses: bool


def find_new(home: Home, reader: Reader, run: RunSummary) -> NewSpots:
    """Return the new hot points and cells of the reader's area."""
    points = [
        replace(point, reports=shown(point.reports or 0, reader))
        for code, point in _points(home, run.id)
        if reader.reads.has_township(code)
    ]
    told = _cells(home, run.id)
    cells = [cell for code, cell in told or () if reader.reads.has_township(code)]
    fresh = sum(cell.kind == "new" for cell in cells)
    return NewSpots(
        run.steps[-1].label,
        tuple(points[:MOST]),
        tuple(cells[:MOST]),
        len(points),
        fresh,
        len(cells) - fresh,
        told is not None,
    )


@lru_cache(maxsize=4)
def _points(home: Home, run_id: str) -> tuple[tuple[str | None, NewPoint], ...]:
    """Return the new points of a run, which never changes, and their townships."""
    since = load_run(home, run_id).steps[-1].start
    return tuple(
        (row["township"], _point(row, first))
        for row in _known(read_table(home, run_id, "points")).to_pylist()
        if (first := _first_met(row)) is not None and first >= since
    )


def _point(row: dict[str, Any], first: date) -> NewPoint:
    return NewPoint(
        row["id"],
        row["name"],
        row["reports"],
        row["main_class"],
        first,
        row["unusually_high"],
        row["one_caller"],
        registered_as(row),
        row.get("case_place_share"),
    )


def _known(points: pa.Table) -> pa.Table:
    """Keep what is told of points; earlier runs do not have all of it."""
    return points.select([name for name in _POINT_COLUMNS if name in points.column_names])


def _first_met(row: dict[str, Any]) -> date | None:
    """Return the day on which a point met its first rule; None for one only unusually high."""
    days = row["first_met"] or ()
    return min(map(date.fromisoformat, days)) if days else None


@lru_cache(maxsize=4)
def _cells(home: Home, run_id: str) -> tuple[tuple[str | None, NewCell], ...] | None:
    """Return the new and consecutive hot cells of a run, which never changes, and their townships.

    New ones stand first; None where the run could not tell kinds of course.
    """
    run = load_run(home, run_id)
    table = emerging_table(home, run, ["cell", "category"])
    if table is None:
        return None
    table = table.filter(pc.is_in(table["category"], pc.cast([NEW, CONSECUTIVE], "int8")))
    cells, kinds = table["cell"].to_numpy(), table["category"].to_numpy()
    known = townships(home, run.record["boundary_versions"]["township"])
    lat, lng = cell_centres(cells)
    at = known.locate(lng, lat)
    return tuple(
        (
            None if at[i] < 0 else str(known.codes[at[i]]),
            NewCell(
                cell_name(int(cells[i])),
                "" if at[i] < 0 else str(known.names[at[i]]),
                KEYS[int(kinds[i])],
            ),
        )
        for i in np.lexsort((cells, kinds))
    )
