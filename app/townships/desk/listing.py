"""One click puts a high-frequency problem on a list of its township's plan."""

from __future__ import annotations

from datetime import date, timedelta

from app.accounts.access import Access
from app.accounts.permissions import Permission
from app.db import Database
from app.errors import Conflict
from app.townships.assessment.governance_rules import in_effect
from app.townships.designations.models import Designation
from app.townships.desk.board import desk_lines
from app.townships.desk.problems import SOURCE, Problem
from app.townships.duties.proposing import Register
from app.townships.governing.item_values import ItemValues
from app.townships.governing.items import Source, create_item
from app.townships.governing.models import ListItem
from app.townships.governing.plans import current_plans
from app.translation import _
from geodata.home import Home

LIST = "problems"
"""The list that problems go on, 问题清单."""


def put_on_list(
    access: Access, home: Home, one: Designation, source_id: str, today: date
) -> ListItem:
    """Put a problem of the desk on the list of problems of the plan that is worked on now.

    The township is responsible, the item is due after as many days as the rule set in effect says;
    what else there is to say is for whoever changes it.

    Raises
    ------
    Forbidden
        The township is outside the person's area.
    Conflict
        There is no plan yet, or the desk has no such problem: it is on a list already, or no longer
        high-frequency.
    """
    access.require_township(Permission.WORK_PLANS, one.township)
    plan = current_plans(access.database, {one.township}, today.year).get(one.township)
    if plan is None:
        raise Conflict(
            f"{one.name} has no plan yet: begin one first", f"{one.name}还没有年度方案，请先建立"
        )
    problem = _problem(access, home, one, source_id, today)
    days = in_effect(access.database, today).rules.desk.item_days
    values = ItemValues(
        title=_("%(name)s高频诉求", name=problem.name)[:200],
        kind=LIST,
        class_1=problem.class_1,
        responsible_id=_unit_of(access.database, one.township, today),
        due_on=today + timedelta(days=days),
    )
    return create_item(access, plan, values, Source(SOURCE, problem.source_id))


def _problem(access: Access, home: Home, one: Designation, source_id: str, today: date) -> Problem:
    (line,) = desk_lines(access, home, [one], today)
    for each in (*line.problems, *line.lasting):
        if each.source_id == source_id:
            return each
    raise Conflict(
        f"{one.name}: the desk has no problem {source_id[:80]!r}: it is on a list already, or no "
        "longer high-frequency",
        f"{one.name}的调度台上没有“{source_id[:80]}”：已列入清单，或不再是高频问题",
    )


def _unit_of(database: Database, township: str, today: date) -> int | None:
    """Return the unit of a township; None where the register has none today."""
    own = Register(database, township, today).own
    return own.id if own else None
