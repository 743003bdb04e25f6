"""Assessment cycles tile time: no gap, no overlap, whatever the day and hour they begin on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidParameter
from app.townships.assessment.cycles import (
    KINDS,
    Calendar,
    cycle_at,
    cycle_of_day,
    cycles_between,
    find_cycle,
)

CALENDARS = st.builds(Calendar, st.integers(1, 28), st.integers(0, 23))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1))


@given(MOMENTS, st.sampled_from(KINDS), CALENDARS)
def test_a_moment_lies_in_its_cycle_and_in_no_other(moment, kind, calendar):
    cycle = cycle_at(moment, kind, calendar)
    assert cycle.window.start <= moment < cycle.window.end
    assert cycle.following.window.start == cycle.window.end
    assert cycle.previous.window.end == cycle.window.start
    assert cycle.following.previous == cycle
    for edge, own in ((cycle.window.start, cycle), (cycle.window.end, cycle.following)):
        assert cycle_at(edge, kind, calendar) == own


@given(MOMENTS, st.sampled_from(KINDS), CALENDARS)
def test_an_id_names_one_cycle(moment, kind, calendar):
    cycle = cycle_at(moment, kind, calendar)
    assert find_cycle(cycle.id, calendar) == cycle
    assert cycle.id not in (cycle.following.id, cycle.previous.id)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 900), CALENDARS)
def test_cycles_of_a_span_cover_it(first, days, calendar):
    end = first + timedelta(days=days)
    for kind in KINDS:
        cycles = list(cycles_between(first, end, kind, calendar))
        assert all(a.end_day == b.first_day for a, b in pairwise(cycles))
        if days:
            assert cycles[0].first_day <= first < cycles[0].end_day
            assert cycles[-1].first_day < end <= cycles[-1].end_day
        else:
            assert not cycles


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), CALENDARS)
def test_years_are_their_halves_and_halves_their_months(day, calendar):
    year = cycle_of_day(day, "year", calendar)
    halves = list(cycles_between(year.first_day, year.end_day, "half_year", calendar))
    months = list(cycles_between(year.first_day, year.end_day, "month", calendar))
    assert [len(halves), len(months)] == [2, 12]
    assert (halves[0].first_day, halves[1].end_day) == (year.first_day, year.end_day)
    assert halves[0].end_day == months[6].first_day
    assert [month.id for month in months] == [
        f"month-{year.number:04}-{m:02}" for m in range(1, 13)
    ]


@pytest.mark.parametrize(
    ("cycle_id", "start_day", "first", "last"),
    [
        ("month-2024-02", 1, "2024-02-01", "2024-02-29"),
        ("month-2025-01", 19, "2024-12-19", "2025-01-18"),
        ("month-2024-03", 19, "2024-02-19", "2024-03-18"),
        ("half_month-2024-02-2", 19, "2024-02-16", "2024-02-29"),
        ("half_year-2025-1", 19, "2024-12-19", "2025-06-18"),
        ("year-2025", 19, "2024-12-19", "2025-12-18"),
    ],
)
def test_edges_around_the_nineteenth_year_ends_and_leap_days(cycle_id, start_day, first, last):
    cycle = find_cycle(cycle_id, Calendar(start_day))
    assert (str(cycle.first_day), str(cycle.last_day)) == (first, last)


def test_noon_belongs_to_the_day_that_begins_then():
    calendar = Calendar(19, 12)
    before, after = datetime(2025, 1, 19, 11, 59, 59), datetime(2025, 1, 19, 12)
    assert cycle_at(before, "month", calendar).id == "month-2025-01"
    assert cycle_at(after, "month", calendar).id == "month-2025-02"
    assert str(find_cycle("month-2025-02", calendar).window) == "2025-01-19T12..2025-02-19T12"


def test_the_same_cycle_a_year_before():
    for cycle_id, before in (
        ("month-2025-03", "month-2024-03"), ("half_month-2025-03-2", "half_month-2024-03-2"),
        ("half_year-2025-2", "half_year-2024-2"), ("year-2025", "year-2024"),
    ):  # fmt: skip
        assert find_cycle(cycle_id, Calendar(19)).year_before.id == before


@pytest.mark.parametrize(
    "bad", ["", "month", "month-2025-13", "month-2025-1", "half_month-2025-01", "half_year-2025-3",
            "year-2025-01", "month-2025-01-1", "month-0000-01", "year-9999", "week-2025-01", "月"],
)  # fmt: skip
def test_ids_that_name_nothing(bad):
    with pytest.raises(InvalidParameter):
        find_cycle(bad, Calendar())


@pytest.mark.parametrize(("start_day", "cut"), [(0, 0), (29, 0), (1, 24), (1, -1), (-1, 12)])
def test_calendars_that_are_none(start_day, cut):
    with pytest.raises(InvalidParameter):
        Calendar(start_day, cut)
