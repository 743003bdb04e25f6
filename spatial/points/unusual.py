"""Points with more reports than expected, over the whole span and month by month.

Counts are negative binomial around their expected values. Points whose expected counts come from
the same source (people, households, area) share a dispersion; all points of all sources, and for
months all months as well, are one family of tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import (
    check_codes,
    check_counts,
    check_not_negative,
    check_same_length,
    check_someone_at_risk,
)
from spatial.count_laws.dispersion import Dispersion, estimate_dispersion
from spatial.inference import benjamini_hochberg, negative_binomial_tails

UNKNOWN = -1

LARGEST_SAMPLE = 2_000_000
"""Counts from which a dispersion is estimated; of more, every second or third … point is taken."""


@dataclass(frozen=True)
class ExpectedReports:
    """Expected reports over the whole span, of points with and without reports.

    Attributes
    ----------
    point : ndarray of int64, shape (k,)
        Codes, each once; -1 stands for ground on which there is no point.
    expected : ndarray of float, shape (k,)
    source : ndarray of int64, shape (k,)
        Number of the source from which the expected count comes.
    times : ndarray of int64, shape (k,)
        How many there are of it: 1 for a point, as many as one likes of ground without one.
    """

    point: NDArray[np.int64]
    expected: NDArray[np.float64]
    source: NDArray[np.int64]
    times: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        point: ArrayLike,
        expected: ArrayLike,
        source: ArrayLike | None = None,
        times: ArrayLike | None = None,
    ) -> ExpectedReports:
        """Check and keep expected reports; one source and one of each where nothing is said.

        Raises
        ------
        ValueError
            If lengths differ, a point is named twice, a count is negative or not finite, or there
            are several of one point.

        Examples
        --------
        >>> ExpectedReports.of([7, 9], [3.0, 0.5]).times
        array([1, 1])
        """
        codes, means = check_codes("point", point), check_not_negative("expected", expected)
        kinds = check_codes("source", np.zeros_like(codes) if source is None else source)
        many = check_counts("times", np.ones_like(codes) if times is None else times)
        check_same_length(point=codes, expected=means, source=kinds, times=many)
        named = codes[codes != UNKNOWN]
        if np.unique(named).size != named.size:
            raise ValueError("point: every point may be named once")
        if (many[codes != UNKNOWN] != 1).any():
            raise ValueError("times: a point is there once; only ground (-1) may be there often")
        return cls(codes, means, kinds, many.astype(np.int64))

    @classmethod
    def from_mapping(cls, expected: Mapping[int, float]) -> ExpectedReports:
        """Keep expected reports by point, all of one source."""
        return cls.of(list(expected.keys()), list(expected.values()))


@dataclass(frozen=True)
class UnusualPoints:
    """What is expected of points, and how far they exceed it.

    Attributes
    ----------
    expected, p_value, q_value : ndarray of float, shape (n,)
        Over the whole span; NaN where nothing is expected of a point.
    dispersion : ndarray of float, shape (n,)
        That its p-value used.
    months_hot : ndarray of int64, shape (n,)
        Months significantly above their expected counts; -1 where nothing is expected.
    """

    expected: NDArray[np.float64]
    p_value: NDArray[np.float64]
    q_value: NDArray[np.float64]
    dispersion: NDArray[np.float64]
    months_hot: NDArray[np.int64]


def find_unusual(
    point: NDArray[np.int64],
    reports: NDArray[np.int64],
    monthly: NDArray[np.int64],
    shares: NDArray[np.float64],
    expected: ExpectedReports,
    *,
    dispersion: Dispersion | float | None = None,
    alpha: float = 0.05,
) -> UnusualPoints:
    """Compare points with their expected counts, over the whole span and by month.

    Parameters
    ----------
    point : ndarray of int64, shape (n,)
        Codes of points with reports, ascending.
    reports : ndarray of int64, shape (n,)
        Over the whole span.
    monthly : ndarray of int64, shape (n, months)
        In the months looked at.
    shares : ndarray of float, shape (months,)
        Part of all the city's reports that fell in each month: so the expected count of a month.
    expected : ExpectedReports
    dispersion : Dispersion or float, optional
        Used for everything; estimated from the counts, by source, when not given.
    alpha : float
        Level of the q-value below which a month is hot.

    Returns
    -------
    UnusualPoints

    Raises
    ------
    ValueError
        If a point has reports although 0 are expected of it.

    Examples
    --------
    >>> given = ExpectedReports.of([2, 5, 8], [4.0, 4.0, 4.0])
    >>> codes, counts = np.array([2, 5]), np.array([3, 20])
    >>> find_unusual(codes, counts, counts[:, None], np.ones(1), given, dispersion=0.1).months_hot
    array([0, 1])
    """
    row, mine = _rows(point, expected.point)
    counts = np.where(row >= 0, np.append(reports, 0)[row], 0)
    check_someone_at_risk(counts, expected.expected, expected.point)
    p, phi = _test(counts[:, None], expected.expected[:, None], expected, dispersion)
    q = _corrected(p, expected.times)
    months = np.vstack([monthly, np.zeros((1, monthly.shape[1]), np.int64)])[row]
    alive = shares > 0
    by_month, _ = _test(
        months[:, alive], np.outer(expected.expected, shares[alive]), expected, dispersion
    )
    hot = (_corrected(by_month, expected.times) < alpha).sum(axis=1)

    def told(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(mine >= 0, np.append(values, np.nan)[mine], np.nan)

    return UnusualPoints(
        expected=told(expected.expected),
        p_value=told(p[:, 0]),
        q_value=told(q[:, 0]),
        dispersion=told(phi),
        months_hot=np.where(mine >= 0, np.append(hot, UNKNOWN)[mine], UNKNOWN),
    )


def _rows(
    point: NDArray[np.int64], named: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each named point's row among those with reports, and the reverse; -1 for none."""
    order = np.argsort(named, kind="stable")
    at = np.searchsorted(named[order], point).clip(max=max(named.size - 1, 0))
    mine = np.full(point.size, UNKNOWN)
    if named.size:
        candidate = order[at]
        mine = np.where(named[candidate] == point, candidate, UNKNOWN)
    row = np.full(named.size, UNKNOWN)
    row[mine[mine >= 0]] = np.flatnonzero(mine >= 0)
    return row, mine


def _test(
    counts: NDArray[np.int64],
    means: NDArray[np.float64],
    expected: ExpectedReports,
    dispersion: Dispersion | float | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return upper tails of each count and the dispersion of each row."""
    phi = np.empty(len(counts))
    for source in np.unique(expected.source):
        of_source = expected.source == source
        phi[of_source] = _dispersion(
            counts[of_source],
            means[of_source],
            expected.times[of_source],
            expected.point[of_source],
            dispersion,
        )
    # Nothing can be unusual about no report; ground without points is nearly all of the rows.
    p = np.ones(counts.shape)
    row, column = np.nonzero(counts)
    p[row, column] = negative_binomial_tails(
        counts[row, column], means[row, column], phi[row]
    ).greater
    return p, phi


def _dispersion(
    counts: NDArray[np.int64],
    means: NDArray[np.float64],
    times: NDArray[np.int64],
    point: NDArray[np.int64],
    given: Dispersion | float | None,
) -> float:
    if given is None:
        if not (means > 0).any():
            return 0.0
        # By expected count: a sample of every size, and the same one in whatever order they come.
        order = np.lexsort((point, means[:, 0]))
        counts, means, times = counts[order], means[order], times[order]
        every = int(times.sum()) * counts.shape[1] // LARGEST_SAMPLE + 1
        # Row r stands at places ends[r] - times[r] … ends[r] of a long list: take every n-th of it.
        ends = np.cumsum(times) // every
        taken = np.diff(ends, prepend=0)
        given = estimate_dispersion(
            np.repeat(counts, taken, axis=0), np.repeat(means, taken, axis=0)
        )
    return given.upper if isinstance(given, Dispersion) else float(given)


def _corrected(p: NDArray[np.float64], times: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return q-values over all tests; those that stand for many have p = 1 and only count."""
    family = int(times.sum()) * p.shape[1]
    scaled: NDArray[np.float64] = benjamini_hochberg(p) * (family / max(p.size, 1))
    return np.minimum(scaled, 1.0)
