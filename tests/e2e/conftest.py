"""A served sample city and a browser for the tests that look at pages as a planner does."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

SUYUAN = Path(sys.executable).parent / "suyuan"

# The software renderer that a machine without a graphics card has; nothing calls home.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_served(url: str, server: subprocess.Popen[str], seconds: float = 120) -> None:
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"the server ended with exit code {server.returncode}")
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            sleep(0.3)
        else:
            return
    pytest.fail(f"{url} did not answer within {seconds} s")


@pytest.fixture(scope="session")
def served_city(demo_home: Path) -> Iterator[str]:
    """Serve the sample city and give its address."""
    port = free_port()
    environment = {**os.environ, "SUYUAN_HOME": str(demo_home), "SUYUAN_PORT": str(port)}
    server = subprocess.Popen([SUYUAN, "serve"], env=environment, text=True)
    address = f"http://127.0.0.1:{port}"
    wait_until_served(address, server)
    yield address
    server.send_signal(signal.SIGINT)
    assert server.wait(timeout=30) == 0, "Ctrl-C must end the server cleanly"


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield running
        running.close()


@pytest.fixture(params=[1440, 390], ids=["desk", "phone"])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(params=["zh_Hans", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(browser: Browser, served_city: str, width: int, language: str) -> Iterator[Page]:
    """A page at one width and language that fails on script errors and on requests elsewhere."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        base_url=served_city,
        locale="en-GB" if language == "en" else "zh-CN",
    )
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
    opened.on(
        "console",
        lambda message: (
            complaints.append(f"console: {message.text}") if message.type == "error" else None
        ),
    )
    opened.on(
        "request",
        lambda request: (
            complaints.append(f"request elsewhere: {request.url}")
            if re.match(r"(https?|wss?)://", request.url)
            and not request.url.startswith(served_city)
            else None
        ),
    )
    opened.goto("/")
    if language == "en":
        opened.get_by_role("button", name="English").click()
    yield opened
    context.close()
    assert not complaints, complaints
