"""The likelihood of negative binomial counts of which only the ordinary ones are looked at.

Each count has a cap, a high quantile of its own null law; counts above their cap are left out and
the law is conditioned on that. Counts come grouped, so that one look at the likelihood costs as
much as there are groups and distinct counts, not as there are cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

# Share of ordinary cells that may lie above their cap. Larger is more robust and less efficient.
TRIMMED = 0.02
# Caps are at least this: with small expected counts it takes pairs and triples to see dispersion.
SMALLEST_CAP = 3
# Expected counts, and the shares of the dispersion that sums show, are grouped in steps of this
# much (relative). It moves the estimate far less than its own uncertainty and keeps groups few.
EXPECTED_STEP = 0.02
SHARE_STEP = 0.1
# Where dispersion times the squared count is below this the law is Poisson to nine digits, and the
# incomplete beta function with its near infinite size parameter would only add rounding.
POISSON_LIMIT = 1e-9


@dataclass(frozen=True)
class CountTable:
    """Equal counts with (nearly) equal expected values, counted.

    Attributes
    ----------
    mean, share : ndarray of float, shape (groups,)
        Expected count, and the part of the dispersion that a group's counts show.
    part, n_parts : ndarray of int, shape (groups,), and int
        Number of the group's share among the distinct ones.
    group, count, times : ndarray, shape (pairs,)
        Distinct pairs of group and count, and how often each occurs.
    cell, pair : ndarray of int, shape (n,)
        Of the single counts.
    """

    mean: NDArray[np.float64]
    share: NDArray[np.float64]
    part: NDArray[np.int64]
    n_parts: int
    group: NDArray[np.int64]
    count: NDArray[np.float64]
    times: NDArray[np.int64]
    cell: NDArray[np.int64]
    pair: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        counts: NDArray[np.float64],
        expected: NDArray[np.float64],
        share: NDArray[np.float64],
    ) -> CountTable:
        """Group counts, shape (cells, periods); those that expect nothing are left out.

        Raises
        ------
        ValueError
            If no cell has an expected count.
        """
        cell, period = np.nonzero(expected > 0)
        if not cell.size:
            raise ValueError("expected: at least one cell must have an expected count above 0")
        means, of_mean = _grouped(expected[cell, period], EXPECTED_STEP)
        shares, of_share = _grouped(share[cell, period], SHARE_STEP)
        groups, of_group = np.unique(of_mean * shares.size + of_share, return_inverse=True)
        count = counts[cell, period].astype(np.int64)
        width = int(count.max()) + 1
        pairs, pair, times = np.unique(
            of_group * width + count, return_inverse=True, return_counts=True
        )
        part = groups % shares.size
        return cls(
            means[groups // shares.size],
            shares[part],
            part,
            shares.size,
            pairs // width,
            (pairs % width).astype(float),
            times,
            cell,
            pair,
        )

    def natural_step(self) -> float:
        """Return the dispersion that doubles the variance of the group with most to say."""
        return float(1.0 / (self.share * self.mean).max())

    def caps(self, dispersion: float, log_level: float = 0.0) -> NDArray[np.float64]:
        """Return the count of each group that ordinary cells exceed in at most `TRIMMED`."""
        mean, spread = self.mean * np.exp(log_level), dispersion * self.share
        low = np.full(mean.size, float(SMALLEST_CAP))
        high = np.maximum(low, np.ceil(mean + 8 * np.sqrt(mean + spread * mean**2)))
        while (low < high).any():
            middle = (low + high) // 2
            above = 1.0 - _at_most(middle, mean, spread) > TRIMMED
            low, high = np.where(above, middle + 1, low), np.where(above, high, middle)
        return low

    def truncated(self, caps: NDArray[np.float64]) -> TruncatedLikelihood:
        """Return the likelihood of the counts up to their group's cap."""
        kept = self.count <= caps[self.group]
        times = np.where(kept, self.times, 0).astype(float)
        width = int(self.count.max()) + 1
        key = self.part[self.group] * width + self.count.astype(np.int64)
        distinct, of_pair = np.unique(key[kept], return_inverse=True)
        return TruncatedLikelihood(
            self,
            caps,
            _tallied(self.group, times, self.mean.size),
            _tallied(self.group, times * self.count, self.mean.size),
            self._share_of_part()[distinct // width],
            (distinct % width).astype(float),
            _tallied(of_pair, times[kept], distinct.size),
        )

    def _share_of_part(self) -> NDArray[np.float64]:
        shares = np.zeros(self.n_parts)
        shares[self.part] = self.share
        return shares


@dataclass(frozen=True)
class TruncatedLikelihood:
    """Log-likelihood of the counts up to their caps, up to what does not depend on dispersion.

    Attributes
    ----------
    table : CountTable
    caps, number, total : ndarray of float, shape (groups,)
        Each group's cap, how many counts lie within it, and their sum.
    share, count, times : ndarray of float
        Distinct pairs of share and count within the caps, and how often each occurs.
    """

    table: CountTable
    caps: NDArray[np.float64]
    number: NDArray[np.float64]
    total: NDArray[np.float64]
    share: NDArray[np.float64]
    count: NDArray[np.float64]
    times: NDArray[np.float64]

    def at(self, dispersion: float, log_level: float = 0.0) -> float:
        """Return the log-likelihood of a dispersion where all means are `exp(log_level)` times."""
        grown, normaliser = self._of_groups(dispersion, log_level)
        rising = _log_rising(self.count, dispersion * self.share)
        # Plain sums, since BLAS adds in an order that depends on its number of threads.
        return float(
            (self.times * rising).sum()
            - (self.total * grown).sum()
            - (self.number * normaliser).sum()
        )

    def of_pairs(self, dispersion: float, log_level: float = 0.0) -> NDArray[np.float64]:
        """Return the log-likelihood of every pair of the table; 0 above the cap."""
        table = self.table
        grown, normaliser = self._of_groups(dispersion, log_level)
        mass = (
            _log_rising(table.count, dispersion * table.share[table.group])
            - table.count * grown[table.group]
            - normaliser[table.group]
        )
        return np.where(table.count <= self.caps[table.group], mass, 0.0)

    def _of_groups(
        self, dispersion: float, log_level: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what each case and what each count of a group takes from the likelihood."""
        mean, spread = self.table.mean * np.exp(log_level), dispersion * self.table.share
        grown = np.log1p(spread * mean)
        at_zero = np.where(spread > 0, grown / np.where(spread > 0, spread, 1.0), mean)
        return grown - log_level, at_zero + np.log(_at_most(self.caps, mean, spread))


def _at_most(
    counts: NDArray[np.float64], mean: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the negative binomial probability of at most these counts."""
    exact = spread * np.maximum(np.maximum(counts, 1.0), mean) ** 2 > POISSON_LIMIT
    if not exact.any():
        return np.asarray(special.gammaincc(counts + 1.0, mean))
    size = 1.0 / np.where(exact, spread, 1.0)
    lower = special.betainc(size, counts + 1.0, 1.0 / (1.0 + spread * mean))
    if exact.all():
        return np.asarray(lower)
    return np.where(exact, lower, special.gammaincc(counts + 1.0, mean))


def _tallied(place: NDArray[np.int64], values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    return np.bincount(place, values, n).astype(float)


def _grouped(
    values: NDArray[np.float64], step: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return distinct rounded values (geometric steps) and where each value went."""
    keys = np.rint(np.log(values) / np.log1p(step)).astype(np.int64)
    # Numbers from the smallest key on: counting is quicker than sorting half a million.
    offset = keys.min()
    present = np.flatnonzero(np.bincount(keys - offset))
    place = np.zeros(int(present[-1]) + 1, dtype=np.int64)
    place[present] = np.arange(present.size)
    return np.exp((present + offset) * np.log1p(step)), place[keys - offset]


def _log_rising(count: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``sum_{m < count} log(1 + spread m)`` without cancellation at small spread."""
    series = spread * count * (count - 1) / 2
    series -= spread**2 * count * (count - 1) * (2 * count - 1) / 12
    small = spread * count < 1e-5
    size = 1.0 / np.where(small, 1.0, spread)
    by_gamma = special.gammaln(count + size) - special.gammaln(size) - count * np.log(size)
    return np.where(small, series, by_gamma)
