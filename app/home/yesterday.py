"""What was received yesterday, by class, against what the same day of the week usually brings."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import polars as pl

from app.accounts.areas import AREA_COLUMNS, EVERYWHERE, Area
from app.cases.reach import DataReach
from app.cases.versioned import of_version
from app.cases.windows import Window
from app.home.days import yesterday
from app.home.reader import Reader, shown
from geodata.home import Home
from geodata.store import CaseStore

WEEKS = 8
"""So many earlier days of the same weekday make the usual one."""

DAYS_A_WEEK = 7
MOST_CLASSES = 8
"""Classes named; all are in the sum."""


@dataclass(frozen=True)
class Count:
    """What a day brought, and what such days usually bring.

    Attributes
    ----------
    count : int or None
        None where it is too small to be shown.
    usual : float or None
        Median of the earlier days; None without any, or too small.
    low, high : int or None
        Their range.
    unusual : str
        ``above`` or ``below`` where the day lies outside the range, else empty.
    """

    count: int | None
    usual: float | None = None
    low: int | None = None
    high: int | None = None
    unusual: str = ""


@dataclass(frozen=True)
class ClassLine:
    """A class of cases (empty: cases without one) in the reader's area and in the city."""

    name: str
    own: Count
    city: Count


@dataclass(frozen=True)
class Yesterday:
    """The last whole day from noon to noon.

    Attributes
    ----------
    window : Window
    weeks : int
        Earlier days that the data have, at most `WEEKS`.
    total : ClassLine
        Of all classes.
    classes : tuple of ClassLine
        Those with most cases of the area first.
    """

    window: Window
    weeks: int
    total: ClassLine
    classes: tuple[ClassLine, ...]


def count_yesterday(home: Home, reader: Reader, reach: DataReach) -> Yesterday:
    """Count the cases received yesterday in the reader's area and in the city."""
    windows = _windows(reach)
    table = of_version(home, "yesterday", lambda: _table(home, windows))
    days = len(windows)
    city = _by_class(table, EVERYWHERE, days)
    own = city if reader.area.whole else _by_class(table, reader.area, days)
    none = [0] * days
    names = [name for name in city if city[name][0]]
    names.sort(key=lambda name: (-own.get(name, none)[0], -city[name][0], name))
    lines = tuple(
        ClassLine(name, _told(own.get(name, none), reader), _told(city[name], reader))
        for name in names[:MOST_CLASSES]
    )
    total = ClassLine("", _sum(own, days, reader), _sum(city, days, reader))
    return Yesterday(windows[0], days - 1, total, lines)


def _windows(reach: DataReach) -> list[Window]:
    """Return yesterday and the earlier days that lie wholly within the data."""
    day = yesterday(reach.newest)
    earlier = (day.earlier(DAYS_A_WEEK * week) for week in range(1, WEEKS + 1))
    return [day, *(window for window in earlier if window.start >= reach.first)]


def _table(home: Home, windows: list[Window]) -> pl.DataFrame:
    """Count cases by day (0 is yesterday), class, and what tells whose they are."""
    day = pl.coalesce(
        pl.when(window.received()).then(pl.lit(number, pl.Int32))
        for number, window in enumerate(windows)
    )
    span = Window(windows[-1].start, windows[0].end)
    columns = ["received_local", "month", "class_1", *AREA_COLUMNS]
    cases = CaseStore(home).scan(columns=columns).filter(span.received())
    counted = cases.group_by(day.alias("day"), "class_1", *AREA_COLUMNS).agg(n=pl.len())
    return counted.drop_nulls("day").collect(engine="streaming")


def _by_class(table: pl.DataFrame, area: Area, days: int) -> dict[str, list[int]]:
    """Return each class's counts by day, yesterday first."""
    counted = (
        area.keep_cases(table.lazy())
        .group_by(pl.col("class_1").fill_null(""), "day")
        .agg(pl.col("n").sum())
        .collect()
    )
    found: dict[str, list[int]] = {}
    for name, day, n in counted.iter_rows():
        found.setdefault(name, [0] * days)[day] = int(n)
    return found


def _sum(counts: dict[str, list[int]], days: int, reader: Reader) -> Count:
    return _told([sum(each[day] for each in counts.values()) for day in range(days)], reader)


def _told(counts: list[int], reader: Reader) -> Count:
    count, earlier = counts[0], counts[1:]
    if not earlier:
        return Count(shown(count, reader))
    low, high, told = min(earlier), max(earlier), shown(count, reader)
    return Count(
        told,
        shown(float(median(earlier)), reader),
        shown(low, reader),
        shown(high, reader),
        "" if told is None else "above" if count > high else "below" if count < low else "",
    )
