"""The law of the sum of cells drawn without replacement, each test leaving its own cell out.

Small problems are one table of positive terms. Large ones are tables by Fourier transform, which
are good to 1e-10 of their total; sums further out are read from tilted tables, in which they are
common. The finite population is exact in both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spatial.inference import Tails
from spatial.permutation.draw_reading import SETTLED, Draws, Found, Reader
from spatial.permutation.draw_tables import (
    Population,
    Tilt,
    all_but_one,
    by_transform,
    light_levels,
    nothing_drawn,
    population_of,
    tilt_for,
    with_levels,
)

# Multiplications of the direct tables; about a fifth of a second. Beyond, transforms are faster.
MOST_DIRECT_WORK = 3e8
# Tilts after which what is not settled keeps its best estimate; a handful is usual.
MOST_TILTS = 60
# Levels that the search for a tilt looks at.
TILT_LEVELS = 1_024


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
    return _probability(upper.log_p), _probability(lower.log_p)


def _probability(log_p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities, never 0: what was observed is possible."""
    return np.exp(np.clip(log_p, np.log(np.finfo(float).tiny), 0.0))


def _settle(population: Population, draws: Draws, found: Found) -> None:
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


def _read(population: Population, tilt: Tilt, draws: Draws, direct: bool) -> tuple[Found, Found]:
    """Return upper and, without a tilt, lower tails of all tests from tables of one tilt."""
    drawn, width = int(draws.size.max()), population.largest_sum(int(draws.size.max())) + 1
    light = np.zeros(population.levels.size, bool) if direct else light_levels(population, tilt)
    base = nothing_drawn(drawn, width)
    if light.any():
        base = by_transform(_part(population, light), tilt, drawn, width)
    reader = Reader(population.size, tilt)
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
