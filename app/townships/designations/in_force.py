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
