"""The table of what departments were asked to adopt."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Unit
from app.db import Base

ASKED, ADOPTED, NOT_ADOPTED, WITHDRAWN = "asked", "adopted", "not_adopted", "withdrawn"

_WAITS = text(f"state = '{ASKED}'")


class AdoptionRequest(Base):
    """One department, asked to take one thing into its work plan 提请纳入工作计划.

    ``source_kind`` is ``item``, ``class`` (a high-frequency problem) or ``point``, ``source_id``
    the item's number, the class or the place's code; ``title`` and ``area_name`` are those of then.
    ``level`` and ``area_code`` say where it lies, as a plan's do. ``reason`` is why not, or why it
    was withdrawn. A department is asked of one thing in one place once at a time: the index holds
    it.
    """

    __tablename__ = "adoption_request"
    __table_args__ = (
        Index("adoption_by_area", "level", "area_code"),
        Index("adoption_by_source", "source_kind", "source_id"),
        Index("adoption_by_unit", "unit_id", "state"),
        Index(
            "adoption_once",
            "source_kind",
            "source_id",
            "level",
            "area_code",
            "unit_id",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    source_kind: Mapped[str] = mapped_column(String(16))
    source_id: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(16))
    area_code: Mapped[str] = mapped_column(String(64))
    area_name: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[int] = mapped_column(ForeignKey(Unit.id))
    text: Mapped[str] = mapped_column(Text, default="")
    asked_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(16), default=ASKED)
    year: Mapped[int | None] = mapped_column(Integer, default=None)
    project: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    answered_on: Mapped[date | None] = mapped_column(Date, default=None)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012
