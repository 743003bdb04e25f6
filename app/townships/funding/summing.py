"""Funding of a year by township and district, a head, and of governance townships against others.

Every figure is a sum of whole fen over the same rows, so that parts always make their whole.
Townships without money stand with 0. What hangs on a district's own plan is its 区本级, of
no township. People see the money of their own area.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite

from sqlalchemy import func, select

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.db import Database
from app.succession import Lineage, lineage
from app.townships.designations.in_force import designated_in
from app.townships.funding.amounts import Amounts
from app.townships.funding.models import SOURCES, Funding
from app.townships.governing.models import (
    CANCELLED,
    DISTRICT_PLAN,
    TOWNSHIP_PLAN,
    ListItem,
    Plan,
)
from app.townships.governing.plans import is_within
from geodata.areas import current_boundaries
from geodata.home import Home


@dataclass(frozen=True)
class Line:
    """The money of one township, or of a district's own plan.

    Attributes
    ----------
    level : {"township", "district"}
    code, name : str
    district : str
        Code of its district, empty where nobody knows.
    governed : bool
        Whether it was designated on any day of the year; False of a district.
    in_use : bool
        Whether the boundaries in use have it.
    people : int or None
        As the boundaries say; None where they do not, and of a district's own plan.
    amounts : Amounts
    """

    level: str
    code: str
    name: str
    district: str
    governed: bool
    in_use: bool
    people: int | None
    amounts: Amounts


@dataclass(frozen=True)
class Group:
    """Several lines together.

    Attributes
    ----------
    name : str
        Of a district; a key of other groups.
    lines : tuple of Line
    """

    name: str
    lines: tuple[Line, ...]

    @property
    def townships(self) -> int:
        """How many townships are in it."""
        return sum(line.level == TOWNSHIP_PLAN for line in self.lines)

    @property
    def amounts(self) -> Amounts:
        """Sum of all its lines."""
        return total(self.lines)

    @property
    def known(self) -> tuple[Line, ...]:
        """Its townships whose people are known: of these a figure a head is made."""
        return tuple(line for line in self.lines if line.people)

    @property
    def people(self) -> int | None:
        """People of its townships as far as they are known."""
        return sum(line.people or 0 for line in self.lines) or None

    @property
    def amounts_of_known(self) -> Amounts:
        """Money of the townships whose people are known."""
        return total(self.known)

    @property
    def own(self) -> Amounts:
        """Money of the district's own plan."""
        return total(line for line in self.lines if line.level == DISTRICT_PLAN)


@dataclass(frozen=True)
class FundingYear:
    """All that is known of a year's money in a person's area.

    Attributes
    ----------
    year : int
    lines : tuple of Line
        Townships, those with most money planned first, then districts' own plans.
    districts : tuple of Group
        In the order of their money; the last may be of what lies in no district that is known.
    governed, others : Group
        Townships that were designated on any day of the year, and all others.
    sources : dict
        Source → money, in the order of `SOURCES`.
    """

    year: int
    lines: tuple[Line, ...]
    districts: tuple[Group, ...]
    governed: Group
    others: Group
    sources: Mapping[str, Amounts]

    @property
    def townships(self) -> tuple[Line, ...]:
        """The lines of townships."""
        return tuple(line for line in self.lines if line.level == TOWNSHIP_PLAN)

    @property
    def own(self) -> tuple[Line, ...]:
        """The lines of districts' own plans."""
        return tuple(line for line in self.lines if line.level == DISTRICT_PLAN)

    @property
    def own_amounts(self) -> Amounts:
        """Money of districts' own plans."""
        return total(self.own)

    @property
    def whole(self) -> Group:
        """All lines."""
        return Group("whole", self.lines)

    @property
    def unknown_people(self) -> int:
        """How many townships have no number of people."""
        return sum(not line.people for line in self.townships)


@dataclass(frozen=True)
class ItemLine:
    """One line of funding with its item and plan, as they make up a sum."""

    funding: Funding
    item: ListItem
    plan: Plan


@dataclass(frozen=True)
class _Town:
    name: str
    district: str
    people: int | None


@dataclass(frozen=True)
class _City:
    """The townships and districts of the boundaries in use, and who is governed in the year."""

    changes: Lineage
    governed: frozenset[str]
    towns: Mapping[str, _Town]
    districts: Mapping[str, str]

    def key_now(self, level: str, code: str) -> tuple[str, str]:
        """Return level and code under which a place stands now; of one that is no more, its own."""
        if level != TOWNSHIP_PLAN:
            return level, code
        return level, self.changes.among(code, self.towns.keys()) or code


@dataclass(frozen=True)
class _Sum:
    """Money of a place from one source, with the place's name and district as its plan says."""

    level: str
    code: str
    name: str
    district: str
    source: str
    amounts: Amounts


def total(lines: Iterable[Line]) -> Amounts:
    """Return the sum of lines."""
    return sum((line.amounts for line in lines), Amounts())


def funding_years(database: Database, today: date) -> list[int]:
    """Return the years that have money, and this one, the newest first."""
    with database.session() as session:
        found = set(session.scalars(select(Funding.year).distinct()))
    return sorted(found | {today.year}, reverse=True)


def newest_year(database: Database, today: date) -> int:
    """Return this year where it has money or none has; else the newest before it, or the next."""
    years = funding_years(database, today)
    with database.session() as session:
        has_money = session.scalar(select(Funding.id).where(Funding.year == today.year).limit(1))
    others = [year for year in years if year != today.year]
    if has_money is not None or not others:
        return today.year
    return next((year for year in others if year < today.year), others[-1])


def funding_year(access: Access, home: Home, year: int) -> FundingYear:
    """Return the money of a year in a person's area."""
    city = _city(access.database, home, year)
    sums = _sums(access, year)
    placed: dict[tuple[str, str], Amounts] = {}
    named: dict[tuple[str, str], _Sum] = {}
    by_source = dict.fromkeys(SOURCES, Amounts())
    for each in sums:
        key = city.key_now(each.level, each.code)
        placed[key] = placed.get(key, Amounts()) + each.amounts
        named[key] = each
        by_source[each.source] += each.amounts
    area = access.reach(Permission.READ)
    empty = {(TOWNSHIP_PLAN, code) for code in city.towns if area.has_township(code)}
    lines = [
        _line(city, key, placed.get(key, Amounts()), named.get(key))
        for key in sorted(empty | placed.keys())
    ]
    ordered = tuple(sorted(lines, key=_order))
    by_governed = [each for each in ordered if each.level == TOWNSHIP_PLAN]
    return FundingYear(
        year,
        ordered,
        _by_district(ordered, city.districts),
        Group("governed", tuple(each for each in by_governed if each.governed)),
        Group("others", tuple(each for each in by_governed if not each.governed)),
        by_source,
    )


def item_lines(access: Access, year: int, level: str = "", code: str = "") -> list[ItemLine]:
    """Return the lines of funding of a year in a person's area, by plan and item.

    Where a level and a code are given, only those of this township (by all codes it has had) or of
    this district's own plan.
    """
    query = (
        select(Funding, ListItem, Plan)
        .join(ListItem, ListItem.id == Funding.item_id)
        .join(Plan, Plan.id == ListItem.plan_id)
        .where(Funding.year == year)
        .order_by(Plan.name, Plan.id, ListItem.id, Funding.id)
    )
    if code:
        codes = lineage(access.database).followed(code) if level == TOWNSHIP_PLAN else (code,)
        query = query.where(Plan.level == level, Plan.area_code.in_(codes))
    with access.database.session() as session:
        rows = session.execute(query).all()
    return [ItemLine(*row) for row in rows if _is_seen(access, row[2].level, row[2].area_code)]


def unfilled_items(access: Access, year: int) -> list[tuple[ListItem, Plan]]:
    """Return the items of a year's plans on which a person works and that have no money in it."""
    filled = select(Funding.item_id).where(Funding.year == year)
    query = (
        select(ListItem, Plan)
        .join(Plan, Plan.id == ListItem.plan_id)
        .where(Plan.year == year, ListItem.state != CANCELLED, ListItem.id.not_in(filled))
        .order_by(Plan.name, Plan.id, ListItem.id)
    )
    with access.database.session() as session:
        rows = session.execute(query).all()
    return [(item, plan) for item, plan in rows if is_within(access, Permission.WORK_PLANS, plan)]


def _sums(access: Access, year: int) -> list[_Sum]:
    """Return the money of each place and source that the person sees, in one look."""
    parent = select(Plan.id, Plan.area_code).subquery()
    query = (
        select(
            Plan.level, Plan.area_code, func.max(Plan.name), func.max(parent.c.area_code),
            Funding.source,
            func.sum(Funding.planned), func.sum(Funding.allocated), func.sum(Funding.spent),
        )
        .select_from(Funding)
        .join(ListItem, ListItem.id == Funding.item_id)
        .join(Plan, Plan.id == ListItem.plan_id)
        .outerjoin(parent, parent.c.id == Plan.parent_id)
        .where(Funding.year == year)
        .group_by(Plan.level, Plan.area_code, Funding.source)
    )  # fmt: skip
    with access.database.session() as session:
        rows = session.execute(query).all()
    return [
        _Sum(level, code, str(name), str(above or ""), source, Amounts(*map(int, parts)))
        for level, code, name, above, source, *parts in rows
        if _is_seen(access, level, code)
    ]


def _is_seen(access: Access, level: str, code: str) -> bool:
    area = access.reach(Permission.READ)
    if level == TOWNSHIP_PLAN:
        return area.has_township(code)
    return area.whole or code in area.districts


def _city(database: Database, home: Home, year: int) -> _City:
    changes, governed = lineage(database), designated_in(database, year)
    found = current_boundaries(home, "township")
    towns: dict[str, _Town] = {}
    districts: dict[str, str] = {}
    for at, code in enumerate(() if found is None else found.codes):
        people, above = found.population[at], found.district_codes[at]  # type: ignore[union-attr]
        known = isfinite(people) and people > 0
        name = str(found.names[at])  # type: ignore[union-attr]
        towns[str(code)] = _Town(name, str(above or ""), round(people) if known else None)
        if above:
            districts[str(above)] = str(found.district_names[at] or above)  # type: ignore[union-attr]
    return _City(changes, governed, towns, districts)


def _line(city: _City, key: tuple[str, str], amounts: Amounts, named: _Sum | None) -> Line:
    level, code = key
    called, above = (named.name, named.district) if named else (code, "")
    if level != TOWNSHIP_PLAN:
        name, in_use = city.districts.get(code, called), code in city.districts
        return Line(level, code, name, code, False, in_use, None, amounts)
    town = city.towns.get(code) or _Town(called, above, None)
    governed, in_use = code in city.governed, code in city.towns
    return Line(level, code, town.name, town.district, governed, in_use, town.people, amounts)


def _order(line: Line) -> tuple[bool, int, int, str]:
    amounts = line.amounts
    return line.level != TOWNSHIP_PLAN, -amounts.planned, -amounts.allocated, line.name


def _by_district(lines: Sequence[Line], names: Mapping[str, str]) -> tuple[Group, ...]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.district, []).append(line)
    own = {line.code: line.name for line in lines if line.level == DISTRICT_PLAN}
    groups = [
        (code, Group(names.get(code) or own.get(code) or code, tuple(part)))
        for code, part in found.items()
    ]
    groups.sort(key=lambda pair: (not pair[0], -pair[1].amounts.planned, pair[1].name))
    return tuple(group for _code, group in groups)
