"""The first page: how much there is, what stands out, what to do next."""

from __future__ import annotations

from typing import Any

import polars as pl

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.listing import count_all, has_cases
from app.cases.selection import case_frame
from app.hotspots import layers
from app.hotspots.runs import RunSummary, newest_run
from app.projects.projects import count_by_status, list_projects
from app.townships.ranking import ranked
from geodata.areas import current_boundaries
from geodata.home import Home

TOP = 10
RECENT_PROJECTS = 5


def overview(home: Home, access: Access) -> dict[str, Any]:
    """Return the context of the first page."""
    run = newest_run(home)
    projects = count_by_status(access)
    return {
        "counts": _counts(home),
        "run": run,
        "candidates": ranked(home, run)[:TOP] if run else [],
        "points": layers.points(home, access.area(Permission.READ), run.id)[:TOP] if run else [],
        "projects": projects,
        "recent_projects": list_projects(access)[:RECENT_PROJECTS],
        "steps": _steps(home, run, any(projects.values())),
    }


def _counts(home: Home) -> dict[str, Any] | None:
    """Count the store and name its first and last month; None while it is empty."""
    if not has_cases(home):
        return None
    months = case_frame(home).select(first=pl.col("month").min(), last=pl.col("month").max())
    return {**count_all(home), **months.collect().row(0, named=True)}


def _steps(home: Home, run: RunSummary | None, has_project: bool) -> list[dict[str, Any]]:
    """Return the way from an empty home to a followed point, and how far this one is."""
    return [
        {"key": "boundaries", "done": current_boundaries(home, "township") is not None},
        {"key": "cases", "done": has_cases(home)},
        {"key": "run", "done": run is not None},
        {"key": "project", "done": has_project},
    ]
