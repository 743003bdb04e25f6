"""Which items the ledger shows: of a person's own area and units, as far as she asks for them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import ColumnElement, Integer, and_, cast, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.db import LARGEST_ID
from app.queries import Query
from app.succession import Lineage
from app.townships.governing.models import (
    CANCELLED,
    CLAIMED_DONE,
    CLOSED,
    DISTRICT_PLAN,
    TO_DO,
    TOWNSHIP_PLAN,
    UNDER_WAY,
    VERIFIED,
    ListItem,
    Plan,
)

SOON_DAYS = 14
"""So many days ahead a due day is told as near."""

UNDONE = (TO_DO, UNDER_WAY)
"""States in which a due day counts: what is claimed waits for others."""

OPEN_STATES = (TO_DO, UNDER_WAY, CLAIMED_DONE)
DONE_STATES = (VERIFIED, CLOSED)
STATES_OF = {"open": OPEN_STATES, "done": DONE_STATES, "counted": (*OPEN_STATES, *DONE_STATES)}
"""What several states are asked for by; an item that is cancelled is not counted."""

NONE = "-"
"""Asks for items that have none, as an issue type."""

HIGHEST_PAGE = 1_000_000
LONGEST_SEARCH = 60

District = aliased(Plan, name="plan_of_district")
"""The plan above a township's."""

Group = Literal["township", "issue_type", "unit", "state"]
Sort = Literal[
    "due", "-due", "title", "-title", "township", "-township", "unit", "-unit", "state", "-state",
    "newest",
]  # fmt: skip


class LedgerQuery(Query):
    """Which items, in which order and groups; every part may be left out."""

    township: str | None = Field(default=None, max_length=64)
    district: str | None = Field(default=None, max_length=64)
    level: Literal["district", "township"] | None = None
    year: int | None = Field(default=None, ge=1900, le=9999)
    kind: str | None = Field(default=None, max_length=40)
    state: (
        Literal["open", "done", "counted", "to_do", "under_way", "claimed_done", "verified",
                "closed", "cancelled"]
        | None
    ) = None  # fmt: skip
    issue_type: str | None = Field(default=None, max_length=40)
    support_level: Literal["city", "district", "township"] | None = None
    priority: Literal["urban_renewal", "beautiful_village", "topic"] | None = None
    progress_word: Literal["solved", "scheduled", "accelerating", "other", "-"] | None = None
    due: Literal["overdue", "soon", "none"] | None = None
    unit: int | None = Field(default=None, ge=0, le=LARGEST_ID)
    text: str | None = Field(default=None, max_length=LONGEST_SEARCH)
    group: Group = "township"
    sort: Sort = "due"
    page: int = Field(default=1, ge=1, le=HIGHEST_PAGE)

    def kept(self, **other: Any) -> dict[str, Any]:
        """Return what stands in an address of the ledger, some of it changed; the page begins."""
        told = {**self.model_dump(exclude_defaults=True, exclude={"page"}), **other}
        return {name: value for name, value in told.items() if value is not None}


def in_reach(access: Access) -> ColumnElement[bool]:
    """Tell which items a person sees: of her area's plans, and those her units are asked for."""
    area = access.area(Permission.READ)
    if area.whole:
        return ListItem.id.is_not(None)
    mine: list[ColumnElement[bool]] = [ListItem.responsible_id.in_(sorted(access.answering))]
    if access.answering:
        mine.append(_helps(access))
    return or_(
        and_(Plan.level == TOWNSHIP_PLAN, Plan.area_code.in_(sorted(area.townships))),
        and_(Plan.level == DISTRICT_PLAN, Plan.area_code.in_(sorted(area.districts))),
        *mine,
    )


def _helps(access: Access) -> ColumnElement[bool]:
    """Tell which items a person's own units cooperate in."""
    if access.database.is_file:
        each = func.json_each(ListItem.cooperating).table_valued("value").alias("helper")
    else:
        each = (
            func.json_array_elements_text(ListItem.cooperating)
            .table_valued("value")
            .render_derived("helper")
        )
    number = cast(each.c.value, Integer)
    return select(number).where(number.in_(sorted(access.answering))).correlate(ListItem).exists()


def conditions(
    access: Access, asked: LedgerQuery, changes: Lineage, today: date
) -> list[ColumnElement[bool]]:
    """Return what holds of the items that are asked for.

    Parameters
    ----------
    access : Access
    asked : LedgerQuery
    changes : Lineage
        A township is asked for under all the codes that it had.
    today : date
        Tells what is overdue or soon due.
    """
    found = [in_reach(access)]
    if asked.township:
        codes = changes.followed(asked.township)
        found += [Plan.level == TOWNSHIP_PLAN, Plan.area_code.in_(codes)]
    if asked.district:
        own = and_(Plan.level == DISTRICT_PLAN, Plan.area_code == asked.district)
        found.append(or_(own, District.area_code == asked.district))
    if asked.level:
        found.append(Plan.level == asked.level)
    if asked.year:
        found.append(Plan.year == asked.year)
    if asked.state:
        found.append(ListItem.state.in_(STATES_OF.get(asked.state, (asked.state,))))
    if asked.unit is not None:
        found.append(ListItem.responsible_id == (asked.unit or None))
    if asked.due:
        found += is_due(asked.due, today)
    if asked.text:
        columns = (ListItem.title, ListItem.text, ListItem.problem, ListItem.cause,
                   ListItem.proposal)  # fmt: skip
        found.append(or_(*(column.icontains(asked.text, autoescape=True) for column in columns)))
    return [*found, *_coded(asked)]


def _coded(asked: LedgerQuery) -> list[ColumnElement[bool]]:
    found = []
    for name in ("kind", "issue_type", "support_level", "priority", "progress_word"):
        value = getattr(asked, name)
        column = getattr(ListItem, name)
        if value == NONE:
            found.append(or_(column.is_(None), column == ""))
        elif value:
            found.append(column == value)
    return found


def is_due(which: str, today: date) -> list[ColumnElement[bool]]:
    """Tell which items are ``overdue``, due ``soon``, or open with ``none`` set."""
    undone = ListItem.state.in_(UNDONE)
    if which == "none":
        return [undone, ListItem.due_on.is_(None)]
    if which == "overdue":
        return [undone, ListItem.due_on < today]
    last = today + timedelta(days=SOON_DAYS)
    return [undone, ListItem.due_on >= today, ListItem.due_on <= last]


def not_cancelled() -> ColumnElement[bool]:
    """Tell which items count: one that is cancelled is neither open nor done."""
    return ListItem.state != CANCELLED
