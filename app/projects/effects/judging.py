"""What a project did to its points, as far as later cases tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import select

from app.cases.listing import township_names
from app.db import Database
from app.projects.effects.surroundings import around_places, count_around, whole_half_months
from app.projects.models import CANCELLED, Point, Project, ProjectPoint
from app.projects.points.attachment import RING, Ground, distances_m, ground_of
from app.townships.assessment.cycles import Cycle
from geodata.areas import Places, boundary_version
from geodata.home import Home
from geodata.places import current_places, places_of_version
from geodata.store import CaseStore
from spatial import Displacement, RemediationEffect, displacement, effect_of_remediation
from spatial.effects.before_after import FEWEST_COMPARISON

MOST_BEFORE = 48
"""Half-months before the work that its level is told from: two years."""

FEWEST_BEFORE = 6
"""Fewer say too little of a level and its season."""

SHOWN = 10
"""Comparison points that the page lists."""

Unjudged = Literal["not_begun", "not_finished", "too_early", "too_late", "no_places"]

Worked = tuple[float, float, int]
"""Longitude, latitude and radius in metres of a point that work has begun at."""

RADIUS_STEP = 50.0
"""Metres."""

KINDS = ("街道", "镇", "乡")
"""Endings of township names that tell their kind; all others are one more."""


@dataclass(frozen=True)
class Compared:
    """A comparison point, the code of its township, and its cases before and after the work."""

    name: str
    township: str
    before: int
    after: int


@dataclass(frozen=True, eq=False)
class Judged:
    """What is told of a project at one of its points.

    Attributes
    ----------
    why_not : str or None
        Why it is not judged.
    effect : RemediationEffect or None
    moved : Displacement or None
        Of the ring around the point.
    before, after : tuple of Cycle
        Half-months that were compared.
    compared : tuple of Compared
        The most alike first, `SHOWN` at most.
    """

    why_not: Unjudged | None = None
    effect: RemediationEffect | None = None
    moved: Displacement | None = None
    before: tuple[Cycle, ...] = ()
    after: tuple[Cycle, ...] = ()
    compared: tuple[Compared, ...] = ()


@dataclass(frozen=True)
class Spot:
    """Where and when work was done, and of which cases."""

    ground: Ground
    class_1: str | None
    township: str | None
    started_on: date
    finished_on: date


def judge(
    home: Home, database: Database, project: Project, points: Sequence[Point]
) -> tuple[Judged, ...]:
    """Judge the points of a finished project by the half-months after it.

    Places near other points that work has begun at are no comparison.
    """
    if project.started_on is None:
        return (Judged("not_begun"),) * len(points)
    if project.finished_on is None:
        return (Judged("not_finished"),) * len(points)
    spots = tuple(spot_of(project, each) for each in points)
    return judge_spots(home, spots, worked_at(database))


def spot_of(project: Project, point: Point) -> Spot:
    """Return what is judged of a project at one of its points; its work must have ended."""
    if project.started_on is None or project.finished_on is None:
        raise ValueError(f"project {project.id} has not ended")
    return Spot(
        ground_of(point), project.class_1, point.township or project.township,
        project.started_on, project.finished_on,
    )  # fmt: skip


def ended_points(database: Database) -> list[tuple[Project, Point]]:
    """Return the projects whose work has ended, with their points."""
    query = select(Project, Point).join(ProjectPoint, ProjectPoint.project_id == Project.id)
    query = query.join(Point, ProjectPoint.point_id == Point.id)
    query = query.where(
        Project.started_on.is_not(None),
        Project.finished_on.is_not(None),
        Project.status != CANCELLED,
    )
    with database.session() as session:
        return list(session.execute(query.order_by(Project.id, Point.id)).tuples())


def judge_spots(
    home: Home, spots: tuple[Spot, ...], worked: tuple[Worked, ...]
) -> tuple[Judged, ...]:
    """Judge work at spots; `worked` are the points that work has begun at, these among them."""
    places, version = current_places(home), CaseStore(home).version
    if places is None or version is None or not spots:
        return (Judged("no_places"),) * len(spots)
    townships = boundary_version(home, "township")
    return _judge_spots(home, version, townships, places.version, spots, worked)


def worked_at(database: Database) -> tuple[Worked, ...]:
    """Return where work has begun: longitude, latitude and radius of each point."""
    query = select(Point.lng, Point.lat, Point.radius_m).distinct()
    query = query.join(ProjectPoint, ProjectPoint.point_id == Point.id)
    query = query.join(Project, ProjectPoint.project_id == Project.id)
    query = query.where(Project.started_on.is_not(None))
    with database.session() as session:
        return tuple(sorted((row.lng, row.lat, row.radius_m) for row in session.execute(query)))


@dataclass(frozen=True, eq=False)
class _Evidence:
    """What all spots are judged by: places, half-months, and where nothing was done."""

    home: Home
    places: Places
    steps: tuple[Cycle, ...]
    worked: tuple[Worked, ...]


@lru_cache(maxsize=512)
def _judge_spots(
    home: Home,
    _version: int,
    _townships: str | None,
    register: str,
    spots: tuple[Spot, ...],
    worked: tuple[Worked, ...],
) -> tuple[Judged, ...]:
    evidence = _Evidence(home, places_of_version(home, register), whole_half_months(home), worked)
    counted = count_around(home, [each.ground for each in spots])
    own = counted.partition_by("centre", as_dict=True, include_key=True)
    nothing = counted.clear()
    return tuple(_judge(evidence, spot, own.get((at,), nothing)) for at, spot in enumerate(spots))


def _judge(evidence: _Evidence, spot: Spot, own: pl.DataFrame) -> Judged:
    home, places, steps = evidence.home, evidence.places, evidence.steps
    before = tuple(each for each in steps if each.end_day <= spot.started_on)[-MOST_BEFORE:]
    after = tuple(each for each in steps if each.first_day >= spot.finished_on)
    if not after:
        return Judged("too_early")
    if len(before) < FEWEST_BEFORE:
        return Judged("too_late")
    numbers = tuple(each.number for each in (*before, *after))
    radius = compared_radius(spot.ground.radius_m)
    around = around_places(home, places, radius).and_point(own)
    counts, rings = (around.matrix(column, numbers, spot.class_1) for column in ("n", "ring"))
    treated = len(places.codes)
    first = np.arange(len(numbers)) < len(before)
    untreated = np.append(_apart(places, evidence.worked, radius), False)
    untreated &= counts[:, first].sum(axis=1) > 0
    if untreated.sum() < FEWEST_COMPARISON or not counts[treated, first].any():
        return Judged("no_places")
    days = np.array([each.days for each in (*before, *after)], dtype=float)
    areas, kinds = _areas(home, places, spot)
    effect = effect_of_remediation(
        counts, days, treated=treated, before=first, after=~first, untreated=untreated, kind=kinds,
        area=areas, mix=None if spot.class_1 else around.mix(numbers[: len(before)]),
    )  # fmt: skip
    moved = displacement(
        effect, rings, days, treated=treated, before=first, after=~first, untreated=untreated,
        area=areas,
    )  # fmt: skip
    return Judged(
        None,
        effect,
        moved,
        before,
        after,
        tuple(
            Compared(
                str(places.names[at]), str(places.township[at] or ""),
                int(counts[at, first].sum()), int(counts[at, ~first].sum()),
            )
            for at in effect.comparison[:SHOWN]
        ),
    )  # fmt: skip


def compared_radius(radius_m: float) -> float:
    """Return the radius of the discs compared with: points of nearly one size share theirs."""
    return max(RADIUS_STEP, RADIUS_STEP * round(radius_m / RADIUS_STEP))


def _apart(places: Places, worked: Sequence[Worked], radius_m: float) -> NDArray[np.bool_]:
    """Tell which places' discs and rings touch none of the points that work has begun at."""
    apart = np.ones(len(places.codes), dtype=bool)
    for lng, lat, radius in worked:
        apart &= distances_m(places.lng, places.lat, lng, lat) > radius + RING * radius_m
    return apart


def _areas(home: Home, places: Places, spot: Spot) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the township of each place and of the spot as codes, and what kind it is."""
    codes = [str(code or "") for code in (*places.township, spot.township)]
    named = township_names(home)
    number = {code: at for at, code in enumerate(sorted(set(codes)))}
    kinds = [_kind_of(named.get(code, "")) for code in codes]
    return np.array([number[code] for code in codes]), np.array(kinds)


def _kind_of(name: str) -> int:
    return next((at for at, ending in enumerate(KINDS) if name.endswith(ending)), len(KINDS))
