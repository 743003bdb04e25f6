"""Bring a home of an earlier version to this one."""

from __future__ import annotations

from typing import Any

from app.config import Settings
from app.db import Database
from geodata.home import Home
from geodata.relocation import follows_boundaries
from geodata.store import CaseStore


def upgrade_home(settings: Settings) -> dict[str, Any]:
    """Migrate the tables, and look whether the case store opens and follows its boundaries.

    Doing it again changes nothing.

    Returns
    -------
    dict
        ``from_revision`` (None where no tables were), ``to_revision``, ``changed``,
        ``store_version``, ``follows_boundaries``.

    Raises
    ------
    NewerTables
        A newer program was here.
    """
    home, database = Home.at(settings.home.absolute()), Database.of(settings)
    try:
        before = database.revision()
        database.migrate()
        after = database.revision()
    finally:
        database.close()
    store = CaseStore(home)
    version = store.version
    if version is not None:
        store.count()
    return {
        "from_revision": before,
        "to_revision": after,
        "changed": before != after,
        "store_version": version,
        "follows_boundaries": follows_boundaries(home),
    }
