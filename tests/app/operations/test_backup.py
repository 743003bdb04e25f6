"""A home is backed up while it works, and restored elsewhere with equal counts, runs and rows."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from backports.zstd import ZstdFile
from sqlalchemy import MetaData, select

from app.accounts.access import operator
from app.accounts.first import FIRST_OFFICES
from app.cases.listing import count_all
from app.cases.uploads import import_file
from app.config import DEFAULT_CYCLE_START_DAY, Settings
from app.db import Database
from app.errors import Conflict, InvalidParameter, NewerTables
from app.hotspots.analysis import analyse
from app.hotspots.runs import list_runs
from app.jobs import WAITING, Job, Jobs
from app.operations import snapshot as snapshots
from app.operations.archive import MANIFEST, reading, write_archive
from app.operations.backups import back_up, restore
from app.work import handlers
from geodata.errors import DiskFull, UnreadableFile
from geodata.home import Home
from geodata.store import CaseStore
from tests.app.projects.working import make_project, work
from tests.app.small_city import END, START, write_cases
from tests.people import make_account


def tell(_done: int, _total: int | None, _title: str) -> None:
    """Nobody watches."""


def settings_of(home: Path, url: str | None = None) -> Settings:
    return Settings(home=home, database_url=url)


def begin_project(database: Database, home: Home) -> None:
    access = operator(database)
    made = make_project(access, home, target_per_month=2.5)
    work(access, home, made, date(2025, 3, 1))


def all_rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    tables = MetaData()
    with database.engine.connect() as connection:
        tables.reflect(connection)
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in tables.sorted_tables
        }


def run_files(home: Home) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(home.runs)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in home.runs.rglob("*")
        if path.is_file()
    }


@pytest.mark.db
def test_a_restored_home_tells_the_same(
    home: Path, database_url: str | None, other_url: str | None, tmp_path: Path
) -> None:
    settings = settings_of(home, database_url)
    database = Database.of(settings)
    database.migrate()
    make_account(database, "负责人", FIRST_OFFICES)
    begin_project(database, Home(home))
    projects_there = len(all_rows(database)["project"])
    file, target = tmp_path / "b.tar.zst", tmp_path / "elsewhere" / "新 家"
    made = back_up(settings, file, tell)
    assert made["rows"]["project"] == projects_there
    elsewhere = settings_of(target, other_url)
    done = restore(elsewhere, file, target, tell)
    old, new = Home(home), Home(target)
    assert done["store_version"] == CaseStore(old).version == CaseStore(new).version
    assert count_all(new) == count_all(old)
    assert [run.to_json() for run in list_runs(new)] == [run.to_json() for run in list_runs(old)]
    assert run_files(new) == run_files(old)
    assert new.caller_key() == old.caller_key()
    there = Database.of(elsewhere)
    rows = all_rows(there)
    assert rows == all_rows(database)
    assert {name for name, found in rows.items() if found} >= {"account", "audit_entry", "unit"}
    begin_project(there, new)
    assert len(all_rows(there)["project"]) == projects_there + 1
    there.close()
    database.close()


def test_a_pinned_run_is_made_again_after_the_restore(home: Path, tmp_path: Path) -> None:
    """The run's version of the store is older than the newest, whose cases are others."""
    here = Home(home)
    shutil.rmtree(here.runs)
    here.runs.mkdir()
    run = analyse(here, start=START, end=END)
    write_cases(tmp_path / "cases.csv", seed=8)
    import_file(here, tmp_path / "cases.csv", "suyuan")
    file, target = tmp_path / "b.tar.zst", tmp_path / "again"
    back_up(settings_of(home), file, tell)
    shutil.rmtree(home)
    restore(settings_of(target), file, target, tell)
    there = Home(target)
    before = run_files(there)
    version = run.record["case_store_version"]
    assert version < CaseStore(there).version
    shutil.rmtree(there.runs / run.id)
    again = analyse(there, start=START, end=END, case_version=version)
    assert again.id == run.id
    made = {name: content for name, (content, _) in run_files(there).items()}
    assert made == {name: content for name, (content, _) in before.items()}
    assert import_file(there, tmp_path / "cases.csv", "suyuan").updated == 0


def test_backups_made_while_imports_go_on_agree_with_themselves(home: Path, tmp_path: Path) -> None:
    """Each import is a job: in every backup, one that is done has its batch in the store."""
    settings, here = settings_of(home), Home(home)
    database = Database.of(settings)
    database.migrate()
    jobs = Jobs(database, here.queue, handlers(here, DEFAULT_CYCLE_START_DAY), immediate=True)
    write_cases(tmp_path / "all.csv")
    header, *lines = (tmp_path / "all.csv").read_text("utf-8").splitlines()
    ended = threading.Event()

    def import_all() -> None:
        for number in range(6):
            folder = here.uploads / f"{number:032x}"
            folder.mkdir()
            changed = [line.replace("居民反映", f"第{number}次") for line in lines[::7]]
            (folder / "part.csv").write_text("\n".join([header, *changed]), "utf-8")
            jobs.start("import", path=f"{folder.name}/part.csv", profile="suyuan", crs=None)
        ended.set()

    importing = threading.Thread(target=import_all)
    importing.start()
    made: list[Path] = []
    while not ended.is_set() or not made:
        file = tmp_path / f"{len(made)}.tar.zst"
        try:
            back_up(settings, file, tell)
        except Conflict:
            continue
        made.append(file)
    importing.join()
    for number, file in enumerate(made):
        target = tmp_path / f"restored-{number}"
        restore(settings_of(target), file, target, tell)
        there = Home(target)
        store = CaseStore(there)
        assert store.count().cases == CaseStore(here).count().cases
        stored = {entry.get("batch") for entry in store.log().entries}
        tables = Database.of(settings_of(target))
        with tables.session() as session:
            imported = [
                job.result["batch"]
                for job in session.query(Job)
                if job.state == "done" and job.kind == "import" and job.result
            ]
        assert set(imported) <= stored
        tables.close()
    database.close()


def test_work_that_waits_is_done_after_the_restore(home: Path, tmp_path: Path) -> None:
    here = Home(home)
    database = Database.of(settings_of(home))
    database.migrate()
    folder = here.uploads / ("a" * 32)
    folder.mkdir()
    write_cases(folder / "late.csv", seed=9)
    waiting = Jobs(database, here.queue, handlers(here, DEFAULT_CYCLE_START_DAY))
    job = waiting.start(
        "import", path=f"{folder.name}/late.csv", profile="suyuan", crs=None, sheet=None
    )
    database.close()
    file, target = tmp_path / "b.tar.zst", tmp_path / "again"
    back_up(settings_of(home), file, tell)
    shutil.rmtree(home)
    restore(settings_of(target), file, target, tell)
    there = Home(target)
    tables = Database.of(settings_of(target))
    jobs = Jobs(tables, there.queue, handlers(there, DEFAULT_CYCLE_START_DAY))
    assert jobs.get(job).state == WAITING
    assert jobs.queue_forgotten() == 1
    while task := jobs.huey.dequeue():
        jobs.huey.execute(task)
    assert jobs.get(job).state == "done"
    tables.close()


def test_only_its_owner_reads_a_backup_and_what_comes_of_it(home: Path, tmp_path: Path) -> None:
    file, target = tmp_path / "b.tar.zst", tmp_path / "again"
    back_up(settings_of(home), file, tell)
    assert file.stat().st_mode & 0o777 == 0o600
    restore(settings_of(target), file, target, tell)
    assert target.stat().st_mode & 0o077 == 0
    assert (target / "secret.key").stat().st_mode & 0o777 == 0o600
    assert not list(home.glob(f"{snapshots.PREFIX}*"))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_backup_replaces_nothing_and_lies_outside(home: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("kept", "utf-8")
    with pytest.raises(InvalidParameter, match="there already"):
        back_up(settings_of(home), there, tell)
    assert there.read_text("utf-8") == "kept"
    with pytest.raises(InvalidParameter, match="home itself"):
        back_up(settings_of(home), home / "b.tar.zst", tell)
    with pytest.raises(InvalidParameter, match="cannot be written"):
        back_up(settings_of(home), tmp_path / "no" / "folder", tell)


def test_a_home_that_holds_something_is_refused(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.tar.zst"
    back_up(settings_of(home), file, tell)
    with pytest.raises(Conflict, match="not empty"):
        restore(settings_of(home), file, home, tell)
    with pytest.raises(Conflict, match="not empty"):
        restore(settings_of(file), file, file, tell)
    (tmp_path / "empty").mkdir()
    restore(settings_of(tmp_path / "empty"), file, tmp_path / "empty", tell)
    assert CaseStore(Home(tmp_path / "empty")).version is not None


@pytest.fixture
def backup(home: Path, tmp_path: Path) -> Path:
    file = tmp_path / "b.tar.zst"
    back_up(settings_of(home), file, tell)
    return file


def refuse(file: Path, error: type[Exception], told: str) -> None:
    target = file.parent / "refused"
    with pytest.raises(error, match=told) as refused:
        restore(settings_of(target), file, target, tell)
    assert "\n" not in str(refused.value)
    left = [path.name for path in file.parent.iterdir() if "refused" in path.name]
    assert left == []


@pytest.mark.parametrize("at", [0.0, 0.01, 0.3, 0.6, 0.99])
def test_a_damaged_file_places_nothing(backup: Path, at: float) -> None:
    content = bytearray(backup.read_bytes())
    place = int(at * len(content))
    content[place : place + 4] = bytes(byte ^ 0xFF for byte in content[place : place + 4])
    backup.write_bytes(content)
    refuse(backup, UnreadableFile, "damaged")


@pytest.mark.parametrize("share", [0.0, 0.2, 0.999])
def test_a_file_that_was_cut_places_nothing(backup: Path, share: float) -> None:
    os.truncate(backup, int(share * backup.stat().st_size))
    refuse(backup, UnreadableFile, "damaged")


@pytest.mark.parametrize(
    "text",
    [b"\xff{}", b"[]", b"{}", b'{"format": 1}', b'{"format": 1, "members": {"a": {"z": 1}}}'],
)
def test_a_damaged_manifest_places_nothing(tmp_path: Path, text: bytes) -> None:
    """Damage within it may look like any text: the checksum stands at the archive's end."""
    file = tmp_path / "b.tar.zst"
    with ZstdFile(file, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    refuse(file, UnreadableFile, "damaged")


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    refuse(write_cases(tmp_path / "cases.csv"), UnreadableFile, "not a backup")
    refuse(tmp_path / "nothing", UnreadableFile, "no such file")


def rewritten(backup: Path, change: dict[str, Any], folder: Path) -> Path:
    """Pack one file under a manifest that says something else."""
    (folder / "home").mkdir(parents=True)
    (folder / "tables").mkdir()
    (folder / "home" / "note").write_text("x", "utf-8")
    with reading(backup) as (manifest, _):
        facts = {name: manifest[name] for name in ("product", "revision", "store_version", "rows")}
    changed = backup.with_name("changed.tar.zst")
    write_archive(changed, folder, {**facts, **change}, tell)
    return changed


def test_newer_tables_are_refused(backup: Path, tmp_path: Path) -> None:
    newer = rewritten(backup, {"revision": "9999"}, tmp_path / "newer")
    refuse(newer, NewerTables, "9999")


@pytest.mark.parametrize("name", ["../outside", "/outside", "home/../../outside"])
def test_no_member_leaves_the_home(
    backup: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.operations import archive

    add = archive._add

    def elsewhere(tar: Any, member: str, size: int, source: Any) -> None:
        if member == MANIFEST:
            text = source.read().replace(b"home/note", name.encode())
            source.seek(0)
            source.write(text)
            source.truncate()
            source.seek(0)
            size = len(text)
        add(tar, name if member == "home/note" else member, size, source)

    monkeypatch.setattr(archive, "_add", elsewhere)
    refuse(rewritten(backup, {}, tmp_path / "folder"), UnreadableFile, "not in its list")
    assert not (tmp_path / "outside").exists()


def test_a_full_disk_is_told_before_anything_is_unpacked(
    backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr("app.operations.backups.shutil.disk_usage", lambda _path: full)
    refuse(backup, DiskFull, "GB wanted")


def test_a_lost_file_is_named(home: Path, tmp_path: Path) -> None:
    lost = next(Home(home).cases.rglob("month=*/*.parquet"))
    lost.unlink()
    with pytest.raises(Conflict, match=lost.name):
        back_up(settings_of(home), tmp_path / "b.tar.zst", tell)


def test_the_manifest_tells_what_is_inside(backup: Path) -> None:
    with reading(backup) as (manifest, _):
        assert manifest["product"]
        assert manifest["revision"] is None or manifest["revision"] >= "0001"
        assert manifest["store_version"] is not None
        names = set(manifest["members"])
    assert "home/secret.key" in names
    assert any(name.startswith("home/places/") for name in names)
    assert not [name for name in names if "sqlite" in name or ".lock" in name]
    assert json.dumps(manifest["members"])
