"""Forecasts of where the next cases will be, each from the past alone.

Every method turns the history before an origin into one score a cell: the higher, the more cases
are expected there in the window that follows. Only the order of scores matters. A method also
names the counts that it builds on, unsmoothed, so that one can ask how much of their concentration
came back (see `spatial.backtest`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from spatial.getis_ord import getis_ord
from spatial.rates import empirical_bayes

YEAR_DAYS = 365
POWER_DAYS = 28.0
"""Age in days at which a power decay has begun to forget."""

KERNEL_STEPS = 3
"""Kernels end this many steps away."""

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Forecast:
    """What a method says at one origin.

    Attributes
    ----------
    scores : ndarray of float, shape (cells,)
        Higher is expected to have more cases; minus infinity where the method says nothing.
    builds_on : ndarray of float, shape (cells,)
        The past counts behind the scores, weighted in time but not smoothed in space.
    """

    scores: Scores
    builds_on: Scores


@dataclass(frozen=True)
class Neighbourhoods:
    """Smoothing matrices of a city, made once and kept.

    Parameters
    ----------
    adjacent : sparse array, shape (cells, cells)
        Positive where two cells touch; the diagonal does not matter.
    """

    adjacent: scipy.sparse.csr_array
    _made: dict[tuple[str, float], Any] = field(default_factory=dict, repr=False)

    def within(self, steps: int) -> scipy.sparse.csr_array:
        """Return ones for cells at most `steps` apart, each cell itself included."""
        return self._kept(("within", steps), lambda: self._within(steps))

    def kernel(self, bandwidth: float) -> scipy.sparse.csr_array:
        """Return Gaussian weights of distance in steps, each row adding up to 1.

        Rows are averages and not sums: a cell at the rim, with fewer neighbours, is not lower for
        that.
        """
        return self._kept(("kernel", bandwidth), lambda: self._kernel(bandwidth))

    def _kept(self, name: tuple[str, float], make: Callable[[], Any]) -> scipy.sparse.csr_array:
        if name not in self._made:
            self._made[name] = make()
        kept: scipy.sparse.csr_array = self._made[name]
        return kept

    def _within(self, steps: int) -> scipy.sparse.csr_array:
        eye = scipy.sparse.eye_array(self.adjacent.shape[0], format="csr")
        if steps == 0:
            return scipy.sparse.csr_array(eye)
        touching = (self.adjacent + eye) > 0
        reached = self.within(steps - 1) @ touching.astype(float)
        return scipy.sparse.csr_array((reached > 0).astype(float))

    def _kernel(self, bandwidth: float) -> scipy.sparse.csr_array:
        total = self.within(0)
        for steps in range(1, KERNEL_STEPS + 1):
            ring = self.within(steps) - self.within(steps - 1)
            total = total + np.exp(-0.5 * (steps / bandwidth) ** 2) * ring
        rows = scipy.sparse.diags_array(1 / np.asarray(total.sum(axis=1)).ravel(), format="csr")
        return scipy.sparse.csr_array(rows @ total)


@dataclass(frozen=True)
class History:
    """All that is known at an origin: later days are not in it.

    Attributes
    ----------
    counts : sparse array, shape (cells, days)
        Cases by cell and day, the origin being the day after the last column.
    sizes : ndarray of float, shape (cells,)
        Size of each cell as rankings use it.
    neighbourhoods : Neighbourhoods
    horizon : int
        Length in days of the window to forecast.
    """

    counts: scipy.sparse.csc_array
    sizes: NDArray[np.float64]
    neighbourhoods: Neighbourhoods
    horizon: int

    @property
    def days(self) -> int:
        """How many days the history has."""
        return int(self.counts.shape[1])

    def between(self, first: int, last: int) -> Scores:
        """Return each cell's cases from so many days before the origin until `last` days before.

        ``between(28, 0)`` are the 28 days before the origin; days before the beginning count none.
        """
        begin, end = max(self.days - first, 0), max(self.days - last, 0)
        return np.asarray(self.counts[:, begin:end].sum(axis=1), dtype=float).ravel()

    def weighted(self, weight_of_age: Callable[[Scores], Scores]) -> Scores:
        """Return each cell's cases weighted by age, 0 for the last day."""
        ages = np.arange(self.days - 1, -1, -1, dtype=float)
        return np.asarray(self.counts @ weight_of_age(ages), dtype=float)

    def per_size(self, counts: Scores) -> Scores:
        """Return counts by size of the cell."""
        density: Scores = counts / self.sizes
        return density


def last_28_days(history: History) -> Forecast:
    """Expect what happened in the 28 days before: "last month"."""
    return _as_counted(history, history.between(28, 0))


def same_28_days_last_year(history: History) -> Forecast:
    """Expect what happened in the same days a year (365 days) before."""
    counts = history.between(YEAR_DAYS, YEAR_DAYS - history.horizon)
    return _as_counted(history, counts)


def last_365_days(history: History) -> Forecast:
    """Expect in proportion to the last 365 days, or to all days where there are fewer.

    The usual strong baseline, in the tables "last-year counts".
    """
    return _as_counted(history, history.between(YEAR_DAYS, 0))


def exponential_decay(history: History, *, half_life: float) -> Forecast:
    """Count every case, half as much for each `half_life` in days that it is old."""
    return _as_counted(history, history.weighted(lambda age: 0.5 ** (age / half_life)))


def power_decay(history: History, *, exponent: float, bandwidth: float = 0.0) -> Forecast:
    """Weigh a case of age t days by (1 + t / 28) to the power of minus `exponent`.

    A place has a lasting level and passing bursts. An exponential decay trades one against the
    other by its half-life; a power remembers both, last week more than last month and two years
    ago still a little. A `bandwidth` above 0 averages over cells around as `decay_kernel` does.
    """
    counts = history.weighted(lambda age: (1 + age / POWER_DAYS) ** -exponent)
    return _smoothed(history, counts, bandwidth) if bandwidth else _as_counted(history, counts)


def decay_kernel(history: History, *, half_life: float, bandwidth: float) -> Forecast:
    """Decay in time as `exponential_decay`, then average over cells around.

    The kernel is Gaussian in steps between cells, `bandwidth` its standard deviation.
    """
    counts = history.weighted(lambda age: 0.5 ** (age / half_life))
    return _smoothed(history, counts, bandwidth)


def seasonal(history: History, *, season_share: float, reach: int) -> Forecast:
    """Mix the last 365 days with the same season of all earlier years.

    The season is the window to forecast, widened by `reach` days at both ends, as many times 365
    days earlier as the history holds.
    """
    level = history.between(YEAR_DAYS, 0) / min(YEAR_DAYS, history.days)
    season, days = np.zeros_like(level), 0
    for back in range(YEAR_DAYS, history.days + reach + 1, YEAR_DAYS):
        first, last = back + reach, back - history.horizon - reach
        season += history.between(first, last)
        days += min(first, history.days) - last
    mixed = (1 - season_share) * level + season_share * season / max(days, 1)
    return _as_counted(history, mixed)


def gi_star(history: History, *, days: int) -> Forecast:
    """Rank by the z of Getis and Ord's Gi* over the last `days` days.

    Cells without neighbours have no Gi* and come last.
    """
    counts = history.between(days, 0)
    if counts.max() == counts.min():
        return Forecast(np.zeros_like(counts), counts)
    found = getis_ord(counts, history.neighbourhoods.within(1), null="normal")
    return Forecast(np.where(np.isnan(found.z), -np.inf, found.z), counts)


def local_empirical_bayes(history: History, *, reach: int) -> Forecast:
    """Shrink each cell's last 365 days per area towards its surroundings, `reach` steps wide."""
    counts = history.between(YEAR_DAYS, 0)
    around = history.neighbourhoods.within(reach)
    return Forecast(empirical_bayes(counts, history.sizes, around).rate, counts)


def _as_counted(history: History, counts: Scores) -> Forecast:
    return Forecast(history.per_size(counts), counts)


def _smoothed(history: History, counts: Scores, bandwidth: float) -> Forecast:
    smooth = history.neighbourhoods.kernel(bandwidth) @ history.per_size(counts)
    return Forecast(np.asarray(smooth), counts)


@dataclass(frozen=True)
class Method:
    """A way to forecast, with the parameters that may be chosen.

    Attributes
    ----------
    forecast : callable
        Takes a `History` and the parameters.
    choices : tuple of mappings
        Parameters to choose from; the first is taken while nothing is known, and among equals.
    needs_days : int
        Length of history without which the method says nothing.
    """

    forecast: Callable[..., Forecast]
    choices: tuple[Mapping[str, float], ...] = ({},)
    needs_days: int = 1


HALF_LIVES = (180, 28, 56, 90, 120, 365, 730)
BANDWIDTHS = (0.4, 0.5, 0.6, 0.8, 1.2)
"""In steps: 0.4 gives each neighbour 4 % of the cell's own weight, 1.2 gives it 71 %."""

METHODS: Mapping[str, Method] = {
    "last_365_days": Method(last_365_days),
    "last_28_days": Method(last_28_days),
    "same_28_days_last_year": Method(same_28_days_last_year, needs_days=YEAR_DAYS),
    "exponential_decay": Method(
        exponential_decay, tuple({"half_life": each} for each in HALF_LIVES)
    ),
    "decay_kernel": Method(
        decay_kernel,
        tuple(
            {"half_life": life, "bandwidth": width}
            for life in (180, 56, 120, 365)
            for width in BANDWIDTHS
        ),
    ),
    "power_decay": Method(power_decay, ({"exponent": 0.7},)),
    "power_decay_kernel": Method(power_decay, ({"exponent": 0.7, "bandwidth": 0.35},)),
    "seasonal": Method(
        seasonal,
        tuple(
            {"season_share": share, "reach": reach} for share in (0.25, 0.5) for reach in (14, 0)
        ),
        needs_days=YEAR_DAYS,
    ),
    "gi_star": Method(gi_star, tuple({"days": days} for days in (365, 90))),
    "local_empirical_bayes": Method(
        local_empirical_bayes, tuple({"reach": reach} for reach in (2, 1))
    ),
}
"""The methods that a backtest compares, simpler ones first; the first is the baseline."""
