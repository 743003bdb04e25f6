"""The queue of texts that no place could be told of, the most frequent first."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from app.cases.listing import has_cases
from geodata.home import Home
from geodata.places import Decisions, TextKey, read_decisions
from geodata.placing import DECIDED, GEOCODED, questions_of, text_key
from geodata.placing.texts import TEXT_COLUMNS, stated_question
from geodata.store import CaseStore

MOST_EXAMPLES = 3
_REPORTED = ("reported_district", "reported_township")

OPEN, COARSE = "open", "coarse"
"""Texts that nothing was told of, and those of which only road, community or township is known."""

STATES = (OPEN, COARSE)


@dataclass(frozen=True)
class QueueText:
    """One text of the queue.

    Attributes
    ----------
    key : TextKey
    cases : int
        Cases that say it and have no location.
    examples : tuple of str
        The most frequent ways in which it was written.
    district, township : str
        As reported.
    """

    key: TextKey
    cases: int
    examples: tuple[str, ...]
    district: str
    township: str


@dataclass(frozen=True)
class Progress:
    """How far the queue is: texts and cases, decided and all."""

    texts_done: int
    texts: int
    cases_done: int
    cases: int

    @property
    def share(self) -> float:
        """Share of the cases that is decided, 0–1."""
        return self.cases_done / self.cases if self.cases else 1.0


@dataclass(frozen=True)
class Queue:
    """What waits for review.

    Attributes
    ----------
    texts : tuple of QueueText
        Most cases first.
    progress : Progress
    """

    texts: tuple[QueueText, ...]
    progress: Progress

    def find(self, key_id: str) -> QueueText | None:
        """Return the text whose key has this id, None where it does not wait (any more)."""
        return next((text for text in self.texts if text.key.id == key_id), None)


def review_queue(home: Home, state: str = OPEN) -> Queue:
    """Return the texts that wait, without those decided since the cases were placed.

    Parameters
    ----------
    home : Home
    state : {"open", "coarse"}
    """
    version = CaseStore(home).version
    if version is None or not has_cases(home):
        return Queue((), Progress(0, 0, 0, 0))
    decisions = read_decisions(home)
    waiting, decided = _grouped(home, version)
    texts = tuple(text for text in waiting[state] if text.key not in decisions.by_key)
    return Queue(texts, _progress(waiting[state], decided, decisions))


def cases_of_texts(home: Home, *, waiting: set[TextKey], decided: set[TextKey]) -> int:
    """Count the stored cases of texts: of some that wait, and of some that were decided."""
    version = CaseStore(home).version
    if version is None or not (waiting or decided):
        return 0
    groups, known = _grouped(home, version)
    return sum(
        text.cases for texts in groups.values() for text in texts if text.key in waiting
    ) + sum(cases for key, cases in known.items() if key in decided)


def _progress(
    waiting: tuple[QueueText, ...], decided: dict[TextKey, int], decisions: Decisions
) -> Progress:
    """Count the decided texts, applied or not, and those that wait."""
    left = {text.key: text.cases for text in waiting if text.key not in decisions.by_key}
    done = {text.key: text.cases for text in waiting if text.key in decisions.by_key}
    for key, cases in decided.items():
        if key not in left:
            done[key] = done.get(key, 0) + cases
    cases_done, cases_left = sum(done.values()), sum(left.values())
    return Progress(len(done), len(done) + len(left), cases_done, cases_done + cases_left)


@lru_cache(maxsize=4)
def _grouped(
    home: Home, version: int
) -> tuple[dict[str, tuple[QueueText, ...]], dict[TextKey, int]]:
    """Return the waiting texts by state, and the cases of decided texts by key."""
    counted: dict[str, dict[TextKey, dict[tuple[str, str, str], int]]] = {
        state: defaultdict(lambda: defaultdict(int)) for state in STATES
    }
    decided: dict[TextKey, int] = defaultdict(int)
    for text, district, township, state, cases in _distinct(home, version).iter_rows():
        key = TextKey.of(text_key(text), district, township)
        if state == DECIDED:
            decided[key] += cases
        else:
            counted[state][key][text, district or "", township or ""] += cases
    return {state: _ordered(groups) for state, groups in counted.items()}, dict(decided)


def _ordered(groups: dict[TextKey, dict[tuple[str, str, str], int]]) -> tuple[QueueText, ...]:
    texts = []
    for key, written in groups.items():
        ways = sorted(written.items(), key=lambda pair: (-pair[1], pair[0]))
        _, district, township = ways[0][0]
        examples = tuple(dict.fromkeys(way for (way, _, _), _ in ways))[:MOST_EXAMPLES]
        texts.append(QueueText(key, sum(written.values()), examples, district, township))
    return tuple(sorted(texts, key=lambda text: (-text.cases, text.key)))


def _distinct(home: Home, version: int) -> pl.DataFrame:
    """Return the distinct questions of the cases without a location of their own, counted."""
    waiting = _waiting(home, version)
    by = ["question", *_REPORTED, "state"]
    stated = waiting.with_columns(stated_question()).group_by(by).len().collect(engine="streaming")
    parts = [stated.filter(pl.col("question").is_not_null())]
    if stated["question"].has_nulls():
        parts += _silent(waiting, by)
    return pl.concat(parts).group_by(by).agg(pl.col("len").sum())


def _waiting(home: Home, version: int) -> pl.LazyFrame:
    state = (
        pl.when(pl.col("location_method") == DECIDED)
        .then(pl.lit(DECIDED))
        .when(pl.col("location_method") == GEOCODED)
        .then(pl.lit(COARSE))
        .otherwise(pl.lit(OPEN))
        .alias("state")
    )
    unlocated = ~pl.col("located") | (pl.col("location_method") == DECIDED)
    frame = CaseStore(home).scan(version).filter(unlocated)
    return frame.select(*TEXT_COLUMNS, "month", state)


def _silent(waiting: pl.LazyFrame, by: list[str]) -> list[pl.DataFrame]:
    """Count what titles and contents name, a month at a time: contents are long."""
    silent = waiting.filter(stated_question().is_null())
    parts = []
    for month in silent.select(pl.col("month").unique()).collect().to_series().sort():
        cases = silent.filter(pl.col("month") == month).collect(engine="streaming")
        asked = cases.with_columns(questions_of(cases)).filter(pl.col("question").is_not_null())
        parts.append(asked.group_by(by).len())
    return parts
