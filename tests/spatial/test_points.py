"""Rules against a slow reading of their wording; callers, classes and months by hand."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from spatial import MonthlyTopRule, RepeatRule, high_frequency_points

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
    assert found.dispersion == 0.0
    estimated = high_frequency_points(*arrays(cases), expected=expected)
    assert estimated.dispersion is not None
    assert estimated.p_value[0] > p
    assert high_frequency_points(*arrays(cases)).dispersion is None


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
        ({"expected": {1: -1.0}}, "expected: "),
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


@pytest.mark.parametrize("rule", [{"least": 0}, {"days": 0}])
def test_rules_need_sense(rule: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="rule same_class_3_in_7_days: least and days"):
        RepeatRule(**rule)
    with pytest.raises(ValueError, match="rule monthly_top_20: top and least"):
        MonthlyTopRule(top=0)
