"""Calendars joined over time tile it as one calendar does, wherever they change."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidParameter
from app.townships.assessment.cycles import KINDS, Calendar, cycle_at
from app.townships.assessment.rules import Rules, Weights
from app.townships.assessment.timeline import Era, Timeline

FIRST, LAST = date(2023, 6, 1), date(2026, 6, 30)
DAYS = st.dates(FIRST, LAST)
CALENDARS = st.builds(Calendar, st.sampled_from([1, 2, 15, 16, 19, 28]), st.sampled_from([0, 12]))


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    edges = sorted(draw(st.sets(DAYS, max_size=4)))
    days = [date.min, *edges, date.max]
    return Timeline(tuple(Era(a, b, Rules(draw(CALENDARS))) for a, b in pairwise(days)))


@given(timelines(), st.sampled_from(KINDS))
def test_cycles_have_no_gap_no_overlap_and_names_of_their_own(made, kind):
    cycles = list(made.cycles_between(FIRST, LAST, kind))
    assert cycles[0].first_day <= FIRST
    assert cycles[-1].end_day >= LAST
    for one, other in pairwise(cycles):
        assert one.end_day == other.first_day
        assert one.window.end == other.window.start
        assert one.following == other
        assert other.previous == one
    assert all(cycle.days > 0 for cycle in cycles)
    assert len({cycle.id for cycle in cycles}) == len(cycles)
    assert [made.find(cycle.id) for cycle in cycles] == cycles


@given(timelines(), st.datetimes(datetime(2023, 6, 2), datetime(2026, 6, 29)),
       st.sampled_from(KINDS))  # fmt: skip
def test_a_moment_lies_in_one_cycle(made, moment, kind):
    cycle = cycle_at(moment, kind, made)
    assert cycle.window.start <= moment < cycle.window.end


@given(timelines(), DAYS, st.sampled_from(KINDS))
def test_a_cycle_is_that_of_the_calendar_on_its_days_or_clipped(made, day, kind):
    cycle = made.cycle_of_day(day, kind)
    whole = made.rules_for(cycle).calendar.cycle_of_day(day, kind)
    assert cycle.first_day <= day < cycle.end_day
    assert whole.first_day <= cycle.first_day < cycle.end_day <= whole.end_day
    edges = {era.first_day for era in made.eras}
    if cycle.clipped:
        assert {cycle.first_day, cycle.end_day} & edges
    else:
        assert (cycle.first_day, cycle.end_day) == (whole.first_day, whole.end_day)


def two(change: str, before: Calendar, after: Calendar) -> Timeline:
    day = date.fromisoformat(change)
    return Timeline((Era(date.min, day, Rules(before)), Era(day, date.max, Rules(after))))


@pytest.mark.parametrize(
    ("change", "before", "after", "expected"),
    [
        # The change lies on the nineteenth: nothing of the new calendar is lost.
        ("2025-01-19", Calendar(1), Calendar(19),
         ["2025-01-01..2025-01-19", "2025-01-19..2025-02-19", "2025-02-19..2025-03-19"]),
        # At the end of a year: the months of both are short.
        ("2025-01-01", Calendar(19), Calendar(1),
         ["2024-12-19..2025-01-01", "2025-01-01..2025-02-01", "2025-02-01..2025-03-01"]),
        # A leap day that is the last day of the old calendar.
        ("2024-03-01", Calendar(1), Calendar(19),
         ["2024-02-01..2024-03-01", "2024-03-01..2024-03-19", "2024-03-19..2024-04-19"]),
        # The day is cut at noon from then on: the moment between is the new one for both.
        ("2025-02-01", Calendar(1), Calendar(1, 12),
         ["2025-01-01..2025-02-01T12", "2025-02-01T12..2025-03-01T12",
          "2025-03-01T12..2025-04-01T12"]),
        # Where only the hour changes within a month, the month is not cut.
        ("2025-01-15", Calendar(1, 12), Calendar(1),
         ["2025-01-01T12..2025-02-01", "2025-02-01..2025-03-01", "2025-03-01..2025-04-01"]),
    ],
)  # fmt: skip
def test_edges_of_changes(change, before, after, expected):
    made = two(change, before, after)
    cycle = made.cycle_of_day(date.fromisoformat(expected[0][:10]), "month")
    found = [cycle, cycle.following, cycle.following.following]
    assert [str(each.window) for each in found] == expected


def test_new_weights_cut_no_cycle():
    day = date(2025, 1, 10)
    heavier = Rules(weights=Weights(0, 60, 40))
    made = Timeline((Era(date.min, day, Rules()), Era(day, date.max, heavier)))
    january = made.find("month-2025-01")
    assert (january.days, january.clipped) == (31, False)
    assert made.rules_for(january) == Rules()
    assert made.rules_for(january.following) == heavier


def test_the_year_before_over_a_change():
    made = two("2025-01-01", Calendar(1), Calendar(19))
    assert made.find("month-2025-06").year_before.id == "month-2024-06"
    assert made.find("half_month-2024-02-2").following.year_before.id == "half_month-2023-03-1"


@pytest.mark.parametrize(
    "bad", ["month-2025-01", "month-2025-02~2025-02-01", "month-2025-01~x",
            "month-2025-01~2025-01-11", "month-2025-01~", "week-2025-01"],
)  # fmt: skip
def test_an_id_of_another_calendar_is_none(bad):
    made = two("2025-01-10", Calendar(1), Calendar(19))
    with pytest.raises(InvalidParameter):
        made.find(bad)
    assert made.find("month-2025-01~2025-01-01").end_day + timedelta(0) == date(2025, 1, 10)
    assert made.find("month-2025-01~2025-01-10").end_day == date(2025, 1, 19)


@pytest.mark.parametrize(
    "cycle_id",
    ["year-0002", "year-9998", "month-9998-12", "month-2025-01~9999-12-31", "year-2025~0001-01-01"],
)
def test_cycles_at_the_ends_of_time_are_none(cycle_id: str) -> None:
    made = Timeline((Era(date.min, date.max, Rules(Calendar(19))),))
    with pytest.raises(InvalidParameter):
        made.find(cycle_id)
