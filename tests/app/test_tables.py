from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import app.jobs
import app.projects.models  # noqa: F401 - makes its table known
from app.db import Base, Database


def test_migrations_make_exactly_the_tables_of_the_models(tmp_path: Path) -> None:
    database = Database(tmp_path / "app.sqlite3")
    database.migrate()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "app.sqlite3")
    database.migrate()
    database.migrate()
