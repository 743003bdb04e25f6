"""HTTP of the duty list 职责清单."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.wording import kind_names
from app.cases.listing import choices
from app.errors import Conflict, message_of, outcome_of
from app.services import services
from app.townships.duties import keeping, reading
from app.townships.duties.forms import DutyFileForm, DutyFilter, DutyForm, RemoveForm
from app.townships.duties.models import LEVELS, Duty
from app.translation import _
from app.web import language, notice
from geodata.errors import UserError

blueprint = Blueprint("duties", __name__, url_prefix="/duties")

MOST_PROBLEMS = 100
"""Rows in disorder that the page names; it counts all."""


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the duties (``?q=&level=&batch=&page=``).

    Template ``duties/list.html``: ``found`` (`keeping.DutyPage`), ``asked`` (the filter),
    ``levels`` {level: name}.
    """
    asked = DutyFilter.read(request.args)
    found = keeping.list_duties(services().database, asked.q, asked.level, asked.batch, asked.page)
    return render_template("duties/list.html", found=found, asked=asked, levels=_levels())


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.GOVERN)
def new() -> ResponseReturnValue:
    """Add a line. Template ``duties/form.html``: see `_form`."""
    form = DutyForm()
    form.offer()
    if form.validate_on_submit():
        keeping.create_duty(access(), form.values())
        notice(_("已保存。"))
        return redirect(url_for("duties.list_view"))
    return _form(form, None)


@blueprint.route("/<int:duty_id>/edit", methods=["GET", "POST"])
@allow(Permission.GOVERN)
def edit(duty_id: int) -> ResponseReturnValue:
    """Change a line; the template of a new one, with ``duty`` set."""
    duty = keeping.get_duty(services().database, duty_id)
    form = DutyForm(obj=duty)
    form.offer(duty)
    if form.validate_on_submit():
        try:
            keeping.change_duty(access(), duty_id, form.values(), form.version())
        except Conflict as error:
            return _form(form, duty, error)
        notice(_("已保存。"))
        return redirect(url_for("duties.list_view"))
    return _form(form, duty)


@blueprint.post("/<int:duty_id>/remove")
@allow(Permission.GOVERN)
def remove(duty_id: int) -> ResponseReturnValue:
    """Take a line off the list."""
    keeping.remove_duty(access(), duty_id, RemoveForm().version())
    notice(_("已从职责清单移出。"))
    return redirect(url_for("duties.list_view"))


@blueprint.route("/import", methods=["GET", "POST"])
@allow(Permission.GOVERN)
def import_view() -> ResponseReturnValue:
    """Take a file in: all of it, or nothing with a line on each row in disorder.

    Template ``duties/import.html``: ``form`` (`forms.DutyFileForm`), ``message`` (one line or
    empty), ``problems`` (lines), ``problem_count``, ``headers`` {field: (headers…)}, ``endings``,
    ``limit_mb``.
    """
    form, error = DutyFileForm(), None
    if form.validate_on_submit():
        try:
            taken = reading.import_duties(
                access(), services().home, form.file.data, form.batch.data or ""
            )
        except UserError as found:
            error = found
        else:
            notice(_("已导入 %(n)s 条职责，替换同批次原有 %(m)s 条。", n=taken.added,
                     m=taken.replaced))  # fmt: skip
            return redirect(url_for("duties.list_view"))
    page = render_template(
        "duties/import.html",
        form=form,
        headers=reading.HEADERS,
        endings=",".join(reading.SUFFIXES),
        limit_mb=services().settings.max_upload_mb,
        **_told(error),
    )
    return page, outcome_of(error).status if error else 422 if form.is_submitted() else 200


def _told(error: UserError | None) -> dict[str, Any]:
    problems = error.problems if isinstance(error, reading.InvalidDutyFile) else ()
    which = 1 if language().startswith("zh") else 0
    return {
        "message": message_of(error, language()) if error else "",
        "problems": [problem.line()[which] for problem in problems[:MOST_PROBLEMS]],
        "problem_count": len(problems),
    }


def _form(form: DutyForm, duty: Duty | None, error: UserError | None = None) -> ResponseReturnValue:
    """Give the form of a line.

    Template ``duties/form.html``: ``form`` (`forms.DutyForm`), ``duty`` (None for a new one),
    ``conflict`` (a line or empty), ``classes`` (class 1 of the cases), ``batches``.
    """
    page = render_template(
        "duties/form.html",
        form=form,
        duty=duty,
        conflict=message_of(error, language()) if error else "",
        classes=choices(services().home)["class_1"],
        batches=keeping.list_duties(services().database).batches,
    )
    return page, outcome_of(error).status if error else 422 if form.is_submitted() else 200


def _levels() -> dict[str, str]:
    names = kind_names()
    return {level: names[level] for level in LEVELS}
