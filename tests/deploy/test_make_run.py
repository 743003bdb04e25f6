"""`make run`, README's first command: it serves what is there, and Ctrl-C ends all of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.serving import free_port, is_free, wait_until_served

pytestmark = pytest.mark.pipeline


def test_make_run_serves_until_interrupted(demo_home: Path, tmp_path: Path) -> None:
    home = shutil.copytree(demo_home, tmp_path / "home")
    port = free_port()
    output = tmp_path / "output.txt"
    environment = {**os.environ, "SUYUAN_HOME": str(home), "SUYUAN_PORT": str(port)}
    with output.open("w") as written:
        running = subprocess.Popen(
            ["make", "run"], cwd=ROOT, env=environment, text=True,
            stdout=written, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until_served(f"http://127.0.0.1:{port}/hotspots", running)
    finally:
        # As a terminal does: to make, to the server, to everything that they started with them.
        os.killpg(running.pid, signal.SIGINT)
        running.wait(timeout=60)
    said = output.read_text("utf-8")
    assert f"http://127.0.0.1:{port}/" in said
    assert "loopback" in said
    assert "Traceback" not in said
    assert is_free(port)
    assert not processes_of(home)


def processes_of(home: Path) -> list[str]:
    """Command lines of what still runs on a home (told by its environment, on Linux)."""
    setting = f"SUYUAN_HOME={home}".encode()
    left = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if setting in (process / "environ").read_bytes().split(b"\0"):
                left.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # ended meanwhile, or another user's
    return left
