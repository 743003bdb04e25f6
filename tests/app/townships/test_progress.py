"""Progress of plans against a count by hand and by plain loops."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from app.db import Database
from app.townships.assessment.governance_rules import GovernanceRules, InEffect, SlowRules
from app.townships.assessment.models import RuleSet
from app.townships.designations.models import GOVERNED, Designation
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
from app.townships.governing.progress import (
    NO_ITEMS,
    Progress,
    days_overdue,
    plan_progress,
    progress,
    together,
)
from tests.app.townships.test_rule_sets import values

DAY = date(2025, 7, 1)


def make_plan(database: Database, items: list[tuple[str, date | None]], township: str) -> Plan:
    with database.session() as session:
        one = Designation(township=township, name=township, state=GOVERNED, since=DAY)
        session.add(one)
        session.flush()
        plan = Plan(
            level="township", area_code=township, name="甲", year=2025, designation_id=one.id
        )
        session.add(plan)
        session.flush()
        for state, due in items:
            session.add(
                ListItem(
                    plan_id=plan.id, kind="tasks", title="事", state=state, due_on=due,
                    cooperating=[],
                )
            )  # fmt: skip
    return plan


@pytest.mark.db
def test_a_plan_by_hand(database: Database) -> None:
    late = DAY - timedelta(days=10)
    items = [(VERIFIED, late), (CLOSED, None), (CLAIMED_DONE, late), (UNDER_WAY, late)]
    items += [(TO_DO, DAY), (TO_DO, date(2025, 9, 1)), (CANCELLED, late), (TO_DO, None)]
    plan = make_plan(database, items, "T1")
    designation = plan.designation_id or 0
    # Seven count; due before the day: verified, claimed and under way.
    wanted = Progress(total=7, done=2, waiting=1, scheduled=3, overdue=1, longest_overdue=10)
    assert progress(database, [designation, 99], DAY) == {designation: wanted, 99: NO_ITEMS}
    assert plan_progress(database, [plan.id], DAY) == {plan.id: wanted}
    # 3/7 − 2/7 is 14.3 points: not slow.
    assert not wanted.slow


@pytest.mark.parametrize(
    ("done", "scheduled", "slow"),
    [(0, 1, True), (1, 2, True), (2, 2, False), (5, 3, False)],
)
def test_twenty_points_of_five_items_is_one(done: int, scheduled: int, slow: bool) -> None:
    assert Progress(total=5, done=done, scheduled=scheduled).slow is slow


def test_thirty_days_are_not_more_than_thirty() -> None:
    assert not Progress(total=9, done=1, scheduled=2, longest_overdue=30).slow
    assert Progress(total=9, done=1, scheduled=2, longest_overdue=31).is_late
    assert not NO_ITEMS.slow


def test_other_bounds_are_slow_otherwise() -> None:
    # 3 of 7 are due and 2 done: 100/7 = 14.29 points behind, 10 days late.
    own = {"total": 7, "done": 2, "scheduled": 3, "overdue": 1, "longest_overdue": 10}
    for points, days, slow in ((15, 10, False), (14, 10, True), (15, 9, True)):
        by = InEffect(GovernanceRules(slow=SlowRules(points=points, days=days)))
        assert Progress(**own, by=by).slow is slow
    strict = InEffect(GovernanceRules(slow=SlowRules(points=14)))
    both = together([Progress(**own, by=strict)] * 2)
    assert (both.total, both.by, both.slow) == (14, strict, True)


def test_a_plan_is_slow_by_the_rule_set_of_the_day(database: Database) -> None:
    plan = make_plan(database, [(TO_DO, DAY - timedelta(days=12))] + [(TO_DO, None)] * 19, "T1")
    one = plan.designation_id or 0
    # One of twenty is due: 5 points behind, 12 days late. The set begins on the next day.
    strict = GovernanceRules(slow=SlowRules(points=50, days=12))
    with database.session() as session:
        first = str(DAY + timedelta(days=1))
        session.add(RuleSet(**values("严", first, governance=strict).columns({})))
    slow = [progress(database, [one], DAY + timedelta(days=n))[one].slow for n in (0, 1)]
    assert slow == [False, True]


def test_an_item_is_late_from_the_day_after_its_due_day() -> None:
    item = ListItem(state=TO_DO, due_on=DAY)
    assert [days_overdue(item, DAY + timedelta(days=n)) for n in (-1, 0, 1)] == [0, 0, 1]
    assert days_overdue(ListItem(state=CLAIMED_DONE, due_on=DAY), date(2026, 1, 1)) == 0


PARTS = st.lists(
    st.tuples(
        st.sampled_from([TO_DO, UNDER_WAY, CLAIMED_DONE, VERIFIED, CLOSED, CANCELLED]),
        st.integers(-60, 60),
    ),
    max_size=20,
)


@given(parts=PARTS, cut=st.integers(0, 20))
def test_parts_together_are_the_whole(parts: list[tuple[str, int]], cut: int) -> None:
    assert together([plainly(parts[:cut]), plainly(parts[cut:])]) == plainly(parts)


def plainly(parts: list[tuple[str, int]]) -> Progress:
    """The same counts by plain loops; a part is a state and the days by which it is past due."""
    kept = [(state, late) for state, late in parts if state != CANCELLED]
    overdue = [late for state, late in kept if late > 0 and state in (TO_DO, UNDER_WAY)]
    return Progress(
        total=len(kept),
        done=sum(state in (VERIFIED, CLOSED) for state, _ in kept),
        waiting=sum(state == CLAIMED_DONE for state, _ in kept),
        scheduled=sum(late > 0 for _, late in kept),
        overdue=len(overdue),
        longest_overdue=max(overdue, default=0),
    )


def test_all_townships_of_a_city_take_one_query_beside_that_for_the_rules(
    database: Database,
) -> None:
    rng_states = [TO_DO, UNDER_WAY, CLAIMED_DONE, VERIFIED, CLOSED, CANCELLED]
    wanted = {}
    for at in range(40):
        parts = [(rng_states[(at * 7 + n) % 6], (at * 13 + n * 5) % 80 - 40) for n in range(12)]
        items: list[tuple[str, date | None]] = [
            (state, DAY - timedelta(days=late)) for state, late in parts
        ]
        wanted[make_plan(database, items, f"T{at}").designation_id or 0] = plainly(parts)
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(str(args[2])))
    assert progress(database, list(wanted), DAY) == wanted
    assert len([each for each in asked if each.startswith("SELECT")]) == 2
