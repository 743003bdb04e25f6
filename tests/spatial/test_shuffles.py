"""Simulated permutations: uniform draws without replacement, reproducible, add-one."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import scipy.sparse
from scipy import stats

from spatial import _compiled
from spatial.permutation import shuffles
from spatial.permutation.shuffles import shuffled_products, simulated_tails


def test_draws_are_without_replacement_and_equally_likely() -> None:
    """Six cells, three unequal slots: the 60 arrangements have 60 different sums."""
    values = np.array([0.0, 1.0, 3.0, 9.0, 27.0, 81.0])
    slots = np.array([1.0, 0.31, 0.017])
    every = np.sort([slots @ drawn for drawn in permutations(values[1:], 3)])
    draws, at_most = 40_000, []
    for observed in every:
        above, below = np.zeros(6, np.int64), np.zeros(6, np.int64)
        shuffles._draw(
            *(values, np.array([0, 3]), slots, np.array([observed]), np.array([1e-9]), draws),
            *(0, 1, np.array([3, 4], dtype=np.uint64), above, below),
        )
        at_most.append(below[0])
    assert at_most[-1] == draws
    assert stats.chisquare(np.diff(at_most, prepend=0)).pvalue > 1e-4


def test_the_same_seed_gives_the_same_p_on_any_number_of_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(1)
    values = rng.gamma(1.0, 1.0, 300)
    weights = scipy.sparse.csr_array(np.roll(np.eye(300), 1, axis=1) * 0.4)
    monkeypatch.setattr(shuffles, "CELLS_IN_CHUNK", 64)
    found = []
    for cores in ({0}, {0, 1, 2, 3}):
        monkeypatch.setattr(_compiled.os, "sched_getaffinity", lambda _, cores=cores: cores)
        tails = simulated_tails(values, weights, 99, np.random.default_rng(5))
        products = shuffled_products(values, weights, 99, np.random.default_rng(5))
        found.append((tails.greater, tails.less, products))
    assert all(np.array_equal(one, other) for one, other in zip(*found, strict=True))
    assert not np.array_equal(
        found[0][0], simulated_tails(values, weights, 99, np.random.default_rng(6)).greater
    )


def test_p_is_never_below_one_in_draws_plus_one() -> None:
    values = np.zeros(200)
    values[:4] = 100.0
    matrix = scipy.sparse.lil_array((200, 200))
    matrix[0, 1:4] = 1.0
    tails = simulated_tails(values, matrix.tocsr(), 99, np.random.default_rng(1))
    assert tails.greater[0] == 1 / 100
    assert tails.less[0] == 1.0
    assert np.isnan(tails.greater[1:]).all()


def test_shuffles_of_all_values_have_the_moments_of_a_permutation() -> None:
    rng = np.random.default_rng(2)
    values = rng.gamma(1.0, 1.0, 5)
    matrix = scipy.sparse.csr_array(rng.random((5, 5)) * (1 - np.eye(5)))
    exact = [float(np.array(order) @ (matrix @ np.array(order))) for order in permutations(values)]
    found = shuffled_products(values, matrix, 40_000, rng)
    assert found.mean() == pytest.approx(np.mean(exact), abs=5 * np.std(exact) / 200)
    assert stats.ks_2samp(found, exact).pvalue > 1e-4
