"""The first page, of every morning: what came in, what is due, what is new, what waits for her."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from app.accounts.access import Access
from app.cases.disclosure import disclosed
from app.cases.listing import count_all, has_cases
from app.cases.reach import DataReach, data_reach
from app.home.cycle_counts import CycleCounts, count_cycle
from app.home.due import Standing, count_standing
from app.home.new_points import find_new
from app.home.reader import Reader
from app.home.waiting import waiting_for
from app.home.yesterday import Yesterday, count_yesterday
from app.hotspots.runs import RunSummary, newest_run
from app.projects.listing import count_by_status
from app.townships.assessment.timeline import Timeline
from geodata.areas import boundary_version
from geodata.home import Home
from geodata.store import CaseStore

STALE = timedelta(hours=36)
"""Data whose newest moment is older than this are not of this morning, and the page says so."""


Versions = tuple[int | None, str | None]
"""Of the cases and of the boundaries."""


@dataclass(frozen=True)
class Morning:
    """Figures of the data as they reach today."""

    stale: bool
    reach: DataReach
    yesterday: Yesterday
    cycle: CycleCounts
    standing: Standing


def overview(home: Home, access: Access, over_time: Timeline, now: datetime) -> dict[str, Any]:
    """Return the context of the first page.

    Parameters
    ----------
    home : Home
    access : Access
    over_time : Timeline
        What cuts time into assessment cycles.
    now : datetime
        The moment, on this machine's clock.
    """
    reader, run, versions = Reader.of(access), newest_run(home), _versions(home)
    return {
        "versions": versions,
        "counts": _ledger(home, reader) if has_cases(home) else None,
        "run": run,
        "reader": reader,
        "morning": _morning(home, versions, reader, over_time, now),
        "spots": find_new(home, reader, run) if run else None,
        "duties": waiting_for(home, access, now),
        "steps": _steps(home, run, any(count_by_status(access).values())),
    }


def tag_of(page: dict[str, Any], *seen: object) -> str:
    """Return what tells apart the parts of the page that follow from data and reader alone.

    The versions are those that were in use before anything was counted: what came in meanwhile may
    be shown under them, but nothing older under newer ones.
    """
    run, counts = page["run"], page["counts"] or {}
    parts = (*page["versions"], run and run.id, *counts.values(), *seen)
    return "-".join(map(str, parts))


def morning(home: Home, reader: Reader, over_time: Timeline, now: datetime) -> Morning | None:
    """Return the figures of the morning; None while there is no case."""
    return _morning(home, _versions(home), reader, over_time, now)


def _morning(
    home: Home, versions: Versions, reader: Reader, over_time: Timeline, now: datetime
) -> Morning | None:
    if versions[0] is None:
        return None
    figures = _figures(home, versions, reader, over_time)
    return figures and Morning(now.astimezone() - figures[0].instant > STALE, *figures)


def _versions(home: Home) -> Versions:
    """Return the versions of the cases and of the boundaries, which the figures follow from."""
    return CaseStore(home).version, boundary_version(home, "township")


@lru_cache(maxsize=64)
def _figures(
    home: Home, _at: Versions, reader: Reader, over_time: Timeline
) -> tuple[DataReach, Yesterday, CycleCounts, Standing] | None:
    """Return what follows from the data and the reader alone, for all who see the same."""
    reach = data_reach(home)
    if reach is None:
        return None
    return (
        reach,
        count_yesterday(home, reader, reach),
        count_cycle(home, reader, reach, over_time),
        count_standing(home, reader, reach),
    )


def _ledger(home: Home, reader: Reader) -> dict[str, int]:
    """Return the counts over the whole store as the reader may see them."""
    counts = count_all(home)
    return counts if reader.exact else {name: disclosed(n) for name, n in counts.items()}


def _steps(home: Home, run: RunSummary | None, has_project: bool) -> list[dict[str, Any]]:
    """Return the way from an empty home to a followed point, and how far this one is."""
    return [
        {"key": "boundaries", "done": boundary_version(home, "township") is not None},
        {"key": "cases", "done": has_cases(home)},
        {"key": "run", "done": run is not None},
        {"key": "project", "done": has_project},
    ]
