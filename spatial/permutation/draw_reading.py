"""Reading tests from a table of draws: sums from its ends, and one own cell taken out.

A test is a cell that draws `size` others; its own cell is not among them. Tables hold all cells, so
draws with the own cell are subtracted, unless the table was made without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial._compiled import chunks, compiled
from spatial.permutation.draw_tables import Tables, Tilt, run_all

# Relative error of a product of positive terms.
ROUNDING = 1e-13
# What products too small for a number may add up to: under a tilt far from a test's own, some of
# its draws vanish and others do not.
VANISHED = 1e-290
# An own cell with larger odds is not subtracted: draws without it may have vanished.
MOST_ODDS = 10.0
# Grid steps to either side over which a smooth law's slope is taken.
ACROSS = 4
# A test is settled when its estimated relative error is below this.
SETTLED = 1e-6
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
class Found:
    """Logarithms of tails and their estimated relative errors, improved tilt by tilt."""

    log_p: NDArray[np.float64]
    doubt: NDArray[np.float64]

    def improve(self, which: NDArray[Any], other: Found) -> None:
        better = other.doubt < self.doubt[which]
        at = which[better]
        self.log_p[at], self.doubt[at] = other.log_p[better], other.doubt[better]


@dataclass(frozen=True)
class Reader:
    """Reads tests from tables of one tilt."""

    n: int
    tilt: Tilt

    def read(self, tables: Tables, draws: Draws, left_out: int) -> tuple[Found, Found]:
        """Return upper and lower tails; `left_out` own cells have still to be taken out."""
        up, down = np.empty_like(tables.weight), np.empty_like(tables.weight)
        _accumulate(tables.weight, np.exp(-self.tilt.theta), up, down)
        row_totals = np.abs(tables.weight).sum(axis=1)
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
                    tables.noise,
                    ACROSS if draws.rounded else 0,
                    value[start:stop],
                    doubt[start:stop],
                )
                for start, stop in chunks(draws.own.size, chunk)
            ]
            run_all(tasks)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                log_p = np.log(value) + tables.log_scale - log_ways
                log_p -= draws.size * self.tilt.log_alpha + self.tilt.theta * draws.total
                # Odds too large for a number leave no value; such cells are read from other tables.
                sure = (value > 0) & np.isfinite(log_p) & np.isfinite(doubt / value)
                found.append(Found(log_p, np.where(sure, doubt / value, np.inf)))
            if self.tilt.theta > 0:
                found.append(Found(np.full(log_p.shape, np.nan), np.zeros(log_p.shape)))
                break
        return found[0], found[1]

    def _log_ways(self, drawn: int) -> NDArray[np.float64]:
        """Return the log number of ways to draw 0, 1, … of the other cells."""
        k = np.arange(1, drawn + 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.log((self.n - k) / k)
        return np.concatenate([[0.0], np.cumsum(steps)])


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
    noise: NDArray[np.float64],
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
                floor += abs(term) * noise[row]
                term *= -odds
                if abs(term) * row_totals[max(row - 1, 0)] < enough * sum_here:
                    break
            if reading == 0:
                found = sum_here
                doubt[i] = ROUNDING * magnitude + floor + VANISHED
                if doubt[i] > SETTLED * found:
                    break
            elif reading == 1:
                wider = sum_here * np.exp(theta * side)
            else:
                narrower = sum_here * np.exp(-theta * side)
        if left_out > 0 and odds > MOST_ODDS:
            doubt[i] = np.inf
        value[i] = found
        # A lump at the observed sum belongs to the tail as a whole: only a slope is divided.
        lump = found - narrower
        if narrower > 0.0 and (lump <= 2.0 * (wider - found) or lump < 0.005 * found):
            within = 0.5 + lost[i] if is_upper else 0.5 - lost[i]
            value[i] = found - within * (wider - narrower) / (2.0 * across)
