"""The tables of projects, their points, and what people keep of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
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

from app.db import Base, Instant
from app.townships.governing.models import ListItem

DRAFT, SUBMITTED, RETURNED, APPROVED = "draft", "submitted", "returned", "approved"
UNDER_WAY, PAUSED, CLAIMED_DONE = "under_way", "paused", "claimed_done"
VERIFIED, CLOSED, CANCELLED = "verified", "closed", "cancelled"

DEFAULT_RADIUS_M = 150


class Project(Base):
    """Work at one or several points: who does it, when, against what, and where it stands.

    ``class_1`` names the cases that it is against, all where it is empty. ``since`` is the day on
    which it came into its status; ``finished_on`` that on which its work was claimed done.
    ``measure`` is the kind of work, ``progress`` the offices' own word beside the status.
    """

    __tablename__ = "project"
    __table_args__ = (
        Index("project_by_status", "status"),
        Index("project_by_township", "township"),
        Index("project_by_item", "item_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str] = mapped_column(String(100))
    township: Mapped[str | None] = mapped_column(String(64), default=None)
    item_id: Mapped[int | None] = mapped_column(ForeignKey(ListItem.id), default=None)
    measure: Mapped[str] = mapped_column(String(40), default="")
    class_1: Mapped[str | None] = mapped_column(String(200), default=None)
    planned_start: Mapped[date | None] = mapped_column(Date, default=None)
    planned_end: Mapped[date | None] = mapped_column(Date, default=None)
    target_per_month: Mapped[float | None] = mapped_column(Float, default=None)
    cost_yuan: Mapped[int | None] = mapped_column(BigInteger, default=None)
    status: Mapped[str] = mapped_column(String(16), default=DRAFT)
    progress: Mapped[str] = mapped_column(String(16), default="")
    since: Mapped[date | None] = mapped_column(Date, default=None)
    started_on: Mapped[date | None] = mapped_column(Date, default=None)
    finished_on: Mapped[date | None] = mapped_column(Date, default=None)
    closed_on: Mapped[date | None] = mapped_column(Date, default=None)
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    # The mapper checks and raises this with every write: two editors cannot overwrite one another.
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class Point(Base):
    """A place at which work is done: a disc around a position, or an area with corners.

    ``corners`` are longitude and latitude of an area's outline, not closed; the position is then
    its middle, and ``radius_m`` that of a disc as large. ``place`` is the code of a place of the
    register: cases that were located at it are the point's too.
    """

    __tablename__ = "point"
    __table_args__ = (Index("point_by_township", "township"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    lng: Mapped[float] = mapped_column(Float)
    lat: Mapped[float] = mapped_column(Float)
    radius_m: Mapped[int] = mapped_column(Integer, default=DEFAULT_RADIUS_M)
    corners: Mapped[list[Any] | None] = mapped_column(JSON, default=None)
    place: Mapped[str | None] = mapped_column(String(64), default=None)
    township: Mapped[str | None] = mapped_column(String(64), default=None)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class ProjectPoint(Base):
    """A point of a project; a point may be several projects'."""

    __tablename__ = "project_point"
    __table_args__ = (Index("project_point_by_point", "point_id"),)

    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id), primary_key=True)
    point_id: Mapped[int] = mapped_column(ForeignKey(Point.id), primary_key=True)


class DetachedCase(Base):
    """A case that lies at a point and that a planner took off it, and why."""

    __tablename__ = "detached_case"
    __table_args__ = (UniqueConstraint("point_id", "case_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    point_id: Mapped[int] = mapped_column(ForeignKey(Point.id))
    case_id: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(Instant)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class Photo(Base):
    """A picture of a project, taken at one of its points or at none.

    The picture itself lies in the home under its ``digest``; what its camera wrote into it is
    stripped from it, but for the day and how far from the point it was taken.
    """

    __tablename__ = "photo"
    __table_args__ = (Index("photo_by_project", "project_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id))
    point_id: Mapped[int | None] = mapped_column(ForeignKey(Point.id), default=None)
    status: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    words: Mapped[str] = mapped_column(Text, default="")
    taken_on: Mapped[date | None] = mapped_column(Date, default=None)
    distance_m: Mapped[float | None] = mapped_column(Float, default=None)
    who: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(Instant)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class PointAlert(Base):
    """What came back at a point whose work was verified; open until a person answers it.

    ``kind`` is a ``rebound`` of the half-monthly count or a ``repeat`` of the same class within
    days; ``seen_on`` is the first day of what was seen, so that it is told once.
    """

    __tablename__ = "point_alert"
    __table_args__ = (
        UniqueConstraint("project_id", "point_id", "kind", "seen_on"),
        Index("point_alert_by_state", "state"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id))
    point_id: Mapped[int] = mapped_column(ForeignKey(Point.id))
    kind: Mapped[str] = mapped_column(String(16))
    seen_on: Mapped[date] = mapped_column(Date)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    raised_on: Mapped[date] = mapped_column(Date)
    words: Mapped[str] = mapped_column(Text, default="")
    closed_on: Mapped[date | None] = mapped_column(Date, default=None)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012
