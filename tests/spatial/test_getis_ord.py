"""Published values, a peer library, a plain oracle, properties and calibration."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from scipy import stats
from shapely.geometry import box

from spatial import (
    Dispersion,
    benjamini_hochberg,
    estimate_dispersion,
    getis_ord,
    hex_weights,
)
from spatial.grid import cells_of_polygon
from tests.spatial.peers import published_map, row_standardised

CELLS = cells_of_polygon(box(83.0, 39.0, 83.12, 39.1), 9)
WEIGHTS = hex_weights(CELLS)


def published_grid(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    table = np.loadtxt(folder / "getis_ord" / "getisord.csv", delimiter=",", skiprows=1)
    apart = np.hypot(*(table[:, None, :2] - table[None, :, :2]).T)
    return table[:, 2], apart


@pytest.mark.parametrize(
    ("reach", "z"),
    [(30, 1.221979), (60, 1.748098), (90, 1.986135), (120, 1.893374), (150, 1.237454)],
)
def test_gi_of_getis_and_ord_1996(shared_reference: Path, reach: float, z: float) -> None:
    values, apart = published_grid(shared_reference)
    near = scipy.sparse.csr_array(((apart > 0) & (apart < reach + 1)).astype(float))
    assert getis_ord(values, near, null="normal").z[119] == pytest.approx(z, abs=5e-7)


def test_gi_star_of_getis_and_ord_1996(shared_reference: Path) -> None:
    values, apart = published_grid(shared_reference)
    near = scipy.sparse.csr_array((apart < 31).astype(float))
    found = getis_ord(values, near, null="normal")
    assert found.z[119] == pytest.approx(1.450780, abs=5e-7)
    assert found.p_value[119] == pytest.approx(stats.norm.sf(1.450780), abs=1e-6)


@pytest.mark.parametrize("star", [False, True])
def test_statistic_and_z_are_those_of_esda(star: bool) -> None:
    esda = pytest.importorskip("esda")
    libpysal = pytest.importorskip("libpysal")
    rng = np.random.default_rng(7)
    values = rng.gamma(1.0, 5.0, CELLS.size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = libpysal.weights.WSP(hex_weights(CELLS, include_self=star)).to_W()
        graph.transform = "B"
        peer = esda.G_Local(values, graph, transform="B", permutations=0, star=star or None)
    weights = hex_weights(CELLS, include_self=star)
    found = getis_ord(values, weights, null="normal")
    assert np.allclose(found.statistic, peer.Gs, rtol=1e-12)
    assert np.allclose(found.z, peer.Zs, rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "column"),
    [("sids2", "SIDR74"), ("stl", "HC7984"), ("stl", "HR8893"), ("columbus", "CRIME")],
)
@pytest.mark.parametrize("star", [False, True])
def test_published_maps_are_those_of_esda(name: str, column: str, star: bool) -> None:
    esda = pytest.importorskip("esda")
    columns, weights, graph = published_map(name)
    values = columns[column]
    if star:
        weights = scipy.sparse.csr_array(weights + scipy.sparse.eye_array(values.size))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = esda.G_Local(
            *(values, graph, "B", 9_999), star=star, keep_simulations=False, n_jobs=1, seed=3
        )
    found = getis_ord(values, weights)
    assert np.allclose(found.statistic, peer.Gs, rtol=1e-12)
    assert np.allclose(found.z, peer.Zs, rtol=1e-9)
    # esda reports the smaller tail of its simulation, chosen after looking; sums equal to the
    # observed one count in one tail and, where rounding falls so, in neither.
    most = np.minimum(found.tails.greater, found.tails.less)
    least = np.minimum(1 - found.tails.greater, 1 - found.tails.less)
    away = np.maximum(peer.p_sim - most, least - peer.p_sim)
    assert (away / np.sqrt(most * (1 - most) / 10_000 + 1e-8)).max() < 5
    averaged = getis_ord(values, row_standardised(weights))
    assert np.allclose(averaged.z, found.z)
    assert np.allclose(averaged.p_value, found.p_value)


def test_poisson_null_cell_by_cell() -> None:
    rng = np.random.default_rng(1)
    expected = rng.gamma(0.5, 4.0, CELLS.size)
    expected[rng.random(CELLS.size) < 0.1] = np.nan
    counts = rng.poisson(np.nan_to_num(expected, nan=3.0))
    found = getis_ord(counts, WEIGHTS, expected=expected, null="poisson")
    for i in range(0, CELLS.size, 17):
        hood = [j for j in WEIGHTS[[i]].indices if not np.isnan(expected[j])]
        if np.isnan(expected[i]):
            assert np.isnan(found.p_value[i])
            assert np.isnan(found.statistic[i])
            continue
        observed, mean = counts[hood].sum(), expected[hood].sum()
        assert found.statistic[i] == pytest.approx(observed / mean)
        assert found.tails.greater[i] == pytest.approx(stats.poisson.sf(observed - 1, mean))
        assert found.tails.less[i] == pytest.approx(stats.poisson.cdf(observed, mean))
        assert found.z[i] == pytest.approx((observed - mean) / np.sqrt(mean))


def test_negative_binomial_null_against_simulation() -> None:
    rng = np.random.default_rng(2)
    expected = rng.gamma(1.0, 2.0, CELLS.size)
    counts = rng.poisson(expected * 1.4)
    found = getis_ord(counts, WEIGHTS, expected=expected, null="negative_binomial", dispersion=0.5)
    hood = WEIGHTS[[40]].indices
    draws = rng.poisson(rng.gamma(2.0, 0.5, (100_000, hood.size)) * expected[hood]).sum(axis=1)
    share = np.mean(draws >= counts[hood].sum())
    assert found.tails.greater[40] == pytest.approx(share, abs=4 * np.sqrt(share / 100_000))


def test_periods_are_tested_separately_and_corrected_together() -> None:
    rng = np.random.default_rng(3)
    expected = rng.gamma(1.0, 3.0, (CELLS.size, 3))
    counts = rng.poisson(expected)
    for null in ("poisson", "negative_binomial", "normal", "permutation"):
        means = expected if null in ("poisson", "negative_binomial") else None
        arguments: dict[str, Any] = {"null": null, "alternative": "two-sided"}
        if null == "negative_binomial":
            arguments["dispersion"] = Dispersion(0.1, 0.2, 10)
        found = getis_ord(counts, WEIGHTS, expected=means, **arguments)
        for t in range(3):
            column = None if means is None else means[:, t]
            one = getis_ord(counts[:, t], WEIGHTS, expected=column, **arguments)
            assert np.allclose(found.p_value[:, t], one.p_value, rtol=1e-10)
            assert np.allclose(found.z[:, t], one.z)
        assert np.array_equal(found.q_value, benjamini_hochberg(found.p_value))
        assert found.dispersion == (0.2 if null == "negative_binomial" else None)


def test_cells_may_come_in_any_order() -> None:
    rng = np.random.default_rng(4)
    order = rng.permutation(CELLS.size)
    expected = rng.gamma(1.0, 3.0, CELLS.size)
    counts = rng.poisson(expected)
    shuffled = hex_weights(CELLS[order])
    for null in ("negative_binomial", "permutation"):
        means = expected if null == "negative_binomial" else None
        found = getis_ord(counts, WEIGHTS, expected=means, null=null)
        other = getis_ord(
            counts[order],
            shuffled,
            expected=None if means is None else means[order],
            null=null,
        )
        assert np.allclose(other.p_value, found.p_value[order], rtol=1e-6)


def test_a_constant_added_to_all_values_changes_no_z() -> None:
    values = np.random.default_rng(5).gamma(1.0, 5.0, CELLS.size)
    for weights in (WEIGHTS, hex_weights(CELLS, include_self=False)):
        one = getis_ord(values, weights, null="normal").z
        for plus, error in ((100, 1e-8), (1e6, 1e-8), (1e8, 1e-6)):
            assert np.allclose(getis_ord(values + plus, weights, null="normal").z, one, atol=error)


def test_islands_and_empty_neighbourhoods_are_nan() -> None:
    far = cells_of_polygon(box(84.0, 39.0, 84.004, 39.004), 9)[:1]
    cells = np.concatenate([CELLS, far])
    expected = np.ones(cells.size)
    counts = np.arange(cells.size) % 3
    for star in (True, False):
        weights = hex_weights(cells, include_self=star)
        for null in ("poisson", "negative_binomial", "normal", "permutation"):
            means = expected if null in ("poisson", "negative_binomial") else None
            found = getis_ord(counts, weights, expected=means, null=null)
            for part in (found.statistic, found.z, found.p_value, found.q_value):
                assert np.isnan(part[-1])
                assert np.isfinite(part[:-1]).all()
    none = np.zeros(cells.size)
    nothing = getis_ord(none, hex_weights(cells), expected=none, null="poisson")
    assert np.isnan(nothing.p_value).all()


def test_a_city_of_islands_is_not_tested() -> None:
    for weights in (scipy.sparse.eye_array(12, format="csr"), scipy.sparse.csr_array((12, 12))):
        for simulated in ({}, {"n_permutations": 9, "rng": np.random.default_rng(1)}):
            found = getis_ord(np.arange(12.0), weights, **simulated)
            for part in (found.statistic, found.z, found.p_value, found.q_value):
                assert np.isnan(part).all()


def test_identity_weights_test_every_cell_by_itself() -> None:
    counts, expected = np.array([0, 3, 9]), np.array([1.0, 3.0, 2.0])
    identity = scipy.sparse.eye_array(3, format="csr")
    found = getis_ord(counts, identity, expected=expected, null="poisson")
    assert np.allclose(found.p_value, stats.poisson.sf(counts - 1, expected))


def test_isolated_clusters_have_p_far_below_any_simulation() -> None:
    """One hot neighbourhood whose centre is the city's largest count: q < .05 all the same."""
    rng = np.random.default_rng(12)
    counts = rng.poisson(0.3, CELLS.size)
    hood = WEIGHTS[[CELLS.size // 2]].indices
    counts[hood] = 30 + np.arange(hood.size)
    counts[CELLS.size // 2] = 500
    for values in (counts, counts / 7.0, counts + rng.normal(0, 0.01, CELLS.size)):
        found = getis_ord(values, WEIGHTS)
        assert found.p_value[CELLS.size // 2] < 1e-14
        assert found.q_value[CELLS.size // 2] < 1e-10


def test_permuting_raw_counts_warns_when_population_is_known() -> None:
    counts = np.random.default_rng(6).poisson(3.0, CELLS.size)
    with pytest.warns(UserWarning, match="uneven population alone"):
        warned = getis_ord(counts, WEIGHTS, expected=np.ones(CELLS.size))
    assert np.array_equal(warned.p_value, getis_ord(counts, WEIGHTS).p_value)


def test_permutation_is_exact_unless_a_simulation_is_asked_for() -> None:
    rng = np.random.default_rng(7)
    counts = rng.poisson(3.0, CELLS.size)
    exact = getis_ord(counts, WEIGHTS)
    simulated = getis_ord(counts, WEIGHTS, n_permutations=499, rng=np.random.default_rng(1))
    assert exact.n_permutations == 0
    assert simulated.n_permutations == 499
    assert np.abs(exact.p_value - simulated.p_value).max() < 0.12
    with pytest.raises(ValueError, match="rng: simulated permutations need"):
        getis_ord(counts, WEIGHTS, n_permutations=499)
    shifted = getis_ord(counts + 0.5, WEIGHTS)
    assert shifted.n_permutations == 0
    assert np.allclose(shifted.p_value, exact.p_value)


def negative_binomial_city(seed: int, mean: float) -> tuple[np.ndarray, np.ndarray, float]:
    rng = np.random.default_rng(seed)
    dispersion = rng.choice([0.0, 0.3, 1.0])
    expected = rng.gamma(0.5, 2 * mean, (CELLS.size, 12))
    risk = 1.0 if dispersion == 0 else rng.gamma(1 / dispersion, dispersion, expected.shape)
    counts = rng.poisson(expected * risk)
    return counts, expected * counts.sum(axis=0) / expected.sum(axis=0), dispersion


@pytest.mark.parametrize("mean", [0.05, 1.0])
def test_a_city_without_hot_cells_shows_none(mean: float) -> None:
    """Over cells × periods × tails at q = .05: an alarm in about 5 % of cities at most."""
    alarms = 0
    for seed in range(20):
        counts, expected, _ = negative_binomial_city(seed, mean)
        found = getis_ord(counts, WEIGHTS, expected=expected, null="negative_binomial")
        q = benjamini_hochberg(np.stack([found.tails.greater, found.tails.less]))
        alarms += bool((q <= 0.05).any())
    # Of 20 cities at 5 %, four or more happen once in 60 times, at the null's least favourable.
    assert alarms <= 3


def test_dispersion_of_sums_carries_what_neighbours_have_in_common() -> None:
    """Where people live is known by township only; inside, density varies from block to block."""
    single, summed = [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        cells = cells_of_polygon(box(83.0, 39.0, 83.2, 39.15), 9)
        weights = hex_weights(cells)
        field = rng.normal(size=cells.size)
        smooth = (weights @ field) / np.sqrt(weights.sum(axis=1))
        counts = rng.poisson(4 * np.exp(0.5 * smooth))
        expected = np.full(cells.size, counts.sum() / cells.size)
        for shares, neighbourhoods in ((single, None), (summed, weights)):
            phi = estimate_dispersion(counts, expected, weights=neighbourhoods)
            found = getis_ord(
                counts, weights, expected=expected, null="negative_binomial", dispersion=phi
            )
            shares.append(np.mean(found.q_value <= 0.05))
    assert np.mean(summed) < 0.003 < np.mean(single)


def test_a_rate_ratio_of_three_on_thirty_expected_is_found() -> None:
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        expected = rng.gamma(2.0, 2.0, (CELLS.size, 3))
        hood = WEIGHTS[[CELLS.size // 2]].indices
        expected[hood, 1] = 30 / hood.size
        truth = expected.copy()
        truth[hood, 1] *= 3
        counts = rng.poisson(truth * rng.gamma(10.0, 0.1, truth.shape))
        result = getis_ord(counts, WEIGHTS, expected=expected, null="negative_binomial")
        found += bool((result.q_value[hood, 1] <= 0.05).any())
    assert found >= 19


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": [1.0, np.nan, 2.0]}, "values: every value must be finite"),
        ({"values": [1.0, -1.0, 2.0]}, "values: no value may be negative"),
        ({"values": [1.0, 1.5, 2.0]}, "counts must be whole numbers"),
        ({"values": ["1", "2", "3"]}, "values: expected numbers, found .'1'"),
        ({"values": [1.0, None, "b"]}, "values: expected an array of numbers"),
        (
            {"values": [1.0, 2.0]},
            r"weights: expected a square of 2 cells, .* the 2 values, found \(3, 3\)",
        ),
        ({"dispersion": 0.5}, "dispersion: only the negative_binomial null .* 0.5 for 'poisson'"),
        ({"n_permutations": 9}, "n_permutations: only the permutation null takes it, found 9"),
        ({"values": [[[1.0]]] * 3}, "values: expected cells or cells x periods"),
        ({"expected": None}, "the poisson null needs expected counts"),
        ({"expected": [1.0, 2.0]}, "expected: must have the shape of values"),
        (
            {"expected": [1.0, 0.0, 1.0], "values": [3, 2, 0]},
            r"expected: must be positive.*found 0 and 2 cases at \[1\]",
        ),
        ({"expected": [1.0, -2.0, 1.0]}, "expected: values must be NaN.* found -2.0 at .1"),
        ({"null": "gamma"}, "null: expected one of permutation, normal, poisson"),
        ({"alternative": "hot"}, "alternative: expected one of greater"),
        ({"weights": np.eye(3)}, "weights: expected a sparse matrix"),
        (
            {"weights": scipy.sparse.csr_array(-np.eye(3))},
            "weights: .* found -1.0 at .0 0",
        ),
        ({"weights": scipy.sparse.csr_array(np.eye(3) / 2)}, "needs weights of 0 and 1"),
        ({"null": "normal"}, "the normal null takes none"),
        ({"null": "permutation", "expected": None, "n_permutations": 9}, "rng: simulated"),
        (
            {
                "null": "permutation",
                "expected": None,
                "n_permutations": 0,
                "rng": np.random.default_rng(),
            },
            "n_permutations: expected 1 or more",
        ),
        ({"null": "normal", "expected": None, "values": [2, 2, 2]}, r"all are equal \(2\)"),
        (
            {
                "null": "normal",
                "expected": None,
                "weights": scipy.sparse.csr_array(np.diag([1.0, 0, 0])),
            },
            "diagonal must be all zero",
        ),
    ],
)
def test_wrong_input_is_refused(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {
        "values": [1.0, 0.0, 2.0],
        "weights": scipy.sparse.csr_array(np.ones((3, 3))),
        "expected": [1.0, 1.0, 1.0],
        "null": "poisson",
    } | change
    values, weights = arguments.pop("values"), arguments.pop("weights")
    with pytest.raises(ValueError, match=message):
        getis_ord(values, weights, **arguments)


def test_inputs_are_never_changed() -> None:
    rng = np.random.default_rng(8)
    # Unsorted, with a stored zero and a duplicate: the kind of matrix scipy tidies in place.
    weights = scipy.sparse.csr_array(
        (np.array([1.0, 0.5, 0.5, 0.0, 1.0, 1.0]), np.array([1, 0, 0, 2, 1, 2]), [0, 3, 5, 6])
    )
    kept = weights.data.copy(), weights.indices.copy(), weights.indptr.copy()
    counts, expected = rng.poisson(3, 3), np.array([1.0, 2.0, np.nan])
    before = counts.copy(), expected.copy()
    getis_ord(counts, weights, expected=expected, null="poisson")
    getis_ord(counts, weights, n_permutations=9, rng=rng)
    assert np.array_equal(counts, before[0])
    assert np.array_equal(expected, before[1], equal_nan=True)
    parts = (weights.data, weights.indices, weights.indptr)
    assert all(np.array_equal(one, other) for one, other in zip(parts, kept, strict=True))
