"""Shares of the area filled from the top of a ranking, against counting by hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from spatial.backtesting.accuracy import most_possible, taken_shares

SCORES = st.lists(st.integers(0, 4), min_size=2, max_size=40)


def hits_in_order(order: tuple[int, ...], counts: NDArray[np.int64], area: float) -> float:
    """Walk down one order of cells of area 1 until the area is used up."""
    hits = 0.0
    for cell in order:
        hits += counts[cell] * min(1.0, area)
        area -= min(1.0, area)
    return hits


def test_ties_are_what_a_random_order_gives_on_average() -> None:
    scores, counts = np.array([3, 1, 1, 1, 0, 0]), np.array([4, 7, 0, 2, 5, 1])
    allowed = [order for order in permutations(range(6)) if all(np.diff(scores[list(order)]) <= 0)]
    assert len(allowed) == 12
    for share in (0.1, 0.25, 0.45, 0.6, 0.9):
        mean = np.mean([hits_in_order(order, counts, 6 * share) for order in allowed])
        assert taken_shares(scores, np.ones(6), [share])[0] @ counts == pytest.approx(mean)


@given(SCORES, st.floats(0.01, 0.99), st.randoms(use_true_random=False))
def test_a_ranking_does_not_depend_on_the_order_of_cells(scores, share, random) -> None:
    areas = np.linspace(1, 2, len(scores))
    order = list(range(len(scores)))
    random.shuffle(order)
    taken = taken_shares(scores, areas, [share])[0]
    again = taken_shares(np.array(scores)[order], areas[order], [share])[0]
    assert again == pytest.approx(taken[order])


@given(SCORES, st.floats(0.01, 0.99))
def test_the_area_taken_is_exactly_the_share(scores, share) -> None:
    areas = np.linspace(1, 3, len(scores))
    (taken,) = taken_shares(scores, areas, [share])
    assert taken @ areas == pytest.approx(share * areas.sum())
    lowest_taken = min(np.array(scores)[taken > 0])
    assert (taken[np.array(scores) > lowest_taken] == 1).all()


def test_rounding_breaks_no_tie() -> None:
    almost = np.array([0.1 + 0.2, 0.3, 0.0])
    assert almost[0] != almost[1]
    assert taken_shares(almost, np.ones(3), [1 / 3])[0].tolist() == pytest.approx([0.5, 0.5, 0])


def test_cells_without_a_forecast_come_last_and_together() -> None:
    scores = [-np.inf, 1.0, -np.inf, 0.0]
    assert taken_shares(scores, np.ones(4), [0.75])[0].tolist() == [0.5, 1, 0.5, 1]
    assert taken_shares([-np.inf] * 4, np.ones(4), [0.5])[0].tolist() == [0.5] * 4


@pytest.mark.parametrize("seed", range(5))
def test_the_best_possible_is_that_of_a_linear_programme(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts, areas = rng.poisson(2, 30), rng.uniform(0.5, 3, 30)
    for share in (0.02, 0.3):
        best = linprog(-counts, A_ub=[areas], b_ub=[share * areas.sum()], bounds=(0, 1))
        assert most_possible(counts, areas, [share])[0] == pytest.approx(-best.fun)


@pytest.mark.parametrize(
    ("scores", "areas", "shares", "rule"),
    [
        ([1, 2], [1, 1, 1], [0.1], "areas: expected as many"),
        ([1, np.nan], [1, 1], [0.1], "scores: no score may be NaN"),
        ([1, 2], [1, 0], [0.1], "areas: every area must be positive, found 0"),
        ([1, 2], [1, np.inf], [0.1], "areas: every value must be finite"),
        ([1, 2], [1, 1], [1.0], "shares: every share must lie between 0 and 1, found 1"),
        ([1, 2], [1, 1], [], "shares: expected one or more"),
        ([], [], [0.1], "areas: expected one for each cell"),
    ],
)
def test_bad_input_is_named(scores, areas, shares, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        taken_shares(scores, areas, shares)
