"""How long the map of a home takes: first drawing, a step of the slider, bytes sent.

The browser draws with the software renderer, as on a machine without a graphics card. Every figure
is the median of its repetitions; the first look starts with an empty browser cache.

    python -m benchmarks.map_speed --home var
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.people import EVERYTHING, PASSWORD, make_everything

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
VIEWPORT = {"width": 1440, "height": 900}
READY = "html[data-ready='1']"
START_SECONDS = 60
SETTLE_MS = 400

MOVE_SLIDER = """async (step) => {
  const slider = document.getElementById("map-slider");
  const page = document.documentElement;
  const drawn = new Promise((done) => {
    const watch = new MutationObserver(() => {
      if (page.dataset.step === String(step)) { watch.disconnect(); done(performance.now()); }
    });
    watch.observe(page, { attributes: true, attributeFilter: ["data-step"] });
  });
  const started = performance.now();
  slider.value = String(step);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  return (await drawn) - started;
}"""


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Serve the home on a free port and give the address; somebody who may look is made."""
    make_everything(home)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "SUYUAN_HOME": str(home), "SUYUAN_PORT": str(port)}
    server = subprocess.Popen([sys.executable, "-m", "app.cli", "serve"], env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, server)
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"the server ended with exit code {server.returncode}")
        try:
            urllib.request.urlopen(f"{address}/help", timeout=5).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"{address} did not answer within {START_SECONDS} s")


def sign_in(browser: Browser, address: str) -> BrowserContext:
    """Return a browser without a cache in which somebody has signed in."""
    context = browser.new_context(viewport=VIEWPORT, base_url=address)
    page = context.new_page()
    page.goto("/sign-in?next=/help")
    page.locator("input[name=name]").fill(EVERYTHING)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/help")
    page.close()
    return context


def first_look(browser: Browser, address: str) -> tuple[float, dict[str, int]]:
    """Return seconds from navigation to ready, and bytes as transferred by file name."""
    context = sign_in(browser, address)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    names: dict[str, str] = {}
    sent: dict[str, int] = {}
    session.on(
        "Network.responseReceived",
        lambda event: names.update({event["requestId"]: event["response"]["url"]}),
    )
    session.on(
        "Network.loadingFinished",
        lambda event: sent.update(
            {
                names.get(event["requestId"], "").split("?")[0].rsplit("/", 1)[-1]: int(
                    event["encodedDataLength"]
                )
            }
        ),
    )
    started = time.perf_counter()
    page.goto(f"{address}/hotspots")
    page.wait_for_selector(READY, state="attached")
    seconds = time.perf_counter() - started
    context.close()
    return seconds, sent


def slider_steps(page: Page, steps: int) -> list[float]:
    """Return milliseconds from the slider's movement to the drawn step, for each step once."""
    took = []
    for step in range(steps):
        took.append(page.evaluate(MOVE_SLIDER, step))
        # The charts beside the map follow a little later; they belong to this step, not the next.
        page.wait_for_timeout(SETTLE_MS)
    return took


def measure(home: Path, repetitions: int) -> dict[str, Any]:
    """Return the figures of the newest run of a home."""
    with served(home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        looks = [first_look(browser, address) for _ in range(repetitions)]
        page = sign_in(browser, address).new_page()
        page.goto(f"{address}/hotspots")
        page.wait_for_selector(READY, state="attached")
        run = json.loads(page.inner_text("#map-config"))["run"]
        meta = page.request.get(f"{address}/hotspots/runs/{run}/meta.json").json()
        raw = page.request.get(f"{address}/hotspots/runs/{run}/cells.bin").body()
        steps = [
            took for _ in range(repetitions) for took in slider_steps(page, len(meta["steps"]))
        ]
        browser.close()
    sent = looks[-1][1]
    return {
        "cells": meta["cells"],
        "steps": len(meta["steps"]),
        "ready_s": round(statistics.median(seconds for seconds, _ in looks), 2),
        "ready_fastest_s": round(min(seconds for seconds, _ in looks), 2),
        "step_ms": round(statistics.median(steps)),
        "step_fastest_ms": round(min(steps)),
        "step_95th_ms": round(statistics.quantiles(steps, n=20)[-1]),
        "cells_sent_kb": round(sent["cells.bin"] / 1000),
        "cells_raw_kb": round(len(raw) / 1000),
        "page_sent_kb": round(sum(sent.values()) / 1000),
        "load_per_core": round(os.getloadavg()[0] / (os.cpu_count() or 1), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a home with a run")
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    # A copy: whoever looks needs an account with a known password, which no real home may have.
    with tempfile.TemporaryDirectory() as scratch:
        home = shutil.copytree(options.home, Path(scratch) / "home")
        print(json.dumps(measure(home, options.repetitions)))


if __name__ == "__main__":
    main()
