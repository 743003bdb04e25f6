"""The cases behind a count: paged, in any of a few orders, masked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from app.cases.facts.coding import Entry
from app.cases.facts.columns import SECONDS_AN_HOUR
from app.cases.facts.table import Month
from app.cases.listing import CASE_COLUMNS, show_rows
from app.hotspots.filtered.forms import CasePageFilter
from app.hotspots.filtered.narrowing import Narrowed
from app.hotspots.filtered.periods import steps_of_slots
from geodata.left_out import read_rows
from geodata.month_files import PARTITION
from geodata.store import CaseStore

_SHOWN = (
    "case_id", "class_1", "class_2", "title", "address", "township", "township_name", "status",
    "located", "township_only", "place", "place_name",
)  # fmt: skip

_TIME_BITS = 33
"""Bits of a time in the keys of the order: months in the higher ones, seconds of 31 days below."""

_SECOND_BITS = 22

AddressOf = Callable[[str, str], str]
"""Takes month and mark of a case, gives the address of its page."""


def cases_json(narrowed: Narrowed, chosen: CasePageFilter, address_of: AddressOf) -> dict[str, Any]:
    """Return one page of the cases that the filter keeps.

    Returns
    -------
    dict
        ``total, page, pages, size, sort, rows``: ``case_id, received, class_1, class_2, title,
        address, township, township_name, status, located, township_only, place, place_name, url``;
        texts are masked.
    """
    found = _Ordered(narrowed, chosen.sort)
    pages = max(1, -(-len(found) // chosen.size))
    page = min(chosen.page, pages)
    wanted = found.between((page - 1) * chosen.size, page * chosen.size)
    shown = show_rows(narrowed.home, _read(narrowed, wanted))
    rows = [
        {
            "received": f"{row['received']:%Y-%m-%d %H:%M}",
            **{name: row[name] for name in _SHOWN},
            "url": address_of(row["month"], row["mark"]),
        }
        for row in shown
    ]
    return {
        "version": narrowed.facts.version,
        "total": len(found),
        "page": page,
        "pages": pages,
        "size": chosen.size,
        "sort": chosen.sort,
        "rows": rows,
    }


class _Ordered:
    """The kept cases in an order; of equal ones the newest first, then as they are stored."""

    def __init__(self, narrowed: Narrowed, sort: str) -> None:
        self._falling = sort.startswith("-")
        self._column, rank = _ranks(narrowed, sort.removeprefix("-"))
        places, keys = [], []
        for at, month in enumerate(narrowed.facts.months):
            rows = np.flatnonzero(_in_window(narrowed, month) & narrowed.keep(month))
            places.append(np.column_stack([np.full(rows.size, at), rows]))
            keys.append(self._keys(month, at, rows, rank))
        self._places = np.concatenate([np.empty((0, 2), dtype=np.int64), *places])
        self._all_keys = np.concatenate([np.empty(0, dtype=np.int64), *keys])

    def __len__(self) -> int:
        return int(self._all_keys.size)

    def between(self, begin: int, end: int) -> NDArray[np.int64]:
        """Return month and row of the cases from one place in the order until before another."""
        keys, end = self._all_keys, min(end, len(self))
        if begin >= end:
            return self._places[:0]
        parted = np.partition(keys, [begin, end - 1])
        least, most = parted[begin], parted[end - 1]
        ahead = np.count_nonzero(keys < least)
        near = np.flatnonzero((keys >= least) & (keys <= most))
        ordered = near[np.argsort(keys[near], kind="stable")]
        return self._places[ordered[begin - ahead : end - ahead]]

    def _keys(
        self, month: Month, at: int, rows: NDArray[np.int64], rank: NDArray[np.int64] | None
    ) -> NDArray[np.int64]:
        second = month.columns["slot"][rows].astype(np.int64) * SECONDS_AN_HOUR
        time = (at << _SECOND_BITS) + second + month.columns["second"][rows]
        turn = -1 if self._falling else 1
        if rank is None:
            return np.asarray(turn * time)
        of_row = rank[month.columns[self._column][rows]]
        return np.asarray((turn * of_row << _TIME_BITS) - time)


def _ranks(narrowed: Narrowed, sort: str) -> tuple[str, NDArray[np.int64] | None]:
    """Return the column of an order, and the place of each code in it; no value comes last."""
    if sort == "received":
        return sort, None
    attributed, words = narrowed.attributed, narrowed.facts.words
    column, entries = sort, words.get(sort, ())
    if sort == "township":
        names = [*attributed.names, None]
        column, entries = attributed.column, tuple((names[at],) for at in attributed.township)
    order = sorted(set(entries), key=_sorting)
    rank = {entry: place for place, entry in enumerate(order)}
    return column, np.array([rank[entry] for entry in entries], dtype=np.int64)


def _sorting(entry: Entry) -> tuple[tuple[bool, str], ...]:
    return tuple((text is None, text or "") for text in entry)


def _in_window(narrowed: Narrowed, month: Month) -> NDArray[np.bool_]:
    inside = steps_of_slots(month, narrowed.steps) >= 0
    return np.asarray(inside[month.columns["slot"]])


def _read(narrowed: Narrowed, wanted: NDArray[np.int64]) -> pl.DataFrame:
    """Read the rows of cases, given by month and place in it, in their order."""
    files = CaseStore(narrowed.home).month_files(narrowed.facts.version)
    tables, order = [], []
    for at in np.unique(wanted[:, 0]):
        name = narrowed.facts.months[at].name
        mine = np.flatnonzero(wanted[:, 0] == at)
        tables.append(_rows_of_month(files[name], wanted[mine, 1], name))
        order.append(mine)
    if not tables:
        return pl.DataFrame(schema=dict.fromkeys(CASE_COLUMNS, pl.String))
    rows = pl.DataFrame(pl.from_arrow(pa.concat_tables(tables)))
    return rows.select(pl.all().gather(np.argsort(np.concatenate(order))))


def _rows_of_month(files: Sequence[Path], places: NDArray[np.int64], month: str) -> pa.Table:
    """Read rows by their places in a month, whose files come one after the other."""
    names = [name for name in CASE_COLUMNS if name != PARTITION]
    sizes = [pq.read_metadata(path).num_rows for path in files]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    of_row = np.searchsorted(starts, places, side="right") - 1
    parts = [
        read_rows(path, names, places[of_row == at] - starts[at])
        for at, path in enumerate(files)
        if (of_row == at).any()
    ]
    back = np.argsort(np.argsort(of_row, kind="stable"), kind="stable")
    rows = pa.concat_tables(parts).take(back)
    return rows.append_column(PARTITION, pa.array([month] * len(rows)))
