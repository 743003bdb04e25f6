"""HTTP of governance townships: who is suggested, designated, governed, watched."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from app.accounts.audit import history_of
from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases.listing import township_names
from app.services import services
from app.succession import lineage
from app.townships.assessment.governance_rules import in_effect
from app.townships.assessment.timeline import timeline
from app.townships.designations.life import (
    Move,
    move,
    needs_words,
    next_states,
    watched_until,
)
from app.townships.designations.models import EXITED
from app.townships.governing import register
from app.townships.governing.demand import (
    against_targets,
    demand,
    demand_shown,
    drawn,
    lowest_target,
)
from app.townships.governing.forms import BeginPlanForm, MoveForm, ProposeForm
from app.townships.governing.items import items_of_plan, items_of_units
from app.townships.governing.plans import begin_plan, current_plans, plans_of
from app.townships.governing.progress import days_overdue, progress
from app.townships.governing.suggesting import suggestions, suggestions_shown
from app.townships.sending import sent, status_of, step_form, wrong_in
from app.townships.succession.naming import names_in
from app.translation import _
from app.web import notice
from geodata.errors import UserError

blueprint = Blueprint("governing", __name__, url_prefix="/governance")

STATES = (
    "governed", "designated", "exit_proposed", "proposed", "exited", "closed",
    "withdrawn", "declined",
)  # fmt: skip
"""In the order of the page: what is under way first."""


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the governance townships, and what the rules suggest. Template: see `_list`."""
    return _list(ProposeForm())


def _list(form: ProposeForm, error: str = "") -> str:
    """Return the page of governance townships by state, with progress and suggestions.

    Template ``governing/list.html``: ``by_state`` {state: [Designation]} of the states that any is
    in, ``progress`` {designation: `progress.Progress`} of the reader's area, ``changes``
    (`Lineage`) and ``names`` {code: name} in it, ``found`` (`suggesting.Suggestions` as the reader
    may see them, with the ``rules`` they go by), ``own`` ([(ListItem, Plan)] that
    the reader's units are responsible for), ``late`` {item: days}, ``townships`` {code: name},
    ``form`` (`forms.ProposeForm`), ``error`` (a line on what is wrong with it), ``now``
    (`governance_rules.InEffect` of today), ``watched_until``.
    """
    there, today = services(), date.today()
    designations = register.list_designations(there.database)
    how_far = progress(there.database, [each.id for each in designations], today)
    cut = timeline(there.database, there.settings)
    found = suggestions(there.home, there.database, cut, designations, how_far, today)
    own, changes = items_of_units(access()), lineage(there.database)
    by_state = {
        state: listed
        for state in STATES
        if (listed := [each for each in designations if each.state == state])
    }
    return render_template(
        "governing/list.html",
        by_state=by_state,
        progress=register.progress_shown(access(), designations, how_far),
        changes=changes,
        names=names_in(there.home, changes.changes),
        found=suggestions_shown(found, exact=access().may(Permission.EXACT_COUNTS)),
        own=own,
        late={item.id: days_overdue(item, today) for item, _plan in own},
        townships=township_names(there.home),
        form=form,
        error=error,
        now=found.watched_by,
        watched_until=watched_until,
    )


@blueprint.post("/propose")
@allow(Permission.GOVERN)
def propose() -> ResponseReturnValue:
    """Put a township on the list of those that may be designated."""
    form = ProposeForm()
    error = None
    if form.validate_on_submit():
        on, reason = form.on.data or date.today(), form.reason.data
        try:
            made = register.propose_township(
                access(), services().home, form.township.data, on, reason
            )
        except UserError as found_wrong:
            error = found_wrong
        else:
            notice(_("已列入建议：%(name)s。", name=made.name))
            return redirect(url_for("governing.show", number=made.id))
    return _list(form, wrong_in(form, error)), status_of(form, error)


@blueprint.get("/<int:number>")
@allow(Permission.READ)
def show(number: int) -> str:
    """Show one designation. Template: see `_page`."""
    return _page(number)


def _page(number: int, error: str = "", name: str = "", form: FlaskForm | None = None) -> str:
    """Return the page of a designation: what may follow, its plans, demand and history.

    Template ``governing/detail.html``: ``one`` (Designation), ``former, later`` (Designation or
    None), ``next_states``, ``explained`` (states whose step needs words today), ``form``
    (`forms.MoveForm`), ``plans`` ([Plan], empty outside the reader's area), ``current`` (id of the
    plan that is worked on now, perhaps of a later designation, or None), ``sees_plans``,
    ``may_plan``, ``plan_form`` (`forms.BeginPlanForm`), ``progress``, ``demand`` (`demand.Demand`
    or None), ``drawn`` (its counts for the chart), ``target`` (lowest of the targets over all
    classes, or None), ``items`` and ``against`` (of the newest plan:
    items with a target, {item: AgainstTarget}), ``until`` (the end of the watch),
    ``now`` (`governance_rules.InEffect` of today),
    ``history`` (None outside the reader's area, as ``progress``), ``parted`` (splits and mergers of
    the township), ``names`` of them, ``error``, ``sent`` (a line on what is wrong with the
    form that was sent, and it).
    """
    there, today = services(), date.today()
    one = register.find_designation(there.database, number)
    inside = access().reach(Permission.READ).has_township(one.township)
    plans = plans_of(access(), number) if inside else []
    now = in_effect(there.database, today)
    months = now.rules.watch.months
    items = items_of_plan(access(), plans[0].id) if plans else []
    changes, since = lineage(there.database), one.designated_on
    parted = changes.parted(one.township)
    counted = demand(there.home, changes, one.township, since) if since else None
    kept = {name: form}
    shown = counted and demand_shown(counted, exact=access().may(Permission.EXACT_COUNTS))
    return render_template(
        "governing/detail.html",
        one=one,
        former=register.find_designation(there.database, one.former_id) if one.former_id else None,
        later=register.later_of(there.database, number),
        next_states=next_states(one),
        explained=[each for each in next_states(one) if needs_words(one, each, today, months)],
        form=step_form(kept.get("move"), MoveForm, "move", one.row_version),
        error=error,
        sent=form,
        plans=plans,
        current=current_plans(there.database, {one.township}, today.year).get(one.township),
        sees_plans=inside,
        may_plan=access().reach(Permission.WORK_PLANS).has_township(one.township),
        plan_form=kept.get("plan") or BeginPlanForm(formdata=None, year=today.year),
        progress=progress(there.database, [number], today)[number] if inside else None,
        demand=shown,
        drawn=drawn(shown.counts) if shown else [],
        target=lowest_target(items),
        items=[item for item in items if item.target_to is not None],
        against=against_targets(shown, items),
        until=watched_until(one.exited_on, months)
        if one.exited_on and one.state == EXITED
        else None,
        now=now,
        history=history_of(there.database, "designation", number) if inside else None,
        parted=parted,
        names=names_in(there.home, parted),
    )


@blueprint.post("/<int:number>/move")
@allow(Permission.GOVERN)
def step(number: int) -> ResponseReturnValue:
    """Take a designation a step further, or from a proposed exit back."""
    form = MoveForm()

    def act() -> None:
        asked = Move(form.state.data, form.day(), (form.words.data or "").strip())
        months = in_effect(services().database, date.today()).rules.watch.months
        move(access(), number, form.version(), asked, months)

    def done() -> ResponseReturnValue:
        notice(_("状态已更新。"))
        return redirect(url_for("governing.show", number=number))

    return sent(form, act, done, lambda error: _page(number, error, "move", form))


@blueprint.post("/<int:number>/plan")
@allow(Permission.WORK_PLANS)
def plan(number: int) -> ResponseReturnValue:
    """Begin the plan of a year."""
    form = BeginPlanForm()
    error = None
    if form.validate_on_submit():
        try:
            made = begin_plan(access(), services().home, number, form.year.data or 0)
        except UserError as found_wrong:
            error = found_wrong
        else:
            notice(_("已建立 %(year)s 年度方案。", year=made.year))
            return redirect(url_for("plans.show", plan_id=made.id))
    return _page(number, wrong_in(form, error), "plan", form), status_of(form, error)
