"""A home is private, its key is made once, and one writer works at a time."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import pytest

from geodata.errors import UnusableHome
from geodata.home import CALLER_KEY_BYTES, Home


def test_home_is_for_its_owner_only(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "a" / "home")
    for folder in (home.path, home.cases, home.uploads, home.rejects, home.staging):
        assert folder.stat().st_mode & 0o777 == 0o700
    home.caller_key()
    assert (home.path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_home_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    for path in (tmp_path / "file", tmp_path / "file" / "home"):
        with pytest.raises(UnusableHome, match="SUYUAN_HOME") as told:
            Home.at(path)
        assert "SUYUAN_HOME" in told.value.chinese


def test_key_is_made_once(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    key = home.caller_key()
    assert len(key) == CALLER_KEY_BYTES
    assert Home.at(tmp_path).caller_key() == key
    assert [path.name for path in tmp_path.glob("secret.key*")] == ["secret.key"]


def test_racing_processes_share_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = set(pool.map(_key_of, [tmp_path] * 8))
    assert len(keys) == 1


def _key_of(path: Path) -> bytes:
    return Home.at(path).caller_key()


def test_environment_names_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_HOME", str(tmp_path / "here"))
    assert Home.from_environment().path == tmp_path / "here"
    monkeypatch.delenv("SUYUAN_HOME")
    monkeypatch.chdir(tmp_path)
    assert Home.from_environment().path.resolve() == tmp_path / "var"


def test_second_writer_waits_and_a_killed_one_frees_the_lock(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    context = multiprocessing.get_context("spawn")
    entered = context.Event()
    holder = context.Process(target=_hold_forever, args=(tmp_path, entered))
    holder.start()
    assert entered.wait(30)
    waiter = context.Process(target=_enter, args=(tmp_path,))
    waiter.start()
    waiter.join(1)
    assert waiter.is_alive()
    holder.kill()
    waiter.join(30)
    assert waiter.exitcode == 0
    with home.writing():
        pass


def _hold_forever(path: Path, entered) -> None:
    with Home.at(path).writing():
        entered.set()
        time.sleep(600)


def _enter(path: Path) -> None:
    with Home.at(path).writing():
        pass


@pytest.mark.parametrize("key", [b"", b"k" * 33])
def test_a_key_that_was_not_made_here_is_refused(tmp_path: Path, key: bytes) -> None:
    home = Home.at(tmp_path)
    (home.path / "secret.key").write_bytes(key)
    with pytest.raises(UnusableHome, match=rf"secret.key: {len(key)} bytes, expected 32"):
        home.caller_key()
