"""HTTP of the records of accountability 问责, for 纪检监察 alone."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.units import list_units
from app.services import services
from app.townships.sending import status_of, wrong_in
from app.townships.supervising import accountability
from app.townships.supervising.forms import AccountabilityForm, unit_choices
from app.translation import _
from app.web import notice
from geodata.errors import UserError

blueprint = Blueprint("accountability", __name__, url_prefix="/supervision/accountability")


@blueprint.get("")
@allow(Permission.DISCIPLINE)
def list_view() -> str:
    """List the records.

    Template ``supervision/accountability.html``: ``lines`` (of `accountability.RecordLine`).
    """
    return render_template(
        "supervision/accountability.html", lines=accountability.list_records(access())
    )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.DISCIPLINE)
def new() -> ResponseReturnValue:
    """Make a record. Template: see `_form_page`."""
    form = _offered(AccountabilityForm())
    if not form.validate_on_submit():
        return _form_page(form)
    try:
        accountability.create(access(), form.values())
    except UserError as error:
        return _form_page(form, error)
    return _done()


@blueprint.route("/<int:record_id>", methods=["GET", "POST"])
@allow(Permission.DISCIPLINE)
def edit(record_id: int) -> ResponseReturnValue:
    """Change a record. Template: see `_form_page`."""
    record = accountability.get_record(access(), record_id)
    form = _offered(AccountabilityForm(obj=record), record.unit_id)
    if not form.validate_on_submit():
        return _form_page(form)
    try:
        accountability.change(access(), record_id, form.version(), form.values())
    except UserError as error:
        return _form_page(form, error)
    return _done()


def _offered(form: AccountabilityForm, own: int | None = None) -> AccountabilityForm:
    units = (line.unit for line in list_units(services().database))
    form.unit_id.choices = unit_choices(units, own)
    return form


def _form_page(form: AccountabilityForm, error: UserError | None = None) -> ResponseReturnValue:
    """Return the form.

    Template ``supervision/accountability_form.html``: ``form`` (`forms.AccountabilityForm`),
    ``error`` (a line, or empty).
    """
    page = render_template(
        "supervision/accountability_form.html", form=form, error=wrong_in(form, error)
    )
    return page, status_of(form, error)


def _done() -> ResponseReturnValue:
    notice(_("已保存。"))
    return redirect(url_for("accountability.list_view"))
