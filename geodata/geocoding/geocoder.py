"""From texts to places: many addresses at once, or the candidates of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geodata.geocoding.around import put_around
from geodata.geocoding.drafts import Drafts, draft_answers, likely_points
from geodata.geocoding.gazetteer import Floats, Gazetteer, Texts
from geodata.geocoding.index import METRES_PER_DEGREE, UNKNOWN, NameIndex
from geodata.geocoding.lookups import Queries, read_queries
from geodata.geocoding.model import linear, shares
from geodata.geocoding.pairs import FEATURE, Pairs, find_pairs
from geodata.geocoding.parse import parse_address
from geodata.geocoding.training import Judged, Model, judge, train

Level = Literal["number", "lane", "estate", "intersection", "road", "community", "township"]
LEVELS: tuple[Level, ...] = (
    "number", "lane", "estate", "intersection", "road", "community", "township",
)  # fmt: skip
"""How exactly an address was placed, from most to least exact."""

BATCH = 8_192
"""Addresses taken at once: bounds memory, changes no answer."""


@dataclass(frozen=True, eq=False)
class Geocoded:
    """One answer an address, in the order asked.

    Attributes
    ----------
    place : ndarray of object, shape (n,)
        Code of the known place that is meant; None where it is between places or unknown.
    lng, lat : ndarray of float, shape (n,)
        WGS84 degrees; NaN where there is no point (nothing found, or a township alone).
    township : ndarray of object, shape (n,)
        Name as the gazetteer has it; None where nothing was found.
    level : ndarray of object, shape (n,)
        One of `LEVELS`, or None.
    score : ndarray of float, shape (n,)
        Estimated probability that the township is right and the point at most 2 km off; 0 where
        nothing was found.
    matched : ndarray of object, shape (n,)
        Text of the gazetteer's row that spoke most for the answer, or None.
    accepted : ndarray of bool, shape (n,)
        Whether the score reaches the threshold.
    within_200m : ndarray of float, shape (n,)
        Estimated probability that the point is at most 200 m off; 0 without a point.
    """

    place: Texts
    lng: Floats
    lat: Floats
    township: Texts
    level: Texts
    score: Floats
    matched: Texts
    accepted: NDArray[np.bool_]
    within_200m: Floats

    def __len__(self) -> int:
        """Return the number of addresses."""
        return len(self.score)


@dataclass(frozen=True)
class Candidate:
    """A known place that an address may mean."""

    place: str | None
    name: str
    lng: float
    lat: float
    township: str | None
    level: Level
    score: float
    """Estimated probability that it is the one meant, or next to it."""


class Geocoder:
    """Places addresses by a gazetteer.

    Parameters
    ----------
    gazetteer : Gazetteer
    threshold : float, optional
        Score from which answers are accepted; by default chosen by cross-validation within the
        gazetteer so that at most 2 % of the answers are more than 2 km off and at least 93 % in
        the right township.
    model : Model, optional
        One fitted before, for a gazetteer that has changed a little since.

    Examples
    --------
    >>> known = Gazetteer.of(
    ...     ["长宁路396弄", "长宁路410弄", "月浦九村"],
    ...     [121.42, 121.421, 121.43], [31.22, 31.22, 31.42],
    ...     place=["a", "b", "c"], township=["华阳路街道", "华阳路街道", "月浦镇"],
    ... )
    >>> found = Geocoder(known).geocode(["上海市长宁路３９６弄５号", "月浦9村", "说不清楚", None])
    >>> found.place.tolist(), found.level.tolist()
    (['a', 'c', None, None], ['lane', 'estate', None, None])
    """

    def __init__(
        self, gazetteer: Gazetteer, threshold: float | None = None, model: Model | None = None
    ) -> None:
        self._index = NameIndex(gazetteer)
        self.model = model if model is not None else train(self._index)
        self.threshold = self.model.threshold if threshold is None else threshold

    def geocode(
        self,
        texts: Sequence[str | None],
        district: Sequence[str | None] | None = None,
        township: Sequence[str | None] | None = None,
    ) -> Geocoded:
        """Place addresses; each distinct one is looked up once.

        Parameters
        ----------
        texts : sequence of str or None, length n
        district, township : sequence of str or None, length n, optional
            As reported with each: evidence, not a filter, since it may be wrong.
        """
        nothing: list[str | None] = [None] * len(texts)
        asked = list(zip(texts, district or nothing, township or nothing, strict=True))
        distinct = list(dict.fromkeys(asked))
        at = {each: row for row, each in enumerate(distinct)}
        answers = [
            self._geocode(distinct[start : start + BATCH])
            for start in range(0, max(len(distinct), 1), BATCH)
        ]
        rows = np.array([at[each] for each in asked], dtype=np.int64)
        return Geocoded(
            **{
                name: np.concatenate([getattr(answer, name) for answer in answers])[rows]
                for name in Geocoded.__dataclass_fields__
            }
        )

    def candidates(
        self, text: str, district: str | None = None, township: str | None = None, limit: int = 5
    ) -> tuple[Candidate, ...]:
        """Return the known rows that an address may mean, best first.

        Of several rows of one place the best is kept.
        """
        queries, pairs, drafts, judged = self._draft([(text, district, township)])
        if not len(pairs.query):
            return ()
        near = shares(linear(pairs.values, self.model.point_weights), pairs.query, 1)
        likely = near * drafts.share
        likely = likely / likely.sum() * judged.score[0]
        found: dict[str, Candidate] = {}
        for pair in np.lexsort((pairs.row, -np.round(likely, 12))).tolist():
            candidate = self._candidate(queries, pairs, pair, float(likely[pair]))
            found.setdefault(candidate.place or f"\0{candidate.name}", candidate)
        return tuple(found.values())[:limit]

    def _draft(
        self, asked: Sequence[tuple[str | None, str | None, str | None]]
    ) -> tuple[Queries, Pairs, Drafts, Judged]:
        addresses = [parse_address(text or "") for text, _, _ in asked]
        queries = read_queries(
            self._index, addresses, [each[1] for each in asked], [each[2] for each in asked]
        )
        pairs = find_pairs(self._index, queries)
        likely = likely_points(self._index, pairs, len(asked), self.model.point_weights)
        put_around(self._index, pairs, *likely, queries.group)
        model = self.model
        drafts = draft_answers(
            self._index, pairs, len(asked), model.area_weights, model.point_weights, queries.asks
        )
        return queries, pairs, drafts, judge(drafts, model.certainty)

    def _geocode(self, asked: Sequence[tuple[str | None, str | None, str | None]]) -> Geocoded:
        index = self._index
        queries, pairs, drafts, judged = self._draft(asked)
        n = len(asked)
        place, township, level, matched = (np.full(n, None, dtype=object) for _ in range(4))
        for at in np.flatnonzero(drafts.area != UNKNOWN).tolist():
            pair = int(drafts.pair[at])
            township[at] = index.area_names[drafts.area[at]]
            matched[at] = index.keys[pairs.row[pair]]
            level[at] = self._level(queries, pairs, pair, pointed=bool(judged.pointed[at]))
            if judged.pointed[at] and _is_place(pairs, pair):
                place[at] = self._place(int(pairs.row[pair]))
        lng, lat = self._degrees(drafts, judged.pointed)
        within = np.where(judged.pointed, judged.good, 0.0)
        return Geocoded(
            place, lng, lat, township, level, judged.score, matched,
            (judged.score >= self.threshold) & (drafts.area != UNKNOWN), within,
        )  # fmt: skip

    def _degrees(self, drafts: Drafts, pointed: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        index = self._index
        scale = np.cos(np.radians(index.middle_lat)) * METRES_PER_DEGREE
        lng = index.middle_lng + drafts.easting / scale
        lat = index.middle_lat + drafts.northing / METRES_PER_DEGREE
        return np.where(pointed, lng, np.nan), np.where(pointed, lat, np.nan)

    def _place(self, row: int) -> str | None:
        order = self._index.order[row]
        return None if order == UNKNOWN else self._index.rows.place[row]

    def _level(self, queries: Queries, pairs: Pairs, pair: int, *, pointed: bool) -> Level:
        """Return how exact an answer is that is built on a pair."""
        index = self._index
        if not pointed or index.is_seat[pairs.row[pair]]:
            return "township"
        address = queries.addresses[pairs.query[pair]]
        if address.intersection:
            return "intersection"
        name = index.names[index.post_name[pairs.post[pair]]]
        part = next((each for each in address.parts if each.name.endswith(name)), None)
        if part is None or part.kind in ("road", "name") or part.number is not None:
            return _numbered_level(pairs, pair, part.unit if part else "")
        if part.kind == "community" or _is_of(address.parts, part.kind):
            return "community"
        return "estate"

    def _candidate(self, queries: Queries, pairs: Pairs, pair: int, score: float) -> Candidate:
        index, row = self._index, int(pairs.row[pair])
        seat = bool(index.is_seat[row])
        return Candidate(
            place=self._place(row),
            name=index.keys[row] if seat else str(index.rows.texts[row]),
            lng=float(index.lng[row]),
            lat=float(index.lat[row]),
            township=index.area_names[index.area[row]],
            level=self._level(queries, pairs, pair, pointed=True),
            score=round(score, 6),
        )


def _is_place(pairs: Pairs, pair: int) -> bool:
    """Whether a pair's row is the very place, not one beside it."""
    values = pairs.values[pair]
    known = bool(pairs.known[pair])
    exact = pairs.gap[pair] == 0 or values[FEATURE["both_plain"]] > 0
    return bool(values[FEATURE["same_key"]] > 0 or (known and exact))


def _numbered_level(pairs: Pairs, pair: int, unit: str) -> Level:
    if np.isnan(pairs.gap[pair]):
        return "road" if pairs.values[pair, FEATURE["same_road"]] else "estate"
    return "lane" if unit == "弄" else "number"


def _is_of(parts: tuple[object, ...], kind: str) -> bool:
    """Whether a village stands before a hamlet that was not found."""
    return len(parts) > 1 and kind == "estate"
