"""The law by which a place's cases fall into two periods, when its rate is not quite steady.

Of the `total` cases of both periods, those of the later one are beta-binomial: binomial around a
share that itself varies. If each period's count is negative binomial with dispersion `phi`
(``var = e + phi e**2``) and the periods expect the same, this is exactly their law given the
total, whatever the place's own level: both shape parameters are ``1 / phi``. For unlike periods
the share's odds are ``share / (1 - share)`` times those of a symmetric beta variable; the beta law
of the same mean and variance stands in. At ``phi = 0`` the law is binomial.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import special

from spatial._compiled import chunks, compiled, on_threads
from spatial.inference import Tails

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Below this the share's law is that of its first two derivatives.
NEARLY_STEADY = 1e-6
# The trapezoidal rule: nodes, and how far it reaches, in standard deviations and in decay lengths.
NODES, WIDTHS, TAIL = 401, 8.0, 40.0
# Masses this small beside what is summed already change no digit.
NEGLIGIBLE = 1e-17
# Limits of an interval are found to this much of the share.
SHARPNESS = 1e-9
MOST_ROUNDS = 80
# Tests, or intervals, that one task takes.
TASK = 4_096


def share_law(share: Floats, dispersion: float) -> tuple[Floats, Floats]:
    """Return the beta law by which the later period's share varies.

    Parameters
    ----------
    share : ndarray of float, shape (n,)
        Strictly between 0 and 1: the later rate as part of both, which sets the odds.
    dispersion : float
        Of each period's count around what is expected.

    Returns
    -------
    mean, step : ndarray of float, shape (n,)
        Mean, and the reciprocal of both shape parameters together. The mean is not quite `share`
        where the periods are unlike: odds that vary around theirs are seldom symmetric.

    Examples
    --------
    >>> share_law(np.array([0.5]), 0.2)
    (array([0.5]), array([0.1]))
    """
    if dispersion < NEARLY_STEADY:
        return share, np.asarray(2.0 * dispersion * share * (1.0 - share))
    distinct, of_share = np.unique(share, return_inverse=True)
    # Log-odds of a symmetric beta variable, by the trapezoidal rule out to where nothing is left.
    reach = WIDTHS * np.sqrt(2.0 * special.polygamma(1, 1.0 / dispersion)) + TAIL * dispersion
    shift = np.linspace(-reach, reach, NODES)
    log_weight = -(np.abs(shift) + 2.0 * np.log1p(np.exp(-np.abs(shift)))) / dispersion
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    varied = special.expit(special.logit(distinct)[:, None] + shift)
    mean = (varied * weight).sum(axis=1)
    variance = ((varied - mean[:, None]) ** 2 * weight).sum(axis=1)
    step = variance / np.maximum(mean * (1.0 - mean) - variance, np.finfo(float).tiny)
    return mean[of_share], step[of_share]


def masses(total: Ints, share: Floats, step: Floats, low: Ints, high: Ints) -> tuple[Floats, Ints]:
    """Return the probabilities of ``low`` to ``high``, given that the count lies there.

    Parameters
    ----------
    total, low, high : ndarray of int, shape (n,)
        ``0 <= low <= high <= total``.
    share, step : ndarray of float, shape (n,)
        Mean share, strictly between 0 and 1, and step, as `share_law` gives them.

    Returns
    -------
    masses : ndarray of float
        One law after the other.
    start : ndarray of int, shape (n + 1,)
        Where each begins.

    Examples
    --------
    >>> one, half, steady = np.array([2]), np.array([0.5]), np.array([0.0])
    >>> masses(one, half, steady, np.array([0]), one)
    (array([0.25, 0.5 , 0.25]), array([0, 3]))
    """
    start = np.concatenate([[0], np.cumsum(high - low + 1)])
    return _fill(total, share, step, low, high, start), start


@compiled
def _fill(total: Ints, share: Floats, step: Floats, low: Ints, high: Ints, start: Ints) -> Floats:
    """Walk from near the mean outwards by the ratio of neighbouring masses, then scale to 1.

    Only products and sums of positive numbers: both tails keep their relative accuracy.
    """
    found = np.empty(start[-1])
    for i in range(total.size):
        n, p, s, first = total[i], share[i], step[i], start[i]
        middle = min(max(np.int64(n * p), low[i]), high[i])
        found[first + middle - low[i]] = 1.0
        mass, whole = 1.0, 1.0
        for k in range(middle, high[i]):
            mass *= (n - k) * (p + k * s) / ((k + 1) * (1.0 - p + (n - k - 1) * s))
            found[first + k + 1 - low[i]] = mass
            whole += mass
        mass = 1.0
        for k in range(middle, low[i], -1):
            mass *= k * (1.0 - p + (n - k) * s) / ((n - k + 1) * (p + (k - 1) * s))
            found[first + k - 1 - low[i]] = mass
            whole += mass
        for k in range(first, start[i + 1]):
            found[k] /= whole
    return found


def beta_binomial_tails(count: Ints, total: Ints, share: Floats, step: Floats) -> Tails:
    """Return both tails of later counts.

    Parameters
    ----------
    count, total : ndarray of int, shape (n,)
    share, step : ndarray of float, shape (n,)
        Mean share, strictly between 0 and 1, and step, as `share_law` gives them.

    Examples
    --------
    >>> three, half, steady = np.array([3]), np.array([0.5]), np.array([0.0])
    >>> beta_binomial_tails(three, three, half, steady).greater
    array([0.125])
    """
    tasks = [
        partial(_tails, count[a:b], total[a:b], share[a:b], step[a:b])
        for a, b in chunks(count.size, TASK)
    ]
    greater, less = np.concatenate([np.empty((2, 0)), *on_threads(tasks)], axis=1)
    return Tails(greater, less)


@compiled
def _tails(count: Ints, total: Ints, share: Floats, step: Floats) -> Floats:
    found = np.empty((2, count.size))
    for i in range(count.size):
        found[0, i], found[1, i] = _both_tails(count[i], total[i], share[i], step[i])
    return found


def share_limits(count: Ints, total: Ints, step: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the shares between which the data leave the true one plausible.

    Parameters
    ----------
    count, total : ndarray of int, shape (n,)
        Cases of the later period, and of both.
    step : ndarray of float, shape (n,)
        What `share_law` gives at the share under the null.
    level : float
        Confidence, such as .95: each tail at a limit has half of what is missing to 1.

    Returns
    -------
    low, high : ndarray of float, shape (n,)
        For a binomial those of Clopper and Pearson; 0 and 1 for a total of 0.

    References
    ----------
    Clopper, Pearson (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> low, high = share_limits(np.array([7]), np.array([10]), np.array([0.0]), 0.95)
    >>> low.round(4), high.round(4)
    (array([0.3475]), array([0.9333]))
    """
    tail = (1.0 - level) / 2.0
    tasks = [
        partial(_limits, count[a:b], total[a:b], step[a:b], tail)
        for a, b in chunks(count.size, TASK)
    ]
    low, high = np.concatenate([np.empty((2, 0)), *on_threads(tasks)], axis=1)
    return low, high


@compiled
def _limits(count: Ints, total: Ints, step: Floats, tail: float) -> Floats:
    found = np.empty((2, count.size))
    for i in range(count.size):
        k, n, s = count[i], total[i], step[i]
        # Seen from the other period an upper limit is a lower one.
        found[0, i] = _lower_limit(k, n, s, tail)
        found[1, i] = 1.0 - _lower_limit(n - k, n, s, tail)
    return found


@compiled
def _lower_limit(count: int, total: int, step: float, tail: float) -> float:
    """Return the share at which `count` or more has probability `tail`, by the Illinois rule."""
    if count == 0:
        return 0.0
    low, high = 0.0, count / total
    if count == total:
        high = 1.0
    at_low, at_high, side = -tail, 1.0 - tail, 0
    if count < total:
        at_high = _both_tails(count, total, high, step)[0] - tail
    for _ in range(MOST_ROUNDS):
        middle = (low * at_high - high * at_low) / (at_high - at_low)
        at_middle = _both_tails(count, total, middle, step)[0] - tail
        if abs(at_middle) < SHARPNESS * tail or high - low < SHARPNESS * high:
            return middle
        if at_middle > 0:
            high, at_high = middle, at_middle
            at_low *= 0.5 if side == 1 else 1.0
            side = 1
        else:
            low, at_low = middle, at_middle
            at_high *= 0.5 if side == -1 else 1.0
            side = -1
    return 0.5 * (low + high)


@compiled
def _both_tails(count: int, total: int, share: float, step: float) -> tuple[float, float]:
    """Return the probabilities of `count` or more, and of `count` or fewer."""
    n, p, s = total, share, step
    # With one peak, walks may end where nothing is left.
    peaked = s <= p and s <= 1.0 - p
    middle = min(max(int((n + 1) * p), 0), n)
    mass, whole = 1.0, 1.0
    above = 1.0 if middle >= count else 0.0
    below = 1.0 if middle <= count else 0.0
    for k in range(middle, n):
        mass *= (n - k) * (p + k * s) / ((k + 1) * (1.0 - p + (n - k - 1) * s))
        whole += mass
        above += mass if k + 1 >= count else 0.0
        below += mass if k + 1 <= count else 0.0
        if peaked and k + 1 > count and mass < NEGLIGIBLE * above:
            break
    mass = 1.0
    for k in range(middle, 0, -1):
        mass *= k * (1.0 - p + (n - k) * s) / ((n - k + 1) * (p + (k - 1) * s))
        whole += mass
        above += mass if k - 1 >= count else 0.0
        below += mass if k - 1 <= count else 0.0
        if peaked and k - 1 < count and mass < NEGLIGIBLE * below:
            break
    return above / whole, below / whole
