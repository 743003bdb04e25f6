"""What an item said after each of its changes, also the words that the audit does not keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Date, select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.townships.governing.models import ListItem, ListItemVersion

UNKEPT = ("id", "plan_id", "row_version", "source_kind", "source_id")
"""Columns that never change."""

CASES = "case_ids"

MOST_SHOWN = 200
"""Versions that the page of an item's history tells."""


@dataclass(frozen=True)
class ItemChange:
    """A change of an item.

    Attributes
    ----------
    number : int
        The version that it made.
    at : datetime or None
    who, act : str
    changes : mapping of str to (before, after)
        Of the columns that it changed; empty for the version that all begins with.
    """

    number: int
    at: datetime | None
    who: str
    act: str
    changes: Mapping[str, tuple[Any, Any]]


def keep_version(
    access: Access,
    session: Session,
    item: ListItem,
    /,
    *,
    act: str,
    before: Mapping[str, Any] | None,
) -> None:
    """Keep what an item says now; and what it said before, where nothing was kept of it yet."""
    if before is not None and all(getattr(item, name) == was for name, was in before.items()):
        return  # Its row has no new version either.
    now = content_of(item)
    first = select(ListItemVersion.id).where(ListItemVersion.item_id == item.id).limit(1)
    if before is not None and session.scalar(first) is None:
        former = {**now, **{name: _plain(value) for name, value in before.items()}}
        session.add(ListItemVersion(item_id=item.id, number=item.row_version - 1, content=former))
    session.add(
        ListItemVersion(
            item_id=item.id,
            number=item.row_version,
            at=datetime.now(UTC),
            who=access.who,
            act=act,
            content=now,
        )
    )


def content_of(item: ListItem) -> dict[str, Any]:
    """Return all that may change of an item, as plain values."""
    names = (column.key for column in ListItem.__table__.columns)
    return {name: _plain(getattr(item, name)) for name in names if name not in UNKEPT}


def columns_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of an item that a version holds."""
    found = {}
    for column in ListItem.__table__.columns:
        if column.key in content:
            value = content[column.key]
            is_day = isinstance(column.type, Date) and value is not None
            found[column.key] = date.fromisoformat(value) if is_day else value
    return found


def last_two(
    session: Session, item_id: int
) -> tuple[ListItemVersion | None, ListItemVersion | None]:
    """Return the newest version of an item and the one before it."""
    query = select(ListItemVersion).where(ListItemVersion.item_id == item_id)
    found = list(session.scalars(query.order_by(ListItemVersion.number.desc()).limit(2)))
    newest, former = (*found, None, None)[:2]
    return newest, former


def changes_of(access: Access, item_id: int) -> list[ItemChange]:
    """Return the changes of an item, the newest first, as a person may read them.

    The cases that it came from are told to who may read cases alone.
    """
    query = select(ListItemVersion).where(ListItemVersion.item_id == item_id)
    query = query.order_by(ListItemVersion.number.desc()).limit(MOST_SHOWN + 1)
    with access.database.session() as session:
        found = list(session.scalars(query))
    hidden = frozenset() if access.may(Permission.READ_CASES) else frozenset({CASES})
    formers = [*found[1:], None][: len(found)]
    made = [
        ItemChange(each.number, each.at, each.who, each.act, _differences(former, each, hidden))
        for each, former in zip(found, formers, strict=True)
    ]
    return made[:MOST_SHOWN]


def _differences(
    former: ListItemVersion | None, version: ListItemVersion, hidden: frozenset[str]
) -> dict[str, tuple[Any, Any]]:
    if former is None:
        return {}
    return {
        name: (former.content.get(name), value)
        for name, value in version.content.items()
        if name not in hidden and former.content.get(name) != value
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
