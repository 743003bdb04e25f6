"""Trend tests: published figures, double loops, the peer library, and what may not matter."""

from __future__ import annotations

import warnings
from itertools import combinations
from pathlib import Path

import numpy as np
import pymannkendall
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from spatial import mann_kendall
from spatial.trend.window import inflation

ALL_EQUAL = [4.0] * 8


def random_series(seed: int, n: int = 40) -> list[NDArray[np.float64]]:
    """Return series of every kind: ties, trends, walks, short and long."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(n):
        steps = int(rng.integers(4, 50))
        noise = (
            rng.normal(size=steps),
            rng.poisson(1.5, steps).astype(float),
            np.cumsum(rng.normal(size=steps)),
            rng.integers(0, 3, steps) + np.arange(steps) // 4.0,
        )[i % 4]
        if noise.min() < noise.max():
            made.append(noise)
    return made


def oracle(x: NDArray[np.float64]) -> tuple[int, float, float]:
    """Return S, its variance and Sen's slope by double loops over what is not a gap."""
    s, slopes = 0, []
    for i, j in combinations(range(len(x)), 2):
        if not np.isnan(x[i]) and not np.isnan(x[j]):
            s += int(x[j] > x[i]) - int(x[j] < x[i])
            slopes.append((x[j] - x[i]) / (j - i))
    kept = [v for v in x if not np.isnan(v)]
    n = len(kept)
    variance = n * (n - 1) * (2 * n + 5)
    for value in set(kept):
        t = kept.count(value)
        variance -= t * (t - 1) * (2 * t + 5)
    return s, variance / 18, float(np.median(slopes))


def test_shampoo_sales_as_published(shared_reference: Path) -> None:
    sales = np.loadtxt(
        shared_reference / "mann_kendall" / "shampoo.csv", delimiter=",", skiprows=1, usecols=1
    )
    found = mann_kendall(sales)
    assert found.s == 440
    assert found.z == pytest.approx(5.979573, abs=5e-7)
    assert found.slope == pytest.approx(11.509375, abs=5e-7)


@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_double_loop_with_ties_and_gaps(gaps: float) -> None:
    rng = np.random.default_rng(3)
    for x in random_series(1):
        x = np.where(rng.random(x.size) < gaps, np.nan, x)
        kept = x[~np.isnan(x)]
        if kept.size < 3 or kept.min() == kept.max():
            continue
        s, variance, slope = oracle(x)
        found = mann_kendall(x)
        assert (found.s, found.n) == (s, kept.size)
        assert found.variance == pytest.approx(variance, rel=1e-12)
        assert found.slope == pytest.approx(slope, rel=1e-12, abs=1e-12)
        z = (s - np.sign(s)) / np.sqrt(variance)
        assert found.z == pytest.approx(z, rel=1e-12)
        assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-12)


def test_original_agrees_with_pymannkendall() -> None:
    rng = np.random.default_rng(8)
    for x in random_series(2):
        if x.size > 8:
            x = np.where(rng.random(x.size) < 0.15, np.nan, x)
        peer, found = pymannkendall.original_test(x), mann_kendall(x)
        assert (found.s, found.z, found.slope) == pytest.approx((peer.s, peer.z, peer.slope))
        assert found.p_value == pytest.approx(peer.p, abs=1e-12)


@pytest.mark.parametrize("lags", [None, 1, 3])
def test_hamed_rao_agrees_with_pymannkendall(lags: int | None) -> None:
    corrected = 0
    for x in random_series(5, 80):
        if lags is not None and x.size <= lags + 3:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer = pymannkendall.hamed_rao_modification_test(x, lag=lags)
        found = mann_kendall(x, "hamed_rao", lags=lags)
        assert found.variance == pytest.approx(peer.var_s, rel=1e-9)
        assert found.z == pytest.approx(peer.z, rel=1e-9, nan_ok=True)
        assert found.p_value == pytest.approx(peer.p, abs=1e-12, nan_ok=True)
        assert found.slope == pytest.approx(pymannkendall.sens_slope(x).slope)
        corrected += int(found.variance != mann_kendall(x).variance)
    assert corrected > 10


@pytest.mark.parametrize("period", [4, 12])
def test_seasonal_agrees_with_pymannkendall(period: int) -> None:
    rng = np.random.default_rng(13)
    for steps in (24, 36, 41, 60):
        for gaps in (0.0, 0.1):
            x = rng.poisson(3, steps) + 5 * np.sin(np.arange(steps) * 2 * np.pi / period).round()
            x = np.where(rng.random(steps) < gaps, np.nan, x)
            peer = pymannkendall.seasonal_test(x, period=period)
            found = mann_kendall(x, "seasonal", period=period)
            assert (found.s, found.variance) == pytest.approx((peer.s, peer.var_s))
            assert (found.z, found.slope) == pytest.approx((peer.z, peer.slope))


def test_a_season_is_no_trend_when_compared_with_itself() -> None:
    months = np.arange(33)
    season = np.tile(np.arange(12.0), 3)[:33]
    found = mann_kendall(season + 0.1 * (months // 12), "seasonal")
    assert found.s == found.n - 12 + 9
    assert found.slope == pytest.approx(0.1)


def test_hamed_rao_keeps_its_clock_across_gaps() -> None:
    # Closing the gap would leave a jump of the detrended values, and autocorrelation that is none.
    rng = np.random.default_rng(2)
    x = np.arange(40) + 0.1 * rng.normal(size=40)
    x[10:25] = np.nan
    found, plain = mann_kendall(x, "hamed_rao"), mann_kendall(x)
    assert found.variance < 2 * plain.variance
    trimmed = mann_kendall(np.concatenate([[np.nan] * 3, x, [np.nan]]), "hamed_rao")
    assert trimmed.variance == pytest.approx(float(found.variance))


def test_many_series_are_the_single_ones() -> None:
    rng = np.random.default_rng(7)
    x = rng.poisson(2, (9_000, 15)).astype(float)
    x[rng.random(x.shape) < 0.05] = np.nan
    for variant in ("original", "hamed_rao", "seasonal", "window"):
        many = mann_kendall(x, variant, period=3)
        for row in (0, 4_095, 4_096, 8_999):
            one = mann_kendall(x[row], variant, period=3)
            for field in ("s", "z", "p_value", "slope", "variance", "n"):
                assert np.array_equal(
                    getattr(many, field)[row], getattr(one, field), equal_nan=True
                )


def test_tails_count_the_observed_value_in() -> None:
    x = [1, 2, 3, 5, 4, 6, 7, 8]
    two, up, down = (mann_kendall(x, alternative=a) for a in ("two-sided", "greater", "less"))
    assert up.p_value < 0.01 < 0.99 < down.p_value
    assert two.p_value == pytest.approx(2 * up.p_value)
    # P(S >= 26) + P(S <= 24) = 1, each half a step of 2 beyond its value.
    sd = np.sqrt(up.variance)
    assert up.p_value == pytest.approx(stats.norm.sf(25 / sd))
    assert down.p_value == pytest.approx(stats.norm.cdf(27 / sd))


def test_far_tails_do_not_vanish() -> None:
    assert 0 < mann_kendall(np.arange(400.0)).p_value < 1e-190


finite = st.lists(st.integers(-50, 50), min_size=4, max_size=30).filter(lambda x: len(set(x)) > 1)


@given(finite, st.integers(-9, 9), st.sampled_from([0.5, 2.0, 4.0]))
def test_a_constant_or_a_unit_changes_no_trend(x: list[int], add: int, unit: float) -> None:
    before = mann_kendall(x)
    after = mann_kendall(np.array(x) * unit + add)
    assert (after.s, after.z, after.p_value) == (before.s, before.z, before.p_value)
    assert after.slope == pytest.approx(before.slope * unit)


@given(finite)
def test_turned_round_in_time_or_sign_it_falls_as_much(x: list[int]) -> None:
    there, back, mirrored = mann_kendall(x), mann_kendall(x[::-1]), mann_kendall(-np.array(x))
    assert (back.s, back.z) == (mirrored.s, mirrored.z) == (-there.s, -there.z)


@given(finite)
def test_doubled_time_halves_the_slope(x: list[int]) -> None:
    stretched = np.full(2 * len(x), np.nan)
    stretched[::2] = x
    before, after = mann_kendall(x), mann_kendall(stretched)
    assert (after.s, after.z, after.n) == (before.s, before.z, before.n)
    assert after.slope == pytest.approx(before.slope / 2)


def test_equal_and_short_series_among_others() -> None:
    x = [[1, 2, 3, 4], [5, 5, 5, 5], [np.nan, np.nan, 1, 2]]
    found = mann_kendall(x)
    assert found.s[:2].tolist() == [6, 0]
    assert (found.z[1], found.p_value[1], found.slope[1]) == (0, 1, 0)
    assert np.isnan([found.s[2], found.z[2], found.p_value[2]]).all()


def test_input_stays_as_it_was() -> None:
    x = np.random.default_rng(0).normal(size=(5, 12))
    before = x.copy()
    for variant in ("original", "hamed_rao", "seasonal", "window"):
        mann_kendall(x, variant, period=4)
    assert np.array_equal(x, before)


@pytest.mark.parametrize(
    ("x", "settings", "message"),
    [
        ([1, 2], {}, "x: .* at least 3 steps, found 2"),
        ([1, np.nan, 3, np.nan], {}, "x: .* at least 3 values besides gaps, found at most 2"),
        (ALL_EQUAL, {}, r"x: all values equal 4\.0"),
        ([ALL_EQUAL, ALL_EQUAL], {}, "x: all values equal"),
        ([1, 2, np.inf], {}, "x: .*infinity at"),
        (np.zeros((2, 2, 3)), {}, "x: expected steps or series x steps"),
        ([], {}, "x: expected"),
        ([1, 2, 3], {"variant": "yue_wang"}, "variant: expected one of"),
        ([1, 2, 3], {"alternative": "up"}, "alternative: expected one of"),
        ([1, 2, 3], {"variant": "seasonal", "period": 0}, "period: .* found 0"),
        ([1, 2, 3], {"variant": "seasonal", "period": 3}, "period: .* 3 steps, found 3"),
        ([1, 2, 3], {"variant": "hamed_rao", "lags": -1}, "lags: .* found -1"),
        ([1, 2, 3], {"variant": "hamed_rao", "lag_alpha": 2.0}, "lag_alpha: .* found 2"),
        ([1, 2, 3], {"variant": "window", "look_back": -1}, "look_back: .* found -1"),
    ],
)
def test_bad_input_is_named(x: object, settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mann_kendall(x, **settings)  # type: ignore[arg-type]


def window_means(x: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """Return means over the current and up to k previous steps, by a plain loop."""
    return np.stack([x[:, max(0, t - k) : t + 1].mean(axis=1) for t in range(x.shape[1])], axis=1)


@pytest.mark.parametrize("steps", [3, 4, 12, 36])
def test_without_overlap_the_window_is_the_original(steps: int) -> None:
    assert inflation(np.ones(steps, dtype=bool), 0) == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize(("steps", "k"), [(4, 1), (12, 1), (12, 2), (24, 1)])
def test_window_variance_is_that_of_simulated_series(steps: int, k: int) -> None:
    rng = np.random.default_rng(steps + k)
    n = 60_000
    found = mann_kendall(window_means(rng.normal(size=(n, steps)), k), "window", look_back=k)
    # The variance of a sample variance of S is about 2 var² / n.
    assert (found.s**2).mean() == pytest.approx(found.variance[0], rel=5 * np.sqrt(2 / n))


def test_window_variance_with_gaps_is_that_of_simulated_series() -> None:
    rng = np.random.default_rng(4)
    x = window_means(rng.normal(size=(60_000, 12)), 1)
    x[:, [3, 4, 9]] = np.nan
    found = mann_kendall(x, "window", look_back=1)
    assert (found.s**2).mean() == pytest.approx(found.variance[0], rel=0.03)


@pytest.mark.parametrize("law", ["normal", "poisson"])
def test_the_look_back_does_not_inflate_the_trend_test(law: str) -> None:
    # Full size (20,000 series, more laws): benchmarks/trend_calibration.py.
    rng = np.random.default_rng(20)
    for steps in (12, 24, 36):
        shape = (5_000, steps)
        x = rng.normal(size=shape) if law == "normal" else rng.poisson(3, shape).astype(float)
        means = window_means(x, 1)
        naive = (mann_kendall(means).p_value <= 0.05).mean()
        share = (mann_kendall(means, "window").p_value <= 0.05).mean()
        assert naive > 0.13
        assert share <= 0.06
        assert share >= 0.04 or steps == 12


@pytest.mark.parametrize(("steps", "k"), [(7, 1), (9, 2), (8, 7)])
def test_window_variance_is_the_sum_over_all_pairs_of_pairs(steps: int, k: int) -> None:
    # Each mean as the row of weights that makes it; correlations by plain products.
    weights = np.array([[(t - k <= u <= t) for u in range(steps)] for t in range(steps)], float)
    weights /= weights.sum(axis=1, keepdims=True)
    differences = [weights[j] - weights[i] for i, j in combinations(range(steps), 2)]
    total = 0.0
    for one in differences:
        for other in differences:
            rho = one @ other / np.sqrt((one @ one) * (other @ other))
            total += 2 / np.pi * np.arcsin(np.clip(rho, -1, 1))
    plain = steps * (steps - 1) * (2 * steps + 5) / 18
    assert inflation(np.ones(steps, dtype=bool), k) * plain == pytest.approx(total, rel=1e-6)
