"""Periods of time: days, half months, months of assessment and years, cut at the ends of a span."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from app.cases.facts.columns import HOURS_A_DAY
from app.cases.facts.table import Month
from app.hotspots.filtered.forms import Period
from app.hotspots.periods import next_month
from spatial.coded_counts import LEFT_OUT

SECOND_HALF = 16
"""Day on which the second half of a month begins."""

_DAYS = 31


@dataclass(frozen=True)
class Step:
    """One period, or what a span leaves of it: from ``start`` until before ``end``."""

    label: str
    start: date
    end: date

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days

    def to_json(self) -> dict[str, object]:
        """As scripts read it; ``to`` is exclusive."""
        return {
            "label": self.label,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "days": self.days,
        }


@dataclass(frozen=True)
class Calendar:
    """How time is cut.

    Attributes
    ----------
    period : Period
    month_start : int
        Day on which a month of assessment begins, 1 to 28; for periods of a month alone.
    """

    period: Period
    month_start: int = 1

    def cut(self, start: date, end: date) -> tuple[Step, ...]:
        """Return the periods of a span; none where it is empty."""
        steps: list[Step] = []
        begin = self._begin(start)
        while begin < end:
            following = self._next(begin)
            steps.append(Step(self._label(begin), max(begin, start), min(following, end)))
            begin = following
        return tuple(steps)

    def before(self, step: Step) -> Step:
        """Return the whole period before one."""
        end = self._begin(step.start)
        begin = self._begin(end - timedelta(1))
        return Step(self._label(begin), begin, end)

    def _begin(self, day: date) -> date:
        if self.period == "year":
            return date(day.year, 1, 1)
        if self.period == "half_month":
            return day.replace(day=1 if day.day < SECOND_HALF else SECOND_HALF)
        if self.period == "month":
            same = day.day >= self.month_start
            month = day if same else day.replace(day=1) - timedelta(1)
            return month.replace(day=self.month_start)
        return day

    def _next(self, begin: date) -> date:
        if self.period == "year":
            return date(begin.year + 1, 1, 1)
        if self.period == "half_month" and begin.day < SECOND_HALF:
            return begin.replace(day=SECOND_HALF)
        if self.period == "day":
            return begin + timedelta(1)
        following = next_month(begin)
        return following.replace(day=self.month_start) if self.period == "month" else following

    def _label(self, begin: date) -> str:
        if self.period == "year":
            return f"{begin:%Y}"
        whole_month = self.period == "month" and self.month_start == 1
        return f"{begin:%Y-%m}" if whole_month else begin.isoformat()


def steps_of_slots(month: Month, steps: tuple[Step, ...]) -> NDArray[np.int32]:
    """Return which of some steps, which do not overlap, each hour of a month is in."""
    days = month.first.toordinal() + np.arange(_DAYS)
    starts = np.array([step.start.toordinal() for step in steps], dtype=np.int64)
    ends = np.array([step.end.toordinal() for step in steps], dtype=np.int64)
    if not steps:
        return np.full(_DAYS * HOURS_A_DAY, LEFT_OUT, dtype=np.int32)
    at = np.searchsorted(starts, days, side="right") - 1
    inside = (at >= 0) & (days < ends[at])
    return np.repeat(np.where(inside, at, LEFT_OUT), HOURS_A_DAY).astype(np.int32)


def hours_of_week(month: Month) -> NDArray[np.int32]:
    """Return 24 × weekday + hour of each hour of a month, Monday's first hour being 0."""
    weekday = (month.first.weekday() + np.arange(_DAYS)) % 7
    return (weekday[:, None] * HOURS_A_DAY + np.arange(HOURS_A_DAY)).ravel().astype(np.int32)
