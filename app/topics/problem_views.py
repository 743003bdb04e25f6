"""HTTP of one problem of a topic: monitoring, versions of its definition, targets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases.listing import has_cases
from app.services import services
from app.topics import definitions, problems, targets
from app.topics.checking import USUAL
from app.topics.forms import (
    DefinitionForm,
    DrawForm,
    ProblemForm,
    ProblemQuery,
    TargetForm,
)
from app.topics.models import CaseDefinition
from app.topics.room import ProblemFile, file_of
from app.townships.assessment.class_paths import known_paths, path_text
from app.townships.assessment.timeline import timeline
from app.townships.sending import sent, step_form
from app.townships.supervising.forms import RecordForm
from app.translation import _
from app.web import notice

blueprint = Blueprint("topic_problems", __name__, url_prefix="/topics/problems")


@blueprint.get("/<int:problem_id>")
@allow(Permission.READ)
def show(problem_id: int) -> str:
    """Show a problem (``?year=`` of the targets); see `_page`."""
    return _page(problem_id)


@blueprint.post("/<int:problem_id>/edit")
@allow(Permission.GOVERN)
def edit(problem_id: int) -> ResponseReturnValue:
    """Change what a problem is called and says."""
    form = ProblemForm()
    return _sent(
        problem_id,
        "problem",
        form,
        lambda: problems.change_problem(access(), problem_id, form.values(), form.version()),
    )


@blueprint.post("/<int:problem_id>/remove")
@allow(Permission.GOVERN)
def remove(problem_id: int) -> ResponseReturnValue:
    """Take a problem off its topic while nothing hangs on it."""
    form, topics = RecordForm(), []

    def act() -> None:
        topics.append(problems.remove_problem(access(), problem_id, form.version()))

    def done() -> ResponseReturnValue:
        notice(_("已移出问题。"))
        return redirect(url_for("topics.show", topic_id=topics[0]))

    return sent(form, act, done, lambda error: _page(problem_id, error))


@blueprint.post("/<int:problem_id>/targets")
@allow(Permission.GOVERN)
def set_targets(problem_id: int) -> ResponseReturnValue:
    """Write the targets of a year."""
    form = TargetForm()

    def act() -> None:
        found = services()
        line = timeline(found.database, found.settings)
        targets.set_targets(
            access(), found.home, line, problem_id, form.definition_id(), form.months(),
            form.version(),
        )  # fmt: skip

    return _sent(problem_id, "targets", form, act)


@blueprint.route("/<int:problem_id>/definitions/new", methods=["GET", "POST"])
@allow(Permission.GOVERN)
def define(problem_id: int) -> ResponseReturnValue:
    """Add a version of the case definition.

    Template ``topics/definition_form.html``: ``form`` (`forms.DefinitionForm`), ``problem``,
    ``topic``, ``newest`` (the version before, or None), ``first_day`` (on which a new one may
    begin at the earliest, or None), ``paths`` (classes of the stored cases), ``error``.
    """
    found = services()
    problem, topic = problems.find_problem(found.database, problem_id)
    versions = definitions.versions_of(found.database, problem_id)
    form = DefinitionForm()
    first_day = definitions.first_day_allowed(found.home, topic, versions)
    if not form.is_submitted():
        form.row_version.data = str(problem.row_version)
        form.valid_from.data = first_day or date(topic.year, topic.month, 1)
        if versions:
            form.show(versions[-1])

    def act() -> None:
        definitions.add_version(access(), found.home, problem_id, form.values(), form.version())

    def page(error: str) -> str:
        return render_template(
            "topics/definition_form.html",
            form=form,
            problem=problem,
            topic=topic,
            newest=versions[-1] if versions else None,
            first_day=first_day,
            paths=[path_text(path) for path in known_paths(found.home)],
            error=error,
        )

    return sent(form, act, lambda: _done(problem_id), page)


def _sent(
    problem_id: int, name: str, form: RecordForm, act: Callable[[], object]
) -> ResponseReturnValue:
    return sent(
        form, act, lambda: _done(problem_id), lambda error: _page(problem_id, error, name, form)
    )


def _page(problem_id: int, error: str = "", name: str = "", form: Any = None) -> str:
    """Return the page of a problem.

    Template ``topics/problem.html``: ``topic``, ``file`` (`room.ProblemFile`), ``forms`` {problem,
    draw}, ``goals`` (versions with the forms of their targets), ``year`` (of the targets),
    ``newest`` (the newest version, or None), ``may_draw``, ``error``, ``sent`` (a line on what is
    wrong with the form that was sent, and it).
    """
    found, asked = services(), ProblemQuery.read(request.args)
    problem, topic = problems.find_problem(found.database, problem_id)
    file = file_of(access(), found, timeline(found.database, found.settings), problem)
    newest = file.versions[-1] if file.versions else None
    version = problem.row_version
    about = step_form(form if name == "problem" else None, ProblemForm, "about", version)
    if name != "problem":
        about.name.data, about.text.data = problem.name, problem.text
    sent_goals = form if name == "targets" else None
    year = asked.year or topic.year
    if sent_goals and sent_goals.year.data and not sent_goals.year.errors:
        year = sent_goals.year.data
    draw = DrawForm(formdata=None)
    # Any number will do; that of the problem and version is another for each of them.
    draw.size.data, draw.seed.data = USUAL, problem.id * 1_000 + len(file.checks) + 1
    return render_template(
        "topics/problem.html",
        topic=topic,
        file=file,
        forms={"problem": about, "draw": draw},
        goals=_goals(file, year, version, sent_goals),
        year=year,
        newest=newest,
        may_draw=access().may(Permission.READ_CASES) and has_cases(found.home),
        error=error,
        sent=form,
    )


def _goals(
    file: ProblemFile, year: int, version: int, sent_form: TargetForm | None
) -> list[tuple[CaseDefinition, TargetForm]]:
    """Return the versions that have or may have targets in a year, each with its form."""
    sent_for = sent_form.definition.data if sent_form else None
    shown = targets.versions_with_targets(file.versions, file.targets, year)
    shown += [each for each in file.versions if str(each.id) == sent_for and each not in shown]
    found = []
    for each in shown:
        own = sent_form if str(each.id) == sent_for else None
        form = step_form(own, TargetForm, f"targets-{each.number}", version)
        if own is None:
            form.offer(each, year, file.targets)
        found.append((each, form))
    return found


def _done(problem_id: int) -> ResponseReturnValue:
    notice(_("已保存。"))
    return redirect(url_for("topic_problems.show", problem_id=problem_id))
