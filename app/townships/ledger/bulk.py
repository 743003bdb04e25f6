"""Many items changed or taken a step further at once, with an answer for each that is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.access import Access
from app.errors import Conflict, InvalidParameter, validated
from app.succession import lineage
from app.townships.governing.item_steps import STATES, ItemMove, step_forward
from app.townships.governing.item_values import ItemValues
from app.townships.governing.items import ITEM, changed_columns, moved_columns
from app.townships.governing.models import ListItem, Plan
from app.townships.ledger.asking import LedgerQuery, conditions, in_reach
from app.townships.ledger.listing import joined
from geodata.errors import UserError

MOST_AT_ONCE = 500

Change = Callable[[Session, ListItem], Mapping[str, Any]]


@dataclass(frozen=True)
class Chosen:
    """An item that was chosen, and its version as the person saw it."""

    item_id: int
    version: int


@dataclass(frozen=True)
class Refused:
    """An item that was not changed, and why; its title for who may see it."""

    item_id: int
    title: str
    error: UserError


@dataclass(frozen=True)
class BulkOutcome:
    """How many items were changed, and which were not."""

    done: int
    refused: tuple[Refused, ...]


class _NothingDone(Exception):  # noqa: N818 - it undoes the session, nothing is wrong
    """All or nothing was asked for, and something was refused."""


def change_items(
    access: Access, chosen: Sequence[Chosen], update: Mapping[str, Any], *, whole: bool
) -> BulkOutcome:
    """Write some columns of many items.

    Parameters
    ----------
    access : Access
    chosen : sequence of Chosen
    update : mapping
        Column of `ItemValues` → value.
    whole : bool
        Nothing is changed where one is refused; else all others are.

    Raises
    ------
    InvalidParameter
        Nothing or too much is chosen, or nothing is to be changed.
    """
    if not update:
        raise InvalidParameter("nothing is to be changed", "没有填写要改的内容")

    def change(session: Session, item: ListItem) -> Mapping[str, Any]:
        values = validated(ItemValues, {**ItemValues.of(item).model_dump(), **update})
        return changed_columns(access, session, item, values)

    return _change_each(access, chosen, change, "change", whole=whole)


def step_items(
    access: Access, chosen: Sequence[Chosen], on: date, words: str, *, whole: bool
) -> BulkOutcome:
    """Take many items one step forward, each to the state that follows its own.

    Raises
    ------
    InvalidParameter
        Nothing or too much is chosen.
    """

    def change(session: Session, item: ListItem) -> Mapping[str, Any]:
        following = step_forward(item.state)
        if following is None:
            raise Conflict(
                f"it is {item.state}: no step leads forward",
                f"现为“{STATES[item.state]}”，没有下一步",
            )
        return moved_columns(access, session, item, ItemMove(following, on, words))

    return _change_each(access, chosen, change, "move", whole=whole, words=words)


def all_asked(access: Access, asked: LedgerQuery, today: date, seen: int) -> list[Chosen]:
    """Return all items that a filter keeps.

    Raises
    ------
    Conflict
        They are not as many any more as the person saw.
    """
    where = conditions(access, asked, lineage(access.database), today)
    query = joined(select(ListItem.id, ListItem.row_version).select_from(ListItem)).where(*where)
    with access.database.session() as session:
        found = [Chosen(*row) for row in session.execute(query.order_by(ListItem.id))]
    if len(found) != seen:
        raise Conflict(
            f"the filter keeps {len(found)} items now, not {seen}: nothing was changed",
            f"筛选结果已由 {seen} 项变为 {len(found)} 项，什么都没有改，请核对后重新提交",
        )
    return found


def _change_each(
    access: Access,
    chosen: Sequence[Chosen],
    change: Change,
    act: str,
    *,
    whole: bool,
    words: str = "",
) -> BulkOutcome:
    if not chosen:
        raise InvalidParameter("no item is chosen", "没有选择事项")
    if len(chosen) > MOST_AT_ONCE:
        raise InvalidParameter(
            f"{len(chosen)} items are chosen: at most {MOST_AT_ONCE} at once",
            f"选了 {len(chosen)} 项，一次最多 {MOST_AT_ONCE} 项",
        )
    refused: list[Refused] = []
    try:
        with access.database.session() as session:
            for each, error in _tried(access, session, chosen, change, act, words):
                refused.append(Refused(each.item_id, "", error))
            _undo(if_any=refused if whole else ())
    except _NothingDone:
        return BulkOutcome(0, _named(access, refused))
    except StaleDataError:
        raise Conflict(
            "one of the items was changed by someone else at this moment: nothing was changed",
            "其中有事项此刻正被他人修改，什么都没有改，请重试",
        ) from None
    return BulkOutcome(len(chosen) - len(refused), _named(access, refused))


def _tried(
    access: Access,
    session: Session,
    chosen: Iterable[Chosen],
    change: Change,
    act: str,
    words: str,
) -> Iterator[tuple[Chosen, UserError]]:
    """Change each item that may be changed; gives those that may not, and why."""
    # Held here, so that each item does not ask for its plan again.
    plans = list(session.scalars(select(Plan)))
    for each in chosen:
        try:
            ITEM.change_in(
                access, session, each.item_id, each.version, change, act=act, words=words
            )
        except UserError as error:
            yield each, error
    del plans


def _undo(*, if_any: Sequence[Refused]) -> None:
    if if_any:
        raise _NothingDone


def _named(access: Access, refused: Sequence[Refused]) -> tuple[Refused, ...]:
    """Add the titles of those items that the person sees."""
    query = select(ListItem.id, ListItem.title).join(Plan, ListItem.plan_id == Plan.id)
    query = query.where(in_reach(access), ListItem.id.in_([each.item_id for each in refused]))
    with access.database.session() as session:
        titles = {row.id: row.title for row in session.execute(query)}
    return tuple(replace(each, title=titles.get(each.item_id, "")) for each in refused)
