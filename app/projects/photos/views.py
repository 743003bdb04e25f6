"""HTTP of photos: taken in, shown, deleted."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.errors import InvalidParameter, message_of, outcome_of
from app.projects import projects
from app.projects.forms import PhotoForm
from app.projects.photos import keeping
from app.projects.points.register import points_of
from app.projects.views import page_of
from app.services import services
from app.translation import _
from app.web import language, notice
from geodata.errors import UserError

blueprint = Blueprint("project_photos", __name__, url_prefix="/projects")


@blueprint.post("/<int:project_id>/photos")
@allow(Permission.WORK_PROJECTS)
def take(project_id: int) -> ResponseReturnValue:
    """Keep photos; those that cannot be kept are told one by one, and the others stay."""
    project = projects.get(access(), project_id, Permission.WORK_PROJECTS)
    points = points_of(access(), [project_id])[project_id]
    form = PhotoForm()
    form.point_id.choices = [(0, ""), *((each.id, each.name) for each in points)]
    try:
        taken = _take(form, project_id)
    except UserError as error:
        line = message_of(error, language())
        return page_of(project_id, line, "photos", form), outcome_of(error).status
    if taken.photos:
        notice(_("已上传 %(n)s 张照片。", n=len(taken.photos)))
    for refused in taken.refused:
        flash(message_of(refused, language()), "danger")
    return redirect(url_for("projects.show", project_id=project.id) + "#photos")


def _take(form: PhotoForm, project_id: int) -> keeping.Taken:
    if not form.validate_on_submit():
        raise InvalidParameter(
            "photos: the form is not in order", "照片表单不完整，请重新选择", field="photos"
        )
    project = projects.get(access(), project_id, Permission.WORK_PROJECTS)
    points = points_of(access(), [project_id])[project_id]
    chosen = [each for each in points if each.id == form.point_id.data]
    return keeping.take_photos(
        access(), services().home, project, chosen or points, form.files(),
        form.words.data or "",
    )  # fmt: skip


@blueprint.get("/<int:project_id>/photos/<int:number>.jpg")
@allow(Permission.READ)
def picture(project_id: int, number: int) -> Response:
    """Give a photo, whole or as lists show it (``?size=small``)."""
    projects.get(access(), project_id)
    size = keeping.SMALL if request.args.get("size") == keeping.SMALL else keeping.WHOLE
    path = keeping.photo_file(access(), services().home, project_id, number, size)
    answer = send_file(path.absolute(), "image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


@blueprint.post("/<int:project_id>/photos/<int:number>/delete")
@allow(Permission.WORK_PROJECTS)
def delete(project_id: int, number: int) -> ResponseReturnValue:
    """Delete a photo."""
    project = projects.get(access(), project_id, Permission.WORK_PROJECTS)
    keeping.delete_photo(access(), services().home, project, number)
    notice(_("已删除照片。"))
    return redirect(url_for("projects.show", project_id=project_id) + "#photos")
