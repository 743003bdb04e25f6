"""What every view may reach: home, tables, jobs and settings of the running application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from app.config import Settings
from app.db import Database
from app.jobs import Jobs
from geodata.home import Home

EXTENSION = "suyuan"


@dataclass(frozen=True)
class Services:
    """Hung on the application by `create_app`."""

    home: Home
    database: Database
    jobs: Jobs
    settings: Settings


def services(app: Flask | None = None) -> Services:
    """Return the services of the current (or given) application."""
    return cast("Services", (app or current_app).extensions[EXTENSION])
