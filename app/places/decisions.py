"""The decisions on texts that concern a person's area."""

from __future__ import annotations

from app.accounts.access import Access
from app.accounts.areas import Area
from app.accounts.permissions import Permission
from app.errors import Forbidden
from app.places.waiting_texts import texts_within, waiting_texts
from geodata.home import Home
from geodata.places import Decision, current_places, read_decisions
from geodata.places.records import plain_text
from geodata.store import CaseStore


def decisions_within(home: Home, area: Area) -> tuple[Decision, ...]:
    """Return the decisions of an area, oldest first, those undone too.

    Of an area is a decision whose text is said only there, or was reported there, and whose place,
    if it names one that the register still has, lies there.
    """
    made = read_decisions(home).all
    if area.whole:
        return made
    (inside, outside), elsewhere = _texts(home, area), _codes_elsewhere(home, area)
    names = {plain_text(name) for name in area.names}
    return tuple(
        each
        for each in made
        if each.place not in elsewhere
        and each.key.id not in outside
        and (each.key.id in inside or not names.isdisjoint(each.key[1:]))
    )


def require_decision(access: Access, home: Home, number: int) -> None:
    """Check that a decision, where there is one of this number, is of a person's area.

    Raises
    ------
    Forbidden
        It is not.
    """
    within = decisions_within(home, access.area(Permission.KEEP_PLACES))
    there = any(each.number == number for each in read_decisions(home).all)
    if there and all(each.number != number for each in within):
        raise Forbidden(
            f"{access.who} may not: decision {number} is outside the area of this account",
            "这不在您的辖区内，如有需要请联系管理员",
        )


def _texts(home: Home, area: Area) -> tuple[set[str], set[str]]:
    """Return the ids of the texts that are said in an area, and of those said elsewhere."""
    version = CaseStore(home).version
    if version is None:
        return set(), set()
    known = waiting_texts(home, version)
    inside = texts_within(known, area)
    return set(inside["id"]), set(known.join(inside, on=["state", "id"], how="anti")["id"])


def _codes_elsewhere(home: Home, area: Area) -> frozenset[str]:
    """Return the codes, former ones too, of the places outside an area."""
    places = current_places(home)
    if places is None:
        return frozenset()
    return frozenset(
        code
        for code, at in places.positions().items()
        if not area.has_township(places.township[at])
    )
