"""The table of projects."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, Float, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Instant

PLANNED, UNDER_WAY, DONE = "planned", "under_way", "done"
STATUSES = (PLANNED, UNDER_WAY, DONE)

DEFAULT_RADIUS_M = 150


class Project(Base):
    """Work at one point: who does it, when, against what, and where it stands.

    The cases of a project are those located within ``radius_m`` metres of its point, of class
    ``class_1`` where one is named.
    """

    __tablename__ = "project"
    __table_args__ = (Index("project_by_status", "status"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str] = mapped_column(String(100))
    lng: Mapped[float] = mapped_column(Float)
    lat: Mapped[float] = mapped_column(Float)
    radius_m: Mapped[int] = mapped_column(Integer, default=DEFAULT_RADIUS_M)
    township: Mapped[str | None] = mapped_column(String(64), default=None)
    class_1: Mapped[str | None] = mapped_column(String(200), default=None)
    planned_start: Mapped[date | None] = mapped_column(Date, default=None)
    planned_end: Mapped[date | None] = mapped_column(Date, default=None)
    target_per_month: Mapped[float | None] = mapped_column(Float, default=None)
    status: Mapped[str] = mapped_column(String(16), default=PLANNED)
    started_on: Mapped[date | None] = mapped_column(Date, default=None)
    finished_on: Mapped[date | None] = mapped_column(Date, default=None)
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    # The mapper checks and raises this with every write: two editors cannot overwrite one another.
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012
