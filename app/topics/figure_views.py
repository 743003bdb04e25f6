"""HTTP of the figures that others hand in: 专项回访 and 第三方评估, by form and by file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.errors import Conflict
from app.services import services
from app.topics import figures
from app.topics.figure_reading import (
    ASSESSMENT_COLUMNS,
    CALLBACK_COLUMNS,
    Read,
    read_assessments,
    read_callbacks,
)
from app.topics.forms import AssessmentForm, CallbackForm
from app.topics.models import TopicAssessment, TopicCallback
from app.topics.naming import period_names
from app.townships.assessment.table_views import Table, add_table_pages
from app.townships.sending import sent
from app.translation import _
from app.web import notice
from geodata.privacy import mask_address
from geodata.reading.small_tables import RowProblem

callback_blueprint = Blueprint("topic_callbacks", __name__, url_prefix="/topics/callbacks")
assessment_blueprint = Blueprint("topic_assessments", __name__, url_prefix="/topics/assessments")

FOLDER = "topics"
"""Of the templates."""


@dataclass(frozen=True)
class Preview:
    """What a file would store.

    Attributes
    ----------
    rows : tuple of (int, figures, str)
        Number of the row, what it says, and what storing it does.
    subjects : Subjects
    """

    rows: tuple[tuple[int, Any, str], ...]
    subjects: figures.Subjects

    def count(self, what: str) -> int:
        """Return how many rows are new, replace another or are the same."""
        return sum(does == what for _row, _made, does in self.rows)


@callback_blueprint.get("", endpoint="show")
@allow(Permission.READ)
def show_callbacks() -> ResponseReturnValue:
    """List the callbacks of all problems; see `_callbacks`."""
    return _callbacks(_callback_form(empty=True))


@callback_blueprint.post("", endpoint="add")
@allow(Permission.ASSESS)
def add_callback() -> ResponseReturnValue:
    """Write what the callbacks of a month found."""
    form = _callback_form()

    def act() -> None:
        figures.put_callbacks(access(), [form.figures()])

    return sent(form, act, lambda: _done("topic_callbacks.show"), lambda e: _callbacks(form, e))


@callback_blueprint.post("/<int:callback_id>/remove", endpoint="remove")
@allow(Permission.ASSESS)
def remove_callback(callback_id: int) -> ResponseReturnValue:
    """Take the callbacks of a month away."""
    figures.remove_callback(access(), callback_id)
    return _done("topic_callbacks.show", _("已移除。"))


@assessment_blueprint.get("", endpoint="show")
@allow(Permission.READ)
def show_assessments() -> ResponseReturnValue:
    """List the assessment figures of all topics; see `_assessments`."""
    return _assessments(_assessment_form(empty=True))


@assessment_blueprint.post("", endpoint="add")
@allow(Permission.ASSESS)
def add_assessment() -> ResponseReturnValue:
    """Write one figure."""
    form = _assessment_form()

    def act() -> None:
        figures.put_assessments(access(), [form.figures()])

    return sent(form, act, lambda: _done("topic_assessments.show"), lambda e: _assessments(form, e))


@assessment_blueprint.post("/<int:assessment_id>/remove", endpoint="remove")
@allow(Permission.ASSESS)
def remove_assessment(assessment_id: int) -> ResponseReturnValue:
    """Take a figure away."""
    figures.remove_assessment(access(), assessment_id)
    return _done("topic_assessments.show", _("已移除。"))


def _callbacks(form: CallbackForm, error: str = "") -> str:
    """Return the page of callbacks.

    Template ``topics/callbacks.html``: ``lines`` (`figures.Callback`), ``problems`` {id: name with
    the topic's}, ``form`` (`forms.CallbackForm`), ``error``.
    """
    database, exact = services().database, access().may(Permission.EXACT_COUNTS)
    return render_template(
        "topics/callbacks.html",
        lines=figures.callbacks(database, exact=exact),
        problems=figures.subjects(database).problem_names(),
        form=form,
        error=error,
    )


def _assessments(form: AssessmentForm, error: str = "") -> str:
    """Return the page of assessment figures.

    Template ``topics/assessments.html``: ``lines`` (`models.TopicAssessment`), ``topics`` {id:
    (title, year)}, ``periods``, ``form`` (`forms.AssessmentForm`), ``error``.
    """
    database = services().database
    return render_template(
        "topics/assessments.html",
        lines=figures.assessments(database),
        topics=figures.subjects(database).topics,
        periods=period_names(),
        form=form,
        error=error,
    )


def _callback_form(*, empty: bool = False) -> CallbackForm:
    form = CallbackForm(formdata=None) if empty else CallbackForm()
    form.offer(figures.subjects(services().database).problem_names())
    return form


def _assessment_form(*, empty: bool = False) -> AssessmentForm:
    form = AssessmentForm(formdata=None) if empty else AssessmentForm()
    form.offer(figures.subjects(services().database).topics, period_names())
    return form


def _previewing(
    read: Callable[[Path, figures.Subjects], Read], table: type[Any], keys: tuple[str, ...]
) -> Callable[[Path], tuple[Preview, tuple[RowProblem, ...]]]:
    def preview(path: Path) -> tuple[Preview, tuple[RowProblem, ...]]:
        database = services().database
        subjects = figures.subjects(database)
        found = read(path, subjects)
        does = figures.does(database, table, keys, [made for _row, made in found.rows])
        rows = tuple((row, made, what)
                     for (row, made), what in zip(found.rows, does, strict=True))  # fmt: skip
        return Preview(rows, subjects), found.problems

    return preview


def _storing(
    read: Callable[[Path, figures.Subjects], Read], put: Callable[..., int]
) -> Callable[[Path], str]:
    def store(path: Path) -> str:
        found = read(path, figures.subjects(services().database))
        _require_in_order(found.problems)
        n = put(access(), [made for _row, made in found.rows], mask_address(path.name))
        return _("已存入 %(n)s 行。", n=n)

    return store


def _require_in_order(problems: Sequence[RowProblem]) -> None:
    if problems:
        raise Conflict(
            f"{len(problems)} rows are not in order, nothing was stored; {problems[0].text('en')}",
            f"有 {len(problems)} 处不符合要求，没有存入任何数据；{problems[0].text('zh')}",
        )


def _done(endpoint: str, said: str = "") -> ResponseReturnValue:
    notice(said or _("已保存。"))
    return redirect(url_for(endpoint))


add_table_pages(
    callback_blueprint,
    Table(
        "topic_callbacks", "topic-callbacks.csv", CALLBACK_COLUMNS,
        _previewing(read_callbacks, TopicCallback, figures.CALLBACK_KEYS),
        _storing(read_callbacks, figures.put_callbacks), folder=FOLDER,
    ),
)  # fmt: skip
add_table_pages(
    assessment_blueprint,
    Table(
        "topic_assessments", "topic-assessments.csv", ASSESSMENT_COLUMNS,
        _previewing(read_assessments, TopicAssessment, figures.ASSESSMENT_KEYS),
        _storing(read_assessments, figures.put_assessments), folder=FOLDER,
    ),
)  # fmt: skip
