"""Watch points after their work was verified: counts that rise again, classes that repeat.

The level of a point is that of its half-months between the end of the work and the closing, the
season that of all places. The same cumulative sum watches it that watches townships which have
left special governance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import polars as pl

from app.db import Database
from app.projects.effects.judging import compared_radius, ended_points
from app.projects.effects.surroundings import (
    Around,
    around_places,
    cases_at,
    count_around,
    whole_half_months,
)
from app.projects.models import CLOSED, VERIFIED, Point, Project
from app.projects.points.attachment import Ground, ground_of
from app.townships.assessment.cycles import CYCLES_OF_A_YEAR, Calendar, Cycle, cycles_between
from geodata.areas import Places
from geodata.home import Home
from geodata.places import current_places
from spatial import rebound_monitor
from spatial.monitoring.expected_counts import ExpectedCounts, expected_from_history

LEAST_BASELINE = 6
"""Half-months after the work that its level is told from; the watch begins after them."""

WATCHED = 24
"""Half-months that a point is watched for."""

REPEATED, WITHIN_DAYS = 3, 7
"""So many cases of one class within so many days repeat it, as the first rule of points has it."""

WhyNot = Literal["no_places", "too_early", "short_data", "no_cases"]

SEASONS = CYCLES_OF_A_YEAR["half_month"]


@dataclass(frozen=True, eq=False)
class Watched:
    """What is known of a point after its work.

    Attributes
    ----------
    project, point : int
    why_not : str or None
        Why it is not watched yet.
    cycles : tuple of Cycle
        Half-months of the watch that the data have whole.
    observed : tuple of int
    expected : tuple of float
    cusum : tuple of float
        Cases beyond what was expected, so far.
    threshold : float
        Of the sum.
    alarms : tuple of int
        Positions in `cycles` at which it was passed.
    """

    project: int
    point: int
    why_not: WhyNot | None = None
    cycles: tuple[Cycle, ...] = ()
    observed: tuple[int, ...] = ()
    expected: tuple[float, ...] = ()
    cusum: tuple[float, ...] = ()
    threshold: float = 0.0
    alarms: tuple[int, ...] = ()


@dataclass(frozen=True)
class Repeat:
    """Cases of one class that came within `WITHIN_DAYS` at a point after its closing."""

    project: int
    point: int
    class_name: str
    first: date
    last: date
    cases: int


def verified_points(database: Database) -> list[tuple[Project, Point]]:
    """Return the projects that were verified or closed, with their points."""
    return [pair for pair in ended_points(database) if pair[0].status in (VERIFIED, CLOSED)]


def closing_day(project: Project) -> date:
    """Return the day from which a point is watched: that of the closing, else of the verifying."""
    day = project.closed_on or project.since or project.finished_on
    if day is None:
        raise ValueError(f"project {project.id} was not verified")
    return day


def watch_points(home: Home, work: list[tuple[Project, Point]]) -> Iterator[Watched]:
    """Judge each point's half-months since its closing."""
    places = current_places(home)
    steps = whole_half_months(home)
    if places is None or not work:
        yield from (Watched(project.id, point.id, "no_places") for project, point in work)
        return
    grounds = [ground_of(point) for _project, point in work]
    own = count_around(home, grounds).partition_by("centre", as_dict=True)
    nothing = next(iter(own.values())).clear() if own else count_around(home, grounds)
    for at, (project, point) in enumerate(work):
        counted = own.get((at,), nothing)
        yield _watch(home, places, steps, project, point, grounds[at], counted)


def find_repeats(home: Home, work: list[tuple[Project, Point]]) -> list[Repeat]:
    """Return the classes that came again at points after their closing, each once a point."""
    if not work:
        return []
    since = min(closing_day(project) for project, _point in work)
    found = cases_at(home, [ground_of(point) for _project, point in work], since)
    found = found.with_columns(named=pl.coalesce("class_2", "class_1").cast(pl.String))
    repeats = []
    for at, (project, point) in enumerate(work):
        mine = found.filter(pl.col("ground") == at, pl.col("day") >= closing_day(project))
        if project.class_1:
            mine = mine.filter(pl.col("class_1") == project.class_1)
        for (name,), part in mine.drop_nulls("named").group_by("named", maintain_order=True):
            days = part["day"].to_list()
            for first, last in zip(days, days[REPEATED - 1 :], strict=False):
                if last - first < timedelta(days=WITHIN_DAYS):
                    inside = sum(first <= day < first + timedelta(days=WITHIN_DAYS) for day in days)
                    repeats.append(Repeat(project.id, point.id, str(name), first, last, inside))
                    break
    return repeats


def _watch(
    home: Home, places: Places, steps: tuple[Cycle, ...], project: Project, point: Point,
    ground: Ground, own: pl.DataFrame,
) -> Watched:  # fmt: skip
    if project.finished_on is None:
        raise ValueError(f"project {project.id} has not ended")
    after = [each for each in steps if each.first_day >= project.finished_on]
    begin = max(LEAST_BASELINE, sum(each.end_day <= closing_day(project) for each in after))
    past = [each for each in steps if each.first_day < project.finished_on] + after[:begin]
    baseline = np.array([each in set(after[:begin]) for each in past])
    watched = after[begin : begin + WATCHED]
    if len(after) < begin or not watched:
        return Watched(project.id, point.id, "too_early")
    numbers = tuple(each.number for each in (*past, *watched))
    around = around_places(home, places, compared_radius(ground.radius_m)).and_point(own)
    counts = around.matrix("n", numbers, project.class_1)
    history, observed = counts[:, : len(past)], counts[-1, len(past) :]
    ahead = _ahead(watched)
    if not {each.number % SEASONS for each in ahead} <= {each.number % SEASONS for each in past}:
        return Watched(project.id, point.id, "short_data")
    if not history[-1, baseline].any():
        return Watched(project.id, point.id, "no_cases")
    known = _expected(around, history, past, baseline, ahead)
    seen = np.full((1, len(ahead)), np.nan)
    seen[0, : len(observed)] = observed
    found = rebound_monitor(
        seen, known.expected[None], dispersion=known.dispersion, accuracy=known.accuracy
    )
    n = len(watched)
    return Watched(
        project.id,
        point.id,
        None,
        tuple(watched),
        tuple(int(each) for each in observed),
        tuple(float(each) for each in known.expected[:n]),
        tuple(float(each) for each in found.cusum[0, :n]),
        float(found.threshold[0]),
        tuple(int(each) for each in np.flatnonzero(found.alarm[0, :n])),
    )


def _ahead(watched: list[Cycle]) -> list[Cycle]:
    """Return all half-months of the watch, those to come too: false alarms count over them."""
    end = watched[0].first_day + timedelta(days=round(WATCHED * 365.25 / SEASONS) + 20)
    found = cycles_between(watched[0].first_day, end, "half_month", Calendar())
    return list(found)[:WATCHED]


def _expected(
    around: Around, history: np.ndarray, past: list[Cycle], baseline: np.ndarray,
    ahead: list[Cycle],
) -> ExpectedCounts:  # fmt: skip
    return expected_from_history(
        history,
        [each.days for each in past],
        [each.number % SEASONS for each in past],
        township=around.centres - 1,
        baseline=baseline,
        days_ahead=[each.days for each in ahead],
        season_ahead=[each.number % SEASONS for each in ahead],
    )
