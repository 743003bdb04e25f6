"""A batch on its way into the store, and what it meets there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from geodata.schema import SOURCE_COLUMNS
from geodata.store.commit_log import CommitLog
from geodata.store.folding import BatchFacts
from geodata.store.history import History
from geodata.store.recognising import RowsToldAgain
from geodata.store.tables import Facts, MonthTable


@dataclass(frozen=True)
class Incoming:
    """A batch and the store.

    Attributes
    ----------
    cases : MonthTable
    history : History
    log : CommitLog
    staged : sequence of Path
        Files of `geodata.month_files`.
    told_again : RowsToldAgain
        The batch's other rows: the store has them.
    facts : dict
        Of the commit: ``batch`` names the batch, ``columns`` those that the file had; all when not
        given.
    """

    cases: MonthTable
    history: History
    log: CommitLog
    staged: Sequence[Path]
    told_again: RowsToldAgain
    facts: Facts

    @property
    def batches(self) -> dict[str, BatchFacts]:
        """The store's batches and, as the latest, this one."""
        order = 1 + max((batch.order for batch in self.log.batches.values()), default=0)
        columns = tuple(self.facts.get("columns", SOURCE_COLUMNS))
        return {**self.log.batches, self.facts["batch"]: BatchFacts(order, columns)}
