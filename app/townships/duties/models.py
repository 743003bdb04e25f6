"""The table of the duty list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

LEVELS = ("city", "district", "township")


class Duty(Base):
    """Who leads and who helps in a scenario, or for a class, at one of three levels.

    Units are called as the list calls them; ``classes`` is a path from class 1 downwards, empty
    where the duty is of a scenario alone. ``basis`` says which rule it stands on, ``batch`` with
    which list it was issued.
    """

    __tablename__ = "duty"
    __table_args__ = (Index("duty_by_level", "level"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    scenario: Mapped[str] = mapped_column(String(200), default="")
    classes: Mapped[list[Any]] = mapped_column(JSON)
    level: Mapped[str] = mapped_column(String(16))
    lead: Mapped[str] = mapped_column(String(200))
    cooperating: Mapped[list[Any]] = mapped_column(JSON)
    basis: Mapped[str] = mapped_column(String(400), default="")
    batch: Mapped[str] = mapped_column(String(100), default="")
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012
