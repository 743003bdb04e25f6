"""Numbers of governance that no public source gives, by subject: a part of each rule set.

They stand beside what a cycle is assessed by and never enter the document of a closed cycle: they
say what is suggested, proposed or lit up, not what a cycle was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import or_, select

from app.db import Database
from app.errors import InvalidParameter
from app.townships.assessment.models import RuleSet
from app.townships.assessment.rules import ResultRules
from app.townships.designations.life import WATCH_MONTHS

KEY = "governance"
"""Where they stand among what a rule set keeps of its results."""


class _Subject(BaseModel):
    """Numbers of one subject; each has the system's default 系统默认."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class SuggestionRules(_Subject):
    """When a township is suggested to come into governance or to leave it.

    Attributes
    ----------
    first : int
        So many townships with the most cases are counted as the first, ties with the last too.
    in_times, in_cycles : int
        In, when among the first in so many of the newest cycles.
    out_cycles : int
        Out, after so many newest cycles, all since the designation, outside the first
    out_done : float
        and with so many per cent of the items done.
    """

    first: int = Field(default=10, ge=1, le=1000)
    in_times: int = Field(default=2, ge=1, le=24)
    in_cycles: int = Field(default=3, ge=1, le=24)
    out_cycles: int = Field(default=6, ge=1, le=36)
    out_done: float = Field(default=90, ge=0, le=100)

    @model_validator(mode="after")
    def _can_happen(self) -> SuggestionRules:
        if self.in_times > self.in_cycles:
            raise InvalidParameter(
                f"in_times: {self.in_times} of {self.in_cycles} cycles can never be; at most "
                f"{self.in_cycles}",
                f"建议纳入：{self.in_cycles} 期中不可能有 {self.in_times} 期居前，"
                f"最多 {self.in_cycles} 期",
            )
        return self


class SlowRules(_Subject):
    """When a plan is slow 进展缓慢.

    Attributes
    ----------
    points : int
        Percentage points by which the done share lies behind the scheduled share, or more.
    days : int
        An item that is late by more days than these.
    """

    points: int = Field(default=20, ge=1, le=100)
    days: int = Field(default=30, ge=0, le=365)


class WatchRules(_Subject):
    """How many months a township is watched after its exit before it is closed."""

    months: int = Field(default=WATCH_MONTHS, ge=6, le=36)


class DeskRules(_Subject):
    """What is new on the dispatch desk, and what a click and a whistle begin with.

    Attributes
    ----------
    window_days : int
        Newest whole days that are looked at.
    class_top, class_least : int
        A class 1 is high-frequency among the first so many of its township, with so many cases.
    before_windows : int
        So many windows before the designation are looked at: what was high-frequency in one of
        them is not new.
    item_days : int
        Days until an item is due that was put on a list by a click.
    whistle_days : int
        Days that units have when the township sets no other deadline.
    """

    window_days: int = Field(default=15, ge=7, le=31)
    class_top: int = Field(default=5, ge=1, le=100)
    class_least: int = Field(default=10, ge=1, le=1000)
    before_windows: int = Field(default=6, ge=1, le=24)
    item_days: int = Field(default=30, ge=1, le=365)
    whistle_days: int = Field(default=7, ge=1, le=90)


class MonitorRules(_Subject):
    """What the rebound monitor looks for.

    Attributes
    ----------
    shift : float
        Multiple of the expected cases that is to be found.
    false_alarms : float
        Greatest chance, in per cent, of an alarm in a year without a rebound.
    baseline, least_baseline : int
        Half-months before the exit that the level is estimated from, and the fewest that will do.
    """

    shift: float = Field(default=1.5, ge=1.1, le=5)
    false_alarms: float = Field(default=5, ge=1, le=20)
    baseline: int = Field(default=12, ge=4, le=24)
    least_baseline: int = Field(default=6, ge=4, le=24)

    @model_validator(mode="after")
    def _can_serve(self) -> MonitorRules:
        if self.least_baseline > self.baseline:
            raise InvalidParameter(
                f"least_baseline: {self.least_baseline} is more than baseline {self.baseline}",
                f"反弹监测：最少半月数 {self.least_baseline} 大于基期半月数 {self.baseline}",
            )
        return self


class TalkRules(_Subject):
    """How many of the last by score are talked with, 0 for none; townships: `ResultRules`."""

    last_districts: int = Field(default=1, ge=0, le=100)
    last_departments: int = Field(default=1, ge=0, le=100)
    last_enterprises: int = Field(default=1, ge=0, le=100)


class GovernanceRules(_Subject):
    """All of them."""

    suggestion: SuggestionRules = SuggestionRules()
    slow: SlowRules = SlowRules()
    watch: WatchRules = WatchRules()
    desk: DeskRules = DeskRules()
    monitor: MonitorRules = MonitorRules()
    talks: TalkRules = TalkRules()


DEFAULT = GovernanceRules()
SUBJECTS: tuple[str, ...] = tuple(GovernanceRules.model_fields)

_OF_RESULTS = {"warnings": ("warn_first", "warn_ties", "answer_days"), "talks": ("talk_last",)}
"""Subject → numbers of it that stand with the results of a cycle."""


@dataclass(frozen=True)
class InEffect:
    """The numbers that hold on a day, and whose they are.

    Attributes
    ----------
    rules : GovernanceRules
    results : ResultRules
        Of the same rule set.
    set_id : int or None
        Of the rule set; None where none holds.
    name : str
    since : date or None
        Its first day.
    """

    rules: GovernanceRules = DEFAULT
    results: ResultRules = field(default_factory=ResultRules)
    set_id: int | None = None
    name: str = ""
    since: date | None = None

    def is_default(self, subject: str) -> bool:
        """Tell whether the numbers of a subject are the system's default 系统默认."""
        default = ResultRules()
        return getattr(self.rules, subject, None) == getattr(DEFAULT, subject, None) and all(
            getattr(self.results, name) == getattr(default, name)
            for name in _OF_RESULTS.get(subject, ())
        )


def governance_of(results: dict[str, Any]) -> GovernanceRules:
    """Return what a rule set keeps of its numbers; one that knows none yet has the defaults."""
    return GovernanceRules.model_validate(results.get(KEY, {}))


def effect_of(record: RuleSet) -> InEffect:
    """Return the numbers of a rule set."""
    results = ResultRules.model_validate(record.results)
    return InEffect(
        governance_of(record.results), results, record.id, record.name, record.valid_from
    )


def in_effect(database: Database, day: date) -> InEffect:
    """Return the numbers that hold on a day; for a cycle it is its first, as for all its rules."""
    query = select(RuleSet).where(
        RuleSet.valid_from <= day, or_(RuleSet.valid_to.is_(None), RuleSet.valid_to > day)
    )
    with database.session() as session:
        found = session.scalar(query.limit(1))
    if found is None:
        return InEffect()
    return effect_of(found)
