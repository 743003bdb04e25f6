"""The truncated likelihood against the sum that defines it, count by count."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from spatial.count_laws.truncated_counts import (
    EXPECTED_STEP,
    SHARE_STEP,
    SMALLEST_CAP,
    TRIMMED,
    CountTable,
    TruncatedLikelihood,
)


def law(mean: float, dispersion: float) -> stats.rv_discrete:
    if dispersion == 0:
        return stats.poisson(mean)
    return stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean))


def city() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts whose expected values and shares lie on the steps, so that grouping is exact."""
    rng = np.random.default_rng(3)
    expected = (1 + EXPECTED_STEP) ** rng.integers(-40, 150, (20, 2))
    share = (1 + SHARE_STEP) ** -rng.integers(0, 12, (20, 2)).astype(float)
    counts = rng.poisson(expected * rng.gamma(2.0, 0.5, expected.shape)).astype(float)
    return counts, expected, share


def slow(dispersion: float, level: float, caps_at: tuple[float, float]) -> float:
    total = 0.0
    for count, mean, share in zip(*(array.ravel() for array in city()), strict=True):
        null = law(mean * np.exp(caps_at[1]), caps_at[0] * share)
        cap = max(SMALLEST_CAP, null.ppf(1 - TRIMMED))
        if count <= cap:
            here = law(mean * np.exp(level), dispersion * share)
            total += here.logpmf(count) - here.logcdf(cap)
    return total


@pytest.mark.parametrize("caps_at", [(0.0, 0.0), (0.5, 0.0), (1.5, -0.2)])
def test_likelihood_is_that_of_the_law_up_to_the_cap(caps_at: tuple[float, float]) -> None:
    table = CountTable.of(*city())
    likelihood = table.truncated(table.caps(*caps_at))
    points = [(0.3, 0.0), (0.3, 0.1), (1.2, -0.1), (0.0, 0.05), (1e-7, 0.05), (4.0, 0.0)]
    fast = np.array([likelihood.at(*point) for point in points])
    plain = np.array([slow(*point, caps_at) for point in points])
    assert np.allclose(fast - fast[0], plain - plain[0], rtol=1e-7, atol=1e-6)


def test_pairs_add_up_to_the_whole() -> None:
    table = CountTable.of(*city())
    likelihood = table.truncated(table.caps(0.4, 0.1))

    def gain(one: tuple[float, float], other: tuple[float, float]) -> float:
        by_pair = likelihood.of_pairs(*one) - likelihood.of_pairs(*other)
        by_count = by_pair[table.pair]
        assert by_count.size == 40
        return float(by_count.sum())

    one, other = (0.7, 0.0), (0.2, 0.1)
    assert gain(one, other) == pytest.approx(likelihood.at(*one) - likelihood.at(*other))


def test_counts_above_their_cap_say_nothing() -> None:
    counts, expected, share = city()
    hot = counts.copy()
    hot[:5] += 1e6

    def likelihood(values: np.ndarray, means: np.ndarray) -> TruncatedLikelihood:
        table = CountTable.of(values, means, share)
        return table.truncated(table.caps(0.5))

    without = np.where(np.arange(20)[:, None] < 5, np.nan, expected)
    one, other = likelihood(hot, expected), likelihood(counts, without)
    assert one.at(0.8) - one.at(0.1) == pytest.approx(other.at(0.8) - other.at(0.1), rel=1e-9)
