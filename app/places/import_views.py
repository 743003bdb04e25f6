"""HTTP of the import of places: upload, what the file would do, and the word to do it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.places import uploading
from app.places.forms import PlaceReadingForm, PlaceUploadForm
from app.services import services
from app.translation import _
from app.web import language, notice

blueprint = Blueprint("place_import", __name__, url_prefix="/places/import")


@blueprint.route("", methods=["GET", "POST"])
@allow(Permission.IMPORT)
def upload() -> ResponseReturnValue:
    """Take a file in and look at it; nothing is stored in the register.

    Template ``places/import.html``: ``form`` (`forms.PlaceUploadForm`), ``limit_mb``, ``endings``.
    Success leads to ``/jobs/<id>/watch`` and from there to the preview.
    """
    form = PlaceUploadForm()
    if form.validate_on_submit():
        job = uploading.start_check(access(), services(), form.file.data, form.choices())
        return redirect(url_for("jobs.watch", job_id=job))
    page = render_template(
        "places/import.html",
        form=form,
        limit_mb=services().settings.max_upload_mb,
        endings=",".join(uploading.SUFFIXES),
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/<token>")
@allow(Permission.IMPORT)
def preview(token: str) -> str:
    """Show what a waiting file would do.

    Template ``places/import_preview.html``: ``waiting`` (`uploading.WaitingFile`), ``preview`` (its
    own, or None), ``problem`` (one line or None), ``form`` (`forms.PlaceReadingForm`).
    """
    waiting = uploading.find_waiting(services().home, token)
    chinese = language().startswith("zh")
    return render_template(
        "places/import_preview.html",
        waiting=waiting,
        preview=waiting.preview,
        problem=waiting.problem and waiting.problem["zh" if chinese else "en"],
        form=PlaceReadingForm(crs=waiting.choices.crs, update=waiting.choices.update),
    )


@blueprint.post("/<token>")
@allow(Permission.IMPORT)
def decide(token: str) -> ResponseReturnValue:
    """Look again with other choices, or import what was shown (form field ``do``).

    What was not shown is never imported: after another choice, or when the register has changed
    meanwhile, the file is looked at again instead.
    """
    waiting = uploading.find_waiting(services().home, token)
    form = PlaceReadingForm()
    choices = waiting.read_choices(request.form, form.crs_text(), update=bool(form.update.data))
    if request.form.get("do") == "import" and waiting.importable:
        if choices != waiting.choices:
            notice(_("所选已改变，先按新的选择核对；还没有导入。"))
        elif job := uploading.queue_import(access(), services(), waiting):
            return redirect(url_for("jobs.watch", job_id=job))
        else:
            notice(_("点位库在此期间有了变化，先重新核对；还没有导入。"))
    job = uploading.check_again(access(), services(), waiting, choices)
    return redirect(url_for("jobs.watch", job_id=job))


@blueprint.post("/<token>/delete")
@allow(Permission.IMPORT)
def give_up(token: str) -> ResponseReturnValue:
    """Delete a waiting file without importing it."""
    uploading.forget(access(), services().home, token)
    notice(_("上传的文件已删除，没有导入。"))
    return redirect(url_for("place_import.upload"))
