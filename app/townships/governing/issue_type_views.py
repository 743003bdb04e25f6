"""HTTP of the types of issues."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.services import services
from app.townships.governing.forms import KindForm
from app.townships.governing.issue_types import ISSUE_TYPES
from app.townships.sending import sent
from app.translation import _
from app.web import notice

blueprint = Blueprint("issue_types", __name__, url_prefix="/governance/issue-types")


@blueprint.route("", methods=["GET", "POST"])
@allow(Permission.GOVERN)
def list_view() -> ResponseReturnValue:
    """List the types of issues, and add one.

    Template ``governing/issue_types.html``: ``kinds`` ([IssueType]), ``form`` (`forms.KindForm`),
    ``error``.
    """
    form = KindForm()

    def page(error: str) -> str:
        found = ISSUE_TYPES.all(services().database)
        return render_template("governing/issue_types.html", kinds=found, form=form, error=error)

    return sent(
        form,
        lambda: ISSUE_TYPES.add(access(), form.key.data or "", form.names(active=True)),
        _done,
        page,
    )


@blueprint.post("/<key>")
@allow(Permission.GOVERN)
def change(key: str) -> ResponseReturnValue:
    """Rename a type, stop it, or take it into use again."""
    form = KindForm()
    form.require()
    names = form.names(active=bool(form.active.data))
    ISSUE_TYPES.change(access(), key, names, form.version())
    return _done()


@blueprint.post("/<key>/up")
@allow(Permission.GOVERN)
def move_up(key: str) -> ResponseReturnValue:
    """Let a type change places with the one before it."""
    ISSUE_TYPES.move_up(access(), key)
    return redirect(url_for("issue_types.list_view"))


def _done() -> ResponseReturnValue:
    notice(_("已保存。"))
    return redirect(url_for("issue_types.list_view"))
