"""HTTP of the audit: look through it, take it away."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts import audit
from app.accounts.audit import AuditFilter
from app.accounts.entrance import access, allow
from app.accounts.forms import AuditQuery
from app.accounts.permissions import Permission
from app.accounts.wording import action_names, field_names
from app.services import services

blueprint = Blueprint("audit", __name__, url_prefix="/audit")


@blueprint.get("")
@allow(Permission.READ_AUDIT)
def list_view() -> str:
    """Show the record of acts (``?who=&action=&start=&end=&page=``; days, the last one included).

    Template ``accounts/audit.html``: ``page`` (`audit.AuditPage`), ``query`` (`AuditQuery`),
    ``actions`` [action], ``names`` {action: name}, ``fields`` {field: name}.
    """
    query = AuditQuery.read(request.args)
    database = services().database
    return render_template(
        "accounts/audit.html",
        page=audit.list_entries(database, _filter(query), query.page),
        query=query,
        actions=audit.actions(database),
        names=action_names(),
        fields=field_names(),
    )


@blueprint.get("/audit.csv")
@allow(Permission.READ_AUDIT)
def list_csv() -> ResponseReturnValue:
    """Give the entries that the filter keeps as a file; taking them is an act, too."""
    query = AuditQuery.read(request.args)
    access().record("audit.export", ("audit", ""), None, query.model_dump(mode="json"))
    return Response(
        audit.csv_lines(services().database, _filter(query)),
        mimetype="text/csv; charset=utf-8",
        headers={"Content-Disposition": "attachment; filename=audit.csv"},
    )


def _filter(query: AuditQuery) -> AuditFilter:
    return AuditFilter(
        who=query.who,
        action=query.action,
        start=_midnight(query.start) if query.start else None,
        end=_midnight(query.end + timedelta(days=1)) if query.end else None,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone().astimezone(UTC)
