"""Revisions of the operational tables: which one is there, and the way to the newest."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.errors import NewerTables

MIGRATIONS = Path(__file__).resolve().parent / "migrations"

NEWEST = "head"

MIGRATION_LOCK = 0x5_0F1A_4E57
"""Key of PostgreSQL's advisory lock that those who migrate hold: any number, always this one."""


def newest_revision() -> str:
    """Return the revision that this program's tables have."""
    newest = _scripts().get_current_head()
    if newest is None:
        raise ValueError("the migrations have no one newest revision")
    return newest


def revision_of(connection: Connection) -> str | None:
    """Return the revision of the tables that are there, None where there are none.

    Raises
    ------
    NewerTables
        A newer program made them: this one does not know what they mean.
    """
    found = MigrationContext.configure(connection).get_current_revision()
    check_known(found)
    return found


def check_known(revision: str | None) -> None:
    """Refuse a revision that this program has no migration to.

    Raises
    ------
    NewerTables
    """
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is not None and revision not in known:
        raise NewerTables(
            f"the tables are of revision {revision!r}, this program knows up to "
            f"{newest_revision()!r}: install the version that made them, or a newer one",
            f"数据表的版本为 {revision!r}，本程序只认识到 {newest_revision()!r}："
            "请安装当初使用的版本或更新的版本",
        )


def migrate(connection: Connection, revision: str = NEWEST) -> None:
    """Bring the tables to a revision, all the way or not at all; others who migrate wait.

    Parameters
    ----------
    connection : Connection
        On which nothing was done yet; the caller commits, and closes it: on SQLite it no longer
        looks after foreign keys.
    revision : str
        The newest when not given.
    """
    is_file = connection.dialect.name == "sqlite"
    if is_file:
        # SQLite changes a column by making its table anew; dropping the old one would delete what
        # refers to it.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        # Python's driver begins with the first change of a row, which would leave out all before.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    if is_file and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
        raise ValueError(f"{len(broken)} rows refer to nothing after the migration: {broken[0]}")


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
