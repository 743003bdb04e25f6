"""What a planner sees and does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint, Flask

    from app.config import Settings

__all__ = ["create_app"]

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"

COMPRESSED_TYPES = (
    "text/html",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/json",
    "application/geo+json",
    "application/octet-stream",
    "image/svg+xml",
)


def create_app(settings: Settings | None = None, *, immediate_jobs: bool = False) -> Flask:
    """Build the application on a home; an empty home gets its tables.

    Imports stand inside: commands that serve no page need not wait for them.

    Parameters
    ----------
    settings : Settings, optional
        Read from the environment when not given.
    immediate_jobs : bool
        Run long work at once, for tests.
    """
    from flask import Flask

    from app.accounts.entrance import set_up_entrance
    from app.config import MEBIBYTE, Settings, session_key
    from app.db import Database
    from app.jobs import Jobs
    from app.services import EXTENSION, Services
    from app.tagged import set_up_tagged
    from app.transport import set_up_transport
    from app.web import set_up_pages
    from app.work import FOLLOW_UPS, handlers, schedules
    from geodata.home import Home

    chosen = settings or Settings.from_environment(os.environ)
    home = Home.at(chosen.home.absolute())
    app = Flask(__name__, template_folder=str(TEMPLATES))
    app.config.update(
        SECRET_KEY=session_key(home),
        MAX_CONTENT_LENGTH=chosen.max_upload_mb * MEBIBYTE,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        WTF_CSRF_TIME_LIMIT=None,
        COMPRESS_MIMETYPES=list(COMPRESSED_TYPES),
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=4,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    database = Database.of(chosen)
    database.migrate()
    queue = chosen.queue_url or home.queue
    kinds = handlers(home, chosen.cycle_start_day)
    timed = schedules(home, database, chosen.cycle_start_day)
    jobs = Jobs(database, queue, kinds, FOLLOW_UPS, timed, immediate=immediate_jobs)
    app.extensions[EXTENSION] = Services(home, database, jobs, chosen)
    set_up_transport(app, chosen)
    set_up_pages(app)
    set_up_tagged(app)
    set_up_entrance(app)
    if chosen.open_id is not None:
        from app.accounts.single_sign_on import EXTENSION as SINGLE_SIGN_ON
        from app.accounts.single_sign_on import SingleSignOn

        app.extensions[SINGLE_SIGN_ON] = SingleSignOn(app, chosen.open_id)
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    return app


def _blueprints() -> tuple[Blueprint, ...]:
    """Pages of every subject."""
    from app.accounts.account_views import blueprint as accounts
    from app.accounts.audit_views import blueprint as audit
    from app.accounts.sign_in_views import blueprint as sign_in
    from app.accounts.single_sign_on_views import blueprint as single_sign_on
    from app.accounts.unit_views import blueprint as units
    from app.cases.handler_views import blueprint as handlers
    from app.cases.mapping_views import blueprint as mapping
    from app.cases.profile_views import blueprint as profiles
    from app.cases.views import blueprint as cases
    from app.home.search_views import blueprint as search
    from app.home.views import blueprint as home
    from app.home.views import jobs_blueprint as jobs
    from app.hotspots.comparing.views import blueprint as comparing
    from app.hotspots.filtered.views import blueprint as counts
    from app.hotspots.points.rule_views import blueprint as rules
    from app.hotspots.views import blueprint as hotspots
    from app.places.change_views import blueprint as place_changes
    from app.places.import_views import blueprint as place_import
    from app.places.review_views import blueprint as review
    from app.places.views import blueprint as places
    from app.projects.views import blueprint as projects
    from app.takeaway.counted.views import blueprint as taken_counts
    from app.takeaway.views import blueprint as takeaway
    from app.townships.assessment.closing_views import blueprint as closing
    from app.townships.assessment.code_views import blueprint as codes
    from app.townships.assessment.exclusion_views import blueprint as exclusions
    from app.townships.assessment.indicator_views import blueprint as indicators
    from app.townships.assessment.ledger_views import blueprint as ledgers
    from app.townships.assessment.objection_views import blueprint as objections
    from app.townships.assessment.published_views import blueprint as published
    from app.townships.assessment.rule_views import blueprint as rule_sets
    from app.townships.assessment.scorecard_views import blueprint as scorecards
    from app.townships.assessment.views import blueprint as assessment
    from app.townships.choosing.decision_views import blueprint as decisions
    from app.townships.desk.views import blueprint as desk
    from app.townships.duties.views import blueprint as duties
    from app.townships.governing.plan_views import blueprint as plans
    from app.townships.governing.views import blueprint as governing
    from app.townships.sheet.views import blueprint as townships
    from app.townships.supervising.accountability_views import blueprint as accountability
    from app.townships.supervising.following_views import blueprint as following
    from app.townships.supervising.map_views import blueprint as supervision_map
    from app.townships.supervising.meeting_views import blueprint as meetings
    from app.townships.supervising.order_views import blueprint as orders
    from app.townships.supervising.talk_views import blueprint as talks
    from app.townships.supervising.warning_views import blueprint as warnings
    from app.townships.supervising.whistle_views import blueprint as whistles

    return (
        home,
        jobs,
        search,
        hotspots,
        comparing,
        counts,
        takeaway,
        taken_counts,
        rules,
        assessment,
        closing,
        rule_sets,
        following,
        ledgers,
        exclusions,
        objections,
        scorecards,
        published,
        duties,
        whistles,
        meetings,
        desk,
        indicators,
        codes,
        townships,
        supervision_map,
        warnings,
        talks,
        orders,
        accountability,
        governing,
        plans,
        decisions,
        projects,
        place_import,
        place_changes,
        review,
        places,
        cases,
        mapping,
        profiles,
        sign_in,
        single_sign_on,
        accounts,
        units,
        handlers,
        audit,
    )
