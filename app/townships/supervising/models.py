"""The tables of the supervision loop."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Unit
from app.db import Base, Instant
from app.townships.designations.models import Designation
from app.townships.governing.models import ListItem


class Talk(Base):
    """A talk 约谈 that a rule proposed, or a person arranged: then it has no ``rule``.

    ``subject`` is the code of a district or township, or the id of a unit; ``facts`` are the
    figures of the rule that proposed it. ``talkers`` are 约谈人, ``joint_units`` 会同单位,
    ``attendees`` 约谈对象, ``deadline`` 整改时限, ``recheck`` 复查结果.
    """

    __tablename__ = "talk"
    __table_args__ = (UniqueConstraint("rule", "cycle_id", "subject_kind", "subject"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    rule: Mapped[str | None] = mapped_column(String(40), default=None)
    cycle_id: Mapped[str] = mapped_column(String(60), default="")
    subject_kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(64))
    subject_name: Mapped[str] = mapped_column(String(200))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    talkers: Mapped[str] = mapped_column(String(400), default="")
    joint_units: Mapped[str] = mapped_column(String(400), default="")
    attendees: Mapped[str] = mapped_column(String(400), default="")
    held_on: Mapped[date | None] = mapped_column(Date, default=None)
    demands: Mapped[str] = mapped_column(Text, default="")
    deadline: Mapped[date | None] = mapped_column(Date, default=None)
    recheck: Mapped[str] = mapped_column(Text, default="")
    rechecked_on: Mapped[date | None] = mapped_column(Date, default=None)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class EarlyWarning(Base):
    """A township among the first of a cycle without being designated 预警; once a cycle."""

    __tablename__ = "early_warning"
    __table_args__ = (UniqueConstraint("cycle_id", "township"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    cycle_id: Mapped[str] = mapped_column(String(60))
    township: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    district: Mapped[str] = mapped_column(String(200), default="")
    rank: Mapped[int] = mapped_column(Integer)
    cases: Mapped[int] = mapped_column(Integer)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    raised_on: Mapped[date] = mapped_column(Date)
    deadline: Mapped[date | None] = mapped_column(Date, default=None)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_on: Mapped[date | None] = mapped_column(Date, default=None)
    talk_id: Mapped[int | None] = mapped_column(ForeignKey("talk.id"), default=None)
    closed_on: Mapped[date | None] = mapped_column(Date, default=None)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class SupervisionOrder(Base):
    """An order 督办单 of a supervision office; open until the problem is solved 销号.

    ``extensions`` are ``[{"until", "reason", "on"}]`` 延期.
    """

    __tablename__ = "supervision_order"
    __table_args__ = (Index("supervision_order_by_state", "state", "deadline"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str] = mapped_column(String(60), unique=True)
    source: Mapped[str] = mapped_column(String(20))
    level: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(200))
    demand: Mapped[str] = mapped_column(Text, default="")
    unit_id: Mapped[int] = mapped_column(ForeignKey(Unit.id))
    township: Mapped[str | None] = mapped_column(String(64), default=None)
    issued_on: Mapped[date] = mapped_column(Date)
    deadline: Mapped[date] = mapped_column(Date)
    extensions: Mapped[list[Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    feedback: Mapped[str] = mapped_column(Text, default="")
    answered_on: Mapped[date | None] = mapped_column(Date, default=None)
    closing: Mapped[str] = mapped_column(Text, default="")
    closed_on: Mapped[date | None] = mapped_column(Date, default=None)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class Accountability(Base):
    """That a matter was handed on 移送, taken up 受理 and ended 结果; for 纪检监察 alone."""

    __tablename__ = "accountability"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey(Unit.id))
    matter: Mapped[str] = mapped_column(Text, default="")
    referred_on: Mapped[date] = mapped_column(Date)
    received_on: Mapped[date | None] = mapped_column(Date, default=None)
    result: Mapped[str] = mapped_column(Text, default="")
    result_on: Mapped[date | None] = mapped_column(Date, default=None)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class Whistle(Base):
    """A township's call 吹哨 that units come and answer; it rates them in the end 评价.

    ``basis`` is what the duty list said then of who must come: lists change, it stays.
    """

    __tablename__ = "whistle"
    __table_args__ = (Index("whistle_by_township", "township"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    township: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")
    classes: Mapped[list[Any]] = mapped_column(JSON)
    basis: Mapped[str] = mapped_column(Text, default="")
    item_id: Mapped[int | None] = mapped_column(ForeignKey(ListItem.id), default=None)
    raised_on: Mapped[date] = mapped_column(Date)
    deadline: Mapped[date | None] = mapped_column(Date, default=None)
    state: Mapped[str] = mapped_column(String(16))
    rating: Mapped[str] = mapped_column(String(20), default="")
    rating_words: Mapped[str] = mapped_column(Text, default="")
    rated_on: Mapped[date | None] = mapped_column(Date, default=None)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class WhistleCall(Base):
    """A unit that was called by a whistle: when it came 报到, what it did 处置."""

    __tablename__ = "whistle_call"
    __table_args__ = (UniqueConstraint("whistle_id", "unit_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    whistle_id: Mapped[int] = mapped_column(ForeignKey("whistle.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey(Unit.id))
    leads: Mapped[bool] = mapped_column()
    reported_on: Mapped[date | None] = mapped_column(Date, default=None)
    handled_on: Mapped[date | None] = mapped_column(Date, default=None)
    words: Mapped[str] = mapped_column(Text, default="")
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class Meeting(Base):
    """A dispatch meeting 调度会 on a governance township, with its minutes."""

    __tablename__ = "meeting"
    __table_args__ = (Index("meeting_by_designation", "designation_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    designation_id: Mapped[int] = mapped_column(ForeignKey(Designation.id))
    held_on: Mapped[date] = mapped_column(Date)
    chair: Mapped[str] = mapped_column(String(100), default="")
    minutes: Mapped[str] = mapped_column(Text)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class Watch(Base):
    """What a monitor found in a half-month of one township that has left: written once."""

    __tablename__ = "watch"
    __table_args__ = (UniqueConstraint("half_month", "township"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    half_month: Mapped[str] = mapped_column(String(60))
    township: Mapped[str] = mapped_column(String(64))
    designation_id: Mapped[int] = mapped_column(ForeignKey(Designation.id))
    case_store_version: Mapped[int] = mapped_column(Integer)
    observed: Mapped[int] = mapped_column(Integer)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Instant)


class Alert(Base):
    """A rebound that a monitor found; open until a person closes it with a word."""

    __tablename__ = "alert"
    __table_args__ = (Index("alert_by_state", "state"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    watch_id: Mapped[int] = mapped_column(ForeignKey("watch.id"), unique=True)
    township: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    raised_on: Mapped[date] = mapped_column(Date)
    words: Mapped[str] = mapped_column(Text, default="")
    closed_on: Mapped[date | None] = mapped_column(Date, default=None)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012
