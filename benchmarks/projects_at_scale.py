"""5,000 items and 2,000 points: what the pages of lists and projects take.

    python -m benchmarks.projects_at_scale --home HOME

HOME is one that `benchmarks.assessment_year` has made (343 townships, 2,000,000 cases); it is
copied, given a register of places, items on its plans and projects at points of all states, and
read as there: as the first page of a server, with figures forgotten, and again. Judging all
finished points and watching all verified ones, which happens in the background, is timed beside.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from sqlalchemy import insert, select

from app.db import Database
from app.jobs import RunningJob
from app.projects.effects.kept import judge_job
from app.projects.following.alerts import follow_job
from app.projects.models import Point, Project, ProjectPoint
from app.projects.projects import MEASURES
from app.projects.states import STATUSES
from app.townships.governing.models import ListItem, Plan
from benchmarks.assessment_year import ACROSS, CLASSES, SIDE, SOUTH, TOWNSHIPS, WEST, code_of
from benchmarks.assessment_year import own_process as pages_of_their_own
from geodata.home import Home
from geodata.places import import_places

ITEMS, POINTS, PLACES = 5_000, 2_000, 4_000
ITEM_STATES = ("to_do", "under_way", "claimed_done", "verified", "closed", "cancelled")

PAGES = {
    "list of projects": "/projects",
    "list, by text and unit": "/projects?q=12&owner=%E5%8D%95%E4%BD%8D7",
    "board by state": "/projects/board",
    "calendar": "/projects/calendar?month=2025-12",
    "effects of all": "/projects/effects",
    "follow-up": "/projects/follow-up",
    "one project": "/projects/7",
    "one point": "/projects/points/7",
    "layer of the map": "/hotspots/projects.json",
    "ledger of items": "/governance/items",
    "ledger, by unit": "/governance/items?group=unit",
    "money": "/governance/funding?year=2025",
    "adoption": "/governance/adoptions",
    "proactive projects": "/projects/proactive",
    "topics": "/topics",
    "candidates for topics": "/topics/candidates",
}


def furnish(home: Home, folder: Path) -> Database:
    """Put items, places and projects into a home, by the thousand."""
    rng = np.random.default_rng(2)
    write_places(folder / "places.csv", rng)
    import_places(home, folder / "places.csv")
    database = Database(home.database)
    database.migrate()
    with database.session() as session:
        plans = list(session.scalars(select(Plan.id)))
        session.execute(insert(ListItem), [item(at, plans, rng) for at in range(ITEMS)])
        session.execute(insert(Point), [point(at, rng) for at in range(1, POINTS + 1)])
        session.execute(insert(Project), [project(at) for at in range(1, POINTS + 1)])
        links = [{"project_id": at, "point_id": at} for at in range(1, POINTS + 1)]
        session.execute(insert(ProjectPoint), links)
    return database


def write_places(path: Path, rng: np.random.Generator) -> None:
    lng, lat = somewhere(PLACES, rng)
    codes = [f"P{at:05d}" for at in range(PLACES)]
    pl.DataFrame({"code": codes, "name": [f"小区{code}" for code in codes], "lng": lng,
                  "lat": lat}).write_csv(path)  # fmt: skip


def somewhere(n: int, rng: np.random.Generator) -> tuple[list[float], list[float]]:
    town = rng.integers(0, TOWNSHIPS, n)
    y, x = np.divmod(town, ACROSS)
    lng = WEST + (x + rng.uniform(0.1, 0.9, n)) * SIDE
    lat = SOUTH + (y + rng.uniform(0.1, 0.9, n)) * SIDE
    return lng.tolist(), lat.tolist()


def item(at: int, plans: list[int], rng: np.random.Generator) -> dict[str, object]:
    start = date(2025, 3, 1) + timedelta(days=int(rng.integers(0, 120)))
    return {
        "plan_id": plans[at % len(plans)], "kind": ("problems", "tasks", "projects")[at % 3],
        "title": f"事项 {at}", "text": "", "class_1": CLASSES[at % len(CLASSES)],
        "cooperating": [], "case_ids": [], "starts_on": start,
        "due_on": start + timedelta(days=int(rng.integers(30, 400))),
        "state": ITEM_STATES[at % len(ITEM_STATES)], "source_kind": "", "source_id": "",
        "row_version": 1,
    }  # fmt: skip


def point(at: int, rng: np.random.Generator) -> dict[str, object]:
    (lng,), (lat,) = somewhere(1, rng)
    town = int((lat - SOUTH) / SIDE) * ACROSS + int((lng - WEST) / SIDE)
    return {"id": at, "name": f"点位 {at}", "lng": lng, "lat": lat, "radius_m": 150,
            "township": code_of(town), "row_version": 1}  # fmt: skip


def project(at: int) -> dict[str, object]:
    status = STATUSES[at % len(STATUSES)]
    began = date(2024, 10, 1) + timedelta(days=at % 120)
    ended = began + timedelta(days=60)
    begun = status in ("under_way", "paused", "claimed_done", "verified", "closed")
    done = status in ("claimed_done", "verified", "closed")
    moment = datetime(2025, 6, 1, tzinfo=UTC) + timedelta(minutes=at)
    return {
        "id": at, "name": f"整治 {at}", "owner": f"单位{at % 40}", "township": f"T{at % 343:03d}",
        "measure": MEASURES[at % len(MEASURES)], "status": status, "progress": "", "note": "",
        "planned_start": began, "planned_end": date(2025, 12, 1) + timedelta(days=at % 200),
        "started_on": began if begun else None, "finished_on": ended if done else None,
        "closed_on": ended if status == "closed" else None, "since": ended,
        "created_at": moment, "updated_at": moment, "row_version": 1,
    }  # fmt: skip


class Silent(RunningJob):
    """A job that nobody watches."""

    def report(self, done: int, total: int | None, english: str, chinese: str) -> None:
        """Say nothing."""


def timed(name: str, home: Home, database: Database) -> None:
    """Say what the work in the background takes."""
    work = {"judging": judge_job, "watching": follow_job}[name]
    wall, own = time.perf_counter(), time.process_time()
    found = work(home, Silent("none", database))
    print(f"{name} {found['points']} points in the background: {time.perf_counter() - wall:.1f} s "
          f"({time.process_time() - own:.1f})")  # fmt: skip


def main() -> None:
    """Copy the home, fill it, and look."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "home"
        shutil.copytree(parser.parse_args().home, made)
        home = Home.at(made)
        database = furnish(home, Path(folder))
        for name in ("judging", "watching"):
            timed(name, home, database)
        database.close()
        print(f"{'page':30} first of a server, counted anew, again: seconds (of the processor)")
        for path in PAGES.values():
            pages_of_their_own(made, "--page", path)
        for name, path in PAGES.items():
            told = pages_of_their_own(made, "--page", path)
            pairs = zip(told[::2], told[1::2], strict=True)
            print(f"{name:30} " + "  ".join(f"{wall:6.2f} ({own:.2f})" for wall, own in pairs))


if __name__ == "__main__":
    main()
