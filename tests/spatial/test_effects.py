"""Effects of work at a point: by hand, by simulation, and what must never change them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from benchmarks.effect_calibration import (
    DAYS,
    FIRST,
    City,
    draw,
    is_lower,
    look,
    make_city,
    moved,
    treat,
)
from spatial import RemediationEffect, effect_of_remediation
from spatial.effects.comparison import Traits, distances, nearest_points
from spatial.effects.levels import estimate_levels
from spatial.effects.ratio_intervals import ratio_bounds, tail_below
from tests.conftest import SLOW

N = 1000 if SLOW else 150
"""Simulated points of each claim."""


def allowed(share: float, n: int = N) -> float:
    """Return the share that simulation may show where `share` is true, at most, nearly always."""
    return share + 3 * np.sqrt(share * (1 - share) / n)


def effects(
    law: str, mean: float, seed: int, left: float = 1.0
) -> list[tuple[City, RemediationEffect]]:
    rng = np.random.default_rng(seed)
    cities = (treat(make_city(rng, law, mean), rng, left) for _ in range(N))
    return [(city, look(city)) for city in cities]


def test_levels_by_hand() -> None:
    """Five points: mean 20, variance 250, of which chance 20; own weight 230 / 250."""
    counts = np.array([0.0, 10, 20, 30, 40])
    found = estimate_levels(counts, np.ones(5, dtype=bool), 1.0)
    assert (found.mean, found.own_weight) == (20.0, pytest.approx(230 / 250))
    assert found.estimate == pytest.approx([1.6, 10.8, 20, 29.2, 38.4])
    assert found.variance == pytest.approx(found.estimate * 230 / 250)


def test_levels_are_those_of_gamma_levels_and_poisson_counts() -> None:
    """The estimate is the mean of the true levels of points with that count."""
    rng = np.random.default_rng(0)
    levels = rng.gamma(3, 10 / 3, 400_000)
    counts = rng.poisson(levels).astype(float)
    found = estimate_levels(counts, np.ones(counts.size, dtype=bool), 1.0)
    for count in (2, 10, 25):
        here = counts == count
        assert found.estimate[here][0] == pytest.approx(levels[here].mean(), rel=0.02)
        assert found.variance[here][0] == pytest.approx(levels[here].var(), rel=0.05)


def test_points_that_differ_by_chance_alone_are_all_alike() -> None:
    counts = np.array([5.0, 6, 5, 4, 5])
    found = estimate_levels(counts, np.ones(5, dtype=bool), 1.0)
    assert found.own_weight == 0
    assert (found.estimate == 5).all()


@pytest.mark.parametrize(
    ("dispersion", "unsure"), [(1.0, 0.0), (2.0, 0.0), (1.0, 0.04), (3.0, 0.1)]
)
def test_tails_are_those_of_the_negative_binomial(dispersion: float, unsure: float) -> None:
    count, expected = np.array([0.0, 7, 40]), np.array([3.0, 12, 30])
    ratio = np.array([0.5, 1.0, 1.5])
    mean = ratio * expected
    variance = dispersion * mean + unsure * mean**2
    if dispersion == 1 and unsure == 0:
        law = scipy.stats.poisson(mean)
    else:
        law = scipy.stats.nbinom(mean**2 / (variance - mean), mean / variance)
    truth = law.cdf(count - 1) + law.pmf(count) / 2
    assert tail_below(count, expected, ratio, dispersion, unsure) == pytest.approx(truth)


def test_bounds_are_where_the_tails_are() -> None:
    count, expected = np.array([0.0, 60, 300]), np.array([20.0, 100, 100])
    low, high = ratio_bounds(count, expected, 2.0, (0.01, 0.01), 0.95)
    assert low[0] == 0
    assert tail_below(count, expected, high, 2.0, 0.01) == pytest.approx(0.025)
    assert tail_below(count[1:], expected[1:], low[1:], 2.0, 0.01) == pytest.approx(0.975)


def test_nothing_expected_tells_nothing() -> None:
    low, high = ratio_bounds(np.array([0.0, 3]), np.zeros(2), 1.0, (0.0, 0.0), 0.95)
    assert (low == 0).all()
    assert np.isinf(high).all()


def test_bounds_of_a_plain_count_are_known_ones() -> None:
    """Mid-p bounds of 10 Poisson cases: 5.08 to 17.82 (Rothman, Modern Epidemiology)."""
    low, high = ratio_bounds(np.array([10.0]), np.array([1.0]), 1.0, (0.0, 0.0), 0.95)
    assert (low[0], high[0]) == (pytest.approx(5.08, abs=0.005), pytest.approx(17.82, abs=0.005))


def test_the_nearest_are_alike_in_all_that_counts() -> None:
    traits = Traits(
        level=np.array([100.0, 100, 100, 100, 400, 100]),
        trend=np.array([0.0, 0, 1.0, 0, 0, 0]),
        burst=np.zeros(6),
        mix=np.array([[10.0, 0], [10, 0], [10, 0], [0, 10], [10, 0], [20, 0]]),
        kind=np.array([0, 1, 0, 0, 0, 0]),
    )
    eligible = np.arange(6) != 0
    assert distances(traits, 0) == pytest.approx([0, 2, 4, 4, np.log(4) / 0.25, 0])
    assert nearest_points(traits, 0, eligible, 3).tolist() == [5, 1, 2]


def small_city() -> tuple[np.ndarray, dict[str, object]]:
    rng = np.random.default_rng(8)
    counts = draw(rng.gamma(2, 4, 80)[:, None] * np.ones(len(DAYS)), rng)
    chosen = int(counts[:, FIRST].sum(axis=1).argmax())
    asked = {
        "treated": chosen, "before": FIRST, "after": ~FIRST, "untreated": np.arange(80) != chosen,
    }  # fmt: skip
    return counts, asked


def test_the_order_of_points_and_the_inputs_stay() -> None:
    counts, asked = small_city()
    kept = counts.copy()
    found = effect_of_remediation(counts, DAYS, **asked)  # type: ignore[arg-type]
    assert (counts == kept).all()
    order = np.random.default_rng(1).permutation(80)
    place = int(np.flatnonzero(order == asked["treated"])[0])
    again = effect_of_remediation(
        counts[order], DAYS, treated=place, before=FIRST, after=~FIRST,
        untreated=np.arange(80) != place,
    )  # fmt: skip
    assert set(order[again.comparison]) == set(found.comparison)
    assert again.whole.index == pytest.approx(found.whole.index)
    assert again.whole.high == pytest.approx(found.whole.high)


def test_steps_add_up_to_the_whole() -> None:
    counts, asked = small_city()
    found = effect_of_remediation(counts, DAYS, **asked)  # type: ignore[arg-type]
    assert sum(each.observed for each in found.steps) == found.whole.observed
    assert sum(each.expected for each in found.steps) == pytest.approx(found.whole.expected)
    low, high = found.whole.avoided_interval
    assert low <= found.whole.avoided <= high


def test_a_fall_that_its_comparison_points_share_is_none() -> None:
    """Half as many everywhere: a plain comparison calls it a success."""
    counts, asked = small_city()
    rng = np.random.default_rng(2)
    halved = counts.copy()
    halved[:, ~FIRST] = rng.binomial(counts[:, ~FIRST].astype(int), 0.5)
    found = effect_of_remediation(halved, DAYS, **asked)  # type: ignore[arg-type]
    own = halved[asked["treated"]]
    assert own[~FIRST].mean() < 0.6 * own[FIRST].mean()
    assert found.verdict == "no_sign"
    alone = counts.copy()
    alone[asked["treated"]] = own
    assert effect_of_remediation(alone, DAYS, **asked).verdict == "fell"  # type: ignore[arg-type]


def test_a_few_cases_say_nothing() -> None:
    counts, asked = small_city()
    few = np.random.default_rng(3).binomial(counts.astype(int), 0.01)
    assert effect_of_remediation(few, DAYS, **asked).verdict == "too_few"  # type: ignore[arg-type]


@pytest.mark.parametrize("law", ["gamma", "lognormal"])
def test_what_was_high_and_not_treated_has_not_fallen(law: str) -> None:
    found = effects(law, 1.0, seed=5)
    fell = np.mean([effect.verdict == "fell" for _city, effect in found])
    covered = np.mean([effect.whole.low <= 1 <= effect.whole.high for _city, effect in found])
    assert fell <= allowed(0.05)
    assert covered >= 1 - allowed(0.07)
    # A plain comparison would have called most of them a success.
    assert np.mean([is_lower(city) for city, _effect in found]) > 0.5


@pytest.mark.parametrize("law", ["gamma", "lognormal"])
def test_a_fall_by_two_fifths_is_found(law: str) -> None:
    found = [
        effect for city, effect in effects(law, 4.0, seed=6, left=0.6)
        if city.means[city.picked, ~FIRST].sum() >= 60
    ]  # fmt: skip
    n = len(found)
    assert n > N / 2
    assert np.mean([effect.verdict == "fell" for effect in found]) >= 0.8
    covered = np.mean([effect.whole.low <= 0.6 <= effect.whole.high for effect in found])
    assert 1 - allowed(0.07, n) <= covered


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"before": ~FIRST, "after": FIRST}, "not later"),
        ({"before": np.zeros(60, dtype=bool)}, "no step before"),
        ({"after": FIRST[:5]}, "expected 60 steps"),
        ({"untreated": np.ones(80, dtype=bool)}, "the treated one"),
        ({"untreated": np.ones(79, dtype=bool)}, "untreated"),
        ({"level": 1.0}, "not between"),
        ({"comparison": [1, 2, 3]}, "at least 10"),
        ({"n_comparison": 0}, "n_comparison"),
        ({"kind": np.zeros(3, dtype=int)}, "kind"),
    ],
)
def test_bad_input_is_named(change: dict[str, object], told: str) -> None:
    counts, asked = small_city()
    with pytest.raises(ValueError, match=told):
        effect_of_remediation(counts, DAYS, **{**asked, **change})  # type: ignore[arg-type]


def test_counts_are_whole() -> None:
    counts, asked = small_city()
    with pytest.raises(ValueError, match="counts"):
        effect_of_remediation(counts + 0.5, DAYS, **asked)  # type: ignore[arg-type]


def test_displacement_is_reported_and_seldom_invented() -> None:
    n = 200 if SLOW else 40
    half = moved("gamma", 8.0, n, np.random.default_rng(7), ring=0.25, share=0.5)
    none = moved("gamma", 8.0, n, np.random.default_rng(7), ring=0.25, share=0.0)
    assert share_of(half, "displaced") >= 0.8
    assert share_of(none, "displaced") <= allowed(0.08, n)


def share_of(told: str, name: str) -> float:
    words = told.split()
    return float(words[words.index(name) + 1])
