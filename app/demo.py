"""The sample city, from nothing to a first project that is being followed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from app.accounts.access import operator
from app.accounts.areas import EVERYWHERE
from app.cases.listing import count_all, has_cases
from app.cases.uploads import import_file
from app.config import Settings
from app.db import Database
from app.hotspots.forms import AnalyseArguments
from app.hotspots.layers import points
from app.hotspots.runs import RunSummary
from app.projects.listing import any_project
from app.projects.models import APPROVED, DEFAULT_RADIUS_M, SUBMITTED, UNDER_WAY
from app.projects.points.register import PointValues
from app.projects.projects import ProjectValues, create, move
from app.projects.states import ProjectMove
from app.terminal import progress_bar
from app.townships.choosing.analysing import analyse_and_rank
from geodata.areas import current_boundaries, import_boundaries
from geodata.home import Home
from geodata.places import import_places
from geodata.sample import SampleFiles, make_city, write_city

START, END = date(2024, 1, 1), date(2026, 1, 1)

WORK_BEGAN = date(2025, 10, 1)
"""The first project began three months before the data end: there is something to follow."""

LARGEST_CALLER_SHARE = 0.3
"""Where one person makes more of the reports than this, a planner talks to that person first."""

TARGET_SHARE = 0.6
"""Target of the first project: this share of the month's mean so far."""

MARK = "demo.json"
FOLDER = "sample"

Say = Callable[[str], None]


def make_demo(home: Home, say: Say) -> dict[str, Any]:
    """Make whatever of the sample city is not there yet; says on the way what it does.

    Returns
    -------
    dict
        ``cases`` and the other counts of the store, ``run``, ``project`` and ``made`` (False when
        everything was there). A home with data of its own is left as it is.
    """
    mark = home.path / MARK
    record = json.loads(mark.read_text("utf-8")) if mark.is_file() else {}
    if record.get("complete"):
        say("The sample city is there already.")
        return {**record, "made": False}
    if not mark.is_file() and _has_data(home):
        say("This home holds data of its own: no sample city is put beside them.")
        return {**count_all(home), "run": None, "project": None, "made": False}
    # A demo that is stopped half way is taken up again, and not mistaken for a city's own data.
    mark.write_text(json.dumps({"complete": False}), "utf-8")
    files = _write_files(home, say)
    import_city(home, files, say)
    run = _analyse(home, say)
    project = _first_project(home, run, say)
    record = {**count_all(home), "run": run.id, "project": project, "complete": True}
    mark.write_text(json.dumps(record), "utf-8")
    _clear(home)
    return {**record, "made": True}


def _has_data(home: Home) -> bool:
    return has_cases(home) or current_boundaries(home, "township") is not None


def _write_files(home: Home, say: Say) -> SampleFiles:
    say("Making the sample city 安和市 …")
    folder = home.path / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with progress_bar("Making the city") as tell:
        city = make_city(progress=lambda words, done, total: tell(done, total, words))
        return write_city(city, folder)


def import_city(home: Home, files: SampleFiles, say: Say) -> None:
    """Import boundaries, places and cases of a written sample city."""
    say("Importing districts, townships and places …")
    import_boundaries(home, files.districts, level="district", code_field="code", name_field="name")
    import_boundaries(
        home,
        files.townships,
        level="township",
        code_field="code",
        name_field="name",
        district_field="district_code",
        population_field="population",
    )
    import_places(
        home,
        files.places,
        code_field="code",
        name_field="name",
        kind_field="kind",
        households_field="households",
        population_field="population",
    )
    for export in files.exports:
        say(f"Importing {export.path.name} …")
        with progress_bar(export.path.name) as tell:
            import_file(
                home,
                export.path,
                export.profile,
                crs=export.crs,
                progress=lambda step, tell=tell: tell(  # type: ignore[misc]
                    round(100 * step.fraction), 100, f"{step.stage} {step.rows:,} rows"
                ),
            )


def _analyse(home: Home, say: Say) -> RunSummary:
    say("Analysing all 24 months …")
    with progress_bar("Analysing") as tell:
        return analyse_and_rank(home, AnalyseArguments(start=START, end=END), tell)


def _first_project(home: Home, run: RunSummary, say: Say) -> int:
    """Begin a project at the strongest point of the run; one that is there already stays."""
    database = Database.of(replace(Settings.from_environment(os.environ), home=home.path))
    database.migrate()
    try:
        access = operator(database)
        there = any_project(access)
        if there:
            return there.id
        point = strongest_point(points(home, EVERYWHERE, run.id))
        say(f"Beginning a first project at {point['name']} …")
        project = create(access, home, _values(point, run), [_point_of(point)])
        for status in (SUBMITTED, APPROVED, UNDER_WAY):
            step = ProjectMove(status, WORK_BEGAN)
            project = move(access, home, project.id, project.row_version, step)
        return project.id
    finally:
        database.close()


def strongest_point(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Pick the point that a planner would start with, by the run's own numbers.

    Unusually high for its population and high-frequency as well, told of by many people and not by
    one; of those the one with the most reports above what its population explains.
    """
    wanted = [
        point
        for point in found
        if point["unusually_high"]
        and point["rules"]
        and (point["top_caller_share"] or 0) <= LARGEST_CALLER_SHARE
    ]
    return max(wanted or found, key=_excess)


def _excess(point: dict[str, Any]) -> tuple[float, str]:
    return point["reports"] - (point["expected"] or 0.0), point["id"]


def _values(point: dict[str, Any], run: RunSummary) -> ProjectValues:
    return ProjectValues(
        name=f"{point['name']}诉求治理",
        owner="示例：街道办事处",
        township=point["township"],
        class_1=None,
        planned_start=WORK_BEGAN,
        planned_end=date(2026, 6, 30),
        target_per_month=round(TARGET_SHARE * point["reports"] / len(run.steps)),
        note=f"按分析结果 {run.id} 选出：全期 {point['reports']} 件，"
        f"主要问题为{point['main_class'] or '未分类'}。",
    )


def _point_of(point: dict[str, Any]) -> PointValues:
    return PointValues(
        name=point["name"],
        lng=point["lng"],
        lat=point["lat"],
        radius_m=max(DEFAULT_RADIUS_M, round(point["reach_m"])),
    )


def _clear(home: Home) -> None:
    shutil.rmtree(home.path / FOLDER, ignore_errors=True)
