"""Points, clusters and incidents: how fast, and how often they cry wolf.

``python -m benchmarks.points`` prints seconds for a million reports, beside scipy's complete
linkage where that can still be run, and in how many of some hundred even cities any point or month
is called unusual: places of a register, and clusters of coordinates where there is none.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from scipy.cluster.hierarchy import fcluster, linkage

from app.hotspots.points.expectations import expect_of_clusters
from geodata.areas import Boundaries
from spatial import (
    ExpectedReports,
    cluster_coordinates,
    find_incidents,
    high_frequency_points,
)

METRE = 1 / 111_195
START = np.datetime64("2023-01-01T00:00:00", "s")
DAYS = 730


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cities", type=int, default=100)
    parser.add_argument("--only", choices=["speed", "calibration"])
    arguments = parser.parse_args()
    if arguments.only != "calibration":
        measure_speed()
    if arguments.only != "speed":
        measure_calibration(arguments.cities)


def measure_speed(n: int = 1_000_000) -> None:
    """Time the first call (compiled code kept on disk or not) and the second."""
    rng = np.random.default_rng(1)
    # Houses of a large city, each with its reports; and as many coordinates as reports.
    houses = np.column_stack(
        [116 + rng.uniform(0, 0.5, 200_000), 40 + rng.uniform(0, 0.4, 200_000)]
    )
    house = rng.integers(0, len(houses), n)
    when = START + rng.integers(0, DAYS * 86_400, n)
    kind, caller = rng.integers(0, 60, n), rng.integers(0, n // 2, n)
    free = np.column_stack([116 + rng.uniform(0, 0.5, n), 40 + rng.uniform(0, 0.4, n)])
    timed("clusters, first call", lambda: cluster_coordinates(*houses[:10].T))
    timed(
        "clusters, 1,000,000 reports at 200,000 coordinates",
        lambda: cluster_coordinates(*houses[house].T),
    )
    timed("clusters, 1,000,000 distinct coordinates", lambda: cluster_coordinates(*free.T))
    timed("incidents, 1,000,000 reports", lambda: find_incidents(house, kind, when))
    timed("points, 1,000,000 reports of 200,000 places", lambda: high_frequency_points(
        house, when, kind, caller,
        expected=ExpectedReports.of(np.arange(len(houses)), np.full(len(houses), n / len(houses))),
    ))  # fmt: skip
    few = [116, 40] + (free[:5_000] - [116, 40]) * 0.06
    ours = timed("clusters, 5,000 coordinates in 7 km²", lambda: cluster_coordinates(*few.T))
    metres = few * np.array([np.cos(np.radians(40)), 1.0]) / METRE
    peer = timed(
        "scipy complete linkage, the same",
        lambda: fcluster(linkage(metres, "complete"), 60.0, "distance"),
    )
    print(f"ratio {peer / ours:.0f}")


def timed(name: str, work: Callable[[], Any]) -> float:
    """Print how long some work takes, and return its seconds of CPU: those bear a busy machine."""
    start, cpu = time.perf_counter(), time.process_time()
    work()
    spent = time.process_time() - cpu
    print(f"{name}: {time.perf_counter() - start:.2f} s, CPU {spent:.2f} s", flush=True)
    return spent


def measure_calibration(cities: int) -> None:
    """Count the even cities in which anything is called unusual at q = .05."""
    print("| even city | any unusual point | any hot month |\n|---|---|---|")
    for name, make in CITIES.items():
        points = months = 0
        for seed in range(1, cities + 1):
            found = make(np.random.default_rng(seed))
            points += bool((found.q_value < 0.05).any())
            months += bool((found.months_hot > 0).any())
        print(f"| {name} | {points} of {cities} | {months} of {cities} |", flush=True)


def places_city(rng: np.random.Generator, mean: float, size: float) -> Any:
    """3,000 places of uneven population, negative binomial around it."""
    worth = rng.lognormal(0, 1, 3_000)
    expected = mean * worth / worth.mean()
    rate = expected if np.isinf(size) else expected * rng.gamma(size, 1 / size, expected.size)
    point = np.repeat(np.arange(expected.size), rng.poisson(rate))
    when = START + rng.integers(0, DAYS * 86_400, point.size)
    given = ExpectedReports.of(np.arange(expected.size), expected / expected.sum() * point.size)
    none = np.full(point.size, -1)
    return high_frequency_points(point, when, none, none, expected=given)


def ground_city(rng: np.random.Generator, cases: int, houses: int | None) -> Any:
    """100 km² without a register, people even over it; reports anywhere or at some houses."""
    side = 10_000 * METRE
    box = shapely.box(116, 0, 116 + side, side)
    city = Boundaries.of(["1"], ["City"], [box])
    spots = side * rng.uniform(0, 1, (houses or cases, 2)) + [116, 0]
    at = spots[rng.integers(0, len(spots), cases)] if houses else spots
    clusters = cluster_coordinates(*at.T)
    given = expect_of_clusters(clusters, np.zeros(cases, dtype=np.int64), city)
    assert given is not None
    when = START + rng.integers(0, DAYS * 86_400, cases)
    none = np.full(cases, -1)
    return high_frequency_points(clusters.cluster, when, none, none, expected=given.reports)


CITIES: dict[str, Callable[[np.random.Generator], Any]] = {
    "3,000 places, mean 3, Poisson": lambda rng: places_city(rng, 3, np.inf),
    "3,000 places, mean 20, Poisson": lambda rng: places_city(rng, 20, np.inf),
    "3,000 places, mean 3, size 1.5": lambda rng: places_city(rng, 3, 1.5),
    "3,000 places, mean 20, size 1.5": lambda rng: places_city(rng, 20, 1.5),
    "no register, 20,000 cases anywhere": lambda rng: ground_city(rng, 20_000, None),
    "no register, 50,000 cases at 10,000 houses": lambda rng: ground_city(rng, 50_000, 10_000),
}


if __name__ == "__main__":
    main()
