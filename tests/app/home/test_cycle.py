"""Cycles to date: the days that are compared, whatever the day and wherever cycles begin."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.forms import CaseFilter
from app.cases.windows import Window
from app.errors import InvalidParameter
from app.home.cycle import cycle_to_date
from app.home.days import last_whole_day, yesterday
from app.townships.assessment.cycles import Calendar

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
STARTS = st.integers(1, 28)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31))


@given(DAYS, STARTS)
def test_the_cycle_holds_the_day_and_begins_on_its_day(day: date, start: int) -> None:
    now = cycle_to_date(day, Calendar(start)).now
    assert now.start.day == start
    assert now.end.date() == day + timedelta(days=1)
    assert 1 <= now.days <= 31


@given(DAYS, STARTS)
def test_other_cycles_begin_a_month_and_a_year_before(day: date, start: int) -> None:
    cycle = cycle_to_date(day, Calendar(start))
    months = [w.start.year * 12 + w.start.month for w in cycle.windows()]
    assert [months[0] - m for m in months] == [0, 1, 12]
    assert all(w.start.day == start for w in cycle.windows())


@given(DAYS, STARTS)
def test_other_spans_are_as_long_unless_their_cycle_is_over_before(day: date, start: int) -> None:
    cycle = cycle_to_date(day, Calendar(start))
    for other in (cycle.last, cycle.last_year):
        assert other.days <= cycle.now.days
        if other.days < cycle.now.days:
            assert other.end.day == start
    assert cycle.last.end <= cycle.now.start


@given(DAYS, STARTS)
def test_days_of_one_cycle_follow_each_other(day: date, start: int) -> None:
    today, tomorrow = (cycle_to_date(day + timedelta(days=n), Calendar(start)).now for n in (0, 1))
    if (day + timedelta(days=1)).day == start:
        assert tomorrow.start == today.end
    else:
        assert tomorrow.start == today.start


def test_a_leap_day_is_held_against_the_whole_shorter_month() -> None:
    cycle = cycle_to_date(date(2024, 2, 29), Calendar())
    assert str(cycle.last_year) == "2023-02-01..2023-03-01"


@given(MOMENTS)
def test_yesterday_is_a_whole_day_that_the_data_reach(newest: datetime) -> None:
    window = yesterday(newest)
    assert window.start.hour == window.end.hour == 12
    assert window.days == 1
    assert window.end - timedelta(hours=2) <= newest < window.end + timedelta(hours=22)


@given(MOMENTS)
def test_the_last_whole_day_ends_where_the_data_do(newest: datetime) -> None:
    end = datetime.combine(last_whole_day(newest, Calendar()), datetime.min.time()) + timedelta(
        days=1
    )
    assert end - timedelta(hours=2) <= newest < end + timedelta(hours=22)


@given(MOMENTS, MOMENTS)
def test_windows_are_read_as_they_are_written(a: datetime, b: datetime) -> None:
    start, end = sorted(each.replace(minute=0, second=0, microsecond=0) for each in (a, b))
    if start < end:
        assert Window.parse(str(Window(start, end))) == Window(start, end)


NO_WINDOWS = (
    "2025-02-30..2025-03-01", "2025-01-02..2025-01-02", "2025-01-01", "..",
    "2025-01-01T25..2025-01-03",
)  # fmt: skip


@pytest.mark.parametrize("text", NO_WINDOWS)
def test_a_window_that_is_none_is_told(text: str) -> None:
    with pytest.raises(InvalidParameter, match="received"):
        CaseFilter.read({"received": text})
