"""HTTP of the names of handlers: which unit each means."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.forms import HandlerForm
from app.accounts.permissions import Permission
from app.accounts.units import list_units
from app.cases import handlers
from app.errors import InvalidParameter
from app.services import services
from app.translation import _
from app.web import notice

blueprint = Blueprint("handlers", __name__, url_prefix="/units/handlers")


@blueprint.get("")
@allow(Permission.KEEP_ACCOUNTS)
def list_view() -> str:
    """List the names by which cases call their handlers.

    Template ``accounts/handlers.html``: ``lines`` (of `handlers.HandlerLine`, those without a unit
    first), ``missing`` (how many have none), ``proposed`` (how many of them a unit is called like),
    ``units`` (lines).
    """
    found = services()
    lines = handlers.list_handlers(found.database, found.home)
    return render_template(
        "accounts/handlers.html",
        lines=lines,
        missing=sum(line.unit is None for line in lines),
        proposed=sum(line.proposed is not None for line in lines),
        units=list_units(found.database),
    )


@blueprint.post("")
@allow(Permission.KEEP_ACCOUNTS)
def name() -> ResponseReturnValue:
    """Say which unit a name means (form: ``name``, ``unit_id``; empty takes it back)."""
    form = HandlerForm()
    if not form.validate_on_submit():
        raise InvalidParameter("name, unit_id: choose a unit", "请选择单位")
    handlers.name_handler(access(), services().home, form.name.data, form.unit_id.data)
    return redirect(url_for("handlers.list_view"))


@blueprint.post("/adopt")
@allow(Permission.KEEP_ACCOUNTS)
def adopt() -> ResponseReturnValue:
    """Give every name the unit that is called the same."""
    made = handlers.adopt_namesakes(access(), services().home)
    notice(_("已对应 %(n)s 个名称。", n=made))
    return redirect(url_for("handlers.list_view"))
