"""Work through a real Redis, by a real worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import redis as client

from app.config import Settings
from app.db import Database
from app.errors import InvalidSetting, UnreachableQueue
from app.jobs import DONE, ENDED, FAILED, RUNNING, Job, Jobs, RunningJob, check_queue
from app.work import handlers
from geodata.home import Home
from geodata.store import CaseStore
from tests.app.small_city import write_cases

SECONDS = 120


@pytest.fixture
def own_redis(redis: str) -> str:
    client.Redis.from_url(redis).flushall()
    return redis


@pytest.fixture
def jobs(home: Path, own_redis: str) -> Jobs:
    settings = Settings(home=home)
    database = Database.of(settings)
    database.migrate()
    return Jobs(database, own_redis, handlers(Home(home), settings.cycle_start_day))


@contextmanager
def worker(home: Path, redis: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "SUYUAN_HOME": str(home), "SUYUAN_QUEUE_URL": redis}
    environment.pop("SUYUAN_PARENT", None)
    process = subprocess.Popen([sys.executable, "-m", "app.cli", "worker"], env=environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(SECONDS)


def wait(jobs: Jobs, job: str, reached: Callable[[Job], bool]) -> Job:
    deadline = monotonic() + SECONDS
    while monotonic() < deadline:
        if reached(found := jobs.get(job)):
            return found
        sleep(0.05)
    pytest.fail(f"job stands at {jobs.get(job).state} after {SECONDS} s")


def start_import(jobs: Jobs, home: Path, number: int, copies: int = 1) -> str:
    folder = Home(home).uploads / f"{number:032x}"
    folder.mkdir()
    file = write_cases(folder / "cases.csv", seed=number)
    header, *lines = file.read_text("utf-8").splitlines()
    many = [f"R{number}-{copy}-{line}" for copy in range(copies) for line in lines]
    file.write_text("\n".join([header, *many]), "utf-8")
    kept = f"{folder.name}/{file.name}"
    return jobs.start("import", path=kept, profile="suyuan", crs=None, sheet=None)


def ended(job: Job) -> bool:
    return job.state in ENDED


def test_a_file_is_imported_by_a_worker(jobs: Jobs, home: Path, own_redis: str) -> None:
    before = CaseStore(Home(home)).count().cases
    job = start_import(jobs, home, 21)
    assert len(jobs.huey.pending()) == 1
    with worker(home, own_redis):
        assert wait(jobs, job, ended).state == DONE
    assert CaseStore(Home(home)).count().cases == 2 * before
    assert not (Home(home).path / "jobs.sqlite3").exists()


def test_work_survives_the_end_of_a_worker(jobs: Jobs, home: Path, own_redis: str) -> None:
    store = CaseStore(Home(home))
    before = store.count().cases
    long, waiting = start_import(jobs, home, 22, copies=25), start_import(jobs, home, 23)
    with worker(home, own_redis) as first:
        wait(jobs, long, lambda job: job.state == RUNNING)
        first.kill()
        first.wait(SECONDS)
    assert jobs.get(long).state == RUNNING
    with worker(home, own_redis):
        assert wait(jobs, waiting, ended).state == DONE
        told = jobs.get(long)
    assert (told.state, "start it again" in told.message) == (FAILED, True)
    assert store.count().cases == 2 * before


def test_what_redis_forgot_is_queued_again(tmp_path: Path, own_redis: str) -> None:
    database = Database(tmp_path / "app.sqlite3")
    database.migrate()
    done: list[int] = []

    def work(_job: RunningJob, /, **arguments: Any) -> dict[str, Any]:
        done.append(arguments["number"])
        return {}

    jobs = Jobs(database, own_redis, {"work": work})
    started = [jobs.start("work", number=number) for number in (1, 2)]
    client.Redis.from_url(own_redis).flushall()
    assert (jobs.queue_forgotten(), jobs.queue_forgotten()) == (2, 0)
    while task := jobs.huey.dequeue():
        jobs.huey.execute(task)
    assert sorted(done) == [1, 2]
    assert {jobs.get(each).state for each in started} == {DONE}


def test_a_queue_that_does_not_answer_is_told(tmp_path: Path) -> None:
    database = Database(tmp_path / "app.sqlite3")
    database.migrate()
    url = f"unix://:hidden@{tmp_path}/none.sock"
    jobs = Jobs(database, url, {"work": lambda _job, /: {}})
    for ask in (lambda: jobs.start("work"), jobs.queue_forgotten, lambda: check_queue(url)):
        with pytest.raises(UnreachableQueue) as told:
            ask()
        assert "hidden" not in str(told.value)
    with database.session() as session:
        assert [job.state for job in session.query(Job)] == [FAILED]


def test_what_is_no_queue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="SUYUAN_QUEUE_URL") as told:
        check_queue("amqp://me:hidden@here")
    assert "hidden" not in str(told.value)
