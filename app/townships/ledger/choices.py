"""What the filters of the ledger offer: what the items of a person's area have."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.accounts.access import Access
from app.accounts.models import Unit
from app.succession import lineage
from app.townships.governing.models import (
    DISTRICT_PLAN,
    TOWNSHIP_PLAN,
    IssueType,
    ListItem,
    ListKind,
    Plan,
)
from app.townships.ledger.asking import District, in_reach


@dataclass(frozen=True)
class Choices:
    """What may be chosen, each as code and name."""

    townships: tuple[tuple[str, str], ...]
    districts: tuple[tuple[str, str], ...]
    years: tuple[int, ...]
    units: tuple[tuple[int, str], ...]
    kinds: tuple[ListKind, ...]
    issue_types: tuple[IssueType, ...]


def ledger_choices(access: Access) -> Choices:
    """Return what the filters offer."""
    seen = in_reach(access)
    changes = lineage(access.database)
    plans = (
        select(Plan.level, Plan.area_code, Plan.name, Plan.year, District.area_code, District.name)
        .select_from(ListItem)
        .join(Plan, ListItem.plan_id == Plan.id)
        .outerjoin(District, Plan.parent_id == District.id)
        .where(seen)
        .distinct()
        .order_by(Plan.year, Plan.name)
    )
    units = (
        select(Unit.id, Unit.name)
        .select_from(ListItem)
        .join(Plan, ListItem.plan_id == Plan.id)
        .join(Unit, ListItem.responsible_id == Unit.id)
        .where(seen)
        .distinct()
        .order_by(Unit.name)
    )
    townships: dict[str, str] = {}
    districts: dict[str, str] = {}
    years: set[int] = set()
    with access.database.session() as session:
        for level, code, name, year, above, above_name in session.execute(plans):
            years.add(year)
            if level == TOWNSHIP_PLAN:
                townships[changes.current(code)] = name
            if level == DISTRICT_PLAN:
                districts[code] = name
            elif above is not None:
                districts.setdefault(above, above_name)
        return Choices(
            tuple(townships.items()),
            tuple(districts.items()),
            tuple(sorted(years, reverse=True)),
            tuple((number, name) for number, name in session.execute(units)),
            tuple(session.scalars(select(ListKind).order_by(ListKind.position, ListKind.key))),
            tuple(session.scalars(select(IssueType).order_by(IssueType.position, IssueType.key))),
        )
