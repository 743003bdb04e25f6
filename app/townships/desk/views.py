"""HTTP of the dispatch desk 调度台."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.hotspots.points.rules import load_rules
from app.services import services
from app.succession import followed
from app.townships.assessment.cycles import Cycle
from app.townships.assessment.governance_rules import InEffect, in_effect
from app.townships.assessment.timeline import timeline
from app.townships.desk import problems
from app.townships.desk.board import DeskLine, desk_board, desk_lines
from app.townships.desk.listing import put_on_list
from app.townships.governing.demand import Demand, drawn, lowest_target
from app.townships.governing.forms import Sent
from app.townships.governing.items import undo_item
from app.townships.governing.models import TO_DO, ListItem
from app.townships.governing.plans import current_plans, find_plan
from app.townships.governing.register import find_designation
from app.townships.succession.naming import names_in
from app.townships.supervising.meetings import meetings_of
from app.translation import _
from app.web import language, notice

blueprint = Blueprint("desk", __name__, url_prefix="/desk")


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the governance townships of the reader's area with their lights.

    Template ``desk/list.html``: ``lines`` (of `board.DeskLine`, those with most red lights first),
    ``names`` {code: name} in changes of codes, ``window`` (`Window` of the new problems, or None
    without cases), ``now`` (`governance_rules.InEffect` of today).
    """
    home = services().home
    now = in_effect(services().database, date.today())
    lines = desk_board(access(), home, date.today())
    return render_template(
        "desk/list.html",
        lines=lines,
        names=names_in(home, (change for line in lines for change in line.parted)),
        now=now,
        window=problems.newest_window(home, now.rules.desk),
    )


@blueprint.get("/<int:number>")
@allow(Permission.READ)
def show(number: int) -> str:
    """Show what one governance township needs now.

    Template ``desk/township.html``: ``line`` (`board.DeskLine`), ``one`` (its Designation),
    ``code`` (of the township now), ``names`` {code: name} in its changes of codes,
    ``late`` [(ListItem, days)], ``trend`` (data of the chart, or None), ``targets`` (items with a
    target), ``problems, lasting`` (with the cases before), ``rules`` {name: title}, ``window``,
    ``now`` (`governance_rules.InEffect` of today), ``meetings`` ([Meeting]), ``month`` (the Cycle
    that is the newest whole month, or None), ``plan`` (the current Plan or None), ``works``
    (whether it is the reader's to work on), ``reads_cases``, ``added`` (the ListItem that a click
    has just put on a list, or None), ``added_form``.
    """
    home, database = services().home, services().database
    one = find_designation(database, number)
    access().require_township(Permission.READ, one.township)
    (line,) = desk_lines(access(), home, [one], date.today())
    plan = current_plans(database, {one.township}, date.today().year).get(one.township)
    now = in_effect(database, date.today())
    added = _added(line, request.args.get("added", ""))
    return render_template(
        "desk/township.html",
        line=line,
        names=names_in(home, line.parted),
        one=one,
        code=followed(database, one.township)[-1],
        late=line.late_items(date.today()),
        trend=_trend(line.demand, line.items) if line.demand else None,
        targets=[item for item in line.items if item.id in line.against],
        problems=_with_before(line, line.problems, now),
        lasting=_with_before(line, line.lasting, now),
        rules={rule.name: rule.title(language()) for rule in load_rules(home)},
        window=problems.newest_window(home, now.rules.desk),
        now=now,
        added=added,
        added_form=Sent(formdata=None, row_version=added.row_version) if added else None,
        meetings=meetings_of(database, [number]).get(number, []),
        month=_newest_month(line),
        plan=find_plan(access(), plan) if plan else None,
        works=access().reach(Permission.WORK_PLANS).has_township(one.township),
        reads_cases=access().reach(Permission.READ_CASES).has_township(one.township),
    )


def _newest_month(line: DeskLine) -> Cycle | None:
    """Return the cycle that the newest whole month is; months of the desk are the calendar's."""
    if line.demand is None or line.newest is None:
        return None
    over_time = timeline(services().database, services().settings)
    return over_time.calendar_month(line.demand.months[line.demand.whole - 1])


@blueprint.post("/<int:number>/items")
@allow(Permission.WORK_PLANS)
def put(number: int) -> ResponseReturnValue:
    """Put a problem on a list (form field ``source``, what an item of it names as its source)."""
    one = find_designation(services().database, number)
    source = request.form.get("source", "")
    made = put_on_list(access(), services().home, one, source, date.today())
    return redirect(url_for("desk.show", number=number, added=made.id))


@blueprint.post("/<int:number>/items/<int:item_id>/undo")
@allow(Permission.WORK_PLANS)
def undo(number: int, item_id: int) -> ResponseReturnValue:
    """Take back what a click has just put on a list."""
    form = Sent()
    form.require()
    taken = undo_item(access(), item_id, form.version(), date.today())
    notice(_("已撤销：%(title)s。", title=taken.title))
    return redirect(url_for("desk.show", number=number))


def _added(line: DeskLine, number: str) -> ListItem | None:
    """Return the item of a click, while it may be taken back."""
    return next(
        (item for item in line.items if str(item.id) == number and item.state == TO_DO), None
    )


def _with_before(
    line: DeskLine, found: tuple[problems.Problem, ...], now: InEffect
) -> list[problems.Problem]:
    one, exact = line.designation, access().may(Permission.EXACT_COUNTS)
    if one.designated_on is None:
        return list(found)
    there, days = services(), now.rules.desk.window_days
    codes = followed(there.database, one.township)
    return problems.with_counts_before(
        there.home, found, codes, one.designated_on, days, exact=exact
    )


def _trend(found: Demand, items: tuple[ListItem, ...]) -> dict[str, Any]:
    """Return what the chart draws; the level is that of items about all classes together."""
    return {
        "labels": list(found.months),
        "count": drawn(found.counts),
        "expected": None,
        "target": lowest_target(items),
        "since": found.since,
    }
