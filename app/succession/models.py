"""The table of townships whose code changed."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Succession(Base):
    """A code that stands for another since a day; a township in parts has a row for each part.

    Where a part keeps the code of the whole, one of the rows has the same code on both sides.
    """

    __tablename__ = "succession"
    __table_args__ = (UniqueConstraint("old_code", "new_code", "since"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    old_code: Mapped[str] = mapped_column(String(64))
    new_code: Mapped[str] = mapped_column(String(64))
    since: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text, default="")
