"""The tables of the assessment."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Date, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Instant
from app.hotspots.filtered.forms import Attribution
from app.townships.assessment.rules import Basis, Ledger


class RuleSet(Base):
    """How cycles are assessed from a day on, until before ``valid_to``; no two at one time.

    ``results`` holds the rules of 先进 / 进步 / 整改 and talks; ``source`` says on what they stand.
    """

    __tablename__ = "rule_set"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date, default=None)
    start_day: Mapped[int] = mapped_column(Integer, default=1)
    cut_hour: Mapped[int] = mapped_column(Integer, default=0)
    attribution: Mapped[Attribution] = mapped_column(String(16))
    basis: Mapped[Basis] = mapped_column(String(16))
    ledger: Mapped[Ledger] = mapped_column(String(16))
    response: Mapped[float] = mapped_column(Float)
    resolution: Mapped[float] = mapped_column(Float)
    satisfaction: Mapped[float] = mapped_column(Float)
    basically_satisfied: Mapped[float] = mapped_column(Float)
    results: Mapped[dict[str, Any]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(Text, default="")
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012

    @property
    def last_day(self) -> date | None:
        """Its last day in effect, None where it holds until further notice."""
        return self.valid_to and self.valid_to - timedelta(days=1)


class ClosedCycle(Base):
    """A cycle that was closed: what was found then, and from what; written once.

    ``document`` is canonical JSON with all that the board shows, ``digest`` its SHA-256;
    ``case_store_version`` and ``boundary_version`` are what it is worked out from again.
    """

    __tablename__ = "closed_cycle"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    cycle_id: Mapped[str] = mapped_column(String(60), unique=True)
    first_day: Mapped[date] = mapped_column(Date)
    end_day: Mapped[date] = mapped_column(Date)
    case_store_version: Mapped[int] = mapped_column(Integer)
    boundary_version: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    closed_at: Mapped[datetime] = mapped_column(Instant)
    closed_by: Mapped[str] = mapped_column(String(100))

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self.end_day - timedelta(days=1)


class Exclusion(Base):
    """Cases of a township that an approved rule leaves out of assessment 剔除.

    ``classes`` is a path from class 1 downwards, empty for all, and ``also`` has further ones; the
    window is of days received. Where there are ``points`` (`near_points.NamedPoint`), only cases
    near one of them are left out.
    """

    __tablename__ = "exclusion"
    __table_args__ = (Index("exclusion_by_township", "township"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    township: Mapped[str] = mapped_column(String(64))
    classes: Mapped[list[Any]] = mapped_column(JSON)
    start: Mapped[date] = mapped_column(Date)
    end: Mapped[date] = mapped_column(Date)
    also: Mapped[list[Any]] = mapped_column(JSON, default=list)
    points: Mapped[list[Any]] = mapped_column(JSON, default=list)
    source: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(16))
    decided_on: Mapped[date | None] = mapped_column(Date, default=None)
    decided_by: Mapped[str] = mapped_column(String(100), default="")
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class PublishedResult(Base):
    """What was published 通报 of a unit in a cycle; ours stands beside it as 测算."""

    __tablename__ = "published_result"
    __table_args__ = (UniqueConstraint("cycle_id", "unit_kind", "unit"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    cycle_id: Mapped[str] = mapped_column(String(60))
    unit_kind: Mapped[str] = mapped_column(String(16))
    unit: Mapped[str] = mapped_column(String(200))
    response: Mapped[float | None] = mapped_column(Float, default=None)
    resolution: Mapped[float | None] = mapped_column(Float, default=None)
    satisfaction: Mapped[float | None] = mapped_column(Float, default=None)
    score: Mapped[float | None] = mapped_column(Float, default=None)
    rank: Mapped[int | None] = mapped_column(Integer, default=None)
    source: Mapped[str] = mapped_column(String(400), default="")


class Objection(Base):
    """What was said against a case's assessment: 回访复核, 考核申诉, 不合理诉求."""

    __tablename__ = "objection"
    __table_args__ = (Index("objection_by_case", "case_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    case_id: Mapped[str] = mapped_column(String(100))
    township: Mapped[str | None] = mapped_column(String(64), default=None)
    raised_on: Mapped[date] = mapped_column(Date)
    words: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(16))
    decided_on: Mapped[date | None] = mapped_column(Date, default=None)
    decision: Mapped[str] = mapped_column(Text, default="")
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class Scorecard(Base):
    """A topic that is scored apart, as 物业管理: the classes whose cases belong to it."""

    __tablename__ = "scorecard"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    classes: Mapped[list[Any]] = mapped_column(JSON)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class Indicator(Base):
    """An indicator of 七有五性: its dimension, which direction is good, what it weighs."""

    __tablename__ = "indicator"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    dimension: Mapped[str] = mapped_column(String(40))
    direction: Mapped[str] = mapped_column(String(8))
    weight: Mapped[float] = mapped_column(Float)
    unit: Mapped[str] = mapped_column(String(40), default="")
    source: Mapped[str] = mapped_column(String(400), default="")
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class IndicatorValue(Base):
    """What an indicator was in a district in a period."""

    __tablename__ = "indicator_value"
    __table_args__ = (UniqueConstraint("indicator_id", "district", "period"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    district: Mapped[str] = mapped_column(String(64))
    period: Mapped[str] = mapped_column(String(20))
    value: Mapped[float] = mapped_column(Float)


class ClassDimension(Base):
    """The dimension of 七有五性 that the complaints of a class 1 belong to."""

    __tablename__ = "class_dimension"

    class_1: Mapped[str] = mapped_column(String(200), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(40))
