"""Ranks under drawn weights and data: laws of the draws, known intervals, the browser's vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from spatial import (
    draw_counts,
    draw_shares,
    draw_weights,
    evenness,
    rank_uncertainty,
    score_standings,
    standings,
    table_dispersion,
    undominated,
)

VECTORS = json.loads(Path(__file__).with_name("what_if_vectors.json").read_text("utf-8"))
"""Worked out in fractions, apart from both codes; the browser's tests read the same file."""

N = 4_000


@pytest.mark.parametrize("vector", VECTORS, ids=[each["name"] for each in VECTORS])
def test_scores_under_weights_agree_with_the_browsers(vector: dict[str, Any]) -> None:
    standing = {}
    for key, doubled in vector["doubled"].items():
        ranks = np.array(doubled, dtype=float)
        standing[key] = (ranks - 1) / (2 * np.isfinite(ranks).sum())
    found = score_standings(vector["codes"], standing, vector["weights"])
    assert found.rank.tolist() == vector["rank"]
    assert found.order.tolist() == vector["order"]
    assert np.allclose(found.score, vector["score"], atol=1e-9)
    for key, points in vector["contributions"].items():
        assert np.allclose(found.contributions[key], points, atol=1e-9)


def test_counts_vary_as_their_law_says() -> None:
    rng = np.random.default_rng(1)
    drawn = draw_counts([50.0, 400.0], 0.02, N, rng)
    assert drawn.mean(axis=0) == pytest.approx([50, 400], rel=0.02)
    assert drawn.var(axis=0) == pytest.approx([50 + 50, 400 + 3_200], rel=0.1)
    poisson = draw_counts([30.0], 0.0, N, rng)[:, 0]
    shares = [np.mean(poisson <= at) for at in (22, 30, 38)]
    assert shares == pytest.approx(stats.poisson(30).cdf([22, 30, 38]), abs=0.03)


def test_shares_follow_the_beta_posterior() -> None:
    drawn = draw_shares([3, 90.5], [10, 100], N, np.random.default_rng(2))
    assert stats.kstest(drawn[:, 0], stats.beta(3.5, 7.5).cdf).pvalue > 0.001
    assert stats.kstest(drawn[:, 1], stats.beta(91.0, 10.0).cdf).pvalue > 0.001


def test_weights_follow_a_dirichlet_distribution_around_the_chosen_ones() -> None:
    drawn = draw_weights({"a": 2, "b": 6, "c": 2}, 40, N, np.random.default_rng(3))
    assert sum(drawn.values()) == pytest.approx(np.ones(N))
    assert stats.kstest(drawn["a"], stats.beta(8, 32).cdf).pvalue > 0.001
    assert drawn["b"].std() == pytest.approx(np.sqrt(0.6 * 0.4 / 41), rel=0.05)
    fixed = draw_weights({"a": 3, "b": 1}, np.inf, 2, np.random.default_rng(3))
    assert fixed["a"].tolist() == [0.75, 0.75]


def test_a_table_of_months_tells_its_own_dispersion() -> None:
    rng = np.random.default_rng(4)
    expected = rng.uniform(20, 200, 300)[:, None] * np.full(12, 1.0)
    assert table_dispersion(rng.poisson(expected)) < 0.002
    scattered = rng.poisson(expected * rng.gamma(1 / 0.1, 0.1, expected.shape))
    assert table_dispersion(scattered) == pytest.approx(0.1, rel=0.15)
    assert table_dispersion([[5], [9]]) == 0


def test_a_rank_that_nothing_can_move_is_certain_and_equal_areas_are_not() -> None:
    rng = np.random.default_rng(5)
    values = np.concatenate([[10.0], rng.normal(0, 0.01, (20,))])
    noisy = values + rng.normal(0, 1, (1_000, 21))
    found = rank_uncertainty({"x": standings(noisy)}, {"x": 1}, n_first=3, rng=rng)
    assert (found.low[0], found.high[0], found.first_share[0]) == (1, 1, 1.0)
    # The other twenty are alike: each is among the first three in 2 draws of 20.
    assert found.first_share[1:].mean() == pytest.approx(0.1, abs=0.001)
    assert found.first_share[1:].max() < 0.2
    assert (found.high - found.low)[1:].min() >= 15


def test_weights_alone_move_ranks_where_criteria_disagree() -> None:
    standing = {"x": [0.9, 0.1, 0.5], "y": [0.1, 0.9, 0.5]}
    for concentration, widest in ((5.0, 3), (1e9, 1)):
        found = rank_uncertainty(
            standing, {"x": 3, "y": 1}, concentration=concentration, rng=np.random.default_rng(6)
        )
        assert found.high[0] == widest
        assert found.low[0] == 1


def test_the_same_seed_gives_the_same_intervals() -> None:
    standing = {"x": np.random.default_rng(7).uniform(size=30), "y": np.linspace(0, 1, 30)}
    once, again = (
        rank_uncertainty(standing, {"x": 1, "y": 1}, rng=np.random.default_rng(8)) for _ in "12"
    )
    assert np.array_equal(once.low, again.low)
    assert np.array_equal(once.first_share, again.first_share)


tables = st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=12)


@given(tables)
def test_the_front_is_who_nobody_beats(rows: list[tuple[int, int, int]]) -> None:
    def beats(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
        return all(x >= y for x, y in zip(a, b, strict=True)) and a != b

    assert undominated(rows).tolist() == [not any(beats(b, a) for b in rows) for a in rows]


@given(st.lists(st.tuples(*[st.floats(0, 1e6)] * 3), min_size=1, max_size=8))
def test_evenness_is_entropy_over_its_greatest_value(rows: list[tuple[float, ...]]) -> None:
    for row, found in zip(rows, evenness(rows), strict=True):
        if sum(row) == 0:
            assert np.isnan(found)
        else:
            assert found == pytest.approx(stats.entropy(row, base=3), abs=1e-9)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda rng: draw_counts([-1], 0, 2, rng), "counts: every count"),
        (lambda rng: draw_counts([1], -1, 2, rng), "dispersion: must be finite"),
        (lambda rng: draw_shares([2], [1], 2, rng), "part: must be between"),
        (lambda rng: draw_weights({"x": 1}, 0, 2, rng), "concentration: must be above 0"),
        (lambda rng: rank_uncertainty({"x": [1]}, {"y": 1}, rng=rng), "must name the same"),
        (lambda rng: rank_uncertainty({"x": [[1.0]]}, {"x": 1}, rng=rng), "x needs 1000 draws"),
        (lambda _: undominated([1.0]), "expected rows of areas"),
        (lambda _: evenness([[1.0]]), "two or more classes"),
        (lambda _: evenness([[1.0, -1.0]]), "must not be negative"),
    ],
)
def test_wrong_input_is_refused(wrong: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        wrong(np.random.default_rng(1))
