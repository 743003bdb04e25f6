"""HTTP of the townships that have left: what the rebound monitor found, and closing its alerts."""

from __future__ import annotations

from datetime import date, datetime

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.services import services
from app.townships.assessment.governance_rules import in_effect
from app.townships.supervising import following
from app.townships.supervising.following_forms import ClosingForm
from app.townships.supervising.watching import WITHIN, Due, due
from app.translation import _
from app.web import notice

blueprint = Blueprint("following", __name__, url_prefix="/supervision/follow-up")


@blueprint.get("")
@allow(Permission.READ)
def show() -> str:
    """Show the townships of the reader's area that have left special governance.

    Template ``supervision/follow_up.html``: ``followed`` (tuple of `following.Followed`),
    ``within`` (half-months that ``facts["found"]`` is of), ``now``
    (`governance_rules.InEffect` of today), ``supervised`` (`Area` in which the reader may close
    alerts), ``form`` (`ClosingForm`).
    """
    now = in_effect(services().database, date.today())
    return render_template(
        "supervision/follow_up.html",
        followed=following.list_followed(access(), _waiting(), now.rules.watch.months),
        within=WITHIN,
        now=now,
        supervised=access().reach(Permission.SUPERVISE),
        form=ClosingForm(),
    )


@blueprint.post("/alerts/<int:alert_id>/close")
@allow(Permission.SUPERVISE)
def close(alert_id: int) -> ResponseReturnValue:
    """Close an alert with a word."""
    following.close_alert(access(), alert_id, ClosingForm().closing())
    notice(_("提醒已关闭。"))
    return redirect(url_for("following.show"))


def _waiting() -> list[Due]:
    """Return why townships were never judged; asks the store only where there is such a one."""
    if not following.never_judged(access()):
        return []
    found, today = services(), datetime.now().astimezone().date()
    return list(due(found.home, found.database, found.settings.cycle_start_day, today))
