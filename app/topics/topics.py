"""Topics: made, changed and taken from state to state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.db import Database
from app.errors import Conflict, InvalidParameter
from app.topics import course
from app.topics.documents import add_defaults
from app.topics.models import CaseDefinition, Topic, TopicProblem
from app.townships.designations.life import require_past
from app.townships.supervising.words import required_words

TOPICS = Kind(
    Topic, "topic", "topic", "每月一题", untold=frozenset({"leader", "grounds", "measures"})
)

FIRST_YEAR, LAST_YEAR = 2000, 2199
LONG = 10_000
NEEDED_WORDS = 2


class TopicValues(BaseModel):
    """What may be written into a topic."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    year: int = Field(ge=FIRST_YEAR, le=LAST_YEAR)
    month: int = Field(ge=1, le=12)
    title: str = Field(min_length=1, max_length=200)
    leader: str = Field(default="", max_length=200)
    lead_id: int | None = None
    cooperating: list[int] = Field(default_factory=list, max_length=400)
    grounds: str = Field(default="", max_length=LONG)
    needs_measures: bool = False
    measures: str = Field(default="", max_length=LONG)


@dataclass(frozen=True)
class TopicLine:
    """A topic as the list shows it, with the names of its problems."""

    topic: Topic
    problems: tuple[str, ...]


def list_topics(database: Database, year: int | None = None) -> list[TopicLine]:
    """Return the topics of a year, or all, by month."""
    query = select(Topic).order_by(Topic.year.desc(), Topic.month, Topic.id)
    if year is not None:
        query = query.where(Topic.year == year)
    with database.session() as session:
        found = list(session.scalars(query))
        problems = select(TopicProblem.topic_id, TopicProblem.name).order_by(TopicProblem.id)
        names: dict[int, list[str]] = {}
        for topic_id, name in session.execute(problems):
            names.setdefault(topic_id, []).append(name)
    return [TopicLine(each, tuple(names.get(each.id, ()))) for each in found]


def years(database: Database) -> list[int]:
    """Return the years that have topics, the newest first."""
    with database.session() as session:
        return sorted(session.scalars(select(Topic.year).distinct()), reverse=True)


def get_topic(database: Database, number: int) -> Topic:
    """Return one topic.

    Raises
    ------
    Missing
        There is none.
    """
    with database.session() as session:
        return TOPICS.find(session, number)


def create(access: Access, values: TopicValues) -> Topic:
    """Propose a topic; its plan and three lists are there from the beginning, empty.

    Raises
    ------
    InvalidParameter
        A unit cooperates with itself, or the reform that it needs is not stated.
    Conflict
        The month has a topic of this title.
    """
    access.require_township(Permission.GOVERN, None)
    try:
        with access.database.session() as session:
            _check(session, values)
            topic = Topic(**values.model_dump(), state=course.PROPOSED, since=date.today())
            TOPICS.create(access, session, topic)
            add_defaults(session, topic.id)
    except IntegrityError:
        raise _twice(values) from None
    return topic


def change(access: Access, number: int, values: TopicValues, version: int) -> Topic:
    """Write changed values, if nobody else wrote since `version`.

    Raises
    ------
    Conflict
        Someone did, or the month has another topic of this title.
    InvalidParameter
        As for `create`, or the topic is decided on and would have no leader or lead department.
    """
    access.require_township(Permission.GOVERN, None)

    def write(session: Session, topic: Topic) -> Mapping[str, Any]:
        _check(session, values)
        if topic.state not in (course.PROPOSED, course.CLOSED):
            _require_people(values.leader, values.lead_id)
        return values.model_dump()

    try:
        return TOPICS.change(access, number, version, write)
    except IntegrityError:
        raise _twice(values) from None


def move(access: Access, number: int, version: int, to: str, words: str, on: date) -> Topic:
    """Take a topic a step further, back or to its end.

    Raises
    ------
    Conflict
        The step may not follow, or someone else changed the topic since `version`.
    InvalidParameter
        It lacks what the step needs: people, problems with definitions, or words.
    """
    access.require_township(Permission.GOVERN, None)
    require_past(on)

    def step(session: Session, topic: Topic) -> Mapping[str, Any]:
        course.STEPS.require(topic.state, to)
        if course.needs_words(topic.state, to):
            required_words(words)
        if on < topic.since:
            raise InvalidParameter(
                f"on: {on} is before {topic.since}, when it came into its state",
                f"日期 {on} 早于进入现状态的日期 {topic.since}",
                field="on",
            )
        if to == course.ADOPTED:
            _require_people(topic.leader, topic.lead_id)
        if to == course.UNDER_WAY:
            _require_definitions(session, topic)
        return {"state": to, "since": on}

    return TOPICS.change(access, number, version, step, act="move", words=words.strip())


def next_states(access: Access, topic: Topic) -> tuple[str, ...]:
    """Return the states that a person may take a topic to."""
    return course.STEPS.after(topic.state) if access.may(Permission.GOVERN) else ()


def _check(session: Session, values: TopicValues) -> None:
    named = {values.lead_id, *values.cooperating} - {None}
    known = set(session.scalars(select(Unit.id).where(Unit.id.in_(named))))
    for missing in sorted(each for each in named if each is not None and each not in known):
        raise InvalidParameter(
            f"unit {missing} is not in the register", f"单位库中没有编号为 {missing} 的单位",
            field="lead_id",
        )  # fmt: skip
    if values.lead_id in values.cooperating:
        raise InvalidParameter(
            "lead_id: the lead department is among the cooperating units",
            "牵头单位不能同时是配合单位",
            field="lead_id",
        )
    if values.needs_measures and len(values.measures) < NEEDED_WORDS:
        raise InvalidParameter(
            f"measures: say in at least {NEEDED_WORDS} characters which reform it needs",
            f"勾选了“需市级改革举措”，请写明需要哪项举措，至少 {NEEDED_WORDS} 字",
            field="measures",
        )


def _require_people(leader: str, lead_id: int | None) -> None:
    if not leader:
        raise InvalidParameter(
            "leader: a topic that is decided on needs one", "已选定的题目应有分管市领导",
            field="leader",
        )  # fmt: skip
    if lead_id is None:
        raise InvalidParameter(
            "lead_id: a topic that is decided on needs a lead department",
            "已选定的题目应有牵头单位",
            field="lead_id",
        )


def _require_definitions(session: Session, topic: Topic) -> None:
    """Check that it is said of each problem which cases count."""
    problems = list(session.scalars(select(TopicProblem).where(TopicProblem.topic_id == topic.id)))
    if not problems:
        raise InvalidParameter("problems: the topic has none yet", "题目还没有问题，请先添加")
    defined = set(session.scalars(select(CaseDefinition.problem_id)))
    for each in problems:
        if each.id not in defined:
            raise InvalidParameter(
                f"problem {each.id} has no case definition yet",
                f"问题“{each.name}”还没有诉求口径，请先设定",
            )


def _twice(values: TopicValues) -> Conflict:
    return Conflict(
        f"title: {values.year}-{values.month:02} has a topic called so already",
        f"{values.year} 年 {values.month} 月已有题目“{values.title}”",
        field="title",
    )
