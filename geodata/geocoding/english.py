"""An English street address taken apart: number, street, city and postcode, or a crossing."""

from __future__ import annotations

import re

from geodata.geocoding.address import Address, Part, Relation

_STREET_TYPES = {
    "ALLEY": "ALY", "ALLY": "ALY", "AVENUE": "AVE", "AV": "AVE", "BOULEVARD": "BLVD",
    "BRIDGE": "BRG",
    "CIRCLE": "CIR", "COURT": "CT", "CRESCENT": "CRES", "DRIVE": "DR", "EXPRESSWAY": "EXPY",
    "EXTENSION": "EXT", "FREEWAY": "FWY", "GARDENS": "GDNS", "GREEN": "GRN", "HEIGHTS": "HTS",
    "HIGHWAY": "HWY", "LANE": "LN", "PARK": "PARK", "PARKWAY": "PKWY", "PKY": "PKWY", "PLACE": "PL",
    "PLAZA": "PLZ", "ROAD": "RD", "ROW": "ROW", "SQUARE": "SQ", "STREET": "ST", "STR": "ST",
    "TERRACE": "TER", "TERR": "TER", "TRAIL": "TRL", "TURNPIKE": "TPKE", "WALK": "WALK",
    "WAY": "WAY", "WHARF": "WHARF", "PATH": "PATH", "LOOP": "LOOP", "MALL": "MALL",
}  # fmt: skip
_STREET_WORDS = frozenset(_STREET_TYPES) | frozenset(_STREET_TYPES.values())
_DIRECTIONS = {
    "NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W",
    "NORTHEAST": "NE", "NORTHWEST": "NW", "SOUTHEAST": "SE", "SOUTHWEST": "SW",
}  # fmt: skip
_ORDINALS = {
    "FIRST": "1ST", "SECOND": "2ND", "THIRD": "3RD", "FOURTH": "4TH", "FIFTH": "5TH",
    "SIXTH": "6TH", "SEVENTH": "7TH", "EIGHTH": "8TH", "NINTH": "9TH", "TENTH": "10TH",
}  # fmt: skip
_OTHER_WORDS = {"SAINT": "ST", "MOUNT": "MT", "FORT": "FT", "DOCTOR": "DR"}

_CROSSING_WORD = re.compile(r"^(?:THE )?(?:INTERSECTION|CORNER|CROSSING|CNR) (?:OF )?")
_BETWEEN = re.compile(r" (?:&|AND|AT|@|X) |\s*[&@]\s*")
_POSTCODE = re.compile(r"\b(\d{5})(?:-\d{4})?$")
_STATE = re.compile(r" (?:[A-Z]{2}|USA)$")
_APARTMENT = re.compile(
    r" (?:(?:APT|APARTMENT|UNIT|STE|SUITE|RM|ROOM|FL|FLOOR|BLDG|BUILDING|#)(?:\.| |(?=[#\d]))"
    r"\s*#?\s*"
    r"([A-Z]?\d*[A-Z]?)|#\s*(\w+))(?=$| )"
)
_NUMBER = re.compile(r"^(\d+)(?:-\d+)?([A-Z]|\s1/2|R)? (?=\S)")
_RELATION = re.compile(r"^(NEAR|NEXT TO|BY|OPPOSITE|ACROSS FROM|IN FRONT OF) ")


def parse_english(text: str) -> Address:
    """Take a normalised English address apart.

    Parameters
    ----------
    text : str
        From `geodata.geocoding.normalise`.

    Examples
    --------
    >>> found = parse_english("123 NORTH MAIN STREET APT 4 SPRINGFIELD MA 02134")
    >>> found.number, found.road, found.room, found.township, found.postcode
    (123, 'N MAIN ST', '4', 'SPRINGFIELD', '02134')
    >>> parse_english("INTERSECTION OF A ST & B AVENUE").names
    ('A ST', 'B AVE')
    """
    rest = " ".join(text.replace(".", " ").split())
    relation = _RELATION.match(rest)
    rest = rest[relation.end() :] if relation else rest
    rest, postcode = _cut_postcode(rest)
    crossing = _CROSSING_WORD.match(rest)
    streets = _BETWEEN.split(rest[crossing.end() :] if crossing else rest)
    how: Relation = "at" if relation is None else "opposite" if relation[1][0] in "OA" else "near"
    if len(streets) == 2 and all(streets) and not _NUMBER.match(streets[0]):
        (first, before), (second, after) = (_street(each) for each in streets)
        parts = (Part(first, "road"), Part(second, "road"))
        key = "×".join(sorted((first, second)))
        return Address(
            key,
            parts,
            None,
            after or before,
            None,
            None,
            None,
            True,
            how,
            postcode,
        )
    found = _APARTMENT.search(rest)
    room = (found[1] or found[2]) if found else None
    rest = f"{rest[: found.start()]}{rest[found.end() :]}" if found else rest
    number = _NUMBER.match(f"{rest} ")
    name, town = _street(rest[number.end() :] if number else rest)
    if not name:
        return Address("", (), relation=how, postcode=postcode)
    value = int(number[1]) if number and len(number[1]) < 7 else None
    kind = "road" if value is not None or name.split()[-1] in _STREET_TYPES.values() else "name"
    part = Part(name, kind, value, "号" if value is not None else "")  # type: ignore[arg-type]
    key = f"{value} {name}" if value is not None else name
    return Address(key, (part,), None, town, None, None, room, False, how, postcode)


def is_street(name: str) -> bool:
    """Tell whether a name as it is parsed ends with the type of a street.

    Examples
    --------
    >>> is_street("N MAIN ST"), is_street("PARK AVE S"), is_street("JOHN SMITH")
    (True, True, False)
    """
    words = name.split()
    while len(words) > 2 and words[-1] in {*_DIRECTIONS.values(), "EXT"}:
        words.pop()
    return len(words) > 1 and words[-1] in _STREET_TYPES.values()


def _cut_postcode(text: str) -> tuple[str, str | None]:
    found = _POSTCODE.search(text)
    if found and found.start() > 0:
        text = text[: found.start()].rstrip()
    state = _STATE.search(text)
    if state and state[0].strip() not in _STREET_WORDS and len(text.split()) > 2:
        text = text[: state.start()]
    return text, found[1] if found and found.start() > 0 else None


def _street(text: str) -> tuple[str, str | None]:
    """Return a street in one way of writing, and the town that follows it."""
    words = text.split()
    last = next(
        (
            at
            for at in range(1, len(words))
            if words[at] in _STREET_WORDS and not _goes_on(words, at)
        ),
        None,
    )
    if last is None:
        return " ".join(_word(word) for word in words), None
    end = last + 1
    while end < len(words) and words[end] in {*_DIRECTIONS.values(), "EXT"}:
        end += 1
    return " ".join(_word(word) for word in words[:end]), " ".join(words[end:]) or None


def _goes_on(words: list[str], at: int) -> bool:
    """Whether a street's type is only a word in its name: Park Street, Court Square."""
    return at + 1 < len(words) and words[at + 1] in _STREET_WORDS and words[at + 1] != "PARK"


def _word(word: str) -> str:
    for table in (_STREET_TYPES, _DIRECTIONS, _ORDINALS, _OTHER_WORDS):
        if word in table:
            return table[word]
    return word
