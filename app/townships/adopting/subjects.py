"""What a department may be asked to adopt: an item, a class or a point, each in its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.accounts.access import Access
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.cases.listing import choices, township_names
from app.db import Database
from app.errors import Conflict, InvalidParameter
from app.succession import followed
from app.townships.duties.proposing import Register
from app.townships.governing.item_steps import STATES
from app.townships.governing.items import find_item
from app.townships.governing.models import CANCELLED, CLOSED, TOWNSHIP_PLAN
from app.townships.governing.plans import require_plan
from app.townships.governing.register import find_township
from geodata.areas import current_boundaries
from geodata.errors import NotFound
from geodata.home import Home
from geodata.places import current_places, find_place

ITEM, CLASS, POINT = "item", "class", "point"


@dataclass(frozen=True)
class Asked:
    """What a form names: kind and id of the thing, and where it lies (an item knows itself)."""

    kind: str
    id: str
    township: str = ""


@dataclass(frozen=True)
class Subject:
    """One thing in one place.

    Attributes
    ----------
    kind : {"item", "class", "point"}
    id : str
    title : str
        What a request of it is called where nobody says otherwise.
    level : {"township", "district"}
    area_code, area_name : str
    """

    kind: str
    id: str
    title: str
    level: str
    area_code: str
    area_name: str


def find_subject(access: Access, home: Home, asked: Asked) -> Subject:
    """Return what a person may ask departments about.

    Raises
    ------
    InvalidParameter
        It names nothing that is there.
    Missing
        There is no such item.
    Conflict
        The item is closed or cancelled.
    Forbidden
        It lies outside her area.
    """
    if asked.kind == ITEM:
        return _item(access, asked.id)
    if asked.kind not in (CLASS, POINT):
        raise InvalidParameter(
            f"source_kind: {asked.kind[:40]!r} is none of item, class, point",
            f"提请的对象类型“{asked.kind[:40]}”应为事项、分类或点位",
        )
    township = find_township(home, asked.township)
    access.require_township(Permission.WORK_PLANS, township.code)
    name = (_class if asked.kind == CLASS else _point)(access.database, home, asked)
    return Subject(
        asked.kind, asked.id, f"{name}高频诉求", TOWNSHIP_PLAN, township.code, township.name
    )


def askable_units(database: Database, home: Home, subject: Subject, day: date) -> list[Unit]:
    """Return the departments and enterprises that may be asked: the city's and the district's."""
    township = subject.area_code
    if subject.level != TOWNSHIP_PLAN:
        township = _township_of(home, subject.area_code)
    return Register(database, township, day).callable_units()


def _item(access: Access, number: str) -> Subject:
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise InvalidParameter(f"item {number[:40]!r} is no number", f"事项编号“{number[:40]}”无效")
    item, plan = find_item(access, int(number))
    require_plan(access, Permission.WORK_PLANS, plan)
    if item.state in (CLOSED, CANCELLED):
        raise Conflict(
            f"item {item.id} is {item.state}: no department is asked to adopt it",
            f"事项 {item.id} 已是“{STATES[item.state]}”，不必再提请纳入工作计划",
        )
    return Subject(ITEM, str(item.id), item.title, plan.level, plan.area_code, plan.name)


def _class(_database: Database, home: Home, asked: Asked) -> str:
    if asked.id not in choices(home)["class_1"]:
        raise InvalidParameter(
            f"class: no case is of class {asked.id[:40]!r}", f"诉求中没有“{asked.id[:40]}”这个分类"
        )
    return asked.id


def _point(database: Database, home: Home, asked: Asked) -> str:
    try:
        place = find_place(home, asked.id)
    except NotFound:
        raise InvalidParameter(
            f"point: the register has no place {asked.id[:40]!r}",
            f"点位库中没有代码为“{asked.id[:40]}”的点位",
        ) from None
    lies_in = _township_of_place(home, place.code)
    if lies_in and lies_in not in followed(database, asked.township):
        names = township_names(home)
        raise InvalidParameter(
            f"point: {place.name} lies in township {lies_in}, not in {asked.township}",
            f"点位“{place.name}”在“{names.get(lies_in, lies_in)}”，"
            f"不在“{names.get(asked.township, asked.township)}”",
        )
    return place.name


def _township_of_place(home: Home, code: str) -> str:
    """Return in which of the townships in use a place lies, empty where in none."""
    places = current_places(home)
    at = None if places is None else places.positions().get(code)
    found = None if places is None or at is None else places.township[at]
    return "" if found is None else str(found)


def _township_of(home: Home, district: str) -> str:
    """Return any township of a district: the register is seen from one."""
    found = current_boundaries(home, "township")
    pairs = () if found is None else zip(found.codes, found.district_codes, strict=True)
    return next((str(code) for code, above in pairs if above == district), "")
