"""Wilson's interval against published values and SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from spatial import wilson_interval


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published(part, whole, low, high):
    """Newcombe (1998), table I, method 3."""
    found = wilson_interval([part], [whole])
    np.testing.assert_allclose(np.ravel(found), [low, high], atol=5e-5)


@given(st.integers(1, 5000), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_as_scipy(whole, data, level):
    part = data.draw(st.integers(0, whole))
    low, high = wilson_interval([part], [whole], level)
    peer = scipy.stats.binomtest(part, whole).proportion_ci(level, method="wilson")
    np.testing.assert_allclose([low[0], high[0]], [peer.low, peer.high], atol=1e-12)


@given(st.integers(1, 300), st.floats(0, 1), st.floats(0, 1))
def test_the_interval_holds_the_share_and_narrows(whole, share, times):
    part = share * whole
    low, high = wilson_interval([part, 10 * part], [whole, 10 * whole])
    assert 0 <= low[0] <= part / whole <= high[0] <= 1
    assert high[1] - low[1] <= high[0] - low[0] + 1e-12


def test_answers_that_count_in_part_are_covered():
    """Half of the answers count 1, the rest 0.9 or 0: still held by 95 % of the intervals."""
    rng = np.random.default_rng(7)
    values, chances = np.array([1.0, 0.9, 0.0]), np.array([0.5, 0.3, 0.2])
    sums = rng.multinomial(60, chances, 20_000) @ values
    low, high = wilson_interval(sums, np.full(sums.size, 60))
    mean = values @ chances
    assert ((low <= mean) & (mean <= high)).mean() > 0.95


def test_nothing_is_known_of_nothing():
    low, high = wilson_interval([0], [0])
    assert np.isnan([low, high]).all()


@pytest.mark.parametrize(
    ("part", "whole", "level"),
    [
        ([2], [1], 0.95),
        ([-1], [1], 0.95),
        ([1, 2], [3], 0.95),
        ([1], [2], 1.0),
        ([np.nan], [1], 0.9),
    ],
)  # fmt: skip
def test_what_is_no_share(part, whole, level):
    with pytest.raises(ValueError, match=r"part|whole|level"):
        wilson_interval(part, whole, level)
