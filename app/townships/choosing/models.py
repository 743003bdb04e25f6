"""The table of decisions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Instant


class Decision(Base):
    """Which townships were chosen, by whom, from what; written once.

    ``document`` is canonical JSON with all that the page shows, ``digest`` its SHA-256: it opens
    years later with the same numbers. ``case_store_version`` pins the cases that the run counted.
    ``decided_by, chosen`` (names) and ``corrects_id`` stand in the document too; here they spare
    lists the reading of it.
    """

    __tablename__ = "decision"
    __table_args__ = (Index("decision_by_day", "decided_on"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    run_id: Mapped[str] = mapped_column(String(64))
    case_store_version: Mapped[int] = mapped_column(Integer)
    decided_on: Mapped[date] = mapped_column(Date)
    decided_by: Mapped[str] = mapped_column(String(200))
    chosen: Mapped[list[Any]] = mapped_column(JSON)
    corrects_id: Mapped[int | None] = mapped_column(Integer, default=None)
    document: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(100))
