"""What waits for whom: each duty sees its own, made through the same doors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from app.accounts.access import Access, access_of, operator
from app.accounts.models import AuditEntry
from app.accounts.signing_in import sign_in
from app.accounts.units import UnitValues, create_unit
from app.db import Database
from app.errors import InvalidParameter
from app.home.waiting import Task, waiting_for
from app.jobs import DONE, FAILED, RUNNING, Job
from geodata.home import Home
from tests.app.projects.working import make_project
from tests.people import PASSWORD, make_account

NOW = datetime(2025, 7, 1, 8, 30).astimezone()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home.at(tmp_path / "home")
    Database(found.database).migrate()
    return found


@pytest.fixture
def database(home: Home) -> Database:
    return Database(home.database)


def somebody(home: Home, database: Database, *offices: str) -> Access:
    account = make_account(database, "-".join(offices), offices)
    return access_of(database, home, account, "127.0.0.1")


def tasks(home: Home, access: Access) -> dict[str, list[Task]]:
    return {duty.key: list(duty.tasks) for duty in waiting_for(home, access, NOW)}


def counts(found: list[Task]) -> dict[str, int]:
    return {task.key: task.count for task in found}


@pytest.mark.parametrize(
    ("offices", "duties"),
    [
        (["viewer"], []),
        (["reviewer"], []),
        (["planner"], ["planner", "centre"]),
        (["administrator"], ["administrator"]),
        (["hotline_centre"], ["centre"]),
        (["viewer", "vice_mayor"], ["leader"]),
        (["viewer", "handling_unit"], []),
    ],
)
def test_each_sees_her_own_duties(
    home: Home, database: Database, offices: list[str], duties: list[str]
) -> None:
    assert list(tasks(home, somebody(home, database, *offices))) == duties


def test_projects_that_are_late(home: Home, database: Database) -> None:
    today = datetime.now().date()
    for name, start, end in (
        ("late", today - timedelta(days=40), today - timedelta(days=1)),
        ("last day", None, today),
        ("soon", None, today + timedelta(days=14)),
        ("far", today + timedelta(days=1), today + timedelta(days=15)),
        ("open end", today - timedelta(days=1), None),
    ):
        make_project(operator(database), home, name=name, planned_start=start, planned_end=end)
    planner = tasks(home, somebody(home, database, "planner"))["planner"]
    assert (counts(planner)["projects_overdue"], counts(planner)["projects_soon"]) == (1, 2)
    leader = tasks(home, somebody(home, database, "viewer", "inspection"))["leader"]
    assert counts(leader) == {"projects_overdue": 1, "projects_not_begun": 2}


def test_jobs_of_her_own_that_run_or_failed_of_late(home: Home, database: Database) -> None:
    planner = somebody(home, database, "planner")
    other = somebody(home, database, "planner", "reviewer")
    ended = NOW.astimezone(UTC)
    for job_id, state, who, finished in (
        ("running", RUNNING, planner, None),
        ("failed", FAILED, planner, ended - timedelta(hours=20)),
        ("long-ago", FAILED, planner, ended - timedelta(days=3)),
        ("done", DONE, planner, ended),
        ("others", RUNNING, other, None),
    ):
        with database.session() as session:
            session.add(
                Job(
                    id=job_id, kind="import", state=state, arguments={}, created_at=ended,
                    started_by=who.account_id, finished_at=finished,
                )
            )  # fmt: skip
    found = tasks(home, planner)["planner"]
    jobs = [(task.key, task.target) for task in found if task.key.startswith("job_")]
    assert jobs == [("job_running", "running"), ("job_failed", "failed")]


def test_accounts_and_sign_ins(home: Home, database: Database) -> None:
    administrator = somebody(home, database, "administrator")
    make_account(database, "new", ["viewer"])
    sign_in(database, "administrator", PASSWORD, "127.0.0.1")
    with pytest.raises(InvalidParameter):
        sign_in(database, "new", "wrong", "127.0.0.1")
    yesterday = NOW.replace(hour=0, minute=0) - timedelta(days=1)
    for at in (yesterday, yesterday + timedelta(hours=23), yesterday + timedelta(days=1)):
        fail(database, at)
    found = {task.key: task for task in tasks(home, administrator)["administrator"]}
    assert (found["never_signed_in"].count, found["never_signed_in"].of) == (1, 2)
    assert (found["failed_sign_ins"].count, found["failed_sign_ins"].target) == (2, "2025-06-30")
    assert found["unmapped_handlers"].count == 0


def fail(database: Database, at: datetime) -> None:
    with database.session() as session:
        session.execute(
            insert(AuditEntry).values(
                at=at, who="?", address="", action="sign_in.failed", subject_kind="account",
                subject_id="",
            )
        )  # fmt: skip


def test_an_administrator_of_a_district_is_told_of_no_audit(home: Home, database: Database) -> None:
    unit = create_unit(operator(database), UnitValues(name="某区", kind="district", area_code="D1"))
    account = make_account(database, "of-district", ["administrator"], unit.id)
    found = tasks(home, access_of(database, home, account, ""))["administrator"]
    assert "failed_sign_ins" not in counts(found)
