"""Which townships are designated on a day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select

from app.db import Database
from app.succession.lineage import lineage_in
from app.townships.designations.models import Designation


def designated_on(database: Database, day: date) -> frozenset[str]:
    """Return the codes of the townships whose designation is in force on a day.

    A designation is in force from the day on which it begins until before that of the exit. A
    township that was renamed since has all its codes here.
    """
    exited_on = Designation.exited_on
    query = select(Designation.township).where(
        Designation.designated_on <= day, or_(exited_on.is_(None), exited_on > day)
    )
    with database.session() as session:
        renamed = lineage_in(session)
        codes = session.scalars(query).all()
    return renamed.all_of(codes)


def designated_in(database: Database, year: int) -> frozenset[str]:
    """Return the codes of the townships whose designation is in force on any day of a year.

    One that was taken back on the day on which it began never was. A township that was renamed
    since has all its codes here.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    begins, exits = Designation.designated_on, Designation.exited_on
    query = select(Designation.township).where(
        begins <= last, or_(exits.is_(None), (exits > first) & (exits > begins))
    )
    with database.session() as session:
        renamed = lineage_in(session)
        codes = session.scalars(query).all()
    return renamed.all_of(codes)
