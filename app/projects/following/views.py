"""HTTP of points that are followed: what came back, and what people say to it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.starting import start_job
from app.cases.listing import township_names
from app.projects.following import alerts
from app.projects.following.watching import (
    LEAST_BASELINE,
    REPEATED,
    WATCHED,
    WITHIN_DAYS,
    verified_points,
)
from app.projects.forms import AlertFilter, MoveForm
from app.services import services
from app.townships.sending import sent, step_form
from app.translation import _
from app.web import notice

blueprint = Blueprint("followed_points", __name__, url_prefix="/projects/follow-up")


@blueprint.get("")
@allow(Permission.READ)
def show() -> str:
    """List what came back at verified points (``?state=``). Template: see `_page`."""
    return _page()


def _page(error: str = "", number: int = 0, form: FlaskForm | None = None) -> str:
    """Return the page.

    Template ``projects/follow_up.html``: ``told`` ([`alerts.Told`]), ``state``, ``states``,
    ``forms`` {alert: `forms.MoveForm`}, ``workable`` (ids of alerts that the reader may answer),
    ``names`` {code: name} of townships, ``watched`` (how many points are followed), ``least,
    length, repeated, days`` (the numbers that it goes by), ``error``, ``sent``.
    """
    state = AlertFilter.read(request.args).state
    told = alerts.alerts(access(), state)
    reach = access().reach(Permission.WORK_PROJECTS)
    kept = {number: form}
    return render_template(
        "projects/follow_up.html",
        told=told,
        state=state,
        states=alerts.STEPS.zh,
        forms={
            each.alert.id: step_form(
                kept.get(each.alert.id), MoveForm, f"alert-{each.alert.id}", each.alert.row_version
            )
            for each in told
        },
        workable={each.alert.id for each in told if reach.has_township(each.project.township)},
        names=township_names(services().home),
        watched=len(verified_points(services().database)),
        least=LEAST_BASELINE,
        length=WATCHED,
        repeated=REPEATED,
        days=WITHIN_DAYS,
        error=error,
        sent=form,
    )


@blueprint.post("")
@allow(Permission.WORK_PROJECTS)
def watch_again() -> ResponseReturnValue:
    """Let all verified points be watched now, in the background."""
    job = start_job(access(), services().jobs, "follow-points")
    return redirect(url_for("jobs.watch", job_id=job))


@blueprint.post("/<int:number>")
@allow(Permission.WORK_PROJECTS)
def answer(number: int) -> ResponseReturnValue:
    """Close an alert with words, or take the work up again."""
    form = MoveForm()

    def act() -> None:
        words = form.words.data or ""
        alerts.answer(access(), services().home, number, form.version(), form.state.data, words)

    def done() -> ResponseReturnValue:
        notice(_("已处理。"))
        return redirect(url_for("followed_points.show"))

    return sent(form, act, done, lambda error: _page(error, number, form))
