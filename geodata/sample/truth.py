"""What is true of the sample city and no analysis may read: for tests only."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.sample.calendar import Calendar
from geodata.sample.demand import DUPLICATE, REPEAT, Calls, people_of_origins
from geodata.sample.layout import Layout
from geodata.sample.plane import COORDINATE_DECIMALS
from geodata.sample.plants import Plants
from geodata.sample.reported import DEFAULT, NOTHING, TOWNSHIP_ONLY, Reported
from geodata.sample.settlements import Settlements
from geodata.sample.taxonomy import subjects

STRONG_RATIO, STRONG_EXPECTED = 3.0, 30.0
"""A hot point that an analysis should find has at least this rate ratio and expected cases."""


class _Shares:
    """Calls in proportion to people alone, and as planted; both as shares of all calls."""

    def __init__(
        self, settlements: Settlements, calendar: Calendar, factors: NDArray[np.float64]
    ) -> None:
        usual = people_of_origins(settlements)[:, None] * calendar.half_month_weight
        self.usual = usual / usual.sum()
        planted = usual * factors
        self.planted = planted / planted.sum()

    def of(self, origins: Any, first: int, last: int) -> tuple[float, float]:
        """Return the usual and the planted share of some origins in half-months [first, last)."""
        return (
            float(self.usual[origins, first:last].sum()),
            float(self.planted[origins, first:last].sum()),
        )


def tell_truth(
    layout: Layout,
    settlements: Settlements,
    calendar: Calendar,
    plants: Plants,
    factors: NDArray[np.float64],
    calls: Calls,
    reported: Reported,
) -> dict[str, Any]:
    """Return everything that was planted, ready for JSON.

    `expected` counts the cases that people alone would make of all the cases there are;
    `rate_ratio` is how many times as many the plant makes.
    """
    shares = _Shares(settlements, calendar, factors)
    n = len(calls.origin)
    last = calendar.n_half_months
    return {
        "span": {"from": calendar.first_day(0), "to": calendar.first_day(last)},
        "counts": _counts(calls, reported),
        "hot_points": [
            *_hot_points(layout, settlements, calendar, plants, shares, n),
            *_single_callers(layout, settlements, calendar, plants),
        ],
        "townships": _townships(layout, settlements, plants, shares, last),
        "projects": _projects(layout, settlements, calendar, plants, shares, n),
    }


def _counts(calls: Calls, reported: Reported) -> dict[str, int]:
    without = np.isin(reported.manner, (TOWNSHIP_ONLY, NOTHING))
    return {
        "cases": len(calls.origin),
        "repeats": int((calls.relation == REPEAT).sum()),
        "duplicates": int((calls.relation == DUPLICATE).sum()),
        "incidents": len(np.unique(calls.incident)),
        "callers": len(np.unique(calls.caller)),
        "without_coordinates": int(without.sum()),
        "township_named_only": int((reported.manner == TOWNSHIP_ONLY).sum()),
        "default_point": int((reported.manner == DEFAULT).sum()),
        "faulty_coordinates": int((reported.manner > DEFAULT).sum()),
    }


def _hot_points(
    layout: Layout,
    settlements: Settlements,
    calendar: Calendar,
    plants: Plants,
    shares: _Shares,
    n: int,
) -> list[dict[str, Any]]:
    found = []
    for point in plants.hot_points:
        usual, planted = shares.of(point.place, point.first, point.last)
        expected, ratio = n * usual, planted / usual
        strong = ratio >= STRONG_RATIO and expected >= STRONG_EXPECTED
        found.append(
            {
                "kind": "strong" if strong else "weak",
                **_place(layout, settlements, point.place),
                "from": calendar.first_day(point.first),
                "to": calendar.first_day(point.last),
                "class_3": subjects()[point.subject].class_3,
                "rate_ratio": round(ratio, 4),
                "expected": round(expected, 2),
            }
        )
    return found


def _single_callers(
    layout: Layout, settlements: Settlements, calendar: Calendar, plants: Plants
) -> list[dict[str, Any]]:
    return [
        {
            "kind": "single_caller",
            **_place(layout, settlements, single.place),
            "from": calendar.first_day(single.first),
            "to": calendar.first_day(single.last),
            "class_3": subjects()[single.subject].class_3,
            "calls": single.calls,
        }
        for single in plants.single_callers
    ]


def _townships(
    layout: Layout, settlements: Settlements, plants: Plants, shares: _Shares, last: int
) -> dict[str, list[dict[str, Any]]]:
    n_places = len(settlements.codes)
    found: dict[str, list[dict[str, Any]]] = {}
    for course in plants.courses:
        members = np.flatnonzero(settlements.township == course.township)
        origins = np.append(members, n_places + course.township)
        usual, planted = shares.of(origins, 0, last)
        entry = {
            "code": layout.codes[course.township],
            "name": layout.names[course.township],
            "rate_ratio": round(planted / usual, 4),
            "start_factor": course.start,
            "end_factor": course.end,
        }
        found.setdefault(course.kind, []).append(entry)
    return found


def _projects(
    layout: Layout,
    settlements: Settlements,
    calendar: Calendar,
    plants: Plants,
    shares: _Shares,
    n: int,
) -> list[dict[str, Any]]:
    falling = {course.township: course.kind for course in plants.courses}
    found = []
    for project in plants.projects:
        _, planted = shares.of(project.place, project.finished, calendar.n_half_months)
        township = int(settlements.township[project.place])
        found.append(
            {
                **_place(layout, settlements, project.place),
                "started": calendar.first_day(project.started),
                "finished": calendar.first_day(project.finished),
                "effect": project.effect,
                "expected_after": round(n * planted / project.effect, 2),
                "township_course": falling.get(township),
            }
        )
    return found


def _place(layout: Layout, settlements: Settlements, place: int) -> dict[str, Any]:
    lng, lat = shapely.get_coordinates(shapely.point_on_surface(settlements.footprints[place]))[0]
    return {
        "place_code": settlements.codes[place],
        "place_name": settlements.names[place],
        "township_code": layout.codes[int(settlements.township[place])],
        "lng": round(float(lng), COORDINATE_DECIMALS),
        "lat": round(float(lat), COORDINATE_DECIMALS),
    }
