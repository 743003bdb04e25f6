"""Who must come for a problem: what the duty list says, and which units of the register it means.

Of each level the most specific line speaks: one of the scenario asked for, then the one whose path
of classes is the longest that the problem's begins with. Lines that are equally specific all do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import select

from app.accounts.access import units_below
from app.accounts.models import DISTRICT, TOWNSHIP, HandlerName, Unit
from app.db import Database
from app.succession import lineage_in
from app.townships.duties.keeping import all_duties
from app.townships.duties.models import LEVELS, Duty

LOCAL_NAMES: Mapping[str, frozenset[str]] = {
    "township": frozenset(
        {"街乡镇", "街道", "乡镇", "镇", "乡", "街镇", "街道办", "街道办事处", "镇政府", "乡政府",
         "乡镇政府", "街道乡镇", "街乡", "街道（乡镇）"}
    ),
    "district": frozenset({"区", "各区", "区政府", "区委区政府", "区人民政府"}),
}  # fmt: skip
"""What lists call the township or district itself in which a problem lies, by level."""

LOCAL_MARKS = ("属地", "所在", "辖区", "相关")
"""Before such a name, saying that the one where the problem lies is meant."""


@dataclass(frozen=True)
class Proposal:
    """One unit that must come by the duty list.

    Attributes
    ----------
    level : {"city", "district", "township"}
    name : str
        As the list calls it.
    leads : bool
    unit : Unit or None
        Which it is; None where the register has no such unit, or several.
    own : bool
        Whether it is the township itself.
    duty : Duty
        The line that says so.
    """

    level: Literal["city", "district", "township"]
    name: str
    leads: bool
    unit: Unit | None
    own: bool
    duty: Duty


class Register:
    """The units that exist on a day, seen from one township: its district's are meant by 区…."""

    def __init__(self, database: Database, township: str, day: date) -> None:
        with database.session() as session:
            every = list(session.scalars(select(Unit).order_by(Unit.id)))
            called = session.execute(select(HandlerName.name, HandlerName.unit_id))
            codes = lineage_in(session).followed(township)
            names: dict[int, set[str]] = {unit.id: {unit.name} for unit in every}
            for name, unit_id in called:
                names[unit_id].add(name)
        units = [unit for unit in every if unit.is_valid(day)]
        own = [unit for unit in units if unit.kind == TOWNSHIP and unit.area_code in codes]
        # Both may be there when the code has changed: the unit of the newest one is meant.
        newest = max((codes.index(unit.area_code or "") for unit in own), default=0)
        self.own = _only(unit for unit in own if unit.area_code == codes[newest])
        above = self.own.parent_id if self.own else None
        self.district = _only(unit for unit in units if unit.kind == DISTRICT and unit.id == above)
        below = units_below(self.district.id, every) if self.district else frozenset()
        districts = [unit.id for unit in units if unit.kind == DISTRICT]
        of_districts = frozenset().union(*(units_below(each, every) for each in districts))
        self._names = names
        self._of_district = [unit for unit in units if unit.id in below]
        self._of_city = [unit for unit in units if unit.id not in of_districts]

    def callable_units(self) -> list[Unit]:
        """Return the units that the township may call: the city's and its district's others."""
        found = [*self._of_district, *self._of_city]
        return [unit for unit in found if unit.kind not in (TOWNSHIP, "city")]

    def find(self, level: str, name: str) -> Unit | None:
        """Return the one unit that a list means by a name at a level, None where it cannot tell."""
        bare = name.strip()
        for mark in LOCAL_MARKS:
            bare = bare.removeprefix(mark)
        for where, unit in ((TOWNSHIP, self.own), (DISTRICT, self.district)):
            if bare in LOCAL_NAMES[where]:
                return unit
        among = self._of_city if level == "city" else self._of_district
        return self._called(among, bare) or (
            self._called(self._of_city, bare) if level != "city" else None
        )

    def _called(self, among: Sequence[Unit], name: str) -> Unit | None:
        wanted = {name}
        if name.startswith("市"):
            wanted.add(name.removeprefix("市"))
        if self.district and name.startswith("区"):
            wanted.add(self.district.name + name.removeprefix("区"))
        return _only(unit for unit in among if wanted & self._names[unit.id])


def who_must_come(
    database: Database,
    classes: Sequence[str],
    scenario: str,
    township: str,
    day: date | None = None,
) -> list[Proposal]:
    """Return who must come for a problem in a township, leads first, by level.

    Parameters
    ----------
    database : Database
    classes : sequence of str
        Path of the problem from class 1 downwards; may be empty where a scenario is given.
    scenario : str
        As the list calls it; empty for none.
    township : str
        Code of the township where the problem lies.
    day : date, optional
        On which units must exist; today when not given.
    """
    register = Register(database, township, day or date.today())
    lines = all_duties(database)
    found: list[Proposal] = []
    for level in LEVELS:
        for duty in most_specific(lines, level, classes, scenario):
            named = [(duty.lead, True), *((name, False) for name in duty.cooperating)]
            for name, leads in named:
                unit = register.find(level, name)
                own = unit is not None and unit is register.own
                found.append(Proposal(level, name, leads, unit, own, duty))  # type: ignore[arg-type]
    return sorted(_once(found), key=lambda each: (LEVELS.index(each.level), not each.leads))


def most_specific(
    duties: Iterable[Duty], level: str, classes: Sequence[str], scenario: str
) -> list[Duty]:
    """Return the lines of a level that speak of a problem and than which none is more specific."""
    path = list(classes)
    ranked = [
        ((bool(scenario) and duty.scenario == scenario, len(duty.classes), not duty.scenario), duty)
        for duty in duties
        if duty.level == level and _speaks(duty, path, scenario)
    ]
    best = max((rank for rank, _duty in ranked), default=None)
    return [duty for rank, duty in ranked if rank == best]


def _speaks(duty: Duty, path: list[str], scenario: str) -> bool:
    """Tell whether a line concerns a problem; one of another scenario never does."""
    if duty.scenario and scenario and duty.scenario != scenario:
        return False
    named = bool(scenario) and duty.scenario == scenario
    if not duty.classes or not path:
        return named
    return path[: len(duty.classes)] == duty.classes


def _once(found: Iterable[Proposal]) -> list[Proposal]:
    """Keep a unit once a level: as a lead where any line says so."""
    kept: dict[tuple[str, str], Proposal] = {}
    for each in found:
        key = (each.level, each.name)
        if key not in kept or (each.leads and not kept[key].leads):
            kept[key] = each
    return list(kept.values())


def _only(units: Iterable[Unit]) -> Unit | None:
    found = list(units)
    return found[0] if len(found) == 1 else None
