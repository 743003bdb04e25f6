"""Clusters as they are reported: the best window round each centre, none sharing an area."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial.scanning.problem import Problem
from spatial.scanning.search import TIE
from spatial.scanning.significance import Replicas
from spatial.scanning.zones import Zones, arc_of_chord


@dataclass(frozen=True)
class Cluster:
    """A circle of areas in a span of steps that has more or fewer cases than expected.

    Attributes
    ----------
    members : tuple
        Ids of the areas by distance from the centre, which comes first.
    radius : float
        Distance from the centre to the furthest member: great-circle kilometres, or the unit of
        plain coordinates.
    start, end : int
        First step and the step after the last.
    rate : str
        "high" or "low".
    observed : int
    expected : float
    relative_risk : float or None
        Observed over expected inside, divided by the same outside; infinite if every case is
        inside, None for the space-time permutation, which knows nobody at risk.
    log_likelihood_ratio : float
    p_value : float
        Adjusted for all zones, times and sizes looked at. `monte_carlo_p_value`, or
        `gumbel_p_value` where no replica came near.
    monte_carlo_p_value, gumbel_p_value : float
        NaN without replicas.
    recurrence_interval : float or None
        Prospective scans with replicas: steps in which chance alone is expected to give such a
        cluster once, if one scan is made every step.
    """

    members: tuple[Hashable, ...]
    radius: float
    start: int
    end: int
    rate: str
    observed: int
    expected: float
    relative_risk: float | None
    log_likelihood_ratio: float
    p_value: float
    monte_carlo_p_value: float
    gumbel_p_value: float
    recurrence_interval: float | None


@dataclass(frozen=True)
class Found:
    """The best window round each centre.

    Attributes
    ----------
    ratio : ndarray of float, shape (areas,)
        Largest log likelihood ratio, 0 where no window qualifies.
    size : ndarray of int64, shape (areas,)
        Number of members.
    window : ndarray of int64, shape (areas,)
        Row in the list of windows.
    """

    ratio: NDArray[np.float64]
    size: NDArray[np.int64]
    window: NDArray[np.int64]


def most_likely(
    problem: Problem, zones: Zones, windows: NDArray[np.int64], found: Found
) -> list[int]:
    """Return centres by falling ratio, leaving out each whose circle touches an earlier one.

    Of equal ratios the circle with fewer areas without cases comes first, then the smaller.

    Parameters
    ----------
    problem : Problem
    zones : Zones
    windows : ndarray of int64, shape (windows, 2)
    found : Found

    Returns
    -------
    list of int
        Positions of centres.
    """
    # Where counts are exactly as expected, rounding leaves a ratio a little above nothing.
    centres = np.flatnonzero(found.ratio > TIE)
    radius = np.array([_radius(problem, zones, found, int(centre)) for centre in centres])
    empty = np.array([_empty(problem, zones, windows, found, int(centre)) for centre in centres])
    # Equal ratios differ by rounding: sort by ratio, then number the distinct ones.
    falling = np.sort(-found.ratio[centres])
    step = np.diff(falling, prepend=falling[:1]) > TIE * np.abs(falling)
    rank = np.cumsum(step)[np.searchsorted(falling, -found.ratio[centres])]
    order = np.lexsort((centres, radius, found.size[centres], empty, rank))
    taken = np.zeros(len(problem.counts), dtype=bool)
    chosen = []
    for centre in centres[order]:
        members = zones.first(centre, found.size[centre])
        if not taken[members].any():
            taken[members] = True
            chosen.append(int(centre))
    return chosen


def describe(
    problem: Problem,
    zones: Zones,
    windows: NDArray[np.int64],
    found: Found,
    centre: int,
    replicas: Replicas,
) -> Cluster:
    """Return the cluster round a centre with its p-values.

    Parameters
    ----------
    problem : Problem
    zones : Zones
    windows : ndarray of int64, shape (windows, 2)
    found : Found
    centre : int
        Position of the centre.
    replicas : Replicas

    Returns
    -------
    Cluster
    """
    members = zones.first(centre, found.size[centre])
    high, start, end = _span(windows, found, centre)
    observed = int(problem.counts[members, start:end].sum())
    share = float(problem.measure[members, start:end].sum()) / problem.mass
    expected = problem.cases * share
    ratio = float(found.ratio[centre])
    p_value = replicas.p_value(ratio)
    return Cluster(
        members=tuple(problem.ids[area] for area in members),
        radius=_radius(problem, zones, found, centre),
        start=start,
        end=end,
        rate="high" if high else "low",
        observed=observed,
        expected=expected,
        relative_risk=_relative_risk(problem, observed, expected),
        log_likelihood_ratio=ratio,
        p_value=p_value,
        monte_carlo_p_value=replicas.monte_carlo(ratio),
        gumbel_p_value=replicas.gumbel(ratio),
        recurrence_interval=_recurrence(problem, p_value),
    )


def _span(windows: NDArray[np.int64], found: Found, centre: int) -> tuple[bool, int, int]:
    plus, minus = windows[found.window[centre]]
    return bool(plus > minus), int(min(plus, minus)), int(max(plus, minus))


def _radius(problem: Problem, zones: Zones, found: Found, centre: int) -> float:
    last = zones.first(centre, found.size[centre])[-1]
    straight = float(np.linalg.norm(problem.points[last] - problem.points[centre]))
    return arc_of_chord(straight) if problem.on_sphere else straight


def _empty(
    problem: Problem, zones: Zones, windows: NDArray[np.int64], found: Found, centre: int
) -> int:
    """Return how many members have no case in the window."""
    _, start, end = _span(windows, found, centre)
    members = zones.first(centre, found.size[centre])
    return int((problem.counts[members, start:end].sum(axis=1) == 0).sum())


def _recurrence(problem: Problem, p_value: float) -> float | None:
    if problem.analysis != "prospective" or np.isnan(p_value):
        return None
    return 1 / p_value if p_value > 0 else float("inf")


def _relative_risk(problem: Problem, observed: int, expected: float) -> float | None:
    if problem.model == "space_time_permutation":
        return None
    outside = problem.cases - observed
    if outside == 0:
        return float("inf")
    return observed / expected / (outside / (problem.cases - expected))
