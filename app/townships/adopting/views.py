"""HTTP of 纳入工作计划: departments are asked, answer, and are counted by what they adopted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from app.accounts.audit import history_of
from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.excel_files import send_excel
from app.services import services
from app.townships.adopting import listing, requests
from app.townships.adopting.forms import (
    AnswerForm,
    AskForm,
    RequestFilter,
    WithdrawForm,
    first_version,
)
from app.townships.adopting.models import ASKED
from app.townships.adopting.subjects import ITEM, Subject, askable_units, find_subject
from app.townships.adopting.tables import workbook
from app.townships.adopting.wording import kind_names, state_names
from app.townships.governing.forms import FILL
from app.townships.sending import sent, status_of, step_form, wrong_in
from app.translation import _
from app.web import notice
from geodata.errors import UserError

blueprint = Blueprint("adoptions", __name__, url_prefix="/governance/adoptions")

PAGE_LINES = 100


@dataclass(frozen=True)
class Page:
    """A part of a long list."""

    page: int
    pages: int


@blueprint.app_context_processor
def adoption_pieces() -> dict[str, Callable[..., Any]]:
    """Give pages of other subjects what they show of requests: of an item, of a township."""
    return {
        "adoptions_of_item": lambda number: listing.requests_about(
            access(), ITEM, number, date.today()
        ),
        "adoptions_in": lambda township: listing.asked_in(access(), township),
        "may_ask_in": lambda township: (
            bool(township) and access().reach(Permission.WORK_PLANS).has_township(township)
        ),
    }


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List requests (``?state=&unit=&year=&planned=&due=&page=``) and what departments adopted.

    Template ``adopting/list.html``: ``lines`` ([`listing.Line`] of the page), ``total``, ``page``
    (`Page`), ``asked`` (`forms.RequestFilter`), ``departments`` ([`listing.Share`] of the year),
    ``units`` [(id, name)], ``years``, ``planned`` (years of plans), ``states, kinds`` {key: name}.
    """
    asked, today = RequestFilter.read(request.args), date.today()
    every = listing.list_requests(access(), listing.Chosen(year=asked.year), today)
    lines = listing.list_requests(access(), asked.chosen(), today)
    pages = max(1, -(-len(lines) // PAGE_LINES))
    at = min(asked.page, pages)
    units = {(line.unit.id, line.unit.name) for line in every}
    return render_template(
        "adopting/list.html",
        lines=lines[(at - 1) * PAGE_LINES : at * PAGE_LINES],
        total=len(lines),
        page=Page(at, pages),
        asked=asked,
        departments=listing.shares(every),
        units=sorted(units, key=lambda pair: pair[1]),
        years=listing.years_asked(access()),
        planned=sorted({line.request.year for line in every if line.request.year}, reverse=True),
        states=state_names(),
        kinds=kind_names(),
    )


@blueprint.get("/table.xlsx")
@allow(Permission.READ)
def table_xlsx() -> Response:
    """Give the requests of a filter as a workbook, with what departments adopted in the year."""
    asked, today = RequestFilter.read(request.args), date.today()
    every = listing.list_requests(access(), listing.Chosen(year=asked.year), today)
    lines = listing.list_requests(access(), asked.chosen(), today)
    access().record("take_away", ("adoption", ""), after={"file": "adoptions.xlsx"})
    return send_excel(workbook(lines, listing.shares(every)), "adoptions")


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def new() -> ResponseReturnValue:
    """Ask departments; a form with the field `FILL` names what about and stores nothing.

    Template ``adopting/form.html``: ``form`` (`forms.AskForm`), ``subject`` (`Subject`, or None
    where nothing is named), ``kinds``, ``days`` (until an answer is due), ``error`` (a line that is
    of no field).
    """
    form, today = AskForm(), date.today()
    if not form.source_kind.data:
        if not form.is_submitted():
            return _ask_page(form, None), 200
        return _ask_page(form, None, _("没有说明提请的是哪件事。")), 422
    subject = find_subject(access(), services().home, form.asked())
    if FILL in request.form:
        begun = {**vars(form.asked()), "source_kind": subject.kind, "source_id": subject.id}
        begun |= first_version(subject.title, requests.default_due(today))
        return _ask_page(AskForm(formdata=None, data=begun), subject), 200
    error = None
    if form.validate_on_submit():
        try:
            made = requests.ask(access(), services().home, form.asked(), form.values(), today)
        except UserError as found_wrong:
            error = found_wrong
        else:
            notice(_("已提请 %(n)s 个单位。", n=len(made)))
            if len(made) == 1:
                return redirect(url_for("adoptions.show", number=made[0].id))
            return redirect(url_for("adoptions.list_view", state=ASKED))
    return _ask_page(form, subject, wrong_in(form, error)), status_of(form, error)


@blueprint.get("/<int:number>")
@allow(Permission.READ)
def show(number: int) -> str:
    """Show a request. Template: see `_page`."""
    return _page(number)


@blueprint.post("/<int:number>/answer")
@allow(Permission.ANSWER)
def answer(number: int) -> ResponseReturnValue:
    """Answer for a department: adopted or not (form field ``do``)."""
    form = AnswerForm()

    def act() -> None:
        said = form.answer(request.form.get("do"))
        requests.answer(access(), number, form.version(), said, date.today())

    return _sent(number, "answer", form, act, _("已答复。"))


@blueprint.post("/<int:number>/withdraw")
@allow(Permission.WORK_PLANS)
def withdraw(number: int) -> ResponseReturnValue:
    """Take a request back."""
    form = WithdrawForm()

    def act() -> None:
        requests.withdraw(access(), number, form.version(), form.reason.data or "", date.today())

    return _sent(number, "withdraw", form, act, _("已撤回。"))


def _sent(
    number: int, name: str, form: FlaskForm, act: Callable[[], None], told: str
) -> ResponseReturnValue:
    def done() -> ResponseReturnValue:
        notice(told)
        return redirect(url_for("adoptions.show", number=number))

    return sent(form, act, done, lambda error: _page(number, error, name, form))


def _page(number: int, error: str = "", name: str = "", form: FlaskForm | None = None) -> str:
    """Return the page of a request.

    Template ``adopting/detail.html``: ``one`` (AdoptionRequest), ``unit``, ``line``
    (`listing.Line`), ``inside`` (whether it is of the reader's area), ``answer_form,
    withdraw_form`` (None where the reader may not), ``this_year``,
    ``states, kinds``, ``history``, ``error``, ``sent`` (a line on what is wrong with the form that
    was sent, and it).
    """
    today = date.today()
    one, unit = requests.find_request(access(), number)
    kept = {name: form}
    waits = one.state == ASKED
    works = requests.is_within(access(), Permission.WORK_PLANS, one)
    answers = access().may(Permission.ANSWER) and access().answers_for(unit.id)
    version = one.row_version
    return render_template(
        "adopting/detail.html",
        one=one,
        unit=unit,
        line=listing.Line(one, unit, (one.due_on - today).days),
        inside=requests.is_within(access(), Permission.READ, one),
        answer_form=step_form(kept.get("answer"), AnswerForm, "answer", version)
        if waits and answers
        else None,
        withdraw_form=step_form(kept.get("withdraw"), WithdrawForm, "withdraw", version)
        if waits and works
        else None,
        this_year=today.year,
        states=state_names(),
        kinds=kind_names(),
        history=history_of(services().database, "adoption", number),
        error=error,
        sent=form,
    )


def _ask_page(form: AskForm, subject: Subject | None, error: str = "") -> str:
    if subject is not None:
        form.offer(askable_units(services().database, services().home, subject, date.today()))
    return render_template(
        "adopting/form.html",
        form=form,
        subject=subject,
        kinds=kind_names(),
        days=requests.ANSWER_DAYS,
        error=error,
    )
