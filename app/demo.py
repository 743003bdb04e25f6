"""The sample city, from nothing to a first project that is being followed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from app.accounts.access import Access, operator
from app.accounts.areas import EVERYWHERE
from app.cases.listing import count_all, has_cases
from app.cases.uploads import import_file
from app.config import Settings
from app.db import Database
from app.hotspots.forms import AnalyseArguments
from app.hotspots.layers import points
from app.hotspots.runs import RunSummary
from app.projects.effects.kept import judge_all
from app.projects.listing import any_project
from app.projects.models import (
    APPROVED,
    CLAIMED_DONE,
    DEFAULT_RADIUS_M,
    SUBMITTED,
    UNDER_WAY,
    VERIFIED,
    Project,
)
from app.projects.points.register import PointValues
from app.projects.projects import MEASURES, ProjectValues, create, move
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

ENDED = 15
"""Projects that have ended; the city knows what each of them did."""

KINDS_OF_WORK = 3

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
    planted = json.loads(files.truth.read_text("utf-8"))["projects"]
    project = _begin_projects(home, run, planted, say)
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


def _begin_projects(home: Home, run: RunSummary, planted: list[dict[str, Any]], say: Say) -> int:
    """Begin a project at the strongest point of the run, and enter some that have ended.

    What is there already stays. Returns the id of the first.
    """
    database = Database.of(replace(Settings.from_environment(os.environ), home=home.path))
    database.migrate()
    try:
        access = operator(database)
        there = any_project(access)
        if there:
            return there.id
        point = strongest_point(points(home, EVERYWHERE, run.id))
        say(f"Beginning a first project at {point['name']} …")
        first = create(access, home, _values(point, run), [_point_of(point)])
        _take(access, home, first, dict.fromkeys((SUBMITTED, APPROVED, UNDER_WAY), WORK_BEGAN))
        say(f"Entering {ENDED} projects that have ended, and judging them …")
        for at, each in enumerate(_some_of(planted)):
            _enter_ended(access, home, each, MEASURES[at % KINDS_OF_WORK])
        judge_all(home, database, lambda _done, _total: None)
        return first.id
    finally:
        database.close()


def _some_of(planted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return some of the city's planted projects: of all effects, those without any too."""
    falling = [each for each in planted if each["township_course"]]
    others = [each for each in planted if not each["township_course"]]
    return [*others[: ENDED - len(falling)], *falling]


def _enter_ended(access: Access, home: Home, planted: dict[str, Any], measure: str) -> None:
    """Enter a project of the sample city that has ended, at its place."""
    began, ended = (date.fromisoformat(planted[name]) for name in ("started", "finished"))
    name = planted["place_name"]
    values = ProjectValues(
        name=f"{name}整治", owner="示例：街道办事处", measure=measure, planned_start=began,
        planned_end=ended,
    )  # fmt: skip
    point = PointValues(
        name=name, lng=planted["lng"], lat=planted["lat"], radius_m=DEFAULT_RADIUS_M
    )
    made = create(access, home, values, [point])
    days = dict.fromkeys((SUBMITTED, APPROVED, UNDER_WAY), began)
    _take(access, home, made, days | dict.fromkeys((CLAIMED_DONE, VERIFIED), ended))


def _take(access: Access, home: Home, project: Project, steps: Mapping[str, date]) -> None:
    for status, day in steps.items():
        step = ProjectMove(status, day)
        project = move(access, home, project.id, project.row_version, step)


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
