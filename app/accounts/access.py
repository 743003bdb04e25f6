"""Who acts, from where, and what she may do where: the one mechanism that every door asks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.accounts.areas import EVERYWHERE, NOWHERE, Area, area_of
from app.accounts.audit import Act, record
from app.accounts.models import TOWNSHIP, Account, HandlerName, Unit
from app.accounts.permissions import (
    NOT_IN_TOWNSHIPS,
    WHOLE_CITY_ONLY,
    Permission,
    granted,
)
from app.db import Database
from app.errors import Forbidden
from app.succession import lineage_in
from geodata.home import Home


@dataclass(frozen=True)
class Access:
    """One acting person.

    Attributes
    ----------
    database : Database
        Where her acts are recorded.
    who : str
        Her name in the record.
    account_id : int or None
        None for the command line.
    address : str
        Network address that the request came from.
    offices : frozenset of str
        Her roles and duties.
    areas : mapping
        Permission → where she has it.
    answering : frozenset of int
        Ids of the units that she answers for, with those below them; all where her area of
        `Permission.ANSWER` is the whole city.
    """

    database: Database
    who: str
    account_id: int | None = None
    address: str = ""
    offices: frozenset[str] = frozenset()
    areas: Mapping[Permission, Area] = field(default_factory=dict)
    answering: frozenset[int] = frozenset()

    def may(self, permission: Permission) -> bool:
        """Tell whether she may do it anywhere."""
        return permission in self.areas

    def area(self, permission: Permission) -> Area:
        """Return where she may do it.

        Raises
        ------
        Forbidden
            Nowhere.
        """
        if permission not in self.areas:
            raise Forbidden(
                f"{self.who} may not: {permission} is not among the rights of this account",
                "您的账号没有这项权限，如有需要请联系管理员",
            )
        return self.areas[permission]

    def reach(self, permission: Permission) -> Area:
        """Return where she may do it, `NOWHERE` where she may not at all."""
        return self.areas.get(permission, NOWHERE)

    def require_township(self, permission: Permission, code: str | None) -> None:
        """Check that she may do it in a township (None: something of the whole city).

        Raises
        ------
        Forbidden
            She may not.
        """
        if not self.area(permission).has_township(code):
            raise Forbidden(
                f"{self.who} may not: township {code or '(none)'} is outside the area of this "
                "account",
                "这不在您的辖区内，如有需要请联系管理员",
            )

    def answers_for(self, unit_id: int) -> bool:
        """Tell whether she may answer what a unit was asked."""
        return self.reach(Permission.ANSWER).whole or unit_id in self.answering

    def require_unit(self, unit_id: int) -> None:
        """Check that she may answer what a unit was asked.

        Raises
        ------
        Forbidden
            She may not.
        """
        if not self.answers_for(unit_id):
            raise Forbidden(
                f"{self.who} may not: unit {unit_id} is none of this account's",
                "这不是您所在单位的事项，如有需要请联系管理员",
            )

    def seen_as(self) -> str:
        """Return a short text that is another where the same address shows other things."""
        shown = {str(permission): area.parts() for permission, area in self.areas.items()}
        text = json.dumps(shown, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def record(
        self,
        action: str,
        subject: tuple[str, object],
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        *,
        session: Session | None = None,
    ) -> None:
        """Write an act into the audit; within `session` it is kept or undone with the act.

        Parameters
        ----------
        action : str
            As ``project.change``.
        subject : (str, object)
            Kind and id of what it was done to.
        before, after : mapping, optional
            What changed, plain values and nothing personal of callers.
        """
        act = Act(action, subject[0], str(subject[1]), before, after)
        if session is not None:
            record(session, self.who, self.account_id, self.address, act)
            return
        with self.database.session() as own:
            record(own, self.who, self.account_id, self.address, act)


def operator(database: Database, who: str = "suyuan") -> Access:
    """Return the access of who holds the home itself: the command line and the worker."""
    return Access(
        database, who, areas=dict.fromkeys(Permission, EVERYWHERE), offices=frozenset({"operator"})
    )


def access_of(database: Database, home: Home, account: Account, address: str) -> Access:
    """Return what a person may do, from the offices that she holds in units that exist today."""
    today = datetime.now(UTC).astimezone().date()
    areas: dict[Permission, Area] = {}
    offices = set()
    answering: frozenset[int] = frozenset()
    home_of: dict[int, tuple[Area, frozenset[int]]] = {}
    for appointment in account.appointments:
        unit = appointment.unit
        if not unit.is_valid(today):
            continue
        if unit.id not in home_of:
            home_of[unit.id] = _home_of(database, home, unit)
        area, below = home_of[unit.id]
        offices.add(appointment.office)
        rights = granted(appointment.office)
        if unit.kind == TOWNSHIP:
            rights -= NOT_IN_TOWNSHIPS
        for permission in rights:
            if area.whole or permission not in WHOLE_CITY_ONLY:
                areas[permission] = areas.get(permission, NOWHERE) | area
        if Permission.ANSWER in rights:
            answering |= below
    return Access(database, account.name, account.id, address, frozenset(offices), areas, answering)


def _home_of(database: Database, home: Home, unit: Unit) -> tuple[Area, frozenset[int]]:
    """Return where a unit is at home, and the ids of it and those below it.

    Its area follows from its code and from what cases call it and those below it.
    """
    if unit.is_everywhere:
        return EVERYWHERE, frozenset({unit.id})
    with database.session() as session:
        below = units_below(unit.id, session.execute(select(Unit.id, Unit.parent_id)))
        named = select(HandlerName.name).where(HandlerName.unit_id.in_(below))
        return area_of(home, unit, session.scalars(named), lineage_in(session)), below


def units_below(unit_id: int, units: Iterable[Unit | Row[Any]]) -> frozenset[int]:
    """Return a unit and all whose chain of parents leads to it."""
    parents = {unit.id: unit.parent_id for unit in units}
    found = {unit_id}
    for each in parents:
        chain = []
        at: int | None = each
        while at is not None and at not in chain:
            chain.append(at)
            at = parents.get(at)
        if unit_id in chain:
            found.add(each)
    return frozenset(found)
