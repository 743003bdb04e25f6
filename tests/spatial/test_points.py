"""Rules against a slow reading of their wording; callers, classes and months by hand."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import spatial.points.unusual
from spatial import MonthlyTopRule, RepeatRule, high_frequency_points, mann_kendall
from spatial.points.unusual import ExpectedReports

START = np.datetime64("2024-01-01T00:00:00", "s")
report = st.tuples(
    st.integers(-1, 3), st.integers(0, 40 * 24), st.integers(-1, 1), st.integers(-1, 2)
)


def arrays(cases: list[tuple[int, int, int, int]]) -> tuple[np.ndarray, ...]:
    table = np.array(cases, dtype=np.int64).reshape(-1, 4)
    return table[:, 0], START + table[:, 1] * 3600, table[:, 2], table[:, 3]


@settings(deadline=None)
@given(st.lists(report, max_size=30))
def test_same_class_three_in_seven_days_as_worded(cases: list[tuple[int, int, int, int]]) -> None:
    point, when, classes, callers = arrays(cases)
    found = high_frequency_points(point, when, classes, callers, rules=[RepeatRule()])
    assert found.point.tolist() == sorted({int(p) for p in point if p != -1})
    for row, code in enumerate(found.point):
        mine = [(w, c) for p, w, c in zip(point, when, classes, strict=True) if p == code]
        # Every report of a known class closes a window of seven days.
        windows = [
            (end, sum(end - np.timedelta64(7, "D") < w <= end and c == kind for w, c in mine))
            for end, kind in mine
            if kind != -1
        ]
        full = [end for end, size in windows if size >= 3]
        assert found.met[row, 0] == bool(full)
        assert found.largest[row, 0] == max((size for _, size in windows), default=0)
        if full:
            assert found.first_met[row, 0] == min(full).astype("datetime64[D]")
        else:
            assert np.isnat(found.first_met[row, 0])


@settings(deadline=None)
@given(st.lists(report, max_size=40))
def test_monthly_leaders_as_worded(cases: list[tuple[int, int, int, int]]) -> None:
    point, when, classes, callers = arrays(cases)
    rule = MonthlyTopRule(top=2, least=2)
    found = high_frequency_points(point, when, classes, callers, rules=[rule])
    placed = point != -1
    months = when.astype("datetime64[M]")
    tally = Counter(zip(months[placed], point[placed], strict=True))
    for row, code in enumerate(found.point):
        months_met = []
        for (month, one), count in tally.items():
            ahead = sum(other > count for (m, _), other in tally.items() if m == month)
            if one == code and ahead < 2 and count >= 2:
                months_met.append(month)
        assert found.met[row, 0] == bool(months_met)
        assert found.months_met[row] == len(months_met)


def test_who_and_what_stands_behind_a_point() -> None:
    cases = [(4, 1, 7, 1), (4, 2, 7, 1), (4, 3, 9, -1), (6, 1, 2, 5), (6, 2, 2, 5), (9, 1, -1, -1)]
    found = high_frequency_points(*arrays(cases))
    assert found.point.tolist() == [4, 6, 9]
    assert found.reports.tolist() == [3, 2, 1]
    assert found.callers.tolist() == [1, 1, 0]
    assert found.without_caller.tolist() == [1, 0, 1]
    assert np.allclose(found.top_caller_share, [2 / 3, 1, np.nan], equal_nan=True)
    assert found.one_caller.tolist() == [False, True, False]
    assert found.main_class.tolist() == [7, 2, -1]
    # Three reports in a month lead this small city, though they are not of one class.
    assert found.met.tolist() == [[False, True], [False, False], [False, False]]
    assert found.high_frequency.tolist() == [True, False, False]


def test_of_equal_classes_the_smaller_code_is_the_main_one() -> None:
    found = high_frequency_points(*arrays([(1, 1, 8, 0), (1, 2, 3, 0)]))
    assert found.main_class.tolist() == [3]


def test_months_are_counted_back_from_the_last_one() -> None:
    months = np.array(["2023-01", "2023-02", "2024-01"], dtype="datetime64[M]")
    when = np.repeat(months.astype("datetime64[s]"), 3)
    same = np.zeros(9, dtype=np.int64)
    rules = [RepeatRule()]
    plain = high_frequency_points(same, when, same, same, rules=rules)
    assert plain.months_met.tolist() == [2]
    assert str(plain.first_met[0, 0]) == "2023-01-01"
    earlier = high_frequency_points(
        same, when, same, same, rules=rules, as_of=np.datetime64("2023-12-31")
    )
    assert earlier.months_met.tolist() == [2]
    latest = high_frequency_points(
        same, when, same, same, rules=rules, as_of=np.datetime64("2024-02-10")
    )
    assert latest.months_met.tolist() == [1]


def test_unusually_high_is_judged_over_all_points_with_an_expected_count() -> None:
    cases = [(2, i, 0, i % 3) for i in range(9)] + [(5, 1, 0, 0), (7, 1, 0, 0)]
    expected = {2: 2.0, 5: 3.0, 11: 1.0, 12: 4.0}
    found = high_frequency_points(*arrays(cases), expected=expected, dispersion=0.0)
    p = stats.poisson.sf(8, 2.0)
    assert found.p_value[0] == pytest.approx(p)
    assert found.q_value[0] == pytest.approx(4 * p)
    assert np.isnan(found.q_value[2])
    assert np.isnan(found.expected[2])
    assert np.allclose(found.dispersion, [0.0, 0.0, np.nan], equal_nan=True)
    estimated = high_frequency_points(*arrays(cases), expected=expected)
    assert estimated.p_value[0] > p
    assert np.isnan(high_frequency_points(*arrays(cases)).dispersion).all()


def test_each_source_has_its_own_dispersion() -> None:
    rng = np.random.default_rng(4)
    steady, uneven = rng.poisson(6.0, 300), rng.negative_binomial(1, 1 / 7, 300)
    counts = np.concatenate([steady, uneven])
    point = np.repeat(np.arange(600), counts)
    when = START + 3600 * rng.integers(0, 24 * 300, point.size)
    given = ExpectedReports.of(np.arange(600), np.full(600, 6.0), np.repeat([0, 3], 300))
    found = high_frequency_points(point, when, point * 0, point, expected=given)
    of = dict(zip(found.point.tolist(), found.dispersion, strict=True))
    assert len(set(of.values())) == 2
    assert of[int(np.argmax(steady))] < 0.2
    assert 0.7 < of[300 + int(np.argmax(uneven))] < 1.6


def test_a_sampled_dispersion_does_not_depend_on_the_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spatial.points.unusual, "LARGEST_SAMPLE", 150)
    rng = np.random.default_rng(9)
    expected = rng.gamma(2.0, 3.0, 400)
    counts = rng.poisson(rng.gamma(2.0, 0.5, 400) * expected)
    points = np.repeat(np.arange(400), counts)
    times = np.full(points.size, np.datetime64("2024-05-07T09", "s"))
    same = np.zeros(points.size, dtype=int)
    found = []
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(400)
        given = ExpectedReports.of(
            np.append(order, [-1, -1]),
            np.append(expected[order], [0.1, 2.0]),
            times=[1] * 400 + [7, 30],
        )
        found.append(high_frequency_points(points, times, same, same, expected=given))
    for other in found[1:]:
        assert np.array_equal(other.dispersion, found[0].dispersion)
        assert np.array_equal(other.p_value, found[0].p_value)


def test_empty_ground_belongs_to_the_family() -> None:
    cases = [(2, i, 0, i % 3) for i in range(9)]
    alone = high_frequency_points(*arrays(cases), expected={2: 0.4}, dispersion=0.3)
    ground = ExpectedReports.of([2, -1], [0.4, 0.2], times=[1, 999])
    found = high_frequency_points(*arrays(cases), expected=ground, dispersion=0.3)
    assert found.p_value[0] == alone.p_value[0]
    assert found.q_value[0] == pytest.approx(1000 * alone.p_value[0])
    # The same, each piece of ground named by a code of its own.
    one_by_one = {2: 0.4} | dict.fromkeys(range(10, 1009), 0.2)
    named = high_frequency_points(*arrays(cases), expected=one_by_one)
    counted = high_frequency_points(*arrays(cases), expected=ground)
    assert counted.dispersion[0] == pytest.approx(named.dispersion[0])
    assert counted.q_value[0] == pytest.approx(named.q_value[0])
    assert counted.months_hot.tolist() == named.months_hot.tolist()


def test_hot_months_by_hand() -> None:
    # Thirty reports a month in the city over fourteen months; point 1 has twenty of them in two.
    months = np.array(
        [f"2023-{m:02d}" for m in range(1, 13)] + ["2024-01", "2024-02"], "datetime64[M]"
    )
    cases = []
    for number, month in enumerate(months):
        many = 20 if number in (1, 7, 13) else 2
        cases += [(1, month)] * many + [(2 + i, month) for i in range(30 - many)]
    point = np.array([place for place, _ in cases])
    when = np.array([month for _, month in cases]).astype("datetime64[s]")
    expected = {1: 28.0, 2: 14.0, 50: 378.0}
    found = high_frequency_points(
        point, when, point, point, expected=expected, dispersion=0.0,
        since=np.datetime64("2023-01-01"), as_of=np.datetime64("2024-02-29"),
    )  # fmt: skip
    # The last twelve months start in March: February's rush is not among them.
    p = [stats.poisson.sf(19, 2.0) if many else stats.poisson.sf(1, 2.0) for many in (1, 0)]
    assert p[0] * 36 / 2 < 0.05 < p[1]
    assert found.months_hot[:2].tolist() == [2, 0]
    assert set(found.months_hot[2:]) == {-1}


def test_incidents_and_trend_of_a_point() -> None:
    when = np.array(
        ["2024-01-31", "2024-02-01", "2024-02-20", "2024-03-01", "2024-03-02", "2024-03-03"],
        "datetime64[s]",
    )  # fmt: skip
    kind = [1, 1, 1, 1, 2, -1]
    found = high_frequency_points([5] * 6, when, kind, [0] * 6)
    # January and February's first are one; the 20th, March's first and the other class each one.
    assert found.incidents.tolist() == [5]
    given = high_frequency_points([5] * 6, when, kind, [0] * 6, incidents=[1, 1, 1, 7, -1, -1])
    assert given.incidents.tolist() == [4]
    assert (found.trend_s[0], found.trend_slope[0]) == (3.0, 1.0)
    test = mann_kendall([1.0, 2.0, 3.0])
    assert (found.trend_z[0], found.trend_p_value[0]) == (test.z, test.p_value)


def test_cut_months_say_nothing_of_a_trend() -> None:
    days = [f"2024-{month:02d}-{day:02d}" for month in (2, 3, 4) for day in (1, 2)]
    when = np.array([*days, "2024-01-31", "2024-05-01"], "datetime64[s]")
    one = np.zeros(8, dtype=np.int64)
    cut = high_frequency_points(
        one, when, one, one,
        since=np.datetime64("2024-01-31"), as_of=np.datetime64("2024-05-03"),
    )  # fmt: skip
    assert (cut.trend_s[0], cut.trend_p_value[0]) == (0.0, 1.0)
    whole = high_frequency_points(one, when, one, one)
    series = mann_kendall([1.0, 2.0, 2.0, 2.0, 1.0])
    assert (whole.trend_s[0], whole.trend_z[0]) == (series.s, series.z)
    short = high_frequency_points(one, when, one, one, as_of=np.datetime64("2024-02-29"))
    assert np.isnan(short.trend_s[0])


def test_inputs_stay_as_they_are_and_codes_may_be_renamed() -> None:
    rng = np.random.default_rng(8)
    point, kind, caller = (
        rng.integers(-1, 9, 300),
        rng.integers(-1, 3, 300),
        rng.integers(-1, 40, 300),
    )
    when = START + 3600 * rng.integers(0, 24 * 200, 300)
    before = [each.copy() for each in (point, when, kind, caller)]
    expected = {code: 20.0 + code for code in range(9)}
    found = high_frequency_points(point, when, kind, caller, expected=expected)
    for each, copy in zip((point, when, kind, caller), before, strict=True):
        assert np.array_equal(each, copy)
    renamed = np.where(point >= 0, 1000 - 10 * point, -1)
    again = high_frequency_points(
        renamed, when, kind, caller, expected={1000 - 10 * c: e for c, e in expected.items()}
    )
    for name in (
        "reports",
        "incidents",
        "callers",
        "q_value",
        "months_hot",
        "months_met",
        "trend_z",
    ):
        np.testing.assert_allclose(getattr(again, name)[::-1], getattr(found, name))


def test_times_may_be_text() -> None:
    cases = [(1, 0, 0, 0), (1, 40, 0, 0)]
    found, same = (
        high_frequency_points(
            *arrays(cases), since=convert("2024-01-05"), as_of=convert("2025-06-01")
        )
        for convert in (str, np.datetime64)
    )
    assert np.array_equal(found.trend_s, same.trend_s)
    assert np.array_equal(found.months_met, same.months_met)


def test_no_reports_give_no_points() -> None:
    for cases in ([], [(-1, 3, 0, 0)]):
        found = high_frequency_points(*arrays(cases), expected={3: 2.0})
        assert found.point.size == 0
        assert found.met.shape == (0, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"when": np.array(["NaT"], "datetime64[s]")}, "when: every case needs a time"),
        ({"classes": [0, 1]}, "classes: expected as many entries as point"),
        ({"rules": [RepeatRule(), RepeatRule(days=9)]}, "every rule needs its own name"),
        ({"expected": {5: 1.0, 1: 0.0}}, "expected: must be positive.*0 and 1 cases at 1$"),
        ({"expected": {1: -1.0}}, "expected: "),
        ({"expected": {1: np.nan}}, "expected: every value must be finite"),
        ({"point": [1.5]}, "point: codes must be whole numbers, found 1.5"),
        ({"callers": [-3]}, "callers: codes must be"),
        ({"incidents": [1, 2]}, "incidents: expected as many entries as point"),
        ({"as_of": "soon"}, "as_of: expected a time, found 'soon'"),
        ({"since": np.datetime64("NaT")}, "since: expected a time, found"),
        ({"alpha": 0.0}, "alpha: must lie between 0 and 1, found 0.0"),
        ({"dispersion": -1.0, "expected": {1: 0.5}}, "dispersion: "),
        (
            {"since": np.datetime64("2025-01-01"), "as_of": np.datetime64("2024-01-01")},
            "since: must not lie after as_of 2024-01-01, found 2025-01-01",
        ),
    ],
)
def test_wrong_input_is_refused(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {
        "point": [1],
        "when": np.array([START]),
        "classes": [0],
        "callers": [0],
    } | change
    with pytest.raises(ValueError, match=message):
        high_frequency_points(**arguments)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"point": [3, 3]}, "point: every point may be named once"),
        ({"times": [2, 1]}, "times: a point is there once"),
        ({"source": [0]}, "source: expected as many entries as point"),
        ({"expected": [1.0, -2.0]}, "expected: no value may be negative, found -2.0"),
    ],
)
def test_expected_reports_are_checked(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ExpectedReports.of(**({"point": [3, 4], "expected": [1.0, 2.0]} | change))


@pytest.mark.parametrize("rule", [{"least": 0}, {"days": 0}])
def test_rules_need_sense(rule: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="rule same_class_3_in_7_days: least and days"):
        RepeatRule(**rule)
    with pytest.raises(ValueError, match="rule monthly_top_20: top and least"):
        MonthlyTopRule(top=0)
