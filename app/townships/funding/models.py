"""The table of funding."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.townships.governing.models import ListItem

SOURCES = ("city", "district", "township", "social", "other")
"""Where money comes from 资金来源: our default, no public source gives a list."""


class Funding(Base):
    """What one source gives to one item in one year, in whole fen so that sums are exact."""

    __tablename__ = "funding"
    __table_args__ = (
        UniqueConstraint("item_id", "year", "source"),
        Index("funding_by_year", "year"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey(ListItem.id))
    year: Mapped[int] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(String(20))
    planned: Mapped[int] = mapped_column(BigInteger)
    allocated: Mapped[int] = mapped_column(BigInteger)
    spent: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(Text, default="")
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012
