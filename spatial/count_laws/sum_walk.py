"""The compiled walk through the totals of negative binomial sums; see `neighbour_sums`.

Tests walk from a total of 0 up to their own in lanes side by side, all with the same number of
members (those not used expect 0). Compiling takes about five seconds, once for each installation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from spatial._compiled import chunks, compiled, on_threads

# Tests that are walked side by side: loops over them fill the processor's vector registers.
LANES = 32
# Tests that one task takes, enough to make starting it cheap.
TASK = 4_096
# State is scaled down when it grows beyond this; a double would overflow at 1e308.
LARGE = 1e150
RESCALE_EVERY = 8
# An upward sum ends where a geometric series bounds what is left to this share of it.
NEGLIGIBLE = 1e-13


def walked_tails(
    counts: NDArray[np.float64], expected: NDArray[np.float64], dispersion: float, far: bool
) -> NDArray[np.float64]:
    """Return both tails of sums by walking through all smaller totals, on all cores.

    Parameters
    ----------
    counts : ndarray of float, shape (n,)
        Observed sums, whole numbers.
    expected : ndarray of float, shape (n, members)
        Expected count of each member, 0 for those not used.
    dispersion : float
        Of each member, above 0.
    far : bool
        Sum upper tails upwards, to full relative accuracy however small they are. Without it they
        are one minus the part below, which is quicker.

    Returns
    -------
    ndarray of float, shape (2, n)
        Upper and lower tails.

    Examples
    --------
    >>> walked_tails(np.array([3.0]), np.array([[1.0, 0.0]]), 1.0, far=True).round(12)
    array([[0.125 ],
           [0.9375]])
    """
    # Neighbours in this order walk equally far, so that hardly a lane waits for another.
    order = np.argsort(counts, kind="stable")
    # One memory layout, or the loops would be compiled once more.
    means = np.require(expected, float, ["C", "W"])
    tasks: list[Callable[[], NDArray[np.float64]]] = [
        partial(_walk_all, counts, means, float(dispersion), order[first:last], far)
        for first, last in chunks(counts.size, TASK)
    ]
    found = list(on_threads(tasks)) if len(tasks) > 1 else [task() for task in tasks]
    tails = np.empty((2, counts.size))
    if found:
        tails[:, order] = np.concatenate(found, axis=1)
    return tails


@compiled
def _walk_all(
    counts: NDArray[np.float64],
    expected: NDArray[np.float64],
    dispersion: float,
    tests: NDArray[np.int64],
    far: bool,
) -> NDArray[np.float64]:
    """Return upper and lower tail of the given tests as rows, taken `LANES` at a time."""
    found, members = np.empty((2, tests.size)), expected.shape[1]
    start, ratio = np.empty((members, LANES)), np.empty((members, LANES))
    count, log_scale = np.empty(LANES), np.empty(LANES)
    for first in range(0, tests.size, LANES):
        for lane in range(LANES):
            # Lanes past the end repeat the last test.
            test = tests[min(first + lane, tests.size - 1)]
            count[lane], log_scale[lane] = counts[test], 0.0
            for j in range(members):
                spread = dispersion * expected[test, j]
                start[j, lane] = expected[test, j] / (1.0 + spread)
                ratio[j, lane] = spread / (1.0 + spread)
                log_scale[lane] -= np.log1p(spread) / dispersion
        tails = _walk(count, start, ratio, log_scale, far)
        for lane in range(min(LANES, tests.size - first)):
            found[:, first + lane] = tails[:, lane]
    return found


@compiled
def _walk(
    count: NDArray[np.float64],
    start: NDArray[np.float64],
    ratio: NDArray[np.float64],
    log_scale: NDArray[np.float64],
    far: bool,
) -> NDArray[np.float64]:
    """Return upper and lower tail of one test a lane.

    Totals are walked from 0 up. All masses are relative to that of 0, whose logarithm is
    `log_scale`: `below` the observed total, `at` it, and from it on (`above`).
    """
    history, total, mass, before = (
        np.zeros(start.shape),
        np.zeros(LANES),
        np.ones(LANES),
        np.zeros(LANES),
    )
    below, at, above = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    n, nearest, last = 0, count.min(), count.max()
    while True:
        if n < nearest:
            for lane in range(LANES):
                below[lane] += mass[lane]
        else:
            for lane in range(LANES):
                below[lane] += mass[lane] if n < count[lane] else 0.0
                at[lane] = mass[lane] if n == count[lane] else at[lane]
                above[lane] += mass[lane] if n >= count[lane] else 0.0
        if n >= last and (not far or _settled(mass, before, above, ratio)):
            break
        n += 1
        for lane in range(LANES):
            before[lane] = mass[lane]
        _step(history, mass, start, ratio, total, n)
        if n % RESCALE_EVERY == 0:
            _rescale((mass, before, below, at, above), history, log_scale)
    tails = np.empty((2, LANES))
    for lane in range(LANES):
        lower = _unscaled(below[lane], log_scale[lane])
        upper = _unscaled(above[lane], log_scale[lane]) if far else 1.0 - lower
        tails[0, lane] = min(1.0, max(0.0, upper))
        tails[1, lane] = min(1.0, lower + _unscaled(at[lane], log_scale[lane]))
    return tails


@compiled
def _step(
    history: NDArray[np.float64],
    mass: NDArray[np.float64],
    start: NDArray[np.float64],
    ratio: NDArray[np.float64],
    total: NDArray[np.float64],
    n: int,
) -> None:
    """Advance history and mass in place from n - 1 to n."""
    for lane in range(LANES):
        total[lane] = 0.0
    for j in range(start.shape[0]):
        for lane in range(LANES):
            history[j, lane] = history[j, lane] * ratio[j, lane] + start[j, lane] * mass[lane]
            total[lane] += history[j, lane]
    for lane in range(LANES):
        mass[lane] = total[lane] / n


@compiled
def _rescale(
    masses: tuple[NDArray[np.float64], ...],
    history: NDArray[np.float64],
    log_scale: NDArray[np.float64],
) -> None:
    """Scale lanes down whose mass, or mass below the observed total, has grown too large."""
    mass, _, below, _, _ = masses
    large = False
    for lane in range(LANES):
        large |= (mass[lane] > LARGE) | (below[lane] > LARGE)
    if large:
        for lane in range(LANES):
            if max(mass[lane], below[lane]) > LARGE:
                log_scale[lane] += np.log(LARGE)
                history[:, lane] /= LARGE
                for one in masses:
                    one[lane] /= LARGE


@compiled
def _settled(
    mass: NDArray[np.float64],
    before: NDArray[np.float64],
    above: NDArray[np.float64],
    ratio: NDArray[np.float64],
) -> bool:
    """Return whether in every lane nothing worth counting is left above.

    Successive masses shrink at least like the larger of the present and the final ratio, so a
    geometric series bounds what is left.
    """
    for lane in range(LANES):
        shrink = ratio[:, lane].max()
        if before[lane] > 0:
            shrink = max(shrink, mass[lane] / before[lane])
        if shrink >= 1.0 or mass[lane] * shrink > NEGLIGIBLE * (1.0 - shrink) * above[lane]:
            return False
    return True


@compiled
def _unscaled(value: float, log_scale: float) -> float:
    """Return the value times exp(log_scale), where the factor alone may underflow."""
    return np.exp(np.log(value) + log_scale) if value > 0 else 0.0
