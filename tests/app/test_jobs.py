from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.db import Database
from app.errors import InvalidParameter, Missing
from app.jobs import CANCELLED, DONE, FAILED, Job, Jobs, RunningJob

pytestmark = pytest.mark.db


def queue(database: Database, tmp_path: Path, work: Any) -> Jobs:
    return Jobs(database, tmp_path / "queue.sqlite3", {"work": work}, immediate=True)


def test_a_job_keeps_its_result_and_last_progress(database: Database, tmp_path: Path) -> None:
    def work(job: RunningJob, /, **arguments: Any) -> dict[str, Any]:
        job.report(3, 10, "third", "第三")
        return {"url": f"/seen/{arguments['number']}"}

    jobs = queue(database, tmp_path, work)
    job = jobs.get(jobs.start("work", number=7))
    assert (job.state, job.done, job.total) == (DONE, 3, 10)
    assert job.result_url == "/seen/7"
    assert job.finished_at is not None
    assert job.finished_at.tzinfo is not None


def test_a_users_error_is_told_in_both_languages(database: Database, tmp_path: Path) -> None:
    def work(_job: RunningJob, /, **_arguments: Any) -> dict[str, Any]:
        raise InvalidParameter("too\nlong", "太长")

    jobs = queue(database, tmp_path, work)
    job = jobs.get(jobs.start("work"))
    assert (job.state, job.text("en"), job.text("zh_Hans")) == (FAILED, "too long", "太长")
    assert job.result_url is None


def test_a_bug_is_told_without_its_trace(database: Database, tmp_path: Path) -> None:
    def work(_job: RunningJob, /, **_arguments: Any) -> dict[str, Any]:
        raise ZeroDivisionError("secret detail")

    jobs = queue(database, tmp_path, work)
    job = jobs.get(jobs.start("work"))
    assert job.state == FAILED
    assert "secret" not in job.message


def test_cancelling_stops_at_the_next_report(database: Database, tmp_path: Path) -> None:
    reached: list[int] = []
    jobs: Jobs

    def work(job: RunningJob, /, **_arguments: Any) -> dict[str, Any]:
        for n in range(5):
            if n == 2:
                jobs.cancel(job.id)
            job.report(n, 5, "", "")
            reached.append(n)
        return {}

    jobs = queue(database, tmp_path, work)
    assert jobs.get(jobs.start("work")).state == CANCELLED
    assert reached == [0, 1]


def test_an_ended_job_cannot_be_cancelled(database: Database, tmp_path: Path) -> None:
    jobs = queue(database, tmp_path, lambda _job, /, **_arguments: {})
    job_id = jobs.start("work")
    assert jobs.cancel(job_id).state == DONE
    assert not jobs.get(job_id).cancel_requested


def test_what_a_stopped_worker_left_running_is_closed(database: Database, tmp_path: Path) -> None:
    jobs = queue(database, tmp_path, lambda _job, /, **_arguments: {})
    job_id = jobs.start("work")
    with database.session() as session:
        session.get_one(Job, job_id).state = "running"
    assert jobs.abandon_interrupted() == 1
    assert jobs.get(job_id).state == FAILED


def test_what_no_queue_remembers_is_queued_again_and_done_once(
    database: Database, tmp_path: Path
) -> None:
    done: list[int] = []

    def work(_job: RunningJob, /, **arguments: Any) -> dict[str, Any]:
        done.append(arguments["number"])
        return {}

    jobs = Jobs(database, tmp_path / "queue.sqlite3", {"work": work})
    forgotten, queued = jobs.start("work", number=1), jobs.start("work", number=2)
    jobs.huey.dequeue()  # taken by a worker that is killed before it begins
    assert jobs.queue_forgotten() == 1
    assert jobs.queue_forgotten() == 0
    while task := jobs.huey.dequeue():
        jobs.huey.execute(task)
    assert sorted(done) == [1, 2]
    assert {jobs.get(each).state for each in (forgotten, queued)} == {DONE}
    jobs.run(forgotten)
    assert sorted(done) == [1, 2]


def test_an_unknown_job_is_missing(database: Database, tmp_path: Path) -> None:
    with pytest.raises(Missing):
        queue(database, tmp_path, None).get("nothing")


def test_work_that_is_done_is_followed_by_other_work(database: Database, tmp_path: Path) -> None:
    done: list[str] = []

    def good(_job: RunningJob, /, **_arguments: Any) -> dict[str, Any]:
        done.append("good")
        return {}

    def bad(_job: RunningJob, /, **_arguments: Any) -> dict[str, Any]:
        raise Missing("gone", "没有了")

    def after(_job: RunningJob, /, **_arguments: Any) -> dict[str, Any]:
        done.append("after")
        return {}

    def last(_job: RunningJob, /, **_arguments: Any) -> dict[str, Any]:
        done.append("last")
        return {}

    handlers = {"good": good, "bad": bad, "after": after, "last": last}
    follow_ups = {"good": ("after", "last"), "bad": ("after",)}
    jobs = Jobs(database, tmp_path / "queue.sqlite3", handlers, follow_ups, immediate=True)
    assert jobs.get(jobs.start("bad")).state == "failed"
    assert done == []
    assert jobs.get(jobs.start("good")).state == "done"
    assert done == ["good", "after", "last"]
