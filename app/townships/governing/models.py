"""The tables of plans and their lists."""

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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Unit
from app.db import Base, Instant
from app.townships.designations.models import Designation

TOWNSHIP_PLAN, DISTRICT_PLAN = "township", "district"

TO_DO, UNDER_WAY, CLAIMED_DONE = "to_do", "under_way", "claimed_done"
VERIFIED, CLOSED, CANCELLED = "verified", "closed", "cancelled"


_OF_DISTRICT = text(f"level = '{DISTRICT_PLAN}'")


class Plan(Base):
    """What is to be done in a year: one a designation and year, its district's above it.

    A township that is designated again in the same year begins anew, beside the plan of before.
    ``begun_on`` is the day on which the plan was made.
    """

    __tablename__ = "plan"
    __table_args__ = (
        UniqueConstraint("designation_id", "year"),
        Index(
            "plan_of_district",
            "area_code",
            "year",
            unique=True,
            sqlite_where=_OF_DISTRICT,
            postgresql_where=_OF_DISTRICT,
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    level: Mapped[str] = mapped_column(String(16))
    area_code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    year: Mapped[int] = mapped_column(Integer)
    summary: Mapped[str] = mapped_column(Text, default="")
    begun_on: Mapped[date | None] = mapped_column(Date, default=None)
    designation_id: Mapped[int | None] = mapped_column(ForeignKey(Designation.id), default=None)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"), default=None)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class ListKind(Base):
    """A kind of list 清单 that a plan has; one that is no longer used stays with its items."""

    __tablename__ = "list_kind"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    chinese: Mapped[str] = mapped_column(String(40))
    english: Mapped[str] = mapped_column(String(40))
    position: Mapped[int] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class IssueType(Base):
    """A type of issue 问题类型 as offices sort their items; one no longer used stays with them."""

    __tablename__ = "issue_type"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    chinese: Mapped[str] = mapped_column(String(40))
    english: Mapped[str] = mapped_column(String(40))
    position: Mapped[int] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class ListItem(Base):
    """One line of a plan's list.

    ``area_m2`` is in square metres, ``money_needed`` in 10,000 yuan 万元. ``support_level`` and
    ``support_kind`` say who is asked for support and for which; ``priority`` which other work of
    the city the item belongs to; ``progress_word`` is the offices' own word beside the state. The
    target says from how many cases a month to how many; ``since`` is the day on which the item
    came into its state, empty while nobody has moved it. ``source_kind`` and ``source_id`` name
    what it came from (a high-frequency problem, a meeting), empty for one that a person wrote.
    """

    __tablename__ = "list_item"
    __table_args__ = (
        Index("list_item_by_plan", "plan_id"),
        Index("list_item_by_due", "state", "due_on"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    kind: Mapped[str] = mapped_column(ForeignKey("list_kind.key"))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")
    class_1: Mapped[str | None] = mapped_column(String(200), default=None)
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id), default=None)
    cooperating: Mapped[list[Any]] = mapped_column(JSON)
    starts_on: Mapped[date | None] = mapped_column(Date, default=None)
    due_on: Mapped[date | None] = mapped_column(Date, default=None)
    target_from: Mapped[float | None] = mapped_column(Float, default=None)
    target_to: Mapped[float | None] = mapped_column(Float, default=None)
    state: Mapped[str] = mapped_column(String(16), default=TO_DO)
    since: Mapped[date | None] = mapped_column(Date, default=None)
    claimed_on: Mapped[date | None] = mapped_column(Date, default=None)
    closed_on: Mapped[date | None] = mapped_column(Date, default=None)
    source_kind: Mapped[str] = mapped_column(String(40), default="")
    source_id: Mapped[str] = mapped_column(String(200), default="")
    case_ids: Mapped[list[Any]] = mapped_column(JSON, default=list)
    issue_type: Mapped[str | None] = mapped_column(ForeignKey("issue_type.key"), default=None)
    problem: Mapped[str] = mapped_column(Text, default="")
    cause: Mapped[str] = mapped_column(Text, default="")
    proposal: Mapped[str] = mapped_column(Text, default="")
    support_level: Mapped[str] = mapped_column(String(16), default="")
    support_kind: Mapped[str] = mapped_column(String(16), default="")
    enterprises: Mapped[str] = mapped_column(String(500), default="")
    property_manager: Mapped[str] = mapped_column(String(200), default="")
    households: Mapped[int | None] = mapped_column(Integer, default=None)
    area_m2: Mapped[float | None] = mapped_column(Float, default=None)
    money_needed: Mapped[float | None] = mapped_column(Float, default=None)
    money_sources: Mapped[str] = mapped_column(String(500), default="")
    priority: Mapped[str] = mapped_column(String(24), default="")
    progress_word: Mapped[str] = mapped_column(String(24), default="")
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class ListItemVersion(Base):
    """What an item said after a change: all its columns, also the words that no audit keeps.

    ``number`` is the version of the item's row. ``at`` and ``who`` are empty for what an item said
    before its versions were kept.
    """

    __tablename__ = "list_item_version"
    __table_args__ = (UniqueConstraint("item_id", "number"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("list_item.id"))
    number: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    who: Mapped[str] = mapped_column(String(100), default="")
    act: Mapped[str] = mapped_column(String(16), default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
