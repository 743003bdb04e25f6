"""A page of the ledger, in one query and a count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, select

from app.accounts.access import Access
from app.accounts.models import Unit
from app.succession import lineage
from app.townships.governing.item_steps import STATES
from app.townships.governing.models import IssueType, ListItem, ListKind, Plan
from app.townships.ledger.asking import (
    SOON_DAYS,
    UNDONE,
    District,
    LedgerQuery,
    conditions,
    is_due,
)

PAGE_SIZE = 50


@dataclass(frozen=True)
class LedgerPage:
    """One page of items.

    Attributes
    ----------
    rows : tuple of Row
        ``id, row_version, title, kind, state, since, due_on, issue_type, class_1, progress_word,
        support_level, priority, plan_id, plan_name, year, unit`` (name of the responsible one).
    total : int
    page, pages : int
    """

    rows: tuple[Row[Any], ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Reminders:
    """How many items of a person's area are near their due day, or past it."""

    soon: int
    overdue: int


def ledger_page(access: Access, asked: LedgerQuery, today: date) -> LedgerPage:
    """Return one page of the items that are asked for."""
    changes = lineage(access.database)
    where = conditions(access, asked, changes, today)
    with access.database.session() as session:
        counted = joined(select(func.count()).select_from(ListItem)).where(*where)
        total = int(session.scalar(counted) or 0)
        pages = max(1, -(-total // PAGE_SIZE))
        page = min(asked.page, pages)
        query = joined(select(*_COLUMNS).select_from(ListItem)).where(*where)
        query = query.order_by(*order_of(asked)).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
        return LedgerPage(tuple(session.execute(query)), total, page, pages)


def reminders(access: Access, today: date) -> Reminders:
    """Count what is due within `SOON_DAYS` days and what is overdue, in a person's whole ledger."""
    changes = lineage(access.database)
    where = conditions(access, LedgerQuery(), changes, today)
    soon, overdue = (
        func.sum(case((_all(is_due(which, today)), 1), else_=0)) for which in ("soon", "overdue")
    )
    query = joined(select(soon, overdue).select_from(ListItem)).where(*where)
    with access.database.session() as session:
        found = session.execute(query).one()
    return Reminders(*(int(each or 0) for each in found))


def days_left(row: Row[Any], today: date) -> int | None:
    """Return the days until an undone item is due, fewer than 0 where it is late.

    None where that is further off than `SOON_DAYS`, or nothing is to be reminded of.
    """
    if row.state not in UNDONE or row.due_on is None:
        return None
    left = (row.due_on - today).days
    return left if left <= SOON_DAYS else None


def joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Join the plan of an item, that above it, the responsible unit and the named kinds."""
    return (
        query.join(Plan, ListItem.plan_id == Plan.id)
        .outerjoin(District, Plan.parent_id == District.id)
        .outerjoin(Unit, ListItem.responsible_id == Unit.id)
        .outerjoin(ListKind, ListItem.kind == ListKind.key)
        .outerjoin(IssueType, ListItem.issue_type == IssueType.key)
    )


def order_of(asked: LedgerQuery) -> tuple[Any, ...]:
    """Return the order that is asked for; what has no value comes last either way."""
    if asked.sort == "newest":
        return (ListItem.id.desc(),)
    column = _SORTED[asked.sort.removeprefix("-")]
    way = column.desc() if asked.sort.startswith("-") else column.asc()
    return (case((column.is_(None), 1), else_=0), way, ListItem.id)


def _all(parts: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    first, *rest = parts
    for part in rest:
        first = first & part
    return first


_SORTED: dict[str, Any] = {
    "due": ListItem.due_on,
    "title": ListItem.title,
    "township": Plan.name,
    "unit": Unit.name,
    "state": case({state: at for at, state in enumerate(STATES)}, value=ListItem.state),
}

_COLUMNS = (
    ListItem.id,
    ListItem.row_version,
    ListItem.title,
    ListItem.kind,
    ListItem.state,
    ListItem.since,
    ListItem.due_on,
    ListItem.issue_type,
    ListItem.class_1,
    ListItem.progress_word,
    ListItem.support_level,
    ListItem.priority,
    ListItem.plan_id,
    Plan.name.label("plan_name"),
    Plan.year,
    Unit.name.label("unit"),
)
