"""HTTP of the townships that have left: what the rebound monitor found, and closing its alerts."""

from __future__ import annotations

from datetime import date, datetime

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.services import services
from app.townships.assessment.governance_rules import in_effect
from app.townships.sending import sent, step_form
from app.townships.supervising import following
from app.townships.supervising.following_forms import ClosingForm
from app.townships.supervising.watching import WITHIN, Due, due
from app.translation import _
from app.web import notice

blueprint = Blueprint("following", __name__, url_prefix="/supervision/follow-up")


@blueprint.get("")
@allow(Permission.READ)
def show() -> str:
    """Show the townships of the reader's area that have left special governance: see `_page`."""
    return _page()


@blueprint.post("/alerts/<int:alert_id>/close")
@allow(Permission.SUPERVISE)
def close(alert_id: int) -> ResponseReturnValue:
    """Close an alert with a word."""
    form = ClosingForm()

    def done() -> ResponseReturnValue:
        notice(_("提醒已关闭。"))
        return redirect(url_for("following.show"))

    return sent(
        form,
        lambda: following.close_alert(access(), alert_id, form.closing()),
        done,
        lambda error: _page(error, alert_id, form),
    )


def _page(error: str = "", alert_id: int | None = None, form: ClosingForm | None = None) -> str:
    """Return the page.

    Template ``supervision/follow_up.html``: ``followed`` (tuple of `following.Followed`),
    ``within`` (half-months that ``facts["found"]`` is of), ``now`` (`governance_rules.InEffect` of
    today), ``supervised`` (`Area` in which the reader may close alerts), ``forms`` {alert:
    `ClosingForm`}, ``error``, ``sent`` (a line on what
    is wrong with the form that was sent, and it).
    """
    now = in_effect(services().database, date.today())
    followed = following.list_followed(access(), _waiting(), now.rules.watch.months)
    kept = {} if alert_id is None or form is None else {alert_id: form}
    forms = {
        alert.id: step_form(kept.get(alert.id), ClosingForm, str(alert.id), alert.row_version)
        for item in followed
        for alert in item.alerts
    }
    return render_template(
        "supervision/follow_up.html",
        followed=followed,
        within=WITHIN,
        now=now,
        supervised=access().reach(Permission.SUPERVISE),
        forms=forms,
        error=error,
        sent=form,
    )


def _waiting() -> list[Due]:
    """Return why townships were never judged; asks the store only where there is such a one."""
    if not following.never_judged(access()):
        return []
    found, today = services(), datetime.now().astimezone().date()
    return list(due(found.home, found.database, found.settings.cycle_start_day, today))
