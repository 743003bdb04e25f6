"""Projects as tests make them, and take them through their states."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.accounts.access import Access
from app.accounts.areas import Area
from app.accounts.permissions import Permission
from app.db import Database
from app.projects import projects
from app.projects.models import APPROVED, CLAIMED_DONE, SUBMITTED, UNDER_WAY, Project
from app.projects.points.register import PointValues
from app.projects.projects import ProjectValues
from app.projects.states import ProjectMove
from geodata.home import Home
from tests.app.small_city import HOT_LAT, HOT_LNG

HOT = PointValues(name="花园小区", lng=HOT_LNG, lat=HOT_LAT, radius_m=200)


def make_project(
    access: Access, home: Home, *points: PointValues, name: str = "花园小区漏水", **values: Any
) -> Project:
    """Make a draft at some points, else at the hot estate."""
    written = ProjectValues(**{"name": name, "owner": "物业科", **values})
    return projects.create(access, home, written, points or [HOT])


def go(
    access: Access, home: Home, project: Project, status: str, on: date, words: str = "理由"
) -> Project:
    """Take one step."""
    step = ProjectMove(status, on, words)
    return projects.move(access, home, project.id, project.row_version, step)


def work(
    access: Access, home: Home, project: Project, started: date, finished: date | None = None
) -> Project:
    """Take a draft to the work that began on a day and, where one is given, was done on another."""
    begun = (SUBMITTED, APPROVED, UNDER_WAY)
    done = [] if finished is None else [(CLAIMED_DONE, finished)]
    for status, on in [*((each, started) for each in begun), *done]:
        project = go(access, home, project, status, on)
    return project


def worker(database: Database, *townships: str, districts: tuple[str, ...] = ()) -> Access:
    """Return the access of who does the work in some townships, or in whole districts."""
    area = Area(townships=frozenset(townships), districts=frozenset(districts))
    areas = {Permission.READ: area, Permission.WORK_PROJECTS: area}
    return Access(database, "zhao", areas=areas)
