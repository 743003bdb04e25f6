"""Versions of the case store that must stay readable: of runs, closed cycles and decisions."""

from __future__ import annotations

from sqlalchemy import inspect, select
from sqlalchemy.orm import InstrumentedAttribute

from app.db import Database
from app.hotspots.pinned import pinned_versions as pinned_by_runs
from app.townships.assessment.models import ClosedCycle
from app.townships.choosing.models import Decision
from geodata.home import Home

COLUMNS: tuple[InstrumentedAttribute[int], ...] = (
    ClosedCycle.case_store_version,
    Decision.case_store_version,
)


def pinned_versions(home: Home, database: Database) -> frozenset[int]:
    """Return the versions that clean-up and backups keep.

    Tables that a database of an earlier program has not yet name none.
    """
    tables = set(inspect(database.engine).get_table_names())
    found = set(pinned_by_runs(home))
    with database.session() as session:
        for column in COLUMNS:
            if column.class_.__tablename__ in tables:
                found.update(session.scalars(select(column).distinct()))
    return frozenset(found)
