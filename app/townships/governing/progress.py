"""How far plans have come, and which are slow 进展缓慢.

No public source says what slow is; both bounds are numbers of the rule set in effect on the day.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from app.db import Database
from app.townships.assessment.governance_rules import InEffect, in_effect
from app.townships.governing.models import (
    CANCELLED,
    CLAIMED_DONE,
    CLOSED,
    TO_DO,
    UNDER_WAY,
    VERIFIED,
    ListItem,
    Plan,
)

PER_CENT = 100


@dataclass(frozen=True)
class Progress:
    """How far the items of one or several plans have come on a day; cancelled ones do not count.

    Attributes
    ----------
    total : int
    done : int
        Verified or closed.
    waiting : int
        Claimed done and not verified yet: not done, and not overdue either.
    scheduled : int
        Due before the day.
    overdue : int
        Of these, neither claimed nor done.
    longest_overdue : int
        Days by which the latest of them is late.
    by : InEffect
        The numbers that tell from when on it is slow, and whose they are.
    """

    total: int = 0
    done: int = 0
    waiting: int = 0
    scheduled: int = 0
    overdue: int = 0
    longest_overdue: int = 0
    by: InEffect = field(default_factory=InEffect)

    @property
    def done_share(self) -> float | None:
        """Share that is done, in per cent; None without items."""
        return PER_CENT * self.done / self.total if self.total else None

    @property
    def scheduled_share(self) -> float | None:
        """Share that should be done, in per cent; None without items."""
        return PER_CENT * self.scheduled / self.total if self.total else None

    @property
    def is_behind(self) -> bool:
        """Tell whether the done share is too far behind the scheduled one."""
        # In whole numbers: a share of thirds would miss its bound by rounding.
        return self.total > 0 and (
            PER_CENT * (self.scheduled - self.done) >= self.by.rules.slow.points * self.total
        )

    @property
    def is_late(self) -> bool:
        """Tell whether an item is overdue by too many days."""
        return self.longest_overdue > self.by.rules.slow.days

    @property
    def slow(self) -> bool:
        """Tell whether the plan is slow."""
        return self.is_behind or self.is_late

    def __add__(self, other: Progress) -> Progress:
        """Return the progress of both together."""
        counts = {
            name: getattr(self, name) + getattr(other, name)
            for name in ("total", "done", "waiting", "scheduled", "overdue")
        }
        longest = max(self.longest_overdue, other.longest_overdue)
        return replace(other, **counts, longest_overdue=longest)


NO_ITEMS = Progress()


def progress(database: Database, designations: Collection[int], day: date) -> dict[int, Progress]:
    """Return the progress of designations, all their plans together, in one query.

    Parameters
    ----------
    database : Database
    designations : collection of int
    day : date
        What was due before it should be done.

    Returns
    -------
    dict
        Designation → progress.
    """
    return _counted(database, Plan.designation_id, designations, day)


def plan_progress(database: Database, plans: Collection[int], day: date) -> dict[int, Progress]:
    """Return the progress of single plans, in one query."""
    return _counted(database, Plan.id, plans, day)


def together(parts: Sequence[Progress]) -> Progress:
    """Return the progress of several plans as one."""
    return sum(parts, NO_ITEMS)


def days_overdue(item: ListItem, day: date) -> int:
    """Return by how many days an item is late; 0 where it is not."""
    if item.due_on is None or item.state not in (TO_DO, UNDER_WAY):
        return 0
    return max(0, (day - item.due_on).days)


def _counted(
    database: Database, by: Any, wanted: Collection[int], day: date
) -> dict[int, Progress]:
    passed = ListItem.due_on < day
    overdue = passed & ListItem.state.in_((TO_DO, UNDER_WAY))
    counts = (
        func.count(),
        _number(ListItem.state.in_((VERIFIED, CLOSED))),
        _number(ListItem.state == CLAIMED_DONE),
        _number(passed),
        _number(overdue),
        func.min(case((overdue, ListItem.due_on))),
    )
    query = select(by, *counts).join(Plan, ListItem.plan_id == Plan.id)
    query = query.where(by.in_(wanted), ListItem.state != CANCELLED).group_by(by)
    with database.session() as session:
        rows = session.execute(query).all()
    nothing = Progress(by=in_effect(database, day))
    found = {
        of: replace(
            nothing, total=total, done=done, waiting=waiting, scheduled=scheduled, overdue=late,
            longest_overdue=(day - due).days if due else 0,
        )
        for of, total, done, waiting, scheduled, late, due in rows
    }  # fmt: skip
    return {each: found.get(each, nothing) for each in wanted}


def _number(kept: ColumnElement[bool]) -> Any:
    return func.sum(case((kept, 1), else_=0))
