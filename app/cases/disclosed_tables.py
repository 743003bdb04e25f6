"""Tables with their totals: where rounding leaves one value for a small count, more is hidden.

Rounding every figure by itself is not enough in small tables: of 1, 1 and 5 with the total 7 are
shown <5, <5, 5 and 5, and only 1, 1 and 5 add up to that. Whatever is shown is therefore checked as
a curious reader would: the least and the greatest value of each suppressed count that fits
everything shown (integer programming). Where they are one, a rounded count in line with it is
hidden, or its total where all counts in line are small. All else stays what `disclosed` makes of
it, so that a figure reads the same on every page.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint
from scipy.sparse import csr_array

from app.cases.disclosure import HIDDEN, bounds, disclosed
from app.cases.fitting import BEYOND, least

Integers = NDArray[np.int64]
Axes = tuple[int, ...]
Entry = tuple[int, ...]

MOST_ENTRIES = 1_000
"""Of a table that is checked; a page shows no more."""


@dataclass(frozen=True)
class DisclosedTable:
    """A table as viewers may see it.

    Attributes
    ----------
    parts : int64[...]
        Disclosed counts, `SUPPRESSED` or `HIDDEN`.
    totals : dict
        Axes that are summed over → disclosed totals over them, `HIDDEN` where they would tell; the
        last is the grand total.
    """

    parts: Integers
    totals: dict[Axes, Integers]


def disclosed_table(counts: NDArray[Any]) -> DisclosedTable:
    """Return counts and all their totals so that no suppressed count can be reckoned.

    Parameters
    ----------
    counts : int[...]
        True counts of one, two or three dimensions.

    Raises
    ------
    ValueError
        The table has more than `MOST_ENTRIES`.

    Examples
    --------
    >>> table = disclosed_table(np.array([1, 1, 5]))
    >>> table.parts.tolist(), int(table.totals[(0,)])
    ([-1, -1, -2], 5)
    """
    true = np.asarray(counts, dtype=np.int64)
    if true.size > MOST_ENTRIES:
        raise ValueError(f"a table of {true.size} entries; at most {MOST_ENTRIES} are checked")
    parts = disclosed(true).copy()
    totals = {axes: np.array(disclosed(true.sum(axis=axes))) for axes in _margins(true.ndim)}
    while (pinned := _first_pinned(parts, totals, true)) is not None:
        _hide_beside(pinned, parts, totals)
    return DisclosedTable(parts, totals)


def feasible_range(parts: Integers, totals: dict[Axes, Integers], entry: Entry) -> tuple[int, int]:
    """Return the least and greatest value of an entry that fits everything shown.

    Examples
    --------
    >>> feasible_range(np.array([-1, -1, 5]), {(0,): np.asarray(5)}, (0,))
    (1, 1)
    """
    return _Reader(parts, totals).range_of(int(np.ravel_multi_index(entry, parts.shape)))


class _Reader:
    """What a curious reader knows of a table: bounds of the entries and of their sums."""

    def __init__(self, parts: Integers, totals: dict[Axes, Integers]) -> None:
        low, high = _bounds_of(_flat(totals))
        lowest, highest = _bounds_of(parts.ravel().tolist())
        end = high[np.isfinite(high)].max(initial=0) + BEYOND
        self.bounds = Bounds(lowest, np.minimum(highest, end))
        self.sums = LinearConstraint(_memberships(parts.shape, list(totals)), low, high)
        self.size = parts.size

    def range_of(self, entry: int) -> tuple[int, int]:
        return self._extreme(entry, 1), self._extreme(entry, -1)

    def _extreme(self, entry: int, sign: int) -> int:
        cost = np.zeros(self.size)
        cost[entry] = sign
        return sign * least(cost, self.bounds, [self.sums])


def _bounds_of(shown: list[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, high = zip(*map(bounds, shown), strict=True)
    return np.array(low, dtype=float), np.array(high, dtype=float)


def _margins(dimensions: int) -> list[Axes]:
    return [
        axes
        for count in range(1, dimensions + 1)
        for axes in combinations(range(dimensions), count)
    ]


def _flat(totals: dict[Axes, Integers]) -> list[int]:
    return [int(total) for each in totals.values() for total in each.ravel()]


def _memberships(shape: tuple[int, ...], margins: list[Axes]) -> csr_array:
    """Return the matrix that sums flattened entries to all totals, in the order of `_flat`."""
    entries = np.arange(np.prod(shape)).reshape(shape)
    rows, columns, first = [], [], 0
    for axes in margins:
        kept = tuple(n for i, n in enumerate(shape) if i not in axes)
        numbers = np.arange(int(np.prod(kept))).reshape(
            tuple(1 if i in axes else n for i, n in enumerate(shape))
        )
        rows.append((first + np.broadcast_to(numbers, shape)).ravel())
        columns.append(entries.ravel())
        first += int(np.prod(kept))
    at = (np.concatenate(rows), np.concatenate(columns))
    return csr_array((np.ones(at[0].size), at), shape=(first, entries.size))


def _first_pinned(parts: Integers, totals: dict[Axes, Integers], true: Integers) -> Entry | None:
    """Return the first entry that is not told and that only one value fits."""
    reader = _Reader(parts, totals)
    sums = {axes: np.asarray(true.sum(axis=axes)) for axes in totals}
    for found in np.argwhere(parts < 0):
        entry = tuple(int(at) for at in found)
        if _may_move(entry, parts, totals, true, sums):
            continue
        low, high = reader.range_of(int(np.ravel_multi_index(entry, parts.shape)))
        if low == high:
            return entry
    return None


def _may_move(
    entry: Entry,
    parts: Integers,
    totals: dict[Axes, Integers],
    true: Integers,
    sums: dict[Axes, Integers],
) -> bool:
    """Tell whether one more or one less changes nothing shown; most entries need no program."""
    for step in (1, -1):
        moved = [(int(true[entry]) + step, int(parts[entry]))]
        for axes, shown in totals.items():
            at = _without(entry, axes)
            moved.append((int(sums[axes][at]) + step, int(shown[at])))
        if all(_fits(value, shown) for value, shown in moved):
            return True
    return False


def _fits(value: int, shown: int) -> bool:
    low, high = bounds(shown)
    return low <= value <= high


def _without(entry: Entry, axes: Axes) -> Entry:
    return tuple(at for axis, at in enumerate(entry) if axis not in axes)


def _hide_beside(pinned: Entry, parts: Integers, totals: dict[Axes, Integers]) -> None:
    """Hide the smallest rounded count in line with an entry, else the smallest total over it."""
    in_line = [
        at
        for axis in range(parts.ndim)
        for i in range(parts.shape[axis])
        if parts[at := (*pinned[:axis], i, *pinned[axis + 1 :])] > 0
    ]
    if in_line:
        parts[min(in_line, key=lambda at: (int(parts[at]), at))] = HIDDEN
        return
    shown = [axes for axes in totals if totals[axes][_without(pinned, axes)] != HIDDEN]
    axes = min(shown, key=lambda axes: int(totals[axes][_without(pinned, axes)]))
    totals[axes][_without(pinned, axes)] = HIDDEN
