"""The assessment cycle to date, and the same days of the last one and of last year's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from app.cases.windows import Window
from app.townships.assessment.cycles import Cycle, Tiling


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


def cycle_to_date(day: date, tiling: Tiling) -> CycleToDate:
    """Return the cycle that a day lies in, up to and with that day.

    Parameters
    ----------
    day : date
    tiling : Calendar or Timeline
        What cuts time into cycles.

    Examples
    --------
    >>> from app.townships.assessment.cycles import Calendar
    >>> found = cycle_to_date(date(2025, 3, 31), Calendar())
    >>> str(found.now), str(found.last)
    ('2025-03-01..2025-04-01', '2025-02-01..2025-03-01')
    >>> str(cycle_to_date(date(2025, 3, 5), Calendar(start_day=19)).now)
    '2025-02-19..2025-03-06'
    """
    cycle = tiling.cycle_of_day(day, "month")
    days = (day - cycle.first_day).days + 1
    beside = (cycle, cycle.previous, cycle.year_before)
    return CycleToDate(*(_first_days(each, days, tiling) for each in beside))


def _first_days(cycle: Cycle, days: int, tiling: Tiling) -> Window:
    """Return so many days from the beginning of a cycle, all of it where it has fewer."""
    end = min(cycle.first_day + timedelta(days=days), cycle.end_day)
    return Window(cycle.window.start, tiling.cut(end))
