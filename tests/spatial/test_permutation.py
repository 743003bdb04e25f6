"""The exact permutation law against enumeration, whole numbers and simulation."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest
import scipy.sparse

from spatial.permutation import can_be_exact, exact_tails, simulated_tails


def random_neighbours(n: int, most: int, rng: np.random.Generator) -> scipy.sparse.csr_array:
    matrix = np.zeros((n, n))
    for i in range(n):
        others = np.delete(np.arange(n), i)
        matrix[i, rng.choice(others, rng.integers(0, most + 1), replace=False)] = 1
    return scipy.sparse.csr_array(matrix)


def test_every_draw_enumerated() -> None:
    rng = np.random.default_rng(4)
    values = np.array([0, 0, 1, 1, 3, 7, 0, 2], dtype=float)
    neighbours = random_neighbours(8, 4, rng)
    found = exact_tails(values, neighbours)
    for i in range(8):
        k, observed = neighbours[[i]].nnz, (neighbours @ values)[i]
        if k == 0:
            assert np.isnan(found.greater[i])
            continue
        sums = [sum(draw) for draw in combinations(np.delete(values, i), k)]
        assert found.greater[i] == pytest.approx(np.mean(np.array(sums) >= observed))
        assert found.less[i] == pytest.approx(np.mean(np.array(sums) <= observed))


def ways_by_sum(values: list[int], draws: int) -> dict[int, int]:
    """Count draws without replacement by their sum, one cell after the other."""
    ways: list[dict[int, int]] = [{0: 1}] + [{} for _ in range(draws)]
    for value in values:
        for k in range(draws, 0, -1):
            for total, number in ways[k - 1].items():
                ways[k][total + value] = ways[k].get(total + value, 0) + number
    return ways[draws]


def test_far_tails_are_exact_in_whole_numbers() -> None:
    rng = np.random.default_rng(9)
    values = rng.negative_binomial(1, 0.25, 4_000).astype(float)
    values[:13] = [60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 70, 70]
    matrix = scipy.sparse.lil_array((4_000, 4_000))
    matrix[100, 0:12] = 1
    matrix[0, 1:13] = 1
    found = exact_tails(values, scipy.sparse.csr_array(matrix))
    for cell, drawn in ((100, range(12)), (0, range(1, 13))):
        observed = int(sum(values[i] for i in drawn))
        ways = ways_by_sum([int(v) for v in np.delete(values, cell)], 12)
        extreme = sum(number for total, number in ways.items() if total >= observed)
        exact = Fraction(extreme, comb(3_999, 12))
        assert exact < Fraction(1, 10**27)
        assert found.greater[cell] == pytest.approx(float(exact), rel=1e-10)


def test_simulation_agrees_with_the_exact_law() -> None:
    rng = np.random.default_rng(11)
    values = rng.poisson(2.0, 300).astype(float)
    neighbours = random_neighbours(300, 6, rng)
    exact = exact_tails(values, neighbours)
    simulated = simulated_tails(values, neighbours, 1_999, rng)
    for one, other in ((exact.greater, simulated.greater), (exact.less, simulated.less)):
        assert np.array_equal(np.isnan(one), np.isnan(other))
        error = np.abs(one - other) / np.sqrt(one * (1 - one) / 2_000 + 1e-6)
        assert np.nanmax(error) < 5
        assert np.nanmean(error) < 1.1


def test_simulation_takes_any_weights_and_repeats_with_its_seed() -> None:
    rng = np.random.default_rng(12)
    values = rng.normal(size=80)
    neighbours = random_neighbours(80, 5, rng) * 0.37
    assert not can_be_exact(values, neighbours)
    one, other = (
        simulated_tails(values, neighbours, 99, np.random.default_rng(1)) for _ in range(2)
    )
    assert np.array_equal(one.greater, other.greater, equal_nan=True)
    assert np.nanmin(one.greater) >= 1 / 100


def test_what_takes_too_long_is_not_called_exact() -> None:
    rng = np.random.default_rng(13)
    ring = scipy.sparse.csr_array(np.roll(np.eye(500), 1, axis=1))
    assert can_be_exact(rng.poisson(30.0, 500).astype(float), ring)
    assert not can_be_exact(np.floor(rng.random(500) * 1e9), ring)
