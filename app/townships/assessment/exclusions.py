"""Exclusions 剔除: proposed by a township's planners, decided for the whole city, never kept back.

Only approved ones take cases out of the assessed ledger, and none reaches a cycle that is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Literal, get_args

import polars as pl
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.accounts.records import Kind
from app.cases.listing import township_names
from app.cases.windows import Window
from app.db import Database
from app.errors import InvalidParameter
from app.hotspots.geography import townships
from app.townships.assessment.class_paths import known_paths, path_text
from app.townships.assessment.labelling import matches, placed
from app.townships.assessment.left_out import APPROVED, ExclusionRule, LeftOut, rule_of
from app.townships.assessment.models import ClosedCycle, Exclusion
from app.townships.assessment.rules import Rules
from app.townships.assessment.sources import Source, source_of_now
from app.townships.designations.life import FIRST_DAY, LAST_DAY
from app.townships.steps import Steps
from geodata.home import Home

State = Literal["proposed", "approved", "refused", "withdrawn"]
STATES: tuple[State, ...] = get_args(State)
PROPOSED, REFUSED, WITHDRAWN = "proposed", "refused", "withdrawn"

STEPS = Steps(
    {PROPOSED: (APPROVED, REFUSED, WITHDRAWN), APPROVED: (WITHDRAWN,), REFUSED: (), WITHDRAWN: ()},
    {PROPOSED: "待审", APPROVED: "已批准", REFUSED: "未批准", WITHDRAWN: "已撤回"},
)
OWN_STEPS = Steps({PROPOSED: (WITHDRAWN,), APPROVED: (), REFUSED: (), WITHDRAWN: ()}, STEPS.zh)
"""What who proposed may still do: what is decided is withdrawn by who decides."""

_ACTS = {APPROVED: "approve", REFUSED: "refuse", WITHDRAWN: "withdraw"}

EXCLUSIONS = Kind(Exclusion, "exclusion", "exclusion", "剔除规则", untold=frozenset({"points"}))


class ExclusionValues(BaseModel):
    """What is proposed: cases of a township, of a class and below, received on some days."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=200)
    township: str = Field(default="", max_length=64)
    classes: tuple[str, ...] = ()
    start: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    end: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    source: str = Field(min_length=1, max_length=4_000)


def list_exclusions(database: Database, state: State | None = None) -> list[Exclusion]:
    """Return the exclusions, the newest first."""
    query = select(Exclusion).order_by(Exclusion.id.desc())
    if state:
        query = query.where(Exclusion.state == state)
    with database.session() as session:
        return list(session.scalars(query))


def count_by_state(database: Database) -> dict[State, int]:
    """Count the exclusions of each state."""
    query = select(Exclusion.state, func.count()).group_by(Exclusion.state)
    with database.session() as session:
        found = {str(state): int(n) for state, n in session.execute(query)}
    return {state: found.get(state, 0) for state in STATES}


def find_exclusion(database: Database, number: int) -> Exclusion:
    """Return one exclusion.

    Raises
    ------
    Missing
        There is none of this id.
    """
    with database.session() as session:
        return EXCLUSIONS.find(session, number)


def propose(access: Access, home: Home, values: ExclusionValues) -> Exclusion:
    """Propose an exclusion; it takes nothing out until it is approved.

    Raises
    ------
    Forbidden
        The township is not of the person's area; one of the whole city takes all of it.
    InvalidParameter
        The window ends before it starts, or there is no such township or class.
    """
    access.require_township(Permission.WORK_PLANS, values.township or None)
    _check(home, values)
    record = Exclusion(**{**values.model_dump(), "classes": list(values.classes)}, state=PROPOSED)
    with access.database.session() as session:
        return EXCLUSIONS.create(access, session, record)


def decide(
    access: Access, number: int, version: int, state: State, day: date, words: str = ""
) -> Exclusion:
    """Approve, refuse or withdraw an exclusion, for the whole city.

    Raises
    ------
    Conflict
        The step is not allowed from where it stands, or someone else changed it meanwhile.
    """
    access.require_township(Permission.ASSESS, None)

    def step(_session: Session, record: Exclusion) -> Mapping[str, Any]:
        STEPS.require(record.state, state)
        return {"state": state, "decided_on": day, "decided_by": access.who}

    return EXCLUSIONS.change(access, number, version, step, act=_ACTS[state], words=words)


def take_back(access: Access, number: int, version: int, day: date) -> Exclusion:
    """Withdraw a proposal of one's own area that nobody decided yet.

    Raises
    ------
    Conflict
        It was decided already, or someone else changed it meanwhile.
    """

    def step(_session: Session, record: Exclusion) -> Mapping[str, Any]:
        access.require_township(Permission.WORK_PLANS, record.township or None)
        OWN_STEPS.require(record.state, WITHDRAWN)
        return {"state": WITHDRAWN, "decided_on": day, "decided_by": access.who}

    return EXCLUSIONS.change(access, number, version, step, act=_ACTS[WITHDRAWN])


def untouched_cycles(database: Database, record: Exclusion) -> list[ClosedCycle]:
    """Return the closed cycles that its window touches: there it has no effect."""
    query = select(ClosedCycle).where(
        ClosedCycle.first_day <= record.end, ClosedCycle.end_day > record.start
    )
    with database.session() as session:
        return list(session.scalars(query.order_by(ClosedCycle.first_day, ClosedCycle.cycle_id)))


def count_matching(home: Home, record: Exclusion) -> int | None:
    """Count the stored cases that it speaks of, by the place complained of; None without any."""
    return count_of_rule(home, rule_of(record))


def count_of_rule(home: Home, rule: ExclusionRule) -> int | None:
    """Count the stored cases that a rule speaks of, approved or not; None without any cases."""
    source = source_of_now(home, LeftOut((rule,)))
    return None if source is None else _count(home, source, rule)


@lru_cache(maxsize=256)
def _count(home: Home, source: Source, rule: ExclusionRule) -> int:
    """Count in the months of the rule alone: versions never change, so once is enough."""
    days = Window(*(datetime.combine(day, time.min) for day in (rule.first, rule.end)))
    cases = placed(home, source, Rules().attribution).filter(days.received())
    kept = cases.filter(matches(rule, townships(home, source.townships)))
    return int(kept.select(pl.len()).collect(engine="streaming").item())


def _check(home: Home, values: ExclusionValues) -> None:
    if values.end < values.start:
        raise InvalidParameter(
            f"window: its last day {values.end} is before its first {values.start}",
            f"受理时间止 {values.end} 早于起 {values.start}",
        )
    if values.township and values.township not in township_names(home):
        raise InvalidParameter(
            f"township: {values.township!r} is no code of the boundaries in use",
            f"街乡镇“{values.township}”不在现行边界中",
        )
    if values.classes and values.classes not in known_paths(home):
        text = path_text(values.classes)
        raise InvalidParameter(
            f"class: {text!r} is no path of classes of the stored cases",
            f"问题分类“{text}”在库中不存在",
        )
