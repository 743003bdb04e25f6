"""HTTP of the projects: list, board, calendar, form, one project and its steps, map layer."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from app.accounts.audit import history_of
from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.starting import start_job
from app.cases.forms import parse_measure
from app.cases.listing import township_names
from app.cases.measures import measure_definition, measure_unit
from app.errors import outcome_of
from app.hotspots.periods import next_month
from app.hotspots.runs import newest_run
from app.projects import listing, projects, tracking
from app.projects.effects.judging import judge
from app.projects.following.alerts import alerts_of
from app.projects.forms import (
    MEASURE_NAMES,
    PROGRESS_NAMES,
    MonthAsked,
    MoveForm,
    NewProjectForm,
    PhotoForm,
    ProjectFilter,
    ProjectForm,
    suggestion,
)
from app.projects.map_layer import map_layer
from app.projects.models import CLAIMED_DONE, Project
from app.projects.photos.keeping import is_far, photos_of
from app.projects.points.detaching import detached_from
from app.projects.points.register import points_of, worked_together
from app.projects.states import (
    NOT_DONE,
    STATUSES,
    ProjectMove,
    allowed_steps,
    needs_words,
    same_hands,
)
from app.services import services
from app.townships.governing.items import items_for_projects
from app.townships.sending import sent, step_form, wrong_in
from app.translation import _
from app.web import notice
from geodata.errors import UserError

blueprint = Blueprint("projects", __name__)


@blueprint.get("/projects")
@allow(Permission.READ)
def list_view() -> str:
    """List the projects (``?status=&due=&township=&owner=&measure=&item=&q=&order=&page=``).

    Template ``projects/list.html``: ``page`` (`listing.Page`), ``counts`` {status: n} of what the
    rest of the filter keeps, ``chosen`` (`forms.ProjectFilter`), ``keep`` (its query), ``any``
    (whether there is a project at all), ``statuses``, ``late`` {soon, overdue, not_begun: n},
    ``days_late`` {project: days}, ``owners``, ``townships`` {code: name}, ``measures``.
    """
    chosen = ProjectFilter.read(request.args)
    found = listing.list_projects(access(), chosen.wanted(), chosen.page)
    return render_template(
        "projects/list.html",
        page=found,
        counts=listing.count_by_status(access(), _any_status(chosen).wanted()),
        days_late={each.id: listing.days_late(each, date.today()) for each in found.projects},
        statuses=STATUSES,
        **_filtered(chosen),
    )


@blueprint.get("/projects/board")
@allow(Permission.READ)
def board() -> str:
    """Show the projects by state, one column each (the filter of the list without ``status``).

    Template ``projects/board.html``: ``columns`` ([`listing.Column`]), ``days_late``, and what the
    filter of the list reads.
    """
    chosen = _any_status(ProjectFilter.read(request.args))
    columns = listing.board(access(), chosen.wanted())
    today = date.today()
    return render_template(
        "projects/board.html",
        columns=columns,
        days_late={
            each.id: listing.days_late(each, today) for column in columns
            for each in column.projects
        },
        **_filtered(chosen),
    )  # fmt: skip


@blueprint.get("/projects/calendar")
@allow(Permission.READ)
def calendar() -> str:
    """Show what is due on the days of a month (``?month=2026-01``).

    Template ``projects/calendar.html``: ``weeks`` ([[(day, [Project])]], from Monday on; days of
    other months have no projects), ``month`` (its first day), ``before, after`` (of other months),
    ``today``, ``days_late``, ``total``.
    """
    first = MonthAsked.read(request.args).first_day()
    end = next_month(first)
    due = listing.due_between(access(), first, end)
    today = date.today()
    return render_template(
        "projects/calendar.html",
        weeks=listing.weeks_of(first, due),
        month=first,
        before=listing.month_before(first),
        after=end,
        today=today,
        days_late={each.id: listing.days_late(each, today) for each in due},
        total=len(due),
        not_done=sum(each.status in NOT_DONE for each in due),
    )


@blueprint.get("/hotspots/projects.json")
@allow(Permission.READ)
def layer() -> Response:
    """Give the points of projects for the map."""
    return jsonify(map_layer(access(), services().home))


@blueprint.route("/projects/new", methods=["GET", "POST"])
@allow(Permission.WORK_PROJECTS)
def new() -> ResponseReturnValue:
    """Make a project (``?lng=&lat=&name=&township=&class_1=&place=&item=`` fill the form).

    Template ``projects/form.html``: ``form`` (`forms.NewProjectForm`), ``project`` (None here),
    ``error``, ``outlines_run`` (id of the run whose outlines the location picker shows, or None).
    """
    filled = suggestion(request.args) if request.method == "GET" else None
    form = NewProjectForm(data=filled) if filled is not None else NewProjectForm()
    _offer(form)
    made: list[Project] = []

    def act() -> None:
        values, point = form.values(), form.point()
        made.append(projects.create(access(), services().home, values, [point]))

    def done() -> ResponseReturnValue:
        notice(_("已建立项目“%(name)s”。", name=made[0].name))
        return redirect(url_for("projects.show", project_id=made[0].id))

    return sent(form, act, done, lambda error: _form_page(form, None, error))


@blueprint.get("/projects/<int:project_id>")
@allow(Permission.READ)
def show(project_id: int) -> str:
    """Show one project and its cases (``?measure=`` of the chart). Template: see `page_of`."""
    return page_of(project_id)


def page_of(project_id: int, error: str = "", name: str = "", form: FlaskForm | None = None) -> str:
    """Return the page of a project.

    Template ``projects/detail.html``: ``project``, ``points`` ([Point]), ``township_name`` (str or
    None), ``track`` (`tracking.Track` as the reader may see it),
    ``form`` (`forms.MoveForm`), ``steps`` (states that the reader may take it to), ``explained``
    (those whose step needs words), ``late`` (days), ``outlines_run``, ``definition, unit`` (of the
    measure), ``may_work``, ``judged`` ([(Point, `judging.Judged`)]), ``names`` {code: name} of
    townships, ``together`` ([`register.Together`]), ``detached`` (how many cases were taken off),
    ``photos`` ([Photo]), ``far`` (ids of photos taken elsewhere), ``photo_form``, ``history``,
    ``may_undo``, ``same_hands`` (who both claimed and verified it, or None), ``alerts``
    ([PointAlert]), ``error``, ``sent``. A plain before/after is no effect: the page says so.
    """
    there = services()
    project = projects.get(access(), project_id)
    points = points_of(access(), [project_id])[project_id]
    measure = parse_measure(request.args)
    area = access().reach(Permission.READ_CASES)
    off = detached_from(access(), [each.id for each in points])
    found = tracking.track(
        there.home, area, project, points, measure, [each.case_id for each in off]
    )
    track = tracking.track_shown_to(access(), found, project.target_per_month)
    steps = allowed_steps(access(), there.home, project)
    names, history = township_names(there.home), history_of(there.database, "project", project_id)
    may_work = access().reach(Permission.WORK_PROJECTS).has_township(project.township)
    judged = judge(there.home, there.database, project, points)
    photos, by_id = photos_of(access(), [project_id]), {each.id: each for each in points}
    kept = {name: form}
    photo_form = kept.get("photos") or PhotoForm(formdata=None)
    photo_form.point_id.choices = [
        (0, _("（按拍摄位置）")),
        *((each.id, each.name) for each in points),
    ]
    return render_template(
        "projects/detail.html",
        project=project,
        points=points,
        track=track,
        judged=list(zip(points, judged, strict=True)),
        names=names,
        township_name=names.get(project.township or ""),
        form=step_form(kept.get("move"), MoveForm, "move", project.row_version),
        steps=steps,
        explained=[each for each in steps if needs_words(project.status, each)],
        late=listing.days_late(project, date.today()),
        may_work=may_work,
        outlines_run=_outlines_run(),
        definition=measure_definition(measure),
        unit=measure_unit(measure),
        together=worked_together(access(), points, project_id),
        detached=len(off),
        photos=photos,
        far={each.id for each in photos if is_far(each, by_id.get(each.point_id or 0))},
        photo_form=photo_form,
        history=history,
        may_undo=may_work and bool(history) and history[-1].act == "change",
        same_hands=same_hands(history),
        alerts=alerts_of(access(), project_id),
        measure_name=MEASURE_NAMES.get(project.measure, ""),
        progress_name=PROGRESS_NAMES.get(project.progress, ""),
        error=error,
        sent=form,
    )


@blueprint.route("/projects/<int:project_id>/edit", methods=["GET", "POST"])
@allow(Permission.WORK_PROJECTS)
def edit(project_id: int) -> ResponseReturnValue:
    """Change a project; the same template as for a new one, with ``project`` set.

    When someone else changed it meanwhile, nothing is written: the form comes back with the text
    that was typed, status 409 and ``error`` (the line to show).
    """
    project = projects.get(access(), project_id, Permission.WORK_PROJECTS)
    form = ProjectForm(obj=project)
    _offer(form, project)

    def act() -> None:
        projects.change(access(), services().home, project_id, form.values(), form.version())

    def done() -> ResponseReturnValue:
        notice(_("已保存。"))
        return redirect(url_for("projects.show", project_id=project_id))

    return sent(form, act, done, lambda error: _form_page(form, project, error))


@blueprint.post("/projects/<int:project_id>/move")
@allow(Permission.WORK_PROJECTS)
def move(project_id: int) -> ResponseReturnValue:
    """Take a project a step further or back; who may is for the service to say, by step."""
    form = MoveForm()

    def act() -> None:
        step = ProjectMove(form.state.data, form.day(), (form.words.data or "").strip())
        projects.move(access(), services().home, project_id, form.version(), step)

    def done() -> ResponseReturnValue:
        if form.state.data == CLAIMED_DONE:
            start_job(access(), services().jobs, "judge-points")
        notice(_("状态已更新。"))
        return redirect(url_for("projects.show", project_id=project_id))

    return sent(form, act, done, lambda error: page_of(project_id, error, "move", form))


@blueprint.post("/projects/<int:project_id>/undo")
@allow(Permission.WORK_PROJECTS)
def undo(project_id: int) -> ResponseReturnValue:
    """Take the last change of a project back."""
    form = MoveForm()
    try:
        projects.undo(access(), services().home, project_id, form.version())
    except UserError as error:
        return page_of(project_id, wrong_in(form, error)), outcome_of(error).status
    notice(_("已撤销最近一次修改。"))
    return redirect(url_for("projects.show", project_id=project_id))


def _offer(form: ProjectForm, project: Project | None = None) -> None:
    township = project.township if project else form.township.data or None
    own = form.item_id.data or (project.item_id if project else None)
    form.offer(services().home, items_for_projects(access(), township, own), project)


def _form_page(form: ProjectForm, project: Project | None, error: str) -> str:
    if project is not None and error:
        # Who sends it again has been told that somebody else wrote meanwhile.
        form.row_version.data = project.row_version
    return render_template(
        "projects/form.html", form=form, project=project, error=error, outlines_run=_outlines_run()
    )


def _filtered(chosen: ProjectFilter) -> dict[str, Any]:
    """Return what the filter of list and board reads."""
    return {
        "chosen": chosen,
        "keep": chosen.model_dump(exclude_defaults=True, exclude={"page"}),
        "any": listing.any_project(access()) is not None,
        "late": listing.count_due(
            access(), chosen.model_copy(update={"status": None, "due": None}).wanted()
        ),
        "owners": listing.owners(access()),
        "townships": township_names(services().home),
        "measures": MEASURE_NAMES,
    }


def _any_status(chosen: ProjectFilter) -> ProjectFilter:
    return chosen.model_copy(update={"status": None})


def _outlines_run() -> str | None:
    """Id of the newest run: its townships are the ground of the small maps."""
    run = newest_run(services().home)
    return run.id if run else None
