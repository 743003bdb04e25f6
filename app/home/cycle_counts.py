"""The cycle to date in three measures, beside the last one and last year's; and who leads in it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from app.accounts.areas import AREA_COLUMNS, EVERYWHERE, Area
from app.cases.case_numbers import with_numbers
from app.cases.listing import township_names
from app.cases.measures import MEASURES, Measure, totals
from app.cases.reach import DataReach
from app.cases.versioned import of_version
from app.cases.windows import Window
from app.home.cycle import CycleToDate, cycle_to_date
from app.home.days import last_whole_day
from app.home.reader import Reader, shown
from app.townships.assessment.timeline import Era, Timeline
from geodata.home import Home
from geodata.store import CaseStore

TOP = 10
"""Townships of most cases: the tenth is the line that others are measured by."""

FOLLOWING = 3
"""Townships below the line that are named too."""

_NOW, _LAST, _LAST_YEAR = range(3)


@dataclass(frozen=True)
class Compared:
    """A count of the cycle to date beside the same days of another.

    ``change`` is of the mean day, so that spans of unequal length compare; None where the other
    span has no case, or lies before the data.
    """

    count: int | None
    change: float | None


@dataclass(frozen=True)
class MeasureLine:
    """One measure of the cycle to date, in the reader's area or in the city."""

    measure: Measure
    count: int | None
    per_day: float | None
    last: Compared | None
    last_year: Compared | None


@dataclass(frozen=True)
class TownshipLine:
    """A township by its cases of the cycle to date.

    ``distance`` is its count less that of the tenth; ``own`` says whether it is in the reader's
    area.
    """

    rank: int
    code: str
    name: str
    count: int | None
    distance: int | None
    own: bool


@dataclass(frozen=True)
class CycleCounts:
    """The cycle to date.

    Attributes
    ----------
    cycle : CycleToDate
    era : Era
        Whose calendar cuts the cycle: a rule set's, or the system's default.
    own, city : tuple of MeasureLine
    townships : tuple of TownshipLine
        The first ten, some that follow, and the first of the reader's area wherever it stands.
    """

    cycle: CycleToDate
    era: Era
    own: tuple[MeasureLine, ...]
    city: tuple[MeasureLine, ...]
    townships: tuple[TownshipLine, ...]


def count_cycle(home: Home, reader: Reader, reach: DataReach, over_time: Timeline) -> CycleCounts:
    """Count the cycle that the last whole day of the data lies in."""
    day = last_whole_day(reach.newest, over_time)
    cycle = cycle_to_date(day, over_time)
    table = of_version(home, "cycle", lambda: _table(home, cycle), key=over_time.tag)
    # The first day of the data counts as whole: nobody called before its first case.
    known = [window.start.date() >= reach.first.date() for window in cycle.windows()]
    city = _lines(table, cycle, known, reader, EVERYWHERE)
    own = city if reader.area.whole else _lines(table, cycle, known, reader, reader.area)
    return CycleCounts(cycle, over_time.era_of(day), own, city, _townships(home, table, reader))


def _table(home: Home, cycle: CycleToDate) -> pl.DataFrame:
    """Return the cases of the three spans: which, whose, who called, what it tells of."""
    windows = cycle.windows()
    span = pl.coalesce(
        pl.when(window.received()).then(pl.lit(number, pl.Int8))
        for number, window in enumerate(windows)
    )
    columns = ["case_id", "month", "received_local", "caller", *AREA_COLUMNS]
    cases = CaseStore(home).scan(columns=columns).filter(
        pl.any_horizontal(window.received() for window in windows)
    )  # fmt: skip
    return (
        with_numbers(home, cases.with_columns(span=span))
        # Callers are told apart here, not named.
        .select("span", pl.col("caller").rank("dense"), "incident", *AREA_COLUMNS)
        .collect()
    )


def _lines(
    table: pl.DataFrame, cycle: CycleToDate, known: list[bool], reader: Reader, area: Area
) -> tuple[MeasureLine, ...]:
    counted = area.keep_cases(table.lazy()).group_by("span").agg(**totals()).collect()
    by_span = {row["span"]: row for row in counted.iter_rows(named=True)}
    return tuple(
        _line(measure, [int(by_span.get(span, {}).get(measure, 0)) for span in range(3)],
              cycle.windows(), known, reader)
        for measure in MEASURES
    )  # fmt: skip


def _line(
    measure: Measure, counts: list[int], windows: tuple[Window, ...], known: list[bool],
    reader: Reader,
) -> MeasureLine:  # fmt: skip
    told = [shown(count, reader) for count in counts]
    days = [window.days for window in windows]
    count = told[_NOW]
    per_day = None if count is None else count / days[_NOW]

    def beside(span: int) -> Compared | None:
        """Compare what is shown, so that a change tells no more than the two counts do."""
        if not known[span]:
            return None
        before = told[span]
        if not before or per_day is None:
            return Compared(before, None)
        return Compared(before, per_day / (before / days[span]) - 1)

    return MeasureLine(measure, count, per_day, beside(_LAST), beside(_LAST_YEAR))


def _townships(home: Home, table: pl.DataFrame, reader: Reader) -> tuple[TownshipLine, ...]:
    names = township_names(home)
    counts = dict.fromkeys(names, 0) | dict(
        table.filter(pl.col("span") == _NOW, pl.col("township").is_in(list(names)))
        .group_by("township").len().iter_rows()
    )  # fmt: skip
    ordered = sorted(counts, key=lambda code: (-counts[code], code))
    if not any(counts.values()):
        return ()
    line = counts[ordered[min(TOP, len(ordered)) - 1]]
    own = [rank for rank, code in enumerate(ordered) if reader.area.has_township(code)]
    wanted = sorted({*range(min(TOP + FOLLOWING, len(ordered))), *own[:1]})
    return tuple(
        TownshipLine(
            rank=1 + sum(n > counts[code] for n in counts.values()),
            code=code,
            name=names[code],
            count=shown(counts[code], reader),
            distance=_distance(counts[code], line, reader),
            own=reader.area.has_township(code),
        )
        for code in (ordered[rank] for rank in wanted)
    )


def _distance(count: int, line: int, reader: Reader) -> int | None:
    """Return how far a township is from the tenth, by the counts that are shown."""
    own, tenth = shown(count, reader), shown(line, reader)
    return None if own is None or tenth is None else own - tenth
