"""Compaction and clean-up keep what is needed, and remove the rest; two tables act as one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from geodata.home import Home
from geodata.store import CaseStore
from tests.geodata.store.deliveries import make_batch, new_store, stored_rows
from tests.geodata.store.test_deliveries import COLUMNS, at
from tests.geodata.store.test_withdrawing import withdraw


def fill(store: CaseStore, folder: Path, batches: int = 6) -> None:
    """Bring batches that add a case each and change the ones before."""
    for number in range(batches):
        rows = {str(i): {"title": f"t{number}", **at(number)} for i in range(number + 2)}
        make_batch(f"b{number}", COLUMNS, rows).bring(store, folder)


def files(folder: Path) -> int:
    return len(list(folder.glob("*/*.parquet")))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    # Offices name their folders in their own language, with spaces.
    return Home.at(tmp_path / "诉源 数据")


@pytest.fixture
def store(home: Home, tmp_path: Path) -> CaseStore:
    store = new_store(home.path)
    fill(store, tmp_path / "staged")
    return store


def test_kept_versions_stay_readable_and_others_go(store: CaseStore, home: Home) -> None:
    before = {v: stored_rows_at(store, v) for v in range(store.version + 1)}
    lives = {i: store.history_of(i) for i in before[5]}
    newest = store.version
    taken, now = store.compact()
    assert now.files >= taken.files
    assert stored_rows_at(store, newest) == stored_rows_at(store, None) == before[newest]
    report = store.clean({1, 3}, 0)
    assert report.unused > 0
    assert report.after.bytes < report.before.bytes
    assert [stored_rows_at(store, v) for v in (1, 3)] == [before[1], before[3]]
    assert stored_rows_at(store, None) == before[newest]
    assert {i: store.history_of(i) for i in before[5]} == lives
    with pytest.raises(Exception, match=r"(?i)no such file|not found"):
        stored_rows_at(store, 2)
    assert len(store.batches()) == newest + 2


def test_cleaning_twice_removes_nothing_more(store: CaseStore) -> None:
    store.compact()
    store.clean((), 0)
    version = store.version
    again = store.clean((), 0)
    assert (again.unused, again.orphans, store.version) == (0, 0, version)


def test_compaction_merges_the_files_of_a_month(store: CaseStore, home: Home) -> None:
    store.compact()
    store.clean((), 0)
    assert (files(home.cases), files(home.history)) == (1, 1)
    version = store.version
    store.compact()
    assert store.version == version


def test_recent_versions_stay(store: CaseStore) -> None:
    assert store.clean((), 1).unused == 0
    assert stored_rows_at(store, 0)


def test_a_version_that_is_not_there_is_no_matter(store: CaseStore) -> None:
    assert store.clean({2, 999}, 0).kept_versions == (2,)


def test_orphans_go_at_once(store: CaseStore, home: Home) -> None:
    """Even a file that looks recent: whoever cleans is the only writer."""
    for table in (home.cases, home.history):
        known = next(table.glob("*/*.parquet"))
        shutil.copy(known, known.with_name("part-00000-killed.parquet"))
    kept = {v: stored_rows_at(store, v) for v in range(store.version + 1)}
    assert store.clean((), 30).orphans == 2
    assert {v: stored_rows_at(store, v) for v in range(store.version + 1)} == kept


def test_a_moved_home_stays_whole(store: CaseStore, home: Home, tmp_path: Path) -> None:
    rows = stored_rows(store)
    shutil.copytree(home.path, tmp_path / "moved")
    moved = new_store(tmp_path / "moved")
    assert moved.clean({1}, 0).orphans == 0
    assert stored_rows(moved) == rows
    assert stored_rows_at(moved, 1)


class Killed(BaseException):
    """Stands for a kill between the two commits."""


@pytest.mark.parametrize("first", [True, False])
def test_history_without_its_commit_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    """The history is written, the cases are not: nothing happened, and the next import is right."""
    store = new_store(tmp_path / "home")
    rows = {i: {"title": "x", **at(0)} for i in "abc"}
    make_batch("one", COLUMNS, rows).bring(store, tmp_path / "s")
    if not first:
        make_batch("two", COLUMNS, {"b": {"title": "y", **at(1)}}).bring(store, tmp_path / "s")
    before, lives = stored_rows(store), {i: store.history_of(i) for i in "abc"}
    changed = make_batch("three", COLUMNS, {"a": {"title": "z", **at(2)}, "b": rows["b"]})
    with monkeypatch.context() as patch:
        patch.setattr("geodata.store.tables.MonthTable.merge", _kill)
        with pytest.raises(Killed):
            changed.bring(store, tmp_path / "s")
    assert stored_rows(store) == before
    assert {i: store.history_of(i) for i in "abc"} == lives
    assert changed.bring(store, tmp_path / "s").counts.updated == 1
    assert [d.batch for d in store.history_of("a").deliveries] == ["one", "three"]
    assert [d.batch for d in store.history_of("b").deliveries].count("three") == 1
    withdraw(store, "three", tmp_path / "w")
    assert stored_rows(store) == before
    assert {i: store.history_of(i) for i in "abc"} == lives


def _kill(*_arguments: object) -> None:
    raise Killed


def stored_rows_at(store: CaseStore, version: int | None) -> dict:
    frame = store.scan(version).collect()
    return {row["case_id"]: row for row in frame.iter_rows(named=True)}
