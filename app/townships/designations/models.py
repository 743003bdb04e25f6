"""The table of designations."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

PROPOSED, DECLINED = "proposed", "declined"
DESIGNATED, GOVERNED, EXIT_PROPOSED = "designated", "governed", "exit_proposed"
EXITED, CLOSED, WITHDRAWN = "exited", "closed", "withdrawn"

UNDER_WAY = (PROPOSED, DESIGNATED, GOVERNED, EXIT_PROPOSED)
"""A township is in one of these once at most; an index holds it."""

_ONCE = text(f"state IN {UNDER_WAY}")


class Designation(Base):
    """A township's way through special governance, from suggestion to its end.

    It is in force from ``designated_on`` until before ``exited_on``: the day of the exit, or that
    on which it was taken back. ``name`` and ``district`` are those of then; ``decision_id`` is the
    decision that designated it, ``since`` the day on which it came into its state. A township that
    is designated again gets a new one that names the former.
    """

    __tablename__ = "designation"
    __table_args__ = (
        Index("designation_by_township", "township"),
        Index(
            "designation_once",
            "township",
            unique=True,
            sqlite_where=_ONCE,
            postgresql_where=_ONCE,
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    township: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    district: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(20), default=PROPOSED)
    since: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text, default="")
    # No foreign key: decisions know of designations, not these of them; none is ever deleted.
    decision_id: Mapped[int | None] = mapped_column(Integer, default=None)
    designated_on: Mapped[date | None] = mapped_column(Date, default=None)
    exited_on: Mapped[date | None] = mapped_column(Date, default=None)
    closed_on: Mapped[date | None] = mapped_column(Date, default=None)
    former_id: Mapped[int | None] = mapped_column(ForeignKey("designation.id"), default=None)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012
