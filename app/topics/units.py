"""Units of the register as a topic names them: by name, at the level of city, district, township.

The level follows from the register: what lies below a district is of the district.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.accounts.access import units_below
from app.accounts.models import DISTRICT, TOWNSHIP, Unit
from app.db import Database
from app.errors import LONGEST_SHOWN, InvalidParameter
from app.townships.duties.keeping import read_names
from app.townships.duties.models import LEVELS

CITY_LEVEL, DISTRICT_LEVEL, TOWNSHIP_LEVEL = LEVELS
LEVEL_ZH = {CITY_LEVEL: "市级", DISTRICT_LEVEL: "区级", TOWNSHIP_LEVEL: "街乡镇"}


@dataclass(frozen=True)
class UnitBook:
    """The units of the register with their levels.

    Attributes
    ----------
    units : dict of int, Unit
    levels : dict of int, str
        One of `duties.models.LEVELS`.
    """

    units: Mapping[int, Unit]
    levels: Mapping[int, str]

    def name(self, unit_id: int | None) -> str:
        """Return what a unit is called; an empty text for none."""
        unit = self.units.get(unit_id or 0)
        return unit.name if unit else ""

    def full_name(self, unit: Unit) -> str:
        """Return a name that the one above stands before, as lists write 东城区城管委."""
        above = self.units.get(unit.parent_id or 0)
        return f"{above.name}{unit.name}" if above and above.kind == DISTRICT else unit.name

    def of_level(self, level: str) -> list[Unit]:
        """Return the units of a level that exist today, by name."""
        today = date.today()
        found = [u for u in self.units.values() if self.levels[u.id] == level and u.is_valid(today)]
        return sorted(found, key=lambda unit: (unit.name, unit.id))

    def names(self, numbers: Iterable[int], level: str) -> list[str]:
        """Return the names of those of some units that are of a level; alike ones in full."""
        kept = [self.units[n] for n in numbers if n in self.units and self.levels[n] == level]
        called = [unit.name for unit in self.units.values() if self.levels[unit.id] == level]
        return [
            unit.name if called.count(unit.name) == 1 else self.full_name(unit) for unit in kept
        ]

    def read(self, text: str, level: str, field: str) -> list[int]:
        """Return the units of a level that a text names, with 、 between them.

        Raises
        ------
        InvalidParameter
            A name is none of the level's units, or several have it.
        """
        return [self._find(name, level, field) for name in read_names(text)]

    def _find(self, name: str, level: str, field: str) -> int:
        found = [unit for unit in self.of_level(level) if name == unit.name]
        if len(found) != 1:
            full = [unit for unit in self.of_level(level) if name == self.full_name(unit)]
            found = full if len(full) == 1 else found
        if len(found) == 1:
            return found[0].id
        shown = name[:LONGEST_SHOWN]
        if found:
            example = self.full_name(found[0])
            raise InvalidParameter(
                f"{field}: {len(found)} units are called {shown!r}; put the district before it, "
                f"as {example!r}",
                f"{LEVEL_ZH[level]}有 {len(found)} 个单位名为“{shown}”，"
                f"请在前面写上区名，如“{example}”",
                field=field,
            )
        raise InvalidParameter(
            f"{field}: no unit of the register at the level {level} is called {shown!r}",
            f"单位库的{LEVEL_ZH[level]}单位中没有“{shown}”",
            field=field,
        )


def unit_book(database: Database) -> UnitBook:
    """Return the register with the level of each unit."""
    with database.session() as session:
        every = list(session.scalars(select(Unit).order_by(Unit.id)))
    districts = [unit.id for unit in every if unit.kind == DISTRICT]
    below = frozenset[int]().union(*(units_below(each, every) for each in districts))
    return UnitBook({unit.id: unit for unit in every},
                    {unit.id: _level(unit, below) for unit in every})  # fmt: skip


def _level(unit: Unit, of_districts: frozenset[int]) -> str:
    if unit.kind == TOWNSHIP:
        return TOWNSHIP_LEVEL
    return DISTRICT_LEVEL if unit.id in of_districts else CITY_LEVEL
