"""Back a home up into one file, and restore it on any machine, into either kind of database."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from app.config import Settings
from app.db import Database
from app.errors import Conflict, InvalidParameter
from app.operations.archive import PRIVATE_FOLDER, Tell, reading, unpack, write_archive
from app.operations.snapshot import FILES, TABLES, snapshot
from app.operations.tables import check_no_tables, load_tables
from app.revisions import check_known
from geodata.errors import DiskFull
from geodata.home import Home

PRODUCT = "suyuan"


def back_up(settings: Settings, path: Path, tell: Tell) -> dict[str, Any]:
    """Write one consistent snapshot of tables, case store, runs and all else; writers go on.

    Returns
    -------
    dict
        ``file, bytes, product, revision, store_version, rows, files``.

    Raises
    ------
    InvalidParameter
        The file is there already, or cannot be written.
    Conflict
        The home changed too much meanwhile.
    """
    home, database = Home.at(settings.home.absolute()), Database.of(settings)
    if path.resolve().is_relative_to(home.path.resolve()):
        raise InvalidParameter(
            f"{path}: lies in the home itself, with which it would be lost",
            f"{path}：位于数据目录之内，会随它一起丢失",
        )
    try:
        with snapshot(home, database) as held:
            facts = {
                "product": version_of(PRODUCT),
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "revision": held.revision,
                "store_version": held.store_version,
                "rows": held.rows,
            }
            write_archive(path, held.folder, facts, tell)
            files = sum(1 for file in held.folder.rglob("*") if file.is_file())
    finally:
        database.close()
    return {"file": str(path), "bytes": path.stat().st_size, "files": files, **facts}


def restore(settings: Settings, path: Path, target: Path, tell: Tell) -> dict[str, Any]:
    """Make a home of a backup; nothing is placed before all of it has been checked.

    Parameters
    ----------
    settings : Settings
        Of which the database counts: a server's must be empty; without one the tables go into
        the home.
    path, target : Path
        The backup, and the home, which is not there yet or empty.

    Returns
    -------
    dict
        ``home, product, revision, store_version, rows, files``.

    Raises
    ------
    Conflict
        The home, or the server's database, holds something.
    UnreadableFile
        It is no backup, or damaged.
    NewerTables
        A newer program made it.
    DiskFull
    """
    target = target.absolute()
    _check_empty(target)
    with reading(path) as (manifest, tar):
        check_known(manifest["revision"])
        draft = _draft_beside(target, sum(each["size"] for each in manifest["members"].values()))
        try:
            unpack(tar, manifest, draft, tell)
            home = Home.at(draft / FILES)
            _place(replace(settings, home=home.path), draft, manifest["revision"], target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    told = {name: manifest[name] for name in ("product", "revision", "store_version", "rows")}
    return {"home": str(target), **told, "files": len(manifest["members"])}


def _place(settings: Settings, draft: Path, revision: str | None, target: Path) -> None:
    """Fill the tables and put the home in its place, both or neither."""
    database = Database.of(settings)
    try:
        with database.engine.connect() as connection:
            check_no_tables(connection)
            if revision is not None:
                load_tables(connection, draft / TABLES, revision)
            if not database.is_file:
                _put(settings.home, target)
            connection.commit()
    finally:
        database.close()
    if database.is_file:
        # SQLite must have closed its files before they move.
        _put(settings.home, target)


def _put(draft: Path, target: Path) -> None:
    try:
        # An empty folder that is there is replaced, a full one is not.
        draft.replace(target)
    except OSError as error:
        raise InvalidParameter(
            f"{target}: cannot be put in place ({error.strerror}); name a folder that is not there",
            f"{target}：无法就位（{error.strerror}）；请换一个尚不存在的文件夹",
        ) from error


def _check_empty(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Conflict(
            f"{target}: not empty; a backup is restored into a folder that is empty or not there",
            f"{target}：不是空文件夹；备份只能恢复到空文件夹或尚不存在的文件夹",
        )


def _draft_beside(target: Path, size: int) -> Path:
    """Make a folder beside the home's place, on its file system."""
    try:
        target.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        free = shutil.disk_usage(target.parent).free
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise InvalidParameter(
            f"{target}: cannot be made ({error.strerror})", f"无法建立 {target}（{error.strerror}）"
        ) from error
    if free < size:
        draft.rmdir()
        raise DiskFull(
            f"{target.parent}: {size / 1e9:.1f} GB wanted, {free / 1e9:.1f} GB free",
            f"{target.parent}：需要 {size / 1e9:.1f} GB，剩余 {free / 1e9:.1f} GB",
        )
    return draft
