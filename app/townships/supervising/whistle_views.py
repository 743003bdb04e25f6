"""HTTP of the whistles 吹哨报到: who is called, who came, what was done, how it is rated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases.listing import choices, township_names
from app.errors import outcome_of
from app.services import services
from app.townships.assessment.governance_rules import in_effect
from app.townships.duties.keeping import all_duties, scenarios
from app.townships.duties.proposing import Proposal, Register, who_must_come
from app.townships.sending import sent, step_form, wrong_in
from app.townships.succession.naming import names_of_all
from app.townships.supervising import answering, whistles
from app.townships.supervising.whistle_forms import (
    AnswerForm,
    RatingForm,
    UnitsForm,
    WhistleFilter,
    WhistleForm,
    WithdrawalForm,
    suggestion,
)
from app.translation import _
from app.web import notice
from geodata.errors import UserError

blueprint = Blueprint("whistles", __name__, url_prefix="/supervision/whistles")


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the whistles that the reader may see (``?state=&township=``).

    Template ``supervision/whistles.html``: ``lines`` (of `answering.WhistleLine`), ``counts``
    {state: n}, ``asked``, ``names`` {township: name}, ``owed`` (number of units that owe),
    ``states``.
    """
    asked = WhistleFilter.read(request.args)
    wanted = None if asked.township is None else [asked.township]
    return render_template(
        "supervision/whistles.html",
        lines=answering.list_whistles(access(), date.today(), state=asked.state, townships=wanted),
        counts=answering.count_by_state(access()),
        asked=asked,
        names=names_of_all(services().home, services().database),
        states=tuple(whistles.STEPS.following),
    )


@blueprint.get("/owed")
@allow(Permission.READ)
def owed_view() -> str:
    """List who owes an answer, the longest overdue first.

    Template ``supervision/whistles_owed.html``: ``debtors`` (of `answering.Debtor`), ``counts``
    {state: n}, ``names`` {township: name}, ``states``.
    """
    return render_template(
        "supervision/whistles_owed.html",
        debtors=answering.debtors(access(), date.today()),
        counts=answering.count_by_state(access()),
        names=names_of_all(services().home, services().database),
        states=tuple(whistles.STEPS.following),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def new() -> ResponseReturnValue:
    """Blow: first what the problem is (``?township=&title=&path=&item_id=``), then who must come.

    Template ``supervision/whistle_form.html``: see `_new_form`. The form field ``do`` says what
    was pressed: ``propose`` shows who must come by the duty list, ``raise`` calls them.
    """
    today = date.today()
    given = suggestion(request.args, whistles.default_deadline(services().database, today))
    form = WhistleForm(data=given) if request.method == "GET" else WhistleForm()
    names = _own_townships()
    township = form.township.data if form.township.data in names else ""
    form.offer(names, whistles.items_of(services().database, township) if township else [])
    if not form.validate_on_submit():
        return _new_form(form)
    if request.form.get("do") != "raise":
        return _new_form(form, _propose(form))
    try:
        made = whistles.raise_whistle(access(), form.values())
    except UserError as error:
        return _new_form(form, _propose(form, keep=True), error)
    notice(_("已吹哨“%(title)s”。", title=made.title))
    return redirect(url_for("whistles.show", whistle_id=made.id))


@blueprint.get("/<int:whistle_id>")
@allow(Permission.READ)
def show(whistle_id: int) -> str:
    """Show a whistle. Template: see `_page`."""
    return _page(whistle_id)


@blueprint.post("/<int:whistle_id>/units")
@allow(Permission.WORK_PLANS)
def recall(whistle_id: int) -> ResponseReturnValue:
    """Change who is called and until when."""
    form = UnitsForm()
    form.offer_units([])

    def act() -> None:
        until, units = form.deadline.data, form.units()
        whistles.recall(access(), whistle_id, form.version(), units, until)

    return _sent(whistle_id, "units", form, act, _("已保存。"))


@blueprint.post("/<int:whistle_id>/calls/<int:call_id>/report")
@allow(Permission.ANSWER)
def report(whistle_id: int, call_id: int) -> ResponseReturnValue:
    """Say that a unit has come 报到."""
    form = AnswerForm()

    def act() -> None:
        answering.report(access(), call_id, form.version(), form.said())

    return _sent(whistle_id, str(call_id), form, act, _("已报到。"))


@blueprint.post("/<int:whistle_id>/calls/<int:call_id>/handle")
@allow(Permission.ANSWER)
def handle(whistle_id: int, call_id: int) -> ResponseReturnValue:
    """Say what a unit did 处置."""
    form = AnswerForm()

    def act() -> None:
        answering.handle(access(), call_id, form.version(), form.said())

    return _sent(whistle_id, str(call_id), form, act, _("已记录处置情况。"))


@blueprint.post("/<int:whistle_id>/rate")
@allow(Permission.WORK_PLANS)
def rate(whistle_id: int) -> ResponseReturnValue:
    """Rate what was done 评价, which ends the whistle."""
    form = RatingForm()

    def act() -> None:
        whistles.rate(access(), whistle_id, form.version(), form.rating.data, form.said())

    return _sent(whistle_id, "rating", form, act, _("已评价，这次吹哨办结。"))


@blueprint.post("/<int:whistle_id>/withdraw")
@allow(Permission.WORK_PLANS)
def withdraw(whistle_id: int) -> ResponseReturnValue:
    """Take a whistle back."""
    form = WithdrawalForm()

    def act() -> None:
        whistles.withdraw(access(), whistle_id, form.version(), form.said())

    return _sent(whistle_id, "rating", form, act, _("已撤回。"))


def _sent(
    whistle_id: int, name: str, form: FlaskForm, act: Callable[[], None], told: str
) -> ResponseReturnValue:
    def done() -> ResponseReturnValue:
        notice(told)
        return redirect(url_for("whistles.show", whistle_id=whistle_id))

    return sent(form, act, done, lambda error: _page(whistle_id, error, name, form))


def _page(whistle_id: int, error: str = "", name: str = "", form: FlaskForm | None = None) -> str:
    """Return the page of a whistle.

    Template ``supervision/whistle.html``: ``file`` (`whistles.WhistleFile`), ``name`` (of the
    township), ``today``, ``works`` (whether it is the reader's township), ``answers`` {id of the
    call: `forms.AnswerForm`} for units of hers, ``states`` {id of the call: called, reported,
    handled}, ``rating_form``, ``units_form``, ``ratings``, ``error``, ``sent`` (a line on what
    is wrong with the form that was sent, and it).
    """
    file = whistles.get_whistle(access(), whistle_id)
    whistle, there = file.whistle, services()
    works = access().reach(Permission.WORK_PLANS).has_township(whistle.township)
    is_open = whistle.state == whistles.OPEN
    kept = {name: form}
    return render_template(
        "supervision/whistle.html",
        file=file,
        name=names_of_all(there.home, there.database).get(whistle.township, whistle.township),
        today=date.today(),
        works=works and is_open,
        answers={
            call.id: step_form(kept.get(str(call.id)), AnswerForm, str(call.id), call.row_version)
            for call, unit in file.calls
            if is_open and access().answers_for(unit.id) and not call.handled_on
        },
        states={call.id: answering.state_of(call) for call, _unit in file.calls},
        rating_form=step_form(kept.get("rating"), RatingForm, "rating", whistle.row_version),
        units_form=_units_form(file, kept.get("units")) if works and is_open else None,
        ratings=whistles.RATINGS,
        error=error,
        sent=form,
    )


def _own_townships() -> dict[str, str]:
    area = access().reach(Permission.WORK_PLANS)
    names = township_names(services().home)
    return {code: name for code, name in names.items() if area.has_township(code)}


def _propose(form: WhistleForm, *, keep: bool = False) -> list[Proposal]:
    """Ask the duty list; what was chosen is kept where a person has chosen already."""
    database, township = services().database, form.township.data
    found = who_must_come(database, form.classes(), form.scenario.data or "", township)
    if not keep:
        form.propose(found)
    first = [each.unit.id for each in found if each.unit is not None]
    register = Register(database, township, date.today())
    form.offer_units(register.callable_units(), first)
    return found


def _new_form(
    form: WhistleForm, proposals: list[Proposal] | None = None, error: UserError | None = None
) -> ResponseReturnValue:
    """Give the form of a new whistle.

    Template ``supervision/whistle_form.html``: ``form``, ``proposals`` (None before the duty list
    was asked), ``message`` (a line or empty), ``classes`` (class 1 of the cases), ``scenarios``,
    ``now`` (`governance_rules.InEffect` of today).
    """
    page = render_template(
        "supervision/whistle_form.html",
        form=form,
        proposals=proposals,
        message=wrong_in(form, error),
        classes=choices(services().home)["class_1"],
        scenarios=scenarios(all_duties(services().database)),
        now=in_effect(services().database, date.today()),
    )
    status = 422 if form.is_submitted() and proposals is None else 200
    return page, outcome_of(error).status if error else status


def _units_form(file: whistles.WhistleFile, sent_form: FlaskForm | None) -> FlaskForm:
    """Return the form of who is called: as they are, or as it was sent in vain."""
    called = [(call.unit_id, call.leads) for call, _unit in file.calls]
    leads = [number for number, lead in called if lead]
    form = sent_form or UnitsForm(
        formdata=None,
        deadline=file.whistle.deadline,
        lead=str(leads[0]) if leads else "",
        cooperating=[str(number) for number, lead in called if not lead],
    )
    register = Register(services().database, file.whistle.township, date.today())
    known = {unit.id: unit for unit in register.callable_units()}
    known |= {unit.id: unit for _call, unit in file.calls}
    form.offer_units(list(known.values()), [number for number, _lead in called])
    return step_form(form, UnitsForm, "units", file.whistle.row_version)
