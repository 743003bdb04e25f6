"""The server and its worker as processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.serving import START_SECONDS, served

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="no /proc to find processes in"
)


def workers(home: Path) -> set[int]:
    """Process ids of the workers of a home."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().split(b"\0")
            environment = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"worker" in arguments and f"SUYUAN_HOME={home}".encode() in environment:
            found.add(int(process.name))
    return found


def wait_for_worker(home: Path, *, besides: int | None = None) -> int:
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline:
        if others := workers(home) - {besides}:
            return others.pop()
        sleep(0.1)
    pytest.fail(f"no worker within {START_SECONDS} s")


@needs_proc
def test_a_worker_that_was_killed_is_started_anew_and_ends_with_the_server(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with served(home):
        first = wait_for_worker(home)
        os.kill(first, signal.SIGKILL)
        assert wait_for_worker(home, besides=first)
    assert workers(home) == set()


def wait_for_queue(worker: int) -> None:
    """Wait until the worker has the queue open: by then it has imported all it needs."""
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline:
        try:
            opened = [each.readlink().name for each in Path(f"/proc/{worker}/fd").iterdir()]
        except OSError:
            opened = []
        if "jobs.sqlite3" in opened:
            return
        sleep(0.1)
    pytest.fail(f"worker {worker} did not open its queue within {START_SECONDS} s")


@needs_proc
def test_files_where_the_server_is_started_are_no_part_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "huey.py").write_text("raise SystemExit('taken for the library')", "utf-8")
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    with served(home):
        wait_for_queue(wait_for_worker(home))
