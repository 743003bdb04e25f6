"""Windows of time as addresses name them: from one hour until before another, local time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

import polars as pl

_MOMENT = r"\d{4}-\d{2}-\d{2}(?:T\d{2})?"
PATTERN = re.compile(rf"({_MOMENT})\.\.({_MOMENT})")


@dataclass(frozen=True)
class Window:
    """A span of time in whole hours.

    Attributes
    ----------
    start, end : datetime
        Local, without a zone; the end is exclusive.

    Examples
    --------
    >>> noon = Window.parse("2025-06-29T12..2025-06-30T12")
    >>> noon.start.hour, noon.days, str(Window.parse("2025-06-01..2025-07-01"))
    (12, 1.0, '2025-06-01..2025-07-01')
    """

    start: datetime
    end: datetime

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a window as `str` writes it.

        Raises
        ------
        ValueError
            It is none, or empty.
        """
        found = PATTERN.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not like 2025-06-01..2025-07-01 or 2025-06-01T12..…")
        start, end = (datetime.fromisoformat(part) for part in found.groups())
        if start >= end:
            raise ValueError(f"{text!r} ends before it begins (its end is exclusive)")
        return cls(start, end)

    def __str__(self) -> str:
        """Return the window as an address has it: hours only where there are some."""
        return f"{_written(self.start)}..{_written(self.end)}"

    @property
    def days(self) -> float:
        """Length in days of 24 hours."""
        return (self.end - self.start) / timedelta(days=1)

    @property
    def last_day(self) -> date:
        """Day of its last hour."""
        return (self.end - timedelta(hours=1)).date()

    def earlier(self, days: int) -> Window:
        """Return the same window some days before."""
        return Window(self.start - timedelta(days=days), self.end - timedelta(days=days))

    def received(self) -> pl.Expr:
        """Tell which cases were received in it."""
        # The partition column lets whole months be skipped before a file is opened.
        months = [each.isoformat()[:7] for each in (self.start, self.end)]
        return (
            pl.col("month").is_between(pl.lit(months[0]), pl.lit(months[1]))
            & (pl.col("received_local") >= self.start)
            & (pl.col("received_local") < self.end)
        )

    def holds(self, instants: str, zone: str) -> pl.Expr:
        """Tell which instants of a column fall into it on the clock of a zone."""
        start, end = (
            pl.lit(each)
            .dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
            .dt.convert_time_zone("UTC")
            for each in (self.start, self.end)
        )
        return (pl.col(instants) >= start) & (pl.col(instants) < end)


def _written(moment: datetime) -> str:
    return moment.isoformat()[:13] if moment.hour else moment.isoformat()[:10]
