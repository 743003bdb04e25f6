"""Periods, the expected band of the curve, and the three rates."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.callback_rates import CallbackRates
from app.cases.facts.columns import Answer
from app.hotspots.filtered.periods import Calendar
from tests.app.filtered.oracle import label

DAYS = st.dates(date(1999, 1, 1), date(2031, 1, 1))


@given(
    DAYS,
    st.integers(1, 800),
    st.sampled_from(["day", "half_month", "month", "year"]),
    st.integers(1, 28),
)
def test_periods_cover_a_span_without_gap(start, length, period, month_start):
    end = start + timedelta(length)
    calendar = Calendar(period, month_start)
    steps = calendar.cut(start, end)
    assert (steps[0].start, steps[-1].end) == (start, end)
    assert all(one.end == other.start for one, other in pairwise(steps))
    assert sum(step.days for step in steps) == length
    query = {"period": period, "month_start": month_start}
    for step in steps:
        assert step.label == label(step.start, query) == label(step.end - timedelta(1), query)
    before = calendar.before(steps[0])
    assert before.label == label(before.start, query) != steps[0].label
    assert label(before.end, query) == steps[0].label


def test_a_month_of_assessment_may_begin_on_the_19th():
    steps = Calendar("month", 19).cut(date(2024, 1, 1), date(2024, 3, 1))
    assert [(step.label, step.days) for step in steps] == [
        ("2023-12-19", 18), ("2024-01-19", 31), ("2024-02-19", 11),
    ]  # fmt: skip


def test_the_band_says_what_it_needs(varied_client):
    def series(**query):
        return varied_client.get("/hotspots/counts/views.json", query_string=query).get_json()[
            "series"
        ]

    monthly = series()
    assert monthly["band"] == {"coverage": 0.95, "cycle": 12, "needed": 18, "known": True}
    known = [each for each in monthly["periods"] if each["expected"] is not None]
    assert len(monthly["periods"]) - len(known) == 18
    assert all(each["low"] <= each["expected"] <= each["high"] for each in known)
    inside = sum(each["low"] <= each["count"] <= each["high"] for each in known)
    assert inside >= 0.75 * len(known)

    assert series(period="year")["band"] == {
        "coverage": 0.95, "cycle": None, "needed": None, "known": False,
    }  # fmt: skip


def test_a_period_does_not_enter_its_own_expectation(varied_client):
    """What comes after a period, and the window, change nothing of what was expected of it."""

    def expected(**query):
        answer = varied_client.get("/hotspots/counts/views.json", query_string=query).get_json()
        return {each["label"]: each["expected"] for each in answer["series"]["periods"]}

    whole = expected()
    narrow = expected(**{"from": "2025-01-01", "to": "2025-06-01"})
    assert narrow == {label: whole[label] for label in narrow}
    assert len(narrow) == 5


def test_rates_count_valid_callbacks_alone():
    counted = {
        Answer(True, True, "满意"): 6,
        Answer(True, False, "基本满意"): 2,
        Answer(False, None, None): 2,
    }
    rates = CallbackRates.of(counted)
    assert rates.to_json() == pytest.approx(
        {"valid": 10, "response": 0.8, "resolution": 0.6, "satisfaction": 0.78}
    )


def test_without_callbacks_there_is_no_rate():
    nothing = {"response": None, "resolution": None, "satisfaction": None}
    assert CallbackRates.of({}).to_json() == {"valid": 0, **nothing}
    silent = CallbackRates.of({Answer(None, None, None): 3})
    assert silent.to_json() == {"valid": 3, **nothing}
