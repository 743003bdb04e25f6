"""The items that are asked for, counted by group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from app.accounts.access import Access
from app.accounts.models import Unit
from app.succession import Lineage, lineage
from app.townships.governing.item_steps import STATES
from app.townships.governing.models import (
    CANCELLED,
    DISTRICT_PLAN,
    TOWNSHIP_PLAN,
    ListItem,
    Plan,
)
from app.townships.ledger.asking import (
    DONE_STATES,
    NONE,
    OPEN_STATES,
    LedgerQuery,
    conditions,
    is_due,
    not_cancelled,
)
from app.townships.ledger.listing import joined

_BY: dict[str, Any] = {
    "township": (Plan.level, Plan.area_code),
    "issue_type": (ListItem.issue_type,),
    "unit": (ListItem.responsible_id,),
    "state": (ListItem.state,),
}


@dataclass(frozen=True)
class GroupLine:
    """The items of one group; cancelled ones count only where they alone are asked for.

    Attributes
    ----------
    key : str
        What the ledger asks for to show the group alone; `asking.NONE` for items without one.
    name : str
        Of a township, district or unit; else empty: the page says it.
    is_district : bool
        The items are of a district's own plan.
    total, open, done, overdue, soon : int
    planned : int
        How many would be open if all had kept their due days.
    """

    key: str
    name: str
    is_district: bool
    total: int
    open: int
    done: int
    overdue: int
    soon: int
    planned: int

    @property
    def behind(self) -> int:
        """How many more are open than planned; 0 where it is none."""
        return max(0, self.open - self.planned)


def asked_alone(asked: LedgerQuery, line: GroupLine) -> dict[str, Any]:
    """Return what stands in the address of the ledger that shows just what a group counts."""
    named: dict[str, Any] = {"state": asked.state or "counted", asked.group: line.key}
    if asked.group == "township":
        named["level"] = DISTRICT_PLAN if line.is_district else TOWNSHIP_PLAN
    if line.is_district:
        named |= {"township": None, "district": line.key}
    return asked.kept(**named)


def groups(access: Access, asked: LedgerQuery, today: date) -> list[GroupLine]:
    """Return the groups of what is asked for, those with the most open items first."""
    changes = lineage(access.database)
    by = _BY[asked.group]
    name = {"township": func.max(Plan.name), "unit": func.max(Unit.name)}.get(asked.group)
    named = () if name is None else (name,)
    counts = tuple(_number(each) for each in _counted(asked, today))
    query = joined(select(*by, *named, *counts).select_from(ListItem))
    query = query.where(*conditions(access, asked, changes, today)).group_by(*by)
    with access.database.session() as session:
        rows = session.execute(query).all()
    width = len(by)
    found: dict[tuple[str, bool], GroupLine] = {}
    for row in rows:
        key, is_district = _key(asked.group, row[:width], changes)
        told = str(row[width] or "") if named else ""
        line = GroupLine(key, told, is_district, *(int(n) for n in row[width + len(named) :]))
        # Townships under a former and a present code are one.
        found[key, is_district] = _together(found.get((key, is_district)), line)
    if asked.group == "state":
        states = list(STATES)
        return sorted(found.values(), key=lambda line: states.index(line.key))
    return sorted(found.values(), key=lambda line: (-line.open, -line.total, line.name, line.key))


def _counted(asked: LedgerQuery, today: date) -> tuple[ColumnElement[bool], ...]:
    every = asked.group == "state" or asked.state == CANCELLED
    counts = ListItem.id.is_not(None) if every else not_cancelled()
    overdue, soon = (is_due(which, today) for which in ("overdue", "soon"))
    return (
        counts,
        ListItem.state.in_(OPEN_STATES),
        ListItem.state.in_(DONE_STATES),
        overdue[0] & overdue[1],
        soon[0] & soon[1] & soon[2],
        not_cancelled() & (ListItem.due_on.is_(None) | (ListItem.due_on >= today)),
    )


def _number(kept: ColumnElement[bool]) -> Any:
    return func.sum(case((kept, 1), else_=0))


def _key(group: str, values: Any, changes: Lineage) -> tuple[str, bool]:
    if group != "township":
        value = values[0]
        nothing = "0" if group == "unit" else NONE
        return (nothing if value in (None, "") else str(value)), False
    level, code = values
    return (changes.current(code), False) if level == TOWNSHIP_PLAN else (code, True)


def _together(one: GroupLine | None, other: GroupLine) -> GroupLine:
    if one is None:
        return other
    names = ("total", "open", "done", "overdue", "soon", "planned")
    sums = {name: getattr(one, name) + getattr(other, name) for name in names}
    return GroupLine(other.key, other.name or one.name, other.is_district, **sums)
