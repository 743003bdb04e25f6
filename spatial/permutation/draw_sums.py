"""The law of the sum of cells drawn without replacement, each test leaving its own cell out.

Small problems are one table of positive terms. Large ones are tables by Fourier transform, which
are good to 1e-10 of their total; sums further out are read from tilted tables, in which they are
common. The finite population is exact in both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial._compiled import chunks, compiled
from spatial.inference import Tails
from spatial.permutation.draw_tables import (
    Population,
    Tables,
    Tilt,
    all_but_one,
    by_transform,
    light_levels,
    nothing_drawn,
    population_of,
    run_all,
    tilt_for,
    with_levels,
)

# Multiplications of the direct tables; about a fifth of a second. Beyond, transforms are faster.
MOST_DIRECT_WORK = 3e8
# Relative error of a product of positive terms, and error of a transform relative to its total.
ROUNDING = 1e-13
TRANSFORM_NOISE = 1e-15
# Grid steps to either side over which a smooth law's slope is taken.
ACROSS = 4
# A test is settled when its estimated relative error is below this.
SETTLED = 1e-5
# Tilts after which what is not settled keeps its best estimate; a handful is usual.
MOST_TILTS = 60
# Levels that the search for a tilt looks at.
TILT_LEVELS = 1_024
# Tests of one task; those on rounded values read three entries, far apart in memory.
EXACT_IN_CHUNK, ROUNDED_IN_CHUNK = 2**18, 2**15


@dataclass(frozen=True)
class Draws:
    """Tests, one entry each.

    Attributes
    ----------
    own : ndarray of int64
        Value that is left out.
    size : ndarray of int64
        Cells drawn.
    total : ndarray of int64
        Sum observed.
    lost : ndarray of float
        What rounding to whole numbers took from the observed sum.
    rounded : bool
        Whether values were rounded at all.
    """

    own: NDArray[np.int64]
    size: NDArray[np.int64]
    total: NDArray[np.int64]
    lost: NDArray[np.float64]
    rounded: bool

    def of(self, which: NDArray[Any]) -> Draws:
        """Return some of the tests."""
        kept = self.own[which], self.size[which], self.total[which], self.lost[which]
        return Draws(*kept, self.rounded)

    def mirrored(self, highest: int) -> Draws:
        """Return the same tests on values counted down from the highest."""
        total = self.size * highest - self.total
        return Draws(highest - self.own, self.size, total, -self.lost, self.rounded)


@dataclass
class _Found:
    """Logarithms of tails and their estimated relative errors, improved tilt by tilt."""

    log_p: NDArray[np.float64]
    doubt: NDArray[np.float64]

    def improve(self, which: NDArray[Any], other: _Found) -> None:
        better = other.doubt < self.doubt[which]
        at = which[better]
        self.log_p[at], self.doubt[at] = other.log_p[better], other.doubt[better]


def draw_tails(
    codes: NDArray[np.int64],
    sizes: NDArray[np.int64],
    totals: NDArray[np.int64],
    lost: NDArray[np.float64] | None = None,
) -> Tails:
    """Return both tails of each cell's sum of values drawn from the other cells.

    Parameters
    ----------
    codes : ndarray of int64, shape (cells,)
        Values as whole numbers, not negative.
    sizes : ndarray of int64, shape (cells,)
        Number of values drawn.
    totals : ndarray of int64, shape (cells,)
        Sum observed.
    lost : ndarray of float, shape (cells,), optional
        For values that were rounded: the true sum less `totals`. Where the law is smooth, tails
        are those at the true sum.

    Returns
    -------
    Tails
        NaN where nothing is drawn.

    Examples
    --------
    >>> draw_tails(np.array([0, 2, 0, 0]), np.array([1, 1, 1, 0]), np.array([2, 0, 0, 0])).greater
    array([0.33333333, 1.        , 1.        ,        nan])
    """
    greater, less = np.full(codes.size, np.nan), np.full(codes.size, np.nan)
    tested = np.flatnonzero(sizes > 0)
    if tested.size:
        exact = np.zeros(codes.size) if lost is None else lost
        every = Draws(codes, sizes, totals, exact, rounded=lost is not None)
        draws = every.of(tested)
        greater[tested], less[tested] = _both_tails(population_of(codes), draws)
    return Tails(greater, less)


def is_direct(population: Population, drawn: int) -> bool:
    """Return whether tables of positive terms are affordable."""
    width = population.largest_sum(drawn) + 1
    work = population.levels.size * drawn * (drawn + 1) / 2 * width
    return work <= MOST_DIRECT_WORK


def _both_tails(
    population: Population, draws: Draws
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    drawn = int(draws.size.max())
    plain = tilt_for(_coarse(population), drawn)
    upper, lower = _read(population, plain, draws, is_direct(population, drawn))
    _settle(population, draws, upper)
    highest = int(population.levels[-1])
    mirrored = Population(highest - population.levels[::-1], population.held[::-1])
    _settle(
        mirrored,
        draws.mirrored(highest),
        lower,
    )
    return np.exp(np.minimum(upper.log_p, 0.0)), np.exp(np.minimum(lower.log_p, 0.0))


def _settle(population: Population, draws: Draws, found: _Found) -> None:
    """Read upper tails that are not settled from tables tilted towards them."""
    coarse, n = _coarse(population), population.size
    mean = (population.levels * population.held).sum() / n
    rank = (draws.total - draws.size * mean) / np.sqrt(draws.size)
    for _ in range(MOST_TILTS):
        pending = np.flatnonzero(found.doubt > SETTLED)
        if not pending.size:
            return
        middle = pending[np.argsort(rank[pending], kind="stable")[pending.size // 2]]
        size, total = int(draws.size[middle]), float(draws.total[middle])
        tilt = tilt_for(_without(coarse, int(draws.own[middle])), size, total)
        upper, _ = _read(population, tilt, draws.of(pending), direct=False)
        found.improve(pending, upper)
        # Its own tilt is the best that a test can get.
        found.doubt[middle] = 0.0


def _read(population: Population, tilt: Tilt, draws: Draws, direct: bool) -> tuple[_Found, _Found]:
    """Return upper and, without a tilt, lower tails of all tests from tables of one tilt."""
    drawn, width = int(draws.size.max()), population.largest_sum(int(draws.size.max())) + 1
    light = np.zeros(population.levels.size, bool) if direct else light_levels(population, tilt)
    noise = 0.0 if not light.any() else TRANSFORM_NOISE
    base = nothing_drawn(drawn, width)
    if light.any():
        base = by_transform(_part(population, light), tilt, drawn, width)
    reader = _Reader(population.size, tilt, noise)
    upper, lower = reader.read(with_levels(base, _part(population, ~light), tilt), draws, 1)
    # What a heavy own value blurs is read from a table without that one cell.
    level = np.searchsorted(population.levels, draws.own)
    blurred = np.flatnonzero((np.maximum(upper.doubt, lower.doubt) > SETTLED) & ~light[level])
    if blurred.size:
        apart = np.zeros(population.levels.size, bool)
        apart[level[blurred]] = True
        common = with_levels(base, _part(population, ~light & ~apart), tilt)
        inner = _part(population, apart)
        every = np.ones(inner.levels.size, bool)
        for own, tables in all_but_one(common, inner, tilt, every):
            which = blurred[draws.own[blurred] == own]
            better = reader.read(tables, draws.of(which), 0)
            upper.improve(which, better[0])
            lower.improve(which, better[1])
    if tilt.theta > 0:
        lower.doubt[:] = 0.0
    return upper, lower


@dataclass(frozen=True)
class _Reader:
    """Reads tests from tables of one tilt."""

    n: int
    tilt: Tilt
    noise: float

    def read(self, tables: Tables, draws: Draws, left_out: int) -> tuple[_Found, _Found]:
        """Return upper and lower tails; `left_out` own cells have still to be taken out."""
        up, down = np.empty_like(tables.weight), np.empty_like(tables.weight)
        _accumulate(tables.weight, np.exp(-self.tilt.theta), up, down)
        row_totals = tables.weight.sum(axis=1)
        log_ways = self._log_ways(int(draws.size.max()))[draws.size]
        found, chunk = [], ROUNDED_IN_CHUNK if draws.rounded else EXACT_IN_CHUNK
        for table, is_upper in ((up, True), (down, False)):
            value, doubt = np.empty(draws.own.size), np.empty(draws.own.size)
            tasks: list[Callable[[], None]] = [
                partial(
                    _leave_out,
                    table,
                    is_upper,
                    row_totals,
                    draws.own[start:stop],
                    draws.size[start:stop],
                    draws.total[start:stop],
                    draws.lost[start:stop],
                    self.tilt.log_alpha,
                    self.tilt.theta,
                    left_out,
                    self.noise,
                    ACROSS if draws.rounded else 0,
                    value[start:stop],
                    doubt[start:stop],
                )
                for start, stop in chunks(draws.own.size, chunk)
            ]
            run_all(tasks)
            with np.errstate(divide="ignore", invalid="ignore"):
                log_p = np.log(value) + tables.log_scale - log_ways
                log_p -= draws.size * self.tilt.log_alpha + self.tilt.theta * draws.total
                found.append(_Found(log_p, np.where(value > 0, doubt / value, np.inf)))
            if self.tilt.theta > 0:
                found.append(_Found(np.full(log_p.shape, np.nan), np.zeros(log_p.shape)))
                break
        return found[0], found[1]

    def _log_ways(self, drawn: int) -> NDArray[np.float64]:
        """Return the log number of ways to draw 0, 1, … of the other cells."""
        k = np.arange(1, drawn + 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.log((self.n - k) / k)
        return np.concatenate([[0.0], np.cumsum(steps)])


def _coarse(population: Population) -> Population:
    """Return a population of few levels, the highest kept apart, for finding tilts."""
    n = population.levels.size
    if n <= TILT_LEVELS:
        return population
    kept = TILT_LEVELS // 2
    edges = np.linspace(0, n - kept, kept + 1).astype(np.int64)[:-1]
    starts = np.concatenate([edges, np.arange(n - kept, n)])
    held = np.add.reduceat(population.held, starts)
    levels = np.add.reduceat(population.levels * population.held, starts) / held
    return Population(np.rint(levels).astype(np.int64), held)


def _without(population: Population, own: int) -> Population:
    """Return the population without one cell, of the nearest level."""
    held = population.held.copy()
    held[np.abs(population.levels - own).argmin()] -= 1
    return _part(Population(population.levels, held), held > 0)


def _part(population: Population, which: NDArray[np.bool_]) -> Population:
    return Population(population.levels[which], population.held[which])


@compiled
def _accumulate(
    weight: NDArray[np.float64],
    decay: float,
    up: NDArray[np.float64],
    down: NDArray[np.float64],
) -> None:
    """Sum each row from its end, discounting as the tilt demands, and from its start."""
    drawn, width = weight.shape
    for k in range(drawn):
        above, below = 0.0, 0.0
        for s in range(width):
            below += weight[k, s]
            down[k, s] = below
            above = above * decay + weight[k, width - 1 - s]
            up[k, width - 1 - s] = above


@compiled
def _leave_out(
    table: NDArray[np.float64],
    is_upper: bool,
    row_totals: NDArray[np.float64],
    own: NDArray[np.int64],
    size: NDArray[np.int64],
    total: NDArray[np.int64],
    lost: NDArray[np.float64],
    log_alpha: float,
    theta: float,
    left_out: int,
    noise: float,
    across: int,
    value: NDArray[np.float64],
    doubt: NDArray[np.float64],
) -> None:
    """Read each test's tail without its own cell: subtract the draws that have it.

    ``doubt`` is the error to be expected: terms that cancel, and noise of the rows they come from.
    Where a rounded law is smooth, the tail is moved to the true sum. One loop, not a function for
    each of the three readings: compiled calls would take most of the time.
    """
    width = table.shape[1]
    side = across if is_upper else -across
    for i in range(own.size):
        odds = np.exp(log_alpha + theta * own[i])
        found, wider, narrower = 0.0, 0.0, 0.0
        for reading in range(1 if across == 0 else 3):
            total_here, enough = total[i], 1e-9
            if reading > 0:
                total_here, enough = total[i] + (side if reading == 2 else -side), 1e-4
            term, sum_here, magnitude, floor = 1.0, 0.0, 0.0, 0.0
            for m in range(size[i] * left_out + 1):
                at, row = total_here - m * own[i], size[i] - m
                part = 0.0
                if at >= width:
                    part = 0.0 if is_upper else table[row, width - 1]
                elif at >= 0:
                    part = table[row, at]
                elif is_upper:
                    part = table[row, 0] * np.exp(theta * at)
                sum_here += term * part
                magnitude += abs(term) * part
                floor += abs(term) * row_totals[row]
                term *= -odds
                if abs(term) * row_totals[max(row - 1, 0)] < enough * sum_here:
                    break
            if reading == 0:
                found = sum_here
                doubt[i] = ROUNDING * magnitude + noise * floor
                if doubt[i] > SETTLED * found:
                    break
            elif reading == 1:
                wider = sum_here * np.exp(theta * side)
            else:
                narrower = sum_here * np.exp(-theta * side)
        value[i] = found
        # A lump at the observed sum belongs to the tail as a whole: only a slope is divided.
        lump = found - narrower
        if narrower > 0.0 and (lump <= 2.0 * (wider - found) or lump < 0.005 * found):
            within = 0.5 + lost[i] if is_upper else 0.5 - lost[i]
            value[i] = found - within * (wider - narrower) / (2.0 * across)
