"""Consistent without hot cells, unmoved by them, and bounded on the safe side."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from shapely.geometry import box

from spatial import Dispersion, estimate_dispersion, hex_weights
from spatial.grid import cells_of_polygon
from spatial.inference import Tails, negative_binomial_tails


def draw(rng: np.random.Generator, expected: np.ndarray, dispersion: float) -> np.ndarray:
    if dispersion == 0:
        return rng.poisson(expected)
    return rng.poisson(rng.gamma(1 / dispersion, dispersion, expected.shape) * expected)


@pytest.mark.parametrize(
    ("n", "mean", "dispersion"),
    [(20_000, 0.05, 1.0), (20_000, 1.0, 0.2), (4_000, 20.0, 0.67), (4_000, 3.0, 2.0)],
)
def test_estimates_centre_on_the_truth(n: int, mean: float, dispersion: float) -> None:
    found = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        expected = rng.gamma(1.0, mean, n)
        found.append(estimate_dispersion(draw(rng, expected, dispersion), expected))
    values = np.array([one.value for one in found])
    spread = values.std(ddof=1) / np.sqrt(12)
    assert abs(values.mean() - dispersion) < 4 * spread + 0.01 * dispersion
    # 95 % one-sided: of 12, four or more below the truth happen once in 450 times.
    assert sum(one.upper < dispersion for one in found) <= 3


@pytest.mark.parametrize("mean", [0.05, 1.0, 20.0])
def test_poisson_counts_give_next_to_nothing(mean: float) -> None:
    rng = np.random.default_rng(3)
    expected = np.full(20_000, mean)
    found = estimate_dispersion(rng.poisson(expected), expected)
    # Beyond this dispersion the estimate's own uncertainty would be exceeded by far.
    assert found.value < 4 * np.sqrt(2 / (20_000 * mean**2))
    assert found.n == 20_000


@pytest.mark.parametrize("ratio", [3.0, 10.0, 100.0])
def test_some_hot_cells_do_not_drag_it(ratio: float) -> None:
    rng = np.random.default_rng(8)
    expected = rng.gamma(1.0, 10.0, 10_000)
    plain = draw(rng, expected, 0.2)
    hot = plain.copy()
    some = rng.choice(10_000, 300, replace=False)
    hot[some] = draw(rng, ratio * expected[some], 0.2)
    one, other = (estimate_dispersion(counts, expected) for counts in (plain, hot))
    assert other.value == pytest.approx(one.value, rel=0.15)
    moments = ((hot - expected) ** 2 - expected).sum() / (expected**2).sum()
    assert moments > 1.5 * other.value


def test_periods_of_a_cell_are_not_independent() -> None:
    """A place's lasting difference, seen in 24 periods, is one observation and not 24."""
    below = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        expected = np.full((400, 24), 6.0)
        lasting = rng.gamma(1 / 0.3, 0.3, (400, 1))
        below += estimate_dispersion(rng.poisson(lasting * expected), expected).upper < 0.3
    assert below <= 3


def test_the_same_counts_seen_twice_tell_nothing_more() -> None:
    rng = np.random.default_rng(6)
    expected = rng.gamma(1.0, 5.0, 800)
    counts = draw(rng, expected, 0.4)
    once = estimate_dispersion(counts, expected)
    twice = estimate_dispersion(np.column_stack([counts, counts]), np.column_stack([expected] * 2))
    assert twice.value == pytest.approx(once.value, rel=1e-3)
    assert twice.plausible == pytest.approx(once.plausible, rel=0.02)


def test_cells_may_come_in_any_order() -> None:
    rng = np.random.default_rng(7)
    cells = cells_of_polygon(box(83.0, 39.0, 83.1, 39.1), 9)
    expected = rng.gamma(1.0, 5.0, cells.size)
    counts, order = draw(rng, expected, 0.4), rng.permutation(cells.size)
    for by_sums in (False, True):
        one, other = (
            estimate_dispersion(
                counts[rows], expected[rows], weights=hex_weights(cells[rows]) if by_sums else None
            )
            for rows in (np.arange(cells.size), order)
        )
        assert other.plausible == pytest.approx(one.plausible, rel=1e-3)


def test_sums_see_what_neighbours_share() -> None:
    rng = np.random.default_rng(5)
    cells = cells_of_polygon(box(83.0, 39.0, 83.2, 39.15), 9)
    weights = hex_weights(cells)
    expected = rng.gamma(2.0, 3.0, cells.size)
    apart = draw(rng, expected, 0.3)
    risk = rng.gamma(1 / 0.6, 0.6, cells.size)
    shared = rng.poisson(expected * (weights @ risk) / weights.sum(axis=1))
    independent = estimate_dispersion(apart, expected, weights=weights)
    assert independent.value == pytest.approx(0.3, rel=0.25)
    by_cell = estimate_dispersion(shared, expected)
    by_sum = estimate_dispersion(shared, expected, weights=weights)
    assert by_sum.value > 2 * by_cell.value


def test_a_level_below_the_expected_one_is_not_taken_for_dispersion() -> None:
    """A hot spot with a tenth of all cases puts everyone else a tenth below what is expected."""
    found = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        expected = rng.gamma(0.5, 2.0, 4_000)
        found.append(estimate_dispersion(draw(rng, 0.9 * expected, 0.2), expected).value)
    assert np.mean(found) == pytest.approx(0.2, rel=0.2)


def test_plausible_values_stand_around_the_estimate() -> None:
    rng = np.random.default_rng(4)
    expected = rng.gamma(1.0, 5.0, 1_000)
    found = estimate_dispersion(draw(rng, expected, 0.5), expected)
    assert sorted(found.plausible) == list(found.plausible)
    assert found.plausible[2] == found.central == found.value
    assert found.plausible[3] < found.upper < found.plausible[4]
    poisson = estimate_dispersion(rng.poisson(expected), expected)
    assert poisson.plausible[0] == 0 < poisson.plausible[4]


def test_average_is_the_integral_over_the_confidence_distribution() -> None:
    """For quantiles of a lognormal distribution, against a fine sum over its density."""
    points = np.array([-2.8569700, -1.3556262, 0.0, 1.3556262, 2.8569700])
    found = Dispersion(0.3, 0.4, 500, tuple(0.3 * np.exp(0.15 * points)))

    def tails_at(phi: float) -> Tails:
        return negative_binomial_tails([35, 2], [10.0, 10.0], phi)

    grid = np.linspace(-8, 8, 4_001)
    density = stats.norm.pdf(grid) * (grid[1] - grid[0])
    laws = [tails_at(0.3 * np.exp(0.15 * z)) for z in grid]
    averaged = found.averaged(tails_at)
    greater = sum(d * tails.greater for d, tails in zip(density, laws, strict=True))
    less = sum(d * tails.less for d, tails in zip(density, laws, strict=True))
    assert averaged.greater == pytest.approx(greater, rel=0.005)
    assert averaged.less == pytest.approx(less, rel=0.005)


def test_averaged_tails_reject_as_often_as_they_say() -> None:
    """With few cells the plug-in rejects more often than it says, the bound more seldom."""
    alpha, truth, mean, counts = 1e-3, 0.4, 60.0, np.arange(60, 800)
    rejected = np.zeros(3)
    above = negative_binomial_tails(counts, mean, truth).greater
    for seed in range(80):
        rng = np.random.default_rng(seed)
        expected = rng.gamma(2.0, 5.0, 120)
        found = estimate_dispersion(draw(rng, expected, truth), expected)

        def tails_at(phi: float) -> Tails:
            return negative_binomial_tails(counts, mean, phi)

        for i, tails in enumerate(
            (found.averaged(tails_at), tails_at(found.value), tails_at(found.upper))
        ):
            rejected[i] += above[tails.greater <= alpha].max(initial=0.0) / 80
    averaged, plugged_in, at_bound = rejected
    assert 0.7 * alpha < averaged < 1.4 * alpha
    assert plugged_in > 1.15 * averaged
    assert at_bound < 0.5 * averaged


def test_one_made_by_hand_is_used_at_its_bound_and_a_known_one_as_it_is() -> None:
    def tails_at(phi: float) -> Tails:
        return negative_binomial_tails([30], [10.0], phi)

    by_hand = Dispersion(0.1, 0.3, 50)
    assert by_hand.central == 0.3
    assert by_hand.averaged(tails_at).greater == tails_at(0.3).greater
    assert Dispersion.known(0.2).averaged(tails_at).less == tails_at(0.2).less


def test_unknown_and_empty_cells_take_no_part() -> None:
    rng = np.random.default_rng(2)
    expected = rng.gamma(1.0, 5.0, 3_000)
    counts = draw(rng, expected, 0.5)
    more_expected = np.concatenate([expected, [np.nan, 0.0]])
    more_counts = np.concatenate([counts, [9_000, 500]])
    assert estimate_dispersion(more_counts, more_expected) == estimate_dispersion(counts, expected)


def test_large_counts_and_few_cells_still_give_an_answer() -> None:
    rng = np.random.default_rng(1)
    expected = rng.gamma(2.0, 20_000.0, 60)
    found = estimate_dispersion(draw(rng, expected, 0.05), expected)
    assert 0.01 < found.value < 0.15
    single = estimate_dispersion([3], [2.0])
    assert single.upper >= single.value >= 0


def test_wrong_input_is_refused_and_inputs_stay() -> None:
    counts, expected = np.array([1, 2, 0]), np.array([1.0, np.nan, 2.0])
    before = counts.copy(), expected.copy()
    estimate_dispersion(counts, expected)
    assert np.array_equal(counts, before[0])
    assert np.array_equal(expected, before[1], equal_nan=True)
    with pytest.raises(ValueError, match="at least one cell must have an expected count"):
        estimate_dispersion([1, 2], [0.0, np.nan])
    with pytest.raises(ValueError, match="expected: must have the shape of values"):
        estimate_dispersion([1, 2], [1.0])
    with pytest.raises(ValueError, match="counts: no value may be negative"):
        estimate_dispersion([-1], [1.0])
