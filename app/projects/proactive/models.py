"""The table of proactive projects."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Unit
from app.db import Base
from app.townships.assessment.models import Exclusion

DRAFT, APPLIED, REVIEWED, APPROVED = "draft", "applied", "district_reviewed", "approved"
ENDED, RETURNED, REFUSED, WITHDRAWN = "ended", "returned", "refused", "withdrawn"


class ProactiveProject(Base):
    """An application of a township, and what became of it.

    ``points`` (`near_points.NamedPoint`), ``paths`` of classes and the days of the window say which
    cases leave the assessed ledger once it is approved; from then on they are never changed.
    ``source_cases`` are ids of cases that the problem was seen in; ``former_id`` is the application
    that this one is to take the place of.
    """

    __tablename__ = "proactive_project"
    __table_args__ = (
        Index("proactive_by_township", "township"),
        Index("proactive_by_state", "state"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    township: Mapped[str] = mapped_column(String(64))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id), default=None)
    root_cause: Mapped[str] = mapped_column(Text, default="")
    problems: Mapped[str] = mapped_column(Text, default="")
    measures: Mapped[str] = mapped_column(Text, default="")
    points: Mapped[list[Any]] = mapped_column(JSON)
    paths: Mapped[list[Any]] = mapped_column(JSON)
    source_cases: Mapped[list[Any]] = mapped_column(JSON)
    window_start: Mapped[date] = mapped_column(Date)
    window_end: Mapped[date] = mapped_column(Date)
    work_start: Mapped[date] = mapped_column(Date)
    work_end: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), default=DRAFT)
    since: Mapped[date | None] = mapped_column(Date, default=None)
    applied_on: Mapped[date | None] = mapped_column(Date, default=None)
    applied_by: Mapped[str] = mapped_column(String(100), default="")
    reviewed_on: Mapped[date | None] = mapped_column(Date, default=None)
    reviewed_by: Mapped[str] = mapped_column(String(100), default="")
    approved_on: Mapped[date | None] = mapped_column(Date, default=None)
    approved_by: Mapped[str] = mapped_column(String(100), default="")
    ended_on: Mapped[date | None] = mapped_column(Date, default=None)
    exclusion_id: Mapped[int | None] = mapped_column(ForeignKey(Exclusion.id), default=None)
    former_id: Mapped[int | None] = mapped_column(ForeignKey("proactive_project.id"), default=None)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012
