"""HTTP of the log of the register; it tells of the whole city, a place's own page of the place."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from app.accounts.entrance import allow
from app.accounts.permissions import Permission
from app.places import change_log
from app.places.concerned import pending_changes
from app.places.forms import ChangeFilter
from app.services import services

blueprint = Blueprint("place_changes", __name__, url_prefix="/places/changes")


@blueprint.get("")
@allow(Permission.IMPORT)
def list_view() -> str:
    """List the changes, newest first (``?page=``).

    Template ``places/changes.html``: ``changes`` (list of (`Change`, counts by kind)), ``page``
    (``page, pages``), ``pending``.
    """
    home = services().home
    changes, number, pages = change_log.list_changes(home, ChangeFilter.read(request.args).page)
    return render_template(
        "places/changes.html",
        changes=changes,
        page={"page": number, "pages": pages},
        pending=pending_changes(home),
    )


@blueprint.get("/<int:number>")
@allow(Permission.IMPORT)
def show(number: int) -> str:
    """Show what one change did (``?kind=added|changed|removed&page=``).

    Template ``places/change.html``: ``shown`` (`change_log.ChangePage`), ``pending``.
    """
    home, chosen = services().home, ChangeFilter.read(request.args)
    return render_template(
        "places/change.html",
        shown=change_log.change_page(home, number, chosen.kind, chosen.page),
        pending=pending_changes(home),
    )
