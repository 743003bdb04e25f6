"""HTTP of the versions of an item: what each change was, and the undo of the last."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.units import list_units
from app.services import services
from app.townships.governing import items
from app.townships.governing.forms import UndoForm
from app.townships.governing.issue_types import ISSUE_TYPES
from app.townships.governing.item_undo import undo_change, undoable
from app.townships.governing.item_versions import changes_of
from app.townships.governing.kinds import list_kinds
from app.townships.sending import sent
from app.translation import _
from app.web import language, notice

blueprint = Blueprint("item_versions", __name__, url_prefix="/governance/items")


@blueprint.get("/<int:item_id>/versions")
@allow(Permission.READ)
def show(item_id: int) -> str:
    """Show what each change of an item was. Template: see `_page`."""
    return _page(item_id, UndoForm(formdata=None), "")


@blueprint.post("/<int:item_id>/undo")
@allow(Permission.WORK_PLANS)
def undo(item_id: int) -> ResponseReturnValue:
    """Write back what an item said before its last change."""
    form = UndoForm()

    def done() -> ResponseReturnValue:
        notice(_("已撤销最后一次改动。"))
        return redirect(url_for("plans.item", item_id=item_id))

    return sent(
        form,
        lambda: undo_change(access(), item_id, form.version(), form.words.data or ""),
        done,
        lambda error: _page(item_id, form, error),
    )


def _page(item_id: int, form: UndoForm, error: str) -> str:
    """Return the page of an item's versions.

    Template ``governing/item_versions.html``: ``item``, ``plan``, ``changes`` ([ItemChange], the
    newest first), ``last_change`` (that may be undone, or None), ``units`` {id: name}, ``kinds``
    and ``issue_types`` {key: name}, ``form``, ``error``.
    """
    found, plan = items.find_item(access(), item_id)
    database, chinese = services().database, language() == "zh_Hans"
    return render_template(
        "governing/item_versions.html",
        item=found,
        plan=plan,
        changes=changes_of(access(), item_id),
        last_change=undoable(access(), found, plan),
        units={line.unit.id: line.unit.name for line in list_units(database)},
        kinds={
            each.key: each.chinese if chinese else each.english for each in list_kinds(database)
        },
        issue_types={
            each.key: each.chinese if chinese else each.english
            for each in ISSUE_TYPES.all(database)
        },
        form=form,
        error=error,
    )
