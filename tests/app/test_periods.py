from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidParameter
from app.hotspots.periods import monthly_steps, next_month

days = st.dates(date(2000, 1, 1), date(2040, 12, 31))


@given(days, st.integers(1, 3000))
def test_steps_tile_the_window(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    steps = monthly_steps(start, end)
    assert steps[0].start == start
    assert steps[-1].end == end
    assert all(a.end == b.start for a, b in itertools.pairwise(steps))
    assert sum(step.days for step in steps) == length
    for step in steps:
        last = step.end - timedelta(days=1)
        assert (last.year, last.month) == (step.start.year, step.start.month)


def test_february_of_a_leap_year() -> None:
    steps = monthly_steps(date(2024, 2, 1), date(2024, 3, 1))
    assert [(step.label, step.days) for step in steps] == [("2024-02", 29)]
    assert next_month(date(2023, 12, 31)) == date(2024, 1, 1)


@pytest.mark.parametrize("end", [date(2024, 1, 1), date(2023, 1, 1), date(2090, 1, 1)])
def test_windows_that_cannot_be(end: date) -> None:
    with pytest.raises(InvalidParameter):
        monthly_steps(date(2024, 1, 1), end)
