"""A page of a plan's items, list by list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, func, select

from app.accounts.access import Access
from app.townships.governing.forms import ItemFilter
from app.townships.governing.models import TO_DO, UNDER_WAY, ListItem, ListKind

PAGE_SIZE = 50


@dataclass(frozen=True)
class ListPart:
    """A list of a plan: all that the filter keeps of it, and its items on the page."""

    kind: ListKind
    total: int
    items: tuple[ListItem, ...]


@dataclass(frozen=True)
class PlanPage:
    """One page of a plan's items.

    Attributes
    ----------
    lists : tuple of ListPart
        Those with items on the page, and on the first page the empty ones that are in use.
    kinds : tuple of ListKind
        What may be asked for: those in use, and others that have items.
    page, pages : int
    """

    lists: tuple[ListPart, ...]
    kinds: tuple[ListKind, ...]
    page: int
    pages: int

    @property
    def items(self) -> list[ListItem]:
        """Return the items of the page."""
        return [item for part in self.lists for item in part.items]


def plan_page(
    access: Access, plan_id: int, kinds: Sequence[ListKind], chosen: ItemFilter, today: date
) -> PlanPage:
    """Return a page of a plan's items, list by list, in each those due first before the others.

    Parameters
    ----------
    access : Access
    plan_id : int
    kinds : sequence of ListKind
        All, in their order.
    chosen : ItemFilter
    today : date
        Tells what is overdue.
    """
    of_plan = ListItem.plan_id == plan_id
    where = [of_plan, *_kept(chosen, today)]
    places = {kind.key: at for at, kind in enumerate(kinds)}
    order = (
        case(places, value=ListItem.kind, else_=len(places)),
        ListItem.due_on.is_(None),
        ListItem.due_on,
        ListItem.id,
    )
    counted = select(ListItem.kind, func.count()).group_by(ListItem.kind)
    with access.database.session() as session:
        there = {kind for kind, _n in session.execute(counted.where(of_plan))}
        totals = {kind: int(n) for kind, n in session.execute(counted.where(*where))}
        pages = max(1, -(-sum(totals.values()) // PAGE_SIZE))
        page = min(chosen.page, pages)
        query = select(ListItem).where(*where).order_by(*order)
        found = list(session.scalars(query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)))
    parts = [
        ListPart(
            kind, totals.get(kind.key, 0), tuple(each for each in found if each.kind == kind.key)
        )
        for kind in kinds
    ]
    return PlanPage(
        tuple(part for part in parts if part.items or _is_offered(part, chosen, page)),
        tuple(kind for kind in kinds if kind.active or kind.key in there),
        page,
        pages,
    )


def _kept(chosen: ItemFilter, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.kind is not None:
        found.append(ListItem.kind == chosen.kind)
    if chosen.state is not None:
        found.append(ListItem.state == chosen.state)
    if chosen.overdue is not None:
        found += [ListItem.state.in_((TO_DO, UNDER_WAY)), ListItem.due_on < today]
    return found


def _is_offered(part: ListPart, chosen: ItemFilter, page: int) -> bool:
    """Tell whether a list is shown though empty: those in use are, unless others are asked."""
    if part.total or page > 1 or not part.kind.active:
        return False
    return chosen.state is None and chosen.overdue is None and chosen.kind in (None, part.kind.key)
