"""Who is who beside the cases: units that names of handlers mean, who leads a class, the topics.

They change as offices do. A closed cycle keeps those of the day of its closing, so that its boards
of handlers, departments and topics stay what they were when a newer duty list comes in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select

from app.accounts.models import DEPARTMENT, ENTERPRISE, HandlerName, Unit
from app.db import Database
from app.errors import Missing
from app.townships.assessment.class_paths import Path
from app.townships.assessment.scorecards import list_scorecards
from app.townships.duties.models import Duty

CITY_LEVEL = "city"


@dataclass(frozen=True)
class RegisteredUnit:
    """A unit of the register; ``code`` is its id there."""

    code: str
    name: str
    kind: str


@dataclass(frozen=True)
class Topic:
    """A topic that is scored apart: the paths of classes whose cases belong to it."""

    id: int
    name: str
    classes: tuple[Path, ...]


@dataclass(frozen=True)
class Registers:
    """What is known of units, duties and topics on a day.

    Attributes
    ----------
    units : tuple of RegisteredUnit
        Departments, enterprises, and whom a name of a handler means.
    handlers : tuple of (str, str)
        Names of handlers, and the code of the unit that each means; sorted.
    leads : tuple of (Path, str)
        Paths of classes, and who leads there by the city's duty list; a path may have several.
    topics : tuple of Topic
        By name.
    """

    units: tuple[RegisteredUnit, ...]
    handlers: tuple[tuple[str, str], ...]
    leads: tuple[tuple[Path, str], ...]
    topics: tuple[Topic, ...]

    def topic(self, number: int) -> Topic:
        """Return one topic.

        Raises
        ------
        Missing
            There is none of this id.
        """
        found = next((each for each in self.topics if each.id == number), None)
        if found is None:
            raise Missing(f"there is no topic {number}", f"没有编号为 {number} 的专题")
        return found

    @cached_property
    def unit_of(self) -> Mapping[str, RegisteredUnit]:
        """Units by the names that handlers and duty lists call them."""
        by_code = {unit.code: unit for unit in self.units}
        called = {unit.name: unit for unit in self.units}
        return called | {name: by_code[code] for name, code in self.handlers}

    def to_json(self) -> dict[str, Any]:
        """As plain values, for a document that is kept."""
        told: dict[str, Any] = _REGISTERS.dump_python(self, mode="json")
        return told

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Registers:
        """Read what `to_json` gave."""
        return _REGISTERS.validate_python(told)


_REGISTERS = TypeAdapter(Registers)


def registers_now(database: Database) -> Registers:
    """Return what is known as it stands."""
    duties = select(Duty).where(Duty.level == CITY_LEVEL).order_by(Duty.lead, Duty.id)
    names = select(HandlerName).order_by(HandlerName.name)
    with database.session() as session:
        handlers = [(each.name, each.unit_id) for each in session.scalars(names)]
        wanted = Unit.kind.in_((DEPARTMENT, ENTERPRISE)) | Unit.id.in_(select(HandlerName.unit_id))
        units = session.scalars(select(Unit).where(wanted).order_by(Unit.id)).all()
        leads = [
            (tuple(map(str, duty.classes)), duty.lead)
            for duty in session.scalars(duties)
            if duty.classes
        ]
    topics = (
        Topic(card.id, card.name, tuple(tuple(map(str, path)) for path in card.classes))
        for card in list_scorecards(database)
    )
    return Registers(
        tuple(RegisteredUnit(str(unit.id), unit.name, unit.kind) for unit in units),
        tuple((name, str(unit_id)) for name, unit_id in handlers),
        tuple(dict.fromkeys(leads)),
        tuple(topics),
    )
