"""Sums of the same entries: where what is shown leaves one value for a small one, others hide.

A page that walks from all cases to a denominator shows counts that are parts, totals and
differences of each other, so that a suppressed one may follow from the others. As in
`app.cases.disclosed_tables` every figure is first disclosed by itself; then the least and the
greatest value of each that is not told are sought among all entries that fit everything shown
(integer programming), and where they are one, a figure that shares entries with it is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint

from app.cases.disclosure import HIDDEN, bounds, disclosed
from app.cases.fitting import BEYOND, least

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

HALF = 0.5
"""What a figure that is not whole may be away from the whole number it is disclosed as."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Figures as sums of entries.

    Attributes
    ----------
    entries : ndarray of int, shape (entries,)
        True counts that nobody is shown.
    parts : ndarray of float, shape (figures, entries)
        How often each entry is in each figure.
    ties : ndarray of float, shape (ties, entries)
        Sums that are nought: cases that are told apart in two ways.
    fixed : ndarray of bool, shape (figures,)
        Figures that another page shows: to hide them here would hide nothing.
    """

    entries: Integers
    parts: Floats
    ties: Floats
    fixed: NDArray[np.bool_]

    @property
    def figures(self) -> Integers:
        """True figures, to whole numbers."""
        return np.round(self.parts @ self.entries).astype(np.int64)


def disclosed_sums(sums: Sums, shown: Integers | None = None) -> Integers:
    """Return figures so that none that is not told can be reckoned.

    Parameters
    ----------
    sums : Sums
    shown : ndarray of int, shape (figures,), optional
        What other pages show of them, else what `disclosed` makes of each.

    Examples
    --------
    Of 1, 1 and 5 with their total 7:

    >>> parts = np.vstack([np.eye(3), np.ones(3)])
    >>> sums = Sums(np.array([1, 1, 5]), parts, np.zeros((0, 3)), np.zeros(4, bool))
    >>> disclosed_sums(sums).tolist()
    [-1, -1, -2, 5]
    """
    told = np.asarray(disclosed(sums.figures) if shown is None else shown, dtype=np.int64).copy()
    pending = [int(each) for each in np.flatnonzero(told < 0)]
    while pending:
        figure = pending[-1]
        if not _is_pinned(sums, told, figure):
            pending.pop()
        elif (beside := _beside(sums, told, figure)) is not None:
            told[beside] = HIDDEN
            pending.insert(0, beside)
        else:
            pending.pop()  # all that could be hidden is: what other pages show tells it by itself
    return told


def range_of(sums: Sums, shown: Integers, figure: int) -> tuple[int, int]:
    """Return the least and greatest value of a figure that fits everything shown."""
    return _extreme(sums, shown, figure, 1), _extreme(sums, shown, figure, -1)


def _is_pinned(sums: Sums, shown: Integers, figure: int) -> bool:
    true = int(sums.figures[figure])
    return all(_extreme(sums, shown, figure, sign) == true for sign in (-1, 1))


def _extreme(sums: Sums, shown: Integers, figure: int, sign: int) -> int:
    low, high = (np.array(each, dtype=float) for each in zip(*map(bounds, shown), strict=True))
    part = (sums.parts % 1 > 0).any(axis=1)
    end = float(sums.figures.max(initial=0)) + BEYOND
    told = [LinearConstraint(sums.parts, low - HALF * part, high + HALF * part)]
    if len(sums.ties):
        told.append(LinearConstraint(sums.ties, 0, 0))
    return sign * least(sign * sums.parts[figure], Bounds(0, end), told)


def _beside(sums: Sums, shown: Integers, figure: int) -> int | None:
    """Return which figure to hide: the smallest that is told near by, else the widest small one.

    Near is what shares entries with it, or with another that does: what is in line with it.
    """
    within = (sums.parts > 0).astype(np.int64)
    near = (within @ (within.T @ (within @ within[figure] > 0)) > 0).nonzero()[0]
    told = [int(at) for at in near if shown[at] not in (0, HIDDEN)]

    def order(at: int) -> tuple[bool, bool, int, int]:
        small = bool(shown[at] < 0)
        return at == figure, small, -int(within[at].sum()) if small else int(shown[at]), at

    return min((at for at in told if not sums.fixed[at]), key=order, default=None)
