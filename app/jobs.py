"""Long work in the background: queued by huey, its state and progress kept in a table."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from polars.exceptions import PanicException
from redis import Redis, RedisError
from sqlalchemy import JSON, Boolean, Index, Integer, String, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Database, Instant
from app.errors import InvalidSetting, Missing, UnreachableQueue, message_of, trace_of
from geodata.errors import UserError

log = logging.getLogger(__name__)

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
ENDED = (DONE, FAILED, CANCELLED)

QUEUE_NAME = "suyuan"

HOURLY = "7"
"""Minute of each hour at which the worker looks what is due: a machine that sleeps at night, or is
busy at one hour, misses nothing."""


class Job(Base):
    """One piece of long work and how far it is."""

    __tablename__ = "job"
    __table_args__ = (Index("job_by_creation", "created_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(16), default=WAITING)
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int | None] = mapped_column(Integer, default=None)
    message: Mapped[str] = mapped_column(Text, default="")
    message_zh: Mapped[str] = mapped_column(Text, default="")
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    cancel_requested: Mapped[bool] = mapped_column(Boolean, default=False)
    started_by: Mapped[int | None] = mapped_column(Integer, default=None)
    created_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant, default=None)

    def text(self, language: str) -> str:
        """Where it stands, or why it failed, in one line."""
        return self.message_zh if language.startswith("zh") else self.message

    @property
    def result_url(self) -> str | None:
        """Page of what came out, once it is done."""
        return (self.result or {}).get("url") if self.state == DONE else None


class JobCancelled(Exception):  # noqa: N818 - an end that was asked for, not an error
    """Raised inside the work when someone asked to stop it."""


@dataclass(frozen=True)
class RunningJob:
    """What the work itself sees of its job."""

    id: str
    database: Database

    def report(self, done: int, total: int | None, english: str, chinese: str) -> None:
        """Tell how far the work is.

        Raises
        ------
        JobCancelled
            Someone asked to stop.
        """
        with self.database.session() as session:
            job = session.get_one(Job, self.id)
            if job.cancel_requested:
                raise JobCancelled
            job.done, job.total = done, total
            job.message, job.message_zh = english, chinese


class Handler(Protocol):
    """A kind of work: takes its job and arguments, gives a result with the ``url`` of its page."""

    def __call__(self, job: RunningJob, /, **arguments: Any) -> dict[str, Any]: ...


IsDue = Callable[[date], bool]
"""Tells on a day whether there is work of a kind to do."""

Note = Callable[[Session, str], None]
"""Writes down, with a new job, who started it."""


class Jobs:
    """Start, watch, cancel and run the jobs of one home.

    Parameters
    ----------
    database : Database
        Where the job table is.
    queue : Path or str
        SQLite file of the queue, or the URL of a Redis of this home's own.
    handlers : Mapping[str, Handler]
        The kinds of work there are.
    follow_ups : Mapping[str, Sequence[str]]
        Kind of work → the kinds that are queued when it is done.
    schedules : Mapping[str, IsDue]
        Kind of work that begins by itself → whether any is due on a day.
    immediate : bool
        Run at once in the caller's thread, for tests.
    """

    def __init__(
        self,
        database: Database,
        queue: Path | str,
        handlers: Mapping[str, Handler],
        follow_ups: Mapping[str, Sequence[str]] | None = None,
        schedules: Mapping[str, IsDue] | None = None,
        *,
        immediate: bool = False,
    ) -> None:
        self._database = database
        self._handlers = dict(handlers)
        self._follow_ups = dict(follow_ups or {})
        self.huey = _open_queue(queue, immediate=immediate)
        self._schedules = dict(schedules or {})
        self._task = self.huey.task(name="run_job")(self.run)
        hourly = self.huey.periodic_task(crontab(minute=HOURLY), name="start_scheduled")
        hourly(self.start_scheduled)

    def start(
        self,
        kind: str,
        started_by: int | None = None,
        note: Note | None = None,
        **arguments: Any,
    ) -> str:
        """Queue work and return the id of its job.

        Parameters
        ----------
        kind : str
        started_by : int, optional
            Account of who started it; what follows by itself has none.
        note : callable, optional
            Called with the session in which the job is written, and its id.
        **arguments
            Of its handler.

        Raises
        ------
        UnreachableQueue
            The queue's server does not answer; the job has failed.
        """
        if kind not in self._handlers:
            raise KeyError(f"no handler for jobs of kind {kind!r}")
        job = Job(id=uuid.uuid4().hex, kind=kind, arguments=arguments, created_at=_now())
        job.started_by = started_by
        job.message, job.message_zh = "waiting", "排队中"
        with self._database.session() as session:
            session.add(job)
            if note is not None:
                note(session, job.id)
        try:
            self._task(job.id)
        except RedisError as error:
            unreachable = _unreachable(error)
            self._end(job.id, FAILED, unreachable.english, unreachable.chinese)
            raise unreachable from error
        return job.id

    def get(self, job_id: str) -> Job:
        """Return the job as it stands.

        Raises
        ------
        Missing
            No job has this id.
        """
        with self._database.session() as session:
            job = session.get(Job, job_id)
        if job is None:
            raise Missing(f"no job {job_id!r}", f"没有编号为 {job_id!r} 的任务")
        return job

    def cancel(self, job_id: str) -> Job:
        """Ask for a stop; the work ends at its next report. An ended job stays as it is."""
        self.get(job_id)
        with self._database.session() as session:
            session.execute(
                update(Job)
                .where(Job.id == job_id, Job.state.not_in(ENDED))
                .values(cancel_requested=True)
            )
        return self.get(job_id)

    def run(self, job_id: str) -> None:
        """Do the work of a job and keep how it ended; one that was taken already stays as it is."""
        if not self._take(job_id):
            return
        job = self.get(job_id)
        try:
            result = self._handlers[job.kind](RunningJob(job_id, self._database), **job.arguments)
        except JobCancelled:
            self._end(job_id, CANCELLED, "cancelled", "已取消")
        except UserError as error:
            self._end(job_id, FAILED, message_of(error, "en"), message_of(error, "zh"))
        except (Exception, PanicException) as error:  # noqa: BLE001 - told and logged
            # The person who waits needs one line; the trace belongs in the server's log.
            log.error("job %s (%s) failed: %s", job_id, job.kind, trace_of(error))  # noqa: TRY400
            line = f"internal error, see the server's log (job {job_id})"
            self._end(job_id, FAILED, line, f"内部错误，请查看服务器日志（任务 {job_id}）")
        else:
            self._keep(job_id, result=result)
            self._end(job_id, DONE, "done", "已完成")
            for kind in self._follow_ups.get(job.kind, ()):
                self.start(kind)

    def start_scheduled(self, today: date | None = None) -> list[str]:
        """Start what is due by itself; returns the ids of its jobs.

        Each worker of a home looks by itself. Work that waits or runs is not started again; where
        two look in the same moment it may run twice, so it must not mind that.

        Parameters
        ----------
        today : date, optional
            Day of the look; by this machine's clock when not given.
        """
        day = today or datetime.now().astimezone().date()
        due = [kind for kind, is_due in self._schedules.items() if is_due(day)]
        return [self.start(kind) for kind in due if not self._is_under_way(kind)]

    def _is_under_way(self, kind: str) -> bool:
        under_way = select(Job.id).where(Job.kind == kind, Job.state.not_in(ENDED))
        with self._database.session() as session:
            return session.scalar(under_way.limit(1)) is not None

    def abandon_interrupted(self) -> int:
        """Close jobs that a stopped worker left running; returns how many."""
        with self._database.session() as session:
            left = list(session.scalars(select(Job.id).where(Job.state == RUNNING)))
        for job_id in left:
            self._end(
                job_id,
                FAILED,
                "the server stopped while this was running; start it again",
                "运行中途服务器停止，请重新开始",
            )
        return len(left)

    def queue_forgotten(self) -> int:
        """Queue again what waits in the table but in no queue; returns how many.

        A process that is killed between writing the job and queueing it, or between taking it from
        the queue and beginning it, would leave it waiting for ever; so would a Redis that was
        emptied, and a home that was restored.

        Raises
        ------
        UnreachableQueue
            The queue's server does not answer.
        """
        try:
            queued = {task.args[0] for task in self.huey.pending() if task.args}
        except RedisError as error:
            raise _unreachable(error) from error
        with self._database.session() as session:
            waiting = session.scalars(select(Job.id).where(Job.state == WAITING))
            forgotten = [job_id for job_id in waiting if job_id not in queued]
        for job_id in forgotten:
            self._task(job_id)
        return len(forgotten)

    def consumer(self) -> Consumer:
        """Build the worker that takes jobs from the queue, one after another, and looks hourly."""
        return self.huey.create_consumer(workers=1, periodic=True, initial_delay=0.1, max_delay=1)

    def _take(self, job_id: str) -> bool:
        """Begin a waiting job, once: it may have been queued twice."""
        waiting = update(Job).where(Job.id == job_id, Job.state == WAITING)
        with self._database.session() as session:
            taken = session.scalar(waiting.values(state=RUNNING).returning(Job.id))
        return taken is not None

    def _end(self, job_id: str, state: str, english: str, chinese: str) -> None:
        self._keep(job_id, state=state, message=english, message_zh=chinese, finished_at=_now())

    def _keep(self, job_id: str, **values: Any) -> None:
        with self._database.session() as session:
            session.execute(update(Job).where(Job.id == job_id).values(**values))


def _open_queue(queue: Path | str, *, immediate: bool) -> Huey:
    if isinstance(queue, Path):
        return SqliteHuey(QUEUE_NAME, filename=str(queue), immediate=immediate, results=False)
    try:
        return RedisHuey(QUEUE_NAME, url=queue, immediate=immediate, results=False)
    except ValueError as error:
        # The value may hold a password: it is not repeated.
        raise InvalidSetting(
            "SUYUAN_QUEUE_URL: this is no URL of Redis; expected redis://HOST:PORT/NUMBER, "
            "rediss://… or unix://…",
            "SUYUAN_QUEUE_URL：不是 Redis 的网址；应为 redis://HOST:PORT/NUMBER、rediss://… "
            "或 unix://…",
        ) from error


def check_queue(queue: str) -> None:
    """Ask the server of a queue for a sign of life.

    Raises
    ------
    InvalidSetting
        The URL is none of Redis.
    UnreachableQueue
        It does not answer, or refuses.
    """
    connection: Redis = _open_queue(queue, immediate=False).storage.conn
    try:
        connection.ping()
    except RedisError as error:
        raise _unreachable(error) from error


def _unreachable(error: RedisError) -> UnreachableQueue:
    return UnreachableQueue(
        f"the queue in SUYUAN_QUEUE_URL cannot be used: {error}; start Redis and do it again",
        f"无法使用 SUYUAN_QUEUE_URL 指定的任务队列：{error}；请启动 Redis 后重试",
    )


def _now() -> datetime:
    return datetime.now(UTC)
