"""The likelihood of places' splits between two periods, of which only ordinary ones are looked at.

As in `truncated_counts`: a split beyond the ordinary range of its own null law takes no part, and
the law is conditioned on that range, so that places that did change neither widen the dispersion
nor bias it when there are none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial.count_laws.beta_binomial import masses, share_law

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Share of ordinary places that may lie outside their range, half at each end.
TRIMMED = 0.02
# Expected odds are grouped in steps of this much (relative).
ODDS_STEP = 0.02


@dataclass(frozen=True)
class SplitTable:
    """Equal splits of equal totals with (nearly) equal expected shares, counted.

    Attributes
    ----------
    total, share : ndarray, shape (groups,)
        Cases of both periods, and the part of them that is expected in the later one.
    group, count, times : ndarray, shape (pairs,)
        Distinct pairs of group and later count, and how often each occurs.
    cell, pair : ndarray of int, shape (n,)
        Of the single areas.
    """

    total: Ints
    share: Floats
    group: Ints
    count: Ints
    times: Ints
    cell: Ints
    pair: Ints

    @classmethod
    def of(cls, before: Ints, after: Ints, share: Floats) -> SplitTable:
        """Group areas; those with fewer than two cases say nothing of dispersion."""
        total = before + after
        cell = np.flatnonzero(total >= 2)
        log_odds = np.log(share[cell]) - np.log1p(-share[cell])
        rounded = np.rint(log_odds / np.log1p(ODDS_STEP)).astype(np.int64)
        # A step's middle is where its areas are: with one share for all it is kept as it is.
        steps, of_step = np.unique(rounded, return_inverse=True)
        middle = np.bincount(of_step, share[cell], steps.size) / np.bincount(of_step)
        groups, of_group = np.unique(
            np.column_stack([total[cell], of_step]), axis=0, return_inverse=True
        )
        pairs, pair, times = np.unique(
            np.column_stack([of_group, after[cell]]), axis=0, return_inverse=True,
            return_counts=True,
        )  # fmt: skip
        return cls(groups[:, 0], middle[groups[:, 1]], pairs[:, 0], pairs[:, 1], times, cell, pair)

    def natural_step(self) -> float:
        """Return the dispersion that doubles the variance of the group with most to say."""
        return float(1.0 / (2 * self.share * (1 - self.share) * (self.total - 1)).max())

    def caps(self, dispersion: float, log_level: float = 0.0) -> tuple[Ints, Ints]:
        """Return each group's ordinary range: at most half of `TRIMMED` lies beyond each end."""
        share, step = share_law(_moved(self.share, log_level), dispersion)
        whole, start = masses(self.total, share, step, np.zeros_like(self.total), self.total)
        below = _running(whole, start)
        above = 1.0 - below + whole
        low = np.add.reduceat((below <= TRIMMED / 2).astype(np.int64), start[:-1])
        beyond = np.add.reduceat((above <= TRIMMED / 2).astype(np.int64), start[:-1])
        return low, np.maximum(self.total - beyond, low)

    def truncated(self, caps: tuple[Ints, Ints]) -> TruncatedSplits:
        """Return the likelihood of the splits within their group's range."""
        low, high = caps
        inside = (self.count >= low[self.group]) & (self.count <= high[self.group])
        return TruncatedSplits(self, low, high, inside)


@dataclass(frozen=True)
class TruncatedSplits:
    """Log-likelihood of the splits within their ranges.

    Attributes
    ----------
    table : SplitTable
    low, high : ndarray of int, shape (groups,)
    inside : ndarray of bool, shape (pairs,)
    """

    table: SplitTable
    low: Ints
    high: Ints
    inside: NDArray[np.bool_]

    def at(self, dispersion: float, log_level: float = 0.0) -> float:
        """Return the log-likelihood of a dispersion with all odds `exp(log_level)` times."""
        return float((self.table.times * self.of_pairs(dispersion, log_level)).sum())

    def of_pairs(self, dispersion: float, log_level: float = 0.0) -> Floats:
        """Return the log-likelihood of every pair of the table; 0 outside the range."""
        table = self.table
        share, step = share_law(_moved(table.share, log_level), dispersion)
        ordinary, start = masses(table.total, share, step, self.low, self.high)
        group = table.group[self.inside]
        place = start[group] + table.count[self.inside] - self.low[group]
        found = np.zeros(table.count.size)
        # Far from its own dispersion a split may be too unlikely for a number.
        found[self.inside] = np.log(np.maximum(ordinary[place], np.finfo(float).tiny))
        return found


def _moved(share: Floats, log_level: float) -> Floats:
    odds = share / (1.0 - share) * np.exp(log_level)
    return np.asarray(odds / (1.0 + odds))


def _running(whole: Floats, start: Ints) -> Floats:
    """Return each law's probability of at most every count."""
    below = np.cumsum(whole)
    return np.asarray(below - np.repeat(below[start[:-1]] - whole[start[:-1]], np.diff(start)))
