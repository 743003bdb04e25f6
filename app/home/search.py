"""One box for places, townships, addresses and cases."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.cases.listing import has_cases, township_names
from app.cases.lives import address_of
from app.errors import Missing
from app.places.listing import find_places, plain_words, register_version
from geodata.errors import NotFound
from geodata.geocoding import Level
from geodata.home import Home
from geodata.places import current_places
from geodata.places.records import plain_text
from geodata.placing import is_trained, register_geocoder

MOST_PLACES = 20
MOST_TOWNSHIPS = 10
MOST_ADDRESSES = 5

LEAST_LIKELY = 0.05
"""Spots that are less likely than this are not worth a look."""

LIKE_CASE_ID = re.compile(r"(?=(?:\D*\d){4})\S{4,80}")
"""Case ids have digits and no spaces; what else is typed is not looked for among cases."""

PERSONAL = re.compile(r"\d{7,}")
"""So many digits may be a telephone or a paper: they are not put into an address."""


@dataclass(frozen=True)
class FoundPlace:
    """A place of the register."""

    code: str
    name: str
    where: str
    cases: int
    lng: float
    lat: float


@dataclass(frozen=True)
class FoundAddress:
    """A spot that the geocoder takes a text for, and how sure it is (0–1)."""

    name: str
    township: str
    level: Level
    score: float
    lng: float
    lat: float


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes
    ----------
    places : tuple of FoundPlace
        Of the person's area, those with most cases first, at most `MOST_PLACES` of ``n_places``.
    townships : tuple of (code, name)
        Of the whole city.
    addresses : tuple of FoundAddress
        The likeliest first; empty while the geocoder is not ``trained``.
    """

    places: tuple[FoundPlace, ...] = ()
    n_places: int = 0
    townships: tuple[tuple[str, str], ...] = ()
    addresses: tuple[FoundAddress, ...] = ()
    trained: bool = True

    def __bool__(self) -> bool:
        """Tell whether anything was found."""
        return bool(self.places or self.townships or self.addresses)


def search(home: Home, access: Access, text: str) -> Found:
    """Look for a text among places, townships and addresses."""
    if not plain_words(text):
        return Found()
    places, n_places = _places(home, access, text)
    trained = is_trained(home)
    return Found(
        places,
        n_places,
        _townships(home, text),
        _addresses(home, text) if trained else (),
        trained,
    )


def find_case(home: Home, access: Access, text: str) -> tuple[str, str] | None:
    """Return month and mark of the case of her area with this id; None where there is none."""
    if not (access.may(Permission.READ_CASES) and has_cases(home) and LIKE_CASE_ID.fullmatch(text)):
        return None
    try:
        month, mark = address_of(home, access.area(Permission.READ_CASES), text).split("/")
    except (NotFound, Missing):
        return None
    return month, mark


def may_stand_in_address(text: str) -> bool:
    """Tell whether a search may be seen in addresses and logs."""
    return PERSONAL.search(text) is None


def _places(home: Home, access: Access, text: str) -> tuple[tuple[FoundPlace, ...], int]:
    area, register = access.area(Permission.READ), current_places(home)
    if register is None:
        return (), 0
    at = register.positions()
    rows = find_places(home, area, text).to_dicts()
    found = tuple(
        FoundPlace(
            row["code"],
            row["name"],
            " · ".join(part for part in (row["township_name"], row["address"]) if part),
            row["cases"],
            float(register.lng[at[row["code"]]]),
            float(register.lat[at[row["code"]]]),
        )
        for row in rows[:MOST_PLACES]
    )
    return found, len(rows)


def _townships(home: Home, text: str) -> tuple[tuple[str, str], ...]:
    wanted = plain_text(text)
    named = [pair for pair in township_names(home).items() if wanted in plain_text(pair[1])]
    return tuple(sorted(named, key=lambda pair: (len(pair[1]), pair[1]))[:MOST_TOWNSHIPS])


def _addresses(home: Home, text: str) -> tuple[FoundAddress, ...]:
    version = register_version(home)
    if version is None:
        return ()
    likely = register_geocoder(home, version).candidates(text, limit=MOST_ADDRESSES)
    return tuple(
        FoundAddress(each.name, each.township or "", each.level, each.score, each.lng, each.lat)
        for each in likely
        if each.score >= LEAST_LIKELY and math.isfinite(each.lng) and math.isfinite(each.lat)
    )
