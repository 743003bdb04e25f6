"""Tables of how many draws of cells, without replacement, reach each sum.

With ``n_v`` cells of value ``v`` and any odds ``a_v``, the weight of all draws of ``k`` cells that
sum to ``s`` is the coefficient of ``t**k z**s`` in ``prod_v (1 + a_v t z**v)**n_v``. With
``a_v = alpha * exp(theta * v)`` it is ``alpha**k * exp(theta * s)`` times the number of ways: the
same law, tilted so that the sums of interest are the common ones. Values whose odds are small are
multiplied by Fourier transform (many at a time, errors relative to the largest entry), the others
one after the other (only sums of positive terms, so every entry keeps all its digits).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import fft, optimize, special

from spatial._compiled import chunks, compiled, cores, on_threads

# Newton's identities cancel nothing to speak of below these odds.
LIGHT_ODDS = 0.25
# Rounding of a transform, relative to the sum of what goes into it.
TRANSFORM_NOISE = 1e-15
FREQUENCIES_IN_CHUNK = 2**14


@dataclass(frozen=True)
class Population:
    """The cells that may be drawn.

    Attributes
    ----------
    levels : ndarray of int64
        Distinct values, ascending, not negative.
    held : ndarray of int64
        Cells of each value.
    """

    levels: NDArray[np.int64]
    held: NDArray[np.int64]

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(self.held.sum())

    def largest_sum(self, drawn: int) -> int:
        """Return the largest sum of `drawn` cells."""
        taken = np.diff(np.minimum(np.cumsum(self.held[::-1]), drawn), prepend=0)
        return int((taken * self.levels[::-1]).sum())


def population_of(codes: NDArray[np.int64]) -> Population:
    """Count the cells of each value."""
    held = np.bincount(codes)
    levels = np.flatnonzero(held)
    return Population(levels.astype(np.int64), held[levels].astype(np.int64))


@dataclass(frozen=True)
class Tilt:
    """Odds ``exp(log_alpha + theta * v)`` of a cell of value ``v``."""

    log_alpha: float
    theta: float

    def log_odds(self, levels: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the logarithm of each level's odds."""
        return np.asarray(self.log_alpha + self.theta * levels, dtype=float)


def tilt_for(population: Population, drawn: int, total: float | None = None) -> Tilt:
    """Return the tilt under which `drawn` cells and, if given, `total` are the expected numbers."""
    drawn_cells = min(float(drawn), population.size - 0.5)
    if total is None:
        return Tilt(_log_alpha(population, 0.0, drawn_cells), 0.0)

    def missing(theta: float) -> float:
        log_odds = _log_alpha(population, theta, drawn_cells) + theta * population.levels
        share = population.held * special.expit(log_odds)
        return float((share * population.levels).sum()) - total

    most = 1.0 / max(int(population.levels[-1] - population.levels[0]), 1)
    # Sums near the largest possible one need ever stronger tilts; these are strong enough.
    strongest = most * 2.0**14
    while missing(most) < 0 and most < strongest:
        most *= 2
    theta = 0.0
    if missing(0.0) < 0:
        theta = most if missing(most) < 0 else float(optimize.brentq(missing, 0.0, most, rtol=1e-3))
    return Tilt(_log_alpha(population, theta, drawn_cells), theta)


def _log_alpha(population: Population, theta: float, drawn: float) -> float:
    """Return the log of alpha for which `drawn` cells are expected, by bisection."""
    tilted = theta * population.levels
    low, high = -float(tilted.max()) - 60.0, 60.0 - float(tilted.min())
    for _ in range(60):
        middle = (low + high) / 2
        expected = float((population.held * special.expit(middle + tilted)).sum())
        low, high = (middle, high) if expected < drawn else (low, middle)
    return (low + high) / 2


@dataclass(frozen=True)
class Tables:
    """Weights of draws under a tilt, by number drawn and sum.

    Attributes
    ----------
    weight : ndarray of float, shape (drawn + 1, width)
    log_scale : float
        To be added to the logarithm of `weight`.
    top : int
        No draw of ``k`` cells has a sum above ``k * top``.
    noise : ndarray of float, shape (drawn + 1,)
        Absolute error to be expected of sums over a row, from the Fourier transform.
    """

    weight: NDArray[np.float64]
    log_scale: float
    top: int
    noise: NDArray[np.float64]


def light_levels(population: Population, tilt: Tilt) -> NDArray[np.bool_]:
    """Return which levels have odds small enough for the Fourier transform."""
    return np.asarray(tilt.log_odds(population.levels) < np.log(LIGHT_ODDS))


def nothing_drawn(drawn: int, width: int) -> Tables:
    """Return the table of an empty population."""
    weight = np.zeros((drawn + 1, width))
    weight[0, 0] = 1.0
    return Tables(weight, 0.0, 0, np.zeros(drawn + 1))


def by_transform(population: Population, tilt: Tilt, drawn: int, width: int) -> Tables:
    """Return the table of a population of small odds by Fourier transform.

    At each frequency the elementary symmetric polynomials follow from the power sums by Newton's
    identities. Their terms alternate; rounding is to be expected of the size that they would have
    if they did not (the complete homogeneous polynomials), which is what `noise` holds.
    """
    if not population.size:
        return nothing_drawn(drawn, width)
    length = fft.next_fast_len(width, real=True)
    log_odds = tilt.log_odds(population.levels)
    powers = np.empty((drawn, length))
    for power in range(1, drawn + 1):
        mass = population.held * np.exp(power * log_odds)
        place = power * population.levels % length
        powers[power - 1] = np.bincount(place, weights=mass, minlength=length)
    workers = cores()
    sums = fft.rfft(powers, axis=1, workers=workers)
    spectra = np.empty((drawn + 1, sums.shape[1]), dtype=complex)
    tasks: list[Callable[[], None]] = [
        partial(_elementary, sums[:, start:stop], spectra[:, start:stop])
        for start, stop in chunks(sums.shape[1], FREQUENCIES_IN_CHUNK)
    ]
    run_all(tasks)
    weight = fft.irfft(spectra, length, axis=1, workers=workers, overwrite_x=True)
    top = int(population.levels[-1])
    for k in range(drawn + 1):
        # No draw gets there: what stands there is rounding, and would be taken for the law.
        weight[k, k * top + 1 :] = 0.0
    unsigned = np.zeros(drawn + 1)
    unsigned[0] = 1.0
    for k in range(1, drawn + 1):
        unsigned[k] = powers[:k].sum(axis=1) @ unsigned[k - 1 :: -1][:k] / k
    noise = TRANSFORM_NOISE * unsigned
    return Tables(weight[:, :width], 0.0, top, noise)


def run_all(tasks: list[Callable[[], None]]) -> None:
    """Run tasks on all cores; a single one right here, where it costs no thread."""
    if len(tasks) == 1:
        tasks[0]()
        return
    for _ in on_threads(tasks):
        pass


def with_levels(tables: Tables, population: Population, tilt: Tilt) -> Tables:
    """Return the table after the cells of a population may be drawn as well."""
    weight, noise = tables.weight.copy(), tables.noise[:, None].copy()
    log_scale, top = tables.log_scale, tables.top
    for level, held, log_odds in zip(
        population.levels, population.held, tilt.log_odds(population.levels), strict=True
    ):
        top = max(top, int(level))
        # Divided by one plus the odds, each cell's factor is a probability and cannot overflow.
        log_divisor = float(np.logaddexp(0.0, log_odds)) * int(held)
        m = np.arange(1, min(weight.shape[0] - 1, held) + 1)
        log_ways = np.cumsum(np.log((held - m + 1) / m)) + m * log_odds
        ways = np.exp(np.concatenate([[0.0], log_ways]) - log_divisor)
        _multiply(weight, int(level), ways, top)
        _multiply(noise, 0, ways, 0)
        log_scale += log_divisor
    return Tables(weight, log_scale, top, noise[:, 0])


def all_but_one(
    tables: Tables, population: Population, tilt: Tilt, needed: NDArray[np.bool_]
) -> Iterator[tuple[int, Tables]]:
    """Yield, per needed level, the table without one of that level's cells.

    Dividing a cell out of the finished product would subtract and lose digits, so the product is
    split in halves instead: each half receives the other one's cells.
    """
    if not needed.any():
        return
    if population.levels.size == 1:
        one_less = Population(population.levels, population.held - 1)
        yield int(population.levels[0]), with_levels(tables, one_less, tilt)
        return
    middle = population.levels.size // 2
    halves = [
        (Population(population.levels[part], population.held[part]), needed[part])
        for part in (slice(None, middle), slice(middle, None))
    ]
    for (inner, wanted), (outer, _) in (halves, halves[::-1]):
        if wanted.any():
            yield from all_but_one(with_levels(tables, outer, tilt), inner, tilt, wanted)


@compiled
def _multiply(weight: NDArray[np.float64], level: int, ways: NDArray[np.float64], top: int) -> None:
    drawn, width = weight.shape[0] - 1, weight.shape[1]
    for k in range(drawn, -1, -1):
        end = min(width, k * top + 1)
        row = weight[k]
        for s in range(end):
            row[s] *= ways[0]
        for m in range(1, min(k, ways.size - 1) + 1):
            shift, factor, source = m * level, ways[m], weight[k - m]
            for s in range(shift, end):
                row[s] += factor * source[s - shift]


@compiled
def _elementary(sums: NDArray[np.complex128], result: NDArray[np.complex128]) -> None:
    drawn, n = sums.shape
    result[:] = 0.0
    result[0] = 1.0
    for k in range(1, drawn + 1):
        sign = 1.0 / k
        for j in range(1, k + 1):
            power, before, now = sums[j - 1], result[k - j], result[k]
            for i in range(n):
                now[i] += sign * power[i] * before[i]
            sign = -sign
