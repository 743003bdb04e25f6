"""A rebound in a small city, from the import to the word that closes its alert."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import AuditEntry
from app.accounts.permissions import PLANNER, REVIEWER, VIEWER
from app.db import Database
from app.jobs import DONE, RUNNING, Job, Jobs
from app.services import services
from app.succession import Change, Lineage
from app.succession.models import Succession
from app.townships.assessment.sources import source_of_now
from app.townships.assessment.timeline import timeline_from
from app.townships.designations.models import Designation
from app.townships.supervising.courses import DEFAULT_DESIGN, Course, course_of
from app.townships.supervising.half_months import HalfMonths, half_months
from app.townships.supervising.models import Alert, Watch
from app.townships.supervising.watching import due, is_due, watch
from app.work import schedules
from geodata.home import Home
from tests.app.townships.watched_city import (
    BEGIN,
    DESIGNATED,
    EXIT,
    import_days,
    leave,
    make_city,
)
from tests.people import client_as, make_app

REBOUND = date(2025, 3, 1)
AFTER = date(2026, 6, 1)
"""A day on which all is over."""


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the cases until the rebound: nothing unusual so far."""
    folder = tmp_path_factory.mktemp("usual")
    home = make_city(folder)
    import_days(home, folder, BEGIN, REBOUND)
    return home.path


@pytest.fixture(scope="module")
def risen(usual: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, and a month in which the township has half as much again."""
    folder = tmp_path_factory.mktemp("risen")
    shutil.copytree(usual, folder / "home")
    import_days(Home.at(folder / "home"), folder, REBOUND, date(2025, 4, 1), times=1.5)
    return folder / "home"


@pytest.fixture
def app(risen: Path, tmp_path: Path) -> Iterator[Flask]:
    """The risen city, watched to the end of its data."""
    home = shutil.copytree(risen, tmp_path / "home")
    made = make_app(home)
    leave(services(made).database)
    jobs = services(made).jobs
    assert jobs.get(jobs.start("monitor")).state == DONE
    yield made
    services(made).database.close()


def table_of(path: Path, database: Database) -> HalfMonths:
    home = Home.at(path)
    source = source_of_now(home)
    assert source is not None
    found = half_months(home, source, timeline_from(database, 1), "reported")
    assert found is not None
    return found


def rows(database: Database) -> tuple[list[Watch], list[Alert]]:
    with database.session() as session:
        watches = list(session.scalars(select(Watch).order_by(Watch.half_month)))
        return watches, list(session.scalars(select(Alert)))


def test_a_rebound_is_caught_within_two_half_months_of_its_beginning(app: Flask) -> None:
    watches, alerts = rows(services(app).database)
    assert [each.half_month[11:] for each in watches] == [
        "2025-01-2", "2025-02-1", "2025-02-2", "2025-03-1", "2025-03-2",
    ]  # fmt: skip
    assert [each.facts["alarm"] for each in watches[:3]] == [False] * 3
    (alert,) = alerts
    risen = {each.id for each in watches[3:]}
    assert alert.watch_id in risen
    assert alert.state == "open"


def test_what_is_kept_adds_up_by_hand(app: Flask, risen: Path) -> None:
    database = services(app).database
    watches, _alerts = rows(database)
    table = table_of(risen, database)
    columns = {cycle.id: at for at, cycle in enumerate(table.cycles)}
    so_far = 0.0
    for each in watches:
        assert each.observed == table.counts[0, columns[each.half_month]]
        facts = each.facts
        so_far = max(0.0, so_far + each.observed - facts["reference"] * facts["expected"])
        assert facts["cusum"] == pytest.approx(so_far)
        assert facts["alarm"] == (so_far > facts["threshold"])
        so_far = 0.0 if facts["alarm"] else so_far
    assert [half for half, _n, _days in watches[0].facts["baseline"]] == [
        f"half_month-2024-{month:02}-{half}" for month in range(7, 13) for half in (1, 2)
    ]


def test_each_half_month_is_watched_once(app: Flask) -> None:
    jobs, database = services(app).jobs, services(app).database
    before = [(each.id, each.made_at) for each in rows(database)[0]]
    again = jobs.get(jobs.start("monitor"))
    assert again.result is not None
    assert (again.result["watched"], again.result["alerts"]) == (0, 0)
    assert [(each.id, each.made_at) for each in rows(database)[0]] == before
    assert len(rows(database)[1]) == 1


def test_two_rounds_at_once_write_a_half_month_once(risen: Path, tmp_path: Path) -> None:
    """Both looked before either wrote: the second finds what the first has written."""
    home = Home.at(shutil.copytree(risen, tmp_path / "home"))
    database = Database(home.database)
    database.migrate()
    leave(database)

    class Other:
        """A round in whose midst another one does all."""

        id = ""

        def __init__(self) -> None:
            self.database = database

        def report(self, *_told: object) -> None:
            if not rows(database)[0]:
                watch(home, 1, Quiet(), AFTER)  # type: ignore[arg-type]

    class Quiet(Other):
        def report(self, *_told: object) -> None:
            return

    found = watch(home, 1, Other(), AFTER)  # type: ignore[arg-type]
    assert (found["watched"], found["alerts"]) == (0, 0)
    watches, alerts = rows(database)
    assert len(watches) == 5
    assert len(alerts) == 1
    database.close()


def test_the_schedule_starts_what_is_due_on_a_day_and_only_that(
    usual: Path, tmp_path: Path
) -> None:
    home = Home.at(shutil.copytree(usual, tmp_path / "home"))
    database = Database(home.database)
    database.migrate()
    ran: list[str] = []
    jobs = Jobs(
        database, home.queue, {"monitor": lambda job, /, **_a: ran.append(job.id) or {}},
        schedules=schedules(home, database, 1), immediate=True,
    )  # fmt: skip
    assert jobs.start_scheduled(AFTER) == []  # nobody has left
    leave(database)
    assert not is_due(home, 1, database, date(2025, 1, 31))  # its last day is not over
    assert jobs.start_scheduled(date(2025, 1, 31)) == []
    with database.session() as session:
        session.add(job := Job(id="busy", kind="monitor", state=RUNNING, arguments={},
                               created_at=_moment()))  # fmt: skip
    assert jobs.start_scheduled(date(2025, 2, 1)) == []  # one is under way
    with database.session() as session:
        session.delete(session.get_one(Job, job.id))
    assert len(jobs.start_scheduled(date(2025, 2, 1))) == 1 == len(ran)
    database.close()


def _moment() -> datetime:
    return datetime(2025, 2, 1, tzinfo=UTC)


def test_the_worker_asks_each_hour(usual: Path, tmp_path: Path) -> None:
    database = Database(tmp_path / "app.sqlite3")
    database.migrate()
    jobs = Jobs(database, tmp_path / "queue.sqlite3", {}, schedules={}, immediate=True)
    hours = [datetime(2025, 2, 1, hour, 7) for hour in (0, 13)]
    for hour in hours:
        (task,) = jobs.huey.read_periodic(hour)
        assert "start_scheduled" in task.name
        jobs.huey.execute(task)
    assert jobs.huey.read_periodic(datetime(2025, 2, 1, 13, 8)) == []
    assert jobs.consumer().periodic
    database.close()


def designation(since: date = DESIGNATED, exited_on: date = EXIT) -> Designation:
    return Designation(id=1, township="T1", name="甲街道", designated_on=since, exited_on=exited_on)


def test_why_a_township_cannot_be_judged(risen: Path, tmp_path: Path) -> None:
    database = Database(tmp_path / "app.sqlite3")
    database.migrate()
    table, line = table_of(risen, database), timeline_from(database, 1)

    def judged(left: Designation, lineage: Lineage | None = None) -> object:
        return course_of(table, left, line, lineage or Lineage(), AFTER, DEFAULT_DESIGN)

    assert isinstance(judged(designation()), Course)
    assert judged(designation(since=date(2024, 11, 1))) == "short_governance"
    assert judged(designation(exited_on=date(2024, 12, 1))) == "short_data"
    assert judged(Designation(id=1, township="T9", name="", designated_on=DESIGNATED,
                              exited_on=EXIT)) == "unknown"  # fmt: skip
    gone = Lineage((Change(date(2025, 2, 1), ("T9",), ("T1", "T4")),))
    assert judged(Designation(id=1, township="T9", name="", designated_on=DESIGNATED,
                              exited_on=EXIT), gone) == "parted"  # fmt: skip
    split = Lineage((Change(date(2025, 2, 1), ("T1",), ("T1", "T4")),))
    assert judged(designation(), split) == "parted"
    renamed = Lineage((Change(date(2025, 2, 1), ("T0",), ("T1",)),))
    left = designation()
    left.township = "T0"
    followed = judged(left, renamed)
    assert isinstance(followed, Course)
    silent = HalfMonths(table.boundaries, table.cycles, table.counts * [[0], [1], [1]])
    assert course_of(silent, designation(), line, Lineage(), AFTER, DEFAULT_DESIGN) == "no_cases"
    with pytest.raises(ValueError, match="has not left"):
        judged(Designation(id=7, township="T1"))
    database.close()


def test_a_half_month_of_a_renamed_township_is_judged_once(risen: Path, tmp_path: Path) -> None:
    database = Database(tmp_path / "app.sqlite3")
    database.migrate()
    number = leave(database)
    first = "half_month-2025-01-2"
    with database.session() as session:
        session.add(Succession(old_code="T0", new_code="T1", since=date(2025, 2, 1)))
        session.add(
            Watch(
                half_month=first, township="T0", designation_id=number, case_store_version=1,
                observed=9, facts={}, made_at=datetime(2025, 2, 1, tzinfo=UTC),
            )
        )  # fmt: skip
    (waiting,) = due(Home.at(risen), database, 1, AFTER)
    assert isinstance(waiting.course, Course)
    left = [waiting.course.cycles[step].id for step in waiting.steps]
    assert left[0] == "half_month-2025-02-1"
    assert len(left) == 4
    database.close()


def test_a_half_month_is_judged_when_it_is_over_and_whole(usual: Path, tmp_path: Path) -> None:
    """A file that is missing, a half-month that has only begun, a day that is yet to come."""
    home = Home.at(shutil.copytree(usual, tmp_path / "home"))
    database = Database(home.database)
    database.migrate()
    import_days(home, tmp_path, date(2025, 3, 1), date(2025, 3, 11))
    import_days(home, tmp_path, date(2025, 3, 12), date(2025, 4, 7))  # the 11th is missing
    table = table_of(home.path, database)
    known = dict(zip((each.id for each in table.cycles), ~np.isnan(table.counts[0]), strict=True))
    assert not known["half_month-2025-03-1"]
    assert known["half_month-2025-03-2"]
    assert not known["half_month-2025-04-1"]
    assert known["half_month-2024-01-1"]
    line = timeline_from(database, 1)
    early = course_of(table, designation(), line, Lineage(), date(2025, 3, 31), DEFAULT_DESIGN)
    assert isinstance(early, Course)
    assert [cycle.id[11:] for cycle, n in zip(early.cycles, early.observed, strict=True)
            if np.isfinite(n)] == ["2025-01-2", "2025-02-1", "2025-02-2"]  # fmt: skip
    assert len(early.cycles) == 24
    assert early.cycles[-1].id == "half_month-2026-01-1"
    database.close()


def test_an_alert_waits_on_the_overview_and_is_closed_with_a_word(app: Flask) -> None:
    database = services(app).database
    client = client_as(app, "planner", [PLANNER])
    assert "个退出后的反弹提醒待处理" in client.get("/").text
    page = client.get("/supervision/follow-up").text
    assert "反弹提醒待处理" in page
    (alert,) = rows(database)[1]
    url = f"/supervision/follow-up/alerts/{alert.id}/close"
    assert (
        client.post(url, data={"words": " ", "row_version": alert.row_version}).status_code == 400
    )
    assert rows(database)[1][0].state == "open"
    sent = {"words": "停暖报修，已约谈供热企业", "row_version": alert.row_version}
    assert client.post(url, data=sent).status_code == 302
    (closed,) = rows(database)[1]
    assert (closed.state, closed.words) == ("closed", "停暖报修，已约谈供热企业")
    assert closed.closed_on is not None
    assert client.post(url, data={**sent, "row_version": closed.row_version}).status_code == 409
    assert client.post(url.replace(str(alert.id), "999"), data=sent).status_code == 404
    assert "个退出后的反弹提醒待处理" not in client.get("/").text
    assert "停暖报修，已约谈供热企业" in client.get("/supervision/follow-up").text
    with database.session() as session:
        acts = [(each.action, each.who) for each in session.scalars(select(AuditEntry))
                if each.subject_kind == "alert"]  # fmt: skip
    assert acts == [("alert.create", "suyuan"), ("alert.close", "planner")]


def test_viewers_see_rounded_counts_and_cannot_reckon_them(app: Flask) -> None:
    exact = client_as(app, "reviewer", [REVIEWER]).get("/supervision/follow-up").text
    viewer = client_as(app, "viewer", [VIEWER])
    page = viewer.get("/supervision/follow-up").text
    assert "累计超出件数与阈值" in exact
    assert "累计超出件数与阈值" not in page
    assert "sum-1" not in page
    cells = [int(each) for each in re.findall(r'<td class="num">(\d+)</td>', page)]
    assert cells
    assert all(each % 5 == 0 for each in cells)
    (alert,) = rows(services(app).database)[1]
    url = f"/supervision/follow-up/alerts/{alert.id}/close"
    assert viewer.post(url, data={"words": "看过", "row_version": 1}).status_code == 403
    assert "<textarea" not in page


def test_nobody_to_follow_and_no_data_are_told(tmp_path: Path) -> None:
    app = make_app(tmp_path / "home")
    client = client_as(app, "planner", [PLANNER])
    assert "没有需要跟进的街乡镇" in client.get("/supervision/follow-up").text
    leave(services(app).database)
    assert "退出以来还没有数据完整的半月" in client.get("/supervision/follow-up").text


def test_what_the_next_round_will_judge_is_told(risen: Path, tmp_path: Path) -> None:
    app = make_app(shutil.copytree(risen, tmp_path / "home"))
    leave(services(app).database)
    page = client_as(app, "planner", [PLANNER]).get("/supervision/follow-up").text
    assert "将在下一轮监测时自动判断" in page
    assert "退出以来还没有数据完整的半月" not in page
    services(app).database.close()
