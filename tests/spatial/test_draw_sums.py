"""The law of sums drawn without replacement, against whole-number counting at any depth."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.permutation import draw_sums
from spatial.permutation.draw_sums import draw_tails


def ways_at_least(values: list[int], draws: int, total: int) -> tuple[int, int]:
    """Return how many draws sum to `total` or more, and to `total` or less.

    A polynomial stands in one whole number, a coefficient in every `bits` bits; multiplying by
    ``1 + t z**value`` is a shift and an addition.
    """
    bits = comb(len(values), draws).bit_length() + 8
    rows = [1] + [0] * draws
    for value in values:
        for k in range(draws, 0, -1):
            rows[k] += rows[k - 1] << (value * bits)
    every = (1 << bits) - 1
    above = rows[draws] >> (total * bits)
    below = rows[draws] & ((1 << ((total + 1) * bits)) - 1)
    # A number is its digits' sum modulo one less than the base.
    return above % every, below % every


def city(seed: int, n: int, highest: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = np.floor(rng.gamma(0.4, highest / 8, n)).astype(np.int64)
    values[: n // 200] += rng.integers(highest // 2, highest, n // 200)
    return values


@pytest.mark.parametrize("direct", [True, False])
def test_far_tails_against_whole_numbers(monkeypatch: pytest.MonkeyPatch, direct: bool) -> None:
    """Own cells are ordinary, the largest of all, and one of the hot ones; p from 1 to 1e-31."""
    monkeypatch.setattr(draw_sums, "MOST_DIRECT_WORK", 1e12 if direct else 0)
    values = city(3, 1_000, 300)
    values[7] = 2_000
    order = np.argsort(values)[::-1]
    tests = [
        (own, size, int(values[drawn].sum()))
        for own, size, drawn in (
            (999, 14, order[1:15]),
            (7, 14, order[1:15]),
            (int(order[3]), 14, order[20:34]),
            (998, 6, order[100:106]),
            (997, 9, order[-609:-600]),
        )
    ]
    sizes, totals = np.zeros(1_000, np.int64), np.zeros(1_000, np.int64)
    for own, size, total in tests:
        sizes[own], totals[own] = size, total
    found = draw_tails(values, sizes, totals)
    smallest = 1.0
    for own, size, total in tests:
        above, below = ways_at_least([int(v) for v in np.delete(values, own)], size, total)
        every = comb(999, size)
        exact = float(Fraction(above, every))
        smallest = min(smallest, exact)
        assert found.greater[own] == pytest.approx(exact, rel=1e-5)
        assert found.less[own] == pytest.approx(float(Fraction(below, every)), rel=1e-5)
    assert smallest < 1e-30


def test_large_counts_take_the_transform() -> None:
    values = city(5, 1_200, 40_000)
    assert not draw_sums.is_direct(draw_sums.population_of(values), 4)
    order = np.argsort(values)[::-1]
    sizes, totals = np.zeros(1_200, np.int64), np.zeros(1_200, np.int64)
    tests = {1_199: order[2:6], 1_198: order[50:54], 1_197: order[400:404]}
    for own, drawn in tests.items():
        sizes[own], totals[own] = 4, values[drawn].sum()
    found = draw_tails(values, sizes, totals)
    for own in tests:
        above, _ = ways_at_least([int(v) for v in np.delete(values, own)], 4, int(totals[own]))
        assert found.greater[own] == pytest.approx(above / comb(1_199, 4), rel=1e-5)


def test_far_lower_tails() -> None:
    """All neighbours but few at the bottom of a city that is high everywhere else."""
    values = 200 + city(6, 1_000, 150)
    values[:12] = np.arange(12)
    sizes, totals = np.zeros(1_000, np.int64), np.zeros(1_000, np.int64)
    sizes[100], totals[100] = 11, values[1:12].sum()
    sizes[0], totals[0] = 11, values[1:12].sum()
    found = draw_tails(values, sizes, totals)
    for own in (0, 100):
        _, below = ways_at_least([int(v) for v in np.delete(values, own)], 11, int(totals[own]))
        exact = float(Fraction(below, comb(999, 11)))
        assert exact < 1e-24
        assert found.less[own] == pytest.approx(exact, rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 12), min_size=3, max_size=9),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_every_draw_enumerated(pool: list[int], most: int, random: object, direct: bool) -> None:
    values = np.array(pool)
    rng = np.random.default_rng(random.randrange(2**32))  # type: ignore[attr-defined]
    size = min(most, values.size - 1)
    totals = np.array(
        [rng.choice(np.delete(values, i), size, replace=False).sum() for i in range(values.size)]
    )
    limit, draw_sums.MOST_DIRECT_WORK = draw_sums.MOST_DIRECT_WORK, 1e12 if direct else 0
    try:
        found = draw_tails(values, np.full(values.size, size), totals)
    finally:
        draw_sums.MOST_DIRECT_WORK = limit
    for i, total in enumerate(totals):
        sums = np.array([sum(draw) for draw in combinations(np.delete(values, i), size)])
        assert found.greater[i] == pytest.approx(np.mean(sums >= total), rel=1e-6)
        assert found.less[i] == pytest.approx(np.mean(sums <= total), rel=1e-6)


def test_drawing_every_other_cell_is_certain() -> None:
    values = np.array([4, 0, 7, 7, 1])
    found = draw_tails(values, np.full(5, 4), values.sum() - values)
    assert np.allclose(found.greater, 1.0)
    assert np.allclose(found.less, 1.0)


CITIES = (
    lambda rng, n: rng.poisson(0.3, n),
    lambda rng, n: rng.negative_binomial(0.3, 0.02, n),
    lambda rng, n: np.where(rng.random(n) < 0.03, rng.integers(300, 900, n), rng.poisson(3, n)),
    lambda rng, n: np.rint(rng.normal(100, 15, n)).clip(0).astype(np.int64),
)


@pytest.mark.parametrize("seed", range(12))
def test_transforms_agree_with_positive_products(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Neighbourhoods of many sizes, ordinary and of the very highest and lowest cells, together.

    One tilt serves tests of different size and depth; those it does not suit must notice.
    """
    rng = np.random.default_rng(seed)
    for n, most in ((12, 8), (200, 30), (200, 16), (900, 8)):
        values = CITIES[seed % 4](rng, n)
        sizes, totals = np.zeros(n, np.int64), np.zeros(n, np.int64)
        for own in range(min(n, 60)):
            others = np.delete(np.arange(n), own)
            ordered = others[np.argsort(values[others], kind="stable")]
            size = int(rng.integers(1, min(most, n - 1) + 1))
            drawn = (ordered[-size:], ordered[:size], rng.permutation(others)[:size])[own % 3]
            sizes[own], totals[own] = size, values[drawn].sum()
        found = []
        for work in (1e15, 0):
            monkeypatch.setattr(draw_sums, "MOST_DIRECT_WORK", work)
            found.append(draw_tails(values, sizes, totals))
        assert np.allclose(found[1].greater, found[0].greater, rtol=1e-5, atol=0, equal_nan=True)
        assert np.allclose(found[1].less, found[0].less, rtol=1e-5, atol=0, equal_nan=True)
