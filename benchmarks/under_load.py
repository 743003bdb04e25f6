"""Fifty people at once: wrk on a mix of real pages and layer data, against two web processes.

    python -m benchmarks.under_load --home HOME [--connections 50] [--seconds 60]

HOME is a home with a run, as `suyuan demo --no-serve` makes it; it is copied, not changed. wrk
comes from Debian (`apt-get install wrk`). Each connection asks for the next of the mix as soon as
it has its answer, so nobody ever reads: far more than fifty planners ask for. wrk runs beside the
server and takes its share of the same cores. The mix is asked for once before, so that the tables
which the first reader of a day waits for are made; `alone_ms` is each address asked for by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from app.hotspots.runs import newest_run
from benchmarks.map_speed import served
from geodata.home import Home
from tests.people import EVERYTHING, PASSWORD

WEB_PROCESSES = 2
ALONE = 7
HEADERS = {"Accept-Encoding": "gzip", "Accept-Language": "zh-CN"}

SCRIPT = """
local paths = {%(paths)s}
local at = 0
local threads = {}
function setup(thread) thread:set("first", #threads * 7); table.insert(threads, thread) end
function init() at = first; failed = 0 end
function request()
  at = at %% #paths + 1
  return wrk.format("GET", paths[at])
end
function response(status) if status ~= 200 then failed = failed + 1 end end
function done(summary, latency)
  local failures = 0
  for _, thread in ipairs(threads) do failures = failures + thread:get("failed") end
  local socket = summary.errors.connect + summary.errors.read + summary.errors.write
  io.write(string.format(
    '\\n{"requests": %%d, "per_s": %%.1f, "not_200": %%d, "socket_errors": %%d, "timeouts": %%d, '
    .. '"p50_ms": %%.0f, "p95_ms": %%.0f, "p99_ms": %%.0f, "longest_ms": %%.0f}\\n',
    summary.requests, summary.requests / (summary.duration / 1e6), failures, socket,
    summary.errors.timeout, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3))
end
"""


def mix(home: Path) -> list[str]:
    """Return what is asked for: pages of every part, and what the workbench's map then loads."""
    run = newest_run(Home.at(home))
    if run is None:
        raise SystemExit(f"{home} has no run")
    layers = f"/hotspots/runs/{run.id}"
    return [
        "/",
        "/hotspots",
        f"{layers}/meta.json",
        f"{layers}/cells.bin",
        f"{layers}/townships.geojson",
        f"{layers}/clusters.geojson",
        f"{layers}/points.json",
        "/hotspots/counts/cells.bin",
        "/hotspots/counts/views.json",
        "/hotspots/counts/options.json",
        "/cases",
        "/projects",
        "/projects/1",
        "/townships",
        "/places",
        "/help",
    ]


def sign_in(address: str) -> tuple[OpenerDirector, str]:
    """Return who asks with a session, and the session's cookie."""
    jar = CookieJar()
    opener = build_opener(HTTPCookieProcessor(jar))
    form = _get(opener, f"{address}/sign-in")
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    if token is None:
        raise SystemExit("the page to sign in has no form")
    told = {"csrf_token": token[1], "name": EVERYTHING, "password": PASSWORD}
    opener.open(f"{address}/sign-in", urlencode(told).encode()).close()
    return opener, "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def _get(opener: OpenerDirector, address: str) -> str:
    with opener.open(address) as answer:
        return str(answer.read().decode("utf-8", "replace"))


def alone(opener: OpenerDirector, address: str) -> float:
    """Return the median of milliseconds that an address takes when nobody else asks."""
    took = []
    for _ in range(ALONE):
        started = time.perf_counter()
        with opener.open(Request(address, headers=HEADERS)) as answer:
            answer.read()
        took.append((time.perf_counter() - started) * 1e3)
    return statistics.median(took)


def under_load(address: str, cookie: str, paths: list[str], n: int, seconds: int) -> Any:
    """Have wrk ask for the mix on `n` connections; returns what it saw."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT % {"paths": ", ".join(f'"{path}"' for path in paths)})
        script.flush()
        headers = [f"-H{name}: {value}" for name, value in {**HEADERS, "Cookie": cookie}.items()]
        ended = subprocess.run(
            ["wrk", "-t2", f"-c{n}", f"-d{seconds}", "--timeout=10", *headers,
             f"-s{script.name}", address],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    return json.loads(ended.stdout.splitlines()[-1])


def measure(home: Path, connections: int, seconds: int) -> dict[str, Any]:
    os.environ["SUYUAN_WEB_PROCESSES"] = str(WEB_PROCESSES)
    with served(home) as address:
        opener, cookie = sign_in(address)
        paths = mix(home)
        for _ in range(2 * WEB_PROCESSES):
            for path in paths:
                _get(opener, address + path)
        taken = {path: round(alone(opener, address + path), 1) for path in paths}
        seen = under_load(address, cookie, paths, connections, seconds)
    return {
        "connections": connections,
        "seconds": seconds,
        "web_processes": WEB_PROCESSES,
        **seen,
        "alone_ms": taken,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a home with a run")
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(shutil.copytree(options.home, Path(scratch) / "home"))
        print(json.dumps(measure(copy, options.connections, options.seconds), indent=1))


if __name__ == "__main__":
    main()
