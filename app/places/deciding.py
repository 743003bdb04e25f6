"""What a planner does with a text of the queue, and the candidates she chooses from."""

from __future__ import annotations

from dataclasses import dataclass

import shapely
from rapidfuzz import fuzz

from app.accounts.access import Access
from app.accounts.areas import Area
from app.accounts.permissions import Permission
from app.places import keeping
from app.places.decisions import require_decision
from app.places.listing import register_version
from app.places.review import QueueText
from app.translation import _
from geodata.geocoding import Candidate, normalise, parse_address
from geodata.home import Home
from geodata.places import (
    Decision,
    Place,
    current_places,
    decide,
    read_decisions,
    undo_decision,
)
from geodata.places.records import plain_text
from geodata.placing import register_geocoder
from geodata.privacy import mask_address

MOST_CANDIDATES = 5
ALIKE = 60
"""Similarity, 0–100, from which two names look alike: at least three letters of five are shared."""


@dataclass(frozen=True)
class Choice:
    """A candidate as the page shows it.

    Attributes
    ----------
    number : int
        From 1: the key to press.
    place : str or None
        Code in the register.
    name, township, level : str
    score : float
        Estimated probability that it is the one meant, or next to it.
    lng, lat : float
    why : tuple of str
        What speaks for it and against it.
    """

    number: int
    place: str | None
    name: str
    township: str
    level: str
    score: float
    lng: float
    lat: float
    why: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether its point is one of its own, not the centre of the area that it names."""
        return self.level != "township"


def candidates_of(home: Home, area: Area, text: QueueText) -> list[Choice]:
    """Return the places of an area that a text may mean, the likeliest first, each place once."""
    version = register_version(home)
    if version is None:
        return []
    found = register_geocoder(home, version).candidates(
        text.examples[0],
        district=text.district or None,
        township=text.township or None,
        limit=MOST_CANDIDATES,
    )
    here = [each for each in found if area.has_township(each.township)]
    return [
        Choice(
            number=number,
            place=each.place,
            name=each.name,
            township=each.township or "",
            level=each.level,
            score=each.score,
            lng=each.lng,
            lat=each.lat,
            why=_why(text, each),
        )
        for number, each in enumerate(here, start=1)
    ]


def _why(text: QueueText, candidate: Candidate) -> tuple[str, ...]:
    """Say what the candidate shares with the text and with what was reported beside it."""
    said = [_name_beside(text.examples[0], candidate.name)]
    if text.township and candidate.township:
        same = plain_text(text.township)[:2] == plain_text(candidate.township)[:2]
        said.append(_("街乡镇与登记一致") if same else _("街乡镇与登记不一致"))
    return tuple(said)


def _name_beside(text: str, name: str) -> str:
    asked, known = plain_text(text), plain_text(name)
    if known and known in asked:
        return _("文本中有这个名称")
    if asked and asked in known:
        return _("名称中有这段文本")
    roads = [parse_address(normalise(each)).road for each in (text, name)]
    if roads[0] and roads[0] == roads[1]:
        return _("同一条路，号不同")
    return _("名称相近") if fuzz.ratio(asked, known) >= ALIKE else _("名称不同")


def name_for(text: QueueText) -> str:
    """Return a name for a place that a text means: its address without building, unit and room.

    Empty where nothing but the text itself would do and that tells of a person.
    """
    address = parse_address(normalise(text.examples[0])).key
    name = address or text.examples[0]
    return name if mask_address(name) == name else ""


def place_for_text(
    access: Access,
    home: Home,
    text: QueueText,
    name: str,
    kind: str | None,
    lng: float,
    lat: float,
) -> Place:
    """Make a place at a point of the map, with the text's address as its alias.

    The text itself may name a caller or a flat; the decision has it, the register must not.
    """
    alias = name_for(text)
    made = Place(
        code="",
        name=name,
        geometry=shapely.Point(lng, lat),
        aliases=(alias,) if alias else (),
        kind=kind,
        address=None,
    )
    return keeping.add(access, home, made)


def decide_text(
    access: Access,
    home: Home,
    text: QueueText,
    *,
    place: str | None,
    how: str,
    reason: str = "",
) -> Decision:
    """Keep what was decided of a text of the person's queue.

    Raises
    ------
    NotFound
        There is no such place.
    Forbidden
        It lies outside the person's area.
    InvalidPlaces
        Neither a place nor a reason was given.
    """
    code = None
    if place is not None:
        code = keeping.get(access, home, place, Permission.KEEP_PLACES).code
    earlier = read_decisions(home).by_key.get(text.key)
    made = decide(
        home,
        text.key,
        example=text.examples[0],
        place=code,
        how=how,
        reason=reason,
        cases=text.cases,
        state=text.state,
        by=access.who,
    )
    before = None if earlier is None else _told(earlier)
    access.record("text.decide", ("text", text.key.id), before, _told(made))
    return made


def undo(access: Access, home: Home, number: int) -> Place | None:
    """Take a decision back, and with it the place that it made on the map; return that place.

    A place that was changed since, or that other decisions name, stays: None.

    Raises
    ------
    NotFound
        There is no such decision, or it is undone already.
    Forbidden
        It is of a text, or names a place, outside the person's area.
    """
    require_decision(access, home, number)
    undone = undo_decision(home, number, by=access.who)
    access.record("text.undo", ("text", undone.key.id), _told(undone))
    if undone.how != "map" or undone.place is None:
        return None
    if any(each.place == undone.place for each in read_decisions(home).by_key.values()):
        return None
    return keeping.remove_added(access, home, undone.place)


def _told(decision: Decision) -> dict[str, object]:
    """Return what the audit keeps of a decision: text and reason stand only among the decisions."""
    return {
        "place": decision.place,
        "how": decision.how,
        "cases": decision.cases,
    }


def place_names(home: Home) -> dict[str, str]:
    """Map codes, former ones too, to the names of places."""
    places = current_places(home)
    return (
        {} if places is None else {c: str(places.names[i]) for c, i in places.positions().items()}
    )
