"""The two compiled searches: best window round every centre, and best window of every replica.

Both walk through a centre's nested zones by adding one area at a time and look at every window
in time. The observed counts are searched once, window by window, and what is found is
remembered. Replicas are searched many at a time: for each window the smallest count that could
beat the weakest replica's best so far is looked up, compared with all replicas' counts at once,
and only the few counts that reach it get a likelihood. Nothing is lost: the look-up errs towards
counts that are too small, and a replica's best only grows.

A window holds `count` of the `cases` and `measure` of the `mass`: under the null it is expected
to hold ``cases * measure / mass``. For the Poisson and the space-time permutation model the
measure is expected cases or anything proportional to them; for the Bernoulli model it counts
individuals, and those who are no cases have their say too.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spatial._compiled import compiled

# Thresholds are tabulated over the square root of the measure, where a count's spread is even.
GRID = 2048
# The table is made anew when the weakest best has grown by this factor.
RAISE = 1.05
# Ratios that differ by less, relatively, are the same ratio computed in another order.
TIE = 1e-9


@compiled
def search_observed(
    counts: NDArray[np.int32],
    measure: NDArray[np.float64],
    members: NDArray[np.int32],
    closes: NDArray[np.bool_],
    starts: NDArray[np.int64],
    first: int,
    last: int,
    windows: NDArray[np.int64],
    bernoulli: bool,
    cases: float,
    mass: float,
    least_high: int,
    best: NDArray[np.float64],
    size: NDArray[np.int64],
    window: NDArray[np.int64],
) -> None:
    """Fill `best`, `size` and `window` with the best window round each centre of a range.

    Of equal ratios the smaller zone stays.

    Parameters
    ----------
    counts, measure : ndarray, shape (areas, steps + 1)
        Running sums over the steps with a leading zero.
    members, closes, starts : ndarray
        See `Zones`.
    first, last : int
        Range of centres.
    windows : ndarray of int64, shape (windows, 2)
        Positions in the running sums, the later one first in a window for high rates.
    bernoulli, cases, mass
        See `log_likelihood_ratio`.
    least_high : int
        Fewest cases of a cluster with a high rate.
    best, size, window : ndarray, shape (areas,)
        Largest ratio, number of members, row of `windows`: filled where something is found.
    """
    width = counts.shape[1]
    inside, share = np.empty(width), np.empty(width)
    for centre in range(first, last):
        inside[:] = 0.0
        share[:] = 0.0
        for at in range(starts[centre], starts[centre + 1]):
            for t in range(width):
                inside[t] += counts[members[at], t]
                share[t] += measure[members[at], t]
            if not closes[at]:
                continue
            for w in range(windows.shape[0]):
                high = windows[w, 0] > windows[w, 1]
                sign = 1.0 if high else -1.0
                count = sign * (inside[windows[w, 0]] - inside[windows[w, 1]])
                part = sign * (share[windows[w, 0]] - share[windows[w, 1]])
                if part <= 0.0 or part >= mass or (high and count < least_high):
                    continue
                if sign * (count * mass - cases * part) <= 0.0:
                    continue
                if ratio_bound(bernoulli, count, part, cases, mass) <= best[centre]:
                    continue
                value = log_likelihood_ratio(bernoulli, count, part, cases, mass)
                if value > best[centre] * (1 + TIE):
                    best[centre] = value
                    size[centre] = at - starts[centre] + 1
                    window[centre] = w


@compiled
def search_replicas(
    counts: NDArray[np.int32],
    measure: NDArray[np.float64],
    members: NDArray[np.int32],
    closes: NDArray[np.bool_],
    starts: NDArray[np.int64],
    order: NDArray[np.int64],
    windows: NDArray[np.int64],
    bernoulli: bool,
    cases: float,
    mass: float,
    least_high: int,
    best: NDArray[np.float64],
) -> None:
    """Raise `best` to each replica's largest ratio over all centres.

    Parameters
    ----------
    counts : ndarray of int32, shape (areas, steps + 1, replicas)
        Running sums over the steps with a leading zero.
    order : ndarray of int64
        Centres in the order in which they are looked at: the sooner some give good ratios, the
        fewer likelihoods are needed.
    windows : ndarray of int64, shape (windows, 2)
        Those with the same first position and rising second ones stand together.
    best : ndarray of float, shape (replicas,)
        0 to begin with.
    measure, members, closes, starts, bernoulli, cases, mass, least_high
        As in `search_observed`.
    """
    _, width, replicas = counts.shape
    inside = np.empty((width, replicas), np.int32)
    share = np.empty(width)
    thresholds = np.empty(windows.shape[0], np.int32)
    parts = np.empty(windows.shape[0])
    below = np.empty(replicas, np.int32)
    table = np.empty(2 * GRID + 2, np.int32)
    floor = -1.0
    for centre in order:
        weakest = best.min()
        if floor < 0.0 or weakest > floor * RAISE:
            floor = weakest
            _fill_table(table, floor, bernoulli, cases, mass, least_high)
        inside[:] = 0
        share[:] = 0.0
        for at in range(starts[centre], starts[centre + 1]):
            area = members[at]
            for t in range(1, width):
                share[t] += measure[area, t]
                row, added = inside[t], counts[area, t]
                for replica in range(replicas):
                    row[replica] += added[replica]
            if closes[at]:
                _look_up(share, windows, table, mass, parts, thresholds)
                _compare(inside, windows, thresholds, below)
                for replica in range(replicas):
                    if below[replica] >= 0:
                        best[replica] = _best_of_replica(
                            inside[:, replica],
                            windows,
                            thresholds,
                            parts,
                            bernoulli,
                            cases,
                            mass,
                            best[replica],
                        )


@compiled
def _fill_table(
    table: NDArray[np.int32],
    floor: float,
    bernoulli: bool,
    cases: float,
    mass: float,
    least_high: int,
) -> None:
    """Tabulate, per class of the measure, which counts may have a ratio above the floor.

    First half: no smaller count is high enough. Second half, negated: no larger count is low
    enough. Either is taken at the edge of its class that lets more through.
    """
    high, low = float(least_high), -1.0
    for k in range(GRID + 1):
        left = mass * (k / GRID) ** 2 * (1 - TIE)
        while high <= cases and not _may_be_high(floor, bernoulli, high, left, cases, mass):
            high += 1.0
        table[k] = int(high)
        right = min(mass * ((k + 1) / GRID) ** 2 * (1 + TIE), mass)
        while low < cases and _may_be_low(floor, bernoulli, low + 1.0, right, cases, mass):
            low += 1.0
        table[GRID + 1 + k] = -int(low)


@compiled
def _may_be_high(
    floor: float, bernoulli: bool, count: float, measure: float, cases: float, mass: float
) -> bool:
    if count * mass <= cases * measure:
        return False
    # More cases than individuals at the edge of the class, but perhaps not further in.
    if bernoulli and count > measure:
        return True
    return log_likelihood_ratio(bernoulli, count, measure, cases, mass) >= floor * (1 - TIE)


@compiled
def _may_be_low(
    floor: float, bernoulli: bool, count: float, measure: float, cases: float, mass: float
) -> bool:
    if count * mass >= cases * measure:
        return False
    if measure >= mass or (bernoulli and cases - count > mass - measure):
        return True
    return log_likelihood_ratio(bernoulli, count, measure, cases, mass) >= floor * (1 - TIE)


@compiled
def _look_up(
    share: NDArray[np.float64],
    windows: NDArray[np.int64],
    table: NDArray[np.int32],
    mass: float,
    parts: NDArray[np.float64],
    thresholds: NDArray[np.int32],
) -> None:
    """Fill each window's signed measure and the signed count from which it is worth a look.

    Three loops, so that the processor can take the roots of many windows at once.
    """
    n = windows.shape[0]
    for w in range(n):
        parts[w] = share[windows[w, 0]] - share[windows[w, 1]]
    scale = GRID * GRID / mass
    for w in range(n):
        row = GRID + 1 if parts[w] < 0.0 else 0
        thresholds[w] = np.int32(math.sqrt(abs(parts[w]) * scale)) + row
    for w in range(n):
        thresholds[w] = table[thresholds[w]]


@compiled
def _compare(
    inside: NDArray[np.int32],
    windows: NDArray[np.int64],
    thresholds: NDArray[np.int32],
    below: NDArray[np.int32],
) -> None:
    """Leave `below` negative for replicas that are below the threshold in all windows.

    The loops over replicas are innermost and only subtract and join sign bits, so the processor
    does many replicas at once. Windows that differ in one bound by one are taken by fours.
    Unsigned positions spare the loops the question whether they count from the end.
    """
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    n, w = windows.shape[0], 0
    below[:] = -1
    while w < n:
        high, low = windows[w, 0], windows[w, 1]
        plus, minus, t0 = np.uint64(high), np.uint64(low), thresholds[w]
        if w + 3 < n and windows[w + 3, 0] == high and windows[w + 3, 1] == low + 3:
            t1, t2, t3 = thresholds[w + 1], thresholds[w + 2], thresholds[w + 3]
            for r in range(below.size):
                upper = inside[plus, r]
                first = (upper - inside[minus, r] - t0) & (upper - inside[minus + one, r] - t1)
                last = (upper - inside[minus + two, r] - t2) & (
                    upper - inside[minus + three, r] - t3
                )
                below[r] &= first & last
            w += 4
        else:
            for r in range(below.size):
                below[r] &= inside[plus, r] - inside[minus, r] - t0
            w += 1


@compiled
def _best_of_replica(
    inside: NDArray[np.int32],
    windows: NDArray[np.int64],
    thresholds: NDArray[np.int32],
    parts: NDArray[np.float64],
    bernoulli: bool,
    cases: float,
    mass: float,
    best: float,
) -> float:
    for w in range(windows.shape[0]):
        signed = inside[windows[w, 0]] - inside[windows[w, 1]]
        part = abs(parts[w])
        if signed < thresholds[w] or part <= 0.0 or part >= mass:
            continue
        count = float(abs(signed))
        # The table lets counts on the wrong side of their expectation through at a low floor.
        if (windows[w, 0] > windows[w, 1]) != (count * mass > cases * part):
            continue
        best = max(best, log_likelihood_ratio(bernoulli, count, part, cases, mass))
    return best


@compiled
def log_likelihood_ratio(
    bernoulli: bool, count: float, measure: float, cases: float, mass: float
) -> float:
    """Return the log likelihood ratio of a window, whether it is high or low.

    Examples
    --------
    >>> round(log_likelihood_ratio(False, 100.0, 58.28271, 552.0, 552.0), 4)
    14.0835
    """
    expected = cases * measure / mass
    outside = cases - count
    value = _share(count, expected) + _share(outside, cases - expected)
    if bernoulli:
        others = measure - count
        value += _share(others, measure - expected)
        value += _share(mass - measure - outside, mass - measure - cases + expected)
    return value


@compiled
def ratio_bound(bernoulli: bool, count: float, measure: float, cases: float, mass: float) -> float:
    """Return a cheap number that the log likelihood ratio never exceeds: Pearson's chi-square.

    Divergence is bounded by chi-square, because ``log(x) <= x - 1``.

    Examples
    --------
    >>> ratio_bound(False, 100.0, 58.28, 552.0, 552.0) > 14.08
    True
    """
    deviation = count - cases * measure / mass
    bound = deviation * deviation * mass * mass / (cases * measure * (mass - measure))
    return bound * mass / (mass - cases) if bernoulli else bound


@compiled
def _share(observed: float, expected: float) -> float:
    return observed * math.log(observed / expected) if observed > 0 else 0.0
