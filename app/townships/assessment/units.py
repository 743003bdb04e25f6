"""Boards of other units than townships: districts, handlers, departments that lead, topics.

A unit's rates are those of all its cases together, never the mean of its parts' rates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import polars as pl

from app.accounts.areas import HANDLER_COLUMNS
from app.cases.facts.columns import unit_of
from app.errors import Missing
from app.hotspots.geography import townships
from app.townships.assessment.class_paths import Path
from app.townships.assessment.counting import answers_of, count_with_before, summed
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.labelling import AT, DATED, IN_LEDGER, RECEIVED
from app.townships.assessment.left_out import CLASS_COLUMNS
from app.townships.assessment.lines import Line, Units, lines_of, pooled_line
from app.townships.assessment.registers import Registers, Topic
from app.townships.assessment.rules import Rules
from app.townships.assessment.sources import Source
from geodata.areas import Boundaries
from geodata.home import Home

By = Literal["district", "handler", "department", "topic"]
BYS: tuple[By, ...] = get_args(By)

NONE = ""
"""Code of what stands apart because it belongs to no unit at all."""


@dataclass(frozen=True)
class Member:
    """A unit of a board: ranked, or shown apart because it is none."""

    code: str
    name: str
    note: str = ""
    people: float = np.nan
    ranked: bool = True


@dataclass(frozen=True)
class Membership:
    """Which units the cases of a group belong to.

    Attributes
    ----------
    keys : tuple of str
        Columns that tell it.
    members : tuple of Member
    of : callable
        Given values of the keys, the numbers of the members; a case may belong to several.
    """

    keys: tuple[str, ...]
    members: tuple[Member, ...]
    of: Callable[[tuple[Any, ...]], Sequence[int]]


@dataclass(frozen=True)
class UnitBoard:
    """A cycle by units of one kind.

    Attributes
    ----------
    lines : tuple of Line
        Ranked, the highest score first; ``district`` holds a note on the unit.
    apart : tuple of Line
        What belongs to none of them, unranked; those with the most callbacks first.
    city : Line
        All cases pooled, each once.
    """

    lines: tuple[Line, ...]
    apart: tuple[Line, ...]
    city: Line


def unit_board(
    home: Home,
    registers: Registers | None,
    source: Source,
    cycle: Cycle,
    rules: Rules,
    by: By,
    topic: Topic | None = None,
) -> UnitBoard:
    """Return the board of a cycle by units of a kind; a topic gives its townships.

    Raises
    ------
    ValueError
        There are no registers, which only the districts can do without.
    """
    boundaries = townships(home, source.townships)
    found = _found(home, source, cycle, rules, by)
    if by == "topic" and topic is not None:
        membership = within(topic, boundaries)
    else:
        membership = membership_by(by, registers, boundaries, found)
    return _board(found.filter(IN_LEDGER[rules.ledger]), membership, boundaries, rules)


def keys_of_unit(
    home: Home,
    registers: Registers | None,
    source: Source,
    cycle: Cycle,
    rules: Rules,
    by: By,
    code: str,
) -> tuple[str, pl.DataFrame]:
    """Return the name of a unit that is ranked, and what of a case tells that it is of this unit.

    Raises
    ------
    Missing
        There is no such unit in the cycle.
    """
    found = _found(home, source, cycle, rules, by)
    made = membership_by(by, registers, townships(home, source.townships), found)
    number = next((at for at, each in enumerate(made.members) if each.code == code), None)
    if number is None or not made.members[number].ranked:
        raise Missing(f"there is no {by} {code!r} in {cycle.id}", f"{cycle.id} 没有单位“{code}”")
    keys = found.select(made.keys).unique()
    own = pl.Series([number in made.of(key) for key in keys.rows()], dtype=pl.Boolean)
    return made.members[number].name, keys.filter(own)


def membership_by(
    by: By, registers: Registers | None, boundaries: Boundaries, found: pl.DataFrame
) -> Membership:
    """Return which units of a kind cases belong to; raises as `unit_board` does."""
    if by == "district":
        return by_district(boundaries)
    if registers is None:
        raise ValueError(f"who is who is not known: no board by {by}")
    if by == "handler":
        return by_handler(registers, found)
    return by_department(registers) if by == "department" else by_topic(registers.topics)


def _found(home: Home, source: Source, cycle: Cycle, rules: Rules, by: By) -> pl.DataFrame:
    return count_with_before(home, source, cycle, rules, _KEYS[by])


def by_district(boundaries: Boundaries) -> Membership:
    """Cases belong to the district of their township."""
    codes = [str(code or "") for code in boundaries.district_codes]
    names = dict(zip(codes, map(str, boundaries.district_names), strict=True))
    order = sorted({*codes} - {""})
    number = {code: at for at, code in enumerate(order)}
    people = dict.fromkeys(order, 0.0)
    for code, n in zip(codes, boundaries.population, strict=True):
        if code:
            people[code] += float(n)
    members = [Member(code, names[code], people=people[code]) for code in order]
    own = [number.get(code, len(order)) for code in (*codes, "")]
    return Membership((AT,), (*members, Member(NONE, "", ranked=False)), lambda key: (own[key[0]],))


def by_handler(registers: Registers, found: pl.DataFrame) -> Membership:
    """Cases belong to the unit that the name of their handler means; other names stand apart."""
    units = {unit.code: unit for unit in registers.units}
    meant = {name: units[code] for name, code in registers.handlers}
    named = {unit_of(key) or "" for key in found.select(HANDLER_COLUMNS).unique().rows()}
    used = {meant[name].code: meant[name] for name in sorted(named & set(meant))}
    members = [Member(unit.code, unit.name, unit.kind) for unit in used.values()]
    number = {code: at for at, code in enumerate(used)}
    unknown = {name: at for at, name in enumerate(sorted(named - set(meant)), len(members))}
    members += [Member(name, name, ranked=False) for name in unknown]

    def of(key: tuple[Any, ...]) -> Sequence[int]:
        name = unit_of(key) or ""
        return (number[meant[name].code] if name in meant else unknown[name],)

    return Membership(HANDLER_COLUMNS, tuple(members), of)


def by_department(registers: Registers) -> Membership:
    """Cases belong to the department that the city's duty list has lead for their class.

    The longest path of classes speaks; where lines of one length name several, each counts.
    """
    leads: dict[Path, list[str]] = {}
    for path, lead in registers.leads:
        leads.setdefault(path, []).append(lead)
    order = sorted({name for names in leads.values() for name in names})
    number = {name: at for at, name in enumerate(order)}

    def of(key: tuple[Any, ...]) -> Sequence[int]:
        for depth in range(len(key), 0, -1):
            if key[:depth] in leads:
                return [number[name] for name in leads[key[:depth]]]
        return (len(order),)

    members = [Member(name, name) for name in order]
    return Membership(CLASS_COLUMNS, (*members, Member(NONE, "", ranked=False)), of)


def by_topic(topics: Sequence[Topic]) -> Membership:
    """Cases belong to every topic that their class is of."""
    members = [Member(str(topic.id), topic.name) for topic in topics]

    def of(key: tuple[Any, ...]) -> Sequence[int]:
        return [at for at, each in enumerate(topics) if lies_in(key, each)] or (len(topics),)

    return Membership(CLASS_COLUMNS, (*members, Member(NONE, "", ranked=False)), of)


def within(topic: Topic, boundaries: Boundaries) -> Membership:
    """Cases of a topic belong to their township, all others to nothing."""
    members = [
        Member(str(code), str(name), str(district or ""), float(people))
        for code, name, district, people in zip(
            boundaries.codes, boundaries.names, boundaries.district_names, boundaries.population,
            strict=True,
        )
    ]  # fmt: skip

    def of(key: tuple[Any, ...]) -> Sequence[int]:
        return (key[-1],) if lies_in(key[:-1], topic) else ()

    return Membership((*CLASS_COLUMNS, AT), (*members, Member(NONE, "", ranked=False)), of)


def lies_in(classes: Sequence[str | None], topic: Topic) -> bool:
    """Tell whether a path of classes is of a topic."""
    return any(list(classes[: len(path)]) == list(path) for path in topic.classes)


_KEYS: Mapping[By, tuple[str, ...]] = {
    "district": (),
    "handler": HANDLER_COLUMNS,
    "department": CLASS_COLUMNS,
    "topic": CLASS_COLUMNS,
}


def _board(
    found: pl.DataFrame, membership: Membership, boundaries: Boundaries, rules: Rules
) -> UnitBoard:
    keys, members = list(membership.keys), membership.members
    each = found.select(keys).unique()
    units = pl.Series("unit", [list(membership.of(key)) for key in each.rows()], pl.List(pl.Int64))
    belonging = each.with_columns(units).explode("unit").drop_nulls("unit")
    counted = found.join(belonging, on=keys, how="inner", nulls_equal=True)
    everything = _units(counted, members, rules)
    lines = lines_of(everything.chosen([each.ranked for each in members]), rules.weights)
    apart = lines_of(everything.chosen([not each.ranked for each in members]), rules.weights)
    # Of a topic's townships the city is the topic; else it is everybody, once each.
    whole = counted if AT in keys and len(keys) > 1 else found
    received, dated = (whole.filter(pl.col(name) == 0) for name in (RECEIVED, DATED))
    none = np.zeros(dated.height, dtype=np.int64)
    city = pooled_line(
        received["n"].to_numpy(), answers_of(dated, none, 1, rules.weights),
        boundaries.population, rules.weights,
    )  # fmt: skip
    unranked = [_unranked(line) for line in apart if line.cases or line.valid]
    ordered = sorted(unranked, key=lambda line: (-line.valid, -line.cases, line.name))
    return UnitBoard(lines, tuple(ordered), city)


def _units(counted: pl.DataFrame, members: Sequence[Member], rules: Rules) -> Units:
    n = len(members)
    now, before = (counted.filter(pl.col(DATED) == number) for number in (0, 1))
    received = counted.filter(pl.col(RECEIVED) == 0)
    answers, earlier = (
        answers_of(part, part["unit"].to_numpy(), n, rules.weights) for part in (now, before)
    )
    return Units(
        codes=[each.code for each in members],
        names=[each.name for each in members],
        districts=[each.note for each in members],
        people=np.array([each.people for each in members], dtype=float),
        cases=summed(received, "n", received["unit"].to_numpy(), n),
        answers=answers,
        earlier=earlier,
    )


def _unranked(line: Line) -> Line:
    return replace(
        line, rank=None, best=None, worst=None, change=None, change_rank=None, moved=None
    )
