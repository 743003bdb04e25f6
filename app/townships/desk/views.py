"""HTTP of the dispatch desk 调度台."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.hotspots.points.rules import load_rules
from app.services import services
from app.townships.desk import problems
from app.townships.desk.board import DeskLine, desk_board, desk_lines
from app.townships.governing.demand import Demand, drawn
from app.townships.governing.models import ListItem
from app.townships.governing.plans import plans_of
from app.townships.governing.progress import SLOW_DAYS
from app.townships.governing.register import find_designation
from app.townships.supervising.meetings import meetings_of
from app.web import language

blueprint = Blueprint("desk", __name__, url_prefix="/desk")


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the governance townships of the reader's area with their lights.

    Template ``desk/list.html``: ``lines`` (of `board.DeskLine`, those with most red lights first),
    ``window`` (`Window` of the new problems, or None without cases), ``slow_days`` (of an item).
    """
    home = services().home
    return render_template(
        "desk/list.html",
        lines=desk_board(access(), home, date.today()),
        slow_days=SLOW_DAYS,
        window=problems.newest_window(home),
    )


@blueprint.get("/<int:number>")
@allow(Permission.READ)
def show(number: int) -> str:
    """Show what one governance township needs now.

    Template ``desk/township.html``: ``line`` (`board.DeskLine`), ``one`` (its Designation),
    ``late`` [(ListItem, days)], ``trend`` (data of the chart, or None), ``targets`` (items with a
    target), ``problems`` (with the cases before), ``rules`` {name: title}, ``window``, ``class_top,
    class_least``, ``meetings`` ([Meeting]), ``plan`` (the newest Plan or None), ``works`` (whether
    it is the reader's to work on), ``reads_cases``.
    """
    home, database = services().home, services().database
    one = find_designation(database, number)
    access().require_township(Permission.READ, one.township)
    (line,) = desk_lines(access(), home, [one], date.today())
    plans = plans_of(access(), number)
    return render_template(
        "desk/township.html",
        line=line,
        one=one,
        late=line.late_items(date.today()),
        trend=_trend(line.demand, line.items) if line.demand else None,
        targets=[item for item in line.items if item.id in line.against],
        problems=_with_before(line),
        rules={rule.name: rule.title(language()) for rule in load_rules(home)},
        window=problems.newest_window(home),
        class_top=problems.CLASS_TOP,
        class_least=problems.CLASS_LEAST,
        meetings=meetings_of(database, [number]).get(number, []),
        plan=plans[0] if plans else None,
        works=access().reach(Permission.WORK_PLANS).has_township(one.township),
        reads_cases=access().reach(Permission.READ_CASES).has_township(one.township),
    )


def _with_before(line: DeskLine) -> list[problems.Problem]:
    one, exact = line.designation, access().may(Permission.EXACT_COUNTS)
    if one.designated_on is None:
        return list(line.problems)
    return problems.with_counts_before(
        services().home, line.problems, one.township, one.designated_on, exact=exact
    )


def _trend(found: Demand, items: tuple[ListItem, ...]) -> dict[str, Any]:
    """Return what the chart draws; the level is that of items about all classes together."""
    levels = [item.target_to for item in items if item.target_to is not None and not item.class_1]
    return {
        "labels": list(found.months),
        "count": drawn(found.counts),
        "expected": None,
        "target": min(levels, default=None),
        "since": found.since,
    }
