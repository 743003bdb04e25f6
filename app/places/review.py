"""The queue of texts that no place could be told of, the most frequent first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from app.accounts.areas import Area
from app.cases.listing import has_cases
from app.places.waiting_texts import OPEN, texts_within, waiting_texts
from geodata.home import Home
from geodata.places import Decisions, TextKey, read_decisions
from geodata.placing import DECIDED
from geodata.store import CaseStore


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
    state : str
        List in which it waits.
    """

    key: TextKey
    cases: int
    examples: tuple[str, ...]
    district: str
    township: str
    state: str = OPEN


@dataclass(frozen=True)
class Progress:
    """How far a list of the queue is: its texts and their cases, decided and all."""

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
    waiting : DataFrame
        As `waiting_texts`, most cases first.
    progress : Progress
    """

    waiting: pl.DataFrame
    progress: Progress

    def __len__(self) -> int:
        """Return how many texts wait."""
        return self.waiting.height

    def texts(self, first: int = 0, most: int | None = None) -> tuple[QueueText, ...]:
        """Return some of the texts, from a position counted from 0."""
        return _texts_of(self.waiting.slice(first, most))

    def find(self, key_id: str) -> QueueText | None:
        """Return the text whose key has this id, None where it does not wait (any more)."""
        at = self.position(key_id)
        return None if at is None else self.texts(at, 1)[0]

    def position(self, key_id: str) -> int | None:
        """Return where in the queue a text waits, from 0; None where it does not (any more)."""
        if self.waiting.is_empty():
            return None
        return self.waiting["id"].index_of(key_id)


def review_queue(home: Home, area: Area, state: str = OPEN) -> Queue:
    """Return the texts of an area that wait, without those decided since the cases were placed.

    Parameters
    ----------
    home : Home
    area : Area
    state : {"open", "coarse"}
    """
    version = CaseStore(home).version
    if version is None or not has_cases(home):
        return Queue(pl.DataFrame(), Progress(0, 0, 0, 0))
    decisions = read_decisions(home)
    known = texts_within(waiting_texts(home, version), area)
    here = known.filter(pl.col("state") == state)
    is_decided = pl.col("id").is_in(_ids(decisions.by_key))
    left = here.filter(~is_decided)
    applied = known.filter(pl.col("state") == DECIDED)
    done = pl.concat([here.filter(is_decided), applied.filter(_decided_in(state, decisions))])
    return Queue(left, _progress(done, left))


def cases_of_texts(home: Home, *, waiting: set[TextKey], decided: set[TextKey]) -> int:
    """Count the stored cases of texts: of some that wait, and of some that were decided."""
    version = CaseStore(home).version
    if version is None or not (waiting or decided):
        return 0
    is_applied = pl.col("state") == DECIDED
    counted = pl.when(is_applied).then(pl.col("id").is_in(_ids(decided)))
    asked = waiting_texts(home, version).filter(
        counted.otherwise(pl.col("id").is_in(_ids(waiting)))
    )
    return int(asked["cases"].sum())


def _decided_in(state: str, decisions: Decisions) -> pl.Expr:
    """Tell which texts were decided in a list; those of which it is not known, in the first."""
    here = (key for key, made in decisions.by_key.items() if (made.state or OPEN) == state)
    return pl.col("id").is_in(_ids(here))


def _progress(done: pl.DataFrame, left: pl.DataFrame) -> Progress:
    cases_done, cases_left = int(done["cases"].sum()), int(left["cases"].sum())
    # What was applied may have come again since: one text, in two rows.
    texts_done = done["id"].n_unique()
    return Progress(texts_done, texts_done + left.height, cases_done, cases_done + cases_left)


def _ids(keys: Iterable[TextKey]) -> list[str]:
    return [key.id for key in keys]


def _texts_of(rows: pl.DataFrame) -> tuple[QueueText, ...]:
    return tuple(
        QueueText(
            key=TextKey(row["text"], row["district"], row["township"]),
            cases=row["cases"],
            examples=tuple(row["examples"]),
            district=row["reported_district"],
            township=row["reported_township"],
            state=row["state"],
        )
        for row in rows.iter_rows(named=True)
    )
