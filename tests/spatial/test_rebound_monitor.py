"""The rebound monitor against a slow textbook loop, published run lengths and simulated years."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchmarks.rebound_monitor import watch
from spatial import Accuracy, alarm_threshold, rebound_monitor, share_found
from spatial.monitoring.rebound import cumulative_sum, reference_ratio
from spatial.monitoring.years import EXACT, simulate_years

FEW = 2_000
COUNTS = st.lists(st.integers(0, 60), min_size=6, max_size=6)


def likelihood_ratio(count: int, expected: float, dispersion: float, shift: float) -> float:
    """Log of NB(shift * expected) over NB(expected), both of size expected / (dispersion - 1)."""
    size = expected / (dispersion - 1)
    laws = [scipy.stats.nbinom(size, size / (size + each * expected)) for each in (1.0, shift)]
    return float(laws[1].logpmf(count) - laws[0].logpmf(count))


def test_the_sum_is_the_likelihood_ratio_chart_of_hoehle_and_paul() -> None:
    rng = np.random.default_rng(5)
    expected = 40 + 20 * np.sin(np.arange(24))
    counts = rng.negative_binomial(expected, 0.5)
    dispersion, shift = 2.3, 1.5
    ratio, path = 0.0, []
    for count, mean in zip(counts, expected, strict=True):
        ratio = max(0.0, ratio + likelihood_ratio(int(count), mean, dispersion, shift))
        path.append(ratio)
    found = cumulative_sum(counts[None] * 1.0, reference_ratio(dispersion, shift) * expected)[0]
    # One case more adds the same to the log of the ratio, whatever is expected.
    one_case = np.log(shift / (1 + (dispersion - 1) * (shift - 1) / dispersion))
    np.testing.assert_allclose(found * one_case, path, rtol=1e-9, atol=1e-9)


def test_a_dispersion_of_one_is_lucas_poisson_chart() -> None:
    near = reference_ratio(1 + 1e-7, 1.7)
    assert reference_ratio(1.0, 1.7) == pytest.approx(0.7 / np.log(1.7))
    assert near == pytest.approx(reference_ratio(1.0, 1.7), rel=1e-6)


@pytest.mark.parametrize(
    ("mean", "zero_start", "head_start"), [(1.88, 37.2, 29.19), (3.2, 5.49, 3.33)]
)
def test_published_run_lengths(mean: float, zero_start: float, head_start: float) -> None:
    """Lucas (1985) with k = 2, h = 6 as printed by IAcsSPCR 1.2.1 (Lawson): ARL and FIR ARL."""
    k, h = 2, 6
    steps, runs = 400, 8_000
    counts = np.random.default_rng(8).poisson(mean, (runs, steps)).astype(float)
    for start, published in ((0, zero_start), (h // 2, head_start)):
        begun = np.c_[np.full(runs, start + k), counts]  # a first count that lifts the sum to it
        sums = cumulative_sum(begun, np.full(steps + 1, float(k)))[:, 1:]
        lengths = (sums >= h).argmax(axis=1) + 1
        assert (sums >= h).any(axis=1).mean() > 0.999
        error = lengths.std() / np.sqrt(runs)
        assert lengths.mean() == pytest.approx(published, abs=4 * error + 0.005)


def markov_false_alarms(mean: float, dispersion: float, threshold: float, steps: int) -> float:
    """Chance that a chart of whole numbers alarms: its states walked one by one."""
    size = mean / (dispersion - 1)
    law = scipy.stats.nbinom(size, 1 / dispersion)
    cells = 400  # of a case, so that the reference is nearly a whole number of them
    unit = mean * reference_ratio(dispersion) / cells
    state = {0: 1.0}
    alarmed = 0.0
    counts = np.arange(int(law.isf(1e-10)) + 1)
    chances = law.pmf(counts)
    for _ in range(steps):
        following: dict[int, float] = {}
        for at, chance in state.items():
            sums = np.maximum(at + np.rint(counts / unit) - cells, 0)
            for to, share in zip(sums.astype(int), chances, strict=True):
                if to * unit > threshold:
                    alarmed += chance * share
                else:
                    following[to] = following.get(to, 0.0) + chance * share
        state = following
    return alarmed


def test_thresholds_keep_their_word_by_a_markov_chain() -> None:
    threshold = alarm_threshold([6.0] * 12, dispersion=1.5)
    chance = markov_false_alarms(6.0, 1.5, threshold, 12)
    assert 0.04 < chance <= 0.0505


def test_what_is_less_well_known_needs_a_higher_threshold() -> None:
    year = [100.0] * 24
    known = [
        alarm_threshold(year, dispersion=2, accuracy=each, n_years=FEW)
        for each in (
            EXACT,
            Accuracy(level_cases=2_400),
            Accuracy(level_cases=1_200),
            Accuracy(1_200, season_cases=1_000),
            Accuracy(1_200, season_cases=1_000, dispersion_df=20),
        )
    ]
    assert known == sorted(known)
    assert known[-1] > 1.2 * known[0]


def test_simulated_years_have_the_mean_and_the_variance_they_are_told() -> None:
    rng = np.random.default_rng(2)
    years = simulate_years(np.array([30.0, 80.0]), 2.5, EXACT, 40_000, rng)
    np.testing.assert_allclose(years.mean(axis=0), [30, 80], rtol=0.01)
    np.testing.assert_allclose(years.var(axis=0), [75, 200], rtol=0.04)
    told = simulate_years(np.array([100.0, 100.0]), 1.0, Accuracy(400.0), 40_000, rng)
    # Poisson's own 100, and 100²/400 of the level, which both half-months share.
    np.testing.assert_allclose(told.var(axis=0), 125, rtol=0.05)
    assert np.cov(told.T)[0, 1] == pytest.approx(25, rel=0.2)


@pytest.mark.parametrize("townships", [12, 60])
def test_half_as_much_again_is_found_in_two_half_months(townships: int) -> None:
    """In short what `python -m benchmarks.rebound_monitor` does for 1,000 years of each size."""
    false, found = watch(100, townships=townships, baseline=12, cities=60, years=40, n_years=4_000)
    assert false <= 0.05 + 0.02  # what 60 cities can tell
    assert found[1] >= 0.85


def test_small_townships_are_found_later_and_raise_no_more_false_alarms() -> None:
    false, found = watch(20, townships=60, baseline=12, cities=60, years=40, n_years=4_000)
    assert false <= 0.05 + 0.02
    assert 0.05 < found[1] < 0.5 < found[11]


def test_the_delay_that_is_told_is_the_delay_of_simulated_years() -> None:
    year = np.full(24, 50.0)
    threshold = alarm_threshold(year, dispersion=2)
    told = share_found(year, threshold, dispersion=2)
    counts = np.random.default_rng(99).negative_binomial(75, 0.5, (8_000, 24))
    found = rebound_monitor(counts[:1], year[None], dispersion=2)
    assert found.threshold == pytest.approx([threshold])
    sums = np.zeros(len(counts))
    alarmed = np.zeros(len(counts), dtype=bool)
    for step in range(6):
        sums = np.maximum(sums + counts[:, step] - reference_ratio(2.0) * 50, 0)
        alarmed |= sums > threshold
        assert alarmed.mean() == pytest.approx(told[step], abs=0.025)


def monitored(counts: NDArray[np.float64], expected: float = 20.0) -> NDArray[np.float64]:
    means = np.full(counts.shape, expected)
    return rebound_monitor(counts, means, dispersion=1.6, n_years=FEW).cusum


@settings(max_examples=30, deadline=None)
@given(COUNTS, st.integers(0, 5), st.integers(1, 30))
def test_more_cases_never_lower_the_sum_before_an_alarm(
    counts: list[int], at: int, more: int
) -> None:
    fewer = np.array([counts], dtype=float)
    rise = fewer.copy()
    rise[0, at] += more
    reference = np.full(6, 24.0)
    assert (cumulative_sum(rise, reference) >= cumulative_sum(fewer, reference)).all()


@settings(max_examples=10, deadline=None)
@given(st.lists(COUNTS, min_size=3, max_size=3), st.permutations(range(3)))
def test_a_township_does_not_depend_on_the_others(rows: list[list[int]], order: list[int]) -> None:
    counts = np.array(rows, dtype=float)
    np.testing.assert_array_equal(monitored(counts)[order], monitored(counts[order]))


@settings(max_examples=30, deadline=None)
@given(COUNTS, st.integers(2, 9))
def test_cases_counted_in_other_units_make_the_same_chart(counts: list[int], times: int) -> None:
    plain = np.array([counts], dtype=float)
    reference, threshold = np.full(6, 24.0), np.array([30.0])
    scaled = cumulative_sum(times * plain, times * reference, times * threshold)
    np.testing.assert_allclose(scaled, times * cumulative_sum(plain, reference, threshold))


def test_the_sum_begins_anew_after_an_alarm_and_waits_where_nothing_is_known() -> None:
    counts = [[20, np.nan, 90, 20, np.nan, 90]]
    found = rebound_monitor(counts, [[20.0] * 6], dispersion=1.0, n_years=FEW)
    reference = 20 * found.reference[0]
    assert found.alarm.tolist() == [[False, False, True, False, False, True]]
    assert found.cusum[0] == pytest.approx([0, 0, 90 - reference, 0, 0, 90 - reference])
    assert found.first_alarm.tolist() == [2]


def test_the_same_seed_gives_the_same_threshold_and_inputs_stay() -> None:
    counts, expected = np.array([[3.0, 9.0]]), np.array([[4.0, 4.0]])
    kept = counts.copy(), expected.copy()
    found = [rebound_monitor(counts, expected, dispersion=1.2, n_years=FEW) for _ in range(2)]
    assert found[0].threshold == found[1].threshold
    np.testing.assert_array_equal(counts, kept[0])
    np.testing.assert_array_equal(expected, kept[1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"observed": [[1.5, 2]]}, "whole numbers"),
        ({"observed": [[-1, 2]]}, "no value may be negative"),
        ({"expected": [[0.0, 4.0]]}, "expected: must be above 0, found 0.0 at 0"),
        ({"expected": [[4.0]]}, "must have the shape of observed"),
        ({"dispersion": 0.9}, "variance over mean is 1 or more"),
        ({"dispersion": [1.0, 1.0]}, "expected one value or 1"),
        ({"shift": 1.0}, "a multiple above 1"),
        ({"false_alarms": 0.0}, "between 0 and 1"),
        ({"n_years": 20}, "more than 20 years can tell"),
        ({"accuracy": [EXACT, EXACT]}, "as many entries as observed"),
    ],
)
def test_what_is_refused(change: dict[str, object], message: str) -> None:
    asked = {"observed": [[4, 5]], "expected": [[4.0, 4.0]], "dispersion": 1.0, **change}
    with pytest.raises(ValueError, match=message):
        rebound_monitor(asked.pop("observed"), asked.pop("expected"), **asked)  # type: ignore[arg-type]
