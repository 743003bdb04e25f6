"""Who reports what from where: the draws of one batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.sample.demand import (
    DUPLICATE,
    DUPLICATE_DAYS,
    DUPLICATE_SHARE,
    FIRST,
    REPEAT,
    REPEAT_DAYS,
    REPEAT_SHARE,
    Integers,
)
from geodata.sample.large.city import HOURS_A_DAY, LargeCity, climb
from geodata.sample.large.schedule import Batch, Schedule, uniform
from geodata.sample.plane import KM_PER_DEGREE_LAT, KM_PER_DEGREE_LNG, Points
from geodata.sample.taxonomy import HOURS, PLACE_KINDS

CALLER_EXPONENT = 0.5
"""Zipf's exponent: the r-th busiest caller of a place calls in proportion to r to minus this."""

INCIDENT_EXPONENT = 1 / 3
"""The same for the incidents of a day and the further reports that tell of them."""

AT_BUILDING_SHARE = 0.7
"""Calls whose coordinates are their building's own, as geocoders give them …"""
SPOT_KM = 0.012
"""… and how far (standard deviation, each axis) the others lie from it."""

_ORIGIN, _SUBJECT, _BUILDING, _CALLER, _WORDING = range(5)


@dataclass(frozen=True)
class Reports:
    """Reports in order of time; arrays of shape (n,).

    Attributes
    ----------
    day, number, second : ndarray of int64
        Day, running number in the day, second of the day.
    origin, building, subject, caller, relation : ndarray of int64
        As `Calls` has them; `building` is an index of `Buildings`.
    position : ndarray of float, shape (n, 2)
        True longitude and latitude.
    wording : ndarray of float
        In [0, 1), the same for all reports of an incident.
    """

    day: Integers
    number: Integers
    second: Integers
    origin: Integers
    building: Integers
    subject: Integers
    caller: Integers
    relation: Integers
    position: Points
    wording: NDArray[np.float64]


def draw_reports(
    city: LargeCity, schedule: Schedule, batch: Batch, rng: np.random.Generator
) -> Reports:
    """Draw the reports of a batch.

    Parameters
    ----------
    city : LargeCity
    schedule : Schedule
    batch : Batch
    rng : numpy Generator
        For what is no other report's business.

    Returns
    -------
    Reports
    """
    day, number = batch.days()
    since, which, relation = _incidents(schedule, day, number, rng)
    keys = schedule.keys(since, which)
    calendar = city.calendar
    half_months = calendar.n_half_months
    origin = climb(
        city.origin_ladder, half_months, calendar.half_month[since], uniform(keys, _ORIGIN)
    )
    month = calendar.days.astype("M8[M]").astype(np.int64)[since] % 12
    kinds = 12 * len(PLACE_KINDS)
    subject = climb(
        city.subject_ladder, kinds, city.kind[origin] * 12 + month, uniform(keys, _SUBJECT)
    )
    # Others who tell of the same thing are callers of their own.
    who = np.where(relation == DUPLICATE, rng.random(len(day)), uniform(keys, _CALLER))
    second = _seconds(city, subject, rng)
    order = np.argsort(day * 86_400 + second, kind="stable")
    buildings = city.buildings
    building = buildings.first[origin] + _whole(uniform(keys, _BUILDING), buildings.number[origin])
    return Reports(
        day=day,
        # Days stand together before and after sorting, so the running number follows the time.
        number=number,
        second=second[order],
        origin=origin[order],
        building=building[order],
        subject=subject[order],
        caller=(city.first_caller[origin] + zipf(who, city.callers[origin], CALLER_EXPONENT))[
            order
        ],
        relation=relation[order],
        position=_positions(buildings.position[building[order]], rng),
        wording=uniform(keys, _WORDING)[order],
    )


def zipf(share: NDArray[np.float64], n: Integers, exponent: float) -> Integers:
    """Turn numbers in [0, 1) into ranks below `n` whose frequency falls as rank^-exponent.

    Parameters
    ----------
    share : ndarray of float, shape (m,)
    n : ndarray of int64, shape (m,)
    exponent : float
        0 (all alike) to below 1.

    Examples
    --------
    >>> zipf(np.array([0.05, 0.5, 0.999]), np.array([100, 100, 100]), 0.5).tolist()
    [0, 25, 99]
    """
    return _whole(share ** (1 / (1 - exponent)), n)


def _incidents(
    schedule: Schedule, day: Integers, number: Integers, rng: np.random.Generator
) -> tuple[Integers, Integers, Integers]:
    """Return day and number of the incident that each row tells of, and the row's relation.

    The last rows of a day tell of what was reported before, mostly of the latest days; a few
    incidents draw many reports.
    """
    since, which = day.copy(), number.copy()
    relation = np.full(len(day), FIRST)
    rows = np.flatnonzero(number >= schedule.first_reports[day])
    of_repeats = REPEAT_SHARE / (REPEAT_SHARE + DUPLICATE_SHARE)
    repeat = rng.random(len(rows)) < of_repeats
    reach = np.where(repeat, REPEAT_DAYS, DUPLICATE_DAYS)
    delay = (rng.exponential(1.0, len(rows)) * reach / 3).clip(max=reach).astype(np.int64)
    then = np.maximum(day[rows] - delay, 0)
    first_reports = schedule.first_reports[then]
    told = first_reports > 0
    rows, repeat, then = rows[told], repeat[told], then[told]
    since[rows] = then
    which[rows] = zipf(rng.random(len(rows)), first_reports[told], INCIDENT_EXPONENT)
    relation[rows] = np.where(repeat, REPEAT, DUPLICATE)
    return since, which, relation


def _seconds(city: LargeCity, subject: Integers, rng: np.random.Generator) -> Integers:
    course = city.hours_of_subject[subject]
    hour = climb(city.hour_ladder, len(HOURS), course, rng.random(len(subject)))
    seconds: Integers = hour * (86_400 // HOURS_A_DAY) + rng.integers(0, 3_600, len(subject))
    return seconds


def _positions(building: Points, rng: np.random.Generator) -> Points:
    apart = rng.random(len(building)) >= AT_BUILDING_SHARE
    scale = SPOT_KM / np.array([KM_PER_DEGREE_LNG, KM_PER_DEGREE_LAT])
    position: Points = building.copy()
    # Cut at two standard deviations: all reports of one incident stay within 60 m of its building.
    position[apart] += rng.standard_normal((int(apart.sum()), 2)).clip(-2, 2) * scale
    return position


def _whole(share: NDArray[np.float64], n: Integers) -> Integers:
    whole: Integers = np.minimum((share * n).astype(np.int64), n - 1)
    return whole
