"""HTTP of the objections: list, record, decide."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.services import services
from app.townships.assessment import objections
from app.townships.assessment.ledger_forms import DecisionForm, ObjectionFilter, ObjectionForm
from app.townships.succession.naming import names_of_all
from app.translation import _
from app.web import notice

blueprint = Blueprint("objections", __name__, url_prefix="/assessment/objections")


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the objections to cases of the reader's area, all of them for who decides (``?state=``).

    Template ``assessment/objections.html``: ``objections`` (of `objections.ObjectionLine`, texts
    masked), ``state`` (the filter or None), ``states``, ``places`` {code: name}, ``form``
    (`ledger_forms.DecisionForm`), ``may_raise``, ``may_decide``.
    """
    chosen = ObjectionFilter.read(request.args)
    return render_template(
        "assessment/objections.html",
        objections=objections.list_objections(access(), chosen.state),
        state=chosen.state,
        states=objections.STATES,
        places=names_of_all(services().home, services().database),
        may_raise=access().may(Permission.WORK_PLANS) and access().may(Permission.READ_CASES),
        may_decide=access().may(Permission.ASSESS),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def new() -> ResponseReturnValue:
    """Record an objection.

    Template ``assessment/objection_form.html``: ``form`` (`ledger_forms.ObjectionForm`).
    """
    form = ObjectionForm()
    if form.validate_on_submit():
        objections.raise_objection(access(), services().home, form.values())
        notice(_("已登记异议，等待认定。"))
        return redirect(url_for("objections.list_view"))
    page = render_template("assessment/objection_form.html", form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/<int:number>/decision")
@allow(Permission.ASSESS)
def decide(number: int) -> Response:
    """Uphold or reject an objection (form: ``state, on, words, row_version``)."""
    form = DecisionForm()
    form.offer(tuple(state for state in objections.STATES if state != objections.RAISED))
    form.require()
    objections.decide_objection(
        access(), number, form.version(), form.state.data, form.day(), form.words.data or ""
    )
    notice(_("已保存。"))
    return redirect(url_for("objections.list_view"))
