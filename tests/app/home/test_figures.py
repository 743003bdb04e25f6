"""The morning's figures against plain loops over the rows, and the lists they lead to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

import pytest

from app.accounts.access import operator
from app.cases.forms import CaseFilter
from app.cases.listing import list_cases
from app.cases.reach import data_reach
from app.home import overview
from app.home.cycle_counts import CycleCounts, count_cycle
from app.home.due import Standing, count_standing
from app.home.reader import Reader
from app.home.yesterday import Yesterday, count_yesterday
from app.townships.assessment.timeline import join
from geodata.home import Home
from tests.app.home.conftest import CODES, FIRST, NEWEST, Row, Written

NOON = datetime(2025, 3, 30, 12)
DAY = timedelta(days=1)


def rows_between(rows: Iterable[Row], start: datetime, end: datetime) -> list[Row]:
    return [row for row in rows if start <= row["received_at"] < end]


def rows_of(written: Written, code: str | None) -> list[Row]:
    return [row for row in written.rows if code is None or row["where"] == code]


@pytest.fixture(params=["everywhere", "middle"])
def reader(request: pytest.FixtureRequest) -> Reader:
    found: Reader = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def rows(written: Written, reader: Reader) -> list[Row]:
    return rows_of(written, None if reader.area.whole else "T2")


def made(written: Written, reader: Reader) -> tuple[Yesterday, CycleCounts, Standing]:
    reach = data_reach(written.home)
    assert reach is not None
    return (
        count_yesterday(written.home, reader, reach),
        count_cycle(written.home, reader, reach, join([], 1)),
        count_standing(written.home, reader, reach),
    )


def test_the_data_reach_as_far_as_their_rows(written: Written) -> None:
    reach = data_reach(written.home)
    assert reach is not None
    assert reach.newest == NEWEST == max(row["received_at"] for row in written.rows)
    assert reach.first == min(row["received_at"] for row in written.rows)
    assert reach.first >= FIRST


def test_yesterday_by_class_and_against_the_usual(
    written: Written, reader: Reader, rows: list[Row]
) -> None:
    day = made(written, reader)[0]
    assert (day.window.start, day.window.end) == (NOON - DAY, NOON)
    for name in (None, "物业管理", "市容环卫", "噪声"):
        alike = [row for row in rows if row["class_1"] == name]
        counts = [
            len(rows_between(alike, NOON - DAY * (7 * week + 1), NOON - DAY * 7 * week))
            for week in range(9)
        ]
        own = day.classes[[line.name for line in day.classes].index(name or "")].own
        assert own.count == counts[0]
        low, high = min(counts[1:]), max(counts[1:])
        assert (own.usual, own.low, own.high) == (median(counts[1:]), low, high)
        assert (own.unusual == "above") == (counts[0] > high)
        assert (own.unusual == "below") == (counts[0] < low)
    assert day.total.own.count == len(rows_between(rows, NOON - DAY, NOON))
    assert day.total.city.count == len(rows_between(written.rows, NOON - DAY, NOON))


def test_the_cycle_in_three_measures(written: Written, reader: Reader, rows: list[Row]) -> None:
    cycle = made(written, reader)[1]
    spans = [
        (datetime(2025, 3, 1), datetime(2025, 3, 30)),
        (datetime(2025, 2, 1), datetime(2025, 3, 1)),
        (datetime(2024, 3, 1), datetime(2024, 3, 30)),
    ]
    assert [(w.start, w.end) for w in cycle.cycle.windows()] == spans
    inside = [rows_between(rows, *span) for span in spans]
    reports, callers = cycle.own[0], cycle.own[1]
    assert [reports.measure, callers.measure] == ["reports", "callers"]
    for line, count in ((reports, len), (callers, distinct_callers)):
        now, last, year = (count(part) for part in inside)
        assert line.last
        assert line.last_year
        assert (line.count, line.last.count, line.last_year.count) == (now, last, year)
        assert line.last.change == pytest.approx((now / 29) / (last / 28) - 1)
        assert line.last_year.change == pytest.approx(now / year - 1)
    incidents = cycle.own[2].count
    assert incidents is not None
    assert 0 < incidents <= len(inside[0])


def distinct_callers(rows: list[Row]) -> int:
    known = {row["caller"] for row in rows} - {None}
    return len(known) + sum(row["caller"] is None for row in rows)


def test_the_first_townships(written: Written, reader: Reader) -> None:
    lines = made(written, reader)[1].townships
    inside = rows_between(written.rows, datetime(2025, 3, 1), datetime(2025, 3, 30))
    counts = Counter(row["where"] for row in inside if row["where"])
    assert [(line.code, line.count) for line in lines] == counts.most_common()
    assert [line.rank for line in lines] == [1, 2, 3]
    least = min(counts[code] for code in CODES)
    assert [line.distance for line in lines] == [counts[line.code] - least for line in lines]
    assert [line.own for line in lines] == [reader.area.has_township(line.code) for line in lines]


def is_open_until(row: Row, after: datetime, until: datetime) -> bool:
    return row["due_at"] is not None and row["closed_at"] is None and after < row["due_at"] <= until


def called_yesterday(row: Row) -> bool:
    at = row["callback_at"]
    return at is not None and row["valid"] and NOON - DAY <= at < NOON


STANDINGS: dict[str, Callable[[Row], bool]] = {
    "overdue": lambda row: is_open_until(row, datetime.min, NEWEST),
    "soon": lambda row: is_open_until(row, NEWEST, NEWEST + 2 * DAY),
    "unresolved": lambda row: called_yesterday(row) and not row["resolved"],
    "unsatisfied": lambda row: called_yesterday(row) and row["satisfaction"] == "不满意",
    "again": lambda row: (
        called_yesterday(row) and (not row["resolved"] or row["satisfaction"] == "不满意")
    ),
}


@pytest.mark.parametrize("name", STANDINGS)
def test_due_and_second_handling(
    written: Written, reader: Reader, rows: list[Row], name: str
) -> None:
    standing = made(written, reader)[2]
    assert standing.own[name] == sum(map(STANDINGS[name], rows)) > 0
    assert standing.city[name] == sum(map(STANDINGS[name], written.rows))
    assert standing.has_limits
    assert standing.has_callbacks


def test_every_figure_is_the_length_of_its_list(written: Written, reader: Reader) -> None:
    day, cycle, standing = made(written, reader)
    window = str(standing.window)
    wanted = [
        (day.total.own.count, {"received": str(day.window)}),
        *((line.own.count, {"received": str(day.window), "class_1": line.name})
          for line in day.classes if line.name),
        (cycle.own[0].count, {"received": str(cycle.cycle.now)}),
        (cycle.own[0].last and cycle.own[0].last.count, {"received": str(cycle.cycle.last)}),
        *((line.count, {"received": str(cycle.cycle.now), "township": line.code})
          for line in cycle.townships if line.own),
        *((standing.own[due], {"due": due}) for due in ("soon", "overdue")),
        *((standing.own[found], {"callback": found, "called_back": window})
          for found in ("unresolved", "unsatisfied", "again")),
    ]  # fmt: skip
    for figure, query in wanted:
        assert list_cases(written.home, reader.area, CaseFilter.read(query)).total == figure, query
    totals = list_cases(
        written.home, reader.area, CaseFilter.read({"received": str(cycle.cycle.now)})
    ).totals
    assert [line.count for line in cycle.own] == [totals.reports, totals.callers, totals.incidents]


def test_small_counts_are_not_shown_to_a_viewer(
    written: Written, middle: Reader, viewer: Reader
) -> None:
    exact, seen = (made(written, each) for each in (middle, viewer))
    pairs = [
        *zip(exact[2].own.values(), seen[2].own.values(), strict=True),
        *(
            (a.own.count, b.own.count)
            for a, b in zip(exact[0].classes, seen[0].classes, strict=True)
        ),
    ]
    for a, b in pairs:
        assert a is not None
        assert b == (None if 0 < a < 5 else round(a / 5) * 5)


def test_a_cycle_that_begins_later_in_the_month(written: Written, everywhere: Reader) -> None:
    reach = data_reach(written.home)
    assert reach is not None
    counted = count_cycle(written.home, everywhere, reach, join([], 19))
    assert str(counted.cycle.now) == "2025-03-19..2025-03-30"
    inside = rows_between(written.rows, datetime(2025, 3, 19), datetime(2025, 3, 30))
    assert counted.city[0].count == len(inside)


def test_what_lies_before_the_data_is_not_compared(written: Written, everywhere: Reader) -> None:
    reach = data_reach(written.home)
    assert reach is not None
    young = replace(reach, first=datetime(2025, 2, 3))
    line = count_cycle(written.home, everywhere, young, join([], 1)).city[0]
    assert line.last is None
    assert line.last_year is None


def test_parts_stand_under_what_was_there_before_they_were_counted(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import that ends while the page is made must not find older parts under its version."""
    version = [1]
    monkeypatch.setattr(overview, "_versions", lambda _home: (version[0], "b"))

    def counted(_home: Home, at: tuple[int, str], *_rest: object) -> None:
        assert at[0] == version[0]
        version[0] = 2

    monkeypatch.setattr(overview, "_morning", counted)
    access = operator(written.database)
    page = overview.overview(written.home, access, join([], 1), NEWEST.astimezone())
    assert version == [2]
    assert overview.tag_of(page, "zh").startswith("1-b-")
