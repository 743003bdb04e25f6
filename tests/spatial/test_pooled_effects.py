"""Effects of many points pooled: a textbook's figures, simulation, and edges."""

from __future__ import annotations

import numpy as np
import pytest

from spatial import pool_effects


def test_without_differences_it_is_the_weighted_mean() -> None:
    effects, errors = np.log([0.6, 0.6, 0.6]), [0.1, 0.2, 0.3]
    found = pool_effects(effects, errors)
    assert found.index == pytest.approx(0.6)
    assert found.heterogeneity == 0
    assert found.weights == pytest.approx(np.array([36, 9, 4]) / 49)


def test_heterogeneity_makes_the_weights_alike() -> None:
    found = pool_effects(np.log([0.3, 0.9, 0.6]), [0.01, 0.02, 0.03])
    assert found.weights == pytest.approx([1 / 3] * 3, rel=0.02)
    weighted = ((np.log([0.3, 0.9, 0.6]) - np.log(found.index)) ** 2) / (
        np.array([0.01, 0.02, 0.03]) ** 2 + found.heterogeneity**2
    )
    # Paule and Mandel's equation: as many squares as there is freedom.
    assert weighted.sum() == pytest.approx(2)


@pytest.mark.parametrize("differing", [0.0, 0.2])
def test_the_interval_holds_the_truth(differing: float) -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(1000):
        errors = rng.uniform(0.1, 0.3, 12)
        effects = -0.4 + rng.normal(0, differing, 12) + rng.normal(0, errors)
        found = pool_effects(effects, errors)
        held += found.low <= np.exp(-0.4) <= found.high
    assert 0.93 <= held / 1000 <= 0.985


def test_a_next_point_is_less_sure_than_the_mean() -> None:
    found = pool_effects(np.log([0.4, 0.8, 0.6, 0.7]), [0.1] * 4)
    assert found.next_low < found.low < found.index < found.high < found.next_high


def test_one_point_has_no_interval_of_points() -> None:
    found = pool_effects([-0.5], [0.1])
    assert found.index == pytest.approx(np.exp(-0.5))
    assert np.isnan([found.low, found.high, found.next_low, found.next_high]).all()


def test_two_points_say_nothing_of_a_next_one() -> None:
    found = pool_effects([-0.5, -0.4], [0.1, 0.1])
    assert found.low < found.index < found.high
    assert np.isnan([found.next_low, found.next_high]).all()


@pytest.mark.parametrize(
    ("effects", "errors", "told"),
    [([], [], "no point"), ([0.1], [0.0], "above 0"), ([0.1], [0.1, 0.2], "log_index")],
)
def test_bad_input_is_named(effects: list[float], errors: list[float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        pool_effects(effects, errors)
