"""Small registers of names in two languages that offices edit: kinds of lists, types of issues."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.db import Database
from app.errors import Conflict, InvalidParameter, Missing, changed_meanwhile
from app.townships.governing.models import IssueType, ListKind

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")

Named = TypeVar("Named", ListKind, IssueType)


@dataclass(frozen=True)
class KindNames:
    """How a kind is called, and whether new items may be of it."""

    chinese: str
    english: str
    active: bool = True


@dataclass(frozen=True)
class NamedKinds(Generic[Named]):
    """A register of names; one that items have is never deleted, only stopped.

    Attributes
    ----------
    table : type
    key : str
        What the audit calls it.
    english, chinese : str
        What messages call it.
    """

    table: type[Named]
    key: str
    english: str
    chinese: str

    def all(self, database: Database, *, active: bool = False) -> list[Named]:
        """Return the kinds in their order, those in use alone where `active`."""
        query = select(self.table).order_by(self.table.position, self.table.key)
        if active:
            query = query.where(self.table.active)
        with database.session() as session:
            return list(session.scalars(query))

    def add(self, access: Access, key: str, names: KindNames) -> Named:
        """Add a kind, the last in order.

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
                f"key: {key[:40]!r} is not lower-case letters, digits and _ that begin with a "
                "letter",
                f"{self.chinese}代码“{key[:40]}”应为小写英文字母开头，只含小写字母、数字和下划线",
                field="key",
            )
        self._check_names(names)
        with access.database.session() as session:
            if session.get(self.table, key) is not None:
                raise Conflict(
                    f"there is {self.english} {key} already", f"已有代码为 {key} 的{self.chinese}"
                )
            last = session.scalar(select(func.max(self.table.position)))
            kind = self.table(key=key, position=(last or 0) + 1, **vars(names))
            session.add(kind)
            subject = (self.key, key)
            access.record(f"{self.key}.create", subject, None, vars(names), session=session)
        return kind

    def change(self, access: Access, key: str, names: KindNames, version: int) -> None:
        """Rename a kind, stop it, or take it into use again; its items keep it.

        Raises
        ------
        Conflict
            Someone else changed it meanwhile.
        """
        access.area(Permission.GOVERN)
        self._check_names(names)
        meanwhile = changed_meanwhile(f"{self.english} {key}", f"{self.chinese} {key} ")
        try:
            with access.database.session() as session:
                kind = self._find(session, key)
                if kind.row_version != version:
                    raise meanwhile
                before = {name: getattr(kind, name) for name in vars(names)}
                for name, value in vars(names).items():
                    setattr(kind, name, value)
                subject = (self.key, key)
                access.record(f"{self.key}.change", subject, before, vars(names), session=session)
        except StaleDataError:
            raise meanwhile from None

    def move_up(self, access: Access, key: str) -> None:
        """Let a kind change places with the one before it; the first stays."""
        access.area(Permission.GOVERN)
        with access.database.session() as session:
            self._find(session, key)
            query = select(self.table).order_by(self.table.position, self.table.key)
            kinds = list(session.scalars(query))
            before = [kind.key for kind in kinds]
            at = before.index(key)
            if at:
                kinds[at - 1], kinds[at] = kinds[at], kinds[at - 1]
            for position, kind in enumerate(kinds):
                kind.position = position
            after = [kind.key for kind in kinds]
            access.record(
                f"{self.key}.order", (self.key, key), {"order": before}, {"order": after},
                session=session,
            )  # fmt: skip

    def _find(self, session: Session, key: str) -> Named:
        kind = session.get(self.table, key)
        if kind is None:
            raise Missing(
                f"no {self.english} {key[:40]!r}", f"没有代码为“{key[:40]}”的{self.chinese}"
            )
        return kind

    def _check_names(self, names: KindNames) -> None:
        if not all(1 <= len(name.strip()) <= 40 for name in (names.chinese, names.english)):
            raise InvalidParameter(
                f"names: a {self.english} has a Chinese and an English name of 1 to 40 characters",
                f"{self.chinese}的中文名和英文名均须填写，不超过 40 字",
            )
