"""HTTP of a file of funding: upload, look at what it would do, then store all or what is right."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases.uploads import delete_upload, give_up_upload
from app.errors import message_of, outcome_of
from app.services import services
from app.townships.assessment.handed_in import find_table, keep_table
from app.townships.funding.amounts import in_wan
from app.townships.funding.forms import FundingFileForm
from app.townships.funding.reading import COLUMNS
from app.townships.funding.taking_in import preview, take_in
from app.townships.funding.wording import source_names
from app.translation import _
from app.web import language, notice
from geodata.errors import UserError
from geodata.reading.small_tables import SMALL_TABLE_SUFFIXES

blueprint = Blueprint("funding_import", __name__, url_prefix="/governance/funding/import")

TABLE = "funding"
"""Kind of the files that wait."""


@blueprint.route("", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def upload() -> ResponseReturnValue:
    """Take a file in to be looked at; nothing is stored yet.

    Template ``funding/import.html``: ``form`` (`forms.FundingFileForm`), ``message`` (a line or
    empty), ``limit_mb``, ``endings``, ``columns`` {field: (headers…)}, ``sources``.
    """
    form, error = FundingFileForm(), None
    if form.validate_on_submit():
        try:
            token = keep_table(access(), services().home, form.file.data, TABLE)
        except UserError as found_wrong:
            error = found_wrong
        else:
            return redirect(url_for("funding_import.look", token=token))
    page = render_template(
        "funding/import.html",
        form=form,
        message=message_of(error, language()) if error else "",
        limit_mb=services().settings.max_upload_mb,
        endings=",".join(SMALL_TABLE_SUFFIXES),
        columns=COLUMNS,
        sources=source_names(),
    )
    return page, outcome_of(error).status if error else 422 if form.is_submitted() else 200


@blueprint.get("/<token>")
@allow(Permission.WORK_PLANS)
def look(token: str) -> str:
    """Show what a waiting file would do. Template: see `_page`."""
    return _page(token)


@blueprint.post("/<token>")
@allow(Permission.WORK_PLANS)
def store(token: str) -> ResponseReturnValue:
    """Store a waiting file (``do``: ``all`` or ``good``) as it was seen (``seen``)."""
    path = find_table(services().home, token, TABLE)
    seen, only_good = request.form.get("seen", ""), request.form.get("do") == "good"
    try:
        done = take_in(access(), path, seen, only_good=only_good)
    except UserError as error:
        return _page(token, message_of(error, language())), outcome_of(error).status
    delete_upload(path)
    notice(
        _("已导入：新增 %(a)s 条，修改 %(b)s 条，相同 %(c)s 条。",
          a=done["new"], b=done["changed"], c=done["same"])
    )  # fmt: skip
    return redirect(url_for("funding.show"))


@blueprint.post("/<token>/delete")
@allow(Permission.WORK_PLANS)
def give_up(token: str) -> ResponseReturnValue:
    """Delete a waiting file without storing it."""
    give_up_upload(access(), find_table(services().home, token, TABLE))
    notice(_("上传的文件已删除，没有导入。"))
    return redirect(url_for("funding_import.upload"))


def _page(token: str, message: str = "") -> str:
    """Return what a waiting file would do.

    Template ``funding/import_preview.html``: ``token``, ``file`` (its name), ``preview``
    (`taking_in.Preview`, None where the file cannot be read), ``problems`` (a line for each),
    ``sources``, ``wan``, ``message`` (why nothing was stored, or empty).
    """
    path = find_table(services().home, token, TABLE)
    found = None
    try:
        found = preview(access(), path)
    except UserError as error:
        message = message or message_of(error, language())
    return render_template(
        "funding/import_preview.html",
        token=token,
        file=path.name,
        preview=found,
        problems=[each.text(language()) for each in found.problems] if found else [],
        sources=source_names(),
        wan=in_wan,
        message=message,
    )
