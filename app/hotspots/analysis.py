"""Make a run: count, test, rank, and write what came out with what it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import shapely

from app.cases.selection import case_frame
from app.errors import NothingToAnalyse
from app.hotspots.cell_tests import assess_cells, count_cells
from app.hotspots.clusters.scanning import find_clusters
from app.hotspots.companions import Companion, Counting, chosen_sizes, make_companion
from app.hotspots.courses.cells import find_categories
from app.hotspots.incident_numbers import with_incidents
from app.hotspots.inputs import boundaries_and_version
from app.hotspots.measures import DEFAULT_MEASURE, measurable
from app.hotspots.people_at_points import count_at_points, people_where_reports_are
from app.hotspots.periods import Step, monthly_steps
from app.hotspots.points.rules import Rule, kept, load_rules, read_rules
from app.hotspots.points.table import find_points
from app.hotspots.provenance import code_version, library_versions, run_id
from app.hotspots.run_files import write_run
from app.hotspots.runs import RUN_FILE, RunSummary, load_run
from app.hotspots.significance import NOT_TESTED, SIGNIFICANT_LEVEL
from app.hotspots.tables import Extra, ExtraTable, RunTables
from app.hotspots.township_counts import count_townships
from geodata.areas import Boundaries, Places, load_places, study_cells
from geodata.home import Home

Progress = Callable[[int, int, str], None]

STAGES = (
    "reading",
    "expected",
    "testing",
    "sizes",
    "changes",
    "clusters",
    "townships",
    "points",
    "writing",
)

CASE_COLUMNS = (
    "case_id",
    "month",
    "received_local",
    "located",
    "township_only",
    "cell",
    "township",
    "lng",
    "lat",
    "place",
    "class_1",
    "class_2",
    "caller",
    "address",
    "valid",
    "responded",
    "resolved",
    "satisfaction",
    "zone",
    "due_at",
    "closed_at",
)


@dataclass(frozen=True)
class _Inputs:
    """What a run is made from, all of it by version."""

    case_version: int
    boundaries: Boundaries
    places: Places | None
    parameters: dict[str, Any]
    seed: int

    @property
    def determinants(self) -> dict[str, Any]:
        """All that decides what comes out."""
        return {
            "case_store_version": self.case_version,
            "boundary_versions": {"township": self.boundaries.version},
            "places_version": self.places.version if self.places else None,
            "parameters": self.parameters,
            "seed": self.seed,
            "code_version": code_version(),
            "library_versions": library_versions(),
        }


def analyse(
    home: Home,
    *,
    start: date,
    end: date,
    period: str = "month",
    classes: Sequence[str] = (),
    resolution: int = 9,
    seed: int = 1,
    measure: str = DEFAULT_MEASURE,
    resolutions: Sequence[int] | None = None,
    rules: Sequence[Rule] | None = None,
    case_version: int | None = None,
    extras: Iterable[ExtraTable] = (),
    progress: Progress | None = None,
) -> RunSummary:
    """Make a run, or return it if it was made before: the same inputs give the same bytes.

    Parameters
    ----------
    home : Home
        Where cases and boundaries are, and the run goes.
    start, end : date
        First day, and the day after the last.
    period : str
        Length of a step: ``month``.
    classes : sequence of str
        Only cases of these classes (any level); empty for all.
    resolution : int
        H3 resolution of the cells.
    seed : int
        Of the permutations, where those are needed.
    measure : str
        What cells count: see `app.hotspots.measures`. Townships and points are always tested and
        ranked by reports, and give the other two beside them.
    resolutions : sequence of int, optional
        Other sizes of cells to count and test in, each by itself; one coarser and one finer than
        `resolution` when not given: see `app.hotspots.companions`.
    rules : sequence of Rule, optional
        By which points are high-frequency; those of the home when not given.
    case_version : int, optional
        Version of the case store; the newest when not given.
    extras : iterable of ExtraTable
        Further tables, made by packages above.
    progress : callable, optional
        Called with stages done, stages in all, and the name of the stage that begins.

    Raises
    ------
    NothingToAnalyse
        Boundaries are missing, or the window has no located case.
    InvalidParameter
        The window is empty or too long.
    """
    steps = monthly_steps(start, end)
    parameters = {
        "from": start.isoformat(),
        "to": end.isoformat(),
        "period": period,
        "classes": sorted(set(classes)),
        "resolution": resolution,
        "measure": measure,
        "companions": chosen_sizes(resolution, resolutions).to_json(),
        "point_rules": kept(load_rules(home) if rules is None else rules),
    }
    inputs = _inputs(home, parameters, seed, case_version)
    name = run_id(inputs.determinants)
    if (home.runs / name / RUN_FILE).is_file():
        return load_run(home, name)
    tables = _count_and_test(home, inputs, steps, progress)
    _tell(progress, "writing")
    made = [extra(tables) for extra in extras]
    record = _record(home, name, inputs, tables, made)
    write_run(home, name, record, tables, made)
    return load_run(home, name)


def _inputs(home: Home, parameters: dict[str, Any], seed: int, case_version: int | None) -> _Inputs:
    boundaries, version = boundaries_and_version(home, case_version)
    places = load_places(home, townships=boundaries)
    return _Inputs(version, boundaries, places, parameters, seed)


def _count_and_test(
    home: Home, inputs: _Inputs, steps: tuple[Step, ...], progress: Progress | None
) -> RunTables:
    _tell(progress, "reading")
    resolution, measure = inputs.parameters["resolution"], inputs.parameters["measure"]
    cases = read_cases(home, inputs.parameters, steps, inputs.case_version)
    located = cases.filter("located")
    counted = measurable(located, measure, inputs.places)
    _tell(progress, "expected")
    study_area = study_cells(inputs.boundaries, resolution)
    cells, counts = count_cells(counted, resolution, len(steps), study_area, measure)
    _tell(progress, "testing")
    people = inputs.places and people_where_reports_are(inputs.places, located)
    tested = assess_cells(cells, counts, inputs.boundaries, people, resolution, inputs.seed)
    given = Counting(counted, len(steps), inputs.boundaries, people, measure, inputs.seed)
    companions = _make_companions(given, inputs.parameters["companions"], progress)
    _tell(progress, "changes")
    emerging = find_categories(tested, inputs.seed)
    _tell(progress, "clusters")
    clusters = find_clusters(tested, resolution, inputs.seed)
    _tell(progress, "townships")
    numbered = with_incidents(cases, inputs.places)
    townships = count_townships(numbered, inputs.boundaries, len(steps))
    _tell(progress, "points")
    last = np.datetime64(steps[-1].end) - np.timedelta64(1, "D")
    points = find_points(
        located,
        inputs.places,
        inputs.boundaries,
        last,
        since=np.datetime64(steps[0].start),
        rules=read_rules(inputs.parameters["point_rules"]),
    )
    names, codes = inputs.boundaries.district_names, inputs.boundaries.district_codes
    districts = [name or code for name, code in zip(names, codes, strict=True)]
    return RunTables(
        cases,
        steps,
        inputs.boundaries,
        districts,
        tested,
        townships,
        points,
        emerging,
        clusters,
        companions,
    )


def _make_companions(
    given: Counting, sizes: dict[str, Any], progress: Progress | None
) -> tuple[Companion, ...]:
    made = []
    for resolution in sizes["resolutions"]:
        # Told before each of them: a finer one takes a while, and between them one may cancel.
        _tell(progress, "sizes")
        made.append(make_companion(given, resolution, sizes["largest"]))
    return tuple(made)


def read_cases(
    home: Home, parameters: Mapping[str, Any], steps: tuple[Step, ...], case_version: int
) -> pl.DataFrame:
    """Read the cases of a run's window and classes in a fixed order, each with its step.

    Raises
    ------
    NothingToAnalyse
        None of them is located.
    """
    start, end = steps[0].start, steps[-1].end
    frame = case_frame(
        home,
        start=start,
        end=end,
        classes=parameters["classes"],
        version=case_version,
        columns=CASE_COLUMNS,
    )
    first = start.year * 12 + start.month
    received = pl.col("received_local").dt
    months = received.year().cast(pl.Int32) * 12 + received.month().cast(pl.Int32)
    cases = frame.with_columns(step=months - first).sort("received_local", "case_id").collect()
    if not cases["located"].any():
        chosen = parameters["classes"]
        raise NothingToAnalyse(
            f"no located case from {start} to {end} (of {cases.height} in the window"
            + (f" with class {', '.join(chosen)})" if chosen else ")"),
            f"{start} 至 {end} 没有已定位的诉求（时间范围内"
            + (f"分类为“{'”“'.join(chosen)}”的" if chosen else "")
            + f"共 {cases.height} 件）",
        )
    return cases


def _record(
    home: Home, name: str, inputs: _Inputs, tables: RunTables, made: list[Extra]
) -> dict[str, Any]:
    """Return ``run.json``: what came out in short, and all it came from. No clock."""
    cells = tables.cells
    whole = cells.level[:, 0]
    tested = whole != NOT_TESTED
    west, south, east, north = shapely.total_bounds(inputs.boundaries.geometry)
    record = {
        "id": name,
        **inputs.determinants,
        "steps": [step.to_json() for step in tables.steps],
        "null": cells.null,
        "dispersion": cells.dispersion,
        "dispersion_used": "averaged",
        "family": cells.family,
        "correction": "benjamini_hochberg",
        "counts": _case_counts(tables.cases),
        "at_place_points": count_at_points(inputs.places, tables.cases.filter("located")),
        "left_out": _left_out(home, inputs, tables),
        "located_by_row": cells.counts.sum(axis=0).tolist(),
        "cells": len(cells.cells),
        "companions": [companion.to_json() for companion in tables.companions],
        "tested_cells": int(tested.sum()),
        "hot_cells": int((tested & (whole >= SIGNIFICANT_LEVEL)).sum()),
        "cold_cells": int((whole <= -SIGNIFICANT_LEVEL).sum()),
        "hot_tests": int(((cells.level >= SIGNIFICANT_LEVEL) & (cells.level != NOT_TESTED)).sum()),
        "cold_tests": int((cells.level <= -SIGNIFICANT_LEVEL).sum()),
        "townships": len(inputs.boundaries),
        "without_population": [
            str(name)
            for name, people in zip(
                inputs.boundaries.names, inputs.boundaries.population, strict=True
            )
            if np.isnan(people)
        ],
        "points": tables.points.height,
        "points_by_rule": _tally(tables.points["rules"].explode()),
        "points_by_expectation": _tally(tables.points["expected_by"]),
        "bounds": [west, south, east, north],
        "centre": [(west + east) / 2, (south + north) / 2],
    }
    for extra in (tables.emerging, tables.clusters, *made):
        record |= extra.record
    return record


def _tally(values: pl.Series) -> dict[str, int]:
    """Count each known value."""
    counted = values.drop_nulls().alias("value").value_counts()
    return {str(value): int(count) for value, count in counted.sort("value").iter_rows()}


def _case_counts(cases: pl.DataFrame) -> dict[str, int]:
    located = int(cases["located"].sum())
    return {
        "all": cases.height,
        "located": located,
        "township_only": int(cases["township_only"].sum()),
        "unlocated": cases.height - located,
    }


def _left_out(home: Home, inputs: _Inputs, tables: RunTables) -> dict[str, int]:
    """Count the stored cases that this run does not look at, so that nothing goes missing."""
    start, end = tables.steps[0].start, tables.steps[-1].end
    version = inputs.case_version
    stored = case_frame(home, version=version).select(pl.len()).collect().item()
    window = case_frame(home, start=start, end=end, version=version)
    in_window = window.select(pl.len()).collect().item()
    return {
        "outside_window": int(stored - in_window),
        "other_classes": int(in_window - tables.cases.height),
    }


def _tell(progress: Progress | None, stage: str) -> None:
    if progress is not None:
        progress(STAGES.index(stage), len(STAGES), stage)
