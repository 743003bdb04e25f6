"""The tables of the topics 每月一题."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Unit
from app.db import Base, Instant


class Topic(Base):
    """A theme of a month: who answers for it, why it was chosen, where it stands.

    ``leader`` is the 分管市领导 as an office or in words; ``cooperating`` are ids of units, whose
    level (city, district, township) follows from the register. ``measures`` says which reform of
    the city it needs 需市级改革举措, where ``needs_measures`` is set. ``since`` is the day on which
    it came into its state.
    """

    __tablename__ = "topic"
    __table_args__ = (UniqueConstraint("year", "month", "title"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    year: Mapped[int] = mapped_column(Integer)
    month: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    leader: Mapped[str] = mapped_column(String(200), default="")
    lead_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id), default=None)
    cooperating: Mapped[list[Any]] = mapped_column(JSON)
    grounds: Mapped[str] = mapped_column(Text, default="")
    needs_measures: Mapped[bool] = mapped_column(Boolean, default=False)
    measures: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(16))
    since: Mapped[date] = mapped_column(Date)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class TopicProblem(Base):
    """One problem of a topic. ``changed_at`` moves whenever what hangs on it is changed."""

    __tablename__ = "topic_problem"
    __table_args__ = (UniqueConstraint("topic_id", "name"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id"))
    name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(Instant)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class CaseDefinition(Base):
    """One version of what counts as a case of a problem; written once, never changed.

    It is in force from ``valid_from`` until the next version begins. ``classes`` are paths from
    class 1 downwards. ``widens`` says that a word or tag is enough, whatever the class.
    ``baseline_first`` and ``baseline_last`` are the days that what comes later is compared with.
    """

    __tablename__ = "case_definition"
    __table_args__ = (UniqueConstraint("problem_id", "number"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("topic_problem.id"))
    number: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[date] = mapped_column(Date)
    classes: Mapped[list[Any]] = mapped_column(JSON)
    tags: Mapped[list[Any]] = mapped_column(JSON)
    keywords: Mapped[list[Any]] = mapped_column(JSON)
    excluded_classes: Mapped[list[Any]] = mapped_column(JSON)
    excluded_keywords: Mapped[list[Any]] = mapped_column(JSON)
    widens: Mapped[bool] = mapped_column(Boolean, default=False)
    baseline_first: Mapped[date] = mapped_column(Date)
    baseline_last: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(String(400), default="")
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(100))


class DefinitionCheck(Base):
    """A sample of the cases that a version counts, drawn to be judged by people.

    The same ``seed`` over the same ``case_store_version`` draws the same cases; ``population`` is
    how many there were to draw from.
    """

    __tablename__ = "definition_check"
    __table_args__ = (Index("definition_check_by_definition", "definition_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("case_definition.id"))
    seed: Mapped[int] = mapped_column(Integer)
    size: Mapped[int] = mapped_column(Integer)
    population: Mapped[int] = mapped_column(Integer)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    case_store_version: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(100))


class CheckedCase(Base):
    """One case of a sample: whether it is of the problem, ``yes`` or ``no``, empty until judged."""

    __tablename__ = "checked_case"
    __table_args__ = (UniqueConstraint("check_id", "position"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    check_id: Mapped[int] = mapped_column(ForeignKey("definition_check.id"))
    position: Mapped[int] = mapped_column(Integer)
    case_id: Mapped[str] = mapped_column(String(200))
    month: Mapped[str] = mapped_column(String(7))
    answer: Mapped[str] = mapped_column(String(3), default="")
    judged_by: Mapped[str] = mapped_column(String(100), default="")
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class TopicTarget(Base):
    """How many cases of a problem, by one version, a month should not exceed."""

    __tablename__ = "topic_target"
    __table_args__ = (UniqueConstraint("definition_id", "month"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("case_definition.id"))
    month: Mapped[str] = mapped_column(String(7))
    cases: Mapped[float] = mapped_column(Float)


class TopicCallback(Base):
    """What the hotline centre's sampled callbacks 专项回访 on a problem found in a month."""

    __tablename__ = "topic_callback"
    __table_args__ = (UniqueConstraint("problem_id", "month"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("topic_problem.id"))
    month: Mapped[str] = mapped_column(String(7))
    asked: Mapped[int] = mapped_column(Integer)
    solved: Mapped[int] = mapped_column(Integer)
    satisfied: Mapped[int] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(String(400), default="")


class TopicAssessment(Base):
    """A figure of a third party's assessment of a topic, in mid-year or at the year's end."""

    __tablename__ = "topic_assessment"
    __table_args__ = (UniqueConstraint("topic_id", "period", "indicator"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id"))
    period: Mapped[str] = mapped_column(String(16))
    indicator: Mapped[str] = mapped_column(String(200))
    value: Mapped[float] = mapped_column(Float)
    unit: Mapped[str] = mapped_column(String(40), default="")
    source: Mapped[str] = mapped_column(String(400), default="")


class TopicTownship(Base):
    """A township that a topic marks: 重点, 示范 or 先行."""

    __tablename__ = "topic_township"
    __table_args__ = (UniqueConstraint("topic_id", "township", "mark"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id"))
    township: Mapped[str] = mapped_column(String(64))
    mark: Mapped[str] = mapped_column(String(16))


class TopicDocument(Base):
    """A document of a topic in rows: its plan, a list, or a sheet of a scenario.

    ``rows`` hold texts, one for each column that the kind has.
    """

    __tablename__ = "topic_document"
    __table_args__ = (UniqueConstraint("topic_id", "kind", "scenario"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id"))
    kind: Mapped[str] = mapped_column(String(16))
    scenario: Mapped[str] = mapped_column(String(200), default="")
    rows: Mapped[list[Any]] = mapped_column(JSON)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012
