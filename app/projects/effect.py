"""What a project did to its point, as far as later cases tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from app.cases.listing import township_names
from app.db import Database
from app.projects.models import Project
from app.projects.surroundings import RING, around_places, whole_half_months
from app.projects.tracking import distances_m
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
    """What is told of a project.

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

    lng: float
    lat: float
    radius_m: int
    class_1: str | None
    township: str | None
    started_on: date
    finished_on: date


def judge(home: Home, database: Database, project: Project) -> Judged:
    """Judge a finished project by the half-months after it.

    Places near other points that work has begun at are no comparison.
    """
    if project.started_on is None:
        return Judged("not_begun")
    if project.finished_on is None:
        return Judged("not_finished")
    spot = Spot(
        project.lng, project.lat, project.radius_m, project.class_1, project.township,
        project.started_on, project.finished_on,
    )  # fmt: skip
    return judge_spot(home, spot, worked_at(database))


def judge_spot(home: Home, spot: Spot, worked: tuple[Worked, ...]) -> Judged:
    """Judge work at a spot; `worked` are the points that work has begun at, this one among them."""
    places, version = current_places(home), CaseStore(home).version
    if places is None or version is None:
        return Judged("no_places")
    townships = boundary_version(home, "township")
    return _judge(home, version, townships, places.version, spot, worked)


def worked_at(database: Database) -> tuple[Worked, ...]:
    """Return where work has begun: longitude, latitude and radius of each point."""
    query = select(Project.lng, Project.lat, Project.radius_m)
    query = query.where(Project.started_on.is_not(None)).order_by(Project.id)
    with database.session() as session:
        return tuple((row.lng, row.lat, row.radius_m) for row in session.execute(query))


@lru_cache(maxsize=512)
def _judge(
    home: Home,
    _version: int,
    _townships: str | None,
    register: str,
    spot: Spot,
    worked: tuple[Worked, ...],
) -> Judged:
    places, steps = places_of_version(home, register), whole_half_months(home)
    before = tuple(each for each in steps if each.end_day <= spot.started_on)[-MOST_BEFORE:]
    after = tuple(each for each in steps if each.first_day >= spot.finished_on)
    if not after:
        return Judged("too_early")
    if len(before) < FEWEST_BEFORE:
        return Judged("too_late")
    numbers = tuple(each.number for each in (*before, *after))
    around = around_places(home, places, spot.radius_m)
    around = around.and_point(spot.lng, spot.lat, spot.radius_m, home)
    counts, rings = (around.matrix(column, numbers, spot.class_1) for column in ("n", "ring"))
    treated = len(places.codes)
    first = np.arange(len(numbers)) < len(before)
    untreated = np.append(_apart(places, worked, spot.radius_m), False)
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
        effect, rings, days, treated=treated, before=first, after=~first, untreated=untreated
    )
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


def _apart(places: Places, worked: Sequence[Worked], radius_m: int) -> NDArray[np.bool_]:
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
