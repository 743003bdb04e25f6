"""The life of one case: what was delivered of it, and what each delivery changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from geodata.schema import SOURCE_COLUMNS
from geodata.store.folding import DERIVED, BatchFacts, in_order, resolve_witnesses

_TOLD = tuple(name for name in SOURCE_COLUMNS if name not in (*DERIVED, "case_id"))


@dataclass(frozen=True)
class Delivery:
    """A row of the case as a batch delivered it.

    Attributes
    ----------
    batch : str
    time : datetime
        The source's own time of the row.
    same_as : str or None
        Batch that had delivered the same values before.
    values : dict
        Column → value, for the columns that the batch's file had.
    """

    batch: str
    time: datetime
    same_as: str | None
    values: dict[str, Any]


@dataclass(frozen=True)
class Change:
    """A field that a later delivery gave another value."""

    field: str
    before: Any
    after: Any
    batch: str
    time: datetime


@dataclass(frozen=True)
class CaseLife:
    """A case from its first delivery to its current row.

    Attributes
    ----------
    case_id : str
    current : dict
        The row in the store.
    deliveries : tuple of Delivery
        In the order of the source's own time, then of import.
    changes_by_delivery : tuple of tuple of Change
        What each delivery changed; the values of the first one are no changes.
    """

    case_id: str
    current: dict[str, Any]
    deliveries: tuple[Delivery, ...]
    changes_by_delivery: tuple[tuple[Change, ...], ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, in the same order."""
        return tuple(change for changes in self.changes_by_delivery for change in changes)


def tell_life(
    current: dict[str, Any], deliveries: pl.DataFrame, batches: Mapping[str, BatchFacts]
) -> CaseLife:
    """Tell a case's life from its current row and its rows of the history."""
    rows = in_order(resolve_witnesses(deliveries), batches)
    told: list[Delivery] = []
    changed: list[tuple[Change, ...]] = []
    state: dict[str, Any] = {}
    for row in rows.iter_rows(named=True):
        columns = batches[row["batch"]].columns
        values = {name: row[name] for name in _TOLD if name in columns}
        changes = (
            Change(name, state.get(name), value, row["batch"], row["time"])
            for name, value in values.items()
            if told and value != state.get(name)
        )
        changed.append(tuple(changes))
        state |= values
        told.append(Delivery(row["batch"], row["time"], row["same_as"], values))
    return CaseLife(current["case_id"], current, tuple(told), tuple(changed))
