"""Which day the morning looks back on: the last whole one of the data, not of the clock."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from app.cases.reach import LAST_HOURS
from app.cases.windows import Window
from app.townships.assessment.cycles import Tiling

NOON = 12


def yesterday(newest: datetime) -> Window:
    """Return the last whole day from noon to noon.

    Parameters
    ----------
    newest : datetime
        Newest moment of the data, local.

    Examples
    --------
    >>> str(yesterday(datetime(2025, 6, 30, 11, 58))), str(yesterday(datetime(2025, 6, 30, 8, 0)))
    ('2025-06-29T12..2025-06-30T12', '2025-06-28T12..2025-06-29T12')
    """
    reached = newest + LAST_HOURS
    noon = datetime.combine(reached.date(), time(NOON))
    end = noon if reached >= noon else noon - timedelta(days=1)
    return Window(end - timedelta(days=1), end)


def last_whole_day(newest: datetime, tiling: Tiling) -> date:
    """Return the last whole day, cut as assessment cuts days.

    Examples
    --------
    >>> from app.townships.assessment.cycles import Calendar
    >>> moments = datetime(2025, 6, 30, 22, 30), datetime(2025, 6, 30, 11, 0)
    >>> [str(last_whole_day(each, Calendar())) for each in moments]
    ['2025-06-30', '2025-06-29']
    >>> [str(last_whole_day(each, Calendar(cut_hour=12))) for each in moments]
    ['2025-06-29', '2025-06-29']
    """
    reached = newest + LAST_HOURS
    begun = (
        reached.date()
        if reached >= tiling.cut(reached.date())
        else (reached.date() - timedelta(days=1))
    )
    return begun - timedelta(days=1)
