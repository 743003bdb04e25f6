"""HTTP of the units 单位库."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts import units
from app.accounts.entrance import access, allow
from app.accounts.forms import UnitForm
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.wording import kind_names
from app.errors import message_of, outcome_of
from app.services import services
from app.translation import _
from app.web import language, notice
from geodata.errors import UserError

blueprint = Blueprint("units", __name__, url_prefix="/units")


@blueprint.get("")
@allow(Permission.KEEP_ACCOUNTS)
def list_view() -> str:
    """List the units as a tree.

    Template ``accounts/units.html``: ``lines`` (of `units.UnitLine`), ``kinds`` {kind: name}.
    """
    lines = units.list_units(services().database)
    return render_template("accounts/units.html", lines=lines, kinds=kind_names())


@blueprint.post("/adopt")
@allow(Permission.KEEP_ACCOUNTS)
def adopt() -> ResponseReturnValue:
    """Make the units that the boundaries speak of."""
    made = units.adopt_boundaries(access(), services().home)
    notice(_("已按边界生成 %(n)s 个单位。", n=made) if made else _("边界中的单位都已在库中。"))
    return redirect(url_for("units.list_view"))


@blueprint.route("/new", methods=["GET", "POST"])
@allow(Permission.KEEP_ACCOUNTS)
def new() -> ResponseReturnValue:
    """Make a unit. Template ``accounts/unit_form.html``: ``form``, ``unit`` (None), ``message``."""
    form = _offered(UnitForm())
    if form.validate_on_submit():
        try:
            units.create_unit(access(), form.values())
        except UserError as error:
            return _form(form, None, error)
        notice(_("已保存。"))
        return redirect(url_for("units.list_view"))
    return _form(form, None)


@blueprint.route("/<int:unit_id>", methods=["GET", "POST"])
@allow(Permission.KEEP_ACCOUNTS)
def edit(unit_id: int) -> ResponseReturnValue:
    """Change a unit; the template of a new one, with ``unit`` set."""
    unit = units.get_unit(services().database, unit_id)
    form = _offered(UnitForm(obj=unit))
    if form.validate_on_submit():
        try:
            units.change_unit(access(), unit_id, form.values(), form.row_version.data or 0)
        except UserError as error:
            return _form(form, unit, error)
        notice(_("已保存。"))
        return redirect(url_for("units.list_view"))
    return _form(form, unit)


def _offered(form: UnitForm) -> UnitForm:
    form.offer([line.unit for line in units.list_units(services().database)])
    return form


def _form(form: UnitForm, unit: Unit | None, error: UserError | None = None) -> ResponseReturnValue:
    page = render_template(
        "accounts/unit_form.html",
        form=form,
        unit=unit,
        message=message_of(error, language()) if error else "",
    )
    return page, outcome_of(error).status if error else 422 if form.is_submitted() else 200
