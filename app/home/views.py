"""HTTP of the first page, the words, and the progress of long work."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from flask import Blueprint, Response, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.accounts.starting import cancel_job, require_job
from app.home import overview, term_pages, terms
from app.services import services
from app.tagged import kept_part
from app.townships.assessment.timeline import timeline
from app.web import language

blueprint = Blueprint("home", __name__)
jobs_blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")


@blueprint.get("/")
@allow(Permission.READ)
def index() -> str:
    """Show the first page.

    Template ``home/overview.html``: ``counts`` (`listing.count_all`, None while the store is
    empty), ``run`` (newest RunSummary or None), ``reader`` (`reader.Reader`), ``morning``
    (`overview.Morning`, None without a case), ``spots`` (`new_points.NewSpots`, None without a
    run), ``duties`` (`waiting.Duty`s), ``steps`` (list of ``key`` boundaries|cases|run|project,
    ``done`` bool: what to do next on an empty home), ``part`` (writes those parts that follow from
    the data and the reader alone, once for all who see the same).
    """
    found = services()
    over_time = timeline(found.database, found.settings)
    page = overview.overview(found.home, access(), over_time, datetime.now().astimezone())
    tag = overview.tag_of(page, over_time.tag, language(), access().seen_as())
    return render_template("home/overview.html", **page, part=partial(kept_part, tag, **page))


@blueprint.get("/help")
@allow(None)
def help_view() -> str:
    """Explain the words. Template ``home/help.html``: ``words`` (those of `terms.term_groups`)."""
    words = kept_part(language(), "home/_glossary.html", groups=terms.term_groups())
    return render_template("home/help.html", words=words)


@blueprint.get("/help/<key>")
@allow(None)
def term(key: str) -> str:
    """Explain one word.

    Template ``home/term.html``: ``term`` (`terms.Term`), ``page`` (`term_pages.TermPage`), ``see``
    (`terms.Term`s beside it), ``names`` and ``endpoints`` of the pages that use it.
    """
    found = term_pages.find_term(key)
    page = term_pages.term_pages()[key]
    return render_template(
        "home/term.html",
        term=found,
        page=page,
        see=[term_pages.find_term(each) for each in page.see],
        names=term_pages.page_names(),
        endpoints=term_pages.PAGES,
    )


@jobs_blueprint.get("/<job_id>")
@allow(Permission.READ)
def state(job_id: str) -> Response:
    """Give a job: ``state, done, total, message, result_url``."""
    job = require_job(access(), services().jobs, job_id)
    return jsonify(
        state=job.state,
        done=job.done,
        total=job.total,
        message=job.text(language()),
        result_url=job.result_url,
    )


@jobs_blueprint.get("/<job_id>/panel")
@allow(Permission.READ)
def panel(job_id: str) -> str:
    """Give the fragment that a page polls.

    Template ``jobs/_panel.html``: ``job`` (`jobs.Job`), ``message`` (in the reader's language),
    ``ended`` (bool), ``share`` (0–1 or None).
    """
    return render_template("jobs/_panel.html", **_panel(job_id))


@jobs_blueprint.get("/<job_id>/watch")
@allow(Permission.READ)
def watch(job_id: str) -> str:
    """Show a job until it ends. Template ``jobs/watch.html``: as the panel, which it includes."""
    return render_template("jobs/watch.html", **_panel(job_id))


@jobs_blueprint.post("/<job_id>/cancel")
@allow(Permission.READ)
def cancel(job_id: str) -> ResponseReturnValue:
    """Ask for a stop."""
    cancel_job(access(), services().jobs, job_id)
    return redirect(url_for("jobs.watch", job_id=job_id))


def _panel(job_id: str) -> dict[str, object]:
    job = require_job(access(), services().jobs, job_id)
    return {
        "job": job,
        "message": job.text(language()),
        "ended": job.finished_at is not None,
        "share": job.done / job.total if job.total else None,
    }
