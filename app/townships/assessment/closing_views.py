"""HTTP of closed cycles: which there are, closing one, and working one out again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.services import services
from app.townships.assessment import closing
from app.townships.assessment.cycles import KINDS
from app.townships.assessment.timeline import timeline
from app.translation import _
from app.web import notice

blueprint = Blueprint("closing", __name__, url_prefix="/assessment/cycles")


@blueprint.get("")
@allow(Permission.READ)
def list_view() -> str:
    """List the closed cycles.

    Template ``assessment/cycles.html``: ``closed`` (list of `models.ClosedCycle`, the latest
    first), ``named`` {id: `cycles.Cycle`} of those that the calendars of now have, ``due`` (of each
    kind the `cycles.Cycle` that is to be closed next, where one is whole).
    """
    found = services()
    over_time = timeline(found.database, found.settings)
    due = [closing.next_to_close(found.home, found.database, over_time, kind) for kind in KINDS]
    closed = closing.closed_cycles(found.database)
    return render_template(
        "assessment/cycles.html",
        closed=closed,
        named={each.id: each for each in over_time.known(each.cycle_id for each in closed)},
        due=[each for each in due if each is not None],
    )


@blueprint.post("/close")
@allow(Permission.ASSESS)
def close() -> ResponseReturnValue:
    """Close a cycle (``cycle``, its id)."""
    found = services()
    over_time = timeline(found.database, found.settings)
    closed = closing.close(access(), found.home, over_time, request.form.get("cycle", ""))
    notice(
        _("已关闭 %(cycle)s，摘要 %(digest)s。", cycle=closed.cycle_id, digest=closed.digest[:16])
    )
    return redirect(url_for("assessment.show", cycle=closed.cycle_id))


@blueprint.post("/recompute")
@allow(Permission.ASSESS)
def recompute() -> ResponseReturnValue:
    """Work a closed cycle (``cycle``, its id) out again and tell whether the digest is the same."""
    again = closing.recompute(access(), services().home, request.form.get("cycle", ""))
    told = {"cycle": again.cycle_id, "digest": again.digest[:16], "again": again.again[:16]}
    if again.same:
        notice(_("复算 %(cycle)s：结果相同，摘要 %(digest)s。", **told))
    else:
        flash(
            _("复算 %(cycle)s：结果不同，文档摘要 %(digest)s，复算摘要 %(again)s。", **told),
            "danger",
        )
    return redirect(url_for("closing.list_view"))
