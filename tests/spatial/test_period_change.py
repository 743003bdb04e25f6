"""Two periods compared: against exact tests, slow convolutions, published values, simulation."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from shapely.geometry import box

from benchmarks.period_change_calibration import alarms, doubling_found
from spatial.count_laws import split_sums
from spatial.count_laws.beta_binomial import beta_binomial_tails, masses, share_law, share_limits
from spatial.count_laws.dispersion import Dispersion, estimate_split_dispersion
from spatial.count_laws.split_sums import matched_split, split_tails
from spatial.grid import cells_of_polygon
from spatial.period_change import period_change
from spatial.weights import hex_weights

counts = st.integers(0, 60)


@settings(max_examples=150, deadline=None)
@given(counts, counts, st.floats(0.1, 10), st.sampled_from(["two-sided", "greater", "less"]))
def test_without_dispersion_it_is_the_exact_conditional_test(
    before: int, after: int, length: float, alternative: str
) -> None:
    found = period_change(
        [before], [after], exposure=(1.0, length), reference="unchanged", dispersion=0.0,
        alternative=alternative,
    )  # fmt: skip
    total, share = before + after, length / (1 + length)
    if not total:
        assert np.isnan(found.p_value[0])
        return
    tails = {
        side: stats.binomtest(after, total, share, alternative=side) for side in ("greater", "less")
    }
    p = {side: test.pvalue for side, test in tails.items()}
    p["two-sided"] = min(1.0, 2 * min(p.values()))
    assert found.p_value[0] == pytest.approx(p[alternative], rel=1e-10)
    limits = stats.binomtest(after, total, share).proportion_ci(0.95, method="exact")
    odds = length
    assert found.low[0] == pytest.approx(limits.low / (1 - limits.low) / odds, rel=1e-6)
    if limits.high < 1:
        assert found.high[0] == pytest.approx(limits.high / (1 - limits.high) / odds, rel=1e-6)


def test_published_values() -> None:
    """Gu, Ng, Tang and Schucany (2008), their first example: 60 in 51,477.5 against 30 in 54,308.7.

    p of a ratio above 1.2 by R's `poisson.test`, as statsmodels' tests publish it.
    """
    found = period_change(
        [30], [60], exposure=(54_308.7, 1.2 * 51_477.5), reference="unchanged", dispersion=0.0
    )
    assert found.tails.greater[0] == pytest.approx(0.006651774552714537, rel=1e-12)
    assert found.tails.less[0] == pytest.approx(0.9964625674930079, rel=1e-12)
    assert 1.2 * found.ratio[0] == pytest.approx(60 / 51_477.5 / (30 / 54_308.7))


def beta_binomial_mass(k: int, n: int, a: Fraction, b: Fraction) -> Fraction:
    def rising(start: Fraction, length: int) -> Fraction:
        product = Fraction(1)
        for i in range(length):
            product *= start + i
        return product

    return comb(n, k) * rising(a, k) * rising(b, n - k) / rising(a + b, n)


def rational_tails(k: int, members: list[tuple[int, Fraction, Fraction]]) -> tuple[float, float]:
    law = [Fraction(1)]
    for n, a, b in members:
        longer = [Fraction(0)] * (len(law) + n)
        for i, mass in enumerate(law):
            for j in range(n + 1):
                longer[i + j] += mass * beta_binomial_mass(j, n, a, b)
        law = longer
    return float(sum(law[k:])), float(sum(law[: k + 1]))


@pytest.mark.parametrize("dispersion", [0.001, 0.2, 3.0])
def test_tails_of_one_and_of_several_are_those_of_rational_sums(dispersion: float) -> None:
    """Shapes (below 1 as well) and totals of several sizes, an empty member, far tails."""
    totals = [7, 0, 12, 1]
    mean, step = (Fraction(float(each[0])) for each in share_law(np.array([0.4]), dispersion))
    shapes = mean / step, (1 - mean) / step
    for row in ([0], [0, 1, 2, 3]):
        chosen = np.zeros((1, 4))
        chosen[0, row] = 1
        members = [(totals[i], *shapes) for i in row]
        for k in range(sum(totals[i] for i in row) + 1):
            found = split_tails(
                np.array(totals), np.full(4, 0.4), np.array([k]),
                scipy.sparse.csr_array(chosen), dispersion,
            )  # fmt: skip
            greater, less = rational_tails(k, members)
            assert found.greater[0] == pytest.approx(greater, rel=1e-11)
            assert found.less[0] == pytest.approx(less, rel=1e-11)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 80), st.floats(0.05, 0.95), st.floats(0.01, 4), st.data())
def test_one_area_agrees_with_scipy(
    total: int, share: float, dispersion: float, data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, total))
    mean, step = share_law(np.array([share]), dispersion)
    peer = stats.betabinom(total, mean[0] / step[0], (1 - mean[0]) / step[0])
    found = beta_binomial_tails(np.array([count]), np.array([total]), mean, step)
    assert found.greater[0] == pytest.approx(peer.sf(count - 1), rel=1e-5, abs=1e-11)
    assert found.less[0] == pytest.approx(peer.cdf(count), rel=1e-5, abs=1e-11)


def test_counts_of_one_period_given_both_are_beta_binomial() -> None:
    """Negative binomial periods of equal length, whatever the level: conditioned by brute force."""
    phi, total = 0.4, 9
    for level in (0.5, 3.0, 40.0):
        own = stats.nbinom.pmf(np.arange(total + 1), 1 / phi, 1 / (1 + phi * level))
        joint = own * own[::-1]
        law = share_law(np.array([0.5]), phi)
        whole, _ = masses(np.array([total]), *law, np.array([0]), np.array([total]))
        assert whole == pytest.approx(joint / joint.sum(), rel=1e-9)


@pytest.mark.parametrize("phi", [2e-6, 0.01, 0.3, 1.0, 4.0])
@pytest.mark.parametrize("share", [0.5, 0.3, 0.02])
def test_the_share_s_law_has_the_moments_of_two_gamma_rates(share: float, phi: float) -> None:
    """Rates of the periods vary by gamma factors; their share by adaptive integration."""
    odds, factor = share / (1 - share), stats.beta(1 / phi, 1 / phi)

    def moment(power: int) -> float:
        def value(level: float) -> float:
            x = factor.ppf(level)
            return float((odds * x / (1 - x + odds * x)) ** power)

        return integrate.quad(value, 0, 1, limit=400, points=[0.001, 0.5, 0.999])[0]

    first, second = moment(1), moment(2)
    mean, step = share_law(np.array([share]), phi)
    assert mean[0] == pytest.approx(first, rel=1e-4)
    variance = mean[0] * (1 - mean[0]) * step[0] / (1 + step[0])
    assert variance == pytest.approx(second - first**2, rel=2e-3, abs=1e-9)


def test_a_nearly_steady_share_goes_over_into_a_steady_one() -> None:
    for share in (0.5, 0.1):
        below, above = (share_law(np.array([share]), phi) for phi in (0.999e-6, 1.001e-6))
        assert above[0] == pytest.approx(below[0], rel=1e-5)
        assert above[1] == pytest.approx(below[1], rel=5e-3)


def test_masses_of_a_part_are_conditioned_on_it() -> None:
    law = np.array([12]), np.array([0.3]), np.array([0.2])
    whole, _ = masses(*law, np.array([0]), np.array([12]))
    part, start = masses(*law, np.array([2]), np.array([6]))
    assert part == pytest.approx(whole[2:7] / whole[2:7].sum())
    assert start.tolist() == [0, 5]


def test_limits_are_where_the_tails_are() -> None:
    rng = np.random.default_rng(2)
    total = rng.integers(1, 300, 200)
    count = rng.integers(0, total + 1)
    step = rng.choice([0.0, 1e-4, 0.05, 0.8], 200)
    low, high = share_limits(count, total, step, 0.9)
    some = (count > 0) & (low > 0)
    at_low = beta_binomial_tails(count[some], total[some], low[some], step[some])
    assert at_low.greater == pytest.approx(np.full(some.sum(), 0.05), rel=1e-5)
    some = count < total
    at_high = beta_binomial_tails(count[some], total[some], high[some], step[some])
    assert at_high.less == pytest.approx(np.full(some.sum(), 0.05), rel=1e-5)
    assert (low[count == 0] == 0).all()
    assert (high[count == total] == 1).all()


def test_the_matched_law_has_mean_and_variance_of_the_sum() -> None:
    total, share = np.array([30, 4, 11]), np.array([0.4, 0.5, 0.45])
    means, step = share_law(share, 0.3)
    together = scipy.sparse.csr_array(np.ones((1, 3)))
    sums, mean, matched = matched_split(total, means, step, together)
    each = zip(total, means, step, strict=True)
    laws = [stats.betabinom(n, p / s, (1 - p) / s) for n, p, s in each]
    one = stats.betabinom(sums[0], mean[0] / matched[0], (1 - mean[0]) / matched[0])
    assert one.mean() == pytest.approx(sum(law.mean() for law in laws))
    assert one.var() == pytest.approx(sum(law.var() for law in laws))


def test_where_the_matched_law_stands_in_it_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    total = rng.integers(10, 90, 7 * 40)
    rows = scipy.sparse.csr_array(np.kron(np.eye(40), np.ones(7)))
    later = np.asarray(rows @ rng.binomial(total, rng.beta(5, 5, total.size)))
    arguments = (total, np.full(total.size, 0.5), later, rows, 0.2)
    quick = split_tails(*arguments)
    monkeypatch.setattr(split_sums, "ALWAYS_CONVOLVED", 10_000)
    exact = split_tails(*arguments)
    near = np.minimum(exact.greater, exact.less) > 0.12
    assert near.any()
    assert (quick.greater != exact.greater).any()
    assert quick.greater == pytest.approx(exact.greater, rel=0.05)
    assert quick.greater[~near] == pytest.approx(exact.greater[~near], rel=0.03)


def city(seed: int, n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    level = rng.gamma(1.0, 8.0, n)
    first, second = (rng.poisson(level * rng.gamma(5, 1 / 5, n)) for _ in range(2))
    return first, second


def test_periods_changed_over_give_the_reciprocal() -> None:
    before, after = city(1)
    one, other = period_change(before, after), period_change(after, before)
    with np.errstate(divide="ignore"):
        assert other.ratio == pytest.approx(1 / one.ratio, nan_ok=True)
        assert other.low == pytest.approx(1 / one.high, rel=1e-4, nan_ok=True)
    assert other.reference_ratio == pytest.approx(1 / one.reference_ratio)
    assert other.p_value == pytest.approx(one.p_value, rel=2e-2, nan_ok=True)
    assert other.dispersion == pytest.approx(one.dispersion, rel=1e-2)


def test_what_all_share_drops_out() -> None:
    """The periods' length and the people in both leave a comparison with the city as it is."""
    before, after = city(2)
    people = np.random.default_rng(3).uniform(10, 5_000, before.size)
    plain = period_change(before, after)
    for exposure in ((30.0, 31.0), np.column_stack([30 * people, 31 * people])):
        found = period_change(before, after, exposure=exposure)
        assert found.ratio == pytest.approx(plain.ratio, nan_ok=True)
        assert found.p_value == pytest.approx(plain.p_value, rel=1e-6, nan_ok=True)
        assert found.reference_ratio == pytest.approx(plain.reference_ratio * 30 / 31)


def test_expected_counts_add_up_when_places_grow_unlike() -> None:
    before, after = city(5)
    people = np.random.default_rng(4).uniform(0.5, 2, (before.size, 2))
    found = period_change(before, after, exposure=people)
    assert np.nansum(found.expected) == pytest.approx(after.sum())
    wanted = found.reference_ratio * people[:, 1] / people[:, 0]
    rate = found.expected / (found.before + found.after - found.expected)
    assert rate == pytest.approx(np.where(np.isnan(rate), np.nan, wanted), nan_ok=True)


def test_a_place_where_more_people_moved_in_has_not_changed() -> None:
    before, after = np.full(50, 100), np.full(50, 100)
    after[0] = 200
    assert period_change(before, after, dispersion=0.0).q_value[0] < 1e-4
    people = np.ones((50, 2))
    people[0, 1] = 2.0
    assert period_change(before, after, dispersion=0.0, exposure=people).q_value[0] == 1


def test_empty_islands_and_unknown_have_no_test() -> None:
    cells = cells_of_polygon(box(83.0, 39.0, 83.05, 39.03), 9)
    far = cells_of_polygon(box(84.0, 39.0, 84.01, 39.01), 9)[:1]
    cells = np.concatenate([np.sort(cells), far])
    rng = np.random.default_rng(1)
    before, after = rng.poisson(3, cells.size), rng.poisson(3, cells.size)
    weights = hex_weights(cells)
    exposure = np.ones((cells.size, 2))
    exposure[0, 1] = np.nan
    found = period_change(before, after, weights, exposure=exposure)
    tested = ~np.isnan(found.p_value)
    assert not tested[0]
    assert not tested[-1]
    assert tested[1:-1].all()
    members = weights[[1]].indices
    assert found.before[1] == before[members[members != 0]].sum()
    alone = period_change([0, 5], [0, 5], dispersion=0.0)
    assert np.isnan(alone.q_value[0])
    assert alone.q_value[1] == 1
    assert np.isnan(alone.ratio[0])


def test_a_place_that_was_silent_before_has_an_infinite_ratio() -> None:
    found = period_change([0, 30], [12, 30], dispersion=0.0)
    assert found.ratio[0] == np.inf
    assert found.high[0] == np.inf
    assert 1 < found.low[0] < np.inf


def test_neighbours_speak_together() -> None:
    """Each of seven cells with too few cases to tell, together beyond doubt."""
    cells = np.sort(cells_of_polygon(box(83.0, 39.0, 83.2, 39.15), 9))
    weights = hex_weights(cells)
    rng = np.random.default_rng(2)
    before = rng.poisson(3.0, cells.size)
    middle = int(np.flatnonzero(np.diff(weights.indptr) == 7)[200])
    rate = np.full(cells.size, 3.0)
    rate[weights[[middle]].indices] = 10.0
    after = rng.poisson(rate)
    assert np.nanmin(period_change(before, after).q_value) > 0.05
    assert period_change(before, after, weights).q_value[middle] < 0.01


@pytest.mark.parametrize("phi", [0.0, 0.1, 0.6])
@pytest.mark.parametrize("length", [1.0, 0.3])
def test_dispersion_is_found_whatever_the_levels(phi: float, length: float) -> None:
    found = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        level = rng.gamma(0.5, 30.0, 3_000)
        draws = [rng.gamma(1 / phi, phi, 3_000) if phi else np.ones(3_000) for _ in range(2)]
        before, after = rng.poisson(level * draws[0]), rng.poisson(length * level * draws[1])
        share = np.full(3_000, after.sum() / (before.sum() + after.sum()))
        found.append(estimate_split_dispersion(before, after, share))
    # The beta law stands in for the share's own where periods are unlike and rates very unsteady.
    assert np.mean([each.value for each in found]) == pytest.approx(phi, rel=0.2, abs=0.01)
    assert all(each.value <= each.upper for each in found)


def test_places_that_did_change_do_not_widen_it() -> None:
    rng = np.random.default_rng(6)
    level = rng.gamma(1.0, 20.0, 4_000)
    before, after = (rng.poisson(level * rng.gamma(10, 1 / 10, 4_000)) for _ in range(2))
    changed = after.copy()
    changed[:120] = rng.poisson(5 * level[:120])
    one, other = (
        estimate_split_dispersion(before, each, np.full(4_000, 0.5)) for each in (after, changed)
    )
    assert other.value == pytest.approx(one.value, rel=0.15)


def test_too_few_cases_to_tell_are_taken_as_poisson() -> None:
    assert estimate_split_dispersion([1, 0], [0, 1], [0.5, 0.5]) == Dispersion.known(0.0)


@pytest.mark.parametrize("setting", [(2_000, 3.0, 1.5), (2_000, 20.0, 5.0), (2_000, 3.0, np.inf)])
@pytest.mark.parametrize("length", [1.0, 1 / 3])
def test_nothing_changes_and_nothing_is_said(
    setting: tuple[int, float, float], length: float
) -> None:
    cities = 12
    found = np.array([alarms(setting, length, seed) for seed in range(1, cities + 1)])
    cells, together, any_found = found.mean(axis=0)
    assert cells <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / (cities * 2_000))
    # Neighbourhoods overlap: seven cells say about as much as two.
    assert together <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / (cities * 2_000 / 3.5))
    assert round(any_found * cities) <= stats.binom.ppf(0.99, cities, 0.05)


def test_doublings_are_found_almost_as_if_the_dispersion_were_known() -> None:
    """Steady rates give them away; where rates are unsteady knowing by how much helps little."""
    cities = 12
    for size, least in ((20.0, 0.15), (np.inf, 0.9)):
        setting = (2_000, 20.0, size)
        found = [doubling_found(setting, seed) for seed in range(1, cities + 1)]
        estimated, known = np.sum(found, axis=0)
        assert estimated >= least * cities
        assert estimated >= 0.6 * known


def test_wrong_input_is_refused_and_inputs_stay() -> None:
    before, after = np.array([3, 0]), np.array([5, 1])
    kept = before.copy(), after.copy()
    period_change(before, after)
    assert np.array_equal(before, kept[0])
    assert np.array_equal(after, kept[1])
    for arguments, options, message in (
        (([1], [1, 2]), {}, "after: expected as many entries"),
        (([1.5], [1]), {}, "before: counts must be whole"),
        (([1], [0]), {}, "both periods need cases, found 1 and 0"),
        (([1], [1]), {"exposure": (0.0, 1.0)}, "exposure: must be above 0"),
        (([1], [1]), {"exposure": (1.0, 1.0, 1.0)}, "exposure: expected shape"),
        (([1], [1]), {"alternative": "more"}, "alternative: expected one of"),
        (([1], [1]), {"reference": "last year"}, "reference: expected one of"),
        (([1], [1]), {"level": 95}, "level: must lie between 0 and 1"),
    ):
        with pytest.raises(ValueError, match=message):
            period_change(*arguments, **options)
    half = scipy.sparse.csr_array(np.array([[0.5, 0.5], [0.5, 0.5]]))
    with pytest.raises(ValueError, match="weights of 0 and 1"):
        period_change(before, after, half)
