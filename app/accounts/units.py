"""The register of units 单位库, and the names by which cases call them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.accounts.access import Access, units_below
from app.accounts.models import CITY, DISTRICT, TOWNSHIP, UNIT_KINDS, HandlerName, Unit
from app.accounts.permissions import Permission
from app.db import Database, row_of
from app.errors import Conflict, InvalidParameter, Missing, changed_meanwhile
from app.succession import Lineage, lineage_in
from geodata.areas import Boundaries, current_boundaries
from geodata.home import Home

WHOLE_CITY_NAME = "全市"
"""Name of the unit above all others until somebody names it."""


class UnitValues(BaseModel):
    """What may be written into a unit."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=200)
    kind: str
    area_code: str | None = Field(default=None, max_length=64)
    whole_city: bool = False
    parent_id: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _fits(self) -> UnitValues:
        if self.kind not in UNIT_KINDS:
            raise ValueError(f"kind {self.kind!r} is none of {', '.join(UNIT_KINDS)}")
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise ValueError(f"last day {self.valid_to} is not after the first {self.valid_from}")
        return self


@dataclass(frozen=True)
class UnitLine:
    """One unit as the list shows it: how deep below the top, and what cases call it."""

    unit: Unit
    depth: int
    handler_names: tuple[str, ...]


def list_units(database: Database) -> list[UnitLine]:
    """Return the units as a tree, each before those below it."""
    with database.session() as session:
        units = list(session.scalars(select(Unit).order_by(Unit.kind, Unit.name, Unit.id)))
        names: dict[int, list[str]] = {}
        for row in session.scalars(select(HandlerName).order_by(HandlerName.name)):
            names.setdefault(row.unit_id, []).append(row.name)
    below: dict[int | None, list[Unit]] = {}
    for unit in units:
        below.setdefault(unit.parent_id, []).append(unit)
    lines: list[UnitLine] = []
    waiting = [(unit, 0) for unit in reversed(below.get(None, []))]
    while waiting:
        unit, depth = waiting.pop()
        lines.append(UnitLine(unit, depth, tuple(names.get(unit.id, ()))))
        waiting += [(child, depth + 1) for child in reversed(below.get(unit.id, []))]
    return lines


def get_unit(database: Database, unit_id: int) -> Unit:
    """Return one unit.

    Raises
    ------
    Missing
        There is none.
    """
    with database.session() as session:
        return _get(session, unit_id)


def find_unit(database: Database, name: str) -> Unit:
    """Return the unit of a name; without one, the whole city.

    Raises
    ------
    Missing
        None is called so, or several are.
    """
    if not name:
        return city_unit(database)
    with database.session() as session:
        found = list(session.scalars(select(Unit).where(Unit.name == name)))
    if len(found) != 1:
        raise Missing(
            f"unit: {len(found)} units are called {name!r}", f"名为“{name}”的单位有 {len(found)} 个"
        )
    return found[0]


def create_unit(access: Access, values: UnitValues) -> Unit:
    """Make a unit."""
    _require_keeper(access)
    unit = Unit(**values.model_dump())
    with access.database.session() as session:
        _check_parent(session, None, values.parent_id)
        _check_alone(session, None, values)
        session.add(unit)
        session.flush()
        access.record("unit.create", ("unit", unit.id), None, _told(unit), session=session)
    return unit


def change_unit(access: Access, unit_id: int, values: UnitValues, version: int) -> Unit:
    """Write changed values, if nobody else wrote since `version`.

    Raises
    ------
    Conflict
        Someone did.
    """
    _require_keeper(access)
    try:
        with access.database.session() as session:
            unit = _get(session, unit_id)
            changed = changed_meanwhile(f"unit {unit.name}", f"单位“{unit.name}”")
            if unit.row_version != version:
                raise changed
            _check_parent(session, unit_id, values.parent_id)
            _check_alone(session, unit_id, values)
            before = _told(unit)
            for name, value in values.model_dump().items():
                setattr(unit, name, value)
            access.record("unit.change", ("unit", unit_id), before, _told(unit), session=session)
    except StaleDataError:
        raise changed from None
    return unit


def adopt_boundaries(access: Access, home: Home) -> int:
    """Make the units that the boundaries in use speak of and the register lacks; returns how many.

    The city comes on top, districts below it, townships below their district.
    """
    _require_keeper(access)
    townships = current_boundaries(home, "township")
    if townships is None:
        raise InvalidParameter("no boundaries have been imported yet", "还没有导入街乡镇边界")
    with access.database.session() as session:
        made = _adopt(session, townships, lineage_in(session))
        if made:
            access.record("unit.adopt", ("unit", ""), None, {"made": made}, session=session)
    return made


def city_unit(database: Database) -> Unit:
    """Return the unit above all others, made where there is none yet."""
    with database.session() as session:
        return _city(session)


def _adopt(session: Session, townships: Boundaries, lineage: Lineage) -> int:
    """Make the units that lack; that of a renamed township is there under its former code."""
    known = {
        (unit.kind, unit.area_code): unit
        for unit in session.scalars(select(Unit).where(Unit.area_code.is_not(None)))
    }
    top, made = _city(session), 0

    def ensure(kind: str, code: str, name: str, parent: Unit) -> Unit:
        nonlocal made
        if (kind, code) not in known:
            made += 1
            known[kind, code] = Unit(name=name, kind=kind, area_code=code, parent_id=parent.id)
            session.add(known[kind, code])
            session.flush()
        return known[kind, code]

    for kind, code in list(known):
        if kind == TOWNSHIP and code is not None:
            for other in lineage.followed(code):
                known.setdefault((kind, other), known[kind, code])
    rows = zip(
        townships.codes, townships.names, townships.district_codes, townships.district_names,
        strict=True,
    )  # fmt: skip
    for code, name, district_code, district_name in rows:
        above = top
        if district_code:
            label = str(district_name or district_code)
            above = ensure(DISTRICT, str(district_code), label, top)
        ensure(TOWNSHIP, str(code), str(name), above)
    return made


def _city(session: Session) -> Unit:
    found = session.scalar(select(Unit).where(Unit.kind == CITY).order_by(Unit.id).limit(1))
    if found is None:
        found = Unit(name=WHOLE_CITY_NAME, kind=CITY, whole_city=True)
        session.add(found)
        session.flush()
    return found


def _require_keeper(access: Access) -> None:
    """Units say who is at home where: only an administrator of the whole city changes them."""
    access.require_township(Permission.KEEP_ACCOUNTS, None)


def _check_parent(session: Session, unit_id: int | None, parent_id: int | None) -> None:
    if parent_id is None:
        return
    _get(session, parent_id)
    if unit_id is not None and parent_id in units_below(unit_id, session.scalars(select(Unit))):
        raise InvalidParameter(
            f"parent: unit {parent_id} is below this one", "上级单位不能是本单位或其下级单位"
        )


def _check_alone(session: Session, unit_id: int | None, values: UnitValues) -> None:
    """Two units of one kind may share an area only one after the other."""
    if values.area_code is None:
        return
    others = session.scalars(
        select(Unit).where(
            Unit.kind == values.kind, Unit.area_code == values.area_code, Unit.id != (unit_id or 0)
        )
    )
    for other in others:
        begins = max(filter(None, (values.valid_from, other.valid_from)), default=date.min)
        ends = min(filter(None, (values.valid_to, other.valid_to)), default=date.max)
        if begins < ends:
            raise Conflict(
                f"area {values.area_code}: {other.name} already has it at that time",
                f"区划代码 {values.area_code} 在这段时间内已属于“{other.name}”",
            )


def _get(session: Session, unit_id: int) -> Unit:
    unit = row_of(session, Unit, unit_id)
    if unit is None:
        raise Missing(f"no unit {unit_id}", f"没有编号为 {unit_id} 的单位")
    return unit


def _told(unit: Unit) -> dict[str, Any]:
    return {name: getattr(unit, name) for name in UnitValues.model_fields}
