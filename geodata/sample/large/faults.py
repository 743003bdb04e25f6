"""Bad rows, planted evenly: so many of each kind, and an import must reject exactly these."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geodata.sample.demand import Integers
from geodata.sample.large.order import CSV, Order

REPEATED_ID = "superseded"
"""The row carries its neighbour's id: one of the two gives way."""

_FUTURE, _EARLY = (
    pa.scalar(np.datetime64(when), pa.timestamp("s"))
    for when in ("2099-01-01T08:00:00", "1970-01-01T08:00:00")
)

_TYPED: tuple[tuple[str, str, pa.Scalar], ...] = (
    ("missing_value", "case_id", pa.scalar(None)),
    ("missing_value", "received_at", pa.scalar(None)),
    ("future_date", "received_at", _FUTURE),
    ("too_early_date", "received_at", _EARLY),
    (REPEATED_ID, "case_id", pa.scalar(None)),
)
"""Rule that rejects the row, field, and what stands there."""

_WRITTEN: tuple[tuple[str, str, pa.Scalar], ...] = (
    ("unreadable_date", "received_at", pa.scalar("2024年13月40日")),
    ("unreadable_date", "received_at", pa.scalar("昨天上午")),
    ("unreadable_number", "lng", pa.scalar("八十三度")),
)
"""The same for what only text can hold."""


class Faults:
    """The bad rows of an order.

    Parameters
    ----------
    order : Order

    Examples
    --------
    >>> Faults(Order(1_000, faults=0.005)).by_rule()
    {'missing_value': 2, 'future_date': 1, 'too_early_date': 1, 'superseded': 1}
    """

    def __init__(self, order: Order) -> None:
        self._order = order
        self._kinds = (*_TYPED, *_WRITTEN) if order.format == CSV else _TYPED

    def by_rule(self) -> dict[str, int]:
        """Return how many rows each rule must reject; rules that reject none are left out."""
        counts: dict[str, int] = {}
        for number, (rule, _, _) in enumerate(self._kinds):
            planted = len(range(number, self._order.n_faults, len(self._kinds)))
            counts[rule] = counts.get(rule, 0) + planted
        return {rule: count for rule, count in counts.items() if count}

    def numbers(self, row: Integers) -> Integers:
        """Return the number of faults in the sample before each row.

        Parameters
        ----------
        row : ndarray of int64
            Rows of the whole sample, from 0.
        """
        return row * self._order.n_faults // self._order.cases

    def plant(self, rows: pa.Table, first_row: int) -> pa.Table:
        """Spoil rows of a batch.

        Parameters
        ----------
        rows : pyarrow.Table
        first_row : int
            Rows of the sample before it.

        Returns
        -------
        pyarrow.Table
            In a sample of text with faults, times and longitudes are text in every batch.
        """
        if not self._order.n_faults:
            return rows
        before = self.numbers(first_row + np.arange(len(rows) + 1))
        bad = np.flatnonzero(np.diff(before))
        kind = before[bad] % len(self._kinds)
        if self._order.format == CSV:
            rows = _as_text(rows, sorted({field for _, field, _ in self._kinds}))
        for number, (rule, field, value) in enumerate(self._kinds):
            spoilt = bad[kind == number]
            if rule == REPEATED_ID:
                rows = _replaced(rows, field, spoilt, _neighbours(rows[field], spoilt))
            else:
                values = pa.repeat(value.cast(rows[field].type), len(spoilt))
                rows = _replaced(rows, field, spoilt, values)
        return rows


def open_rows(order: Order, faults: Faults, first_row: int, n: int) -> NDArray[np.bool_]:
    """Return which rows of a batch come again in the second file: good ones, spread evenly."""
    row = first_row + np.arange(n + 1)
    before = faults.numbers(row)
    good = row - before
    if not order.n_updates:
        return np.zeros(n, dtype=bool)
    chosen = np.diff(good * order.n_updates // (order.cases - order.n_faults))
    flags: NDArray[np.bool_] = chosen > 0
    return flags


def _as_text(rows: pa.Table, fields: Iterable[str]) -> pa.Table:
    for field in fields:
        column = rows[field].cast(pa.string())
        rows = rows.set_column(rows.column_names.index(field), field, column)
    return rows


def _neighbours(ids: pa.ChunkedArray, spoilt: Integers) -> pa.Array:
    """Return the ids of the rows before, or after at the beginning."""
    return ids.take(pa.array(np.where(spoilt > 0, spoilt - 1, 1))).combine_chunks()


def _replaced(rows: pa.Table, field: str, spoilt: Integers, values: pa.Array) -> pa.Table:
    mask = np.zeros(len(rows), dtype=bool)
    mask[spoilt] = True
    column = rows[field].combine_chunks()
    changed = pc.replace_with_mask(column, pa.array(mask), values)
    return rows.set_column(rows.column_names.index(field), field, changed)
