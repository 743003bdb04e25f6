"""Lines of funding: what one source gives to one item in one year."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.errors import Conflict, changed_meanwhile
from app.townships.funding.amounts import FEN, LARGEST_YUAN, Amounts
from app.townships.funding.models import SOURCES, Funding
from app.townships.governing.items import ITEM
from app.townships.governing.models import ListItem, Plan
from app.townships.governing.plans import FIRST_YEAR, LAST_YEAR, PLAN, is_within, require_plan

FUNDING = Kind(Funding, "funding", "funding", "资金", untold=frozenset({"note"}))

LARGEST = LARGEST_YUAN * int(FEN)
LONGEST_NOTE = 2_000

SOURCES_ZH = {
    "city": "市级", "district": "区级", "township": "街乡镇", "social": "社会资本", "other": "其他",
}  # fmt: skip


Key = tuple[int, int, str]
"""Item, year and source: what has one line."""


class FundingValues(BaseModel):
    """What a person may write into a line; amounts in fen."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    year: int = Field(ge=FIRST_YEAR, le=LAST_YEAR)
    source: str
    planned: int = Field(default=0, ge=0, le=LARGEST)
    allocated: int = Field(default=0, ge=0, le=LARGEST)
    spent: int = Field(default=0, ge=0, le=LARGEST)
    note: str = Field(default="", max_length=LONGEST_NOTE)

    @field_validator("source")
    @classmethod
    def _known(cls, source: str) -> str:
        if source not in SOURCES:
            raise ValueError(f"source {source[:40]!r} is none of {', '.join(SOURCES)}")
        return source


@dataclass(frozen=True)
class ItemFunding:
    """The lines of an item, the newest year first, with their sum."""

    lines: tuple[Funding, ...]
    total: Amounts


def amounts_of(line: Funding | FundingValues) -> Amounts:
    """Return the three amounts of a line."""
    return Amounts(line.planned, line.allocated, line.spent)


def warnings_of(amounts: Amounts, year: int, plan_year: int) -> tuple[str, ...]:
    """Return what is odd about a line and yet may be so: keys of words.

    Money is spent beyond what was allocated, allocated beyond the plan, or of a year before the
    plan's.
    """
    odd = {
        "overspent": amounts.spent > amounts.allocated,
        "overallocated": amounts.allocated > amounts.planned,
        "early": year < plan_year,
    }
    return tuple(key for key, holds in odd.items() if holds)


def funding_of(access: Access, item_id: int) -> ItemFunding:
    """Return the lines of an item that the person may see; none outside her area."""
    with access.database.session() as session:
        item = ITEM.find(session, item_id)
        plan = PLAN.find(session, item.plan_id)
        if not is_within(access, Permission.READ, plan):
            return ItemFunding((), Amounts())
        query = select(Funding).where(Funding.item_id == item_id)
        found = session.scalars(query.order_by(Funding.year.desc(), Funding.id)).all()
    return ItemFunding(tuple(found), sum(map(amounts_of, found), Amounts()))


def find_line(access: Access, number: int) -> tuple[Funding, ListItem, Plan]:
    """Return a line with its item and plan, for who works on the plan.

    Raises
    ------
    Missing
        None has this id.
    Forbidden
        It is outside the person's area.
    """
    with access.database.session() as session:
        line = FUNDING.find(session, number)
        item = ITEM.find(session, line.item_id)
        plan = PLAN.find(session, item.plan_id)
    require_plan(access, Permission.WORK_PLANS, plan)
    return line, item, plan


def create_line(access: Access, item_id: int, values: FundingValues) -> Funding:
    """Add a line to an item.

    Raises
    ------
    Missing
        There is no such item.
    Forbidden
        It is outside the person's area.
    Conflict
        The item has a line of this year and source.
    """
    with access.database.session() as session:
        item = ITEM.find(session, item_id)
        require_plan(access, Permission.WORK_PLANS, PLAN.find(session, item.plan_id))
        try:
            return FUNDING.create(access, session, Funding(item_id=item_id, **values.model_dump()))
        except IntegrityError as error:
            raise _twice(item_id, values) from error


def change_line(access: Access, number: int, values: FundingValues, version: int) -> Funding:
    """Write changed values, if nobody else wrote since ``version``.

    Raises
    ------
    Conflict
        Someone did, or the item has another line of this year and source.
    Missing, Forbidden
        As for `find_line`.
    """

    def change(session: Session, line: Funding) -> Mapping[str, Any]:
        item = ITEM.find(session, line.item_id)
        require_plan(access, Permission.WORK_PLANS, PLAN.find(session, item.plan_id))
        others = select(Funding.id).where(
            Funding.item_id == line.item_id,
            Funding.year == values.year,
            Funding.source == values.source,
            Funding.id != number,
        )
        if session.scalar(others) is not None:
            raise _twice(line.item_id, values)
        return values.model_dump()

    return FUNDING.change(access, number, version, change)


def remove_line(access: Access, number: int, version: int) -> int:
    """Take a line away that should not be there; returns the id of its item.

    Raises
    ------
    Conflict
        Someone changed it since ``version``.
    Missing, Forbidden
        As for `find_line`.
    """
    find_line(access, number)
    with access.database.session() as session:
        line = FUNDING.find(session, number)
        if line.row_version != version:
            raise changed_meanwhile(f"funding {number}", f"资金 {number} ")
        before = {name: getattr(line, name) for name in ("item_id", *FundingValues.model_fields)}
        del before["note"]
        session.delete(line)
        access.record("funding.remove", ("funding", number), before, None, session=session)
        return line.item_id


def lines_by_key(session: Session, years: Collection[int]) -> dict[Key, Funding]:
    """Return the lines of some years by item, year and source."""
    found = session.scalars(select(Funding).where(Funding.year.in_(sorted(years))))
    return {(line.item_id, line.year, line.source): line for line in found}


def _twice(item_id: int, values: FundingValues) -> Conflict:
    return Conflict(
        f"item {item_id} has a line of {values.source} for {values.year} already: change that one",
        f"事项 {item_id} 已有 {values.year} 年“{SOURCES_ZH[values.source]}”资金，请修改原来的一条",
        field="source",
    )
