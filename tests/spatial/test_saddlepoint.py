"""Unequal weights: against every arrangement, the exact law and simulation."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import scipy.sparse

from spatial.permutation.conditional import exact_tails, permuted_tails
from spatial.permutation.saddlepoint import saddlepoint_tails
from spatial.permutation.shuffles import simulated_tails

POOLS = {
    "skewed": lambda rng, n: rng.lognormal(0, 1.5, n),
    "rates, 90 % zero": lambda rng, n: np.where(rng.random(n) < 0.9, 0, rng.gamma(0.5, 1, n)),
    "counts": lambda rng, n: rng.negative_binomial(0.7, 0.2, n).astype(float),
    "residuals": lambda rng, n: rng.standard_t(3, n),
}


def random_weights(
    n: int, k: int, rng: np.random.Generator, equal: bool = False
) -> scipy.sparse.csr_array:
    columns = np.array([np.delete(np.arange(n), i)[rng.permutation(n - 1)[:k]] for i in range(n)])
    data = np.ones(n * k) if equal else rng.choice([1.0, 0.5, 0.31, 0.18], n * k)
    return scipy.sparse.csr_array(
        (data, (np.repeat(np.arange(n), k), columns.ravel())), shape=(n, n)
    )


@pytest.mark.parametrize("kind", POOLS)
def test_on_equal_weights_it_comes_to_the_exact_law(kind: str) -> None:
    """The same cells by both engines, within the errors stated in METHODS."""
    rng = np.random.default_rng(5)
    values = POOLS[kind](rng, 400)
    neighbours = random_weights(400, 6, rng, equal=True)
    values[neighbours[[0]].indices] = np.sort(values)[::-1][1:7]
    values[neighbours[[1]].indices] = np.sort(values)[::-1][3:15:2]
    exact, found = exact_tails(values, neighbours), saddlepoint_tails(values, neighbours)
    assert exact.greater.min() < 1e-5
    for one, other in ((exact.greater, found.greater), (exact.less, found.less)):
        error = other / one - 1
        assert np.abs(error[one > 0.05]).max() < 0.1
        assert abs(error[one > 0.05].mean()) < 0.01
        assert np.abs(error[(one <= 0.05) & (one > 1e-4)]).max(initial=0) < 0.2
        assert np.abs(error[one <= 1e-4]).max(initial=0) < 1.0


@pytest.mark.parametrize("kind", POOLS)
def test_unequal_weights_against_simulation(kind: str) -> None:
    rng = np.random.default_rng(6)
    values = POOLS[kind](rng, 500)
    neighbours = random_weights(500, 6, rng)
    law = permuted_tails(values, neighbours)
    drawn = simulated_tails(values, neighbours, 9_999, rng)
    for one, other in ((law.greater, drawn.greater), (law.less, drawn.less)):
        allowed = 5 * np.sqrt(one * (1 - one) / 10_000) + 0.04 * one + 2e-4
        assert (np.abs(one - other) < allowed).all()


def test_few_cells_against_every_arrangement() -> None:
    """Fourteen cells, four slots: the finite population is a third of the error's scale."""
    rng = np.random.default_rng(7)
    values = rng.gamma(1.0, 1.0, 15)
    matrix = np.zeros((15, 15))
    slots = np.array([1.0, 0.6, 0.35, 0.2])
    rest = np.array([slots @ np.array(p) for p in permutations(np.delete(values, 0), 4)])
    for _ in range(20):
        matrix[0] = 0
        matrix[0, rng.choice(np.arange(1, 15), 4, replace=False)] = slots
        found = saddlepoint_tails(values, scipy.sparse.csr_array(matrix), np.array([0]))
        exact = np.mean(rest >= matrix[0] @ values - 1e-12)
        assert found.greater[0] == pytest.approx(exact, rel=0.35)


def test_sums_at_the_ends() -> None:
    values = np.array([0.0, 0, 0, 0, 0, 0, 0, 5, 7, 9, 1, 2])
    matrix = np.zeros((12, 12))
    matrix[0, [1, 2, 3]] = 1.0, 0.5, 0.25
    matrix[1, [9, 8, 7]] = 1.0, 0.5, 0.25
    found = saddlepoint_tails(values, scipy.sparse.csr_array(matrix), np.array([0, 1, 2]))
    assert found.greater[0] == 1.0
    assert found.less[0] == pytest.approx(6 * 5 * 4 / (11 * 10 * 9))
    assert found.less[1] == pytest.approx(1.0)
    assert 1 / (11 * 10 * 9) / 4 < found.greater[1] < 4 / (11 * 10 * 9)
    assert np.isnan(found.greater[2])


def test_every_other_cell_as_neighbour() -> None:
    rng = np.random.default_rng(8)
    values = rng.normal(size=40)
    matrix = 1.0 / (1.0 + rng.random((40, 40)) * 10)
    np.fill_diagonal(matrix, 0.0)
    weights = scipy.sparse.csr_array(matrix)
    law = permuted_tails(values, weights)
    drawn = simulated_tails(values, weights, 9_999, rng)
    assert np.abs(law.greater - drawn.greater).max() < 0.06


def test_rows_of_either_kind_meet_in_one_result() -> None:
    rng = np.random.default_rng(9)
    values = rng.gamma(1.0, 1.0, 120)
    unequal, equal = random_weights(120, 5, rng), random_weights(120, 5, rng, equal=True)
    mixed = scipy.sparse.csr_array(scipy.sparse.vstack([unequal[:60], equal[60:]]))
    found = permuted_tails(values, mixed)
    assert np.array_equal(found.greater[60:], exact_tails(values, equal).greater[60:])
    assert np.allclose(found.greater[:60], saddlepoint_tails(values, unequal).greater[:60])
    shifted = permuted_tails(3.0 + 2.0 * values, mixed * 0.7)
    assert np.allclose(shifted.greater, found.greater, rtol=0.02)


def test_no_p_is_zero() -> None:
    """The very largest and smallest sums: p is at least that of the arrangement observed."""
    rng = np.random.default_rng(10)
    for pool in POOLS.values():
        values = pool(rng, 120)
        ordered = np.argsort(values)
        matrix = np.zeros((120, 120))
        matrix[ordered[60], ordered[-3:]] = 0.2, 0.5, 1.0
        matrix[ordered[61], ordered[:3]] = 1.0, 0.5, 0.2
        rows = ordered[60:62]
        found = saddlepoint_tails(values, scipy.sparse.csr_array(matrix), rows)
        one = 1 / (119 * 118 * 117)
        assert min(found.greater.min(), found.less.min()) >= one * (1 - 1e-9)
        assert found.greater[0] < 30 * one
        assert found.less[0] > 0.99
