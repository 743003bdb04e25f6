"""The numbers behind one thing on the map: a cell, a township, a point."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import polars as pl
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from app.accounts.areas import Area
from app.cases.selection import SUMMARY_COLUMNS, Selected, case_frame, summarise
from app.errors import Missing
from app.hotspots.geography import place_register, townships
from app.hotspots.measures import DEFAULT_MEASURE
from app.hotspots.periods import WHOLE_SPAN, Step
from app.hotspots.points.assignment import (
    assign_places,
    distinct_coordinates,
    places_in_reach,
)
from app.hotspots.runs import RunSummary, cells_of, emerging_table, load_run, read_table, step_of
from app.hotspots.significance import NOT_TESTED, SIGNIFICANT_LEVEL
from geodata.home import Home
from geodata.places import current_places
from spatial.grid import cell_centres, cell_from_name, cell_resolution, parents


@dataclass(frozen=True)
class SeriesPoint:
    """One step of the trend chart."""

    label: str
    count: int
    expected: float | None
    level: int | None

    def to_json(self) -> dict[str, Any]:
        """As the chart reads it."""
        return {
            "label": self.label,
            # What is not told leaves a gap in the chart.
            "count": self.count if self.count >= 0 else None,
            "expected": self.expected,
            "level": self.level,
        }


class Told(Protocol):
    """What a sentence about a thing speaks of; a `Detail` is one, and so is a `Line`."""

    @property
    def kind(self) -> str: ...
    @property
    def run(self) -> RunSummary: ...
    @property
    def step(self) -> Step | None: ...
    @property
    def row(self) -> dict[str, Any]: ...
    @property
    def period(self) -> tuple[Step, Step] | None: ...


@dataclass(frozen=True)
class Line:
    """One row of a list, with as much as its sentence needs: see `Detail`."""

    kind: str
    run: RunSummary
    step: Step | None
    row: dict[str, Any]
    period: tuple[Step, Step] | None = None


@dataclass(frozen=True)
class Detail:
    """What is known of one thing in a run, at one step or over the whole span.

    Attributes
    ----------
    kind : str
        ``cell``, ``township``, ``cluster`` or ``point``.
    code, name : str
        As in its URL; as people call it.
    step : Step or None
        None is the whole span.
    row : dict
        Its row of the run's table at this step.
    series : tuple of SeriesPoint
        Every step.
    selected : Selected
        Its cases at this step.
    candidate : dict or None
        Row of a ranked township.
    township : tuple of (code, name) or None
        Where it lies.
    period : tuple of Step or None
        First and last step of a cluster.
    course : dict or None
        A cell's row of the table of kinds of course.
    registered : tuple of (code, name) or None
        The place of the register, as it is now, that most cases of a point were given.
    """

    kind: str
    code: str
    name: str
    run: RunSummary
    step: Step | None
    row: dict[str, Any]
    series: tuple[SeriesPoint, ...]
    selected: Selected
    lng: float | None = None
    lat: float | None = None
    candidate: dict[str, Any] | None = None
    township: tuple[str, str] | None = None
    months: dict[str, int] = field(default_factory=dict)
    period: tuple[Step, Step] | None = None
    course: dict[str, Any] | None = None
    registered: tuple[str, str] | None = None

    @property
    def classes(self) -> tuple[tuple[str, int], ...]:
        """Classes of its cases, most frequent first."""
        return self.selected.classes

    @property
    def cases(self) -> tuple[Any, ...]:
        """Newest of its cases, masked."""
        return self.selected.cases

    @property
    def total(self) -> int:
        """All its cases at this step."""
        return self.selected.total


# The area of a reader says which single cases a detail shows; what it counts is all of them.


def cell_detail(home: Home, area: Area, run_id: str, name: str, step: int) -> Detail:
    """Return the numbers of one cell.

    Raises
    ------
    Missing
        The run has no such cell.
    InvalidParameter
        The run has no such step.
    """
    run = load_run(home, run_id)
    chosen = step_of(run, step)
    cell = _parse_cell(name, run)
    resolution = cell_resolution(cell)
    table = cells_of(home, run, resolution)
    rows = table.filter(pc.equal(table["cell"], cell)).to_pylist()
    if not rows:
        raise not_in_run("cell", name, run)
    row = next(row for row in rows if row["step"] == step)
    lat, lng = cell_centres(np.array([cell]))
    levels = [row["level"] for row in rows if row["step"] != WHOLE_SPAN]
    return Detail(
        kind="cell",
        code=name,
        name=name,
        run=run,
        step=chosen,
        row=row,
        series=_series(run, rows),
        selected=summarise(within_cells(run_cases(home, run, chosen), [cell], resolution), area),
        lng=float(lng[0]),
        lat=float(lat[0]),
        township=township_at(home, run, float(lng[0]), float(lat[0])),
        course=_course(home, run, cell) if resolution == run.resolution else None,
        months={
            "hot": sum(SIGNIFICANT_LEVEL <= level < NOT_TESTED for level in levels),
            "cold": sum(level <= -SIGNIFICANT_LEVEL for level in levels),
            "all": len(levels),
        },
    )


def _course(home: Home, run: RunSummary, cell: int) -> dict[str, Any] | None:
    table = emerging_table(home, run)
    if table is None:
        return None
    rows: list[dict[str, Any]] = table.filter(pc.equal(table["cell"], cell)).to_pylist()
    return rows[0]


def codes_in_run(home: Home, run_id: str) -> frozenset[str]:
    """Return the codes of the townships of a run."""
    return frozenset(read_table(home, run_id, "townships", ["code"])["code"].to_pylist())


def township_detail(
    home: Home, area: Area, run_id: str, code: str, step: int, measure: str = DEFAULT_MEASURE
) -> Detail:
    """Return the numbers of one township, its cases without a place included.

    The series counts by the measure; only reports have expected counts.

    Raises
    ------
    Missing
        The run has no such township.
    InvalidParameter
        The run has no such step.
    """
    run = load_run(home, run_id)
    chosen = step_of(run, step)
    table = read_table(home, run_id, "townships")
    rows = table.filter(pc.equal(table["code"], code)).to_pylist()
    if not rows:
        raise not_in_run("township", code, run)
    ranked = read_table(home, run_id, "candidates")
    candidate = ranked.filter(pc.equal(ranked["code"], code)).to_pylist()
    row = next(row for row in rows if row["step"] == step)
    column = measure if measure != DEFAULT_MEASURE and measure in row else "count"
    return Detail(
        kind="township",
        code=code,
        name=row["name"],
        run=run,
        step=chosen,
        row=row,
        series=_series(run, rows, column),
        selected=summarise(run_cases(home, run, chosen).filter(pl.col("township") == code), area),
        lng=row["lng"],
        lat=row["lat"],
        candidate=candidate[0] if candidate else None,
    )


def point_detail(home: Home, area: Area, run_id: str, point_id: str, step: int) -> Detail:
    """Return the numbers of one point.

    Raises
    ------
    Missing
        The run has no such point.
    InvalidParameter
        The run has no such step.
    """
    run = load_run(home, run_id)
    chosen = step_of(run, step)
    table = read_table(home, run_id, "points")
    found = table.filter(pc.equal(table["id"], point_id)).to_pylist()
    if not found:
        raise not_in_run("point", point_id, run)
    row = found[0]
    everything = cases_at_point(home, run, row, None)
    counts = _month_counts(everything)
    series = tuple(
        SeriesPoint(each.label, counts.get(each.label, 0), None, None) for each in run.steps
    )
    return Detail(
        kind="point",
        code=point_id,
        name=row["name"],
        run=run,
        step=chosen,
        row=row,
        series=series,
        selected=summarise(cases_at_point(home, run, row, chosen), area),
        lng=row["lng"],
        lat=row["lat"],
        township=township_at(home, run, row["lng"], row["lat"]),
        registered=_registered(home, row.get("case_place")),
    )


def _registered(home: Home, code: str | None) -> tuple[str, str] | None:
    """Return a place by the code it had in a run, if the register still has it."""
    places = current_places(home) if code else None
    at = None if places is None or code is None else places.positions().get(code)
    return None if places is None or at is None else (str(places.codes[at]), str(places.names[at]))


def run_cases(home: Home, run: RunSummary, step: Step | None) -> pl.LazyFrame:
    """Scan the run's cases as they were when it was made, within the step."""
    return case_frame(
        home,
        start=step.start if step else run.start,
        end=step.end if step else run.end,
        classes=run.classes,
        version=run.record["case_store_version"],
    )


def within_cells(frame: pl.LazyFrame, cells: ArrayLike, resolution: int) -> pl.LazyFrame:
    """Keep the cases in some cells; the store has finer ones."""
    stored = frame.select(pl.col("cell").drop_nulls().unique()).collect()["cell"]
    inside = stored.filter(pl.Series(np.isin(parents(stored.to_numpy(), resolution), cells)))
    return frame.filter(pl.col("cell").is_in(inside.to_list()))


def cases_at_point(
    home: Home, run: RunSummary, point: dict[str, Any], step: Step | None
) -> pl.LazyFrame:
    """Return the cases that the run gave to a point, no more and no fewer."""
    west, south, east, north = (point[side] for side in ("west", "south", "east", "north"))
    nearby = (
        run_cases(home, run, step)
        .filter("located")
        .filter(pl.col("lng").is_between(west, east), pl.col("lat").is_between(south, north))
        .select(*SUMMARY_COLUMNS, "month", "lng", "lat")
        .collect()
    )
    lng, lat = distinct_coordinates(nearby["lng"].to_numpy(), nearby["lat"].to_numpy())
    given = _at_place(home, run, point, lng, lat) if point["place"] else _at(point, lng, lat)
    return nearby.filter(pl.Series(given, dtype=pl.Boolean)).lazy()


def _at_place(
    home: Home,
    run: RunSummary,
    point: dict[str, Any],
    lng: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Tell which coordinates the point's place takes."""
    places = place_register(home, run.record["places_version"])
    if places is None:
        raise not_in_run("point", point["id"], run)
    box = (point["west"], point["south"], point["east"], point["north"])
    given = assign_places(lng, lat, places, places_in_reach(places, box))
    index = list(map(str, places.codes)).index(point["place"])
    return np.asarray(given == index)


def _at(
    point: dict[str, Any], lng: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell which coordinates are of a cluster; runs from before clusters have a single one."""
    own_lng, own_lat = point.get("member_lng"), point.get("member_lat")
    if own_lng is None or own_lat is None:
        own_lng, own_lat = [point["lng"]], [point["lat"]]
    return np.isin(lng + 1j * lat, np.asarray(own_lng) + 1j * np.asarray(own_lat))


def _month_counts(frame: pl.LazyFrame) -> dict[str, int]:
    counted = frame.group_by("month").agg(pl.len()).collect()
    return {str(month): int(count) for month, count in counted.iter_rows()}


def _series(
    run: RunSummary, rows: list[dict[str, Any]], count: str = "count"
) -> tuple[SeriesPoint, ...]:
    by_step = {row["step"]: row for row in rows}
    return tuple(
        SeriesPoint(
            step.label,
            by_step[step.index][count],
            by_step[step.index].get("expected") if count == "count" else None,
            by_step[step.index].get("level"),
        )
        for step in run.steps
    )


def _parse_cell(name: str, run: RunSummary) -> int:
    try:
        cell = cell_from_name(name)
    except ValueError:
        raise not_in_run("cell", name, run) from None
    if cell_resolution(cell) not in run.resolutions:
        raise not_in_run("cell", name, run)
    return cell


def township_at(home: Home, run: RunSummary, lng: float, lat: float) -> tuple[str, str] | None:
    boundaries = townships(home, run.record["boundary_versions"]["township"])
    index = int(boundaries.locate(np.array([lng]), np.array([lat]))[0])
    return None if index < 0 else (str(boundaries.codes[index]), str(boundaries.names[index]))


def not_in_run(kind: str, name: str, run: RunSummary) -> Missing:
    words = {"cell": "六边形单元", "township": "街乡镇", "cluster": "扫描聚集区", "point": "点位"}
    chinese = words[kind]
    return Missing(
        f"run {run.id} has no {kind} {name!r}", f"分析结果 {run.id} 中没有{chinese} {name!r}"
    )
