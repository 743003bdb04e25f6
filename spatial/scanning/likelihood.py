"""How much better a window fits with a rate of its own than with everyone's.

A window holds `count` of the `cases` and `measure` of the `mass`: under the null it is expected
to hold ``cases * measure / mass``. For the Poisson and the space-time permutation model the
measure is expected cases or anything proportional to them; for the Bernoulli model it counts
individuals, and those who are no cases have their say too.
"""

from __future__ import annotations

import math

from spatial._compiled import compiled


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
