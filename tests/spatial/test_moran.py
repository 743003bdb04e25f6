"""Moran's I: published values, a peer library, plain formulas and properties."""

from __future__ import annotations

import warnings
from itertools import permutations
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from spatial import benjamini_hochberg, hex_weights, local_moran, moran, standardised_rates
from spatial.grid import cells_of_polygon
from tests.spatial.peers import published_map, row_standardised

RING = scipy.sparse.csr_array(np.roll(np.eye(9), 1, axis=1) + np.roll(np.eye(9), -1, axis=1))


def test_published_values_of_homicides_and_infant_deaths() -> None:
    """GeoDa's and PySAL's documented figures; their p is one-sided here."""
    columns, weights, _ = published_map("stl")
    found = moran(columns["HR8893"], row_standardised(weights), null="normality")
    assert found.statistic == pytest.approx(0.24365582621771659, abs=1e-12)
    assert found.p_value == pytest.approx(0.00013573931385468807, rel=1e-6)
    columns, weights, _ = published_map("sids2")
    found = moran(columns["SIDR74"], row_standardised(weights), null="normality")
    assert found.statistic == pytest.approx(0.24772519320480135, abs=1e-12)
    assert found.p_value == pytest.approx(5.7916539074498452e-05, rel=1e-6)
    rates = standardised_rates(columns["SID79"], columns["BIR79"])
    found = moran(rates, row_standardised(weights), null="normality")
    assert found.statistic == pytest.approx(0.16622343552567395, abs=1e-12)
    assert found.p_value == pytest.approx(0.004191499504892171, rel=1e-6)


MAPS = [("sids2", "SIDR74"), ("stl", "HR8893"), ("stl", "RDAC85"), ("columbus", "CRIME")]


@pytest.mark.parametrize(("name", "column"), MAPS)
def test_global_values_are_those_of_esda(name: str, column: str) -> None:
    esda = pytest.importorskip("esda")
    columns, weights, graph = published_map(name)
    peer = esda.Moran(columns[column], graph, permutations=0)
    found = moran(columns[column], row_standardised(weights), alternative="two-sided")
    assert found.statistic == pytest.approx(peer.I, abs=1e-12)
    assert found.expected == pytest.approx(peer.EI, abs=1e-12)
    assert found.variance_normality == pytest.approx(peer.VI_norm, rel=1e-10)
    assert found.variance_randomisation == pytest.approx(peer.VI_rand, rel=1e-10)
    assert found.z == pytest.approx(peer.z_rand, rel=1e-10)
    assert found.p_value == pytest.approx(peer.p_rand, rel=1e-8)


@pytest.mark.parametrize(("name", "column"), MAPS)
def test_local_values_are_those_of_esda(name: str, column: str) -> None:
    esda = pytest.importorskip("esda")
    columns, weights, graph = published_map(name)
    values = columns[column]
    n = values.size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = esda.Moran_Local(values, graph, permutations=9_999, seed=1)
    found = local_moran(values, row_standardised(weights))
    assert np.allclose(found.statistic, peer.Is, atol=1e-12)
    assert np.array_equal(found.quadrant, peer.q)
    # esda scales its statistic by n - 1 and Sokal's moments by n.
    assert np.allclose(found.z, (peer.Is * n / (n - 1) - peer.EIc) / np.sqrt(peer.VIc))
    # Its p is that of the smaller tail, chosen after looking; ours names the tail.
    most = np.minimum(found.tails.greater, found.tails.less)
    least = np.minimum(1 - found.tails.greater, 1 - found.tails.less)
    away = np.maximum(peer.p_sim - most, least - peer.p_sim)
    assert (away / np.sqrt(most * (1 - most) / 10_000 + 1e-8)).max() < 5


def test_every_shuffle_of_the_other_cells_enumerated() -> None:
    """Nine cells, weights of two kinds: local I from its formula for all 56 · 6 draws."""
    rng = np.random.default_rng(1)
    values = rng.gamma(1.0, 2.0, 9)
    z = values - values.mean()
    for weights, tolerance in ((RING, 1e-9), (RING * 0.5, 1e-9)):
        found = local_moran(values, weights)
        for i in range(9):
            near = weights[[i]].indices
            others = np.delete(z, i)
            drawn = np.array(list(permutations(others, near.size)))
            every = 8 * z[i] * (drawn @ weights[[i]].data) / (z @ z)
            observed = 8 * z[i] * (weights[[i]].data @ z[near]) / (z @ z)
            slack = 1e-9
            assert found.statistic[i] == pytest.approx(observed, abs=tolerance)
            assert found.tails.greater[i] == pytest.approx(np.mean(every >= observed - slack))
            assert found.tails.less[i] == pytest.approx(np.mean(every <= observed + slack))
            assert found.z[i] == pytest.approx((observed - every.mean()) / every.std())


def test_global_permutation_against_all_shuffles() -> None:
    values = np.array([3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.3])
    ring = scipy.sparse.csr_array(np.roll(np.eye(7), 1, axis=1))
    z = values - values.mean()
    every = np.array([order @ (ring @ order) for order in map(np.array, permutations(z))])
    exact = np.mean(every >= z @ (ring @ z) - 1e-9)
    found = moran(
        values, ring, null="permutation", n_permutations=9_999, rng=np.random.default_rng(4)
    )
    assert found.p_value == pytest.approx(exact, abs=5 * np.sqrt(exact * (1 - exact) / 10_000))
    scale = 7 / ring.sum() / (z @ z)
    assert found.expected == pytest.approx(scale * every.mean())
    assert found.variance_randomisation == pytest.approx(scale**2 * every.var())


def test_variance_under_normality_by_simulation() -> None:
    rng = np.random.default_rng(3)
    drawn = [moran(rng.normal(size=9), RING) for _ in range(3_000)]
    spread = np.var([one.statistic for one in drawn])
    assert spread == pytest.approx(drawn[0].variance_normality, rel=0.1)


def test_law_and_simulation_agree_and_the_tail_is_named() -> None:
    from shapely.geometry import box

    cells = cells_of_polygon(box(83.0, 39.0, 83.1, 39.08), 9)
    weights = hex_weights(cells, include_self=False)
    rng = np.random.default_rng(5)
    values = np.where(rng.random(cells.size) < 0.6, 0, rng.gamma(0.5, 2, cells.size))
    exact = local_moran(values, weights, alternative="greater")
    drawn = local_moran(values, weights, alternative="greater", n_permutations=1_999, rng=rng)
    assert exact.n_permutations == 0
    assert drawn.n_permutations == 1_999
    p = exact.p_value
    assert np.abs((drawn.p_value - p) / np.sqrt(p * (1 - p) / 2_000 + 1e-6)).max() < 5
    assert np.array_equal(exact.q_value, benjamini_hochberg(p))
    # On values without pattern p is uniform but for its steps: no tail is chosen after looking.
    shuffled = local_moran(rng.permutation(rng.normal(size=cells.size)), weights)
    assert stats.kstest(shuffled.tails.greater, "uniform").pvalue > 1e-3
    assert np.mean(shuffled.p_value <= 0.05) < 0.09


def test_a_cell_at_the_mean_says_nothing() -> None:
    values = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
    found = local_moran(values, RING)
    assert found.statistic[4] == 0
    assert found.tails.greater[4] == found.tails.less[4] == 1.0


def test_islands_are_nan_and_have_no_quadrant() -> None:
    values = np.array([5.0, 1.0, 3.0, 2.0])
    matrix = np.zeros((4, 4))
    matrix[0, 1] = matrix[1, 0] = matrix[2, 0] = 1
    found = local_moran(values, scipy.sparse.csr_array(matrix))
    for part in (found.statistic, found.z, found.p_value, found.q_value):
        assert np.isnan(part[3])
    assert found.quadrant.tolist() == [4, 2, 1, 0]


def test_a_city_of_islands_is_not_tested() -> None:
    found = local_moran(np.arange(5.0), scipy.sparse.csr_array((5, 5)))
    for part in (found.statistic, found.z, found.p_value, found.q_value):
        assert np.isnan(part).all()
    assert not found.quadrant.any()


def test_rounding_decides_nothing() -> None:
    # A third of the cells is at the mean, and so are many neighbourhoods, but not in floats.
    values = np.tile([0.1, 0.2, 0.3], 30)
    line = scipy.sparse.csr_array(np.eye(90, k=1) + np.eye(90, k=-1))
    plain = local_moran(values, line)
    assert (plain.statistic[1::3] == 0).all()
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(90)
        turned = local_moran(values[order], line[order][:, order])
        assert np.array_equal(turned.quadrant, plain.quadrant[order])
        assert np.allclose(turned.p_value, plain.p_value[order], rtol=1e-9)
        assert np.allclose(turned.statistic, plain.statistic[order], atol=1e-12)


def test_the_diagonal_and_the_inputs_stay_out_and_untouched() -> None:
    rng = np.random.default_rng(6)
    values = rng.poisson(3.0, 9)
    full = scipy.sparse.csr_array(RING + scipy.sparse.eye_array(9))
    kept, before = full.copy(), values.copy()
    one, other = local_moran(values, full), local_moran(values, RING)
    assert np.array_equal(one.p_value, other.p_value)
    assert moran(values, full).statistic == moran(values, RING).statistic
    moran(values, full, null="permutation", n_permutations=19, rng=rng)
    assert np.array_equal(values, before)
    assert (full != kept).nnz == 0


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=9, max_size=9).filter(lambda x: len(set(x)) > 1),
    st.floats(-20, 20),
    st.floats(0.1, 10),
    st.integers(0, 2**32 - 1),
)
def test_shift_scale_and_order_change_nothing(
    pool: list[int], shift: float, scale: float, seed: int
) -> None:
    values = np.array(pool, dtype=float)
    plain, whole = local_moran(values, RING), moran(values, RING)
    moved = local_moran(shift + scale * values, RING)
    away = np.abs(values - values.mean()) > 1e-9
    assert np.allclose(moved.p_value[away], plain.p_value[away], rtol=1e-6)
    assert np.allclose(moved.statistic, plain.statistic, atol=1e-8)
    assert moran(shift + scale * values, RING).statistic == pytest.approx(whole.statistic, abs=1e-8)
    order = np.random.default_rng(seed).permutation(9)
    turned = local_moran(values[order], RING[order][:, order])
    assert np.allclose(turned.p_value, plain.p_value[order], rtol=1e-6)
    assert np.array_equal(turned.quadrant, plain.quadrant[order])


def test_periods_are_tested_separately() -> None:
    rng = np.random.default_rng(7)
    cube = rng.gamma(1.0, 1.0, (9, 3))
    found = local_moran(cube, RING)
    for t in range(3):
        one = local_moran(cube[:, t], RING)
        assert np.allclose(found.p_value[:, t], one.p_value)
        assert np.allclose(found.statistic[:, t], one.statistic)
    assert np.array_equal(found.q_value, benjamini_hochberg(found.p_value))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": [1.0, np.nan, 2.0] * 3}, "values: every value must be finite"),
        ({"values": [1.0, 2.0, 5.0, 3.0]}, "weights: expected a square of 4 cells"),
        ({"values": [2.0] * 9}, r"values: all are equal \(2\)"),
        ({"values": [[[1.0]]] * 9}, "values: expected"),
        ({"weights": np.eye(9)}, "weights: expected a sparse matrix"),
        ({"weights": -RING}, "weights: every weight must be finite and not negative"),
        ({"null": "poisson"}, "null: expected one of"),
        ({"alternative": "hot"}, "alternative: expected one of greater"),
        ({"null": "permutation", "n_permutations": 9}, "rng: simulated permutations need"),
        (
            {"null": "permutation", "n_permutations": 0, "rng": np.random.default_rng()},
            "n_permutations: expected 1 or more, found 0",
        ),
    ],
)
@pytest.mark.parametrize("function", [local_moran, moran])
def test_wrong_input_is_refused(function: Any, change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"values": [1.0, 0.0, 2.0] * 3, "weights": RING} | change
    values, weights = arguments.pop("values"), arguments.pop("weights")
    with pytest.raises(ValueError, match=message):
        function(values, weights, **arguments)


def test_too_few_cells_or_no_neighbours_are_refused() -> None:
    with pytest.raises(ValueError, match="values: expected at least 4 cells"):
        moran([1.0, 2.0, 3.0], RING[:3, :3])
    with pytest.raises(ValueError, match="weights: no cell has a neighbour"):
        moran([1.0, 2.0, 3.0, 5.0], scipy.sparse.csr_array((4, 4)))


@pytest.mark.parametrize("function", [moran, local_moran])
def test_text_is_refused(function: Any) -> None:
    with pytest.raises(ValueError, match=r"values: expected numbers, found .'a'"):
        function(["a", "b", "c", "d"] + ["e"] * 5, RING)


def test_permutations_of_the_normal_null_are_refused() -> None:
    with pytest.raises(ValueError, match="n_permutations: only the permutation null takes it"):
        local_moran(np.arange(9.0), RING, null="normal", n_permutations=99)
