"""The law of a neighbourhood's total against convolutions of exact rational numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.count_laws.neighbour_sums import (
    LONGEST_WALK,
    matched_dispersion,
    member_expected,
    sum_tails,
)
from spatial.inference import negative_binomial_tails
from spatial.weights import hex_weights


def masses(mean: Fraction, size: int, terms: int) -> list[Fraction]:
    q = mean / (mean + size)
    found = [(1 - q) ** size]
    for n in range(1, terms):
        found.append(found[-1] * q * (n - 1 + size) / n)
    return found


def convolved(means: list[Fraction], size: int, terms: int) -> list[Fraction]:
    total = [Fraction(1)] + [Fraction(0)] * (terms - 1)
    for mean in means:
        one = masses(mean, size, terms)
        total = [
            sum((total[m] * one[n - m] for m in range(n + 1)), Fraction(0)) for n in range(terms)
        ]
    return total


@pytest.mark.parametrize("size", [1, 4])
def test_tails_are_exact_down_to_1e_30(size: int) -> None:
    means = [Fraction(1, 64), Fraction(1, 8), Fraction(1, 2), Fraction(2)]
    exact = convolved(means, size, 160)
    counts = np.array([0, 1, 2, 4, 8, 16, 30, 60, 100, 159])
    found = sum_tails(counts, np.tile([float(m) for m in means], (counts.size, 1)), 1 / size)
    above = [float(1 - sum(exact[:count], Fraction(0))) for count in counts]
    below = [float(sum(exact[: count + 1], Fraction(0))) for count in counts]
    assert np.allclose(found.greater, above, rtol=1e-10, atol=0)
    assert np.allclose(found.less, below, rtol=1e-10, atol=0)
    assert found.greater.min() < 1e-27


def test_lower_tails_far_out_do_not_vanish() -> None:
    # exp(-1,400) has no double: the masses only exist together with their scale.
    means = np.array([[1200.0, 200.0, 0.0]])
    found = sum_tails([900], means, 1e-6)
    reference = negative_binomial_tails(
        [900],
        [1400.0],
        matched_dispersion(np.array([1400.0]), np.array([1200.0**2 + 200.0**2]), 1e-6),
    )
    assert 0 < found.less[0] < 1e-30
    assert found.less[0] == pytest.approx(reference.less[0], rel=1e-3)


def test_a_matched_law_would_be_too_bold() -> None:
    """The reason for the exact law: far out, unequal members have a thicker tail."""
    means = np.array([[5.0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]])
    exact = sum_tails([60], means, 0.5).greater[0]
    total, squares = means.sum(axis=1), (means**2).sum(axis=1)
    matched = negative_binomial_tails([60], total, matched_dispersion(total, squares, 0.5))
    assert exact > 1.5 * matched.greater[0]


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 19),
    st.floats(1e-3, 30),
    st.floats(1e-6, 5),
    st.integers(0, 120),
)
def test_equal_members_are_one_negative_binomial(
    members: int, mean: float, dispersion: float, count: int
) -> None:
    # A trace of difference makes the walk run instead of the shortcut for equal members.
    means = np.full((1, members), mean)
    means[0, 0] *= 1 + 1e-7
    found = sum_tails([count], means, dispersion)
    plain = negative_binomial_tails([count], [members * mean], dispersion / members)
    assert found.greater[0] == pytest.approx(plain.greater[0], rel=1e-3, abs=1e-280)
    assert found.less[0] == pytest.approx(plain.less[0], rel=1e-3, abs=1e-280)


def test_zero_members_and_order_do_not_matter() -> None:
    rng = np.random.default_rng(5)
    means, counts = rng.gamma(0.5, 4, (50, 7)), rng.poisson(20, 50)
    plain = sum_tails(counts, means, 0.4)
    padded = np.hstack([means[:, ::-1], np.zeros((50, 3))])
    order = rng.permutation(50)
    other = sum_tails(counts[order], padded[order], 0.4)
    assert np.allclose(other.greater, plain.greater[order], rtol=1e-10, atol=0)
    assert np.allclose(other.less, plain.less[order], rtol=1e-10, atol=0)


def test_company_does_not_matter() -> None:
    """Tests are walked side by side and on several cores; each result is that of the test alone."""
    rng = np.random.default_rng(9)
    means = rng.gamma(0.5, 4, (9_000, 7))
    counts = rng.poisson(rng.gamma(1.0, 1.0, 9_000) * means.sum(axis=1))
    counts[:5] = 0, 1, 3_000, 40, 12_000
    together = sum_tails(counts, means, 0.4)
    for i in (*range(8), 777, 4_096, 8_999):
        alone = sum_tails(counts[[i]], means[[i]], 0.4)
        assert together.greater[i] == pytest.approx(alone.greater[0], rel=1e-11, abs=1e-300)
        assert together.less[i] == pytest.approx(alone.less[0], rel=1e-11, abs=1e-300)
    assert 0 <= together.greater[4] < together.greater[2] < 1e-100


def test_simulated_sums_have_uniform_tails() -> None:
    rng = np.random.default_rng(6)
    means = rng.gamma(0.5, 6, (20_000, 7))
    counts = rng.poisson(rng.gamma(2.0, 0.5, means.shape) * means).sum(axis=1)
    found = sum_tails(counts, means, 0.5)
    for limit in (0.5, 0.05, 0.002):
        spread = 4 * np.sqrt(limit / 20_000)
        assert np.mean(found.greater <= limit) <= limit + spread
        assert np.mean(found.less <= limit) <= limit + spread
    assert np.mean(found.greater <= 0.05) > 0.035


def test_sums_beyond_the_walk_use_the_matched_law() -> None:
    count = LONGEST_WALK + 1
    found = sum_tails([count], [[15_000.0, 6_000.0]], 0.1)
    assert 0 < found.greater[0] < 1


def test_members_of_neighbourhoods_stand_in_rows() -> None:
    from spatial.grid import cells_of_points

    cells = cells_of_points([39.0, 39.003, 39.2], [83.0, 83.0, 83.0], 9)
    rows = member_expected(np.array([1.0, 2.0, 4.0]), hex_weights(cells))
    assert rows.tolist() == [[1.0, 2.0], [1.0, 2.0], [4.0, 0.0]]


def test_wrong_input_is_refused_and_inputs_stay() -> None:
    means, counts = np.array([[1.0, 2.0]]), np.array([4])
    means.flags.writeable = False
    before = means.copy(), counts.copy()
    sum_tails(counts, means, 0.3)
    assert np.array_equal(means, before[0])
    assert np.array_equal(counts, before[1])
    with pytest.raises(ValueError, match="needs 1 rows of members"):
        sum_tails([4], [1.0, 2.0], 0.3)
    with pytest.raises(ValueError, match="must be finite and not negative"):
        sum_tails([4], [[1.0, -2.0]], 0.3)
    with pytest.raises(ValueError, match="dispersion: expected a finite number"):
        sum_tails([4], [[1.0, 2.0]], float("nan"))
