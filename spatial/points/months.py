"""The months of points: which are looked at, how many reports fell in each, and their trend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial.trend.mann_kendall import FEWEST_STEPS, mann_kendall

MONTHS_LOOKED_BACK = 12

POINTS_AT_ONCE = 50_000
"""Points whose months are laid out at once, so that memory stays small in the largest city."""


@dataclass(frozen=True)
class Months:
    """Months from a first to a last one, by their numbers since 1970; none when last < first.

    Examples
    --------
    >>> months = Months.between(np.datetime64("2024-01-15"), np.datetime64("2025-06-30"))
    >>> len(months), len(months.recent)
    (18, 12)
    >>> len(Months.whole(np.datetime64("2024-01-15"), np.datetime64("2025-06-30")))
    17
    """

    first: int
    last: int

    @classmethod
    def between(cls, since: np.datetime64, as_of: np.datetime64) -> Months:
        """Return the months of two times and all between them."""
        return cls(_month(since), _month(as_of))

    @classmethod
    def whole(cls, since: np.datetime64, as_of: np.datetime64) -> Months:
        """Return the months of which no day lies before the first time or after the second."""
        day = np.timedelta64(1, "D")
        before = since.astype("datetime64[D]") - day
        return cls(_month(before) + 1, _month(as_of.astype("datetime64[D]") + day) - 1)

    @property
    def recent(self) -> Months:
        """The last twelve, or as many as there are."""
        return Months(max(self.first, self.last - MONTHS_LOOKED_BACK + 1), self.last)

    def __len__(self) -> int:
        """Return how many months there are."""
        return max(self.last - self.first + 1, 0)

    def tally(
        self, point: NDArray[np.int64], when: NDArray[np.datetime64], n: int
    ) -> NDArray[np.int64]:
        """Count reports by point (numbered from 0 to `n`) and month; others are left out."""
        month = when.astype("datetime64[M]").astype(np.int64) - self.first
        inside = (month >= 0) & (month < len(self))
        flat = np.bincount(point[inside] * len(self) + month[inside], minlength=n * len(self))
        return flat.reshape(n, len(self))


def monthly_trend(
    point: NDArray[np.int64], when: NDArray[np.datetime64], n: int, months: Months
) -> NDArray[np.float64]:
    """Return s, z, p-value and slope of each point's monthly reports (Mann and Kendall, Sen).

    Parameters
    ----------
    point : ndarray of int64, shape (reports,)
        Numbers from 0 to `n`.
    when : ndarray of datetime64, shape (reports,)
    n : int
        Points.
    months : Months

    Returns
    -------
    ndarray of float, shape (4, n)
        NaN below three months; a point with the same count every month has s = 0 and p = 1.

    Examples
    --------
    >>> months = Months.between(np.datetime64("2024-01"), np.datetime64("2024-03"))
    >>> when = np.array(["2024-02-01", "2024-03-01", "2024-03-09"], "datetime64[s]")
    >>> monthly_trend(np.zeros(3, int), when, 1, months)[[0, 3], 0]
    array([3., 1.])
    """
    found = np.full((4, n), np.nan)
    if len(months) < FEWEST_STEPS:
        return found
    found[:] = np.array([0.0, 0.0, 1.0, 0.0])[:, None]
    order = np.argsort(point, kind="stable")
    point, when = point[order], when[order]
    for start in range(0, n, POINTS_AT_ONCE):
        size = min(POINTS_AT_ONCE, n - start)
        part = slice(*np.searchsorted(point, [start, start + size]))
        counts = months.tally(point[part] - start, when[part], size)
        varied = np.flatnonzero(counts.min(axis=1) < counts.max(axis=1))
        if varied.size:
            test = mann_kendall(counts[varied])
            found[:, start + varied] = test.s, test.z, test.p_value, test.slope
    return found


def _month(time: np.datetime64) -> int:
    return int(time.astype("datetime64[M]").astype(np.int64))
