"""HTTP of the ledger: its page, what is changed of many items, and its file."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.errors import message_of, outcome_of
from app.services import services
from app.townships.governing.item_steps import STATES
from app.townships.ledger.asking import LedgerQuery
from app.townships.ledger.bulk import MOST_AT_ONCE, BulkOutcome, all_asked, change_items, step_items
from app.townships.ledger.burn_down import burn_down
from app.townships.ledger.choices import ledger_choices
from app.townships.ledger.coded import coded_words
from app.townships.ledger.forms import WHOLE, BulkForm
from app.townships.ledger.grouping import asked_alone, groups
from app.townships.ledger.listing import days_left, ledger_page, reminders
from app.townships.ledger.workbook import ledger_rows, ledger_workbook
from app.townships.sending import wrong_in
from app.translation import _
from app.web import language, notice
from geodata.errors import UserError

blueprint = Blueprint("item_ledger", __name__, url_prefix="/governance")

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/items")
@allow(Permission.READ)
def show() -> str:
    """Show the items of the reader's area (`asking.LedgerQuery`). Template: see `_page`."""
    return _page(BulkForm(formdata=None))


@blueprint.post("/items")
@allow(Permission.READ)
def bulk() -> ResponseReturnValue:
    """Change many items, or take them a step further (form field ``do``); who may, each item says.

    The address holds the filter, as that of the page does.
    """
    form = BulkForm()
    _offer(form)
    asked = LedgerQuery.read(request.args)
    outcome, error = None, None
    if form.validate_on_submit():
        try:
            outcome = _act(form, asked)
        except UserError as found_wrong:
            error = found_wrong
    if outcome is not None and not outcome.refused:
        notice(_("已改 %(n)s 项。", n=outcome.done))
        return redirect(url_for("item_ledger.show", **asked.kept()))
    line = wrong_in(form, error)
    status = 200 if outcome and outcome.done else 409 if outcome else 422
    return _page(form, line, outcome), outcome_of(error).status if error else status


@blueprint.get("/items.xlsx")
@allow(Permission.READ)
def workbook() -> Response:
    """Give the items that the filter keeps as a workbook (``?empty=1``: the headings alone)."""
    today = date.today()
    words = coded_words(services().database, today)
    asked = LedgerQuery.read(request.args)
    rows = [] if request.args.get("empty") else ledger_rows(access(), asked, today)
    headers = {"Content-Disposition": f"attachment; filename=items-{today}.xlsx"}
    return Response(ledger_workbook(access(), rows, words), mimetype=EXCEL, headers=headers)


def _act(form: BulkForm, asked: LedgerQuery) -> BulkOutcome:
    """Do what the form asks for."""
    today, whole = date.today(), form.mode.data == WHOLE
    if form.scope.data == "all":
        chosen = all_asked(access(), asked, today, form.seen_count())
    else:
        chosen = form.chosen()
    if request.form.get("do") == "step":
        on, words = form.on.data or today, (form.words.data or "").strip()
        return step_items(access(), chosen, on, words, whole=whole)
    return change_items(access(), chosen, form.update(), whole=whole)


def _page(form: BulkForm, error: str = "", outcome: BulkOutcome | None = None) -> str:
    """Return the page of the ledger.

    Template ``ledger/ledger.html``: ``asked`` (`asking.LedgerQuery`), ``page``
    (`listing.LedgerPage`), ``left`` {item: days left}, ``groups`` ([(GroupLine, address)]),
    ``course`` (`burn_down.BurnDown` or None), ``reminders``, ``choices``, ``states``, ``kinds`` and
    ``issue_types`` {key: name}, ``form`` (`forms.BulkForm`), ``sent`` (it, where it was sent),
    ``ticked`` (numbers of items), ``error``, ``outcome`` (`bulk.BulkOutcome` or None), ``refused``
    ([(item, title, line)]), ``most`` (items that are changed at
    once), ``may_work``.
    """
    asked, today = LedgerQuery.read(request.args), date.today()
    _offer(form)
    found = ledger_page(access(), asked, today)
    offered, chinese = ledger_choices(access()), language() == "zh_Hans"
    left = {row.id: days_left(row, today) for row in found.rows}
    return render_template(
        "ledger/ledger.html",
        asked=asked,
        page=found,
        left={number: days for number, days in left.items() if days is not None},
        groups=[(line, asked_alone(asked, line)) for line in groups(access(), asked, today)],
        course=burn_down(access(), asked, today),
        reminders=reminders(access(), today),
        choices=offered,
        states=tuple(STATES),
        kinds={each.key: each.chinese if chinese else each.english for each in offered.kinds},
        issue_types={
            each.key: each.chinese if chinese else each.english for each in offered.issue_types
        },
        form=form,
        sent=form if form.is_submitted() else None,
        most=MOST_AT_ONCE,
        ticked={text.partition(":")[0] for text in request.form.getlist("item")},
        error=error,
        outcome=outcome,
        refused=[
            (each.item_id, each.title, message_of(each.error, language()))
            for each in (outcome.refused if outcome else ())
        ],
        may_work=access().may(Permission.WORK_PLANS),
    )


def _offer(form: BulkForm) -> None:
    words = coded_words(services().database, date.today())
    form.offer(words.units, words.issue_types, chinese=language() == "zh_Hans")
