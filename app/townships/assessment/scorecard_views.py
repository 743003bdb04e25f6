"""HTTP of the topic scorecards: list, make, change."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.errors import InvalidParameter
from app.services import services
from app.townships.assessment import scorecards
from app.townships.assessment.class_paths import known_paths
from app.townships.assessment.ledger_forms import ScorecardForm
from app.townships.assessment.models import Scorecard
from app.translation import _
from app.web import language, notice

blueprint = Blueprint("scorecards", __name__, url_prefix="/assessment/scorecards")


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the topics.

    Template ``assessment/scorecards.html``: ``cards`` (of `models.Scorecard`).
    """
    return render_template(
        "assessment/scorecards.html", cards=scorecards.list_scorecards(services().database)
    )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.ASSESS)
def new() -> ResponseReturnValue:
    """Make a topic.

    Template ``assessment/scorecard_form.html``: ``form`` (`ledger_forms.ScorecardForm`), ``card``
    (None here), ``paths`` (of classes, to choose from), ``wrong`` (a line on what is, or None).
    """
    return _form_page(None)


@blueprint.route("/<int:number>", methods=["GET", "POST"])
@allow(Permission.ASSESS)
def edit(number: int) -> ResponseReturnValue:
    """Change a topic; the same template, with ``card`` set."""
    return _form_page(scorecards.find_scorecard(services().database, number))


def _form_page(card: Scorecard | None) -> ResponseReturnValue:
    form, home, wrong = ScorecardForm(obj=card), services().home, None
    if card is not None:
        form.show(card)
    if form.validate_on_submit():
        try:
            _save(form, card)
        except InvalidParameter as error:
            wrong = error.chinese if language() == "zh_Hans" else error.english
        else:
            notice(_("已保存。"))
            return redirect(url_for("scorecards.list_view"))
    page = render_template(
        "assessment/scorecard_form.html", form=form, card=card, paths=known_paths(home), wrong=wrong
    )
    return page, 422 if form.is_submitted() else 200


def _save(form: ScorecardForm, card: Scorecard | None) -> None:
    values = form.values(services().home)
    if card is None:
        scorecards.make_scorecard(access(), values)
    else:
        scorecards.change_scorecard(access(), card.id, form.version(), values)
