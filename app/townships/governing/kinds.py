"""The kinds of lists 清单 that plans have: which, how they are called, in which order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.db import Database
from app.errors import Conflict, InvalidParameter, Missing, changed_meanwhile
from app.townships.governing.models import ListKind

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class KindNames:
    """How a kind of list is called, and whether new items may be of it."""

    chinese: str
    english: str
    active: bool = True


def list_kinds(database: Database, *, active: bool = False) -> list[ListKind]:
    """Return the kinds of lists in their order, those in use alone where `active`."""
    query = select(ListKind).order_by(ListKind.position, ListKind.key)
    if active:
        query = query.where(ListKind.active)
    with database.session() as session:
        return list(session.scalars(query))


def add_kind(access: Access, key: str, names: KindNames) -> ListKind:
    """Add a kind of list, the last in order.

    Raises
    ------
    InvalidParameter
        The key or a name will not do.
    Conflict
        There is one of this key.
    """
    access.area(Permission.GOVERN)
    if not _KEY.fullmatch(key):
        raise InvalidParameter(
            f"key: {key[:40]!r} is not lower-case letters, digits and _ that begin with a letter",
            f"清单代码“{key[:40]}”应为小写英文字母开头，只含小写字母、数字和下划线",
        )
    _check_names(names)
    with access.database.session() as session:
        if session.get(ListKind, key) is not None:
            raise Conflict(f"there is a list {key} already", f"已有代码为 {key} 的清单")
        last = session.scalar(select(func.max(ListKind.position)))
        kind = ListKind(key=key, position=(last or 0) + 1, **vars(names))
        session.add(kind)
        access.record("list_kind.create", ("list_kind", key), None, vars(names), session=session)
    return kind


def change_kind(access: Access, key: str, names: KindNames, version: int) -> None:
    """Rename a kind of list, stop it, or take it into use again; its items keep it.

    Raises
    ------
    Conflict
        Someone else changed it meanwhile.
    """
    access.area(Permission.GOVERN)
    _check_names(names)
    meanwhile = changed_meanwhile(f"list {key}", f"清单 {key} ")
    try:
        with access.database.session() as session:
            kind = _find(session, key)
            if kind.row_version != version:
                raise meanwhile
            before = {name: getattr(kind, name) for name in vars(names)}
            for name, value in vars(names).items():
                setattr(kind, name, value)
            subject = ("list_kind", key)
            access.record("list_kind.change", subject, before, vars(names), session=session)
    except StaleDataError:
        raise meanwhile from None


def move_kind_up(access: Access, key: str) -> None:
    """Let a kind of list change places with the one before it; the first stays."""
    access.area(Permission.GOVERN)
    with access.database.session() as session:
        _find(session, key)
        query = select(ListKind).order_by(ListKind.position, ListKind.key)
        kinds = list(session.scalars(query))
        before = [kind.key for kind in kinds]
        at = before.index(key)
        if at:
            kinds[at - 1], kinds[at] = kinds[at], kinds[at - 1]
        for position, kind in enumerate(kinds):
            kind.position = position
        after = [kind.key for kind in kinds]
        access.record(
            "list_kind.order", ("list_kind", key), {"order": before}, {"order": after},
            session=session,
        )  # fmt: skip


def _find(session: Session, key: str) -> ListKind:
    kind = session.get(ListKind, key)
    if kind is None:
        raise Missing(f"no list {key[:40]!r}", f"没有代码为“{key[:40]}”的清单")
    return kind


def _check_names(names: KindNames) -> None:
    if not all(1 <= len(name.strip()) <= 40 for name in (names.chinese, names.english)):
        raise InvalidParameter(
            "names: a list has a Chinese and an English name of 1 to 40 characters",
            "清单的中文名和英文名均须填写，不超过 40 字",
        )
