"""Emerging hot spots: bins against loops and peers, calibration, and results keyed by cell."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import esda
import libpysal
import numpy as np
import pymannkendall
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from spatial import EmergingCategory, build_cube, emerging_hot_spots
from spatial.count_laws.dispersion import Dispersion
from spatial.cube import Cube

Matrix = scipy.sparse.csr_array


def line(n: int) -> Matrix:
    """Return cells in a row, each with its next ones and itself."""
    return scipy.sparse.csr_array(np.eye(n) + np.eye(n, k=1) + np.eye(n, k=-1))


def lattice(side: int) -> Matrix:
    """Return a square of cells with up to six neighbours each, as on a hexagonal grid."""
    row, column = np.divmod(np.arange(side * side), side)
    steps = (row[:, None] - row[None, :], column[:, None] - column[None, :])
    near = (np.abs(steps[0]) <= 1) & (np.abs(steps[1]) <= 1) & (np.abs(steps[0] + steps[1]) <= 1)
    return scipy.sparse.csr_array(near.astype(float))


def members(weights: Matrix, steps: int, k: int) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Return the bins of each bin's neighbourhood, itself among them."""
    dense = weights.toarray()
    return {
        (i, t): [
            (j, u)
            for j in range(dense.shape[0])
            if dense[i, j] > 0
            for u in range(max(0, t - k), t + 1)
        ]
        for i in range(dense.shape[0])
        for t in range(steps)
    }


def step_up_q(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return q-values by Benjamini and Hochberg's step-up rule, test by test."""
    flat = p.ravel()
    q = [
        min(min(1.0, other * flat.size / (flat <= other).sum()) for other in flat[flat >= mine])
        for mine in flat
    ]
    return np.array(q).reshape(p.shape)


def draw_law(pool: list[int], drawn: int) -> dict[int, Fraction]:
    """Return the law of the sum of draws without replacement, in whole numbers."""
    ways: dict[tuple[int, int], int] = {(0, 0): 1}
    for value in sorted(set(pool)):
        held, grown = pool.count(value), {}
        for (n, total), count in ways.items():
            for m in range(min(held, drawn - n) + 1):
                key = (n + m, total + m * value)
                grown[key] = grown.get(key, 0) + count * comb(held, m)
        ways = grown
    all_ways = comb(len(pool), drawn)
    return {total: Fraction(c, all_ways) for (n, total), c in ways.items() if n == drawn}


@pytest.mark.parametrize("k", [0, 1, 2])
def test_bins_against_a_count_of_all_draws(k: int) -> None:
    rng = np.random.default_rng(k)
    cube = rng.poisson(0.8, (7, 4))
    cube[3, 2] = 6
    weights = line(7)
    p = np.empty((2, 7, 4))
    for (i, t), bins in members(weights, 4, k).items():
        others = sum(int(cube[b]) for b in bins) - int(cube[i, t])
        pool = cube.ravel().tolist()
        pool.remove(int(cube[i, t]))
        law = draw_law(pool, len(bins) - 1)
        p[0, i, t] = float(sum(mass for total, mass in law.items() if total >= others))
        p[1, i, t] = float(sum(mass for total, mass in law.items() if total <= others))
    q = step_up_q(p)
    found = emerging_hot_spots(cube, weights, k=k, alpha=0.3)
    assert found.q_value == pytest.approx(q.min(axis=0), rel=1e-5)
    assert np.array_equal(found.level, (q[0] <= 0.3).astype(int) - (q[1] <= 0.3).astype(int))


@pytest.mark.filterwarnings("ignore:The weights matrix is not fully connected")
@pytest.mark.parametrize("k", [0, 1])
def test_z_is_that_of_esda_over_space_and_time(k: int) -> None:
    cube = np.random.default_rng(5).poisson(3, (16, 5))
    near = members(lattice(4), 5, k)
    number = {bin_: n for n, bin_ in enumerate(near)}
    neighbours = {number[b]: [number[o] for o in bins if o != b] for b, bins in near.items()}
    w = libpysal.weights.W(neighbours, silence_warnings=True)
    peer = esda.G_Local(cube.ravel().astype(float), w, transform="B", permutations=0, star=True)
    found = emerging_hot_spots(cube, lattice(4), k=k)
    assert found.z.ravel() == pytest.approx(peer.Zs, rel=1e-9)


def test_normal_null_is_its_z() -> None:
    cube = np.random.default_rng(6).normal(size=(16, 6))
    found = emerging_hot_spots(cube, lattice(4), null="normal")
    p = np.stack([stats.norm.sf(found.z), stats.norm.cdf(found.z)])
    assert found.q_value == pytest.approx(step_up_q(p).min(axis=0), rel=1e-9)


def test_unequal_weights_and_simulation_take_the_same_bins() -> None:
    cube = np.random.default_rng(9).poisson(2, (16, 6))
    cube[5, 4:] = 30
    weights = lattice(4)
    exact = emerging_hot_spots(cube, weights, alpha=0.2)
    simulated = emerging_hot_spots(
        cube, weights, alpha=0.2, n_permutations=4_999, rng=np.random.default_rng(1)
    )
    assert np.array_equal(simulated.z, exact.z)
    assert simulated.q_value == pytest.approx(exact.q_value, abs=0.1)
    # Values without ties, so that weights that hardly differ give p-values that hardly do.
    rates, uneven = np.random.default_rng(9).gamma(2, 1, (16, 6)), weights.copy()
    uneven.data = 1.0 + 1e-9 * np.arange(uneven.nnz)
    even = emerging_hot_spots(rates, weights)
    approximate = emerging_hot_spots(rates, uneven, rng=np.random.default_rng(2))
    assert approximate.z == pytest.approx(even.z, rel=1e-5)
    assert approximate.q_value == pytest.approx(even.q_value, abs=0.1)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_poisson_bins_against_their_expected_totals(k: int) -> None:
    rng = np.random.default_rng(4)
    expected = rng.gamma(2, 1, (9, 5))
    cube = rng.poisson(expected)
    p, z = np.empty((2, 9, 5)), np.empty((9, 5))
    for b, bins in members(line(9), 5, k).items():
        observed, mean = sum(cube[o] for o in bins), sum(expected[o] for o in bins)
        p[0][b], p[1][b] = stats.poisson.sf(observed - 1, mean), stats.poisson.cdf(observed, mean)
        z[b] = (observed - mean) / np.sqrt(mean)
    found = emerging_hot_spots(cube, line(9), k=k, null="poisson", expected=expected)
    assert found.z == pytest.approx(z)
    assert found.q_value == pytest.approx(step_up_q(p).min(axis=0))


def test_a_place_differs_for_the_whole_window() -> None:
    # Lasting unevenness: the window's counts of one cell share their rate, so the window of a
    # lone cell is one negative binomial count, not the sum of two independent ones.
    cube = np.array([[4, 3, 9, 0], [0, 1, 2, 2]])
    expected, phi = np.full((2, 4), 2.0), 0.4
    found = emerging_hot_spots(
        cube,
        scipy.sparse.csr_array(np.eye(2)),
        null="negative_binomial",
        expected=expected,
        dispersion=phi,
    )
    p = np.empty((2, 2, 4))
    for i in range(2):
        for t in range(4):
            observed, mean = cube[i, max(0, t - 1) : t + 1].sum(), 2.0 * (1 + (t > 0))
            law = stats.nbinom(1 / phi, 1 / (1 + phi * mean))
            p[:, i, t] = law.sf(observed - 1), law.cdf(observed)
            assert found.z[i, t] == pytest.approx((observed - mean) / np.sqrt(mean + phi * mean**2))
    assert found.q_value == pytest.approx(step_up_q(p).min(axis=0), rel=1e-6)
    assert found.dispersion == phi


def test_places_that_differ_for_good_are_no_hot_spots() -> None:
    # Full size: benchmarks/emerging_calibration.py. Months taken for independent find hundreds.
    for seed in (1, 2, 3):
        rng = np.random.default_rng(seed)
        expected = np.tile(20 * rng.gamma(1, 1, (900, 1)), 12)
        cube = rng.poisson(expected * rng.gamma(1 / 0.6, 0.6, (900, 1)))
        found = emerging_hot_spots(cube, lattice(30), null="negative_binomial", expected=expected)
        assert not found.level.any()


def test_dispersion_is_estimated_from_single_bins_or_given() -> None:
    rng = np.random.default_rng(2)
    expected = np.full((400, 6), 3.0)
    cube = rng.negative_binomial(2.5, 2.5 / 5.5, (400, 6))
    arguments = {"null": "negative_binomial", "expected": expected}
    estimated = emerging_hot_spots(cube, lattice(20), **arguments)
    assert estimated.dispersion == pytest.approx(0.4, abs=0.1)
    given_one = emerging_hot_spots(
        cube, lattice(20), dispersion=Dispersion.known(estimated.dispersion or 0), **arguments
    )
    assert given_one.z == pytest.approx(estimated.z)


def test_trend_of_arcgis_is_the_plain_test_of_z() -> None:
    cube = np.random.default_rng(3).poisson(4, (25, 14))
    found = emerging_hot_spots(cube, lattice(5), trend_variance="independent")
    for i in range(25):
        peer = pymannkendall.original_test(found.z[i])
        assert (found.trend_s[i], found.trend_z[i]) == pytest.approx((peer.s, peer.z))
        assert found.trend_p[i] == pytest.approx(peer.p)


def plain_word(levels: list[int], trend: int) -> str:
    """Return a hot word by reading the published rules aloud; cold ones by turning signs."""
    for side, name in ((1, "HOT"), (-1, "COLD")):
        hot = [level == side for level in levels]
        cold = [level == -side for level in levels]
        share, last, before = sum(hot) / len(hot), hot[-1], any(hot[:-1])
        run = next((n for n, h in enumerate(hot[::-1]) if not h), len(hot))
        if last and not before:
            return f"NEW_{name}"
        if last and run >= 2 and not any(hot[: len(hot) - run]) and share < 0.9:
            return f"CONSECUTIVE_{name}"
        if share >= 0.9 and last and trend == side:
            return f"INTENSIFYING_{name}"
        if share >= 0.9 and trend == 0:
            return f"PERSISTENT_{name}"
        if share >= 0.9 and last and trend == -side:
            return f"DIMINISHING_{name}"
        if last and share < 0.9 and not any(cold):
            return f"SPORADIC_{name}"
        if last and share < 0.9 and any(cold):
            return f"OSCILLATING_{name}"
        if not last and share >= 0.9:
            return f"HISTORICAL_{name}"
    return "NO_PATTERN"


def labelled_cube() -> NDArray[np.int64]:
    """Return blocks of a lattice of 14 with courses of many kinds over twelve steps."""
    step = np.arange(12)
    courses = [
        100 + 12 * step, 240 - 12 * step, np.full(12, 150), np.where(step == 11, 150, 50),
        np.where(step >= 8, 150, 50), np.where(step % 3 == 2, 150, 50),
        np.where(step < 11, 150, 50),
        np.where(step % 4 == 3, 150, 5), np.full(12, 5), np.where(step == 11, 5, 50),
        np.where(step >= 9, 5, 50), np.where(step % 3 == 2, 5, 50),
    ]  # fmt: skip
    mean = np.full((14, 14, 12), 50.0)
    for place, course in enumerate(courses):
        row, column = 4 * (place // 4), 4 * (place % 4) - (place % 4 == 3)
        mean[row : row + 3, column : column + 3] = course
    return np.random.default_rng(8).poisson(mean).reshape(196, 12)


@pytest.mark.parametrize("k", [0, 1])
def test_labels_of_arcgis_by_plain_loops(k: int) -> None:
    cube, weights = labelled_cube(), lattice(14)
    bins, mean, spread = cube.size, cube.mean(), cube.std()
    z = np.empty(cube.shape)
    for (i, t), near in members(weights, cube.shape[1], k).items():
        n = len(near)
        total = sum(cube[j, u] for j, u in near)
        z[i, t] = (total - n * mean) / (spread * np.sqrt((bins * n - n * n) / (bins - 1)))
    p = np.stack([stats.norm.sf(z), stats.norm.cdf(z)]).ravel()
    order = np.argsort(p)
    passed = np.flatnonzero(p[order] <= 0.05 * np.arange(1, p.size + 1) / p.size)
    found = np.zeros(p.size, dtype=bool)
    found[order[: passed.max() + 1]] = True
    hot, cold = found.reshape(2, *cube.shape)
    words = []
    for i in range(len(cube)):
        test = pymannkendall.original_test(z[i], alpha=0.05)
        trend = {"increasing": 1, "decreasing": -1, "no trend": 0}[test.trend]
        words.append(plain_word((hot[i].astype(int) - cold[i]).tolist(), trend))
    result = emerging_hot_spots(cube, weights, k=k, null="normal", trend_variance="independent")
    assert [EmergingCategory(code).name for code in result.category] == words
    assert len(set(words)) >= 8


def test_look_back_does_not_inflate_the_trend_of_a_cube() -> None:
    # Full size: benchmarks/trend_calibration.py.
    rng = np.random.default_rng(12)
    apart = scipy.sparse.csr_array(np.eye(4_000))
    for cube in (rng.normal(size=(4_000, 24)), rng.poisson(5, (4_000, 24))):
        window = emerging_hot_spots(cube, apart, k=1, null="normal")
        plain = emerging_hot_spots(cube, apart, k=1, null="normal", trend_variance="independent")
        assert 0.04 <= (window.trend_p <= 0.05).mean() <= 0.06
        assert (plain.trend_p <= 0.05).mean() > 0.12


def test_a_steady_hot_cell_in_a_growing_city_does_not_intensify() -> None:
    rng = np.random.default_rng(8)
    expected = np.tile(np.linspace(30, 60, 24), (500, 1))
    cube = rng.poisson(2 * expected)
    alone = scipy.sparse.csr_array(np.eye(500))
    arguments = {"null": "poisson", "expected": expected}
    found = emerging_hot_spots(cube, alone, **arguments)
    assert (found.category == EmergingCategory.PERSISTENT_HOT).mean() > 0.92
    by_z = emerging_hot_spots(cube, alone, trend_variance="independent", **arguments)
    assert (by_z.category == EmergingCategory.INTENSIFYING_HOT).mean() > 0.5


def test_the_words_come_out_of_counts() -> None:
    wanted = {
        "NEW_HOT": [1] * 11 + [9],
        "CONSECUTIVE_HOT": [1] * 9 + [9, 9, 9],
        "INTENSIFYING_HOT": list(range(6, 30, 2)),
        "PERSISTENT_HOT": [9, 8] * 6,
        "DIMINISHING_HOT": list(range(30, 6, -2)),
        "SPORADIC_HOT": [1, 9, 1, 9, 9, 1, 1, 9, 1, 1, 9, 9],
        "OSCILLATING_HOT": [1, 9, 0, 0, 9, 0, 1, 9, 1, 1, 9, 9],
        "HISTORICAL_HOT": [*range(40, 7, -3), 1],
        "NO_PATTERN": [1, 1, 1.5, 0.5, 1, 1, 1.5, 1, 1, 1, 0.5, 1],
    }
    scale = 8
    cube = np.array(list(wanted.values())) * scale
    expected = np.full(cube.shape, float(scale))
    apart = scipy.sparse.csr_array(np.eye(len(cube)))
    found = emerging_hot_spots(cube, apart, k=0, null="poisson", expected=expected)
    assert [EmergingCategory(int(c)).name for c in found.category] == list(wanted)
    assert found.hot_steps.tolist()[:3] == [1, 3, 12]
    assert found.hot_share[0] == pytest.approx(1 / 12)
    assert found.cold_share[6] == pytest.approx(found.cold_steps[6] / 12)


def sample_cube(seed: int) -> NDArray[np.int64]:
    """Return a cube with hot, cold and changing cells."""
    rng = np.random.default_rng(seed)
    cube = rng.poisson(4, (36, 12))
    cube[:8] += rng.poisson(np.linspace(0, 12, 12), (8, 12))
    cube[20:26, ::3] = 0
    return cube


PER_CELL = ("category", "hot_steps", "cold_steps", "tested_steps", "trend_s", "trend_z", "trend_p")
PER_BIN = ("level", "z", "rate", "q_value")


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(36)), st.sampled_from(["permutation", "poisson"]))
def test_results_follow_their_cells(order: list[int], null: str) -> None:
    cube, weights, ids = sample_cube(1), lattice(6), np.arange(500, 536)
    expected = None if null == "permutation" else np.tile(np.arange(2.0, 14.0), (36, 1))
    before = emerging_hot_spots(cube, weights, cells=ids, null=null, expected=expected, alpha=0.2)
    after = emerging_hot_spots(
        cube[order],
        weights[order][:, order],
        cells=ids[order],
        null=null,
        expected=expected,
        alpha=0.2,
    )
    assert np.array_equal(after.cells, before.cells[order])
    for name in (*PER_CELL, *PER_BIN):
        if name in ("z", "q_value"):
            assert getattr(after, name) == pytest.approx(getattr(before, name)[order], rel=1e-9)
        else:
            assert np.array_equal(getattr(after, name), getattr(before, name)[order])
    assert all(after.category_of(cell) == before.category_of(cell) for cell in ids)


@given(st.integers(1, 9), st.integers(1, 5))
@settings(max_examples=15, deadline=None)
def test_a_constant_or_a_unit_changes_nothing(add: int, unit: int) -> None:
    cube = sample_cube(2)
    before = emerging_hot_spots(cube, lattice(6), alpha=0.2)
    after = emerging_hot_spots(cube * unit + add, lattice(6), alpha=0.2)
    for name in ("category", "level", "trend_s", "trend_p"):
        assert np.array_equal(getattr(after, name), getattr(before, name))
    assert after.q_value == pytest.approx(before.q_value, rel=1e-4)


@pytest.mark.parametrize("plus", [1e6, 1e8])
def test_a_large_constant_changes_no_z(plus: float) -> None:
    cube = sample_cube(2)
    for variance in ("window", "independent"):
        before = emerging_hot_spots(cube, lattice(6), null="normal", trend_variance=variance)
        after = emerging_hot_spots(cube + plus, lattice(6), null="normal", trend_variance=variance)
        assert after.z == pytest.approx(before.z, abs=1e-6)
        assert np.array_equal(after.trend_s, before.trend_s)


def test_a_mirrored_cube_has_mirrored_words() -> None:
    cube = sample_cube(3)
    before = emerging_hot_spots(cube, lattice(6), alpha=0.2)
    after = emerging_hot_spots(cube.max() - cube, lattice(6), alpha=0.2)
    assert len(set(before.category.tolist())) > 3
    assert np.array_equal(after.category, -before.category)
    assert np.array_equal(after.trend_z, -before.trend_z)


def test_each_step_twice_keeps_the_share_of_hot_steps() -> None:
    expected = np.full((36, 12), 4.0)
    once = emerging_hot_spots(sample_cube(4), lattice(6), k=0, null="poisson", expected=expected)
    twice = emerging_hot_spots(
        np.repeat(sample_cube(4), 2, axis=1),
        lattice(6),
        k=0,
        null="poisson",
        expected=np.repeat(expected, 2, axis=1),
    )
    assert once.hot_steps.sum() > 5
    assert twice.hot_share == pytest.approx(once.hot_share)


def test_a_cube_brings_its_cells() -> None:
    rng = np.random.default_rng(5)
    reports, steps = rng.choice([40, 10, 30, 20], 300), rng.integers(0, 6, 300)
    reports[steps == 5] = 30
    cube = build_cube(reports, steps, 6)
    apart = scipy.sparse.csr_array(np.eye(4))
    found = emerging_hot_spots(cube, apart, null="poisson", expected=np.full((4, 6), 13.0))
    assert found.cells.tolist() == [10, 20, 30, 40]
    assert found.category_of(30) == EmergingCategory.NEW_HOT
    assert found.category_of(20) < 0
    with pytest.raises(KeyError):
        found.category_of(31)
    with pytest.raises(ValueError, match="cells: the cube has its own"):
        emerging_hot_spots(cube, line(4), cells=[1, 2, 3, 4])


def test_islands_are_not_tested() -> None:
    weights = scipy.sparse.lil_array(lattice(5).toarray())
    weights[7, :], weights[:, 7] = 0, 0
    weights[7, 7] = 1
    cube = np.random.default_rng(1).poisson(3, (25, 6))
    cube[7] = 90
    for arguments in ({}, {"null": "poisson", "expected": np.full((25, 6), 3.0)}):
        found = emerging_hot_spots(cube, scipy.sparse.csr_array(weights), **arguments)
        assert found.category[7] == EmergingCategory.NOT_TESTED
        assert found.tested_steps[7] == 0
        assert np.isnan(found.hot_share[7])
        assert np.isnan(found.trend_p[7])
        for name in ("z", "rate", "q_value"):
            assert np.isnan(getattr(found, name)[7]).all()
        assert (np.delete(found.category, 7) != EmergingCategory.NOT_TESTED).all()


def test_unknown_expected_counts_leave_steps_out() -> None:
    rng = np.random.default_rng(6)
    expected = np.full((25, 8), 5.0)
    cube = rng.poisson(expected)
    cube[12] += 60
    expected[12, :3], expected[3] = np.nan, np.nan
    found = emerging_hot_spots(cube, lattice(5), null="poisson", expected=expected)
    assert found.category[3] == EmergingCategory.NOT_TESTED
    assert (found.tested_steps[12], found.hot_steps[12]) == (5, 5)
    assert np.isnan(found.z[12, :3]).all()
    assert found.category[12] in (3, 4, 5)
    cube[3] = 10_000
    again = emerging_hot_spots(cube, lattice(5), null="poisson", expected=expected)
    assert np.array_equal(again.z, found.z, equal_nan=True)


def test_weights_without_a_diagonal_get_one() -> None:
    cube = sample_cube(7)
    bare = lattice(6) - scipy.sparse.eye_array(36, format="csr")
    bare.eliminate_zeros()
    with_own, without = (emerging_hot_spots(cube, w) for w in (lattice(6), bare))
    assert np.array_equal(with_own.z, without.z)


def test_expected_counts_that_are_not_used_are_warned_of() -> None:
    with pytest.warns(UserWarning, match="uneven population alone"):
        emerging_hot_spots(sample_cube(7), lattice(6), expected=np.ones((36, 12)))


def test_residuals_may_be_negative_whole_numbers() -> None:
    cube = sample_cube(2)
    for null in ("permutation", "normal"):
        counts, residuals = (
            emerging_hot_spots(each, lattice(6), null=null) for each in (cube, cube - 7)
        )
        assert np.array_equal(counts.category, residuals.category)


def test_inputs_stay_as_they_were() -> None:
    cube, weights, expected = sample_cube(8), lattice(6), np.full((36, 12), 4.0)
    copies = cube.copy(), weights.copy(), expected.copy()
    for array in (cube, expected, weights.data, weights.indices, weights.indptr):
        array.flags.writeable = False
    emerging_hot_spots(cube, weights)
    emerging_hot_spots(cube, weights, null="negative_binomial", expected=expected)
    assert np.array_equal(cube, copies[0])
    assert (weights != copies[1]).nnz == 0
    assert np.array_equal(expected, copies[2])


CUBE = np.arange(12).reshape(4, 3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cube": CUBE[:, :2]}, "cube: needs at least 3 steps, found 2"),
        ({"cube": CUBE[0]}, "cube: expected cells x steps, found shape"),
        (
            {"cube": CUBE - 1, "null": "poisson", "expected": CUBE},
            "cube: no value may be negative, found -1.0",
        ),
        ({"cube": Cube(np.arange(4), CUBE - 1, 0)}, "cube: no value may be negative"),
        ({"cube": CUBE.astype(str)}, "cube: expected numbers, found .'0'"),
        ({"k": np.nan}, "k: expected a whole number from 0 to 2, found nan"),
        ({"dispersion": 0.1}, "dispersion: only the negative_binomial null takes it, found 0.1"),
        ({"null": "normal", "n_permutations": 9}, "n_permutations: only the permutation null"),
        (
            {"cube": np.where(CUBE == 4, np.nan, CUBE)},
            "cube: every value must be finite, found nan",
        ),
        ({"cube": np.full((4, 3), 7)}, r"cube: all values equal 7\.0"),
        ({"cube": CUBE + 0.5, "null": "poisson", "expected": CUBE}, "cube: counts must be whole"),
        ({"weights": line(5)}, "weights: expected a square of 4 cells"),
        ({"weights": line(4) * -1}, "weights: every weight must be finite and not negative"),
        ({"weights": scipy.sparse.csr_array(np.diag([1.0, 0, 1, 1]))}, "weights: the diagonal"),
        ({"weights": line(4) * 0.5, "null": "poisson", "expected": CUBE}, "weights: .* 0 and 1"),
        ({"null": "poisson"}, "expected: the poisson null needs expected counts"),
        ({"null": "poisson", "expected": CUBE[:, :2]}, "expected: must have the shape"),
        (
            {"null": "poisson", "expected": np.where(CUBE == 4, 0, 1.0)},
            r"expected: must be positive.*found 0 and 4 cases at \[1 1\]",
        ),
        ({"null": "poisson", "expected": -CUBE}, "expected: values must be NaN"),
        ({"null": "binomial"}, "null: expected one of"),
        ({"trend_variance": "hamed_rao"}, "trend_variance: expected one of window, independent"),
        ({"k": -1}, "k: expected a whole number from 0 to 2, found -1"),
        ({"k": 3}, "k: expected a whole number from 0 to 2, found 3"),
        ({"k": 0.5}, "k: expected a whole number from 0 to 2, found 0.5"),
        ({"alpha": 0}, "alpha: expected a level between 0 and 1, found 0"),
        ({"trend_alpha": 1.5}, "trend_alpha: expected a level between 0 and 1, found 1.5"),
        ({"cells": [1, 2, 3]}, "cells: expected 4 ids"),
        ({"cells": [1, 2, 2, 3]}, "cells: every cell may be given only once"),
    ],
)
def test_bad_input_is_named(changes: dict[str, object], message: str) -> None:
    arguments = {"cube": CUBE, "weights": line(4), **changes}
    with pytest.raises(ValueError, match=message):
        emerging_hot_spots(**arguments)  # type: ignore[arg-type]
