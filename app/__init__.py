"""What a planner sees and does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

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
    from app.pages import BLUEPRINTS
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
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
