from __future__ import annotations

import importlib
import pkgutil
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

import app.jobs
from app.config import Settings
from app.db import Base, Database
from app.errors import InvalidSetting, NewerTables, UnreachableDatabase
from app.revisions import newest_revision

for module in pkgutil.walk_packages(app.__path__, "app."):
    if module.name.endswith(".models"):
        importlib.import_module(module.name)  # makes its tables known


@pytest.mark.db
def test_migrations_make_exactly_the_tables_of_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.db
def test_migrating_twice_changes_nothing(database: Database) -> None:
    assert database.revision() == newest_revision()
    database.migrate()
    assert database.revision() == newest_revision()


@pytest.mark.db
def test_processes_that_start_together_make_the_tables_once(
    database_url: str | None, tmp_path: Path
) -> None:
    where = database_url or tmp_path / "app.sqlite3"
    failed: list[BaseException] = []

    def start() -> None:
        database = Database(where)
        try:
            database.migrate()
        except BaseException as error:  # noqa: BLE001 - seen by the test
            failed.append(error)
        finally:
            database.close()

    starting = [threading.Thread(target=start) for _ in range(6)]
    for thread in starting:
        thread.start()
    for thread in starting:
        thread.join()
    assert failed == []
    assert Database(where).revision() == newest_revision()


@pytest.mark.db
def test_tables_of_a_newer_program_are_refused(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerTables, match="9999"):
        database.migrate()


@pytest.mark.db
def test_a_migration_that_fails_leaves_nothing(
    database_url: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic.operations import Operations

    made: list[str] = []
    make = Operations.create_table

    def fail_later(self: Operations, name: str, *columns: object, **options: object) -> object:
        if made:
            raise OSError("killed")
        made.append(name)
        return make(self, name, *columns, **options)  # type: ignore[arg-type]

    database = Database(database_url or tmp_path / "app.sqlite3")
    with monkeypatch.context() as patched:
        patched.setattr(Operations, "create_table", fail_later)
        with pytest.raises(OSError, match="killed"):
            database.migrate()
    assert made
    assert database.revision() is None
    database.migrate()
    assert database.revision() == newest_revision()
    database.close()


@pytest.mark.parametrize("url", ["nothing", "mysql://root:hidden@here/there", "redis://h"])
def test_urls_of_other_databases_are_refused_by_name(url: str) -> None:
    with pytest.raises(InvalidSetting, match="DATABASE_URL") as refused:
        Database.of(Settings(database_url=url))
    assert "hidden" not in str(refused.value)


def test_a_server_that_does_not_answer_is_told_in_one_line(tmp_path: Path) -> None:
    database = Database(f"postgresql://me:hidden@/suyuan?host={tmp_path}")
    with pytest.raises(UnreachableDatabase, match="suyuan") as refused:
        database.migrate()
    assert "hidden" not in str(refused.value)
    assert "\n" not in str(refused.value)
