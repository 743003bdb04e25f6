"""Which unit each name means that cases give for who handles them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import polars as pl
from sqlalchemy import select

from app.accounts.access import Access
from app.accounts.areas import HANDLER_COLUMNS
from app.accounts.models import HandlerName, Unit
from app.accounts.permissions import Permission
from app.accounts.units import get_unit
from app.cases.listing import has_cases
from app.cases.versioned import of_version
from app.db import Database
from app.errors import Missing
from geodata.home import Home
from geodata.store import CaseStore


@dataclass(frozen=True)
class HandlerLine:
    """A name in cases: how many name it, the unit that it means, one that is called so."""

    name: str
    cases: int
    unit: Unit | None
    proposed: Unit | None


def list_handlers(database: Database, home: Home) -> list[HandlerLine]:
    """Return the names of handlers, those without a unit first, the most frequent first."""
    with database.session() as session:
        units = {unit.id: unit for unit in session.scalars(select(Unit))}
        mapped = {row.name: units[row.unit_id] for row in session.scalars(select(HandlerName))}
    called = {unit.name: unit for unit in units.values()}
    lines = [
        HandlerLine(name, cases, mapped.get(name), None if name in mapped else called.get(name))
        for name, cases in _counts(home).iter_rows()
    ]
    return sorted(lines, key=lambda line: (line.unit is not None, -line.cases, line.name))


def count_unmapped(database: Database, home: Home) -> tuple[int, int]:
    """Count the names of handlers without a unit, and all names."""
    with database.session() as session:
        mapped = set(session.scalars(select(HandlerName.name)))
    names = _counts(home)["name"].to_list()
    return sum(name not in mapped for name in names), len(names)


def name_handler(access: Access, home: Home, name: str, unit_id: int | None) -> None:
    """Say which unit a name means; None takes it back.

    Raises
    ------
    Missing
        No case has this name, or there is no such unit.
    """
    access.require_township(Permission.KEEP_ACCOUNTS, None)
    if name not in set(_counts(home)["name"]):
        raise Missing(f"no case is handled by {name[:80]!r}", f"没有由“{name[:80]}”承办的诉求")
    with access.database.session() as session:
        row = session.get(HandlerName, name)
        before = {"unit": row.unit_id if row else None}
        if unit_id is None and row:
            session.delete(row)
        elif unit_id is not None:
            get_unit(access.database, unit_id)
            session.merge(HandlerName(name=name, unit_id=unit_id))
        after = {"unit": unit_id}
        access.record("unit.name_handler", ("handler", name), before, after, session=session)


def adopt_namesakes(access: Access, home: Home) -> int:
    """Give every name without a unit the unit that is called the same; returns how many."""
    found = [each for each in list_handlers(access.database, home) if each.proposed]
    for each in found:
        name_handler(access, home, each.name, each.proposed.id if each.proposed else None)
    return len(found)


def _counts(home: Home) -> pl.DataFrame:
    """Count the cases that name each handler, once each."""
    version = CaseStore(home).version
    if version is None or not has_cases(home):
        return pl.DataFrame(schema={"name": pl.String, "cases": pl.UInt32})
    return _counted(home, version)


@lru_cache(maxsize=4)
def _counted(home: Home, _version: int) -> pl.DataFrame:
    return of_version(home, "handlers", lambda: _count(home))


def _count(home: Home) -> pl.DataFrame:
    cases = CaseStore(home).scan(columns=[*HANDLER_COLUMNS])
    combined = cases.group_by(HANDLER_COLUMNS).agg(cases=pl.len()).with_row_index("row")
    return (
        combined.unpivot(HANDLER_COLUMNS, index=["row", "cases"], value_name="name")
        .drop_nulls("name")
        .unique(["row", "name"])
        .group_by("name")
        .agg(pl.col("cases").sum())
        .sort("cases", "name", descending=[True, False])
        .collect(engine="streaming")
    )
