"""Tails against sums of exact rational numbers, corrections against their definition."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from spatial import (
    benjamini_hochberg,
    benjamini_yekutieli,
    negative_binomial_tails,
    poisson_tails,
)


def exact_negative_binomial(mean: Fraction, size: int, terms: int) -> list[Fraction]:
    """Return the masses of 0, 1, … of a negative binomial with whole size."""
    q = mean / (mean + size)
    masses = [(1 - q) ** size]
    for n in range(1, terms):
        masses.append(masses[-1] * q * (n - 1 + size) / n)
    return masses


def exact_poisson_tails(mean: Fraction, count: int) -> tuple[float, float]:
    with localcontext() as context:
        context.prec = 80
        mu = Decimal(mean.numerator) / Decimal(mean.denominator)
        term, below, above = (-mu).exp(), Decimal(0), Decimal(0)
        for n in range(count + 2_000):
            if n:
                term = term * mu / n
            below += term if n <= count else 0
            above += term if n >= count else 0
        return float(above), float(below)


@pytest.mark.parametrize("mean", [Fraction(1, 20), Fraction(1, 2), Fraction(3), Fraction(90)])
def test_poisson_tails_are_exact_beyond_1e_30(mean: Fraction) -> None:
    counts = [0, 1, 2, 3, 5, 9, 18, 30, 45, 90, 130, 180, 250]
    found = poisson_tails(counts, float(mean))
    exact = [exact_poisson_tails(mean, count) for count in counts]
    assert np.allclose(found.greater, [above for above, _ in exact], rtol=1e-10, atol=0)
    assert np.allclose(found.less, [below for _, below in exact], rtol=1e-10, atol=0)
    assert found.greater.min() < 1e-30


@pytest.mark.parametrize("size", [1, 3, 40])
@pytest.mark.parametrize("mean", [Fraction(1, 20), Fraction(1, 2), Fraction(3), Fraction(30)])
def test_negative_binomial_tails_are_exact_beyond_1e_30(mean: Fraction, size: int) -> None:
    masses = exact_negative_binomial(mean, size, 500)
    counts = [0, 1, 2, 3, 5, 9, 18, 30, 60, 120, 240, 450]
    below = [sum(masses[: count + 1]) for count in counts]
    above = [1 - sum(masses[:count]) for count in counts]
    found = negative_binomial_tails(counts, float(mean), 1 / size)
    assert np.allclose(found.greater, [float(x) for x in above], rtol=1e-10, atol=0)
    assert np.allclose(found.less, [float(x) for x in below], rtol=1e-10, atol=0)


def test_negative_binomial_becomes_poisson_smoothly() -> None:
    counts, means = np.array([0, 1, 6, 40, 900]), np.array([0.05, 0.05, 2, 15, 700])
    poisson = poisson_tails(counts, means)
    for dispersion in (0.0, 1e-300, 1e-16, 1e-12, 1e-10):
        found = negative_binomial_tails(counts, means, dispersion)
        assert np.allclose(found.greater, poisson.greater, rtol=1e-4, atol=0)
        assert np.allclose(found.less, poisson.less, rtol=1e-4, atol=0)


def test_dispersion_thickens_the_upper_tail() -> None:
    tails = [negative_binomial_tails(60, 20.0, phi).greater for phi in (0, 0.05, 0.2, 1)]
    assert np.all(np.diff(np.ravel(tails)) > 0)


def test_unknown_expected_gives_nan_and_none_at_all_is_impossible() -> None:
    found = poisson_tails([2, 2, 0], [np.nan, 0.0, 0.0])
    assert np.array_equal(found.greater, [np.nan, 0.0, 1.0], equal_nan=True)
    found = negative_binomial_tails([2, 2, 0], [np.nan, 0.0, 0.0], 0.5)
    assert np.array_equal(found.greater, [np.nan, 0.0, 1.0], equal_nan=True)


def test_two_sided_is_twice_the_smaller_tail() -> None:
    found = poisson_tails([0, 2, 9], 2.0)
    assert np.allclose(
        found.of("two-sided"), np.minimum(1, 2 * np.minimum(*found.__dict__.values()))
    )
    with pytest.raises(ValueError, match="alternative: expected one of greater, less, two-sided"):
        found.of("both")


@pytest.mark.parametrize(
    ("counts", "expected", "dispersion", "message"),
    [
        ([-1], [1.0], 0.1, "counts: no value may be negative"),
        ([1.5], [1.0], 0.1, "counts must be whole numbers, found 1.5"),
        ([np.nan], [1.0], 0.1, "counts: every value must be finite"),
        ([1], [-1.0], 0.1, "expected: values must be NaN .* found -1.0"),
        (
            [1, 2],
            [1.0, 2.0, 3.0],
            0.1,
            r"expected: must fit .* counts \(2,\), found \(3,",
        ),
        ([1, 2], 1.0, [0.1, 0.2, 0.3], r"dispersion: must fit the shape of counts"),
        ([1], [1.0], np.nan, "dispersion: every value must be finite, found nan"),
        ([1], [1.0], -0.1, "dispersion: no value may be negative, found -0.1"),
    ],
)
def test_wrong_values_are_refused(
    counts: list[float], expected: list[float], dispersion: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        negative_binomial_tails(counts, expected, dispersion)


probabilities = arrays(
    float, st.integers(0, 30), elements=st.one_of(st.floats(0, 1), st.just(np.nan))
)


@given(probabilities)
def test_discoveries_are_those_of_the_step_up_procedure(p: np.ndarray) -> None:
    q = benjamini_hochberg(p)
    tested = np.sort(p[~np.isnan(p)])
    for alpha in (0.01, 0.05, 0.3, 1.0):
        passed = [
            i for i, one in enumerate(tested, 1) if one * tested.size <= alpha * i * (1 - 1e-12)
        ]
        limit = tested[passed[-1] - 1] if passed else -1.0
        # Values at the very edge are decided by rounding; leave them out of the comparison.
        edge = np.isclose(q, alpha, rtol=1e-9)
        assert ((q <= alpha) == (p <= limit))[~edge & ~np.isnan(p)].all()
    assert np.array_equal(np.isnan(q), np.isnan(p))
    assert (q[~np.isnan(q)] >= p[~np.isnan(p)]).all()


def test_the_whole_array_is_one_family() -> None:
    p = np.random.default_rng(2).random((4, 5, 2))
    assert np.array_equal(benjamini_hochberg(p).ravel(), benjamini_hochberg(p.ravel()))
    with pytest.raises(ValueError, match=r"p: every p-value must lie in \[0, 1\]"):
        benjamini_hochberg([0.2, 1.2])


@given(probabilities)
def test_yekutieli_is_the_step_up_at_a_smaller_level(p: np.ndarray) -> None:
    tests = int((~np.isnan(p)).sum())
    harmonic = sum(1 / i for i in range(1, tests + 1))
    plain, safe = benjamini_hochberg(p), benjamini_yekutieli(p)
    for alpha in (0.05, 0.3):
        edge = np.isclose(safe, alpha, rtol=1e-9) | (plain >= 1)
        assert ((safe <= alpha) == (plain <= alpha / max(harmonic, 1)))[~edge].all()
    assert np.array_equal(np.isnan(safe), np.isnan(p))


@given(probabilities, st.integers(0, 2**32 - 1))
def test_weighted_p_values_are_divided_by_weights_of_mean_one(p: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.gamma(1.0, 1.0, p.size) + 0.01
    made = ~np.isnan(p)
    scaled = weights / (weights[made].mean() if made.any() else 1.0)
    divided = np.where(p / scaled <= 1, p / scaled, 1.0)
    found, plain = benjamini_hochberg(p, weights), benjamini_hochberg(np.where(made, divided, p))
    # A weighted p above 1 is never a discovery and changes no other q below 1.
    below = found < 1
    assert np.allclose(found[below], plain[below])
    assert np.array_equal(np.isnan(found), ~made)
    equal = benjamini_yekutieli(p, np.full(p.shape, 3.0))
    assert np.allclose(equal, benjamini_yekutieli(p), equal_nan=True)


def test_published_example_of_the_step_up() -> None:
    """Benjamini and Hochberg (1995), section 3.2: 4 of 15 are discoveries at .05."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert (benjamini_hochberg(p) <= 0.05).sum() == 4


def test_weights_hold_the_level_and_gain_power_where_they_are_right() -> None:
    rng = np.random.default_rng(3)
    false, plain, weighted = 0.0, 0, 0
    for _ in range(300):
        effect = np.arange(200) < 20
        p = stats.norm.sf(rng.normal(2.5 * effect))
        weights = np.where(np.arange(200) < 40, 4.0, 0.25)
        found = benjamini_hochberg(p, weights) <= 0.1
        false += (found & ~effect).sum() / max(found.sum(), 1)
        weighted += int(found[effect].sum())
        plain += int((benjamini_hochberg(p) <= 0.1)[effect].sum())
    assert false / 300 < 0.11
    assert weighted > 1.2 * plain


def test_a_test_without_weight_is_no_discovery() -> None:
    assert benjamini_hochberg([0.0, 0.01], [0.0, 1.0]).tolist() == [1.0, 0.01]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, -1.0], "weights: no value may be negative"),
        ([1.0, np.inf], "weights: every value must be finite"),
        ([1.0], "weights: must have the shape of p"),
        ([0.0, 0.0], "weights: at least one test made must have a weight above 0"),
    ],
)
def test_wrong_weights_are_refused(weights: list[float], message: str) -> None:
    for correct in (benjamini_hochberg, benjamini_yekutieli):
        with pytest.raises(ValueError, match=message):
            correct([0.01, 0.2], weights)
