"""HTTP of the gallery of effects."""

from __future__ import annotations

import math

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.starting import start_job
from app.cases.listing import township_names
from app.projects.effects.gallery import FEWEST_POOLED, gallery
from app.projects.effects.kept import kept_effects
from app.projects.forms import MEASURE_NAMES, EffectFilter
from app.services import services

blueprint = Blueprint("effects", __name__, url_prefix="/projects/effects")


@blueprint.app_template_filter("on_forest")
def on_forest(index: float) -> str:
    """Return where an index stands on a scale of doublings from a quarter to four, in per cent."""
    return f"{50 + 25 * math.log2(min(max(index, 1 / 4), 4)):.1f}%"


@blueprint.get("")
@allow(Permission.READ)
def show() -> str:
    """Show all judgements, and each kind of work on the whole (``?verdict=&measure=&page=``).

    Template ``projects/effects.html``: ``found`` (`gallery.Gallery`), ``kept`` (`kept.Kept`),
    ``chosen`` (`forms.EffectFilter`), ``keep`` (its query), ``measures`` {key: name}, ``names``
    {code: name} of townships, ``fewest`` (points that a kind of work is judged from).
    """
    chosen = EffectFilter.read(request.args)
    kept = kept_effects(services().home, services().database)
    return render_template(
        "projects/effects.html",
        found=gallery(access(), kept, chosen.verdict, chosen.measure, chosen.page),
        kept=kept,
        chosen=chosen,
        keep=chosen.model_dump(exclude_defaults=True, exclude={"page"}),
        measures=MEASURE_NAMES,
        names=township_names(services().home),
        fewest=FEWEST_POOLED,
    )


@blueprint.post("")
@allow(Permission.WORK_PROJECTS)
def judge_again() -> ResponseReturnValue:
    """Let all finished points be judged anew, in the background."""
    job = start_job(access(), services().jobs, "judge-points")
    return redirect(url_for("jobs.watch", job_id=job))
