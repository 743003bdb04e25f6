"""Counts of cells by period, as compact columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.cases.disclosure import SUPPRESSED, disclosed
from app.errors import InvalidParameter
from app.hotspots.companions import LARGEST_UNASKED
from app.hotspots.disclosing import disclosed_values
from app.hotspots.filtered.counting import (
    CodeAxis,
    SpanAxis,
    Table,
    TimeAxis,
    by_state,
    count_tables,
)
from app.hotspots.filtered.forms import RESOLUTIONS
from app.hotspots.filtered.narrowing import Narrowed
from app.hotspots.filtered.series import parts_json
from app.hotspots.packing import pack, shorten_cells
from geodata.counting import REPORTS

CELLS_VERSION = 2
"""Of the layout, which the page checks."""

UNTOLD = 1
"""Stands for a small count where they are not told: all others are then rounded to fives."""

MOST_BINS = 20_000_000
"""Cells × periods that are counted at once: 80 MB."""


@dataclass(frozen=True, eq=False)
class CellCounts:
    """The cells that have cases in the window.

    Attributes
    ----------
    resolution : int
        The one asked for, or a coarser one where that would do.
    cells : ndarray of int64, shape (n,)
        In ascending order.
    by_period : ndarray of int, shape (n, periods)
        By the measure; `SUPPRESSED` for a small count that is not told.
    whole : ndarray of int, shape (n,)
        The same of all periods together, in which a caller counts once.
    """

    resolution: int
    cells: NDArray[np.int64]
    by_period: NDArray[Any]
    whole: NDArray[Any]


def count_cells(
    narrowed: Narrowed, *, size: int | None = None, coarser: bool = False, exact: bool = True
) -> CellCounts:
    """Count by cell and period; for who may see no small counts (not `exact`) disclosed.

    The cells are of the resolution `size`, by default the one that the filter chose. Those of a
    coarser one will do (`coarser`) where they are too many.

    Raises
    ------
    InvalidParameter
        More cells × periods than can be counted at once.
    """
    chosen, time = narrowed.chosen, TimeAxis(narrowed.steps)
    asked = size or chosen.cell_resolution
    resolution = _resolution(narrowed, asked, time.n, coarser=coarser)
    cells, of_code = narrowed.facts.cells_at(resolution)
    axis = CodeAxis("cell", of_code, cells.size)
    tables: list[Table] = [(axis, time), (axis, SpanAxis(narrowed.steps))]
    counts: list[NDArray[Any]] = [*count_tables(narrowed, tables, chosen.measure)]
    by_period, whole = counts if exact else map(disclosed, counts)
    with_cases = by_period.any(axis=1)
    return CellCounts(resolution, cells[with_cases], by_period[with_cases], whole[with_cases, 0])


def cells_payload(narrowed: Narrowed, *, coarser: bool = False, exact: bool = True) -> bytes:
    """Return the cells that have cases in the window, and their counts by period.

    Parameters
    ----------
    narrowed : Narrowed
    coarser : bool
        Cells of a coarser resolution will do where those asked for are too many, for the server or
        for a browser that has not asked for just these; ``resolution`` tells which came.
    exact : bool
        The reader may see small counts.

    Returns
    -------
    bytes
        As `pack` lays them out. ``cell_delta`` (`shorten_cells`) names the ``n`` cells. Counts that
        are not 0 stand one period after the other: ``start[i]`` to ``start[i + 1]`` are those of
        period i, ``place`` says which cell each is of, as the difference to the one before in the
        period (the first one as it is), and ``count`` how many; ``whole`` is the count of each cell
        in all periods together, in which a caller counts once. The header has ``version, n,
        resolution, shift, suffix, measure, periods`` (`Step.to_json`) and ``totals``: for each
        period ``all, located, township_only, unlocated`` reports. For who may see no small counts
        (not `exact`) it has ``suppressed``, too: the value that stands for one.

    Raises
    ------
    InvalidParameter
        More cells × periods than can be counted at once.
    """
    chosen, time = narrowed.chosen, TimeAxis(narrowed.steps)
    found = count_cells(narrowed, coarser=coarser, exact=exact)
    (states,) = count_tables(narrowed, [(by_state(), time)], REPORTS)
    totals = parts_json(states)
    if not exact:
        totals = disclosed_values(totals)
    shortened, deltas = shorten_cells(found.cells, found.resolution)
    by_period, whole = untold(found.by_period).T, untold(found.whole)
    period, place = np.nonzero(by_period)
    start = np.searchsorted(period, np.arange(time.n + 1))
    steps = np.diff(place, prepend=0)
    first = start[:-1][np.diff(start) > 0]
    steps[first] = place[first]
    header = {
        "version": CELLS_VERSION,
        **shortened,
        "measure": chosen.measure,
        "periods": [step.to_json() for step in time.steps],
        "totals": totals,
        **({} if exact else {"suppressed": UNTOLD}),
    }
    columns = {
        "cell_delta": deltas,
        "start": start.astype("<u4"),
        "place": _narrow(steps),
        "count": _narrow(by_period[period, place]),
        "whole": _narrow(whole),
    }
    return pack(header, columns)


def untold(counts: NDArray[Any]) -> NDArray[Any]:
    """Return counts with `UNTOLD` where one is not told."""
    return np.where(counts == SUPPRESSED, UNTOLD, counts)


def _resolution(narrowed: Narrowed, asked: int, periods: int, *, coarser: bool) -> int:
    if coarser:
        for resolution in range(asked, RESOLUTIONS[0], -1):
            n = narrowed.facts.cells_at(resolution)[0].size
            if n <= LARGEST_UNASKED and n * periods <= MOST_BINS:
                return resolution
        asked = RESOLUTIONS[0]
    _check_bins(narrowed.facts.cells_at(asked)[0].size, periods)
    return asked


def _check_bins(cells: int, periods: int) -> None:
    if cells * periods > MOST_BINS:
        raise InvalidParameter(
            f"period: {cells:,} cells × {periods:,} periods are too many (at most {MOST_BINS:,}); "
            "choose longer periods, a shorter window or coarser cells",
            f"{cells:,} 个六边形 × {periods:,} 个时段过多（最多 {MOST_BINS:,}），"
            "请选择更长的时段、更短的时间范围或更粗的精度",
        )


def _narrow(values: np.ndarray) -> np.ndarray:
    """Return whole numbers in as few bytes as the greatest needs."""
    most = int(values.max(initial=0))
    return values.astype("<u1" if most < 1 << 8 else "<u2" if most < 1 << 16 else "<u4")
