"""The two windows of a comparison, and those that people ask for most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from app.cases.listing import has_cases
from app.cases.selection import case_frame
from app.errors import InvalidParameter
from app.hotspots.periods import monthly_steps, next_month
from geodata.home import Home


@dataclass(frozen=True)
class Window:
    """From ``start`` until before ``end``, local dates."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days

    @property
    def label(self) -> str:
        """Its month where it is one, else its first and last day."""
        if self.start.day == 1 and self.end == next_month(self.start):
            return f"{self.start:%Y-%m}"
        return f"{self.start} – {self.end - timedelta(days=1)}"


@dataclass(frozen=True)
class Windows:
    """The period that is looked at, and the one that it is compared with."""

    this: Window
    other: Window

    def check(self) -> None:
        """Refuse windows that cannot be compared.

        Raises
        ------
        InvalidParameter
            One is empty or too long, or they have days in common, whose cases would stand on
            both sides.
        """
        for window in (self.this, self.other):
            monthly_steps(window.start, window.end)
        first, last = sorted((self.this, self.other), key=lambda window: window.start)
        if last.start < first.end:
            raise InvalidParameter(
                f"{self.this.label} and {self.other.label} have days in common: "
                "a case cannot be on both sides",
                f"{self.this.label} 与 {self.other.label} 有重叠的日子：同一件诉求不能算在两边",
            )


def usual_windows(home: Home) -> dict[str, Windows]:
    """Return the windows that are asked for most, where the store has cases of both.

    Returns
    -------
    dict
        ``month``: the last whole month with the one before it; ``year``: the newest month, up to
        the day of the last case, with the same days of the year before.
    """
    if not has_cases(home):
        return {}
    received = pl.col("received_local").dt.date()
    span = case_frame(home).select(received.min(), last=received.max()).collect()
    first, last = span.row(0)
    following = last + timedelta(days=1)
    newest = following if following.day == 1 else last.replace(day=1)
    month = _month_before(newest)
    usual = {
        "month": Windows(Window(month, newest), Window(_month_before(month), month)),
        "year": _same_days_last_year(Window(last.replace(day=1), following)),
    }
    return {name: each for name, each in usual.items() if each.other.start >= first}


def _month_before(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def _same_days_last_year(window: Window) -> Windows:
    start = window.start.replace(year=window.start.year - 1)
    # The first of a month is in every year, a leap day is not.
    whole = next_month(start) if window.end == next_month(window.start) else None
    return Windows(window, Window(start, whole or start + timedelta(days=window.days)))
