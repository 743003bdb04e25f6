"""Tails of one row's weighted sum: tilted, convolved slot by slot, and the tilt undone.

The row's values stand as whole grid steps: `codes` has, for each group of slots with one weight and
each level of the population, what such a cell in such a slot adds to the sum.

What compiled functions call stands in one file: numba keeps compiled code until the caller's own
file changes, and would not notice a change elsewhere.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spatial._compiled import compiled

# Different weights of one row; more are merged into their means.
MOST_GROUPS = 24
# Grid steps from the smallest possible sum, or the largest if that is nearer, to the observed one.
STEPS = 1_024
NEWTON_STEPS = 60
# A grid step that holds less than this of a tail is part of something smooth.
SMOOTH = 0.05
# Tilts beyond this, in deviations of the sum, belong to the last possible sums: strong enough.
STRONGEST = 1e3


@compiled
def tails_of_rows(
    values: NDArray[np.float64],
    levels: NDArray[np.float64],
    held: NDArray[np.float64],
    step: float,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int64],
    weights: NDArray[np.float64],
    ends: tuple[float, float],
    rows: NDArray[np.int64],
    greater: NDArray[np.float64],
    less: NDArray[np.float64],
) -> None:
    left = held.copy()
    low, high = ends
    for at in range(rows.size):
        row = rows[at]
        first, last = indptr[row], indptr[row + 1]
        if first == last:
            continue
        own = 0
        for b in range(levels.size):
            if abs(levels[b] - values[row]) < abs(levels[own] - values[row]):
                own = b
        left[own] -= 1.0
        # Values are counted from the end that is nearer to the observed sum.
        up, down = 0.0, 0.0
        for j in range(first, last):
            up += weights[j] * (values[indices[j]] - low)
            down += weights[j] * (high - values[indices[j]])
        sign, end, total = (1.0, low, up) if up <= down else (-1.0, high, down)
        weight, slots = _groups(weights[first:last])
        scale, unit = _grid(total, weight[-1], step)
        drawn = sign * (values[indices[first:last]] - end)
        observed, lost = _observed(weights[first:last], drawn, scale, unit)
        codes = np.empty((weight.size, levels.size), dtype=np.int64)
        for g in range(weight.size):
            for b in range(levels.size):
                code, _ = _code(weight[g], sign * (levels[b] - end), scale, unit)
                # Beyond the observed sum it does not matter how far: one slot alone decides.
                codes[g, b] = min(code, observed + 1)
        far, near = slot_tails(codes, left, slots, observed, lost)
        greater[at], less[at] = (far, near) if sign > 0.0 else (near, far)
        left[own] += 1.0


@compiled
def _observed(
    weights: NDArray[np.float64], drawn: NDArray[np.float64], scale: float, unit: float
) -> tuple[int, float]:
    """Return the observed sum in grid steps, and what rounding took from it."""
    observed, lost = 0, 0.0
    for j in range(weights.size):
        code, rounded = _code(weights[j], drawn[j], scale, unit)
        observed += code
        lost += rounded
    return observed, lost


@compiled
def _grid(total: float, heaviest: float, step: float) -> tuple[float, float]:
    """Return grid steps per unit of sum, and the unit of values whose multiples stay multiples.

    On counts, sums made in different ways tie. With few units in the sum, weights are rounded
    instead of products, so that ties remain; the heaviest weight becomes a multiple of 12 steps,
    so that halves, thirds and quarters of it tie as well.
    """
    units = total / (heaviest * step) if step > 0.0 else math.inf
    if units * 12.0 > STEPS:
        return STEPS / max(total, 1e-300), 0.0
    return 12.0 * math.floor(STEPS / (12.0 * max(units, 1.0))) / (heaviest * step), step


@compiled
def _code(weight: float, value: float, scale: float, unit: float) -> tuple[int, float]:
    """Return a slot's part of the sum in grid steps, and what rounding took from it."""
    if unit > 0.0:
        return int(round(weight * unit * scale) * round(value / unit)), 0.0
    exact = min(weight * value * scale, 4.0 * STEPS)
    return round(exact), exact - round(exact)


@compiled
def _groups(weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the different weights of a row and how many slots have each."""
    ordered = weights.copy()
    for i in range(1, ordered.size):
        j, moving = i, ordered[i]
        while j > 0 and ordered[j - 1] > moving:
            ordered[j] = ordered[j - 1]
            j -= 1
        ordered[j] = moving
    means, slots = np.zeros(ordered.size), np.zeros(ordered.size)
    wide = 1e-12 * ordered[-1]
    if ordered.size > MOST_GROUPS:
        wide = (ordered[-1] - ordered[0]) / MOST_GROUPS
    n, start = -1, -np.inf
    for one in ordered:
        if one - start > wide:
            n, start = n + 1, one
        slots[n] += 1.0
        means[n] += (one - means[n]) / slots[n]
    return means[: n + 1], slots[: n + 1]


@compiled
def slot_tails(
    codes: NDArray[np.int64],
    held: NDArray[np.float64],
    slots: NDArray[np.float64],
    observed: int,
    lost: float,
) -> tuple[float, float]:
    """Return the tails away from and towards the end from which values are counted.

    Parameters
    ----------
    codes : ndarray of int64, shape (groups, levels)
    held : ndarray of float, shape (levels,)
        Cells of each level, without the one under test.
    slots : ndarray of float, shape (groups,)
        Slots of each weight.
    observed : int
        The observed sum, in grid steps.
    lost : float
        What rounding took from it.

    Examples
    --------
    One slot of weight 2 and one of weight 1, three cells of values 0, 1, 2; the sum is 5, in one
    arrangement of six (the approximation is at its worst with three cells):

    >>> codes = np.array([[0, 2, 4], [0, 1, 2]])
    >>> far, near = slot_tails(codes, np.ones(3), np.ones(2), 5, 0.0)
    >>> round(far, 2), round(near, 2)
    (0.19, 1.0)
    """
    n = held.sum()
    if observed == 0:
        # Every slot holds the very last value: the one sum whose probability is a plain product.
        at_end, chance = 0.0, 1.0
        for b in range(held.size):
            at_end += held[b] * (codes[0, b] == 0)
        for j in range(int(slots.sum())):
            chance *= max(at_end - j, 0.0) / (n - j)
        return 1.0, chance
    share = np.empty(codes.shape)
    for g in range(slots.size):
        for b in range(held.size):
            share[g, b] = slots[g] / n
    log_plain = _log_arrangements(codes, held, slots, share, 0.0)
    theta, spread = _tilted_shares(codes, held, slots, float(observed) / STEPS, share)
    log_ratio = _log_arrangements(codes, held, slots, share, theta) - log_plain
    log_ratio -= theta * observed / STEPS
    far, near = _undo_tilt(codes, held, slots, share, theta, spread, log_ratio, observed, lost)
    # The arrangement observed is one of those that count.
    log_least = math.lgamma(n - slots.sum() + 1.0) - math.lgamma(n + 1.0)
    for size in slots:
        log_least += math.lgamma(size + 1.0)
    least = max(math.exp(log_least), 1e-300)
    return max(far, least), max(near, least)


@compiled
def _log_arrangements(
    codes: NDArray[np.int64],
    held: NDArray[np.float64],
    slots: NDArray[np.float64],
    share: NDArray[np.float64],
    theta: float,
) -> float:
    """Return the log of the tilted number of arrangements, by Bethe's approximation."""
    total = 0.0
    for b in range(held.size):
        undrawn, found = 1.0, 0.0
        for g in range(slots.size):
            one = share[g, b] / slots[g]
            undrawn -= one * slots[g]
            if one > 0.0:
                found += slots[g] * one * (theta * codes[g, b] / STEPS - math.log(one))
            if one < 1.0:
                found += slots[g] * (1.0 - one) * math.log1p(-one)
        if undrawn > 0.0:
            found -= undrawn * math.log(undrawn)
        total += held[b] * found
    return total


@compiled
def _tilted_shares(
    codes: NDArray[np.int64],
    held: NDArray[np.float64],
    slots: NDArray[np.float64],
    target: float,
    share: NDArray[np.float64],
) -> tuple[float, float]:
    """Find the tilt whose mean is the target; return it and the sum's deviation under it.

    The multipliers of the groups and the tilt minimise a convex function (Newton, halving steps).
    Undrawn cells are the reference, or the last group where every cell is drawn.
    """
    n, groups = held.sum(), slots.size
    rest = n - slots.sum()
    free = groups if rest > 0.5 else groups - 1
    size = free + 1
    point, trial, step = np.zeros(size), np.zeros(size), np.zeros(size)
    for g in range(free):
        point[g] = math.log(slots[g] / (rest if rest > 0.5 else slots[-1]))
    gradient, hessian, lower = np.empty(size), np.empty((size, size)), np.zeros((size, size))
    value = _potential(codes, held, slots, target, point, share, gradient, hessian)
    for _ in range(NEWTON_STEPS):
        if not _newton_step(hessian, gradient, lower, step):
            break
        slope = 0.0
        for i in range(size):
            slope += gradient[i] * step[i]
        if slope < 1e-12:
            break
        length, new = 1.0, math.inf
        while length > 1e-4:
            for i in range(size):
                trial[i] = point[i] - length * step[i]
            new = _potential(codes, held, slots, target, trial, share, gradient, hessian)
            if new <= value - 1e-4 * length * slope:
                break
            length /= 2.0
        if length <= 1e-4:
            break
        for i in range(size):
            point[i] = trial[i]
        value = new
        if abs(point[-1]) * lower[-1, -1] > STRONGEST:
            break
    _potential(codes, held, slots, target, point, share, gradient, hessian)
    _newton_step(hessian, gradient, lower, step)
    return float(point[-1]), float(lower[-1, -1])


@compiled
def _potential(
    codes: NDArray[np.int64],
    held: NDArray[np.float64],
    slots: NDArray[np.float64],
    target: float,
    point: NDArray[np.float64],
    share: NDArray[np.float64],
    gradient: NDArray[np.float64],
    hessian: NDArray[np.float64],
) -> float:
    """Return the function to minimise; write each level's shares and both derivatives."""
    free, groups = point.size - 1, slots.size
    theta = point[free]
    value = -theta * target
    for i in range(free + 1):
        for j in range(free + 1):
            hessian[i, j] = 0.0
    for g in range(free):
        value -= point[g] * slots[g]
        gradient[g] = -slots[g]
    gradient[free] = -target
    for b in range(held.size):
        if held[b] <= 0.0:
            for g in range(groups):
                share[g, b] = 0.0
            continue
        highest = 0.0
        for g in range(groups):
            share[g, b] = theta * codes[g, b] / STEPS + (point[g] if g < free else 0.0)
            highest = max(highest, share[g, b])
        whole = math.exp(-highest) if free == groups else 0.0
        for g in range(groups):
            share[g, b] = math.exp(share[g, b] - highest)
            whole += share[g, b]
        value += held[b] * (highest + math.log(whole))
        lag, square = 0.0, 0.0
        for g in range(groups):
            share[g, b] /= whole
            lag += share[g, b] * codes[g, b] / STEPS
            square += share[g, b] * (codes[g, b] / STEPS) ** 2
        for g in range(free):
            one = held[b] * share[g, b]
            gradient[g] += one
            hessian[g, g] += one
            hessian[free, g] += one * (codes[g, b] / STEPS - lag)
            for other in range(g + 1):
                hessian[g, other] -= one * share[other, b]
        gradient[free] += held[b] * lag
        hessian[free, free] += held[b] * (square - lag * lag)
    return float(value)


@compiled
def _newton_step(
    hessian: NDArray[np.float64],
    gradient: NDArray[np.float64],
    lower: NDArray[np.float64],
    step: NDArray[np.float64],
) -> bool:
    """Solve for the step by Cholesky; the last pivot is the sum's deviation given the groups."""
    size = gradient.size
    for i in range(size):
        for j in range(i + 1):
            found = hessian[i, j]
            for k in range(j):
                found -= lower[i, k] * lower[j, k]
            if i > j:
                lower[i, j] = found / lower[j, j]
            elif found > 1e-14 * hessian[i, i]:
                lower[i, i] = math.sqrt(found)
            else:
                lower[i, i] = math.sqrt(1e-14 * hessian[i, i])
                return False
    for i in range(size):
        found = gradient[i]
        for k in range(i):
            found -= lower[i, k] * step[k]
        step[i] = found / lower[i, i]
    for i in range(size - 1, -1, -1):
        found = step[i]
        for k in range(i + 1, size):
            found -= lower[k, i] * step[k]
        step[i] = found / lower[i, i]
    return True


@compiled
def _undo_tilt(
    codes: NDArray[np.int64],
    held: NDArray[np.float64],
    slots: NDArray[np.float64],
    share: NDArray[np.float64],
    theta: float,
    spread: float,
    log_ratio: float,
    observed: int,
    lost: float,
) -> tuple[float, float]:
    """Convolve the slots under the tilt and return both tails without it."""
    groups = slots.size
    variance = 0.0
    for g in range(groups):
        mean, square, whole = 0.0, 0.0, 0.0
        for b in range(held.size):
            share[g, b] *= held[b]
            whole += share[g, b]
        for b in range(held.size):
            share[g, b] /= whole
            mean += share[g, b] * codes[g, b] / STEPS
            square += share[g, b] * (codes[g, b] / STEPS) ** 2
        variance += slots[g] * (square - mean * mean)
    # Slots that exclude one another scatter less than independent ones.
    slope = theta / STEPS * (spread / math.sqrt(variance) if variance > 0.0 else 1.0)
    mass, new = np.zeros(observed + 1), np.zeros(observed + 1)
    one = np.zeros(observed + 2)
    mass[0], beyond = 1.0, 0.0
    for g in range(groups):
        for c in range(one.size):
            one[c] = 0.0
        for b in range(held.size):
            one[codes[g, b]] += share[g, b]
        for _ in range(int(slots[g])):
            for total in range(observed + 1):
                new[total] = 0.0
            over = 0.0
            for c in range(observed + 2):
                if one[c] < 1e-16:
                    continue
                for total in range(observed + 1 - c):
                    new[total + c] += one[c] * mass[total]
                if theta > 0.0:
                    over += one[c] * beyond * math.exp(-slope * c)
                    for total in range(max(observed + 1 - c, 0), observed + 1):
                        over += one[c] * mass[total] * math.exp(-slope * (total + c - observed))
            mass, new = new, mass
            beyond = over
    ratio, atom = math.exp(log_ratio), mass[observed]
    # What rounding took from the observed sum, where the law is smooth there.
    near = 0.0
    for total in range(max(0, observed - 4), observed + 1):
        near += mass[total] / 5.0
    if theta > 0.0:
        tail = beyond + atom
        tail -= near * lost if near * abs(lost) < SMOOTH * tail else 0.0
        away = min(1.0, tail * ratio)
        return away, min(1.0, 1.0 - away + atom * ratio)
    tail = 0.0
    for total in range(observed + 1):
        tail += mass[total] * math.exp(-slope * (total - observed))
    tail += near * lost if near * abs(lost) < SMOOTH * tail else 0.0
    towards = min(1.0, tail * ratio)
    return min(1.0, 1.0 - towards + atom * ratio), towards
