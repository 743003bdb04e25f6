"""The permutation law of any values against enumeration, simulation and properties."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.permutation.conditional import (
    can_be_exact,
    drawn_moments,
    exact_tails,
    permuted_tails,
    pooled_tails,
)
from spatial.permutation.shuffles import simulated_tails
from spatial.permutation.value_grid import on_grid


def random_neighbours(n: int, most: int, rng: np.random.Generator) -> scipy.sparse.csr_array:
    matrix = np.zeros((n, n))
    for i in range(n):
        others = np.delete(np.arange(n), i)
        matrix[i, rng.choice(others, rng.integers(0, most + 1), replace=False)] = 1
    return scipy.sparse.csr_array(matrix)


POOLS = {
    "counts": lambda rng, n: rng.negative_binomial(0.5, 0.1, n).astype(float),
    "rates, many zero": lambda rng, n: np.where(rng.random(n) < 0.7, 0, rng.gamma(0.5, 1, n)),
    "skewed": lambda rng, n: rng.lognormal(0, 2.5, n),
    "residuals": lambda rng, n: rng.standard_t(2, n),
    "few levels": lambda rng, n: rng.choice([-0.7, 0.1, 0.4], n),
}


@pytest.mark.parametrize("kind", POOLS)
def test_every_draw_enumerated(kind: str) -> None:
    rng = np.random.default_rng(4)
    values = POOLS[kind](rng, 18)
    neighbours = random_neighbours(18, 5, rng)
    found = exact_tails(values, neighbours)
    for i in range(18):
        k, observed = neighbours[[i]].nnz, (neighbours @ values)[i]
        if k == 0:
            assert np.isnan(found.greater[i])
            continue
        sums = np.array([sum(draw) for draw in combinations(np.delete(values, i), k)])
        slack = 1e-9 * np.abs(sums).max()
        # Rounding to the grid moves what lies within its steps of the observed sum, no more.
        close = np.mean(np.abs(sums - observed) < k * on_grid(values, 5).step)
        for tail, exact in (
            (found.greater[i], np.mean(sums >= observed - slack)),
            (found.less[i], np.mean(sums <= observed + slack)),
        ):
            assert tail == pytest.approx(exact, rel=2e-3, abs=close)


@pytest.mark.parametrize("kind", POOLS)
def test_simulation_agrees_with_the_law(kind: str) -> None:
    rng = np.random.default_rng(11)
    values = POOLS[kind](rng, 400)
    neighbours = random_neighbours(400, 7, rng)
    law = permuted_tails(values, neighbours)
    simulated = simulated_tails(values, neighbours, 3_999, rng)
    for one, other in ((law.greater, simulated.greater), (law.less, simulated.less)):
        assert np.array_equal(np.isnan(one), np.isnan(other))
        # Under the law, (count + 1) of 4,000 has these mean and deviation.
        scaled = (other - one) / np.sqrt(one * (1 - one) / 4_000 + 1e-7)
        assert np.nanmax(np.abs(scaled)) < 5
        assert abs(np.nanmean(scaled)) < 0.25
        assert np.nanstd(scaled) < 1.15


def test_small_sums_of_skewed_values_are_not_lumped() -> None:
    """Values over twelve orders of magnitude: sums near zero keep their own resolution."""
    rng = np.random.default_rng(2)
    values = np.exp(rng.normal(0, 6, 200))
    neighbours = random_neighbours(200, 3, rng)
    found = exact_tails(values, neighbours)
    for i in np.flatnonzero(np.diff(neighbours.indptr) == 2):
        observed = (neighbours @ values)[i]
        sums = np.array([sum(draw) for draw in combinations(np.delete(values, i), 2)])
        assert found.less[i] == pytest.approx(np.mean(sums <= observed * (1 + 1e-12)), rel=0.01)


numbers = st.lists(st.integers(0, 30), min_size=6, max_size=25)


@settings(max_examples=40, deadline=None)
@given(numbers, st.floats(-50, 50), st.floats(0.01, 100), st.integers(0, 2**32 - 1))
def test_shift_scale_order_and_weight_change_no_p(
    pool: list[int], shift: float, scale: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    values = np.array(pool, dtype=float)
    neighbours = random_neighbours(values.size, 4, rng)
    plain = permuted_tails(values, neighbours)
    moved = permuted_tails(shift + scale * values, neighbours * 0.37)
    assert np.allclose(moved.greater, plain.greater, rtol=1e-6, equal_nan=True)
    assert np.allclose(moved.less, plain.less, rtol=1e-6, equal_nan=True)
    order = rng.permutation(values.size)
    shuffled = permuted_tails(values[order], neighbours[order][:, order])
    assert np.allclose(shuffled.greater, plain.greater[order], rtol=1e-6, equal_nan=True)
    turned = permuted_tails(-values, neighbours)
    assert np.allclose(turned.greater, plain.less, rtol=1e-6, equal_nan=True)


def test_tails_overlap_in_the_observed_sum_only() -> None:
    rng = np.random.default_rng(8)
    values = rng.gamma(1.0, 3.0, 300)
    tails = permuted_tails(values, random_neighbours(300, 6, rng))
    assert np.nanmax(np.abs(tails.greater + tails.less - 1)) < 0.02
    assert np.nanmin(tails.greater + tails.less) >= 1 - 1e-3


def test_a_pool_of_cells_and_periods_is_one_population() -> None:
    rng = np.random.default_rng(3)
    cube = rng.poisson(2.0, (30, 4)).astype(float)
    ring = scipy.sparse.csr_array(np.roll(np.eye(30), 1, axis=1) + np.roll(np.eye(30), -1, axis=1))
    found = pooled_tails(cube.ravel(), np.full(120, 2), lambda x: (ring @ x.reshape(30, 4)).ravel())
    whole = scipy.sparse.csr_array(scipy.sparse.kron(ring, scipy.sparse.eye_array(4)))
    assert np.allclose(found.greater, exact_tails(cube.ravel(), whole).greater)


def test_moments_are_those_of_all_draws() -> None:
    rng = np.random.default_rng(5)
    values = rng.gamma(1.0, 2.0, 9)
    neighbours = random_neighbours(9, 3, rng)
    mean, variance = drawn_moments(values[:, None], neighbours)
    for i in range(9):
        k = neighbours[[i]].nnz
        sums = [sum(draw) for draw in combinations(np.delete(values, i), k)]
        assert mean[i, 0] == pytest.approx(np.mean(sums))
        assert variance[i, 0] == pytest.approx(np.var(sums))


def test_grids_of_counts_multiples_and_other_values() -> None:
    rng = np.random.default_rng(6)
    ring = scipy.sparse.csr_array(np.roll(np.eye(50), 1, axis=1))
    counts = rng.poisson(5.0, 50).astype(float)
    assert can_be_exact(counts, ring)
    assert can_be_exact(0.3 * counts - 1.7, ring)
    assert not can_be_exact(rng.normal(size=50), ring)
    assert not can_be_exact(counts, ring + scipy.sparse.csr_array(0.5 * np.roll(np.eye(50), 2, 1)))
    assert not can_be_exact(np.floor(rng.random(50) * 1e12), ring)
