"""HTTP of the checks of case definitions: draw a sample, judge its cases."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.errors import InvalidParameter, message_of, outcome_of
from app.form_fields import require_in_order, version_of
from app.services import services
from app.topics import checking, definitions, problems
from app.topics.forms import DrawForm
from app.topics.naming import answer_names
from app.translation import _
from app.web import language, notice
from geodata.errors import UserError

blueprint = Blueprint("topic_checks", __name__, url_prefix="/topics")

ANSWER, SEEN = "answer-", "seen-"
"""Before the position of a case in the names of the form's fields."""


@blueprint.post("/definitions/<int:definition_id>/checks")
@allow(Permission.READ_CASES)
def draw(definition_id: int) -> ResponseReturnValue:
    """Draw a sample of a version's cases."""
    definitions.get_definition(services().database, definition_id)
    form = DrawForm()
    require_in_order(form, "size")
    made = checking.draw(
        access(), services().home, definition_id, form.size.data or 0, form.seed.data or 0
    )
    notice(_("已抽取 %(n)s 件，请逐件判断。", n=made.size))
    return redirect(url_for("topic_checks.show", check_id=made.id))


@blueprint.get("/checks/<int:check_id>")
@allow(Permission.READ_CASES)
def show(check_id: int) -> str:
    """Show the cases of a sample; see `_page`."""
    return _page(check_id)


@blueprint.post("/checks/<int:check_id>")
@allow(Permission.READ_CASES)
def judge(check_id: int) -> ResponseReturnValue:
    """Write what was judged; where that cannot be done nothing is, and the answers stay."""
    checking.find_check(services().database, check_id)
    try:
        n = checking.judge(access(), services().home, check_id, _answers())
    except UserError as error:
        return _page(check_id, message_of(error, language())), outcome_of(error).status
    notice(_("已保存 %(n)s 件判断。", n=n))
    return redirect(url_for("topic_checks.show", check_id=check_id))


def _answers() -> dict[int, tuple[str, int]]:
    """Return position → answer and the version seen, of the cases that were answered."""
    found = {}
    for name, answer in request.form.items():
        number = name.removeprefix(ANSWER)
        if not name.startswith(ANSWER) or not answer:
            continue
        if not (number.isascii() and number.isdigit() and len(number) < 5):
            raise InvalidParameter(f"{name[:40]}: no case of the sample", "表单中有无效的项目")
        found[int(number)] = (answer, version_of(request.form.get(f"{SEEN}{number}")))
    return found


def _page(check_id: int, error: str = "") -> str:
    """Return the page of a sample.

    Template ``topics/check.html``: ``check``, ``definition``, ``problem``, ``topic``, ``cases``
    (`checking.Sampled`), ``others`` (how many are outside the reader's area), ``precision``,
    ``answers`` {key: name}, ``typed`` {position: answer}, ``error``.
    """
    found = services()
    check = checking.find_check(found.database, check_id)
    definition = definitions.get_definition(found.database, check.definition_id)
    problem, topic = problems.find_problem(found.database, definition.problem_id)
    cases, others = checking.cases_to_judge(access(), found.home, check_id)
    judged = {
        each.id: precision
        for each, precision in checking.checks_of(found.database, [definition.id])
    }
    return render_template(
        "topics/check.html",
        check=check,
        definition=definition,
        problem=problem,
        topic=topic,
        cases=cases,
        others=others,
        precision=judged[check_id],
        answers=answer_names(),
        typed={each.checked.position: request.form.get(f"{ANSWER}{each.checked.position}")
               for each in cases},
        error=error,
    )  # fmt: skip
