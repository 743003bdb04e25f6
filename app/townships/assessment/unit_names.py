"""Which township, district, department or enterprise a name or code in a table means."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select

from app.accounts.models import DEPARTMENT, DISTRICT, ENTERPRISE, TOWNSHIP, HandlerName, Unit
from app.db import Database
from app.hotspots.geography import townships
from geodata.areas import OUTSIDE, AreaNames, boundary_version, current_boundaries, known_areas
from geodata.home import Home

UNIT_KINDS = (TOWNSHIP, DISTRICT, DEPARTMENT, ENTERPRISE)

KIND_WORDS = {
    TOWNSHIP: ("township", "街乡镇", "街道", "街镇", "乡镇", "镇", "乡"),
    DISTRICT: ("district", "区", "区县", "各区"),
    DEPARTMENT: ("department", "部门", "委办局", "市级部门", "承办部门"),
    ENTERPRISE: ("enterprise", "企业", "公共服务企业", "国企"),
}
"""How tables write the kind of a unit, in lower case."""


@dataclass(frozen=True)
class Meant:
    """What a name means: the key of the unit, or why it means none."""

    unit: str = ""
    english: str = ""
    chinese: str = ""


class UnitNames:
    """The units that tables may speak of.

    Townships and districts are told by their codes, departments and enterprises by the id of the
    unit in the register.
    """

    def __init__(self, database: Database, home: Home) -> None:
        self._home = home
        self._known = known_areas(home, "township")
        with database.session() as session:
            kinds = (DEPARTMENT, ENTERPRISE)
            units = list(session.scalars(select(Unit).where(Unit.kind.in_(kinds))))
            names = list(session.scalars(select(HandlerName)))
        self._units = {str(unit.id): unit for unit in units}
        self._called: dict[tuple[str, str], set[str]] = defaultdict(set)
        for unit in units:
            self._called[unit.kind, _plain(unit.name)].add(str(unit.id))
        for each in names:
            if str(each.unit_id) in self._units:
                kind = self._units[str(each.unit_id)].kind
                self._called[kind, _plain(each.name)].add(str(each.unit_id))

    def find(self, kind: str, text: str, district: str = "") -> Meant:
        """Return which unit of a kind a code or name means, read with the district beside it."""
        if kind == TOWNSHIP:
            return self._township(text, district)
        if kind == DISTRICT:
            return self._district(text)
        found = self._called.get((kind, _plain(text)), set())
        if len(found) == 1:
            return Meant(next(iter(found)))
        if found:
            return Meant(
                "",
                f"{len(found)} units of the register are called so",
                f"单位库中有 {len(found)} 个单位叫这个名字",
            )
        return Meant(
            "",
            f"no {kind} of the register of units is called so",
            "单位库中没有叫这个名字的" + ("部门" if kind == DEPARTMENT else "公共服务企业"),
        )

    def name(self, kind: str, unit: str) -> str:
        """Return what a unit is called, its key where nothing is known of it any more."""
        if kind == TOWNSHIP:
            return self._known[unit].name if unit in self._known else unit
        if kind == DISTRICT:
            return self.districts.get(unit, unit)
        return self._units[unit].name if unit in self._units else unit

    def district_of(self, kind: str, unit: str) -> str:
        """Return the name of a township's district, empty where there is none."""
        return self._known[unit].district if kind == TOWNSHIP and unit in self._known else ""

    @cached_property
    def districts(self) -> dict[str, str]:
        """Names of the districts by code, in the order of codes."""
        found: dict[str, str] = {}
        areas = current_boundaries(self._home, "district")
        if areas is not None:
            found |= dict(zip(map(str, areas.codes), map(str, areas.names), strict=True))
        version = boundary_version(self._home, "township")
        if version is not None:
            made = townships(self._home, version)
            for code, name in zip(made.district_codes, made.district_names, strict=True):
                if code or name:
                    found.setdefault(str(code or name), str(name or code))
        return dict(sorted(found.items()))

    @cached_property
    def _areas(self) -> AreaNames | None:
        version = boundary_version(self._home, "township")
        return None if version is None else AreaNames(townships(self._home, version))

    def _at(self, text: str, district: str) -> int:
        """Return where a township is among the boundaries in use, `OUTSIDE` for nowhere."""
        if self._areas is None:
            return OUTSIDE
        pairs = [(text, district or None)]
        pairs += [
            (text.removeprefix(name), name)
            for name in self.districts.values()
            if not district and text.startswith(name)
        ]
        found = self._areas.find(*zip(*pairs, strict=True))
        return next((int(at) for at in found if at != OUTSIDE), OUTSIDE)

    def _township(self, text: str, district: str) -> Meant:
        at = self._at(text, district)
        if at != OUTSIDE:
            version = boundary_version(self._home, "township")
            return Meant(str(townships(self._home, str(version)).codes[at]))
        if text in self._known:
            # The code of an earlier version: results of then were published under it.
            return Meant(text)
        of = [each.district or each.code for each in self._known.values() if each.name == text]
        if len(of) > 1:
            places = "、".join(of[:5])
            return Meant(
                "",
                f"{len(of)} townships are called so ({places}): name the district, too",
                f"有 {len(of)} 个街乡镇叫这个名字（{places}），请同时写明所属区",
            )
        return Meant(
            "",
            "no township of the boundaries has this code or name",
            "边界中没有这个代码或名称的街乡镇",
        )

    def _district(self, text: str) -> Meant:
        plain = _plain(text)
        found = [
            code
            for code, name in self.districts.items()
            if plain in (_plain(code), _plain(name), _plain(name).removesuffix("区"))
        ]
        if len(found) == 1:
            return Meant(found[0])
        return Meant(
            "",
            f"{len(found) or 'no'} districts of the boundaries have this code or name",
            f"边界中有 {len(found)} 个区是这个代码或名称"
            if found
            else "边界中没有这个代码或名称的区",
        )


def kind_of(text: str) -> str | None:
    """Return the kind of unit that a cell writes; townships where it is empty, None if unknown."""
    if not text:
        return TOWNSHIP
    plain = _plain(text)
    return next((kind for kind, words in KIND_WORDS.items() if plain in words), None)


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
