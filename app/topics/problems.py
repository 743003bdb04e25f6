"""The problems of a topic, and what guards all that hangs on one against two editors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import Database
from app.errors import Conflict, changed_meanwhile
from app.topics.models import CaseDefinition, Topic, TopicCallback, TopicProblem
from app.topics.topics import LONG, TOPICS

PROBLEMS = Kind(TopicProblem, "topic_problem", "problem", "专题问题", untold=frozenset({"text"}))


class ProblemValues(BaseModel):
    """What may be written of a problem."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=200)
    text: str = Field(default="", max_length=LONG)


def problems_of(database: Database, topic_id: int) -> list[TopicProblem]:
    """Return the problems of a topic in the order in which they came."""
    query = select(TopicProblem).where(TopicProblem.topic_id == topic_id)
    with database.session() as session:
        return list(session.scalars(query.order_by(TopicProblem.id)))


def find_problem(database: Database, number: int) -> tuple[TopicProblem, Topic]:
    """Return a problem and its topic.

    Raises
    ------
    Missing
        There is none.
    """
    with database.session() as session:
        found = PROBLEMS.find(session, number)
        return found, session.get_one(Topic, found.topic_id)


def add_problem(access: Access, topic_id: int, values: ProblemValues) -> TopicProblem:
    """Add a problem to a topic.

    Raises
    ------
    Missing
        There is no such topic.
    Conflict
        It has a problem of this name.
    """
    access.require_township(Permission.GOVERN, None)
    try:
        with access.database.session() as session:
            TOPICS.find(session, topic_id)
            made = TopicProblem(
                topic_id=topic_id, changed_at=datetime.now(UTC), **values.model_dump()
            )
            return PROBLEMS.create(access, session, made, topic=topic_id, name=values.name)
    except IntegrityError:
        raise _twice(values) from None


def change_problem(access: Access, number: int, values: ProblemValues, version: int) -> None:
    """Write changed values, if nobody else wrote since `version`.

    Raises
    ------
    Conflict
        Someone did, or the topic has another problem of this name.
    """
    access.require_township(Permission.GOVERN, None)

    def write(_session: Session, _problem: TopicProblem) -> Mapping[str, Any]:
        return values.model_dump()

    try:
        PROBLEMS.change(access, number, version, write)
    except IntegrityError:
        raise _twice(values) from None


def remove_problem(access: Access, number: int, version: int) -> int:
    """Take a problem off a topic while nothing hangs on it; returns the topic's id.

    Raises
    ------
    Conflict
        It has a definition or callbacks, or someone else changed it since `version`.
    """
    access.require_township(Permission.GOVERN, None)
    with access.database.session() as session:
        problem = PROBLEMS.find(session, number)
        if problem.row_version != version:
            raise changed_meanwhile(f"problem {number}", f"专题问题 {number} ")
        for table in (CaseDefinition, TopicCallback):
            hanging = select(table.id).where(table.problem_id == number).limit(1)
            if session.scalar(hanging) is not None:
                raise Conflict(
                    f"problem {number} has a case definition or callbacks: it stays",
                    f"问题“{problem.name}”已有诉求口径或回访数据，不能移出",
                )
        session.delete(problem)
        before = {"topic": problem.topic_id, "name": problem.name}
        subject = ("topic_problem", number)
        access.record("topic_problem.remove", subject, before, None, session=session)
        return problem.topic_id


@contextmanager
def touch(access: Access, number: int, version: int) -> Iterator[tuple[Session, TopicProblem]]:
    """Give a session in which something that hangs on a problem is written.

    Raises
    ------
    Missing
        There is no such problem.
    Conflict
        Someone else changed it, or what hangs on it, since `version`.
    """
    meanwhile = changed_meanwhile(f"problem {number}", f"专题问题 {number} ")
    try:
        with access.database.session() as session:
            problem = PROBLEMS.find(session, number)
            if problem.row_version != version:
                raise meanwhile
            problem.changed_at = datetime.now(UTC)
            session.flush()
            yield session, problem
    except (StaleDataError, IntegrityError):
        raise meanwhile from None


def _twice(values: ProblemValues) -> Conflict:
    return Conflict(
        f"name: the topic has a problem {values.name!r} already",
        f"题目已有问题“{values.name}”",
        field="name",
    )
