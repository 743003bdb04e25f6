"""High-frequency points: places over a plain count rule, as planners keep them.

A *high-frequency* point meets a working rule, such as three reports of one class within seven
days. An *unusually high* point has more reports than its expected count explains. The first says
where to look, the second where more happens than households or area would lead one to expect;
they are kept apart throughout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_same_length
from spatial.dispersion import Dispersion, estimate_dispersion
from spatial.inference import benjamini_hochberg, negative_binomial_tails
from spatial.point_rules import DEFAULT_RULES, PointRule, Reports

UNKNOWN = -1
MONTHS_LOOKED_BACK = 12


@dataclass(frozen=True)
class HighFrequencyPoints:
    """Points that have reports, by ascending code.

    Attributes
    ----------
    point : ndarray of int64, shape (n,)
    reports : ndarray of int64
    callers : ndarray of int64
        Distinct known callers.
    without_caller : ndarray of int64
        Reports whose caller is unknown: as many callers more at most.
    top_caller_share : ndarray of float
        Share of the reports that the busiest known caller made; NaN if none is known.
    one_caller : ndarray of bool
        Two or more reports, all of one caller.
    main_class : ndarray of int64
        Most frequent class (of equals the smaller code), -1 if none is known.
    rules : tuple of str
        Names of the rules, in the order of the columns below.
    met : ndarray of bool, shape (n, rules)
    first_met : ndarray of datetime64[D], shape (n, rules)
        Day on which the rule was first met, NaT if never.
    largest : ndarray of int64, shape (n, rules)
        Largest count in any one window of the rule, met or not.
    months_met : ndarray of int64
        In how many of the last twelve months, that of `as_of` included, some rule was met.
    expected, p_value, q_value : ndarray of float
        Expected reports, chance of so many or more, and q over all points with an expected
        count; NaN where none is given.
    dispersion : float or None
        Dispersion used for the p-values.
    """

    point: NDArray[np.int64]
    reports: NDArray[np.int64]
    callers: NDArray[np.int64]
    without_caller: NDArray[np.int64]
    top_caller_share: NDArray[np.float64]
    one_caller: NDArray[np.bool_]
    main_class: NDArray[np.int64]
    rules: tuple[str, ...]
    met: NDArray[np.bool_]
    first_met: NDArray[np.datetime64]
    largest: NDArray[np.int64]
    months_met: NDArray[np.int64]
    expected: NDArray[np.float64]
    p_value: NDArray[np.float64]
    q_value: NDArray[np.float64]
    dispersion: float | None

    @property
    def high_frequency(self) -> NDArray[np.bool_]:
        """Points that met at least one rule."""
        return np.asarray(self.met.any(axis=1))


def high_frequency_points(
    point: ArrayLike,
    when: ArrayLike,
    classes: ArrayLike,
    callers: ArrayLike,
    *,
    rules: Sequence[PointRule] = DEFAULT_RULES,
    expected: Mapping[int, float] | None = None,
    dispersion: Dispersion | float | None = None,
    as_of: np.datetime64 | None = None,
) -> HighFrequencyPoints:
    """Describe every point with reports, and say which rules it met and when.

    Parameters
    ----------
    point : array_like of int, shape (n,)
        Code of the place of each case; -1 where it has none, such cases are left out.
    when : array_like of datetime64[s], shape (n,)
        Time received on the city's own clock, so that days and months are the city's.
    classes, callers : array_like of int, shape (n,)
        Codes; -1 is unknown.
    rules : sequence of PointRule
        See `spatial.point_rules`; names must differ.
    expected : mapping of point code to float, optional
        Expected reports of points over the same time. Name points without reports too: they
        belong to the family that is looked at.
    dispersion : Dispersion or float, optional
        Negative binomial dispersion, a `Dispersion` at its upper bound; estimated if not given.
    as_of : datetime64, optional
        A time in the last month to look at; by default that of the last report.

    Returns
    -------
    HighFrequencyPoints

    Raises
    ------
    ValueError
        If lengths differ, a time is missing, two rules share a name, or an expected count is
        negative.

    Examples
    --------
    >>> days = np.array(["2024-05-01", "2024-05-03", "2024-05-06", "2024-05-20"], "datetime64[s]")
    >>> found = high_frequency_points([8, 8, 8, 9], days, [1, 1, 1, 1], [0, 0, 0, 3])
    >>> found.point, found.met[:, 0], found.one_caller
    (array([8, 9]), array([ True, False]), array([ True, False]))
    >>> print(found.first_met[0, 0])
    2024-05-06
    """
    names = tuple(rule.name for rule in rules)
    if len(set(names)) != len(names):
        raise ValueError(f"rules: every rule needs its own name, found {names}")
    reports, codes = _reports(point, when, classes, callers)
    n = codes.size
    met = np.zeros((n, len(rules)), dtype=bool)
    first_met = np.full((n, len(rules)), np.datetime64("NaT", "D"))
    largest = np.zeros((n, len(rules)), dtype=np.int64)
    hot_months = np.empty((0, 2), dtype=np.int64)
    for column, rule in enumerate(rules):
        found = rule.apply(reports, n)
        largest[:, column] = found.largest
        met[found.point, column] = True
        first = np.lexsort((found.day, found.point))[::-1]
        # Later assignments win: going from last to first leaves each point's earliest day.
        first_met[found.point[first], column] = found.day[first]
        months = found.day.astype("datetime64[M]").astype(np.int64)
        hot_months = np.vstack([hot_months, np.stack([found.point, months], axis=1)])
    counted = np.bincount(reports.point, minlength=n)
    distinct, unknown, busiest = _callers(reports, n)
    mean, p, q, phi = _unusual(codes, counted, expected, dispersion)
    return HighFrequencyPoints(
        point=codes,
        reports=counted,
        callers=distinct,
        without_caller=unknown,
        top_caller_share=np.where(distinct > 0, busiest / np.maximum(counted, 1), np.nan),
        one_caller=(counted >= 2) & (busiest == counted),
        main_class=_main_class(reports, n),
        rules=names,
        met=met,
        first_met=first_met,
        largest=largest,
        months_met=_months_met(hot_months, reports, as_of, n),
        expected=mean,
        p_value=p,
        q_value=q,
        dispersion=phi,
    )


def _reports(
    point: ArrayLike, when: ArrayLike, classes: ArrayLike, callers: ArrayLike
) -> tuple[Reports, NDArray[np.int64]]:
    """Return the reports that have a point, numbered by it, and the points' codes."""
    place = np.asarray(point, dtype=np.int64)
    time = np.asarray(when, dtype="datetime64[s]")
    kind, caller = np.asarray(classes, dtype=np.int64), np.asarray(callers, dtype=np.int64)
    check_same_length(point=place, when=time, classes=kind, callers=caller)
    if np.isnat(time).any():
        raise ValueError("when: every case needs a time, found NaT")
    placed = place != UNKNOWN
    codes, number = np.unique(place[placed], return_inverse=True)
    return Reports(number, time[placed], kind[placed], caller[placed]), codes


def _callers(
    reports: Reports, n: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return per point distinct known callers, reports without one, and those of the busiest."""
    known = reports.caller != UNKNOWN
    pairs, times = np.unique(
        np.stack([reports.point[known], reports.caller[known]]), axis=1, return_counts=True
    )
    unknown = np.bincount(reports.point[~known], minlength=n)
    busiest = np.zeros(n, dtype=np.int64)
    np.maximum.at(busiest, pairs[0], times)
    return np.bincount(pairs[0], minlength=n), unknown, busiest


def _main_class(reports: Reports, n: int) -> NDArray[np.int64]:
    known = reports.kind != UNKNOWN
    pairs, times = np.unique(
        np.stack([reports.point[known], reports.kind[known]]), axis=1, return_counts=True
    )
    main = np.full(n, UNKNOWN, dtype=np.int64)
    # Rising frequency, of equals falling code: the last assignment per point is the main class.
    order = np.lexsort((-pairs[1], times))
    main[pairs[0][order]] = pairs[1][order]
    return main


def _months_met(
    hot: NDArray[np.int64], reports: Reports, as_of: np.datetime64 | None, n: int
) -> NDArray[np.int64]:
    if not reports.when.size:
        return np.zeros(n, dtype=np.int64)
    last = (reports.when.max() if as_of is None else as_of).astype("datetime64[M]")
    last_month = int(last.astype(np.int64))
    hot = np.unique(hot, axis=0)
    recent = (hot[:, 1] > last_month - MONTHS_LOOKED_BACK) & (hot[:, 1] <= last_month)
    return np.bincount(hot[recent, 0], minlength=n)


def _unusual(
    codes: NDArray[np.int64],
    reports: NDArray[np.int64],
    expected: Mapping[int, float] | None,
    dispersion: Dispersion | float | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float | None]:
    """Return expected, p and q per point, over all points that have an expected count."""
    unknown = np.full(codes.size, np.nan)
    if not expected:
        return unknown, unknown.copy(), unknown.copy(), None
    named = np.array(sorted(expected), dtype=np.int64)
    means = np.array([expected[int(code)] for code in named], dtype=float)
    mine = np.searchsorted(codes, named).clip(max=max(codes.size - 1, 0))
    here = codes[mine] == named if codes.size else np.zeros(named.size, dtype=bool)
    counts = np.where(here, reports[mine] if codes.size else 0, 0)
    if dispersion is None:
        dispersion = estimate_dispersion(counts, means)
    phi = dispersion.upper if isinstance(dispersion, Dispersion) else float(dispersion)
    p = negative_binomial_tails(counts, means, phi).greater
    found = [unknown.copy() for _ in range(3)]
    for column, values in zip(found, (means, p, benjamini_hochberg(p)), strict=True):
        column[mine[here]] = values[here]
    return found[0], found[1], found[2], phi
