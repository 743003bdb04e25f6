"""HTTP of the topics 每月一题: the list by year, candidates, and the room of one topic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.audit import history_of
from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases.listing import township_names
from app.services import services
from app.topics import candidates, documents, marks, problems, topics
from app.topics.course import PROPOSED, STATES, needs_words
from app.topics.forms import (
    CandidateQuery,
    MarkForm,
    NewTopicQuery,
    ProblemForm,
    ScenarioForm,
    StepForm,
    TopicForm,
    TopicQuery,
)
from app.topics.models import Topic
from app.topics.naming import (
    document_columns,
    document_names,
    mark_names,
    part_names,
    period_names,
    state_names,
)
from app.topics.room import grounds_of, room_of
from app.topics.units import unit_book
from app.topics.watching import watched_problems
from app.townships.assessment.timeline import timeline
from app.townships.choosing.weights import parse_weights, weight_args
from app.townships.sending import sent, step_form
from app.translation import _
from app.web import notice

blueprint = Blueprint("topics", __name__, url_prefix="/topics")


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the topics of a year (``?year=``; the newest there is) and what is on watch.

    Template ``topics/list.html``: ``lines`` (`topics.TopicLine`), ``years``, ``year`` (the chosen
    one, or None), ``book`` (`units.UnitBook`), ``states``, ``watched`` (`watching.Watched`).
    """
    asked, found = TopicQuery.read(request.args), services()
    years = topics.years(found.database)
    year = asked.year or next(iter(years), None)
    watched = watched_problems(
        found.home,
        found.database,
        timeline(found.database, found.settings),
        exact=access().may(Permission.EXACT_COUNTS),
    )
    return render_template(
        "topics/list.html",
        lines=topics.list_topics(found.database, year) if year else [],
        years=years,
        year=year,
        book=unit_book(found.database),
        states=state_names(),
        watched=watched,
    )


@blueprint.get("/candidates")
@allow(Permission.EXACT_COUNTS)
def candidates_view() -> str:
    """Rank problems that may become topics (``?months=&level=``, weights as ``w_frequency=25``).

    Template ``topics/candidates.html``: ``asked``, ``span`` (`candidates.Span` or None),
    ``found`` (`candidates.Candidate`), ``parts`` {key: name}, ``weights`` {key: share},
    ``defaults`` (the same, ours), ``keep`` (the part of an address that carries weights),
    ``spans``, ``least``.
    """
    asked, found = CandidateQuery.read(request.args), services()
    weights = parse_weights(request.args, candidates.default_criteria())
    span = candidates.span_of(found.home, asked.months)
    return render_template(
        "topics/candidates.html",
        asked=asked,
        span=span,
        found=candidates.candidates(found.home, found.database, span, asked.level, weights)
        if span
        else [],
        parts=part_names(),
        weights=weights or candidates.WEIGHTS,
        defaults=candidates.WEIGHTS,
        keep=weight_args(weights),
        spans=candidates.SPANS,
        least=candidates.LEAST_CASES,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.GOVERN)
def new() -> ResponseReturnValue:
    """Propose a topic (``?path=&months=&level=``: of a candidate).

    Template ``topics/form.html``: see `_form`.
    """
    form, book = TopicForm(), unit_book(services().database)
    form.offer(book)
    if not form.is_submitted():
        _suggest(form)
    made: list[Topic] = []

    def act() -> None:
        made.append(topics.create(access(), form.values(book)))

    return sent(form, act, lambda: _done(made[0].id), lambda error: _form(form, None, error))


@blueprint.get("/<int:topic_id>")
@allow(Permission.READ)
def show(topic_id: int) -> ResponseReturnValue:
    """Show the room of a topic; see `_page`."""
    return _page(topic_id)


@blueprint.route("/<int:topic_id>/edit", methods=["GET", "POST"])
@allow(Permission.GOVERN)
def edit(topic_id: int) -> ResponseReturnValue:
    """Change a topic; the template of a new one, with ``topic`` set."""
    topic, book = topics.get_topic(services().database, topic_id), unit_book(services().database)
    form = TopicForm(obj=topic)
    form.offer(book, topic)
    return sent(
        form,
        lambda: topics.change(access(), topic_id, form.values(book), form.version()),
        lambda: _done(topic_id),
        lambda error: _form(form, topic, error),
    )


@blueprint.post("/<int:topic_id>/move")
@allow(Permission.GOVERN)
def move(topic_id: int) -> ResponseReturnValue:
    """Take a topic a step further, back or to its end."""
    topic = topics.get_topic(services().database, topic_id)
    form = StepForm()
    form.offer(STATES, state_names())

    def act() -> None:
        to, words = form.state.data or "", form.words.data or ""
        topics.move(access(), topic.id, form.version(), to, words, form.day())

    return _sent(topic_id, "step", form, act)


@blueprint.post("/<int:topic_id>/problems")
@allow(Permission.GOVERN)
def add_problem(topic_id: int) -> ResponseReturnValue:
    """Add a problem."""
    form = ProblemForm()
    return _sent(
        topic_id,
        "problem",
        form,
        lambda: problems.add_problem(access(), topic_id, form.values()),
    )


@blueprint.post("/<int:topic_id>/townships")
@allow(Permission.GOVERN)
def mark(topic_id: int) -> ResponseReturnValue:
    """Mark a township 重点, 示范 or 先行."""
    form, home = MarkForm(), services().home
    form.offer(township_names(home), mark_names())

    def act() -> None:
        marks.add_mark(access(), home, topic_id, form.township.data or "", form.mark.data or "")

    return _sent(topic_id, "mark", form, act)


@blueprint.post("/<int:topic_id>/townships/remove")
@allow(Permission.GOVERN)
def unmark(topic_id: int) -> ResponseReturnValue:
    """Take a mark away."""
    topics.get_topic(services().database, topic_id)
    form = request.form
    marks.remove_mark(access(), topic_id, form.get("township", ""), form.get("mark", ""))
    return _done(topic_id)


@blueprint.post("/<int:topic_id>/scenarios")
@allow(Permission.GOVERN)
def add_scenario(topic_id: int) -> ResponseReturnValue:
    """Add a scenario with its sheets."""
    form = ScenarioForm()
    return _sent(
        topic_id,
        "scenario",
        form,
        lambda: documents.add_scenario(access(), topic_id, form.scenario.data or ""),
    )


@blueprint.post("/<int:topic_id>/scenarios/remove")
@allow(Permission.GOVERN)
def remove_scenario(topic_id: int) -> ResponseReturnValue:
    """Take an empty scenario away."""
    documents.remove_scenario(access(), topic_id, request.form.get("scenario", ""))
    return _done(topic_id)


def _sent(topic_id: int, name: str, form: Any, act: Callable[[], object]) -> ResponseReturnValue:
    return sent(
        form, act, lambda: _done(topic_id), lambda error: _page(topic_id, error, name, form)
    )


def _page(topic_id: int, error: str = "", name: str = "", form: Any = None) -> str:
    """Return the room of a topic.

    Template ``topics/room.html``: ``topic``, ``room`` (`room.Room`), ``book``, ``states``,
    ``next`` (states that may follow), ``explained`` (those that need words), ``forms`` {step,
    problem, mark, scenario}, ``marks``, ``periods``, ``documents`` and ``columns`` (names of kinds
    and of their columns), ``names`` {code: township}, ``history``, ``error``, ``sent`` (a line on
    what is wrong with the form that was sent, and it), ``beginning`` (whether it is proposed).
    """
    found = services()
    topic = topics.get_topic(found.database, topic_id)
    following = topics.next_states(access(), topic)
    names, states = township_names(found.home), state_names()
    forms: dict[str, Any] = {
        "step": step_form(form if name == "step" else None, StepForm, "step", topic.row_version),
        "problem": form if name == "problem" else ProblemForm(formdata=None),
        "mark": form if name == "mark" else MarkForm(formdata=None),
        "scenario": form if name == "scenario" else ScenarioForm(formdata=None),
    }
    forms["step"].offer(following, states)
    forms["mark"].offer(names, mark_names())
    return render_template(
        "topics/room.html",
        topic=topic,
        room=room_of(access(), found, topic),
        book=unit_book(found.database),
        states=states,
        next=following,
        explained=[each for each in following if needs_words(topic.state, each)],
        forms=forms,
        marks=mark_names(),
        periods=period_names(),
        documents=document_names(),
        columns=document_columns(),
        names=names,
        history=history_of(found.database, "topic", topic.id),
        error=error,
        sent=form,
        beginning=topic.state == PROPOSED,
    )


def _form(form: TopicForm, topic: Topic | None, error: str = "") -> str:
    """Return the form of a topic.

    Template ``topics/form.html``: ``form`` (`forms.TopicForm`), ``topic`` (None for a new one),
    ``error``.
    """
    return render_template("topics/form.html", form=form, topic=topic, error=error)


def _suggest(form: TopicForm) -> None:
    """Fill in this month, and what is known of the candidate that an address names."""
    today = date.today()
    form.year.data, form.month.data = today.year, today.month
    asked = NewTopicQuery.read(request.args)
    if asked.path and access().may(Permission.EXACT_COUNTS):
        found = grounds_of(services(), asked.path, asked.months, asked.level)
        form.title.data, form.grounds.data = found


def _done(topic_id: int) -> ResponseReturnValue:
    notice(_("已保存。"))
    return redirect(url_for("topics.show", topic_id=topic_id))
