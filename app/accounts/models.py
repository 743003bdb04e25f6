"""The tables of units, accounts and the audit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, Instant

CITY, DISTRICT, TOWNSHIP = "city", "district", "township"
DEPARTMENT, ENTERPRISE = "department", "enterprise"
UNIT_KINDS = (CITY, DISTRICT, TOWNSHIP, DEPARTMENT, ENTERPRISE)


class Unit(Base):
    """An office that accounts belong to and cases are handled by.

    ``area_code`` is the code of the district or township among the boundaries; departments and
    enterprises have none. ``whole_city`` marks offices at home everywhere, as the hotline centre.
    ``valid_to`` is the day after its last; units are closed, never deleted.
    """

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(16))
    area_code: Mapped[str | None] = mapped_column(String(64), default=None)
    whole_city: Mapped[bool] = mapped_column(Boolean, default=False)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), default=None)
    valid_from: Mapped[date | None] = mapped_column(Date, default=None)
    valid_to: Mapped[date | None] = mapped_column(Date, default=None)
    row_version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012

    @property
    def is_everywhere(self) -> bool:
        """Tell whether its area is the whole city."""
        return self.whole_city or self.kind == CITY

    def is_valid(self, day: date) -> bool:
        """Tell whether the unit exists on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )


class HandlerName(Base):
    """A name by which cases call a unit that handles them."""

    __tablename__ = "handler_name"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))


class Account(Base):
    """A person who may sign in.

    ``session_epoch`` is raised when her password or her rights change: sessions of before end.
    ``bound_to`` is whom the office's own sign-in knows her as: issuer and subject.
    """

    __tablename__ = "account"
    __table_args__ = (Index("account_by_bound_to", "bound_to", unique=True),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    display_name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str | None] = mapped_column(String(200), default=None)
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=True)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    session_epoch: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    row_version: Mapped[int] = mapped_column(Integer)
    bound_to: Mapped[str | None] = mapped_column(String(600), default=None)

    appointments: Mapped[list[Appointment]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="Appointment.id"
    )

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012


class Appointment(Base):
    """A role or a duty of a person in a unit, and so in its area."""

    __tablename__ = "appointment"
    __table_args__ = (UniqueConstraint("account_id", "office", "unit_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    office: Mapped[str] = mapped_column(String(40))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))

    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True, viewonly=True)


class AuditEntry(Base):
    """One act: who, when, what, before, after, from where. Triggers refuse changes and deletions.

    ``account_id`` is empty for the command line and for attempts under a name that nobody has.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("audit_by_time", "at"),
        Index("audit_by_subject", "subject_kind", "subject_id", "action", "at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    account_id: Mapped[int | None] = mapped_column(Integer, default=None)
    who: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(64), default="")
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(200), default="")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
