"""The band of a curve: told by hand, by chance, and never by what comes later."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from spatial.expected_band import FEWEST_ERRORS, expected_band


def test_expected_counts_reckoned_by_hand():
    """Two cycles of two, then one: 10, 30, 20, 60 in days of equal length."""
    band = expected_band([10, 30, 20, 60, 40], np.ones(5), 2)
    # Level of the last cycle: 40. The earlier firsts stood 10 to 20 (of 10, 30) and 20 to 25 (of
    # 30, 20) around them: .65 in the middle, of whose logarithm 2/3 count.
    assert band.rate[4] == pytest.approx(40 * 0.65 ** (2 / 3))
    # Before: level 20, one earlier first at 10 to 20, of which half counts.
    assert band.rate[2] == pytest.approx(20 * 0.5 ** (1 / 2))


def test_the_band_holds_its_share_of_simulated_months():
    rng = np.random.default_rng(5)
    months, phi, inside, known = 60, 0.01, 0, 0
    mean = 300 * (1 + 0.2 * np.sin(2 * np.pi * np.arange(months) / 12))
    for _ in range(100):
        counts = rng.negative_binomial(1 / phi, 1 / (1 + phi * mean))
        _, low, high = expected_band(counts, np.ones(months), 12).counts(np.ones(months))
        told = np.isfinite(low)
        inside += int(((counts >= low) & (counts <= high))[told].sum())
        known += int(told.sum())
    assert 0.92 < inside / known < 0.97


def test_later_periods_change_nothing_before():
    rng = np.random.default_rng(1)
    counts = rng.poisson(50, 40)
    days = rng.integers(28, 32, 40)
    whole = expected_band(counts, days, 12)
    part = expected_band(counts[:30], days[:30], 12)
    np.testing.assert_array_equal(whole.rate[:30], part.rate)
    np.testing.assert_array_equal(whole.dispersion[:30], part.dispersion)


def test_nothing_is_told_before_there_is_enough():
    counts = np.full(40, 20)
    _, low, _ = expected_band(counts, np.ones(40), 12).counts(np.ones(40))
    assert np.isnan(low[: 12 + FEWEST_ERRORS]).all()
    assert np.isfinite(low[12 + FEWEST_ERRORS :]).all()


def test_without_scatter_beyond_chance_the_band_is_that_of_poisson():
    expected, low, high = expected_band(np.full(30, 20), np.ones(30), 12).counts(np.ones(30))
    assert expected[-1] == pytest.approx(20)
    assert (low[-1], high[-1]) == tuple(stats.poisson.ppf([0.025, 0.975], 20))


def test_longer_periods_expect_more():
    band = expected_band(np.full(30, 20), np.ones(30), 12)
    expected, low, high = band.counts(np.full(30, 2.0))
    assert expected[-1] == pytest.approx(40)
    assert low[-1] < 40 < high[-1]


def test_a_curve_of_nothing_expects_nothing():
    expected, _, _ = expected_band(np.zeros(30), np.ones(30), 12).counts(np.ones(30))
    assert expected[-1] == 0


@pytest.mark.parametrize(
    ("counts", "days", "cycle"), [([-1], [1], 2), ([1], [0], 2), ([1, 2], [1], 2), ([1], [1], 1)]
)
def test_impossible_curves_are_refused(counts, days, cycle):
    with pytest.raises(ValueError, match=r"\w"):
        expected_band(counts, days, cycle)
