"""Make, change, end and list rule sets; what a closed cycle stands on stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.records import Kind
from app.db import Database
from app.errors import Conflict, InvalidParameter
from app.hotspots.filtered.forms import Attribution
from app.townships.assessment.cycles import Calendar
from app.townships.assessment.governance_rules import KEY, GovernanceRules
from app.townships.assessment.models import ClosedCycle, RuleSet
from app.townships.assessment.rules import PER_CENT, Basis, ResultRules, Weights
from app.townships.assessment.timeline import Timeline, join
from app.townships.designations.life import FIRST_DAY, LAST_DAY

RULE_SETS = Kind(RuleSet, "rule_set", "rule set", "考核规则")

ONE_DAY = timedelta(days=1)


class RuleSetValues(BaseModel):
    """What a person may write into a rule set; it is in effect from a day to a day, both in it."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=200)
    first_day: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    last_day: date | None = Field(default=None, ge=FIRST_DAY, le=LAST_DAY)
    start_day: int
    cut_hour: int
    attribution: Attribution
    basis: Basis
    ledger: Literal["raw", "assessed"]
    response: float = Field(ge=0, le=PER_CENT)
    resolution: float = Field(ge=0, le=PER_CENT)
    satisfaction: float = Field(ge=0, le=PER_CENT)
    basically_satisfied: float = Field(ge=0, le=1)
    results: ResultRules
    governance: GovernanceRules = GovernanceRules()
    source: str = Field(default="", max_length=2000)

    @model_validator(mode="after")
    def _can_serve(self) -> RuleSetValues:
        """Check what several of them make together.

        Raises
        ------
        InvalidParameter
            The weights do not add up, or no calendar begins so.
        """
        Calendar(self.start_day, self.cut_hour)
        Weights(self.response, self.resolution, self.satisfaction, self.basically_satisfied)
        if self.last_day is not None and self.last_day < self.first_day:
            raise InvalidParameter(
                f"last day {self.last_day} is before first day {self.first_day}",
                f"最后一天 {self.last_day} 早于第一天 {self.first_day}",
            )
        return self

    def columns(self, results: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns of the table; what else stands in `results` is left there."""
        told = self.model_dump(exclude={"first_day", "last_day", "results", "governance"})
        return {
            **told,
            "valid_from": self.first_day,
            "valid_to": _after(self.last_day),
            "results": {
                **results,
                **self.results.model_dump(),
                KEY: self.governance.model_dump(),
            },
        }


def list_rule_sets(database: Database) -> list[RuleSet]:
    """Return the rule sets, the latest first."""
    with database.session() as session:
        return list(session.scalars(select(RuleSet).order_by(RuleSet.valid_from.desc())))


def find_rule_set(database: Database, number: int) -> RuleSet:
    """Return a rule set; raises `Missing` where none has the id."""
    with database.session() as session:
        return RULE_SETS.find(session, number)


def create(access: Access, values: RuleSetValues, start_day: int) -> RuleSet:
    """Make a rule set.

    Parameters
    ----------
    access : Access
    values : RuleSetValues
    start_day : int
        Of the system's default, which holds where no set does.

    Raises
    ------
    Conflict
        It overlaps another in time, or a closed cycle would be another by it.
    """
    record = RuleSet(**values.columns({}))
    with access.database.session() as session:
        before = _sets(session)
        _require_apart(record, before)
        _require_closed_kept(session, before, [*before, record], start_day)
        RULE_SETS.create(access, session, record)
    return record


def change(
    access: Access, number: int, version: int, values: RuleSetValues, start_day: int
) -> RuleSet:
    """Write changed values into a rule set on which no closed cycle stands.

    Raises
    ------
    Conflict
        A closed cycle stands on it, it would overlap another, or somebody else changed it.
    """

    def checked(session: Session, record: RuleSet) -> dict[str, Any]:
        sets = _sets(session)
        closed = closed_on(session, record, join(sets, start_day))
        if closed is not None:
            raise Conflict(
                f"rule set “{record.name}”: closed cycle {closed} stands on it; end it and make "
                "a new one",
                f"考核规则“{record.name}”已用于关闭的周期 {closed}，不能修改；"
                "请终止这套规则，再新建一套",
            )
        columns = values.columns(record.results)
        _require_allowed(session, sets, record, columns, start_day)
        return columns

    return RULE_SETS.change(access, number, version, checked)


def end(access: Access, number: int, version: int, last_day: date, start_day: int) -> RuleSet:
    """Let a rule set hold until a day and no longer.

    Raises
    ------
    InvalidParameter
        The day is before its first, or beyond what a rule set may name.
    Conflict
        A closed cycle would be another by it, or somebody else changed it meanwhile.
    """

    def checked(session: Session, record: RuleSet) -> dict[str, Any]:
        if last_day < record.valid_from:
            raise InvalidParameter(
                f"last day {last_day}: rule set “{record.name}” begins on {record.valid_from}",
                f"最后一天 {last_day} 早于考核规则“{record.name}”的第一天 {record.valid_from}",
            )
        if last_day > LAST_DAY:
            raise InvalidParameter(
                f"last day {last_day} is after {LAST_DAY}",
                f"最后一天 {last_day} 晚于 {LAST_DAY}",
            )
        columns = {"valid_to": _after(last_day)}
        _require_allowed(session, _sets(session), record, columns, start_day)
        return columns

    return RULE_SETS.change(access, number, version, checked, act="end")


def closed_on(session: Session, record: RuleSet, over_time: Timeline) -> str | None:
    """Return the id of a closed cycle that stands on a rule set, None where none does."""
    found = session.execute(select(ClosedCycle.cycle_id, ClosedCycle.first_day))
    return next((each for each, day in found if over_time.era_of(day).set_id == record.id), None)


def _require_allowed(
    session: Session,
    sets: list[RuleSet],
    record: RuleSet,
    columns: Mapping[str, Any],
    start_day: int,
) -> None:
    """Check a rule set as it would be with other values in its columns."""
    told = {column.key: getattr(record, column.key) for column in RuleSet.__table__.columns}
    changed = RuleSet(**{**told, **columns})
    others = [each for each in sets if each.id != record.id]
    _require_apart(changed, others)
    _require_closed_kept(session, sets, [*others, changed], start_day)


def _require_apart(record: RuleSet, others: list[RuleSet]) -> None:
    """Refuse a rule set that overlaps another in time."""
    for other in others:
        first = max(record.valid_from, other.valid_from)
        end = min(record.valid_to or date.max, other.valid_to or date.max)
        if first < end:
            until = "" if end == date.max else f" {end - ONE_DAY}"
            raise Conflict(
                f"rule sets “{record.name}” and “{other.name}” overlap from {first}"
                + (f" to{until}" if until else " on")
                + "; only one may be in effect on a day",
                f"考核规则“{record.name}”与“{other.name}”的生效日期重叠："
                f"{first} 至{until or '以后'}；同一天只能有一套规则",
            )


def _require_closed_kept(
    session: Session, before: list[RuleSet], after: list[RuleSet], start_day: int
) -> None:
    """Refuse what would give a closed cycle other days, hours or rules."""
    was, would = (
        join(sorted(sets, key=lambda each: each.valid_from), start_day) for sets in (before, after)
    )
    for cycle_id in session.scalars(select(ClosedCycle.cycle_id).order_by(ClosedCycle.first_day)):
        if _stands(was, cycle_id) != _stands(would, cycle_id):
            raise Conflict(
                f"cycle {cycle_id} is closed: its days and rules stay as they are; choose days "
                "after its last",
                f"周期 {cycle_id} 已关闭，它的起止日期和规则不能再变；请选择它之后的生效日期",
            )


def _stands(over_time: Timeline, cycle_id: str) -> object:
    """Return what a cycle is and stands on, None where the timeline has none of this id."""
    try:
        cycle = over_time.find(cycle_id)
    except InvalidParameter:
        return None
    era = over_time.era_for(cycle)
    return cycle.window, era.rules, era.set_id, era.name


def _sets(session: Session) -> list[RuleSet]:
    return list(session.scalars(select(RuleSet).order_by(RuleSet.valid_from)))


def _after(last_day: date | None) -> date | None:
    return None if last_day is None else last_day + ONE_DAY
