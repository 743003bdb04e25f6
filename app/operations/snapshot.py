"""One moment of a home, held fast while its server and its imports go on.

Nothing waits for a lock that an import holds for minutes. What is held is always a state that the
home has been in, or would be in had it been switched off there: tables first, then the runs that
they name, then the version of the case store, which has all that those were made from, then what
the store follows. Where a job changed its state meanwhile it is done anew, so that a job that is
done has its cases, and one that waits has its upload.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select
from sqlalchemy import table as plain_table

from app.db import Database
from app.errors import Conflict
from app.operations.tables import as_of_now, dump_tables
from app.revisions import revision_of
from app.townships.pinned import pinned_versions
from geodata.home import Home
from geodata.store import CaseStore

PREFIX = ".backup-"
TABLES = "tables"
FILES = "home"

REFERRING = ("runs", "backtests", "comparisons")
"""Folders of what was made from versions of the case store."""

LEFT_OUT = ("staging", "cache", "cases", "history", *REFERRING)
"""Not taken with the rest: taken otherwise, or made again from it."""

IN_PLACE = (".sqlite3", ".sqlite3-wal", ".sqlite3-shm", ".lock", ".draft")
"""Endings of what is not taken: the tables, which are dumped, the queue, which is made again from
them, locks and drafts."""

IN_VERSIONS = (*REFERRING, "boundaries", "places")
"""Folders whose tables are written once: a second name holds them fast. Other files are copied."""

WRITTEN_ONCE = ".parquet"

MOST_TRIES = 5

STALE_S = 24 * 3600
"""A snapshot older than this has lost its backup."""


@dataclass(frozen=True)
class Snapshot:
    """What was held.

    Attributes
    ----------
    folder : Path
        With the folders ``tables`` and ``home``.
    revision : str or None
        Of the tables.
    rows : dict of str to int
        Rows of each table.
    store_version : int or None
        Of the case store.
    """

    folder: Path
    revision: str | None
    rows: dict[str, int]
    store_version: int | None


class _ChangedMeanwhile(Exception):  # noqa: N818 - no error: the snapshot is taken anew
    """Tells in English and in Chinese what has changed."""


@contextmanager
def snapshot(home: Home, database: Database) -> Iterator[Snapshot]:
    """Hold a home as it is now until the block ends.

    Raises
    ------
    Conflict
        Jobs began and ended, or files were cleaned away, at every try.
    """
    _clear_stale(home)
    changed = ("", "")
    for _ in range(MOST_TRIES):
        # In the home itself: files get a second name only on their own file system.
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=home.path))
        try:
            yield _take(home, database, folder)
        except _ChangedMeanwhile as meanwhile:
            changed = meanwhile.args
            continue
        finally:
            shutil.rmtree(folder)
        return
    raise Conflict(
        f"{home.path}: {changed[0]} while it was backed up, {MOST_TRIES} times; do it again later",
        f"{home.path}：备份期间{changed[1]}（已尝试 {MOST_TRIES} 次），请稍后重试",
    )


def _clear_stale(home: Home) -> None:
    """Delete what backups that were killed left behind."""
    oldest = time.time() - STALE_S
    for folder in home.path.glob(f"{PREFIX}*"):
        if folder.stat().st_mtime < oldest:
            shutil.rmtree(folder)


def _take(home: Home, database: Database, folder: Path) -> Snapshot:
    tables, files = folder / TABLES, Home(folder / FILES)
    tables.mkdir()
    with as_of_now(database) as connection:
        revision, before = revision_of(connection), _job_states(connection)
        rows = dump_tables(connection, tables)
    try:
        there = sorted(home.path.iterdir())
        for path in there:
            if path.name in REFERRING:
                _hold(path, files.path / path.name, linked=True)
        version = CaseStore(home).hold(files, pinned_versions(home, database))
        for path in there:
            if path.name not in LEFT_OUT:
                _hold(path, files.path / path.name, linked=path.name in IN_VERSIONS)
    except FileNotFoundError as error:
        name = Path(error.filename or "").name
        raise _ChangedMeanwhile(f"{name} went away", f"文件 {name} 被删除") from error
    with as_of_now(database) as connection:
        if _job_states(connection) != before:
            raise _ChangedMeanwhile("jobs began or ended", "有任务开始或结束")
    return Snapshot(folder, revision, rows, version)


def _job_states(connection: Connection) -> dict[str, str]:
    if not inspect(connection).has_table("job"):
        return {}
    jobs = plain_table("job", column("id"), column("state"))
    return {str(job): str(state) for job, state in connection.execute(select(jobs))}


def _hold(source: Path, target: Path, *, linked: bool) -> None:
    """Take what is there along, by a second name or a copy; drafts and tables are left out."""
    if source.is_dir() and not source.is_symlink():
        if not source.name.startswith("."):
            for path in source.iterdir():
                _hold(path, target / path.name, linked=linked)
        return
    if source.name.endswith(IN_PLACE) or source.is_symlink():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if linked and source.suffix == WRITTEN_ONCE:
        os.link(source, target)
    else:
        shutil.copy2(source, target)
