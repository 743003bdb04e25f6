"""Titles and contents by joining columns of words: the sample city's own sentences, fast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import Formatter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geodata.sample.demand import REPEAT, Integers
from geodata.sample.large.city import LargeCity
from geodata.sample.large.reports import Reports
from geodata.sample.taxonomy import subjects
from geodata.sample.texts import AGAIN, ASKS, OPENINGS, SINCE

_FIELDS = ("place", "building", "road", "township", "since", "n")
_NUMBERS = tuple(str(n) for n in range(2, 7))


@dataclass(frozen=True)
class Templates:
    """Sentences with holes, cut into pieces.

    Attributes
    ----------
    first, number : ndarray of int64, shape (subjects,)
        Templates of each subject.
    pieces : ndarray of int64, shape (templates, longest)
        Index of a word, or -1 - the index of a field.
    """

    first: Integers
    number: Integers
    pieces: NDArray[np.int64]


class Wording:
    """Words every report of a city.

    Parameters
    ----------
    city : LargeCity
    """

    def __init__(self, city: LargeCity) -> None:
        self._words: list[str] = [""]
        self._titles = self._templates([subject.titles for subject in subjects()])
        self._bodies = self._templates([subject.bodies for subject in subjects()])
        self._openings = self._add([*OPENINGS, *AGAIN])
        names = city.layout.names
        asks = [f"。{ask.format(township=name)}" for name in names for ask in ASKS]
        self._asks = self._add(asks)
        spoken, self._building = np.unique(city.buildings.names, return_inverse=True)
        self._start = {
            "place": self._add(city.origins.names),
            "building": self._add(spoken.tolist()),
            "road": self._add(city.origins.roads),
            "township": self._add(names),
            "since": self._add(SINCE),
            "n": self._add(_NUMBERS),
        }
        self._township = city.origins.township
        self._dictionary = pa.array(self._words, pa.string())

    def write(self, reports: Reports, rng: np.random.Generator) -> tuple[pa.Array, pa.Array]:
        """Return title and content of every report."""
        n = len(reports.origin)
        township = self._township[reports.origin]
        values = {
            "place": reports.origin,
            "building": self._building[reports.building],
            "road": reports.origin,
            "township": township,
            "since": rng.integers(0, len(SINCE), n),
            "n": rng.integers(0, len(_NUMBERS), n),
        }
        fields = [self._start[name] + values[name] for name in _FIELDS]
        opening = rng.integers(0, len(OPENINGS), n)
        again = len(OPENINGS) + rng.integers(0, len(AGAIN), n)
        opening = self._openings + np.where(reports.relation == REPEAT, again, opening)
        ask = self._asks + township * len(ASKS) + rng.integers(0, len(ASKS), n)
        title = self._pieces(self._titles, reports, fields)
        body = self._pieces(self._bodies, reports, fields)
        return self._joined(title), self._joined([opening, *body, ask])

    def _pieces(
        self, templates: Templates, reports: Reports, fields: Sequence[Integers]
    ) -> list[Integers]:
        number = templates.number[reports.subject]
        template = templates.first[reports.subject] + (reports.wording * number).astype(np.int64)
        columns = []
        for piece in templates.pieces.T:
            word = piece[template]
            for index in np.unique(piece[piece < 0]).tolist():
                word = np.where(word == index, fields[-1 - index], word)
            columns.append(word)
        return columns

    def _joined(self, columns: Sequence[Integers]) -> pa.Array:
        words = [self._dictionary.take(pa.array(column)) for column in columns]
        return pc.binary_join_element_wise(*words, "")

    def _add(self, words: Sequence[str]) -> int:
        start = len(self._words)
        self._words += words
        return start

    def _templates(self, sentences: list[tuple[str, ...]]) -> Templates:
        number = np.array([len(of_subject) for of_subject in sentences])
        cut = [self._cut(sentence) for of_subject in sentences for sentence in of_subject]
        pieces = np.zeros((len(cut), max(map(len, cut))), dtype=np.int64)
        for row, indices in zip(pieces, cut, strict=True):
            row[: len(indices)] = indices
        return Templates(np.cumsum(number) - number, number, pieces)

    def _cut(self, sentence: str) -> list[int]:
        indices = []
        for literal, field, _, _ in Formatter().parse(sentence):
            if literal:
                indices.append(self._add([literal]))
            if field is not None:
                indices.append(-1 - _FIELDS.index(field))
        return indices
