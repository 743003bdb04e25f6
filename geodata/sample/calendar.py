"""The sample city's days, how many calls each brings, and the half-months that plants keep to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FIRST_MONTH = np.datetime64("2024-01", "M")

MONTH_WEIGHTS = (1.10, 0.92, 0.95, 0.93, 0.97, 1.04, 1.12, 1.10, 1.00, 0.93, 1.00, 1.08)
"""Calls a day in each month, relative: cold and year's end, then rain and heat."""

WEEKDAY_WEIGHTS = (1.14, 1.10, 1.07, 1.05, 1.03, 0.85, 0.76)
"""Monday first."""

GROWTH_A_YEAR = 0.05
"""The hotline becomes better known; the same everywhere."""

MIDDLE_OF_MONTH = 16
"""First day of a month's second half."""

Days = NDArray[np.datetime64]


@dataclass(frozen=True)
class Calendar:
    """Days of the sample and their half-months.

    Attributes
    ----------
    days : ndarray of datetime64[D], shape (n,)
    weight : ndarray of float, shape (n,)
        Share of all calls that each day brings; the same in every place.
    half_month : ndarray of int64, shape (n,)
        Half-month of each day, 0 and up.
    """

    days: Days
    weight: NDArray[np.float64]
    half_month: NDArray[np.int64]

    @property
    def n_half_months(self) -> int:
        """Number of half-months, two for every month."""
        return int(self.half_month[-1]) + 1

    @property
    def half_month_weight(self) -> NDArray[np.float64]:
        """Share of all calls in each half-month, shape (half-months,)."""
        return np.bincount(self.half_month, self.weight).astype(np.float64)

    def first_day(self, half_month: int) -> str:
        """Return the first day of a half-month as YYYY-MM-DD; the day after the last one's end too.

        Examples
        --------
        >>> make_calendar(24).first_day(3), make_calendar(24).first_day(48)
        ('2024-02-16', '2026-01-01')
        """
        month = FIRST_MONTH + half_month // 2
        return f"{month}-{MIDDLE_OF_MONTH if half_month % 2 else 1:02d}"


def make_calendar(months: int) -> Calendar:
    """Return the calendar of some months from `FIRST_MONTH`.

    Parameters
    ----------
    months : int
        1 or more.

    Returns
    -------
    Calendar

    Raises
    ------
    ValueError
        If there is no month.

    Examples
    --------
    >>> calendar = make_calendar(24)
    >>> calendar.days[-1], calendar.n_half_months, round(float(calendar.weight.sum()), 9)
    (np.datetime64('2025-12-31'), 48, 1.0)
    """
    if months < 1:
        raise ValueError(f"months: expected 1 or more, found {months}")
    days: Days = np.arange(
        FIRST_MONTH.astype("M8[D]"), (FIRST_MONTH + months).astype("M8[D]"), dtype="M8[D]"
    )
    month = days.astype("M8[M]")
    number = (month - FIRST_MONTH).astype(np.int64)
    day_of_month = (days - month.astype("M8[D]")).astype(np.int64) + 1
    weekday = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    weight = (
        np.array(MONTH_WEIGHTS)[number % 12]
        * np.array(WEEKDAY_WEIGHTS)[weekday]
        * (1 + GROWTH_A_YEAR * number / 12)
    )
    half_month = 2 * number + (day_of_month >= MIDDLE_OF_MONTH)
    return Calendar(days, weight / weight.sum(), half_month.astype(np.int64))
