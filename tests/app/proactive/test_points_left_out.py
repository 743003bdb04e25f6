"""Exactly the matching cases leave the assessed ledger; the raw one and closed cycles stay.

What matches is told by an oracle that looks at one row of the file after the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounts.access import Access, operator
from app.config import Settings
from app.db import Database
from app.projects.proactive.matching import ledgers, matching_cases, preview
from app.projects.proactive.models import ProactiveProject
from app.townships.assessment.closing import assessed, close, recompute
from app.townships.assessment.cycles import Calendar, find_cycle
from app.townships.assessment.documents import read_document
from app.townships.assessment.granting import Granted, grant
from app.townships.assessment.labelling import ASSESSED, REASON, labelled
from app.townships.assessment.left_out import ExclusionRule, LeftOut, left_out_now
from app.townships.assessment.near_points import NamedPoint, is_near
from app.townships.assessment.rules import Rules
from app.townships.assessment.sources import source_of_now
from app.townships.assessment.timeline import timeline
from geodata.home import Home
from tests.app.proactive.pointed_city import BORDER, MIDDLE, chord_m, matching_ids
from tests.app.townships.counted_city import name_of

POINTS = ((*MIDDLE, 600), (*BORDER, 450))
NAMED = tuple(NamedPoint(name, *point) for name, point in zip("甲乙", POINTS, strict=True))
PATHS = (("物业", "漏水"), ("噪声",))
FIRST, LAST = date(2025, 2, 10), date(2025, 3, 20)
MONTHS = ("month-2025-01", "month-2025-02", "month-2025-03")
DAY = date(2025, 4, 2)


@pytest.fixture(scope="module")
def home(pointed) -> Home:
    return Home.at(pointed[0])


@pytest.fixture(scope="module")
def expected(rows) -> set[str]:
    found = matching_ids(rows, "T1", POINTS, PATHS, FIRST, LAST)
    # The example tries what it is to try: border, class, missing places and days all matter.
    for other in (
        matching_ids(rows, "T1", POINTS[:1], PATHS, FIRST, LAST),
        matching_ids(rows, "T1", POINTS, PATHS[:1], FIRST, LAST),
        matching_ids(rows, "T1", POINTS, PATHS, FIRST, date(2025, 2, 28)),
        matching_ids(rows, "T2", POINTS, PATHS, FIRST, LAST),
    ):
        assert other
        assert other != found
    return found


@pytest.fixture
def access(tmp_path) -> Iterator[Access]:
    database = Database(tmp_path / "app.sqlite3")
    database.migrate()
    yield operator(database)
    database.close()


def granted(access: Access) -> int:
    told = Granted("花园", "T1", PATHS, NAMED, FIRST, LAST, "主动治理")
    with access.database.session() as session:
        return grant(access, session, told, DAY).id


def application(**changes) -> ProactiveProject:
    columns = {
        "id": 1, "township": "T1", "points": [point.to_json() for point in NAMED],
        "paths": [list(path) for path in PATHS], "window_start": FIRST, "window_end": LAST,
    }  # fmt: skip
    return ProactiveProject(**{**columns, **changes})


def left_out_ids(home: Home, left_out: LeftOut) -> dict[str, set[str]]:
    """Return the ids of cases that are not assessed, and of all, of the three months."""
    source = source_of_now(home, left_out)
    assert source is not None
    cycles = [find_cycle(each, Calendar()) for each in MONTHS]
    frame = labelled(home, source, cycles, Rules(), ["case_id"]).collect()
    out = frame.filter(pl.col(REASON) != ASSESSED)
    return {"raw": set(frame["case_id"]), "out": set(out["case_id"])}


def test_exactly_the_matching_cases_leave_the_assessed_ledger(home, access, expected, rows):
    before = left_out_ids(home, LeftOut())
    granted(access)
    after = left_out_ids(home, left_out_now(access.database))
    assert before["out"] == set()
    assert after["out"] == expected
    assert (
        after["raw"]
        == before["raw"]
        >= {row["case_id"] for row in rows if row["received_at"] >= "2025-01-01"}
    )


def test_boards_of_both_ledgers_by_hand(home, access, expected, rows):
    granted(access)
    over_time = timeline(access.database, Settings())
    for month in MONTHS:
        own = [row for row in rows if row["received_at"].startswith(month[-7:])]
        counts = {}
        for ledger in ("raw", "assessed", "excluded"):
            found = assessed(
                home, access.database, over_time, month,
                lambda rules, ledger=ledger: Rules(rules.calendar, ledger=ledger),
            )  # fmt: skip
            counts[ledger] = {line.code: line.cases for line in found.board.lines}
        for code in ("T1", "T2", "T3", "T4"):
            mine = [row["case_id"] for row in own if row["reported_township"] == name_of(code)]
            out = len(expected.intersection(mine)) if code == "T1" else 0
            told = [counts[ledger][code] for ledger in ("raw", "assessed", "excluded")]
            assert told == [len(mine), len(mine) - out, out]


def test_a_closed_cycle_stays_and_is_worked_out_again_to_the_same_bytes(home, access, expected):
    over_time = timeline(access.database, Settings())
    for month in MONTHS[:2]:
        close(access, home, over_time, month)
    granted(access)
    closed = assessed(home, access.database, over_time, MONTHS[1])
    assert closed.frozen
    assert read_document(closed.closed.document).inputs.source.left_out.exclusions == ()
    assert recompute(access, home, MONTHS[1]).same
    made = close(access, home, over_time, MONTHS[2])
    kept = read_document(made.document).inputs.source.left_out.exclusions
    assert [(rule.points, rule.paths) for rule in kept] == [(NAMED, PATHS)]
    assert recompute(access, home, MONTHS[2]).same
    lines = ledgers(home, access.database, over_time, application(exclusion_id=1))
    assert [(line.cycle.id, line.closed, line.touched) for line in lines] == [
        (MONTHS[1], True, False), (MONTHS[2], True, True),
    ]  # fmt: skip
    assert lines[0].left_out == 0
    assert lines[1].left_out == lines[1].own
    assert lines[0].own + lines[1].own == len(expected)


def test_a_document_of_before_tells_nothing_of_points():
    plain = ExclusionRule(1, "雨", "T1", ("噪声",), FIRST, LAST)
    told = json.dumps(LeftOut((plain,)).to_json(), ensure_ascii=False)
    assert "points" not in told
    assert "also" not in told
    assert LeftOut.from_json(json.loads(told)) == LeftOut((plain,))
    pointed = ExclusionRule(2, "雨", "T1", PATHS[0], FIRST, LAST, PATHS[1:], NAMED)
    again = json.loads(json.dumps(LeftOut((pointed,)).to_json()))
    assert LeftOut.from_json(again) == LeftOut((pointed,))


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-179, 179), st.floats(-84, 84), st.integers(20, 2_000),
    st.floats(-0.03, 0.03), st.floats(-0.03, 0.03),
)  # fmt: skip
def test_near_is_what_the_chord_says(lng, lat, radius, aside, up):
    other = (lng + aside / max(0.1, abs(90 - abs(lat)) / 90), lat + up)
    metres = chord_m((lng, lat), other)
    if abs(metres - radius) < 0.01:
        return
    frame = pl.DataFrame({"located": [True, False], "lng": [other[0]] * 2, "lat": [other[1]] * 2})
    found = frame.select(is_near(NamedPoint("甲", lng, lat, radius))).to_series().to_list()
    assert found == [metres <= radius, False]


def test_a_preview_by_month_and_point(home, rows):
    found = preview(home, application())
    assert found is not None
    first = date(2024, 4, 1)
    assert (found.first, found.last) == (first, date(2025, 3, 31))
    both = matching_ids(rows, "T1", POINTS, PATHS, first, found.last)
    one = matching_ids(rows, "T1", POINTS[:1], PATHS, first, found.last)
    own = [row for row in rows if row["reported_township"] == name_of("T1")]
    assert found.by_point == (len(one), len(both - one))
    assert found.total == len(both)
    assert found.township_total == len([r for r in own if r["received_at"] >= "2024-04-01"])
    months = {row["case_id"]: row["received_at"][:7] for row in own}
    for month in found.months:
        ids = {each for each in both if months[each] == month.label}
        assert month.total == len(ids)
        assert month.by_point == (len(ids & one), len(ids - one))
    assert len(found.months) == 12


def test_nothing_without_cases(tmp_path, access):
    empty = Home.at(tmp_path / "none")
    assert preview(empty, application()) is None
    assert matching_cases(empty, application(), FIRST, LAST) is None
    assert ledgers(empty, access.database, timeline(access.database, Settings()),
                   application()) == ()  # fmt: skip
