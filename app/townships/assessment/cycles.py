"""Assessment cycles 考核周期: months that may begin on any day, half-months, half-years and years.

Cycles of one kind tile time: each ends where the next begins. Half-months are those of the calendar
and lie across months that begin on another day, so what is compared with them is compared per day.

A `Calendar` cuts all time alike. Where a city changes its calendar, a
`app.townships.assessment.timeline.Timeline` joins several; both are a `Tiling`, and a cycle asks
the one it belongs to for its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, Protocol, get_args

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

HOURS = 24

_ID = re.compile(r"(month|half_month|half_year|year)-(\d{4})(?:-(\d{2}))?(?:-([12]))?")


class Tiling(Protocol):
    """What cuts time into cycles of each kind, without gap or overlap."""

    def cut(self, day: date) -> datetime:
        """Return the moment of local time at which a day begins."""

    def cycle_of_day(self, day: date, kind: CycleKind) -> Cycle:
        """Return the cycle that a day lies in."""

    def find(self, cycle_id: str) -> Cycle:
        """Return the cycle of an id; raises `InvalidParameter` where it names none."""


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
        Hour of the day at which one day ends and the next begins, 0 to 23: 12 where the hotline
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
        if not 0 <= self.cut_hour < HOURS:
            raise InvalidParameter(
                f"cut hour {self.cut_hour}: days are cut at hour 0 to {HOURS - 1}",
                f"日切分时刻应为 0 至 {HOURS - 1} 时，现为 {self.cut_hour}",
            )

    def cut(self, day: date) -> datetime:
        """Return the moment of local time at which a day begins."""
        return datetime(day.year, day.month, day.day, self.cut_hour)

    def cycle_of_day(self, day: date, kind: CycleKind) -> Cycle:
        """Return the cycle that a day lies in."""
        return cycle_of_day(day, kind, self)

    def find(self, cycle_id: str) -> Cycle:
        """Return the cycle of an id; raises `InvalidParameter` where it names none."""
        return find_cycle(cycle_id, self)


@dataclass(frozen=True)
class Cycle:
    """One cycle.

    Attributes
    ----------
    kind : str
    number : int
        Counts the cycles of the kind; the next one has the next number.
    first_day, end_day : date
        Its first day, and the day after its last.
    tiling : Calendar or Timeline
        What it is a cycle of.
    clipped : bool
        Whether a change of calendar has cut it: its id then says from which day on it is.

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
    tiling: Tiling = field(repr=False)
    clipped: bool = False

    @property
    def id(self) -> str:
        """Its name in addresses and tables, as ``month-2025-01`` or ``half_month-2025-01-2``.

        One that is clipped is named as ``month-2025-01~2025-01-10``.
        """
        month = "" if self.month is None else f"-{self.month:02}"
        half = "" if self.half is None else f"-{self.half}"
        part = f"~{self.first_day}" if self.clipped else ""
        return f"{self.kind}-{self.year:04}{month}{half}{part}"

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
        return Window(self.tiling.cut(self.first_day), self.tiling.cut(self.end_day))

    @property
    def previous(self) -> Cycle:
        """The cycle of the same kind before it."""
        return self.tiling.cycle_of_day(self.first_day - timedelta(days=1), self.kind)

    @property
    def following(self) -> Cycle:
        """The cycle of the same kind after it."""
        return self.tiling.cycle_of_day(self.end_day, self.kind)

    @property
    def year_before(self) -> Cycle:
        """The same cycle of the year before: that of its middle day a year ago."""
        middle = self.first_day + timedelta(days=self.days // 2)
        leap = (middle.month, middle.day) == (2, 29)
        day = middle.replace(year=middle.year - 1, day=28 if leap else middle.day)
        return self.tiling.cycle_of_day(day, self.kind)


def cycle_at(moment: datetime, kind: CycleKind, tiling: Tiling) -> Cycle:
    """Return the cycle that a moment of local time lies in.

    Examples
    --------
    >>> noon = Calendar(start_day=19, cut_hour=12)
    >>> [cycle_at(datetime(2025, 1, 19, hour), "month", noon).id for hour in (11, 12)]
    ['month-2025-01', 'month-2025-02']
    """
    day = moment.date()
    begun = moment >= tiling.cut(day)
    return tiling.cycle_of_day(day if begun else day - timedelta(days=1), kind)


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
        raise no_cycle(cycle_id)
    return found


def no_cycle(cycle_id: str) -> InvalidParameter:
    """Return what is said of an id that names none."""
    return InvalidParameter(
        f"cycle: {cycle_id[:40]!r} is not like month-2025-01, half_month-2025-01-2, "
        "half_year-2025-1 or year-2025",
        f"考核周期“{cycle_id[:40]}”无效，应如 month-2025-01",
    )


def kind_of_id(cycle_id: str) -> CycleKind | None:
    """Return the kind of the cycle that an id names, None where it names none."""
    return next((kind for kind in KINDS if cycle_id.partition("-")[0] == kind), None)


def cycles_between(first: date, end: date, kind: CycleKind, tiling: Tiling) -> Iterator[Cycle]:
    """Give the cycles that have a day from `first` until before `end`, the earliest first."""
    if first >= end:
        return
    cycle = tiling.cycle_of_day(first, kind)
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
