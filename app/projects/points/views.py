"""HTTP of points: one point with its cases, new and changed ones, cases taken off and put back."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from app.accounts.audit import history_of
from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases.forms import parse_measure
from app.cases.listing import township_names
from app.cases.measures import measure_definition, measure_unit
from app.errors import outcome_of
from app.hotspots.runs import newest_run
from app.projects import projects
from app.projects.effects.judging import judge
from app.projects.forms import DetachForm, PointForm, corners_text
from app.projects.models import Point, Project
from app.projects.photos.keeping import is_far, photos_at
from app.projects.points import detaching, register, sheet
from app.projects.states import require_open
from app.services import services
from app.townships.sending import sent, wrong_in
from app.translation import _
from app.web import notice
from geodata.errors import UserError

blueprint = Blueprint("project_points", __name__, url_prefix="/projects")


@blueprint.get("/points/<int:number>")
@allow(Permission.READ)
def show(number: int) -> str:
    """Show one point (``?measure=`` of the chart). Template: see `_page`."""
    return _page(number)


def _page(number: int, error: str = "", form: FlaskForm | None = None) -> str:
    """Return the sheet of a point.

    Template ``projects/point.html``: ``point``, ``at`` ([Project], the newest first), ``main``
    (the one whose work is judged, or None), ``sheet`` (`sheet.Sheet`), ``judged``
    (`judging.Judged` or None), ``names`` {code: name}, ``township_name``, ``photos``, ``far``,
    ``detached`` ([DetachedCase]), ``form`` (`forms.DetachForm`), ``may_work``, ``may_read``
    (single cases), ``together``, ``history``, ``outlines_run``, ``definition, unit``, ``error``,
    ``sent``.
    """
    there = services()
    point = register.find_point(access(), number)
    at = register.projects_at(access(), number)
    main = sheet.main_project(at)
    detached = detaching.detached_from(access(), [number])
    measure = parse_measure(request.args)
    photos, names = photos_at(access(), number), township_names(there.home)
    judged = judge(there.home, there.database, main, [point])[0] if main else None
    run = newest_run(there.home)
    others = register.points_of(access(), [main.id])[main.id] if main else []
    return render_template(
        "projects/point.html",
        points=len(others),
        point=point,
        at=at,
        main=main,
        sheet=sheet.sheet_of(access(), there.home, point, main, measure, detached),
        judged=judged,
        saving=sheet.cost_of_a_case(main, len(others), judged, access()),
        names=names,
        township_name=names.get(point.township or ""),
        photos=photos,
        far={each.id for each in photos if is_far(each, point)},
        detached=detached,
        form=form or DetachForm(formdata=None),
        may_work=access().reach(Permission.WORK_PROJECTS).has_township(point.township),
        may_read=access().reach(Permission.READ_CASES).has_township(point.township),
        together=register.worked_together(access(), [point], main.id if main else None),
        history=history_of(there.database, "point", number),
        outlines_run=run.id if run else None,
        definition=measure_definition(measure),
        unit=measure_unit(measure),
        error=error,
        sent=form,
    )


@blueprint.route("/<int:project_id>/points/new", methods=["GET", "POST"])
@allow(Permission.WORK_PROJECTS)
def new(project_id: int) -> ResponseReturnValue:
    """Add a point to a project.

    Template ``projects/point_form.html``: ``form`` (`forms.PointForm`), ``project``, ``point``
    (None), ``outlines_run``, ``error``.
    """
    project = projects.get(access(), project_id, Permission.WORK_PROJECTS)
    form = PointForm()

    def act() -> None:
        projects.add(access(), services().home, project_id, form.point())

    def done() -> ResponseReturnValue:
        notice(_("已添加点位。"))
        return redirect(url_for("projects.show", project_id=project_id))

    return sent(form, act, done, lambda error: _form_page(form, project, None, error))


@blueprint.route("/points/<int:number>/edit", methods=["GET", "POST"])
@allow(Permission.WORK_PROJECTS)
def edit(number: int) -> ResponseReturnValue:
    """Change a point; the same template as for a new one, with ``point`` set."""
    point = register.find_point(access(), number, Permission.WORK_PROJECTS)
    form = PointForm(obj=point)
    if not form.is_submitted():
        form.corners.data = corners_text(point.corners)

    def act() -> None:
        register.change_point(access(), services().home, number, form.point(), form.version())

    def done() -> ResponseReturnValue:
        notice(_("已保存。"))
        return redirect(url_for("project_points.show", number=number))

    return sent(form, act, done, lambda error: _form_page(form, None, point, error))


@blueprint.post("/<int:project_id>/points/<int:number>/share")
@allow(Permission.WORK_PROJECTS)
def share(project_id: int, number: int) -> ResponseReturnValue:
    """Let a project work at a point that is another's already."""
    project = projects.get(access(), project_id, Permission.WORK_PROJECTS)
    require_open(access(), services().home, project)
    register.share_point(access(), services().home, project, number)
    notice(_("已添加点位。"))
    return redirect(url_for("projects.show", project_id=project_id))


@blueprint.post("/<int:project_id>/points/<int:number>/remove")
@allow(Permission.WORK_PROJECTS)
def remove(project_id: int, number: int) -> ResponseReturnValue:
    """Take a point off a project; the point stays."""
    project = projects.get(access(), project_id, Permission.WORK_PROJECTS)
    require_open(access(), services().home, project)
    register.remove_point(access(), services().home, project, number)
    notice(_("已移出点位。"))
    return redirect(url_for("projects.show", project_id=project_id))


@blueprint.post("/points/<int:number>/detach")
@allow(Permission.WORK_PROJECTS)
def detach(number: int) -> ResponseReturnValue:
    """Take cases off a point, with a reason."""
    form = DetachForm()

    def act() -> None:
        chosen = request.form.getlist("case")
        detaching.detach(access(), services().home, number, chosen, form.reason.data or "")

    def done() -> ResponseReturnValue:
        notice(_("已移出所选诉求。"))
        return redirect(url_for("project_points.show", number=number))

    return sent(form, act, done, lambda error: _page(number, error, form))


@blueprint.post("/points/<int:number>/detached/<int:detached_id>/attach")
@allow(Permission.WORK_PROJECTS)
def attach(number: int, detached_id: int) -> ResponseReturnValue:
    """Put a case back that was taken off a point."""
    try:
        detaching.attach_again(access(), services().home, number, detached_id)
    except UserError as error:
        form = DetachForm(formdata=None)
        return _page(number, wrong_in(form, error), form), outcome_of(error).status
    notice(_("已恢复。"))
    return redirect(url_for("project_points.show", number=number))


def _form_page(form: PointForm, project: Project | None, point: Point | None, error: str) -> str:
    run = newest_run(services().home)
    return render_template(
        "projects/point_form.html",
        form=form,
        project=project,
        point=point,
        error=error,
        others=register.points_to_share(access(), project) if project else [],
        outlines_run=run.id if run else None,
    )
