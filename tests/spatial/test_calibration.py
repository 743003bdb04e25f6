"""False alarms and power of the product's test in a few of the cities of `benchmarks.calibration`.

Bounds are the 99 % points of what a test that keeps its word gives; seeds are fixed.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmarks.calibration import alarms, hot_found

POISSON = np.inf


@pytest.mark.parametrize("population", ["gamma", "lognormal"])
@pytest.mark.parametrize("setting", [(2_000, 3.0, 1.5), (2_000, 20.0, 5.0), (2_000, 1.0, POISSON)])
def test_even_cities_are_silent(setting: tuple[int, float, float], population: str) -> None:
    cities = 20
    found = np.array([alarms(setting, population, seed) for seed in range(1, cities + 1)])
    most = stats.binom.ppf(0.99, cities, 0.05)
    by_reports, by_callers = found.sum(axis=0)
    assert by_reports <= most
    assert by_callers <= most


@pytest.mark.parametrize(
    ("size", "least_found"),
    [
        # With size 5 the test that knows the dispersion finds about half of them.
        (5.0, 0.3),
        (POISSON, 0.9),
    ],
)
def test_hot_neighbourhoods_are_found_almost_as_if_the_dispersion_were_known(
    size: float, least_found: float
) -> None:
    cities = 20
    found = [hot_found((2_000, 20.0, size), "gamma", seed) for seed in range(1, cities + 1)]
    estimated, known = np.sum(found, axis=0)
    assert estimated >= least_found * cities
    assert estimated >= 0.9 * known
