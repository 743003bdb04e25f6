"""Batches: what each brought and what is left of it, and how one is taken out again."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from typing import Any

import polars as pl

from geodata.errors import NotFound
from geodata.home import Home
from geodata.locating import locate
from geodata.placing.texts import STATED, stated_question
from geodata.relocation import follow_area, pinned_cases, relocate_cases
from geodata.schema import CASE_SCHEMA
from geodata.staging import (
    area_versions,
    known_area,
    locate_tables,
    shown_by,
    staging,
    use_shown,
)
from geodata.store import CaseStore, WithdrawalCounts


@dataclass(frozen=True)
class BatchExplanation:
    """What a batch brought, and what is left of it.

    Attributes
    ----------
    facts : dict
        What its commit says: file, counts, columns, months, version and others.
    current : int
        Cases whose newest values it delivered.
    located, township_only : int
        Of these, those that have a location now, and those of which only the township is known.
    stated : int
        Of those without a location, the ones that state an address or a place: these are what the
        review is asked about, unless their texts were decided already.
    withdrawal : WithdrawalCounts or None
        What taking it out would do; None where it was withdrawn.
    """

    facts: dict[str, Any]
    current: int
    withdrawal: WithdrawalCounts | None
    located: int = 0
    township_only: int = 0
    stated: int = 0

    @property
    def unlocated(self) -> int:
        """Cases without a location, those of a known township among them."""
        return self.current - self.located


@dataclass(frozen=True)
class WithdrawalReport:
    """What taking a batch out did."""

    batch: str
    removed: int
    reverted: int
    kept: int
    version: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON line."""
        return dataclasses.asdict(self)


def explain_batch(home: Home, batch: str) -> BatchExplanation:
    """Tell what a batch brought, and what is left of it.

    Raises
    ------
    NotFound
        The store knows no such batch.
    """
    store = CaseStore(home)
    log = store.log()
    told = [entry for entry in log.entries if entry.get("batch") == batch]
    if not told:
        raise NotFound(f"the store has no batch {batch!r}", f"库中没有批次“{batch}”")
    if batch in log.withdrawn:
        return BatchExplanation(told[0], 0, None)
    columns = ["batch", "located", "township_only", *STATED]
    stored = store.scan(columns=columns).filter(pl.col("batch") == batch)
    counts = stored.select(
        current=pl.len(),
        located=pl.col("located").sum(),
        township_only=pl.col("township_only").sum(),
        stated=(~pl.col("located") & stated_question().is_not_null()).sum(),
    )
    now = counts.collect(engine="streaming").row(0, named=True)
    return BatchExplanation(told[0], withdrawal=store.withdrawal(batch).preview(), **now)


def withdraw_batch(home: Home, batch: str) -> WithdrawalReport:
    """Take a batch out: the store is then as if it had never been imported.

    Versions that runs were made from stay as they are.

    Raises
    ------
    NotFound
        There is no such batch, or it was withdrawn.
    """
    started = time.monotonic()
    store = CaseStore(home)
    with home.writing(), staging(home) as folder:
        withdrawal = store.withdrawal(batch)
        log = store.log()
        area = known_area(home, shown_by(log, without=batch))
        follow_area(store, known_area(home, use_shown(home, log)), folder)
        withdrawal = store.withdrawal(batch)
        pinned = pinned_cases(store).collect(engine="streaming").to_arrow().cast(CASE_SCHEMA)
        placed = locate_tables([pinned], area, folder, None) if len(pinned) else []
        counts = withdrawal.run(
            folder,
            lambda rows: locate(rows, area),
            {"area": area_versions(area), "shows": {}},
            placed,
        )
        use_shown(home, store.log())
    if log.shown_by_whole_store:
        # That look at the whole store had seen the batch: it is taken again.
        relocate_cases(home)
    version = store.version
    if version is None:
        raise AssertionError("a withdrawal is a commit")
    return WithdrawalReport(
        batch=batch,
        **dataclasses.asdict(counts),
        version=version,
        seconds=round(time.monotonic() - started, 3),
    )
