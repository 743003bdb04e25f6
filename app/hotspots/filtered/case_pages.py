"""The cases behind a count: paged, in any of a few orders, masked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from app.cases.facts.coding import Entry
from app.cases.facts.columns import SECONDS_AN_HOUR
from app.cases.listing import CASE_COLUMNS, show_rows
from app.hotspots.filtered.counting import SpanAxis, every_case
from app.hotspots.filtered.forms import CasePageFilter
from app.hotspots.filtered.narrowing import Narrowed
from geodata.left_out import read_rows
from geodata.month_files import PARTITION
from geodata.store import CaseStore
from spatial.coded_counts import Grouping, add_counts

_SHOWN = (
    "case_id", "class_1", "class_2", "title", "address", "township", "township_name", "status",
    "located", "township_only", "place", "place_name",
)  # fmt: skip

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
    """The kept cases in an order; of equal ones the newest first, then as they are stored.

    Cases are first counted by their rank in the order and their month; only the months and ranks
    that a page is in are sorted.
    """

    def __init__(self, narrowed: Narrowed, sort: str) -> None:
        self._months = narrowed.facts.months
        self._column, self._rank, n_ranks = _ranks(narrowed, sort.removeprefix("-"))
        self._kept = [narrowed.keep(month) for month in self._months]
        self._window = SpanAxis(narrowed.steps)
        counts = [np.zeros((n_ranks, 1), dtype=np.int32) for _ in self._months]
        for month, kept, into in zip(self._months, self._kept, counts, strict=True):
            rank = Grouping(month.columns[self._column], self._rank, n_ranks)
            add_counts(into, kept, rank, self._window.grouping(month))
        self._counts = np.hstack([np.empty((n_ranks, 0), dtype=np.int32), *counts])
        self._rising_time = sort == "received"
        self._falling_rank = sort.startswith("-")

    def __len__(self) -> int:
        return int(self._counts.sum())

    def between(self, begin: int, end: int) -> NDArray[np.int64]:
        """Return month and row of the cases from one place in the order until before another."""
        found = [np.empty((0, 2), dtype=np.int64)]
        ahead = 0
        for rank, month in self._pieces():
            size = int(self._counts[rank, month])
            if ahead < end and ahead + size > begin:
                rows = self._rows(rank, month)[max(begin - ahead, 0) : end - ahead]
                found.append(np.column_stack([np.full(rows.size, month), rows]))
            ahead += size
        return np.concatenate(found)

    def _pieces(self) -> list[tuple[int, int]]:
        """Return rank and month of what cases there are, in the order."""
        ranks, months = (range(n) for n in self._counts.shape)
        pieces = product(
            reversed(ranks) if self._falling_rank else ranks,
            months if self._rising_time else reversed(months),
        )
        return [piece for piece in pieces if self._counts[piece]]

    def _rows(self, rank: int, at: int) -> NDArray[np.int64]:
        """Return the rows of a month that have a rank, in the order of time."""
        month = self._months[at]
        inside = self._window.grouping(month)
        kept = self._kept[at] & (inside.group[inside.codes] >= 0)
        rows = np.flatnonzero(kept & (self._rank[month.columns[self._column]] == rank))
        second = month.columns["slot"][rows].astype(np.int64) * SECONDS_AN_HOUR
        time = second + month.columns["second"][rows]
        return rows[np.argsort(time if self._rising_time else -time, kind="stable")]


def _ranks(narrowed: Narrowed, sort: str) -> tuple[str, NDArray[np.int32], int]:
    """Return the column of an order, the place of each code in it, and how many places there are.

    No value comes last.
    """
    if sort == "received":
        every = every_case()
        return every.column, every.group, every.n
    attributed, words = narrowed.attributed, narrowed.facts.words
    column, entries = sort, words.get(sort, ())
    if sort == "township":
        names = [*attributed.names, None]
        column, entries = attributed.column, tuple((names[at],) for at in attributed.township)
    order = sorted(set(entries), key=_sorting)
    rank = {entry: place for place, entry in enumerate(order)}
    return column, np.array([rank[entry] for entry in entries], dtype=np.int32), len(order)


def _sorting(entry: Entry) -> tuple[tuple[bool, str], ...]:
    return tuple((text is None, text or "") for text in entry)


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
