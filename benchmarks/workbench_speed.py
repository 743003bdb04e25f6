"""How long the workbench takes where counts follow a filter: first drawing, slider, filter, bytes.

The city gets cases in 60,000 cells of resolution 10, in each of 24 months. The browser draws with
the software renderer, as on a machine without a graphics card. Every figure is the median of its
repetitions; each first look starts with an empty browser cache, the server is warm.

    python -m benchmarks.workbench_speed --home HOME

HOME is a home with a run, as `suyuan demo --no-serve` makes it; it is copied, not changed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import shapely
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.map_speed import CHROMIUM, CHROMIUM_FLAGS, served, sign_in
from geodata.areas import current_boundaries
from geodata.home import Home
from geodata.intake import import_cases
from spatial.grid import cell_centres, cells_of_points

CELLS, MONTHS, RESOLUTION = 60_000, 24, 10
CASES_A_CELL = 12
QUERY = f"?layer=counts&resolution={RESOLUTION}"
READY = "html[data-ready='1']"
LONGEST_MS = 120_000
SETTLE_MS = 1_500

MOVE_SLIDER = """async (step) => {
  const slider = document.getElementById("count-slider");
  const page = document.documentElement;
  const before = page.dataset.period;
  const drawn = new Promise((done) => {
    const watch = new MutationObserver(() => {
      if (page.dataset.period !== before) { watch.disconnect(); done(performance.now()); }
    });
    watch.observe(page, { attributes: true, attributeFilter: ["data-period"] });
  });
  const started = performance.now();
  slider.value = String(step);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  return (await drawn) - started;
}"""

ANSWERED = """(part) => {
  const root = document.getElementById("workbench");
  return document.getElementById("map-busy").hidden
    && decodeURIComponent(root.dataset.answered ?? "").includes(part);
}"""


def fill_city(home: Home, seed: int = 1) -> int:
    """Import cases all over the city; returns how many."""
    boundaries = current_boundaries(home, "township")
    if boundaries is None:
        raise SystemExit(f"{home.path} has no boundaries")
    rng = np.random.default_rng(seed)
    cells = _some_cells(shapely.union_all(boundaries.geometry), rng)
    at = np.repeat(np.arange(CELLS), CASES_A_CELL)
    lat, lng = (np.asarray(each)[at] for each in cell_centres(cells))
    n = len(at)
    minute = rng.integers(0, 730 * 24 * 60, n)
    received = np.datetime64("2024-01-01", "ms") + minute * np.timedelta64(60_000, "ms")
    table = pl.DataFrame(
        {
            "case_id": [f"F{i}" for i in range(n)],
            "received_at": pl.Series(received).dt.to_string("%Y-%m-%d %H:%M:%S"),
            "lng": lng,
            "lat": lat,
            "class_1": rng.choice(["市容环境", "物业管理", "公用事业"], n),
            "caller": [f"caller {i}" for i in rng.integers(0, n // 2, n)],
        }
    )
    path = home.path / "filled.parquet"
    table.write_parquet(path)
    import_cases(home, path, "suyuan", now=datetime(2027, 1, 1, tzinfo=UTC))
    path.unlink()
    return n


def _some_cells(city: Any, rng: np.random.Generator) -> np.ndarray:
    """Draw cells of the finest resolution whose centres lie in the city."""
    west, south, east, north = city.bounds
    shapely.prepare(city)
    lng, lat = rng.uniform(west, east, 2_000_000), rng.uniform(south, north, 2_000_000)
    inside = shapely.contains_xy(city, lng, lat)
    cells = np.unique(cells_of_points(lat[inside], lng[inside], RESOLUTION))
    if len(cells) < CELLS:
        raise SystemExit(f"the city has only {len(cells):,} cells of resolution {RESOLUTION}")
    return np.asarray(rng.choice(cells, CELLS, replace=False))


def first_look(browser: Browser, address: str) -> tuple[float, float, dict[str, int]]:
    """Return seconds until the map is drawn, until all views are, and bytes sent by file name."""
    context = sign_in(browser, address)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    names: dict[str, str] = {}
    sent: dict[str, int] = {}

    def note(event: dict[str, Any]) -> None:
        name = names.get(event["requestId"], "").split("?")[0].rsplit("/", 2)
        key = "/".join(name[1:])
        sent[key] = sent.get(key, 0) + int(event["encodedDataLength"])

    session.on(
        "Network.responseReceived",
        lambda event: names.update({event["requestId"]: event["response"]["url"]}),
    )
    session.on("Network.loadingFinished", note)
    started = time.perf_counter()
    page.goto(f"/hotspots{QUERY}")
    page.wait_for_selector("html[data-period]", state="attached", timeout=LONGEST_MS)
    drawn = time.perf_counter() - started
    page.wait_for_selector(READY, state="attached", timeout=LONGEST_MS)
    ready = time.perf_counter() - started
    context.close()
    return drawn, ready, sent


def slider_steps(page: Page) -> list[float]:
    """Return milliseconds from the slider's movement to the drawn step, for each month once."""
    took = []
    for step in range(MONTHS):
        took.append(page.evaluate(MOVE_SLIDER, step))
        # The views beside the map follow a little later; they belong to this step, not the next.
        page.wait_for_timeout(SETTLE_MS)
    return took


def filter_change(page: Page, name: str) -> float:
    """Return seconds from a class chosen in the address to all views that show it."""
    started = time.perf_counter()
    page.goto(f"/hotspots{QUERY}&class={name}")
    page.wait_for_function(ANSWERED, arg=f"class={name}", timeout=LONGEST_MS)
    return time.perf_counter() - started


def measure(home: Path, repetitions: int) -> dict[str, Any]:
    with served(home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        first_look(browser, address)  # makes the table of facts
        looks = [first_look(browser, address) for _ in range(repetitions)]
        page = sign_in(browser, address).new_page()
        page.goto(f"/hotspots{QUERY}")
        page.wait_for_selector(READY, state="attached", timeout=LONGEST_MS)
        cells = page.request.get(f"/hotspots/counts/cells.bin?resolution={RESOLUTION}").body()
        steps = [took for _ in range(repetitions) for took in slider_steps(page)]
        changes = [filter_change(page, name) for name in ("市容环境", "物业管理", "公用事业")]
        browser.close()
    sent = looks[-1][2]
    data = {name: size for name, size in sent.items() if name.startswith("counts/")}
    header = json.loads(cells[4 : 4 + int.from_bytes(cells[:4], "little")])
    return {
        "cells": header["n"],
        "steps": len(header["periods"]),
        "map_drawn_s": round(statistics.median(drawn for drawn, _, _ in looks), 2),
        "ready_s": round(statistics.median(ready for _, ready, _ in looks), 2),
        "ready_fastest_s": round(min(ready for _, ready, _ in looks), 2),
        "step_ms": round(statistics.median(steps)),
        "step_fastest_ms": round(min(steps)),
        "step_95th_ms": round(statistics.quantiles(steps, n=20)[-1]),
        "filter_s": round(statistics.median(changes), 2),
        "counts_sent_kb": {name: round(size / 1000) for name, size in data.items()},
        "counts_raw_kb": round(len(cells) / 1000),
        "page_sent_kb": round(sum(sent.values()) / 1000),
        "load_per_core": round(os.getloadavg()[0] / (os.cpu_count() or 1), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a home with a run")
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        copy = Home.at(shutil.copytree(options.home, Path(scratch) / "home"))
        fill_city(copy)
        print(json.dumps(measure(copy.path, options.repetitions), ensure_ascii=False))


if __name__ == "__main__":
    main()
