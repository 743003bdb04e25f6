"""HTTP of the projects: list, form, one project, its status, and the layer on the map."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases.forms import parse_measure
from app.cases.listing import township_names
from app.cases.measures import measure_definition, measure_unit
from app.errors import Conflict
from app.hotspots.runs import newest_run
from app.projects import projects, tracking
from app.projects.effect import judge
from app.projects.forms import ProjectFilter, ProjectForm, StatusForm, suggestion
from app.services import services
from app.translation import _
from app.web import language, notice

blueprint = Blueprint("projects", __name__)


@blueprint.get("/projects")
@allow(Permission.READ)
def list_view() -> str:
    """List the projects (``?status=&due=``).

    Template ``projects/list.html``: ``projects`` (list of `models.Project`), ``counts`` {status:
    n} over all, ``status`` and ``due`` (the filter or None), ``statuses`` (planned, under_way,
    done), ``late`` {soon, overdue, not_begun: n}.
    """
    chosen = ProjectFilter.read(request.args)
    return render_template(
        "projects/list.html",
        projects=projects.list_projects(access(), chosen.status, chosen.due),
        counts=projects.count_by_status(access()),
        status=chosen.status,
        due=chosen.due,
        late=projects.count_due(access()),
        statuses=projects.STATUSES,
    )


@blueprint.get("/hotspots/projects.json")
@allow(Permission.READ)
def layer() -> Response:
    """Give the projects for the map."""
    return jsonify(projects.map_layer(access()))


@blueprint.route("/projects/new", methods=["GET", "POST"])
@allow(Permission.WORK_PROJECTS)
def new() -> ResponseReturnValue:
    """Make a project (``?lng=&lat=&name=&township=&class_1=`` fill the form).

    Template ``projects/form.html``: ``form`` (`forms.ProjectForm`: ``name, owner, lng, lat,
    radius_m, township, class_1, planned_start, planned_end, target_per_month, note,
    row_version``), ``project`` (None here), ``outlines_run`` (id of the run whose outlines the
    location picker shows, or None).
    """
    form = ProjectForm(data=suggestion(request.args)) if request.method == "GET" else ProjectForm()
    form.offer(services().home)
    if form.validate_on_submit():
        project = projects.create(access(), services().home, form.values())
        notice(_("已建立项目“%(name)s”。", name=project.name))
        return redirect(url_for("projects.show", project_id=project.id))
    page = render_template(
        "projects/form.html", form=form, project=None, outlines_run=_outlines_run()
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/projects/<int:project_id>")
@allow(Permission.READ)
def show(project_id: int) -> str:
    """Show one project and its cases since (``?measure=`` of the chart).

    Template ``projects/detail.html``: ``project``; ``township_name`` (str or None);
    ``track`` (`tracking.Track`: ``months`` list of ``label, start, count, days, since`` (True after
    the start), ``before_per_month, since_per_month`` (None while not begun), ``total_before,
    total_since, cases`` (latest 20), ``data_until`` (date or None), ``target_met`` (True, False or
    None)), ``series_json`` for the chart, ``status_form`` (`forms.StatusForm`: ``status, on,
    row_version``), ``next_statuses``, ``outlines_run``, ``definition, unit`` (of the measure),
    ``may_work`` (whether the reader may change it), ``judged`` (`effect.Judged`), ``names``
    {code: name} of townships. A plain before/after is not an effect: the page must say so.
    """
    project = projects.get(access(), project_id)
    measure = parse_measure(request.args)
    area = access().reach(Permission.READ_CASES)
    found = tracking.track(services().home, area, project, measure)
    track = tracking.track_shown_to(access(), found)
    names = township_names(services().home)
    return render_template(
        "projects/detail.html",
        project=project,
        track=track,
        judged=judge(services().home, services().database, project),
        names=names,
        township_name=names.get(project.township or ""),
        series_json=track.to_json(),
        status_form=StatusForm(row_version=project.row_version),
        next_statuses=projects.next_statuses(project.status),
        may_work=access().reach(Permission.WORK_PROJECTS).has_township(project.township),
        outlines_run=_outlines_run(),
        definition=measure_definition(measure),
        unit=measure_unit(measure),
    )


@blueprint.route("/projects/<int:project_id>/edit", methods=["GET", "POST"])
@allow(Permission.WORK_PROJECTS)
def edit(project_id: int) -> ResponseReturnValue:
    """Change a project; the same template as for a new one, with ``project`` set.

    When someone else changed it meanwhile, nothing is written: the form comes back with the text
    that was typed, status 409 and ``conflict`` (the line to show).
    """
    project = projects.get(access(), project_id, Permission.WORK_PROJECTS)
    form = ProjectForm(obj=project)
    form.offer(services().home, project)
    conflict, status = None, 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            home = services().home
            projects.change(access(), home, project_id, form.values(), form.version())
        except Conflict as error:
            conflict = error.chinese if language() == "zh_Hans" else error.english
            status = 409
        else:
            notice(_("已保存。"))
            return redirect(url_for("projects.show", project_id=project_id))
    page = render_template(
        "projects/form.html",
        form=form,
        project=project,
        conflict=conflict,
        outlines_run=_outlines_run(),
    )
    return page, status


@blueprint.post("/projects/<int:project_id>/status")
@allow(Permission.WORK_PROJECTS)
def set_status(project_id: int) -> ResponseReturnValue:
    """Move a project on: planned → under way → done (and back, with the dates cleared)."""
    form = StatusForm()
    form.require()
    projects.set_status(access(), project_id, form.change())
    notice(_("状态已更新。"))
    return redirect(url_for("projects.show", project_id=project_id))


def _outlines_run() -> str | None:
    """Id of the newest run: its townships are the ground of the small maps."""
    run = newest_run(services().home)
    return run.id if run else None
