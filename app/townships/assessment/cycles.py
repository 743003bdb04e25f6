"""Assessment cycles 考核周期: months that may begin on any day, half-months, half-years and years.

Cycles of one kind tile time: each ends where the next begins. Half-months are those of the calendar
and lie across months that begin on another day, so what is compared with them is compared per day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from app.cases.windows import Window
from app.errors import InvalidParameter

CycleKind = Literal["month", "half_month", "half_year", "year"]
KINDS: tuple[CycleKind, ...] = get_args(CycleKind)

MONTHS_OF_A_YEAR = 12
CYCLES_OF_A_YEAR: dict[CycleKind, int] = {"month": 12, "half_month": 24, "half_year": 2, "year": 1}
SECOND_HALF = 16
"""Day of the month on which its second half begins."""

LATEST_START_DAY = 28
"""Later days are not in every month."""

NOON = 12
CUT_HOURS = (0, NOON)
"""Hours at which a day may be cut from the next one."""

_ID = re.compile(r"(month|half_month|half_year|year)-(\d{4})(?:-(\d{2}))?(?:-([12]))?")


@dataclass(frozen=True)
class Calendar:
    """How a city cuts its time.

    Attributes
    ----------
    start_day : int
        Day of the month on which assessment months begin, 1 to 28. Months that begin on the first
        are calendar months; others are named by the month in which they end, as offices do: with
        19, January runs from 19 December to 18 January.
    cut_hour : int
        Hour of the day at which one day ends and the next begins: 0, or 12 where the hotline
        counts from noon to noon.
    """

    start_day: int = 1
    cut_hour: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.start_day <= LATEST_START_DAY:
            raise InvalidParameter(
                f"start day {self.start_day}: assessment months begin on day 1 to "
                f"{LATEST_START_DAY}",
                f"考核月起始日应为 1 至 {LATEST_START_DAY} 日，现为 {self.start_day}",
            )
        if self.cut_hour not in CUT_HOURS:
            raise InvalidParameter(
                f"cut hour {self.cut_hour}: days are cut at hour 0 or {NOON}",
                f"日切分时刻应为 0 时或 {NOON} 时，现为 {self.cut_hour}",
            )


@dataclass(frozen=True)
class Cycle:
    """One cycle of a calendar.

    Attributes
    ----------
    kind : str
    number : int
        Counts the cycles of the kind; the next one has the next number.
    first_day, end_day : date
        Its first day, and the day after its last.
    calendar : Calendar

    Examples
    --------
    >>> january = find_cycle("month-2025-01", Calendar(start_day=19))
    >>> str(january.first_day), str(january.last_day), january.days
    ('2024-12-19', '2025-01-18', 31)
    >>> january.previous.id, str(january.window)
    ('month-2024-12', '2024-12-19..2025-01-19')
    """

    kind: CycleKind
    number: int
    first_day: date
    end_day: date
    calendar: Calendar

    @property
    def id(self) -> str:
        """Its name in addresses and tables, as ``month-2025-01`` or ``half_month-2025-01-2``."""
        month = "" if self.month is None else f"-{self.month:02}"
        half = "" if self.half is None else f"-{self.half}"
        return f"{self.kind}-{self.year:04}{month}{half}"

    @property
    def year(self) -> int:
        """The year that it is named by."""
        return self.number // CYCLES_OF_A_YEAR[self.kind]

    @property
    def month(self) -> int | None:
        """The month, 1 to 12, that a month or half-month is named by; None for others."""
        each = {"month": 1, "half_month": 2}.get(self.kind)
        return None if each is None else self.number // each % MONTHS_OF_A_YEAR + 1

    @property
    def half(self) -> int | None:
        """Which half it is, 1 or 2; None for what is no half."""
        return self.number % 2 + 1 if self.kind in ("half_month", "half_year") else None

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self.end_day - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end_day - self.first_day).days

    @property
    def window(self) -> Window:
        """Its hours, local time."""
        return Window(*(_cut(day, self.calendar) for day in (self.first_day, self.end_day)))

    @property
    def previous(self) -> Cycle:
        """The cycle of the same kind before it."""
        return _numbered(self.kind, self.number - 1, self.calendar)

    @property
    def following(self) -> Cycle:
        """The cycle of the same kind after it."""
        return _numbered(self.kind, self.number + 1, self.calendar)

    @property
    def year_before(self) -> Cycle:
        """The same cycle of the year before."""
        return _numbered(self.kind, self.number - CYCLES_OF_A_YEAR[self.kind], self.calendar)


def cycle_at(moment: datetime, kind: CycleKind, calendar: Calendar) -> Cycle:
    """Return the cycle that a moment of local time lies in.

    Examples
    --------
    >>> noon = Calendar(start_day=19, cut_hour=12)
    >>> [cycle_at(datetime(2025, 1, 19, hour), "month", noon).id for hour in (11, 12)]
    ['month-2025-01', 'month-2025-02']
    """
    return cycle_of_day((moment - timedelta(hours=calendar.cut_hour)).date(), kind, calendar)


def cycle_of_day(day: date, kind: CycleKind, calendar: Calendar) -> Cycle:
    """Return the cycle that a day lies in."""
    if kind == "half_month":
        months = day.year * MONTHS_OF_A_YEAR + day.month - 1
        return _numbered(kind, 2 * months + (day.day >= SECOND_HALF), calendar)
    month = _month_of(day, calendar.start_day)
    return _numbered(kind, month * CYCLES_OF_A_YEAR[kind] // MONTHS_OF_A_YEAR, calendar)


def find_cycle(cycle_id: str, calendar: Calendar) -> Cycle:
    """Return the cycle of an id.

    Raises
    ------
    InvalidParameter
        It names none.
    """
    found = _read_id(cycle_id, calendar)
    if found is None or found.id != cycle_id:
        raise InvalidParameter(
            f"cycle: {cycle_id[:40]!r} is not like month-2025-01, half_month-2025-01-2, "
            "half_year-2025-1 or year-2025",
            f"考核周期“{cycle_id[:40]}”无效，应如 month-2025-01",
        )
    return found


def cycles_between(first: date, end: date, kind: CycleKind, calendar: Calendar) -> Iterator[Cycle]:
    """Give the cycles that have a day from `first` until before `end`, the earliest first."""
    if first >= end:
        return
    cycle = cycle_of_day(first, kind, calendar)
    while cycle.first_day < end:
        yield cycle
        cycle = cycle.following


def _read_id(cycle_id: str, calendar: Calendar) -> Cycle | None:
    found = _ID.fullmatch(cycle_id)
    if found is None:
        return None
    kind, year, month, half = found[1], int(found[2]), int(found[3] or 1), int(found[4] or 1)
    if not (1 <= month <= MONTHS_OF_A_YEAR and date.min.year + 1 < year < date.max.year):
        return None
    months = year * MONTHS_OF_A_YEAR + month - 1
    numbers: dict[str, int] = {
        "month": months,
        "half_month": 2 * months + half - 1,
        "half_year": 2 * year + half - 1,
        "year": year,
    }
    return _numbered(next(each for each in KINDS if each == kind), numbers[kind], calendar)


def _numbered(kind: CycleKind, number: int, calendar: Calendar) -> Cycle:
    """Return a cycle by its number; months are counted from the year 0."""
    if kind == "half_month":
        months, half = divmod(number, 2)
        middle = _calendar_month(months).replace(day=SECOND_HALF)
        first, end = (
            (middle, _calendar_month(months + 1)) if half else (_calendar_month(months), middle)
        )
    else:
        months = MONTHS_OF_A_YEAR // CYCLES_OF_A_YEAR[kind]
        first, end = (_month_start(at * months, calendar.start_day) for at in (number, number + 1))
    return Cycle(kind, number, first, end, calendar)


def _month_of(day: date, start_day: int) -> int:
    """Return the number of the assessment month that a day lies in."""
    months = day.year * MONTHS_OF_A_YEAR + day.month - 1
    return months + (start_day > 1 and day.day >= start_day)


def _month_start(months: int, start_day: int) -> date:
    """Return the first day of an assessment month."""
    if start_day == 1:
        return _calendar_month(months)
    return _calendar_month(months - 1).replace(day=start_day)


def _calendar_month(months: int) -> date:
    return date(months // MONTHS_OF_A_YEAR, months % MONTHS_OF_A_YEAR + 1, 1)


def _cut(day: date, calendar: Calendar) -> datetime:
    return datetime(day.year, day.month, day.day, calendar.cut_hour)
