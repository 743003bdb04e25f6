"""HTTP of the decisions: list, form, and one decision as it was written down."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.errors import message_of
from app.services import services
from app.townships.choosing import decisions, ranking
from app.townships.choosing.correcting import dropped
from app.townships.choosing.criteria import GROUPS
from app.townships.choosing.decision_paper import paper_of
from app.townships.choosing.forms import CHOSEN, DecisionForm
from app.townships.choosing.weights import weight_args
from app.translation import _
from app.web import language, notice
from app.word_files import send_word
from geodata.errors import UserError

blueprint = Blueprint("decisions", __name__, url_prefix="/townships/decisions")

OFFERED_BEYOND = 2
"""The form offers this many times the townships that are considered."""


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the decisions, the newest first.

    Template ``townships/decisions.html``: ``decisions`` (of `models.Decision`), ``corrected``
    {former's id: id of what sets it right}.
    """
    found = decisions.list_decisions(services().database)
    return render_template(
        "townships/decisions.html",
        decisions=found,
        corrected=decisions.corrected_by(found),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.GOVERN)
def new() -> ResponseReturnValue:
    """Write a decision down (``?run=&w_…=&n=``); the same template comes back with what is wrong.

    Template ``townships/decision_form.html``: ``form``, ``run, board, weights, weight_args``,
    ``offered`` (rows of the board), ``ticked`` (codes), ``problem`` (a line or None).
    """
    page = _page()
    form = DecisionForm()
    form.offer(decisions.list_decisions(services().database))
    ticked, problem = request.form.getlist(CHOSEN), None
    if form.validate_on_submit():
        try:
            values = form.values(ticked, request.form, page["board"])
            home = services().home
            made = decisions.record_decision(access(), home, page["run"], page["weights"], values)
        except UserError as error:
            problem = message_of(error, language())
        else:
            notice(_("已记录决策“%(title)s”，所选街乡镇已纳入。", title=made.title))
            return redirect(url_for("decisions.show", number=made.id))
    rows = page["board"].candidates[: OFFERED_BEYOND * page["board"].n_first]
    drawn = render_template(
        "townships/decision_form.html",
        **page,
        form=form,
        offered=rows,
        ticked=ticked,
        problem=problem,
        weight_args={**weight_args(page["weights"]), "n": str(page["board"].n_first)},
    )
    return drawn, 422 if form.is_submitted() else 200


@blueprint.get("/<int:number>")
@allow(Permission.READ)
def show(number: int) -> str:
    """Show a decision as it was written down, from its own document, and what set it right later.

    Template ``townships/decision.html``: ``decision``, ``document``, ``intact``, ``chosen`` (rows
    with ``reason``), ``considered`` (rows), ``criteria`` (``key, label, weight, default, unit``),
    ``groups``, ``later`` (id of the decision that sets it right, or None), ``dropped``
    (`correcting.Dropped` of the townships that a correction, this or a later, no longer chooses).
    """
    return render_template("townships/decision.html", **_shown(number))


@blueprint.get("/<int:number>/decision.docx")
@allow(Permission.READ)
def word(number: int) -> Response:
    """Give the same as a Word file."""
    page = _shown(number)
    access().record("decision.export", ("decision", number), None, {})
    exact = access().may(Permission.EXACT_COUNTS)
    return send_word(paper_of(page, exact=exact), _("决策记录") + f"-{number}")


@blueprint.get("/<int:number>/document.json")
@allow(Permission.EXACT_COUNTS)
def document_json(number: int) -> Response:
    """Give the document as it was written down, to the byte; its tag is its SHA-256."""
    found = decisions.find_decision(services().database, number)
    answer = Response(found.document, mimetype="application/json")
    answer.set_etag(found.digest)
    answer.headers["Content-Disposition"] = f'attachment; filename="decision-{number}.json"'
    return answer


def _page() -> dict[str, Any]:
    home, exact = services().home, access().may(Permission.EXACT_COUNTS)
    return ranking.candidates_page(home, request.args, language(), exact=exact, required=True)


def _shown(number: int) -> dict[str, Any]:
    """Return what the page of a decision reads, see `show`."""
    found = decisions.find_decision(services().database, number)
    document = decisions.document_of(found)
    rows = {row["code"]: row for row in document["townships"]}
    later = decisions.corrected_by(decisions.list_decisions(services().database))
    return {
        "decision": found,
        "document": document,
        "intact": decisions.is_intact(found),
        "chosen": [{**rows[each["code"]], **each} for each in document["chosen"]],
        "considered": document["townships"][: document["n_considered"]],
        "criteria": _labelled(document["criteria"]),
        "groups": [{"key": each.key, "label": _in_language(each)} for each in GROUPS],
        "later": later.get(number),
        "dropped": dropped(services().database, found, later),
    }


def _labelled(criteria: list[dict[str, Any]]) -> list[dict[str, Any]]:
    suffix = "zh" if language().startswith("zh") else "en"
    return [{**each, "label": each[suffix], "unit": each[f"unit_{suffix}"]} for each in criteria]


def _in_language(group: Any) -> str:
    return str(group.zh if language().startswith("zh") else group.en)
