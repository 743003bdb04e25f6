"""What is hidden in the sample city for tests to find, and how strong it is.

Every plant multiplies the rate of calls at some places over whole half-months. A strong hot point
stands where it makes up much of its surroundings' population, as the hot points of a real city do:
a ratio in one small block among many would be lost in the noise of its neighbours for any method.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geodata.sample.calendar import Calendar
from geodata.sample.layout import RURAL, Layout
from geodata.sample.plane import to_kilometres
from geodata.sample.settlements import ESTATE, Settlements
from geodata.sample.taxonomy import subjects

LEAST_MONTHS = 12
"""Shorter samples have no room for a before and an after."""

PLACE_SPREAD, TOWNSHIP_SPREAD = 0.16, 0.08
"""Coefficient of variation of the rate between places, and between townships, beside the plants."""

SURROUNDINGS_KM = 0.65
"""Reach of a cell of resolution 9 and its neighbours, roughly."""

STRONG_FACTOR = (4.4, 6.5)
STRONG_LENGTHS = ((8, 1.0), (6, 0.5), (6, 0.25))
"""How many strong hot points last which share of the span."""
STRONG_PEOPLE, STRONG_DOMINANCE = 6_000, 0.5
"""Fewest people of a strong hot point, least share of the people around."""

N_WEAK, WEAK_FACTOR, WEAK_PEOPLE = 12, (1.6, 2.2), 3_000
N_SINGLE, SINGLE_CALLS, SINGLE_MONTHS = 5, (90, 150), 3
"""Points where one person calls again and again."""

LASTING_CLASSES = {"物业管理", "市容环境", "住房建设"}
"""First-level classes of what troubles one place for months."""

WORST, RISING, FALLING = "worst", "rising", "falling"
COURSES = {WORST: (6, 2.1, 2.1), RISING: (8, 0.75, 2.0), FALLING: (8, 2.0, 0.75)}
"""Number of townships and the factor on their rate at the first and at the last half-month."""

PROJECT_EFFECTS = (0.5,) * 10 + (0.6,) * 14 + (0.7,) * 8 + (0.8,) * 6 + (1.0,) * 8
N_PROJECTS_IN_FALLING = 3
"""Projects without effect in falling townships, which look like successes."""
PROJECT_PEOPLE = 4_800


@dataclass(frozen=True)
class HotPoint:
    """A place whose rate is `factor` times as high in half-months [first, last)."""

    strength: str
    place: int
    first: int
    last: int
    factor: float
    subject: int


@dataclass(frozen=True)
class SingleCaller:
    """A place from where one person calls `calls` times in half-months [first, last)."""

    place: int
    first: int
    last: int
    calls: int
    subject: int


@dataclass(frozen=True)
class Course:
    """A township whose rate goes evenly from `start` to `end` times the usual one."""

    kind: str
    township: int
    start: float
    end: float


@dataclass(frozen=True)
class Project:
    """Work at a place in half-months [started, finished); `effect` times the rate from then on."""

    place: int
    started: int
    finished: int
    effect: float


@dataclass(frozen=True)
class Plants:
    """All that is planted in one city."""

    hot_points: tuple[HotPoint, ...] = ()
    single_callers: tuple[SingleCaller, ...] = ()
    courses: tuple[Course, ...] = ()
    projects: tuple[Project, ...] = ()


def make_plants(
    layout: Layout, settlements: Settlements, calendar: Calendar, rng: np.random.Generator
) -> Plants:
    """Choose the plants of one city, at most one in a township.

    Parameters
    ----------
    layout : Layout
    settlements : Settlements
    calendar : Calendar
        Of `LEAST_MONTHS` or more.
    rng : numpy Generator

    Returns
    -------
    Plants

    Raises
    ------
    ValueError
        If the calendar is too short.
    """
    if calendar.n_half_months < 2 * LEAST_MONTHS:
        months = calendar.n_half_months // 2
        raise ValueError(f"months: plants need {LEAST_MONTHS} or more, found {months}")
    courses = _courses(layout, settlements, rng)
    grounds = _Grounds(settlements, {course.township for course in courses}, rng)
    return Plants(
        courses=courses,
        hot_points=(
            *_strong(grounds, calendar, rng),
            *_weak(grounds, calendar, rng),
        ),
        single_callers=_single(grounds, calendar, rng),
        projects=_projects(grounds, courses, calendar, rng),
    )


def rate_factors(
    plants: Plants, settlements: Settlements, calendar: Calendar, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return how far each place's rate is from the city's in each half-month.

    Parameters
    ----------
    plants : Plants
    settlements : Settlements
    calendar : Calendar
    rng : numpy Generator
        For the differences between places that nobody planted.

    Returns
    -------
    ndarray of float, shape (places + townships, half-months)
        Places, then the scattered people of each township.
    """
    n_townships = len(settlements.scattered)
    township = np.concatenate([settlements.township, np.arange(n_townships)])
    usual = _gamma(TOWNSHIP_SPREAD, n_townships, rng)[township]
    usual *= _gamma(PLACE_SPREAD, len(township), rng)
    usual[[point.place for point in plants.hot_points]] = 1.0
    factors = np.repeat(usual[:, None], calendar.n_half_months, axis=1)
    for course in plants.courses:
        along = np.linspace(course.start, course.end, calendar.n_half_months)
        factors[township == course.township] *= along
    for point in plants.hot_points:
        factors[point.place, point.first : point.last] *= point.factor
    for project in plants.projects:
        factors[project.place, project.finished :] *= project.effect
    return factors


class _Grounds:
    """Places still free for a plant; a township is used once."""

    def __init__(self, settlements: Settlements, used: set[int], rng: np.random.Generator) -> None:
        self.settlements = settlements
        self.used = set(used)
        self.dominance = _dominance(settlements)
        self.order = rng.permutation(len(settlements.codes))
        self.is_estate = np.array([kind == ESTATE for kind in settlements.kinds])

    def take(self, n: int, least_people: int, least_dominance: float = 0.0) -> list[int]:
        """Return `n` estates in unused townships, and use these."""
        fit = (
            self.is_estate
            & (self.settlements.people >= least_people)
            & (self.dominance >= least_dominance)
        )
        chosen: list[int] = []
        for place in self.order[fit[self.order]].tolist():
            township = int(self.settlements.township[place])
            if len(chosen) < n and township not in self.used:
                self.used.add(township)
                chosen.append(place)
        return chosen

    def largest_in(self, townships: Iterable[int]) -> list[int]:
        """Return the largest estate of each of these townships."""
        people = np.where(self.is_estate, self.settlements.people, 0)
        return [
            int(np.where(self.settlements.township == township, people, 0).argmax())
            for township in townships
        ]


def _dominance(settlements: Settlements) -> NDArray[np.float64]:
    """Return each place's share of the people in its surroundings."""
    middles = to_kilometres(shapely.get_coordinates(shapely.centroid(settlements.footprints)))
    around = cKDTree(middles).query_ball_point(middles, SURROUNDINGS_KM)
    total = np.array([settlements.people[near].sum() for near in around])
    share: NDArray[np.float64] = settlements.people / total
    return share


def _courses(
    layout: Layout, settlements: Settlements, rng: np.random.Generator
) -> tuple[Course, ...]:
    """Let some populous townships be the worst, others rise or fall."""
    people = settlements.township_people
    populous = np.argsort(-people)[: len(people) // 5]
    n_worst = COURSES[WORST][0]
    worst = rng.choice(populous, n_worst, replace=False)
    settled = [i for i, kind in enumerate(layout.kinds) if kind != RURAL and i not in worst]
    others = rng.choice(settled, COURSES[RISING][0] + COURSES[FALLING][0], replace=False)
    chosen = iter([*worst.tolist(), *others.tolist()])
    return tuple(
        Course(kind, next(chosen), start, end)
        for kind, (n, start, end) in COURSES.items()
        for _ in range(n)
    )


def _strong(grounds: _Grounds, calendar: Calendar, rng: np.random.Generator) -> Iterable[HotPoint]:
    lengths = [share for n, share in STRONG_LENGTHS for _ in range(n)]
    places = grounds.take(len(lengths), STRONG_PEOPLE, STRONG_DOMINANCE)
    for place, share in zip(places, lengths, strict=False):
        length = round(share * calendar.n_half_months)
        first = int(rng.integers(0, calendar.n_half_months - length + 1))
        factor = round(rng.uniform(*STRONG_FACTOR), 2)
        yield HotPoint("strong", place, first, first + length, factor, _estate_subject(rng))


def _weak(grounds: _Grounds, calendar: Calendar, rng: np.random.Generator) -> Iterable[HotPoint]:
    for place in grounds.take(N_WEAK, WEAK_PEOPLE):
        length = calendar.n_half_months // int(rng.integers(1, 4))
        first = int(rng.integers(0, calendar.n_half_months - length + 1))
        factor = round(rng.uniform(*WEAK_FACTOR), 2)
        yield HotPoint("weak", place, first, first + length, factor, _estate_subject(rng))


def _single(
    grounds: _Grounds, calendar: Calendar, rng: np.random.Generator
) -> tuple[SingleCaller, ...]:
    found = []
    for place in grounds.take(N_SINGLE, 0):
        first = int(rng.integers(0, calendar.n_half_months - 2 * SINGLE_MONTHS))
        calls = int(rng.integers(*SINGLE_CALLS))
        last = first + 2 * SINGLE_MONTHS
        found.append(SingleCaller(place, first, last, calls, _estate_subject(rng)))
    return tuple(found)


def _projects(
    grounds: _Grounds,
    courses: tuple[Course, ...],
    calendar: Calendar,
    rng: np.random.Generator,
) -> tuple[Project, ...]:
    falling = [course.township for course in courses if course.kind == FALLING]
    places = grounds.take(len(PROJECT_EFFECTS), PROJECT_PEOPLE)
    effects = [*rng.permutation(PROJECT_EFFECTS)[: len(places)], *(1.0,) * N_PROJECTS_IN_FALLING]
    places += grounds.largest_in(falling[:N_PROJECTS_IN_FALLING])
    n = calendar.n_half_months
    found = []
    for place, effect in zip(places, effects, strict=True):
        finished = int(rng.integers(round(0.35 * n), round(0.5 * n) + 1))
        started = finished - int(rng.integers(2, 7))
        found.append(Project(place, started, finished, float(effect)))
    return tuple(found)


def _estate_subject(rng: np.random.Generator) -> int:
    """Return a subject that may pile up at an estate for long."""
    fitting = [
        i
        for i, subject in enumerate(subjects())
        if subject.class_1 in LASTING_CLASSES and subject.where != "公共空间"
    ]
    return int(rng.choice(fitting))


def _gamma(spread: float, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return positive numbers with mean 1 and this coefficient of variation."""
    return rng.gamma(1 / spread**2, spread**2, n)
