"""The place of a case without usable coordinates, from what it says.

What was decided of its text comes first. Then its address and the place it reports are asked for,
with the reported district and township as evidence: by their very name (`by_name`), else of the
geocoder. Of both answers the finer one counts, and neither where they lie more than `AGREE_M`
apart. A case that states neither is asked for the place that its title or content names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from geodata.areas import Boundaries, Places
from geodata.geocoding import LEVELS, Geocoder
from geodata.places import Decisions, TextKey
from geodata.placing.by_name import ExactNames
from geodata.placing.texts import questions_of, text_key

NAMED = "place"
"""Level of an answer that is a place of the register by its very name, or by a decision."""

ACCEPTED_FINE: tuple[str, ...] = (NAMED, "number", "lane", "estate", "intersection")
"""Levels at which an answer is a location: it gives a case its coordinates and cell."""

_ORDER = (NAMED, *LEVELS)

DECIDED, GEOCODED = "decided", "geocoded"
"""What `location_method` says of such cases."""

AGREE_M = 1000.0
"""Farther apart, a case's address and its reported place tell of two places."""

KEPT_ANSWERS = 1 << 17

_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True)
class Answer:
    """Where a text is.

    Attributes
    ----------
    method : str
        `DECIDED` or `GEOCODED`.
    level : str
        `NAMED` or one of `geodata.geocoding.LEVELS`.
    place, township : str or None
        Code of the place, name of the township.
    lng, lat : float
        NaN where the level is coarser than `ACCEPTED_FINE`.
    score : float
        Estimated probability that it is right; 1 of a decision.
    """

    method: str
    level: str
    place: str | None
    township: str | None
    lng: float
    lat: float
    score: float


Asked = tuple[str | None, str | None, str | None, str | None, str | None]
"""Question, address, reported place, district, township."""


class TextPlaces:
    """Register, geocoder and decisions, asked for texts.

    Parameters
    ----------
    geocoder : callable
        Returns the `Geocoder` of the register.
    places : Places
    decisions : Decisions
    townships : Boundaries or None
        In which reported names of townships are looked up.
    """

    def __init__(
        self,
        geocoder: Callable[[], Geocoder],
        places: Places,
        decisions: Decisions,
        townships: Boundaries | None = None,
    ) -> None:
        self._geocoder, self._places, self._decisions = geocoder, places, decisions
        self._positions = places.positions()
        self._names = ExactNames(places, townships)
        self._known: dict[Asked, Answer | None] = {}

    def find(self, cases: pl.DataFrame) -> list[Answer | None]:
        """Return the answer of each case, by its distinct texts.

        Parameters
        ----------
        cases : DataFrame
            `geodata.placing.texts.TEXT_COLUMNS`.
        """
        asked = cases.select(
            questions_of(cases), "address", "reported_place", "reported_district",
            "reported_township",
        )  # fmt: skip
        rows: list[Asked] = asked.rows()
        known = self._known
        new = [each for each in dict.fromkeys(rows) if each not in known and each[0] is not None]
        found = dict(zip(new, self._find(new), strict=True))
        answers = [found[row] if row in found else known.get(row) for row in rows]
        # Threads share the memory; each puts in whole answers, and none waits for another.
        self._known = {**known, **found} if len(known) + len(found) < KEPT_ANSWERS else found
        return answers

    def _find(self, asked: Sequence[Asked]) -> list[Answer | None]:
        answers = [self._decided(each) for each in asked]
        open_ = [i for i, answer in enumerate(answers) if answer is None]
        texts = [(asked[i][0], *asked[i][3:]) for i in open_]
        places = [(asked[i][2], *asked[i][3:]) for i in open_]
        located = self._geocode([*texts, *places])
        for i, text, place in zip(open_, texts, places, strict=True):
            answers[i] = _agreed(located.get(text), located.get(place))
        return answers

    def _decided(self, asked: Asked) -> Answer | None:
        if not len(self._decisions) or asked[0] is None:
            return None
        decision = self._decisions.by_key.get(TextKey.of(text_key(asked[0]), *asked[3:]))
        at = None if decision is None else self._positions.get(decision.place or "")
        if at is None:
            return None
        return self._answer(DECIDED, at)

    def _answer(self, method: str, at: int) -> Answer:
        """Return a place of the register as an answer."""
        code, lng, lat = self._places.codes[at], self._places.lng[at], self._places.lat[at]
        return Answer(method, NAMED, str(code), None, float(lng), float(lat), 1.0)

    def _geocode(
        self, texts: Iterable[tuple[str | None, ...]]
    ) -> dict[tuple[str | None, ...], Answer | None]:
        distinct = [each for each in dict.fromkeys(texts) if each[0]]
        if not distinct:
            return {}
        names, districts, townships = (list(column) for column in zip(*distinct, strict=True))
        named = self._names.find(names, districts, townships)
        known = {
            each: self._answer(GEOCODED, at)
            for each, at in zip(distinct, named, strict=True)
            if at is not None
        }
        return known | self._by_geocoder([each for each in distinct if each not in known])

    def _by_geocoder(
        self, distinct: list[tuple[str | None, ...]]
    ) -> dict[tuple[str | None, ...], Answer | None]:
        if not distinct:
            return {}
        names, districts, townships = (list(column) for column in zip(*distinct, strict=True))
        found = self._geocoder().geocode(names, district=districts, township=townships)
        answers: list[Answer | None] = []
        for i, level in enumerate(found.level):
            if not found.accepted[i]:
                answers.append(None)
                continue
            fine = level in ACCEPTED_FINE
            answers.append(
                Answer(
                    GEOCODED,
                    str(level),
                    self._code(found.place[i]) if fine else None,
                    found.township[i] or None,
                    float(found.lng[i]) if fine else math.nan,
                    float(found.lat[i]) if fine else math.nan,
                    float(found.score[i]),
                )
            )
        return dict(zip(distinct, answers, strict=True))

    def _code(self, code: object) -> str | None:
        at = None if code is None else self._positions.get(str(code))
        return None if at is None else str(self._places.codes[at])


def _agreed(first: Answer | None, second: Answer | None) -> Answer | None:
    """Return the finer of two answers, none where they contradict one another."""
    if first is None or second is None:
        return first or second
    if not math.isnan(first.lng) and not math.isnan(second.lng):
        aside = (first.lng - second.lng) * math.cos(math.radians(first.lat))
        if math.hypot(aside, first.lat - second.lat) * _METRES_PER_DEGREE > AGREE_M:
            return None
    return min(first, second, key=lambda answer: (_ORDER.index(answer.level), -answer.score))
