"""The assessment cycle to date, and the same days of the last one and of last year's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.cases.windows import Window

MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True)
class CycleToDate:
    """Days of three cycles that can be held beside each other; ends are exclusive.

    Attributes
    ----------
    now : Window
        From the first day of the cycle to the day asked for.
    last, last_year : Window
        As many days from the beginning of the cycle before, and of the same one a year ago; all of
        it where it has fewer.
    """

    now: Window
    last: Window
    last_year: Window

    def windows(self) -> tuple[Window, Window, Window]:
        """Return the three."""
        return self.now, self.last, self.last_year


def cycle_to_date(day: date, start_day: int) -> CycleToDate:
    """Return the cycle that a day lies in, up to and with that day.

    Parameters
    ----------
    day : date
    start_day : int
        Day of the month on which cycles begin, 1 to 28; 1 makes them calendar months.

    Examples
    --------
    >>> found = cycle_to_date(date(2025, 3, 31), 1)
    >>> str(found.now), str(found.last)
    ('2025-03-01..2025-04-01', '2025-02-01..2025-03-01')
    >>> str(cycle_to_date(date(2025, 3, 5), 19).now)
    '2025-02-19..2025-03-06'
    """
    months = day.year * MONTHS_OF_A_YEAR + day.month - 1 - (day.day < start_day)
    begin = _start(months, start_day)
    days = (day - begin).days + 1
    return CycleToDate(
        _days(begin, days),
        _first_days(months - 1, start_day, days),
        _first_days(months - MONTHS_OF_A_YEAR, start_day, days),
    )


def _start(months: int, start_day: int) -> date:
    """First day of the cycle that begins in a month, counted from the year 0."""
    return date(months // MONTHS_OF_A_YEAR, months % MONTHS_OF_A_YEAR + 1, start_day)


def _first_days(months: int, start_day: int, days: int) -> Window:
    begin, following = _start(months, start_day), _start(months + 1, start_day)
    return _days(begin, min(days, (following - begin).days))


def _days(begin: date, days: int) -> Window:
    start = datetime(begin.year, begin.month, begin.day)
    return Window(start, start + timedelta(days=days))
