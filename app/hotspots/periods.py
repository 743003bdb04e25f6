"""The steps of a run: calendar months, cut at the ends of its window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.errors import InvalidParameter

PERIODS = ("month",)
WHOLE_SPAN = -1
"""Index of the extra layer that holds the whole window."""

LONGEST_MONTHS = 120


@dataclass(frozen=True)
class Step:
    """One step: from ``start`` until before ``end``, local dates."""

    index: int
    label: str
    start: date
    end: date

    def to_json(self) -> dict[str, object]:
        """As pages and scripts read it; ``to`` is exclusive."""
        return {
            "index": self.index,
            "label": self.label,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
        }

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days


def monthly_steps(start: date, end: date) -> tuple[Step, ...]:
    """Cut a window at the first of each month.

    Parameters
    ----------
    start, end : date
        First day, and the day after the last.

    Raises
    ------
    InvalidParameter
        The window is empty or longer than ten years.
    """
    if start >= end:
        raise InvalidParameter(
            f"from {start} to {end}: the window is empty (--to is exclusive)",
            f"{start} 至 {end}：时间范围为空（截止日不含当天）",
        )
    steps: list[Step] = []
    begin = start
    while begin < end:
        following = next_month(begin)
        steps.append(Step(len(steps), f"{begin:%Y-%m}", begin, min(following, end)))
        begin = following
    if len(steps) > LONGEST_MONTHS:
        raise InvalidParameter(
            f"from {start} to {end}: {len(steps)} months, at most {LONGEST_MONTHS}",
            f"{start} 至 {end}：共 {len(steps)} 个月，最多 {LONGEST_MONTHS} 个月",
        )
    return tuple(steps)


def next_month(day: date) -> date:
    """First day of the month after the day's."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
