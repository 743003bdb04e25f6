"""Counting rows whose columns are codes: which are kept, how many there are, how many distinct.

Rows lie in columns of small whole numbers, each the place of a value in a list. A question then
comes down to tables by code: a condition is a table of yes and no, a grouping a table of groups. No
text is compared, and a row costs a few steps for each column that matters, so that millions of
cases are counted while a person waits. Code 0 stands for "none" by agreement of those who make the
columns; only `count_distinct` gives it a meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial._checks import check_same_length
from spatial._compiled import compiled

LEFT_OUT = -1
"""In place of a group, for codes whose rows are not counted."""

Codes = NDArray[Any]
"""Unsigned whole numbers, of any width."""


@dataclass(frozen=True, eq=False)
class Condition:
    """Rows are kept whose code is allowed.

    Attributes
    ----------
    codes : ndarray of unsigned int, shape (rows,)
    allowed : ndarray of bool, shape (codes,)
    """

    codes: Codes
    allowed: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Grouping:
    """Rows are grouped by a table over their codes.

    Attributes
    ----------
    codes : ndarray of unsigned int, shape (rows,)
    group : ndarray of int32, shape (codes,)
        Group of each code, 0 to ``n - 1``, or `LEFT_OUT`.
    n : int
        Number of groups.
    """

    codes: Codes
    group: NDArray[np.int32]
    n: int


def keep_rows(n_rows: int, conditions: Sequence[Condition]) -> NDArray[np.bool_]:
    """Tell which rows meet all conditions.

    Parameters
    ----------
    n_rows : int
    conditions : sequence of Condition

    Returns
    -------
    ndarray of bool, shape (n_rows,)

    Raises
    ------
    ValueError
        If a column has another length.

    Examples
    --------
    >>> codes = np.array([0, 1, 2, 1], dtype=np.uint16)
    >>> keep_rows(4, [Condition(codes, np.array([False, True, True]))])
    array([False,  True,  True,  True])
    """
    kept = np.ones(n_rows, dtype=np.bool_)
    for condition in conditions:
        check_same_length(kept=kept, codes=condition.codes)
        _narrow(kept, condition.codes, condition.allowed)
    return kept


def add_counts(
    counts: NDArray[np.int32], kept: NDArray[np.bool_], rows: Grouping, columns: Grouping
) -> None:
    """Add the kept rows of each pair of groups to a table, in place.

    Parameters
    ----------
    counts : ndarray of int32, shape (rows.n, columns.n)
        Added to, so that rows which lie in several pieces need no table each.
    kept : ndarray of bool, shape (rows,)
    rows, columns : Grouping

    Raises
    ------
    ValueError
        If lengths differ.

    Examples
    --------
    >>> cell = Grouping(np.array([1, 1, 2], dtype=np.uint32), np.array([-1, 0, 1], np.int32), 2)
    >>> month = Grouping(np.array([0, 1, 1], dtype=np.uint16), np.array([0, 1], np.int32), 2)
    >>> counts = np.zeros((2, 2), dtype=np.int32)
    >>> add_counts(counts, np.array([True, True, True]), cell, month)
    >>> counts
    array([[1, 1], [0, 1]], dtype=int32)
    """
    check_same_length(kept=kept, rows=rows.codes, columns=columns.codes)
    _add(counts, kept, rows.codes, rows.group, columns.codes, columns.group)


@dataclass(frozen=True, eq=False)
class SplitRows:
    """Rows laid out by ranges of a code.

    Attributes
    ----------
    rows : ndarray of int32, shape (kept,)
        Those of range r are ``rows[bounds[r]:bounds[r + 1]]``, in ascending order.
    codes : ndarray of uint32, shape (kept,)
        Their codes within the range, from 1; 0 only for code 0.
    bounds : ndarray of int64, shape (ranges + 1,)
    """

    rows: NDArray[np.int32]
    codes: NDArray[np.uint32]
    bounds: NDArray[np.int64]

    def of_range(self, number: int) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
        """Return rows and codes of one range."""
        part = slice(self.bounds[number], self.bounds[number + 1])
        return self.rows[part], self.codes[part]


def split_rows(kept: NDArray[np.bool_], who: Codes, n_who: int, size: int) -> SplitRows:
    """Lay the kept rows out by ranges of their code.

    Distinct codes can so be counted range by range, and the counts add up.

    Parameters
    ----------
    kept : ndarray of bool, shape (rows,)
    who : ndarray of unsigned int, shape (rows,)
        Codes below `n_who`.
    size : int
        Codes of a range.

    Examples
    --------
    >>> split = split_rows(np.ones(4, bool), np.array([0, 7, 3, 8], np.uint32), 9, 4)
    >>> [[part.tolist() for part in split.of_range(number)] for number in range(3)]
    [[[0, 2], [0, 3]], [[1], [4]], [[3], [1]]]
    """
    check_same_length(kept=kept, who=who)
    return SplitRows(*_split(kept, who, size, -(-n_who // size)))


def pair_groups(picked: NDArray[np.int32], rows: Grouping, columns: Grouping) -> NDArray[np.int32]:
    """Return the pair of groups that each picked row is in, as one number.

    The pair of row r and column c is ``r * columns.n + c``; `LEFT_OUT` where a row has no group.

    Examples
    --------
    >>> cell = Grouping(np.array([1, 0, 2], dtype=np.uint32), np.array([-1, 0, 1], np.int32), 2)
    >>> all_of_them = Grouping(np.zeros(3, np.uint8), np.zeros(1, np.int32), 1)
    >>> pair_groups(np.arange(3, dtype=np.int32), cell, all_of_them).tolist()
    [0, -1, 1]
    """
    check_same_length(rows=rows.codes, columns=columns.codes)
    groups: NDArray[np.int32] = _pair(
        picked, rows.codes, rows.group, columns.codes, columns.group, columns.n
    )
    return groups


def count_distinct(
    group: NDArray[np.int32], who: NDArray[np.uint32], n_groups: int, n_who: int
) -> NDArray[np.int32]:
    """Count the distinct codes in each group.

    Parameters
    ----------
    group : ndarray of int32, shape (rows,)
        0 to ``n_groups - 1``, or `LEFT_OUT`.
    who : ndarray of uint32, shape (rows,)
        Codes below `n_who`. Code 0 is unknown: such rows cannot be told apart and count one each.

    Returns
    -------
    ndarray of int32, shape (n_groups,)

    Raises
    ------
    ValueError
        If lengths differ.

    Notes
    -----
    Rows are laid out group by group (a counting sort); each code keeps the last group that it was
    seen in. So the time grows with the rows alone, whatever they hold; it is shortest where the
    codes are few enough for what is kept of them to stay in the processor's cache.

    Examples
    --------
    >>> group = np.array([0, 1, 0, 0, 1, 1], np.int32)
    >>> count_distinct(group, np.array([5, 5, 5, 6, 0, 0], np.uint32), 2, 7)
    array([2, 3], dtype=int32)
    """
    check_same_length(group=group, who=who)
    counts: NDArray[np.int32] = _distinct(group, who, n_groups, n_who)
    return counts


@compiled
def _narrow(kept: Any, codes: Any, allowed: Any) -> None:
    for i in range(kept.size):
        kept[i] &= allowed[codes[i]]


@compiled
def _add(counts: Any, kept: Any, a: Any, group_of_a: Any, b: Any, group_of_b: Any) -> None:
    for i in range(kept.size):
        if kept[i]:
            row, column = group_of_a[a[i]], group_of_b[b[i]]
            if row >= 0 and column >= 0:
                counts[row, column] += 1


@compiled
def _split(kept: Any, who: Any, size: Any, n_ranges: Any) -> Any:
    bounds = np.zeros(n_ranges + 1, dtype=np.int64)
    for i in range(kept.size):
        bounds[who[i] // size + 1] += kept[i]
    for r in range(n_ranges):
        bounds[r + 1] += bounds[r]
    rows = np.empty(bounds[n_ranges], dtype=np.int32)
    codes = np.empty(bounds[n_ranges], dtype=np.uint32)
    end = bounds[:-1].copy()
    for i in range(kept.size):
        if kept[i]:
            r = who[i] // size
            rows[end[r]] = i
            codes[end[r]] = who[i] - r * size + (r > 0)
            end[r] += 1
    return rows, codes, bounds


@compiled
def _pair(picked: Any, a: Any, group_of_a: Any, b: Any, group_of_b: Any, n_b: Any) -> Any:
    groups = np.empty(picked.size, dtype=np.int32)
    for i in range(picked.size):
        row, column = group_of_a[a[picked[i]]], group_of_b[b[picked[i]]]
        groups[i] = row * n_b + column if row >= 0 and column >= 0 else -1
    return groups


@compiled
def _distinct(group: Any, who: Any, n_groups: Any, n_who: Any) -> Any:
    end = np.zeros(n_groups + 1, dtype=np.int64)
    for i in range(group.size):
        if group[i] >= 0:
            end[group[i] + 1] += 1
    for g in range(n_groups):
        end[g + 1] += end[g]
    laid_out = np.empty(group.size, dtype=np.uint32)
    for i in range(group.size):
        g = group[i]
        if g >= 0:
            laid_out[end[g]] = who[i]
            end[g] += 1
    # Each group's end has moved to where the next one begins.
    seen = np.full(n_who, -1, dtype=np.int32)
    counts = np.zeros(n_groups, dtype=np.int32)
    start = 0
    for g in range(n_groups):
        for i in range(start, end[g]):
            code = laid_out[i]
            if code == 0:
                counts[g] += 1
            elif seen[code] != g:
                seen[code] = g
                counts[g] += 1
        start = end[g]
    return counts
