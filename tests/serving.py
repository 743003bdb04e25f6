"""Serve a home as a user would, for tests that need a running server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.people import make_everything

SUYUAN = Path(sys.executable).parent / "suyuan"

START_SECONDS = 120
"""How long a server may take to answer on a busy machine before the test is given up."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until_served(url: str, server: subprocess.Popen[str]) -> None:
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"the server ended with exit code {server.returncode}")
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            sleep(0.2)
        else:
            return
    pytest.fail(f"{url} did not answer within {START_SECONDS} s")


@contextmanager
def served(home: Path, processes: int = 1) -> Iterator[str]:
    """Run `suyuan serve` on `home`, give its address, and end it as Ctrl-C does.

    Whoever looks at its pages signs in as `tests.people.EVERYTHING`, unless as somebody else. More
    processes than one are for tests that need them, as each takes seconds to start and to end.
    """
    make_everything(home)
    port = free_port()
    environment = {
        **os.environ,
        "SUYUAN_HOME": str(home),
        "SUYUAN_PORT": str(port),
        "SUYUAN_WEB_PROCESSES": str(processes),
    }
    server = subprocess.Popen([SUYUAN, "serve"], env=environment, text=True)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_served(address, server)
        yield address
        assert server.poll() is None, f"the server ended by itself with {server.returncode}"
    finally:
        server.send_signal(signal.SIGINT)
        code = server.wait(timeout=60)
    assert code == 0, f"Ctrl-C must end the server cleanly, not with {code}"
    assert is_free(port), "the port is still taken after the server's end"
