"""The working rules by which planners call a point high-frequency, named and editable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

UNKNOWN = -1
SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Reports:
    """Reports with a point: numbers of their points, times, classes and callers."""

    point: NDArray[np.int64]
    when: NDArray[np.datetime64]
    kind: NDArray[np.int64]
    caller: NDArray[np.int64]


@dataclass(frozen=True)
class RuleFindings:
    """Where and when a rule was met.

    Attributes
    ----------
    point : ndarray of int64, shape (findings,)
        Number of a point, once for every time it met the rule.
    day : ndarray of datetime64[D], shape (findings,)
        Day on which the report arrived that filled the rule.
    largest : ndarray of int64, shape (points,)
        Largest count in one window, met or not.
    """

    point: NDArray[np.int64]
    day: NDArray[np.datetime64]
    largest: NDArray[np.int64]


class PointRule(Protocol):
    """What a rule must offer: a name, and its findings among reports."""

    @property
    def name(self) -> str:
        """Name under which the rule is listed."""

    def apply(self, reports: Reports, n_points: int) -> RuleFindings:
        """Return where the rule is met."""


@dataclass(frozen=True)
class RepeatRule:
    """At least `least` reports within `days` days, of one class unless told otherwise.

    A window is `days` times 24 hours: a report exactly that much later is outside. Reports of
    unknown class meet no rule that asks for one class.

    Examples
    --------
    >>> days = np.array(["2024-05-01", "2024-05-03", "2024-05-08"], "datetime64[s]")
    >>> three = Reports(np.zeros(3, int), days, np.ones(3, int), np.arange(3))
    >>> RepeatRule().apply(three, 1).largest, RepeatRule(days=8).apply(three, 1).largest
    (array([2]), array([3]))
    """

    name: str = "same_class_3_in_7_days"
    least: int = 3
    days: int = 7
    same_class: bool = True

    def __post_init__(self) -> None:
        if self.least < 1 or self.days < 1:
            raise ValueError(
                f"rule {self.name}: least and days must be 1 or more, "
                f"found {self.least} and {self.days}"
            )

    def apply(self, reports: Reports, n_points: int) -> RuleFindings:
        """Return every report that fills a window of the rule."""
        kind = reports.kind if self.same_class else np.zeros_like(reports.kind)
        used = np.flatnonzero(kind != UNKNOWN)
        seconds = reports.when.astype(np.int64)
        used = used[np.lexsort((seconds[used], kind[used], reports.point[used]))]
        point, kind, seconds = reports.point[used], kind[used], seconds[used]
        start = np.zeros(used.size, dtype=np.int64)
        if used.size:
            new = np.r_[True, (point[1:] != point[:-1]) | (kind[1:] != kind[:-1])]
            series = np.cumsum(new) - 1
            # One rising number line for all series, each shifted beyond reach of the one before.
            reach = self.days * SECONDS_A_DAY
            line = seconds - seconds.min()
            line = line + series * (line.max() + reach + 1)
            start = np.searchsorted(line, line - reach, side="right")
        within = np.arange(used.size) - start + 1
        largest = np.zeros(n_points, dtype=np.int64)
        np.maximum.at(largest, point, within)
        full = within >= self.least
        return RuleFindings(point[full], reports.when[used[full]].astype("datetime64[D]"), largest)


@dataclass(frozen=True)
class MonthlyTopRule:
    """Among the `top` points with most reports of a calendar month, and at least `least` of them.

    Points with equal counts stand or fall together: all that tie with the last place are in.

    Examples
    --------
    >>> days = np.array(["2024-05-01", "2024-05-03", "2024-05-08"], "datetime64[s]")
    >>> three = Reports(np.array([0, 1, 1]), days, np.ones(3, int), np.arange(3))
    >>> MonthlyTopRule(top=1, least=2).apply(three, 2).point
    array([1])
    """

    name: str = "monthly_top_20"
    top: int = 20
    least: int = 3

    def __post_init__(self) -> None:
        if self.top < 1 or self.least < 1:
            raise ValueError(
                f"rule {self.name}: top and least must be 1 or more, "
                f"found {self.top} and {self.least}"
            )

    def apply(self, reports: Reports, n_points: int) -> RuleFindings:
        """Return each month's leading points, dated by their last report of that month."""
        month = reports.when.astype("datetime64[M]").astype(np.int64)
        pairs, pair, counts = np.unique(
            np.stack([month, reports.point]), axis=1, return_inverse=True, return_counts=True
        )
        last_day = np.zeros(counts.size, dtype=np.int64)
        days = reports.when.astype("datetime64[D]").astype(np.int64)
        if counts.size:
            last_day[:] = days.min()
        np.maximum.at(last_day, pair.ravel(), days)
        leading = np.zeros(counts.size, dtype=bool)
        for one in np.unique(pairs[0]):
            here = np.flatnonzero(pairs[0] == one)
            rank = stats.rankdata(-counts[here], method="min")
            leading[here] = (rank <= self.top) & (counts[here] >= self.least)
        largest = np.zeros(n_points, dtype=np.int64)
        np.maximum.at(largest, pairs[1], counts)
        return RuleFindings(pairs[1][leading], last_day[leading].astype("datetime64[D]"), largest)


DEFAULT_RULES: tuple[PointRule, ...] = (RepeatRule(), MonthlyTopRule())
"""Three reports of one class within seven days; the twenty points with most reports of a month."""
