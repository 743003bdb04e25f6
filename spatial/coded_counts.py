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


def group_rows(
    kept: NDArray[np.bool_], rows: Grouping, columns: Grouping, who: Codes
) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
    """Return the pair of groups that each kept row is in, as one number, and its code of `who`.

    Rows that are in no group are left out. The pair of row r and column c is ``r * columns.n + c``.

    Examples
    --------
    >>> cell = Grouping(np.array([1, 0, 2], dtype=np.uint32), np.array([-1, 0, 1], np.int32), 2)
    >>> all_of_them = Grouping(np.zeros(3, np.uint8), np.zeros(1, np.int32), 1)
    >>> group, who = group_rows(np.ones(3, bool), cell, all_of_them, np.array([7, 8, 9], np.uint32))
    >>> group.tolist(), who.tolist()
    ([0, 1], [7, 9])
    """
    check_same_length(kept=kept, rows=rows.codes, columns=columns.codes, who=who)
    groups = np.empty(kept.size, dtype=np.int32)
    people = np.empty(kept.size, dtype=np.uint32)
    n = _group(
        kept, rows.codes, rows.group, columns.codes, columns.group, columns.n, who, groups, people
    )
    return groups[:n], people[:n]


def count_distinct(
    group: NDArray[np.int32], who: NDArray[np.uint32], n_groups: int, n_who: int
) -> NDArray[np.int32]:
    """Count the distinct codes in each group.

    Parameters
    ----------
    group : ndarray of int32, shape (rows,)
        0 to ``n_groups - 1``.
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
    seen in. So the time grows with the rows alone, whatever they hold.

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
def _group(
    kept: Any, a: Any, group_of_a: Any, b: Any, group_of_b: Any, n_b: Any, who: Any,
    groups: Any, people: Any,
) -> Any:  # fmt: skip
    n = 0
    for i in range(kept.size):
        if kept[i]:
            row, column = group_of_a[a[i]], group_of_b[b[i]]
            if row >= 0 and column >= 0:
                groups[n] = row * n_b + column
                people[n] = who[i]
                n += 1
    return n


@compiled
def _distinct(group: Any, who: Any, n_groups: Any, n_who: Any) -> Any:
    end = np.zeros(n_groups + 1, dtype=np.int64)
    for i in range(group.size):
        end[group[i] + 1] += 1
    for g in range(n_groups):
        end[g + 1] += end[g]
    laid_out = np.empty(group.size, dtype=np.uint32)
    for i in range(group.size):
        g = group[i]
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
