"""Block bootstrap over periods: what is drawn, and how often intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pytest

from spatial.backtesting.bootstrap import FEWEST_PERIODS, block_length, draw_blocks, estimate_ratio


def test_draws_are_runs_of_periods_that_wrap_around() -> None:
    drawn = draw_blocks(26, 500, np.random.default_rng(3))
    assert drawn.shape == (500, 26)
    length = block_length(26)
    inside_blocks = np.arange(25) % length != length - 1
    steps = (np.diff(drawn, axis=1) % 26)[:, inside_blocks]
    assert (steps == 1).all()
    # Circular blocks draw every period equally often; a moving block would slight the ends.
    often = np.bincount(drawn.ravel(), minlength=26) / 500
    assert np.abs(often - 1).max() < 0.2


def test_a_ratio_that_never_varies_has_no_width() -> None:
    below = np.arange(10.0, 20.0)[:, None]
    found = estimate_ratio(0.3 * below, below, draw_blocks(10, 200, np.random.default_rng(1)), 0.95)
    assert found.value == pytest.approx([0.3])
    assert found.low == pytest.approx([0.3])
    assert found.high == pytest.approx([0.3])


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(300):
        cases = rng.poisson(1500, 13)
        rate = np.clip(rng.normal(0.07, 0.012, 13), 0, 1)
        hits = rng.binomial(cases, rate)
        drawn = draw_blocks(13, 400, rng)
        found = estimate_ratio(hits[:, None] * 1.0, cases[:, None] * 1.0, drawn, 0.95)
        inside += found.low[0] <= 0.07 <= found.high[0]
    assert 0.90 <= inside / 300 <= 0.99


def test_few_periods_give_no_interval() -> None:
    few = np.ones((FEWEST_PERIODS - 1, 2))
    drawn = draw_blocks(FEWEST_PERIODS - 1, 10, np.random.default_rng(1))
    found = estimate_ratio(few, 2 * few, drawn, 0.9)
    assert found.value.tolist() == [0.5, 0.5]
    assert np.isnan([found.low, found.high]).all()


def test_nothing_to_divide_by_is_nan() -> None:
    zero = np.zeros((12, 1))
    found = estimate_ratio(zero, zero, draw_blocks(12, 10, np.random.default_rng(1)), 0.95)
    assert np.isnan([found.value, found.low, found.high]).all()
