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

from spatial._checks import check_codes, check_same_length, check_times
from spatial.count_laws.dispersion import Dispersion
from spatial.points.incidents import INCIDENT_DAYS, find_incidents
from spatial.points.months import Months, monthly_trend
from spatial.points.rules import DEFAULT_RULES, PointRule, Reports
from spatial.points.unusual import ExpectedReports, UnusualPoints, find_unusual

UNKNOWN = -1


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
    incidents : ndarray of int64
        Distinct incidents among its reports: see `spatial.find_incidents`.
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
    months_hot : ndarray of int64
        In how many of the same months the point had significantly more reports than expected;
        -1 where no expected count is given.
    expected, p_value, q_value : ndarray of float
        Expected reports, chance of so many or more, and q over all points with an expected
        count; NaN where none is given.
    dispersion : ndarray of float
        Dispersion that the p-value used, NaN where there is none.
    trend_s, trend_z, trend_p_value, trend_slope : ndarray of float
        Mann and Kendall's trend of the monthly reports, two-sided, and Sen's slope (reports a
        month, each month); NaN below three months. Months that `since` or `as_of` cut are left
        out.
    """

    point: NDArray[np.int64]
    reports: NDArray[np.int64]
    callers: NDArray[np.int64]
    without_caller: NDArray[np.int64]
    incidents: NDArray[np.int64]
    top_caller_share: NDArray[np.float64]
    one_caller: NDArray[np.bool_]
    main_class: NDArray[np.int64]
    rules: tuple[str, ...]
    met: NDArray[np.bool_]
    first_met: NDArray[np.datetime64]
    largest: NDArray[np.int64]
    months_met: NDArray[np.int64]
    months_hot: NDArray[np.int64]
    expected: NDArray[np.float64]
    p_value: NDArray[np.float64]
    q_value: NDArray[np.float64]
    dispersion: NDArray[np.float64]
    trend_s: NDArray[np.float64]
    trend_z: NDArray[np.float64]
    trend_p_value: NDArray[np.float64]
    trend_slope: NDArray[np.float64]

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
    incidents: ArrayLike | None = None,
    expected: ExpectedReports | Mapping[int, float] | None = None,
    dispersion: Dispersion | float | None = None,
    alpha: float = 0.05,
    since: np.datetime64 | str | None = None,
    as_of: np.datetime64 | str | None = None,
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
        See `spatial.points.rules`; names must differ.
    incidents : array_like of int, shape (n,), optional
        Number of each report's incident, -1 for one of its own; by default reports of one point
        and class, none more than seven days after the one before it.
    expected : ExpectedReports or mapping of point code to float, optional
        Expected reports of points over the same time. Name points without reports too: they
        belong to the family that is looked at.
    dispersion : Dispersion or float, optional
        Negative binomial dispersion, a `Dispersion` at its upper bound; estimated if not given.
    alpha : float
        Level of the q-value below which a month is hot.
    since : datetime64 or str, optional
        A time in the first month of the trend; by default that of the first report.
    as_of : datetime64 or str, optional
        A time in the last month to look at; by default that of the last report.

    Returns
    -------
    HighFrequencyPoints

    Raises
    ------
    ValueError
        If lengths differ, a code is not a whole number from -1 up, a time is missing, two rules
        share a name, an expected count is negative, or 0 where there are reports, `alpha` is no
        level, `since` or `as_of` is no time, or `since` lies after `as_of`.

    Examples
    --------
    >>> days = np.array(["2024-05-01", "2024-05-03", "2024-05-06", "2024-05-20"], "datetime64[s]")
    >>> found = high_frequency_points([8, 8, 8, 9], days, [1, 1, 1, 1], [0, 0, 0, 3])
    >>> found.point, found.met[:, 0], found.one_caller
    (array([8, 9]), array([ True, False]), array([ True, False]))
    >>> print(found.first_met[0, 0])
    2024-05-06
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha: must lie between 0 and 1, found {alpha}")
    names = tuple(rule.name for rule in rules)
    if len(set(names)) != len(names):
        raise ValueError(f"rules: every rule needs its own name, found {names}")
    every, incident = _checked(point, when, classes, callers, incidents)
    placed = every.point != UNKNOWN
    codes, number = np.unique(every.point[placed], return_inverse=True)
    reports = Reports(number, every.when[placed], every.kind[placed], every.caller[placed])
    n = codes.size
    counted = np.bincount(number, minlength=n)
    began, ended = _span(every.when, since, as_of)
    recent = Months.between(began, ended).recent
    met = _apply(rules, reports, recent, n)
    distinct, busiest = _distinct(number, reports.caller, n)
    unusual = _compare(codes, reports, every.when, recent, expected, dispersion, alpha)
    s, z, p, slope = monthly_trend(number, reports.when, n, Months.whole(began, ended))
    return HighFrequencyPoints(
        point=codes,
        reports=counted,
        callers=distinct,
        without_caller=np.bincount(number[reports.caller == UNKNOWN], minlength=n),
        incidents=_incidents(number, incident[placed], n),
        top_caller_share=np.where(distinct > 0, busiest / np.maximum(counted, 1), np.nan),
        one_caller=(counted >= 2) & (busiest == counted),
        main_class=_main_class(reports, n),
        rules=names,
        met=met.met,
        first_met=met.first,
        largest=met.largest,
        months_met=met.months,
        months_hot=unusual.months_hot,
        expected=unusual.expected,
        p_value=unusual.p_value,
        q_value=unusual.q_value,
        dispersion=unusual.dispersion,
        trend_s=s,
        trend_z=z,
        trend_p_value=p,
        trend_slope=slope,
    )


def _checked(
    point: ArrayLike,
    when: ArrayLike,
    classes: ArrayLike,
    callers: ArrayLike,
    incidents: ArrayLike | None,
) -> tuple[Reports, NDArray[np.int64]]:
    """Return all reports, points by their codes, and the numbers of their incidents."""
    place, time = check_codes("point", point), check_times("when", when)
    kind, caller = check_codes("classes", classes), check_codes("callers", callers)
    check_same_length(point=place, when=time, classes=kind, callers=caller)
    if incidents is None:
        return Reports(place, time, kind, caller), find_incidents(
            place, kind, time, days=INCIDENT_DAYS
        ).incident
    incident = check_codes("incidents", incidents)
    check_same_length(point=place, incidents=incident)
    return Reports(place, time, kind, caller), incident


def _span(
    when: NDArray[np.datetime64],
    since: np.datetime64 | str | None,
    as_of: np.datetime64 | str | None,
) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and the last day to look at; whole months where nothing is said."""
    reported = when if when.size else np.zeros(1, dtype="datetime64[s]")
    first, last = _moment("since", since), _moment("as_of", as_of)
    if first is None:
        first = reported.min().astype("datetime64[M]")
    if last is None:
        last = (reported.max().astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
    began, ended = first.astype("datetime64[D]"), last.astype("datetime64[D]")
    if when.size and began > ended:
        raise ValueError(f"since: must not lie after as_of {ended}, found {began}")
    return began, ended


def _moment(name: str, given: np.datetime64 | str | None) -> np.datetime64 | None:
    """Return a time that may be written as text, or raise ValueError."""
    if given is None:
        return None
    try:
        moments = np.asarray([given], dtype="datetime64[s]")
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: expected a time, found {given!r}") from error
    if np.isnat(moments[0]):
        raise ValueError(f"{name}: expected a time, found {given!r}")
    moment: np.datetime64 = moments[0]
    return moment


@dataclass(frozen=True)
class _Met:
    """Which rules points met, when first, how fully, and in how many of the last months."""

    met: NDArray[np.bool_]
    first: NDArray[np.datetime64]
    largest: NDArray[np.int64]
    months: NDArray[np.int64]


def _apply(rules: Sequence[PointRule], reports: Reports, recent: Months, n: int) -> _Met:
    met = np.zeros((n, len(rules)), dtype=bool)
    first_met = np.full((n, len(rules)), np.datetime64("NaT", "D"))
    largest = np.zeros((n, len(rules)), dtype=np.int64)
    months = np.zeros((n, len(recent)), dtype=bool)
    for column, rule in enumerate(rules):
        found = rule.apply(reports, n)
        largest[:, column] = found.largest
        met[found.point, column] = True
        first = np.lexsort((found.day, found.point))[::-1]
        # Later assignments win: going from last to first leaves each point's earliest day.
        first_met[found.point[first], column] = found.day[first]
        months |= recent.tally(found.point, found.day, n) > 0
    return _Met(met, first_met, largest, months.sum(axis=1))


def _distinct(
    point: NDArray[np.int64], code: NDArray[np.int64], n: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return per point its distinct known codes, and the times of the most frequent of them."""
    holder, _, times = _pairs(point, code)
    busiest = np.zeros(n, dtype=np.int64)
    np.maximum.at(busiest, holder, times)
    return np.bincount(holder, minlength=n), busiest


def _incidents(point: NDArray[np.int64], incident: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Count each point's incidents; a report of which none is known is one."""
    alone = np.bincount(point[incident == UNKNOWN], minlength=n)
    return _distinct(point, incident, n)[0] + alone


def _pairs(
    point: NDArray[np.int64], code: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct pairs of a point and a known code, by both, and how often each occurs."""
    known = code != UNKNOWN
    width = int(code.max(initial=0)) + 1
    # One number a pair: sorting those is many times faster than sorting rows.
    pairs, times = np.unique(point[known] * width + code[known], return_counts=True)
    return pairs // width, pairs % width, times


def _main_class(reports: Reports, n: int) -> NDArray[np.int64]:
    point, kind, times = _pairs(reports.point, reports.kind)
    main = np.full(n, UNKNOWN, dtype=np.int64)
    # Rising frequency, of equals falling code: the last assignment per point is the main class.
    order = np.lexsort((-kind, times))
    main[point[order]] = kind[order]
    return main


def _compare(
    codes: NDArray[np.int64],
    reports: Reports,
    all_times: NDArray[np.datetime64],
    recent: Months,
    expected: ExpectedReports | Mapping[int, float] | None,
    dispersion: Dispersion | float | None,
    alpha: float,
) -> UnusualPoints:
    """Compare the points with what is expected of them, if anything is."""
    if isinstance(expected, Mapping):
        expected = ExpectedReports.from_mapping(expected) if expected else None
    n = codes.size
    if expected is None or not expected.point.size:
        unknown = np.full(n, np.nan)
        return UnusualPoints(unknown, unknown, unknown, unknown, np.full(n, UNKNOWN))
    # The city's own course through the months, reports without a point included.
    city = recent.tally(np.zeros(all_times.size, np.int64), all_times, 1)[0]
    return find_unusual(
        codes,
        np.bincount(reports.point, minlength=n),
        recent.tally(reports.point, reports.when, n),
        city / max(all_times.size, 1),
        expected,
        dispersion=dispersion,
        alpha=alpha,
    )
