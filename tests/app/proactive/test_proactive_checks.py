"""Checks against gaming: each over and under its bound, with the numbers by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from math import comb

import pytest

from app.db import Database
from app.projects.proactive import checks
from app.projects.proactive.matching import preview
from app.projects.proactive.models import APPROVED, ProactiveProject
from app.townships.assessment.near_points import NamedPoint
from geodata.home import Home
from tests.app.proactive.pointed_city import BORDER, MIDDLE, matching_ids
from tests.app.townships.counted_city import name_of

DAY = date(2025, 2, 10)
NEAR = {"name": "甲", "lng": MIDDLE[0], "lat": MIDDLE[1], "radius_m": 600}


@pytest.fixture(scope="module")
def home(pointed) -> Home:
    return Home.at(pointed[0])


@pytest.fixture
def database(tmp_path):
    made = Database(tmp_path / "app.sqlite3")
    made.migrate()
    yield made
    made.close()


def application(**changes) -> ProactiveProject:
    columns = {
        "id": 1, "title": "花园", "township": "T1", "points": [NEAR], "paths": [["物业", "漏水"]],
        "source_cases": [], "window_start": DAY, "window_end": DAY + timedelta(days=39),
        "work_start": DAY, "work_end": DAY + timedelta(days=39), "state": "applied",
        "applied_on": DAY, "applied_by": "a", "reviewed_by": "", "approved_by": "",
    }  # fmt: skip
    return ProactiveProject(**{**columns, **changes})


@pytest.mark.parametrize(
    ("start", "end", "outside", "flagged"),
    [(0, 39, 0, False), (0, 24, 15, False), (0, 23, 16, True), (8, 31, 16, True),
     (-30, 60, 0, False), (100, 120, 40, True)],
)  # fmt: skip
def test_a_window_longer_than_the_work(start, end, outside, flagged):
    work = {"work_start": DAY + timedelta(days=start), "work_end": DAY + timedelta(days=end)}
    found = checks.window_and_work(application(**work))
    assert (found.facts["window"], found.facts["outside"]) == (40, outside)
    assert found.flagged is flagged


def test_a_window_that_had_begun():
    late = checks.begun_before(application(applied_on=DAY + timedelta(days=3)), date(2030, 1, 1))
    assert late is not None
    assert (late.flagged, late.facts["days"]) == (True, 3)
    assert checks.begun_before(application(), date(2030, 1, 1)) is None
    assert checks.begun_before(application(applied_on=None), DAY) is None


def test_classes_wider_than_the_problem(home, rows):
    leaks = [row["case_id"] for row in rows if row["class_2"] == "漏水"][:5]
    narrow = application(source_cases=leaks)
    found = checks.classes_and_sources(home, narrow, preview(home, narrow))
    assert found is not None
    assert (found.flagged, found.facts["other"]) == (False, 0)
    wide = application(source_cases=leaks, paths=[["物业"], ["噪声"]])
    found = checks.classes_and_sources(home, wide, preview(home, wide))
    point = [(*MIDDLE, 600)]
    span = date(2024, 4, 1), date(2025, 3, 31)
    matching = matching_ids(rows, "T1", point, [["物业"], ["噪声"]], *span)
    same = matching_ids(rows, "T1", point, [["物业", "漏水"]], *span)
    assert found is not None
    assert (found.facts["n"], found.facts["other"]) == (len(matching), len(matching - same))
    assert found.flagged
    assert found.counted


def test_classes_without_sources_or_cases(home):
    bare = application()
    assert checks.classes_and_sources(home, bare, preview(home, bare)).key == "no_sources"
    nowhere = application(source_cases=["C1"], points=[{**NEAR, "radius_m": 0}])
    found = checks.classes_and_sources(home, nowhere, preview(home, nowhere))
    assert (found.key, found.flagged) == ("no_matching", False)


def test_a_large_share_of_the_township(home, rows):
    small = checks.share_of_township(preview(home, application()))
    large = checks.share_of_township(
        preview(home, application(
            paths=[["物业"], ["噪声"], ["垃圾"]],
            points=[{**NEAR, "radius_m": 2_000}],
        ))
    )  # fmt: skip
    assert small is not None
    assert large is not None
    assert (small.flagged, large.flagged) == (False, True)
    own = Counter(row["reported_township"] for row in rows if row["received_at"] >= "2024-04-01")
    assert small.facts["of"] == large.facts["of"] == own[name_of("T1")]


def test_a_window_that_attracts_cases(home, rows):
    assert checks.attracting(home, application()) is None
    record = application(state=APPROVED)
    found = checks.attracting(home, record)
    point, path = [(*MIDDLE, 600)], [["物业", "漏水"]]
    before = matching_ids(rows, "T1", point, path, DAY - timedelta(days=365), DAY - timedelta(1))
    # The data begin in February 2024: the level is of a whole year.
    inside = matching_ids(rows, "T1", point, path, DAY, record.window_end)
    n, m = len(inside), len(before)
    assert found is not None
    assert (found.facts["n"], found.facts["days"]) == (n, 40)
    assert (found.facts["before"], found.facts["before_days"]) == (m, 365)
    chance, share = 0.0, 40 / 405
    for k in range(n, n + m + 1):
        chance += comb(n + m, k) * share**k * (1 - share) ** (n + m - k)
    assert found.facts["p_value"] == pytest.approx(chance)
    assert found.flagged is (n / 40 >= 1.3 * m / 365 and chance <= 0.05)


def test_a_rise_is_flagged_and_chance_is_not(home, monkeypatch):
    record = application(state=APPROVED)
    found = checks.matching_cases(home, record, date(2024, 3, 1), record.window_end)
    inside = found.filter(found["received_local"].dt.date() >= DAY).head(1)

    def with_inside(n: int):
        before = found.filter(found["received_local"].dt.date() < DAY)
        return lambda *_: before.vstack(inside.sample(n, with_replacement=True, seed=1))

    level = found.height - found.filter(found["received_local"].dt.date() >= DAY).height
    usual = round(level / 365 * 40)
    monkeypatch.setattr(checks, "matching_cases", with_inside(usual))
    assert not checks.attracting(home, record).flagged
    monkeypatch.setattr(checks, "matching_cases", with_inside(3 * usual + 10))
    assert checks.attracting(home, record).flagged


def test_points_that_changed_since_the_approval():
    old = [NamedPoint("甲", *MIDDLE, 100), NamedPoint("乙", *BORDER, 100),
           NamedPoint("丙", 83.0, 39.0, 100)]  # fmt: skip
    new = [NamedPoint("甲", MIDDLE[0], MIDDLE[1] + 0.002, 100), NamedPoint("乙", *BORDER, 150),
           NamedPoint("丁", 83.1, 39.0, 80)]  # fmt: skip
    assert checks.differences(old, new) == [
        ("moved", "甲", 222), ("enlarged", "乙", 50), ("added", "丁", 80), ("removed", "丙", 0),
    ]  # fmt: skip
    nudged = [NamedPoint("甲", MIDDLE[0], MIDDLE[1] + 0.0001, 100)]
    assert checks.differences(old[:1], nudged) == []


def stored(database: Database, **changes) -> ProactiveProject:
    changes.setdefault("id", None)
    record = application(**changes)
    with database.session() as session:
        session.add(record)
    return record


@pytest.mark.parametrize(
    ("days", "lat", "state", "keys"),
    [
        (90, 0.0, "approved", []), (89, 0.0, "approved", ["again"]),
        (0, 0.0, "ended", ["again"]), (-10, 0.0, "applied", ["overlapping"]),
        (0, 0.0, "draft", []), (0, 0.0, "refused", []), (0, 0.02, "approved", []),
    ],
)  # fmt: skip
def test_the_same_point_right_after(database, days, lat, state, keys):
    point = {**NEAR, "lat": NEAR["lat"] + lat}
    end = DAY - timedelta(days=days + 1)
    stored(database, state=state, points=[point], window_start=end - timedelta(days=20),
           window_end=end)  # fmt: skip
    found = checks.again(database, stored(database))
    assert [each.key for each in found] == keys
    assert [each.facts["gap"] for each in found] == [days] * len(keys)


def test_a_change_is_compared_with_its_former_and_not_called_a_repeat(database):
    former = stored(database, state="approved")
    wider = stored(database, former_id=former.id, paths=[["物业", "漏水"], ["噪声"]])
    assert checks.again(database, wider) == []
    found = checks.against_former(database, wider)
    assert found is not None
    assert (found.flagged, found.facts["paths"], found.facts["longer"]) == (True, [["噪声"]], 0)
    smaller = stored(database, former_id=former.id, window_end=DAY + timedelta(days=20),
                     points=[{**NEAR, "radius_m": 300}])  # fmt: skip
    found = checks.against_former(database, smaller)
    assert found is not None
    assert (found.flagged, found.facts["longer"]) == (False, -19)


def test_one_account_for_two_steps():
    assert checks.same_person(application(reviewed_by="b", approved_by="c")) is None
    found = checks.same_person(application(reviewed_by="a"))
    assert found is not None
    assert found.facts["who"] == "a"
