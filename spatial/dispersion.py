"""How much more counts vary than Poisson, read from the ordinary cells and not from the hot ones.

The null of the maps is negative binomial: ``var = e + phi e**2``. `phi` is estimated by maximum
likelihood of the *truncated* law: each cell has a cap, a high quantile of its own null law, and
only cells at or below their cap take part, with the law conditioned on that. A hot cell above its
cap has no influence at all, and because the law is truncated in the same way, nothing is biased
when there are none (Fisher-consistent); plain moments would be dragged up by hot cells and blind
the test, or be too small by chance and make it see things. The uncertainty is carried: `upper` is
what tests should use.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from spatial._checks import check_counts, check_expected, check_weights
from spatial.inference import negative_binomial_tails

# Share of ordinary cells that may lie above their cap. Larger is more robust and less efficient.
TRIMMED = 0.02
# Caps are at least this: with small expected counts it takes pairs and triples to see dispersion.
SMALLEST_CAP = 3
# Confidence of `upper`, one-sided.
CONFIDENCE = 0.95
# Expected counts, and the shares of `phi` that sums show, are grouped in steps of this much
# (relative). It moves `phi` far less than its own uncertainty and keeps the table small.
EXPECTED_STEP = 0.02
SHARE_STEP = 0.1
LARGEST_DISPERSION = 1e4
ROUNDS = 12


@dataclass(frozen=True)
class Dispersion:
    """Estimated dispersion of counts around their expected values.

    Attributes
    ----------
    value : float
        `phi` in ``var = e + phi e**2``; 0 for Poisson.
    upper : float
        One-sided upper confidence bound of `value`.
    n : int
        Counts that took part.
    """

    value: float
    upper: float
    n: int


def estimate_dispersion(
    counts: ArrayLike, expected: ArrayLike, *, weights: scipy.sparse.csr_array | None = None
) -> Dispersion:
    """Estimate the negative binomial dispersion of counts, robust against a few hot cells.

    Parameters
    ----------
    counts : array_like of int, shape (cells,) or (cells, periods)
        Observed counts.
    expected : array_like of float, shape of `counts`
        Expected counts; cells with NaN or 0 take no part.
    weights : csr_array, shape (cells, cells), optional
        Binary neighbourhoods. With them the dispersion is read from neighbourhood *sums*: it is
        the one that independent cells would need for sums to vary as they do, so it also carries
        what neighbours have in common and the expected counts do not know.

    Returns
    -------
    Dispersion
        `value`, `upper` and `n`. Periods of one cell, and neighbourhoods that overlap, are not
        taken for independent: the bound rests on their clustered scores.

    Raises
    ------
    ValueError
        If shapes differ, a count is negative or not whole, or no cell has an expected count.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> expected = np.full(5_000, 4.0)
    >>> counts = rng.negative_binomial(2, 2 / (2 + expected))
    >>> counts[:50] = 200
    >>> found = estimate_dispersion(counts, expected)
    >>> round(found.value, 1), found.value < found.upper < 0.6
    (0.5, True)
    """
    observed = check_counts("counts", counts)
    means = check_expected(expected, observed.shape)
    observed, means = np.atleast_2d(observed.T).T, np.atleast_2d(means.T).T
    overlap = None
    if weights is not None:
        matrix = check_weights(weights, observed.shape[0])
        overlap = ((matrix @ matrix.T) > 0).astype(float)
    table = _Table.of(*_sums(observed, means, weights))
    phi = table.fit()
    return Dispersion(phi, table.bound(phi, overlap), table.cell.size)


def _sums(
    counts: NDArray[np.float64],
    expected: NDArray[np.float64],
    weights: scipy.sparse.csr_array | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return totals, their expected values, and how much of `phi` the totals show.

    The last is ``sum(e**2) / sum(e)**2``: 1 for a single cell, 1/7 for seven alike.
    """
    known = np.nan_to_num(expected, nan=0.0)
    counted = np.where(known > 0, counts, 0.0)
    if weights is None:
        return counted, known, np.ones_like(known)
    totals = weights @ known
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(totals > 0, (weights @ known**2) / totals**2, 0.0)
    return weights @ counted, np.asarray(totals), np.asarray(share)


@dataclass(frozen=True)
class _Table:
    """Equal counts with (nearly) equal expected values, counted: all that the likelihood needs.

    `mean` and `share` belong to groups, `group`, `count` and `times` to distinct pairs of group
    and count, `cell` and `pair` to the single counts.
    """

    mean: NDArray[np.float64]
    share: NDArray[np.float64]
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
    ) -> _Table:
        cell, period = np.nonzero(expected > 0)
        if not cell.size:
            raise ValueError("expected: at least one cell must have an expected count above 0")
        mean, of_mean = _grouped(expected[cell, period], EXPECTED_STEP)
        part, of_part = _grouped(share[cell, period], SHARE_STEP)
        groups, of_group = np.unique(of_mean * part.size + of_part, return_inverse=True)
        count = counts[cell, period].astype(np.int64)
        width = int(count.max()) + 1
        pairs, pair, times = np.unique(
            of_group * width + count, return_inverse=True, return_counts=True
        )
        return cls(
            mean[groups // part.size],
            part[groups % part.size],
            pairs // width,
            (pairs % width).astype(float),
            times,
            cell,
            pair,
        )

    def fit(self) -> float:
        """Return the dispersion at which caps and truncated likelihood agree, from Poisson up."""
        phi = 0.0
        for _ in range(ROUNDS):
            before, phi = phi, self._maximum(self._caps(phi))
            if abs(phi - before) <= 1e-3 * before + 1e-9:
                break
        return phi

    def bound(self, phi: float, overlap: scipy.sparse.csr_array | None) -> float:
        """Return the upper confidence bound: a likelihood ratio scaled by the clustered scores."""
        caps = self._caps(phi)
        slope, clustered = self._information(phi, caps, overlap)
        # Below 1 where counts that belong together say the same thing more than once.
        scale = min(slope / clustered, 1.0) if slope > 0 and clustered > 0 else 1.0
        # Half the squared normal quantile: the one-sided bound of a signed likelihood root.
        drop = 0.5 * stats.norm.ppf(CONFIDENCE) ** 2 / scale
        best = self._log_likelihood(phi, caps)

        def excess(at: float) -> float:
            return best - drop - self._log_likelihood(at, caps)

        top = 2 * phi + self._natural_step()
        while excess(top) < 0:
            top *= 2
            if top >= LARGEST_DISPERSION:
                return LARGEST_DISPERSION
        return float(optimize.brentq(excess, phi, top, rtol=1e-4))

    def _information(
        self, phi: float, caps: NDArray[np.float64], overlap: scipy.sparse.csr_array | None
    ) -> tuple[float, float]:
        """Return minus the score's slope and the variance of the clustered score near `phi`."""
        step = 0.01 * max(phi, self._natural_step())
        low, middle, high = (self._log_mass(phi + i * step, caps) for i in range(3))
        slope = -float((self.times * (high - 2 * middle + low)).sum()) / step**2
        score = ((high - low) / (2 * step))[self.pair]
        by_cell = np.bincount(
            self.cell, score, minlength=0 if overlap is None else overlap.shape[0]
        )
        plain = float((by_cell**2).sum())
        if overlap is None:
            return slope, plain
        return slope, max(plain, float((by_cell * (overlap @ by_cell)).sum()))

    def _natural_step(self) -> float:
        """Return the dispersion that doubles the variance of the group with most to say."""
        return float(1.0 / (self.share * self.mean).max())

    def _maximum(self, caps: NDArray[np.float64]) -> float:
        def loss(log_phi: float) -> float:
            return -self._log_likelihood(np.exp(log_phi), caps)

        smallest = 1e-6 * min(self._natural_step(), 1.0)
        found = optimize.minimize_scalar(
            loss,
            bounds=(np.log(smallest), np.log(LARGEST_DISPERSION)),
            method="bounded",
            options={"xatol": 1e-4},
        )
        better_than_poisson = found.fun < -self._log_likelihood(0.0, caps)
        return float(np.exp(found.x)) if better_than_poisson else 0.0

    def _log_likelihood(self, phi: float, caps: NDArray[np.float64]) -> float:
        # A plain sum, since BLAS adds in an order that depends on its number of threads.
        return float((self.times * self._log_mass(phi, caps)).sum())

    def _log_mass(self, phi: float, caps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the truncated law's log mass of every pair; 0 for pairs above their cap."""
        spread = phi * self.share
        grown = np.log1p(spread * self.mean)
        at_zero = np.where(spread > 0, grown / np.where(spread > 0, spread, 1.0), self.mean)
        inside = negative_binomial_tails(caps, self.mean, spread).less
        per_group = at_zero + np.log(inside)
        mass = (
            _log_rising(self.count, spread[self.group])
            + self.count * (np.log(self.mean) - grown)[self.group]
            - special.gammaln(self.count + 1.0)
            - per_group[self.group]
        )
        return np.where(self.count <= caps[self.group], mass, 0.0)

    def _caps(self, phi: float) -> NDArray[np.float64]:
        """Return the count of each group that ordinary cells exceed in at most `TRIMMED`."""
        spread = phi * self.share
        sd = np.sqrt(self.mean + spread * self.mean**2)
        low = np.full(self.mean.size, float(SMALLEST_CAP))
        high = np.maximum(low, np.ceil(self.mean + 8 * sd))
        while (low < high).any():
            middle = (low + high) // 2
            above = negative_binomial_tails(middle + 1, self.mean, spread).greater > TRIMMED
            low, high = np.where(above, middle + 1, low), np.where(above, high, middle)
        return low


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
