"""HTTP of the exclusions: list, proposal, one exclusion, and its steps."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.accounts.audit import history_of
from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases.disclosure import disclosed
from app.services import services
from app.townships.assessment import exclusions
from app.townships.assessment.ledger_forms import DecisionForm, ExclusionFilter, ExclusionForm
from app.townships.assessment.left_out import APPROVED
from app.townships.assessment.models import Exclusion
from app.townships.succession.naming import names_of_all
from app.translation import _
from app.web import notice

blueprint = Blueprint("exclusions", __name__, url_prefix="/assessment/exclusions")


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the exclusions (``?state=``).

    Template ``assessment/exclusions.html``: ``exclusions`` (of `models.Exclusion`), ``counts``
    {state: n}, ``state`` (the filter or None), ``places`` {code: name}.
    """
    chosen = ExclusionFilter.read(request.args)
    found = services()
    return render_template(
        "assessment/exclusions.html",
        exclusions=exclusions.list_exclusions(found.database, chosen.state),
        counts=exclusions.count_by_state(found.database),
        state=chosen.state,
        places=names_of_all(found.home, found.database),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def new() -> ResponseReturnValue:
    """Propose an exclusion.

    Template ``assessment/exclusion_form.html``: ``form`` (`ledger_forms.ExclusionForm`).
    """
    home, form = services().home, ExclusionForm()
    form.offer(home, access().area(Permission.WORK_PLANS))
    if form.validate_on_submit():
        made = exclusions.propose(access(), home, form.values(home))
        notice(_("已提出剔除规则“%(name)s”，批准后才生效。", name=made.name))
        return redirect(url_for("exclusions.show", number=made.id))
    page = render_template("assessment/exclusion_form.html", form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/<int:number>")
@allow(Permission.READ)
def show(number: int) -> str:
    """Show one exclusion.

    Template ``assessment/exclusion.html``: ``exclusion`` (`models.Exclusion`), ``place`` (name of
    its township, None for the whole city), ``matching`` (stored cases that it speaks of, as the
    reader may see it; None without any), ``untouched`` (`models.ClosedCycle`s where it has no
    effect), ``form`` (`ledger_forms.DecisionForm`), ``next_states`` (what the reader may do,
    empty for nothing), ``decides`` (whether as who decides), ``history`` (of `audit.PastAct`).
    """
    found = services()
    record = exclusions.find_exclusion(found.database, number)
    matching = exclusions.count_matching(found.home, record)
    exact = matching is None or access().may(Permission.EXACT_COUNTS)
    decides = access().may(Permission.ASSESS)
    return render_template(
        "assessment/exclusion.html",
        exclusion=record,
        place=names_of_all(found.home, found.database).get(record.township, record.township),
        matching=matching if exact or matching is None else disclosed(matching),
        untouched=exclusions.untouched_cycles(found.database, record),
        form=DecisionForm(row_version=record.row_version),
        next_states=_next_states(record),
        decides=decides,
        history=history_of(found.database, exclusions.EXCLUSIONS.key, number),
    )


@blueprint.post("/<int:number>/decision")
@allow(Permission.ASSESS)
def decide(number: int) -> Response:
    """Approve, refuse or withdraw an exclusion (form: ``state, on, words, row_version``)."""
    form = DecisionForm()
    form.offer(exclusions.STATES)
    form.require()
    record = exclusions.decide(
        access(), number, form.version(), form.state.data, form.day(), form.words.data or ""
    )
    closed = exclusions.untouched_cycles(services().database, record)
    if closed and record.state == APPROVED:
        names = "、".join(each.cycle_id for each in closed)
        notice(_("已批准。受理时间涉及已关闭的周期 %(names)s，在那里不起作用。", names=names))
    else:
        notice(_("已保存。"))
    return redirect(url_for("exclusions.show", number=number))


@blueprint.post("/<int:number>/withdrawal")
@allow(Permission.WORK_PLANS)
def take_back(number: int) -> Response:
    """Withdraw a proposal that nobody decided yet (form: ``row_version``)."""
    form = DecisionForm(state=exclusions.WITHDRAWN)
    form.offer(exclusions.STATES)
    form.require()
    exclusions.take_back(access(), number, form.version(), form.day())
    notice(_("已撤回。"))
    return redirect(url_for("exclusions.show", number=number))


def _next_states(record: Exclusion) -> tuple[str, ...]:
    """Return what the reader may make of it."""
    if access().may(Permission.ASSESS):
        return exclusions.STEPS.after(record.state)
    own = access().reach(Permission.WORK_PLANS).has_township(record.township or None)
    return exclusions.OWN_STEPS.after(record.state) if own else ()
