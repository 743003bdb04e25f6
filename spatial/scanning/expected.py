"""What to expect: strata weighed by their own rates, and population between censuses."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_counts, check_finite, check_not_negative


def expected_cases(counts: ArrayLike, at_risk: ArrayLike) -> NDArray[np.float64]:
    """Return expected cases by indirect standardisation.

    Each stratum has one rate everywhere and always, its cases over its population; an area is
    expected to have what its own mix of strata gives.

    Parameters
    ----------
    counts, at_risk : array_like, shape (areas, strata) or (areas, strata, steps)
        Cases and population (or person-time) of each stratum.

    Returns
    -------
    ndarray of float, shape (areas,) or (areas, steps)
        Adds up to all cases.

    Raises
    ------
    ValueError
        If shapes differ, a value is NaN or negative, or a stratum has cases but no population.

    References
    ----------
    Kulldorff et al. (1997) Am. J. Epidemiol. 146:161.

    Examples
    --------
    >>> expected_cases([[3, 1], [1, 5]], [[10, 10], [30, 10]])
    array([4., 6.])
    """
    cases, people = check_counts("counts", counts), check_not_negative("at_risk", at_risk)
    if cases.shape != people.shape or cases.ndim not in (2, 3):
        raise ValueError(
            f"at_risk: expected the shape of counts, areas × strata (× steps), "
            f"found {people.shape} and {cases.shape}"
        )
    other = (0, 2) if cases.ndim == 3 else (0,)
    per_stratum, people_per_stratum = cases.sum(axis=other), people.sum(axis=other)
    bad = (people_per_stratum == 0) & (per_stratum > 0)
    if bad.any():
        stratum = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"at_risk: a stratum with cases needs population, "
            f"found none and {per_stratum[stratum]:g} cases in stratum {stratum}"
        )
    # A stratum without anybody expects nothing.
    rate = per_stratum / np.where(people_per_stratum > 0, people_per_stratum, 1.0)
    return np.asarray(np.tensordot(rate, people, axes=([0], [1])))


def person_time(population: ArrayLike, times: ArrayLike, edges: ArrayLike) -> NDArray[np.float64]:
    """Return person-time at risk in each step, population being linear between known times.

    Before the first and after the last known time it stays as it was there. A yearly value
    stands for the middle of its year: give the day number of 1 July. Steps of unequal length,
    such as months and leap years, get their due if times are counted in days.

    Parameters
    ----------
    population : array_like of float, shape (..., known)
    times : array_like of float, shape (known,)
        When each value holds, rising.
    edges : array_like of float, shape (steps + 1,)
        Bounds of the steps, rising, in the same unit.

    Returns
    -------
    ndarray of float, shape (..., steps)
        Persons times the unit of time.

    Raises
    ------
    ValueError
        If shapes differ, a value is NaN or negative, or times or edges do not rise.

    References
    ----------
    Kulldorff, SaTScan User Guide, "Population File": linear interpolation between census times.

    Examples
    --------
    >>> person_time([100.0, 200.0], times=[2000.5, 2001.5], edges=[2000, 2001, 2002])
    array([112.5, 187.5])
    """
    known, when = check_not_negative("population", population), check_finite("times", times)
    bounds = check_finite("edges", edges)
    if when.ndim != 1 or known.shape[-1:] != when.shape:
        raise ValueError(
            f"times: expected one for each value of population {known.shape}, found {when.shape}"
        )
    for name, rising, fewest in (("times", when, 1), ("edges", bounds, 2)):
        if rising.ndim != 1 or rising.size < fewest or (np.diff(rising) <= 0).any():
            raise ValueError(f"{name}: expected {fewest} or more rising values, found {rising}")
    # Each known value has one weight in each step: linear interpolation, integrated exactly.
    corners = np.union1d(when, bounds)
    weight = np.stack([np.interp(corners, when, unit) for unit in np.eye(when.size)])
    pieces = np.diff(corners) * (weight[:, 1:] + weight[:, :-1]) / 2
    area = np.concatenate([np.zeros((when.size, 1)), np.cumsum(pieces, axis=1)], axis=1)
    at_bounds = area[:, np.searchsorted(corners, bounds)]
    return np.asarray(known @ np.diff(at_bounds, axis=1))
